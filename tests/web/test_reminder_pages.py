"""The pages of reminders: saying that one comes, how it was, fewer letters, and what an organiser chooses."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import ModuleType

import pytest
from flask import Flask
from sqlalchemy import select

from engage import registrations, worker
from engage.activities.models import Occurrence
from engage.base import tokens
from engage.base.clock import utc_now
from engage.base.config import current_settings
from engage.base.db import db
from engage.outbox import Letter
from engage.people import identity, unsubscribing, wishes
from engage.registrations import Registration, feedback, silence
from engage.registrations.feedback_models import Feedback
from engage.registrations.reminders import letters, rules
from engage.registrations.reminders.models import Reminding
from engage.web import organiser, telling
from engage.web.mine import overview
from engage.web.mine import telling as mine_telling
from engage.web.organiser import reminders as room
from engage.web.public import coming
from engage.web.public import feedback as feedback_page
from tests.accounts.cast import account, signed_in
from tests.conftest import NOW
from tests.town import Town
from tests.web import conftest
from tests.web.conftest import Visitor, browser, path_of, read

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
START = datetime(2026, 3, 21, 13, 0, tzinfo=UTC)
DAY_BEFORE = datetime(2026, 3, 20, 16, 0, tzinfo=UTC)
CLOCKED: tuple[ModuleType, ...] = (coming, feedback_page, mine_telling, overview, room)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """Set the doors' clock."""

    def put(now: datetime) -> None:
        for module in CLOCKED:
            monkeypatch.setattr(module, "utc_now", lambda: now)

    assert organiser and telling
    return put


@pytest.fixture
def town(app: Flask) -> Town:
    """A town around the day that these tests speak of."""
    return Town(NOW)


@pytest.fixture
def date_(town: Town) -> Occurrence:
    return town.occurrence(capacity=None, starts_at=START)


def run(now: datetime) -> None:
    worker.plan_reminders(now)
    worker.send_reminders(now)
    db.session.expire_all()


def last() -> Letter:
    return db.session.scalars(
        select(Letter).where(Letter.key.startswith("reminder:")).order_by(Letter.id.desc()).limit(1)
    ).one()


def test_opening_the_link_changes_nothing_and_the_button_says_that_one_comes(
    town: Town, date_: Occurrence, visitor: Visitor, clock: Callable[[datetime], None]
) -> None:
    town.signed_up(date_, now=START - 2 * DAY)
    run(DAY_BEFORE)
    clock(DAY_BEFORE + HOUR)
    address = path_of(last().message["buttons"][0]["url"])
    page = visitor.get(address)
    assert db.session.scalars(select(Reminding.answer)).one() == ""
    visitor.submit(page, address, {}, status=303)
    db.session.expire_all()
    assert db.session.scalars(select(Reminding.answer)).one() == "coming"
    assert not visitor.get(address).all("form", action=address)


def test_who_has_cancelled_is_told_how_it_stands(
    town: Town, date_: Occurrence, visitor: Visitor, clock: Callable[[datetime], None]
) -> None:
    guest = town.signed_up(date_, now=START - 2 * DAY)
    run(DAY_BEFORE)
    clock(DAY_BEFORE + HOUR)
    address = path_of(last().message["buttons"][0]["url"])
    page = visitor.get(address)
    registrations.cancel(guest.public_id, now=DAY_BEFORE)
    db.session.commit()
    visitor.submit(page, address, {}, status=409)
    assert not visitor.get(address).all("form", action=address)


def test_a_link_for_one_thing_is_worth_nothing_for_another(town: Town, date_: Occurrence, visitor: Visitor) -> None:
    guest = town.signed_up(date_, now=START - 2 * DAY)
    run(DAY_BEFORE)
    token = tokens.sign(current_settings().secret_key, letters.ANSWER, 1)
    for address in (
        f"/hvordan-var-det/{token}",
        f"/kommer/{feedback.token(guest.public_id)}",
        f"/afmeld-breve/reminders/{path_of(unsubscribing.link('feedback', guest.person_id)).rpartition('/')[2]}",
        "/afmeld-breve/reminders/x",
        "/afmeld-breve/andet/x",
    ):
        assert visitor.client.get(address).status_code == 404, address


def test_a_mail_program_stops_one_kind_by_itself_and_a_page_asks_first(
    town: Town, date_: Occurrence, visitor: Visitor
) -> None:
    guest = town.signed_up(date_, now=START - 2 * DAY)
    run(DAY_BEFORE)
    address = path_of(last().message["unsubscribe"])
    page = visitor.get(address).text
    assert identity.masked(guest.email or "") in page, "who was sent it on sees whose letters these are"
    assert (guest.email or "") not in page
    assert guest.person_id is not None and wishes.of(guest.person_id).reminders
    answer = visitor.client.post(address, data={"List-Unsubscribe": "One-Click"})
    assert (answer.status_code, answer.mimetype) == (200, "text/plain")
    db.session.expire_all()
    assert not wishes.of(guest.person_id).reminders and wishes.of(guest.person_id).feedback
    other = path_of(unsubscribing.link("feedback", guest.person_id))
    visitor.submit(visitor.get(other), other, {}, status=200)
    db.session.expire_all()
    assert not wishes.of(guest.person_id).feedback


def test_how_it_was_is_told_without_login_changed_and_closed_after_a_while(
    town: Town, date_: Occurrence, visitor: Visitor, clock: Callable[[datetime], None]
) -> None:
    town.signed_up(date_)
    ended = START + 3 * HOUR
    run(ended)
    address = path_of(last().message["buttons"][-1]["url"])
    clock(START)
    assert not visitor.get(address).all("form", action=address)
    clock(ended)
    form = visitor.get(address)
    visitor.submit(form, address, {}, status=422)
    told = {"rating": "4", "words": "Rigtig godt", "deeds": "home", "pledge": "Jeg sår\n blomster"}
    visitor.submit(form, address, told, status=303)
    said = db.session.query(Feedback).one()
    assert (said.rating, said.words, said.deeds, said.pledge) == (4, "Rigtig godt", ["home"], "Jeg sår blomster")
    assert (said.dimensions, said.sdgs) == (["environmental"], [13])
    clock(ended + 10 * DAY)
    visitor.submit(visitor.get(address), address, {"rating": "2"}, status=303)
    db.session.expire_all()
    assert db.session.query(Feedback).one().rating == 2
    clock(ended + 15 * DAY)
    assert not visitor.get(address).all("form", action=address)


def say(registration: Registration, rating: int, words: str = "", *, named: bool = False) -> None:
    feedback.give(registration, feedback.Answer(rating, words, named=named), now=START + 3 * HOUR)
    db.session.commit()


def test_an_organiser_sees_no_average_of_few_and_no_name_unless_it_was_offered(
    app: Flask, town: Town, date_: Occurrence
) -> None:
    guests = [town.signed_up(date_, name=f"Gæst {number}") for number in range(5)]
    for number, guest in enumerate(guests[:4]):
        say(guest, 5, f"Ord {number}", named=number == 0)
    visitor = Visitor(signed_in(app, account(member_of=[date_.activity.organisation])))
    address = f"/organiser/aktiviteter/{date_.activity.public_id}/tilbagemeldinger"
    page = visitor.get(address).text
    assert "5,0" not in page and "Ord 1" in page and "Gæst 0" in page and "Gæst 1" not in page
    say(guests[4], 1)
    page = visitor.get(address).text
    assert "4,2" in page


def test_an_organiser_changes_adds_and_takes_back_reminders(
    app: Flask, town: Town, date_: Occurrence, clock: Callable[[datetime], None]
) -> None:
    clock(NOW)
    visitor = Visitor(signed_in(app, account(member_of=[date_.activity.organisation])))
    base = f"/organiser/aktiviteter/{date_.activity.public_id}/paamindelser"
    visitor.get(base)
    page = visitor.get(f"{base}/day")
    boots = {"text_da": "Husk støvler"}
    previewed = read(visitor.submit(page, f"{base}/day", {**boots, "do": "preview"}, status=200))
    assert "Husk støvler" in previewed.text and not rules.of(date_.activity_id)[1].texts
    visitor.submit(page, f"{base}/day", {**boots, "clock": "16:00"}, status=303)
    changed = rules.of(date_.activity_id)[1]
    assert (changed.texts, f"{changed.clock:%H:%M}", changed.asks) == ({"da": "Husk støvler"}, "16:00", True)
    new = visitor.get(f"{base}/ny")
    visitor.submit(new, f"{base}/ny", {"number": "900"}, status=422)
    visitor.submit(new, f"{base}/ny", {"number": "3", "text_da": "Snart"}, status=303)
    assert [each.key for each in rules.of(date_.activity_id)][:4] == ["week", "day", "hours", "feedback"]
    assert len(rules.of(date_.activity_id)) == 5
    visitor.submit(visitor.get(f"{base}/day"), f"{base}/day/fjern", {}, status=303)
    assert rules.of(date_.activity_id)[1] == rules.USUAL["day"]


def test_switching_one_on_late_says_first_to_how_many_it_goes_at_once(
    app: Flask, town: Town, date_: Occurrence, clock: Callable[[datetime], None]
) -> None:
    for _number in range(3):
        town.signed_up(date_, now=NOW)
    late = DAY_BEFORE + HOUR
    clock(late)
    worker.plan_reminders(NOW)
    run(DAY_BEFORE)
    before = db.session.query(Reminding).filter_by(status="sent").count()
    visitor = Visitor(signed_in(app, account(member_of=[date_.activity.organisation])))
    address = f"/organiser/aktiviteter/{date_.activity.public_id}/paamindelser/ny"
    told = {"number": "1", "text_da": "Tag regntøj med", "enabled": "1"}
    asked = read(visitor.submit(visitor.get(address), address, told, status=200))
    assert "3" in asked.one("p", class_="alert-heading").text and len(rules.of(date_.activity_id)) == 4
    visitor.submit(asked, address, {"late": "now"}, status=303)
    run(late + timedelta(minutes=1))
    assert db.session.query(Reminding).filter_by(status="sent").count() == before + 3
    run(late + HOUR)
    assert db.session.query(Reminding).filter_by(status="sent").count() == before + 3


def test_the_form_tells_what_becomes_of_silence_from_the_moment_it_is_so(app: Flask, town: Town) -> None:
    date_ = town.occurrence(starts_at=utc_now() + 20 * DAY, ends_at=utc_now() + 20 * DAY + HOUR)
    visitor = Visitor(browser(app))
    before = visitor.get(conftest.address(date_)).text
    organiser_ = Visitor(signed_in(app, account(member_of=[date_.activity.organisation])))
    path = f"/organiser/aktiviteter/{date_.activity.public_id}/paamindelser/day"
    page = organiser_.get(path)
    organiser_.submit(page, path, {"release_hours": "30"}, status=422)
    organiser_.submit(page, path, {"release_hours": "5"}, status=303)
    assert silence.hours(date_.activity_id) == 5
    db.session.rollback()
    told = silence.told(date_.activity_id)
    assert told and told not in before and told in visitor.get(conftest.address(date_)).text
