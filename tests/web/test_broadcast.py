"""Writing to all who take part, as an organiser does it: written, seen as it reads, sent, paused and stopped."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from engage import worker
from engage.accounts import Rights
from engage.accounts.audit import AuditEntry
from engage.activities.models import Occurrence
from engage.base.clock import utc_now
from engage.base.db import db
from engage.outbox import Letter
from engage.registrations.broadcasts import Broadcast, BroadcastState
from tests.accounts.cast import account, signed_in
from tests.town import Town
from tests.web.conftest import Visitor
from tests.web.page import Element, parse


@pytest.fixture
def date(town: Town) -> Occurrence:
    return town.occurrence(capacity=None, starts_at=utc_now() + timedelta(days=30))


@pytest.fixture
def organiser(app: Flask, date: Occurrence) -> Visitor:
    return Visitor(signed_in(app, account("Bente Lund", member_of=[date.activity.organisation])))


def path(date: Occurrence) -> str:
    return f"/organiser/aktiviteter/{date.activity.public_id}/datoer/{date.public_id}/tilmeldte/besked"


def sent(page: Element, **fields: str) -> MultiDict[str, str]:
    """The page's form with these fields filled in."""
    form = next(each for each in page.all("form") if each.get("method") == "post" and "key" in each.fields())
    values = MultiDict(form.fields())
    for name, value in fields.items():
        values[name] = value
    return values


WORDS = {"subject_da": "Tag regntøj med", "text_da": "Vi mødes udenfor.", "urgent": "1"}


def begun(organiser: Visitor, date: Occurrence) -> Broadcast:
    values = sent(organiser.get(path(date)), **WORDS)
    preview = parse(organiser.client.post(path(date), data={**values.to_dict(), "do": "preview"}).text)
    answer = organiser.client.post(path(date), data=sent(preview, do="send"))
    assert answer.status_code == 303
    return db.session.scalars(select(Broadcast).order_by(Broadcast.id.desc())).first()  # type: ignore[return-value]


def test_it_is_written_seen_and_sent_and_what_became_of_it_is_told(
    organiser: Visitor, town: Town, date: Occurrence
) -> None:
    for name, language in (("Anna", "da"), ("Ben", "en")):
        town.signed_up(date, name=name, language=language)
    page = organiser.get(path(date) + "?lang=en")
    assert "nobody can unsubscribe" in page.one("main").text
    answer = organiser.client.post(path(date), data={**sent(page, **WORDS).to_dict(), "do": "preview"})
    preview = parse(answer.text).one("main")
    for each in ("Anna", "Ben"):
        assert preview.text.count(f" {each}") == 2, "as a mail, and in the chat"
    assert "Danish only" in preview.text, "the fallback is said to who gets it"
    assert [each.text for each in preview.one("dl").all("dd")] == ["2"]
    assert db.session.scalar(select(Broadcast.id)) is None, "seeing sends nothing"
    done = organiser.client.post(path(date), data=sent(parse(answer.text), do="send"))
    again = organiser.client.post(path(date), data=sent(parse(answer.text), do="send"))
    assert done.headers["Location"] == again.headers["Location"]
    assert worker.send_broadcasts(utc_now()) == 2
    shown = organiser.get(done.headers["Location"]).one("main").text
    assert "Tag regntøj med" in shown
    actions = db.session.scalars(select(AuditEntry.action).where(AuditEntry.action == "guests.written_to")).all()
    assert len(actions) == 1


def test_what_was_typed_is_there_when_one_goes_back_or_forgets_something(
    organiser: Visitor, town: Town, date: Occurrence
) -> None:
    town.signed_up(date)
    page = organiser.get(path(date))
    answer = organiser.client.post(
        path(date), data={**sent(page, text_da="Vi mødes udenfor.").to_dict(), "do": "preview"}
    )
    assert answer.status_code == 422
    assert "Vi mødes udenfor." in answer.text
    values = {**sent(page, **WORDS).to_dict(), "do": "preview"}
    preview = parse(organiser.client.post(path(date), data=values).text)
    back = parse(organiser.client.post(path(date), data=sent(preview, do="change")).text)
    assert sent(back)["subject_da"] == "Tag regntøj med"


def test_it_is_paused_goes_on_and_is_stopped(organiser: Visitor, town: Town, date: Occurrence) -> None:
    town.signed_up(date)
    found = begun(organiser, date)
    for do, state in (
        ("pause", BroadcastState.PAUSED), ("go_on", BroadcastState.SENDING), ("stop", BroadcastState.STOPPED),
    ):  # fmt: skip
        url = f"{path(date)}/{found.public_id}"
        (form,) = [each for each in organiser.get(url).all("form") if each.get("action") == url]
        assert organiser.client.post(url, data={**form.fields(), "do": do}).status_code == 303
        db.session.expire_all()
        assert found.state == state
    assert worker.send_broadcasts(utc_now()) == 0
    assert db.session.scalar(select(Letter.id).where(Letter.key.startswith("broadcast:"))) is None


def test_who_only_receives_people_at_the_door_and_another_organiser_may_not_write(
    app: Flask, town: Town, date: Occurrence, organiser: Visitor
) -> None:
    town.signed_up(date)
    found = begun(organiser, date)
    door = account("Dorte", member_of={date.activity.organisation: Rights.CHECK_IN})
    other = town.occurrence()
    stranger = account("Sten", member_of=[other.activity.organisation])
    for who in (door, stranger):
        client = signed_in(app, who)
        assert client.get(path(date)).status_code == 404
        assert client.get(f"{path(date)}/{found.public_id}").status_code == 404
    elsewhere = signed_in(app, stranger).get(f"{path(other)}/{found.public_id}")
    assert elsewhere.status_code == 404, "a message is shown under its own activity alone"
