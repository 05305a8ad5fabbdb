"""A calling-off that is taken back: the date stands again, its guests are told once and asked, and none is signed up unasked."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest
from icalendar import Calendar
from sqlalchemy import select

from engage import registrations, worker
from engage.activities import dates, series
from engage.activities.dates import DateIsOver, Details
from engage.activities.models import ActivityState, Occurrence, OccurrenceState
from engage.activities.plans import Series
from engage.activities.recurrence import Frequency, Recurrence
from engage.activities.scopes import Scope
from engage.base.db import db
from engage.outbox import Letter
from engage.registrations import NoSuchSignUp, NotOpen, State, changes, notices, reinstating
from engage.registrations.reinstating import ActivityIsCalledOff, NotCalledOff
from tests.conftest import NOW
from tests.town import Town

LATER = NOW + timedelta(hours=1)
EVENING = Details(time(18), time(20), capacity=4)
WEDNESDAYS = Recurrence(Frequency.WEEKLY, date(2026, 3, 11), weekdays=(2,), count=4)


def letters(kind: str) -> list[Letter]:
    db.session.expire_all()
    found = db.session.scalars(select(Letter).order_by(Letter.id)).all()
    return [each for each in found if f":{kind}:" in each.key]


def called_off(occurrence: Occurrence, scope: Scope = Scope.THIS, *, now: datetime = NOW) -> None:
    changes.call_off(occurrence.id, scope, now=now)
    db.session.commit()


def sequence(letter: Letter) -> int:
    (event,) = Calendar.from_ical(letter.message["attachments"][0]["text"]).walk("VEVENT")
    return int(event["SEQUENCE"])


def course(town: Town, rule: Recurrence = WEDNESDAYS) -> list[Occurrence]:
    made = series.add_series(town.activity(texts={"da": "Kor", "de": "Chor"}).id, rule, EVENING, now=NOW)
    db.session.commit()
    return series.coming(made.id, NOW)


def test_the_date_stands_again_and_its_guests_are_asked_not_signed_up(town: Town) -> None:
    held = town.occurrence(capacity=2)
    guest = town.signed_up(held, language="de")
    unproven = town.signed_up(held, confirmed=False)
    gone = town.signed_up(held)
    registrations.cancel(gone.public_id, now=NOW)
    called_off(held)
    assert reinstating.reinstate(held.id, now=LATER, words="Der Saal ist wieder frei.") == 1
    db.session.commit()
    assert (held.state, held.sequence, held.called_off_at) == (OccurrenceState.SCHEDULED, 2, None)
    assert {guest.state, unproven.state} == {State.CANCELLED_WITH_EVENT} and held.pool.occupied == 0
    (letter,) = letters("reinstated")
    assert letter.addresses[0]["identifier"] == guest.email and letter.message["language"] == "de"
    assert any("Der Saal ist wieder frei." in part for part in letter.message["text"])
    assert letter.message["attachments"] == [], "nothing stands in the calendar before they say so"
    assert [each["url"] for each in letter.message["buttons"]] == [notices.page_link(guest)]


def test_coming_again_takes_a_place_and_brings_the_entry_back_into_the_calendar(town: Town) -> None:
    held = town.occurrence(capacity=2)
    guest = town.signed_up(held, seats=2)
    called_off(held)
    reinstating.reinstate(held.id, now=LATER)
    again = reinstating.come_again(guest.public_id, now=LATER)
    reinstating.come_again(guest.public_id, now=LATER + timedelta(minutes=1))
    db.session.commit()
    assert again is guest and (guest.state, guest.seats, guest.joined_at) == (State.CONFIRMED, 2, LATER)
    assert held.pool.occupied == 2
    first, second = letters("confirmed")
    assert sequence(first) < sequence(letters("called-off")[0]) < sequence(second)


def test_who_comes_again_late_joins_the_line(town: Town) -> None:
    held = town.occurrence(capacity=1)
    first, second = town.signed_up(held), town.signed_up(held)
    assert second.state == State.WAITING
    called_off(held)
    assert reinstating.reinstate(held.id, now=LATER) == 2, "who waited is told too"
    assert reinstating.come_again(second.public_id, now=LATER).state == State.CONFIRMED
    assert reinstating.come_again(first.public_id, now=LATER).state == State.WAITING
    db.session.commit()
    assert len(letters("waiting")) == 2


def test_who_signed_up_anew_in_another_way_has_one_sign_up(town: Town) -> None:
    held = town.occurrence()
    guest = town.signed_up(held, email="anna@example.org")
    called_off(held)
    reinstating.reinstate(held.id, now=LATER)
    db.session.commit()
    anew = town.signed_up(held, email="anna@example.org", now=LATER)
    assert reinstating.come_again(guest.public_id, now=LATER) is anew
    assert (guest.state, held.pool.occupied) == (State.CANCELLED_WITH_EVENT, 1)


def test_a_link_does_nothing_while_the_date_is_off_or_for_another_sign_up(town: Town) -> None:
    held = town.occurrence()
    guest, cancelled = town.signed_up(held), town.signed_up(held)
    registrations.cancel(cancelled.public_id, now=NOW)
    called_off(held)
    with pytest.raises(NotOpen):
        reinstating.come_again(guest.public_id, now=LATER)
    reinstating.reinstate(held.id, now=LATER)
    for public_id in (cancelled.public_id, "nobody"):
        with pytest.raises(NoSuchSignUp):
            reinstating.come_again(public_id, now=LATER)
    with pytest.raises(NotOpen):
        reinstating.come_again(guest.public_id, now=held.starts_at)
    assert reinstating.may_come_again(guest, LATER) and not reinstating.may_come_again(cancelled, LATER)
    assert not reinstating.may_come_again(guest, held.starts_at)


def test_who_did_not_come_back_the_first_time_is_not_written_to_a_second_time(town: Town) -> None:
    held = town.occurrence()
    stays, returns = town.signed_up(held), town.signed_up(held)
    called_off(held)
    assert reinstating.reinstate(held.id, now=LATER) == 2
    reinstating.come_again(returns.public_id, now=LATER)
    called_off(held, now=LATER + timedelta(hours=1))
    assert reinstating.reinstate(held.id, now=LATER + timedelta(hours=2)) == 1
    db.session.commit()
    assert [each.addresses[0]["identifier"] for each in letters("reinstated")][2:] == [returns.email]
    assert stays.state == State.CANCELLED_WITH_EVENT


def test_only_what_is_called_off_and_still_to_come_is_taken_back(town: Town) -> None:
    held = town.occurrence()
    with pytest.raises(NotCalledOff):
        reinstating.reinstate(held.id, now=NOW)
    called_off(held)
    with pytest.raises(DateIsOver):
        reinstating.reinstate(held.id, now=held.starts_at)
    with pytest.raises(NotCalledOff):
        reinstating.reinstate_activity(held.activity_id, now=NOW)


def test_dates_called_off_together_come_back_together_with_one_letter_each(town: Town) -> None:
    evenings = course(town)
    for occurrence in evenings:
        town.signed_up(occurrence, email="anna@example.org")
    called_off(evenings[0])
    called_off(evenings[2], Scope.FOLLOWING, now=LATER)
    assert reinstating.reinstate(evenings[3].id, with_others=True, now=LATER) == 1
    db.session.commit()
    off, *stand = (each.state for each in evenings)
    assert off == OccurrenceState.CANCELLED and set(stand) == {OccurrenceState.SCHEDULED}
    (letter,) = letters("reinstated")
    assert len(letter.message["cards"]) == len({each["url"] for each in letter.message["buttons"]}) == 2
    assert db.session.get_one(Series, evenings[0].series_id).rule.endswith("UNTIL=20260401"), (
        "the rule speaks of them again"
    )


def test_days_of_a_list_come_back_into_the_list(town: Town) -> None:
    days = tuple(date(2026, 3, day) for day in (10, 12, 20))
    evenings = course(town, Recurrence(Frequency.DATES, days[0], days=days))
    called_off(evenings[1], Scope.FOLLOWING)
    whole = db.session.get_one(Series, evenings[0].series_id)
    assert whole.days == [days[0]]
    reinstating.reinstate(evenings[2].id, now=LATER)
    assert whole.days == [days[0], days[2]]


def test_a_whole_activity_is_called_off_and_taken_back_with_the_dates_that_fell_with_it(town: Town) -> None:
    evenings = course(town)
    guest = town.signed_up(evenings[1])
    called_off(evenings[3])
    activity = evenings[0].activity
    assert changes.call_off_activity(activity.id, now=LATER) == 1
    db.session.commit()
    assert activity.state == ActivityState.CALLED_OFF
    with pytest.raises(changes.NotPublished):
        changes.call_off_activity(activity.id, now=LATER)
    with pytest.raises(ActivityIsCalledOff):
        reinstating.reinstate(evenings[0].id, now=LATER)
    with pytest.raises(NotOpen):
        reinstating.come_again(guest.public_id, now=LATER)
    assert reinstating.reinstate_activity(activity.id, now=LATER, words="Vi har fundet en ny lærer.") == 1
    db.session.commit()
    assert activity.state == ActivityState.PUBLISHED
    assert [each.state for each in evenings] == [OccurrenceState.SCHEDULED] * 3 + [OccurrenceState.CANCELLED]
    assert reinstating.may_come_again(guest, LATER)


def test_an_activity_without_a_date_to_come_is_not_taken_back(town: Town) -> None:
    held = town.occurrence()
    changes.call_off_activity(held.activity_id, now=NOW)
    db.session.commit()
    with pytest.raises(DateIsOver):
        reinstating.reinstate_activity(held.activity_id, now=held.starts_at)


def test_a_series_called_off_altogether_is_not_carried_on_by_itself(town: Town) -> None:
    evenings = course(town, replace(WEDNESDAYS, count=80))
    made = len(evenings)
    called_off(evenings[0], Scope.ALL)
    assert worker.extend_series(NOW + timedelta(days=60)) == 0
    assert len(dates.of(evenings[0].activity_id)) == made
