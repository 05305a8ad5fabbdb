"""Whom staff and organisers phone: who could not be told, what it was, and that it is told now."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from engage import outbox
from engage.accounts import RoleName
from engage.accounts.audit import AuditEntry
from engage.activities.models import Occurrence
from engage.activities.scopes import Scope
from engage.base.clock import utc_now
from engage.base.db import db, transaction
from engage.base.errors import ChannelError
from engage.base.message import Message
from engage.outbox import Letter, Status
from engage.registrations import Registration, calling, changes, entering, forgetting, guests
from tests.accounts.cast import account, signed_in
from tests.town import Town
from tests.web.conftest import Visitor

CALLS = "/staff/ringes-op"


class NoWay:
    """Knows no address at all."""

    def send(self, identifier: str, message: Message, *, key: str) -> None:
        raise ChannelError("recipient refused: 550", permanent=True)


@pytest.fixture
def date(town: Town) -> Occurrence:
    return town.occurrence(starts_at=utc_now() + timedelta(days=7))


@pytest.fixture
def staff(app: Flask) -> Visitor:
    return Visitor(signed_in(app, account("Karl Holm", roles=[RoleName.STAFF])))


@pytest.fixture
def organiser(app: Flask, date: Occurrence) -> Visitor:
    return Visitor(signed_in(app, account("Bente Lund", member_of=[date.activity.organisation])))


@pytest.fixture
def poul(town: Town, date: Occurrence) -> Registration:
    """Who phoned, and left no e-mail."""
    with transaction():
        by = account("Dorte").id
        application = town.application("Poul Friis", email=" ", phone="12 34 56 78")
        return entering.add(date.id, application, by=by, now=utc_now())


def call_off(date: Occurrence) -> None:
    """The date is called off, and the worker has tried what it can."""
    with transaction():
        changes.call_off(date.id, Scope.THIS, now=utc_now(), words="Storm.")
    deliver()


def deliver() -> None:
    outbox.deliver_due({"email": NoWay(), "webchat": NoWay()}, utc_now() + timedelta(seconds=1))


def press(visitor: Visitor, path: str, note: str = "Ringede kl. 10.") -> str:
    (form,) = [each for each in visitor.get(path + "?lang=en").all("form") if "letter" in each.fields()]
    answer = visitor.client.post(form.get("action"), data={**form.fields(), "note": note})
    assert answer.status_code == 303
    return visitor.get(path + "?lang=en").one("main").text


def guest_list(date: Occurrence) -> str:
    return f"/organiser/aktiviteter/{date.activity.public_id}/datoer/{date.public_id}/tilmeldte"


def test_who_has_no_address_and_whose_address_is_gone_are_on_the_list_with_what_they_must_know(
    staff: Visitor, town: Town, date: Occurrence, poul: Registration
) -> None:
    town.signed_up(date, name="Anna Holm")
    deliver()
    assert "Everybody has been told" in staff.get(CALLS + "?lang=en").one("main").text, "a confirmation is no call"
    call_off(date)
    words = staff.get(CALLS).one("main").text
    for each in ("Poul Friis", "12 34 56 78", "Anna Holm", "no number known", "Klimacafé", "Storm.", "None of their"):
        assert each in words
    assert "2 people" in staff.get("/staff/").one("main").text


def test_once_told_they_are_off_the_list_and_the_note_and_the_log_say_so(
    staff: Visitor, organiser: Visitor, date: Occurrence, poul: Registration
) -> None:
    call_off(date)
    assert "It is written down" in press(staff, CALLS)
    assert calling.waiting(utc_now()) == []
    assert [each.reason for each in guests.history(poul)][-1] == "Ringede kl. 10."
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "guests.phoned")).one()
    assert entry.facts == {"occurrence": date.public_id, "sign_up": poul.public_id}, "and no word of the note"
    letter = db.session.scalars(select(Letter).where(Letter.must_arrive)).one()
    assert (letter.status, letter.phone_note) == (Status.FAILED, "Ringede kl. 10.")


def test_an_organiser_sees_and_answers_those_of_their_own_dates_alone(
    organiser: Visitor, town: Town, date: Occurrence, poul: Registration
) -> None:
    other = town.occurrence(starts_at=utc_now() + timedelta(days=8))
    theirs = town.signed_up(other, name="Signe Bo")
    call_off(date), call_off(other)
    page = organiser.get(guest_list(date)).one("main").text
    assert "12 34 56 78" in page
    assert "Signe Bo" not in page
    assert organiser.client.get(guest_list(other)).status_code == 404
    number = db.session.scalar(
        select(Letter.id).where(Letter.about == f"registration:{theirs.public_id}", Letter.must_arrive)
    )
    wrong = f"{guest_list(other)}/{theirs.public_id}/ringet-op"
    assert organiser.client.post(wrong, data={"letter": number}).status_code in {400, 404}
    assert "It is written down" in press(organiser, guest_list(date))


def test_two_who_phone_at_once_are_told_of_each_other_and_a_wrong_number_does_nothing(
    staff: Visitor, app: Flask, date: Occurrence, poul: Registration
) -> None:
    call_off(date)
    number = calling.waiting(utc_now())[0].untold[0].letter_id
    first, second = account("Ida").id, account("Per").id
    with transaction():
        calling.phoned(poul.public_id, [number], "", by=first, now=utc_now())
    with transaction():
        calling.phoned(poul.public_id, [number], "", by=first, now=utc_now())
    for letters in ([number], [number + 1], []):
        with pytest.raises(calling.NobodyToPhone):
            calling.phoned(poul.public_id, letters, "", by=second, now=utc_now())
    assert [each.reason for each in guests.history(poul)].count("#phoned") == 1


def test_when_the_date_is_over_or_the_letter_arrives_nobody_is_phoned(
    town: Town, date: Occurrence, poul: Registration
) -> None:
    call_off(date)
    assert calling.count(utc_now()) == 1
    assert calling.count(utc_now() + timedelta(days=8)) == 0
    db.session.query(Letter).update({"status": Status.SENT})
    assert calling.waiting(utc_now()) == []


def test_a_number_left_on_the_phone_goes_when_the_person_is_let_go(
    town: Town, date: Occurrence, poul: Registration
) -> None:
    call_off(date)
    forgetting.expire(utc_now() + timedelta(days=400))
    db.session.commit()
    db.session.refresh(poul)
    assert (poul.name, poul.phone) == (None, None)
    assert db.session.scalar(select(Letter.id).where(Letter.must_arrive)) is None
