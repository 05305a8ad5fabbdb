"""Dates that move or are called off: what their guests are told, once, and what becomes of sign-ups, seats and the line."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import date, time, timedelta

import pytest
from flask import Flask
from icalendar import Calendar
from sqlalchemy import event, select

from engage import privacy, registrations
from engage.activities import dates, scopes, series, shifts
from engage.activities.dates import DateIsCalledOff, DateIsOver, Details
from engage.activities.models import Occurrence, OccurrenceState, Pool, SignUpMode
from engage.activities.plans import Series
from engage.activities.recurrence import Frequency, Recurrence
from engage.activities.scopes import Scope
from engage.activities.shifts import RoleInput
from engage.base.db import db, transaction
from engage.outbox import Letter
from engage.registrations import NotOpen, Registration, State, changes, pools, totals
from engage.registrations.refusals import CancellingClosed
from tests.conftest import NOW
from tests.town import Town

EVENING = Details(time(18), time(20), capacity=4)
WEDNESDAYS = Recurrence(Frequency.WEEKLY, date(2026, 3, 11), weekdays=(2,), count=4)


@pytest.fixture
def course(town: Town) -> list[Occurrence]:
    """Four Wednesday evenings with four places each."""
    made = series.add_series(town.activity(texts={"da": "Kor", "de": "Chor"}).id, WEDNESDAYS, EVENING, now=NOW)
    db.session.commit()
    return series.coming(made.id, NOW)


def letters() -> list[Letter]:
    db.session.expire_all()
    return list(db.session.scalars(select(Letter).order_by(Letter.id)))


class Post:
    """The letters put since it was made."""

    def __init__(self) -> None:
        self.before = len(letters())

    def __call__(self) -> list[Letter]:
        return letters()[self.before :]


def entry(letter: Letter, number: int = 0) -> dict[str, str]:
    calendar = Calendar.from_ical(letter.message["attachments"][number]["text"])
    (event,) = calendar.walk("VEVENT")
    names = ("UID", "SEQUENCE", "STATUS", "DTSTART")
    return {"METHOD": str(calendar["METHOD"]), **{name: event[name].to_ical().decode() for name in names}}


def lines(letter: Letter, card: int = 0) -> str:
    return " | ".join(letter.message["cards"][card]["lines"])


def moved(
    occurrence: Occurrence, scope: Scope = Scope.THIS, *, days: int = 0, words: str = "", **wanted: object
) -> scopes.Changed:
    details = replace(dates.details(occurrence), **wanted)  # type: ignore[arg-type]
    day = dates.local_day(occurrence) + timedelta(days=days)
    changed = changes.change(occurrence.id, day, details, scope, now=NOW, words=words)
    db.session.commit()
    return changed


def test_a_guest_is_told_what_was_and_what_is_with_a_way_out_and_the_same_entry(town: Town) -> None:
    date_ = town.occurrence()
    guest = town.signed_up(date_)
    first = entry(letters()[-1])
    post = Post()
    moved(date_, begins=time(16), ends=time(18), words="Salen er optaget.")
    (letter,) = post()
    assert letter.addresses == [{"channel": "email", "identifier": guest.email}]
    assert "10" in lines(letter) and "16" in lines(letter), "the old and the new"
    assert any("Salen er optaget." in part for part in letter.message["text"])
    now = entry(letter)
    assert now == {**first, "SEQUENCE": "1", "DTSTART": "20260311T160000"}
    assert now["METHOD"] == "REQUEST"
    assert letter.message["buttons"][0]["url"].endswith("/afmeld")


def test_each_further_change_raises_the_sequence_and_is_told(town: Town) -> None:
    date_ = town.occurrence()
    town.signed_up(date_)
    post = Post()
    moved(date_, days=1)
    moved(date_, place_id=None, online_url="https://example.org/moede")
    moved(date_, online_url="https://example.org/andet")
    assert [entry(letter)["SEQUENCE"] for letter in post()] == ["1", "2", "3"]


def test_nothing_people_see_is_no_letter(town: Town) -> None:
    date_ = town.occurrence()
    town.signed_up(date_)
    post = Post()
    moved(date_, capacity=50)
    moved(date_)
    assert (post(), date_.sequence) == ([], 0)


def test_guests_are_told_in_their_own_language(town: Town, course: list[Occurrence]) -> None:
    for language in ("da", "de"):
        town.signed_up(course[0], language=language)
    post = Post()
    moved(course[0], begins=time(17))
    danish, german = post()
    assert [each.message["language"] for each in (danish, german)] == ["da", "de"]
    assert "Chor" in german.message["subject"] and "Mittwoch" in lines(german) and "Onsdag" in lines(danish)


def test_who_has_several_of_the_dates_gets_one_letter_with_all(town: Town, course: list[Occurrence]) -> None:
    for occurrence in course[:3]:
        town.signed_up(occurrence, email="anna@example.org")
    town.signed_up(course[3], email="bo@example.org")
    post = Post()
    moved(course[1], Scope.ALL, begins=time(17))
    anna, bo = post()
    assert [len(each.message["cards"]) for each in (anna, bo)] == [3, 1]
    assert len(anna.message["attachments"]) == 1
    calendar = Calendar.from_ical(anna.message["attachments"][0]["text"])
    assert calendar["METHOD"] == "PUBLISH" and len(calendar.walk("VTIMEZONE")) == 1
    events = calendar.walk("VEVENT")
    assert len({event["UID"] for event in events}) == 3
    assert [(event["SEQUENCE"], event["STATUS"], event.decoded("DTSTART").hour) for event in events] == [
        (1, "CONFIRMED", 17)
    ] * 3
    assert not any("ATTENDEE" in event for event in events) and all("ORGANIZER" in event for event in events)
    assert entry(bo)["METHOD"] == "REQUEST"
    assert len({button["url"] for button in anna.message["buttons"]}) == 3
    assert {button["action"] for button in anna.message["buttons"]} == {None}


def test_a_letter_about_several_dates_is_forgotten_with_its_person(town: Town, course: list[Occurrence]) -> None:
    anna = [town.signed_up(occurrence, email="anna@example.org") for occurrence in course[:2]]
    person = anna[0].person_id
    moved(course[0], Scope.ALL, begins=time(17))
    assert person is not None
    privacy.erase(person, now=NOW)
    db.session.commit()
    assert not [letter for letter in letters() if any("anna" in each["identifier"] for each in letter.addresses)]


def test_who_waits_is_told_without_an_entry_and_an_unproven_address_not_at_all(town: Town) -> None:
    date_ = town.occurrence(capacity=1)
    town.signed_up(date_)
    waiting = town.signed_up(date_)
    unproven = town.signed_up(date_, confirmed=False)
    post = Post()
    moved(date_, begins=time(16), ends=time(18))
    told = {letter.addresses[0]["identifier"]: letter for letter in post()}
    assert told[waiting.email or ""].message["attachments"] == []
    assert len(told) == 2 and unproven.email not in told


def test_more_places_go_to_who_waits(town: Town, course: list[Occurrence]) -> None:
    for occurrence in course[:2]:
        town.signed_up(occurrence, seats=4)
    waiting = [town.signed_up(occurrence) for occurrence in course[:2]]
    moved(course[0], Scope.ALL, capacity=5)
    assert [each.state for each in waiting] == [State.CONFIRMED] * 2
    moved(course[0], Scope.ALL, capacity=1)
    assert [each.state for each in waiting] == [State.CONFIRMED] * 2, "fewer places take none away"


def test_a_called_off_date_stays_and_its_sign_ups_end_with_it(town: Town) -> None:
    date_ = town.occurrence(capacity=1)
    guest, waiting, unproven = town.signed_up(date_), town.signed_up(date_), town.signed_up(date_, confirmed=False)
    post = Post()
    assert changes.call_off(date_.id, now=NOW, words="Storm.") == 2
    db.session.commit()
    assert {each.state for each in (guest, waiting, unproven)} == {State.CANCELLED_WITH_EVENT}
    assert (date_.state, date_.sequence) == (OccurrenceState.CANCELLED, 1)
    first = next(letter for letter in post() if letter.addresses[0]["identifier"] == guest.email)
    assert entry(first) == {
        "METHOD": "CANCEL", "UID": f"occ-{date_.public_id}@127.0.0.1", "SEQUENCE": "2", "STATUS": "CANCELLED",
        "DTSTART": "20260311T100000",
    }  # fmt: skip
    assert len(post()) == 2
    assert (date_.pool.occupied, date_.pool.waiting, totals.correct()) == (0, 0, 0)
    with pytest.raises(DateIsCalledOff):
        changes.call_off(date_.id, now=NOW)
    with pytest.raises(NotOpen):
        registrations.sign_up(date_.id, town.application(), now=NOW)


def test_a_letter_that_is_no_longer_true_is_taken_back(town: Town) -> None:
    date_ = town.occurrence()
    guest = town.signed_up(date_)
    changes.call_off(date_.id, now=NOW)
    db.session.commit()
    planned = [letter.key for letter in letters() if letter.status == "planned"]
    assert planned == [f"registration:{guest.public_id}:called-off:1"]


def test_calling_off_from_a_date_on_ends_the_series_there(town: Town, course: list[Occurrence]) -> None:
    whole = db.session.get_one(Series, course[0].series_id)
    guests = [town.signed_up(occurrence) for occurrence in course]
    assert changes.call_off(course[2].id, Scope.FOLLOWING, now=NOW) == 2
    db.session.commit()
    assert [each.state for each in guests] == [State.CONFIRMED] * 2 + [State.CANCELLED_WITH_EVENT] * 2
    assert whole.rule == "FREQ=WEEKLY;BYDAY=WE;UNTIL=20260324"


def test_removing_deletes_what_nobody_ever_signed_up_for_and_calls_off_the_rest(
    town: Town, course: list[Occurrence]
) -> None:
    town.signed_up(course[0])
    gone = town.signed_up(course[1])
    registrations.cancel(gone.public_id, now=NOW)
    db.session.commit()
    removed = changes.remove(course[0].id, Scope.ALL, now=NOW)
    db.session.commit()
    assert (removed.deleted, removed.called_off, removed.letters) == (2, 2, 1)
    assert [each.state for each in dates.of(course[0].activity_id)] == [OccurrenceState.CANCELLED] * 2
    assert len(db.session.scalars(select(Pool)).all()) == 2


def test_what_has_begun_is_neither_removed_nor_called_off(town: Town, course: list[Occurrence]) -> None:
    later = course[1].starts_at + timedelta(minutes=1)
    town.signed_up(course[0])
    for act in (changes.remove, changes.call_off):
        with pytest.raises(DateIsOver):
            act(course[0].id, Scope.ALL, now=later)
    assert changes.call_off(course[2].id, Scope.ALL, now=later) == 0
    db.session.commit()
    states = [each.state for each in dates.of(course[0].activity_id)]
    assert states == [OccurrenceState.SCHEDULED] * 2 + [OccurrenceState.CANCELLED] * 2


def test_a_shorter_rule_shows_whom_it_affects_then_calls_them_off(town: Town, course: list[Occurrence]) -> None:
    whole = db.session.get_one(Series, course[0].series_id)
    guest = town.signed_up(course[2], seats=2)
    shorter = replace(WEDNESDAYS, count=2)
    planned = series.plan(whole, shorter, now=NOW)
    assert changes.sign_ups([each.id for each in planned.removed]) == {course[2].id: 1}
    removed = changes.change_rule(whole.id, shorter, now=NOW)
    db.session.commit()
    assert (removed.deleted, removed.called_off, removed.letters) == (1, 1, 1)
    assert guest.state == State.CANCELLED_WITH_EVENT
    changes.change_rule(whole.id, replace(WEDNESDAYS, count=6), now=NOW)
    db.session.commit()
    there = [(each.series_day, each.state) for each in dates.of(whole.activity_id)]
    assert (date(2026, 3, 25), OccurrenceState.CANCELLED) in there, "what was called off is not made anew"
    assert len(there) == 6 and dict(there)[date(2026, 4, 1)] == OccurrenceState.SCHEDULED, "what only went is"


def test_every_coming_date_of_an_activity_is_called_off_with_one_letter_each(
    town: Town, course: list[Occurrence]
) -> None:
    for occurrence in course:
        town.signed_up(occurrence, email="anna@example.org")
    post = Post()
    assert changes.call_off_all(course[0].activity_id, now=NOW) == 1
    db.session.commit()
    (letter,) = post()
    (attached,) = letter.message["attachments"]
    assert attached["content_type"].endswith("method=PUBLISH")
    events = Calendar.from_ical(attached["text"]).walk("VEVENT")
    assert [(event["STATUS"], event["SEQUENCE"]) for event in events] == [("CANCELLED", 2)] * 4


def test_places_of_a_new_role_go_to_who_waits(town: Town, course: list[Occurrence]) -> None:
    activity = course[0].activity_id
    role = changes.add_role(activity, RoleInput({"da": "Grill"}, capacity=1), now=NOW)
    db.session.commit()
    first, second = (town.signed_up(course[0], role=role.public_id) for _number in range(2))
    assert (first.state, second.state) == (State.CONFIRMED, State.WAITING)
    changes.change_role(role, RoleInput({"da": "Grill"}, capacity=3), now=NOW)
    db.session.commit()
    assert second.state == State.CONFIRMED
    assert (course[0].pool.occupied, course[0].role_pools[0].occupied) == (2, 2), (
        "a role's seats count in the date's too"
    )
    with pytest.raises(changes.RoleIsTaken):
        changes.remove_role(role, now=NOW)
    for guest in (first, second):
        registrations.cancel(guest.public_id, now=NOW)
    changes.remove_role(role, now=NOW)
    db.session.commit()
    assert shifts.needs(course[0].id) == []


def test_seats_in_a_role_are_counted_apart_and_move_with_their_sign_up(town: Town, course: list[Occurrence]) -> None:
    guest = town.signed_up(course[0], seats=2)
    changes.add_role(course[0].activity_id, RoleInput({"da": "Grill"}, capacity=3), now=NOW)
    own, role = course[0].pool, course[0].role_pools[0]
    guest.pool_id = role.id
    db.session.commit()
    assert (own.occupied, role.occupied, totals.correct()) == (2, 2, 0)
    role.occupied, own.occupied = 9, 9
    db.session.commit()
    assert totals.correct() == 2
    db.session.expire_all()
    assert (own.occupied, role.occupied) == (2, 2)
    assert [need.occupied for need in shifts.needs(course[0].id)] == [2]
    room = pools.lock(course[0].id)
    assert room is not None and room.pool_id == own.id
    db.session.rollback()


def test_sign_up_is_dropped_only_while_nobody_is_coming(town: Town) -> None:
    date_ = town.occurrence()
    guest = town.signed_up(date_)
    with pytest.raises(changes.GuestsAreComing):
        changes.choose_sign_up(date_.activity_id, SignUpMode.DROP_IN, now=NOW)
    registrations.cancel(guest.public_id, now=NOW)
    changes.choose_sign_up(date_.activity_id, SignUpMode.DROP_IN, now=NOW)
    assert date_.activity.sign_up == SignUpMode.DROP_IN


@pytest.mark.parametrize("act", [changes.call_off, changes.remove])
def test_nobody_gets_a_seat_on_a_date_that_goes_while_they_wait_for_the_lock(
    app: Flask, town: Town, act: Callable[..., object]
) -> None:
    number, answers = town.occurrence().id, []
    taken = threading.Event()

    def sign_up() -> None:
        with app.app_context():
            taken.wait(5)
            try:
                with transaction():
                    answers.append(registrations.sign_up(number, town.application(), now=NOW))
            except NotOpen as refusal:
                answers.append(refusal)

    late = threading.Thread(target=sign_up)
    late.start()
    with transaction():
        act(number, now=NOW)
        taken.set()
        late.join(0.5)
        assert late.is_alive(), "it waits for the lock"
    late.join(5)
    assert [type(answer) for answer in answers] == [NotOpen]
    assert db.session.scalars(select(Registration)).all() == []


def days_of(course: list[Occurrence]) -> list[date]:
    db.session.expire_all()
    return [dates.local_day(each) for each in series.coming(course[0].series_id or 0, NOW)]


def test_a_series_that_was_made_shorter_can_be_made_longer_again(course: list[Occurrence]) -> None:
    """The days of the end were taken away by the rule, and nobody left them out."""
    number, before = course[0].series_id or 0, days_of(course)
    changes.change_rule(number, replace(WEDNESDAYS, count=2), now=NOW)
    db.session.commit()
    assert days_of(course) == before[:2]
    changes.change_rule(number, replace(WEDNESDAYS, weekdays=(3,)), now=NOW)
    changes.change_rule(number, WEDNESDAYS, now=NOW)
    db.session.commit()
    assert days_of(course) == before


def test_what_was_taken_away_from_a_day_on_comes_back_with_a_longer_rule_and_one_that_was_left_out_does_not(
    course: list[Occurrence],
) -> None:
    number, before = course[0].series_id or 0, days_of(course)
    changes.remove(course[1].id, now=NOW)
    changes.remove(course[2].id, Scope.FOLLOWING, now=NOW)
    db.session.commit()
    changes.change_rule(number, WEDNESDAYS, now=NOW)
    db.session.commit()
    assert days_of(course) == [before[0], *before[2:]]


def test_changing_a_rule_and_changing_its_dates_do_not_wait_for_each_other(
    app: Flask, course: list[Occurrence]
) -> None:
    number, first = course[0].series_id or 0, course[0].id
    done = threading.Event()

    def make_shorter() -> None:
        with app.app_context(), transaction():
            changes.change_rule(number, replace(WEDNESDAYS, count=2), now=NOW)
        done.set()

    with transaction():
        pools.lock_all([each.id for each in course])
        late = threading.Thread(target=make_shorter)
        late.start()
        late.join(0.5)
        assert late.is_alive(), "it waits for the lock"
        day = dates.local_day(course[0])
        changes.change(first, day, replace(dates.details(course[0]), begins=time(17)), Scope.ALL, now=NOW)
    late.join(10)
    assert done.is_set()


def test_a_role_on_many_dates_asks_no_more_than_one_on_a_few(town: Town) -> None:
    def asked(count: int) -> int:
        made = series.add_series(town.activity().id, replace(WEDNESDAYS, count=count), EVENING, now=NOW)
        number, seen = made.activity_id, []
        db.session.commit()
        listen = lambda *facts: seen.append(facts[2])  # noqa: E731
        event.listen(db.engine, "before_cursor_execute", listen)
        try:
            role = changes.add_role(number, RoleInput({"da": "Grill"}, capacity=3), now=NOW)
            changes.change_role(role, RoleInput({"da": "Grill"}, capacity=4), now=NOW)
        finally:
            event.remove(db.engine, "before_cursor_execute", listen)
        db.session.commit()
        return len(seen)

    assert asked(30) <= asked(5) + 2


def test_after_a_move_the_deadline_for_cancelling_does_not_bite_who_had_signed_up(town: Town) -> None:
    date_ = town.occurrence(town.activity(cancel_before=10 * 1440))
    stays, other = town.signed_up(date_), town.occurrence(town.activity(cancel_before=10 * 1440))
    bound = town.signed_up(other)
    late = NOW + timedelta(days=1)
    with pytest.raises(CancellingClosed):
        registrations.cancel(stays.public_id, now=late)
    details = dates.details(date_)
    changes.change(date_.id, dates.local_day(date_), replace(details, begins=time(20), ends=time(22)), now=late)
    after = town.signed_up(date_, now=late)
    assert registrations.cancel(stays.public_id, now=late).state == State.CANCELLED_BY_PERSON
    for public_id in (after.public_id, bound.public_id):
        with pytest.raises(CancellingClosed):
            registrations.cancel(public_id, now=late)


def test_more_places_are_no_move_and_leave_the_deadline(town: Town) -> None:
    date_ = town.occurrence(town.activity(cancel_before=10 * 1440))
    guest = town.signed_up(date_)
    changes.change(date_.id, dates.local_day(date_), replace(dates.details(date_), capacity=50), now=NOW)
    with pytest.raises(CancellingClosed):
        registrations.cancel(guest.public_id, now=NOW + timedelta(days=1))
