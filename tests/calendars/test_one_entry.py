"""What stands in somebody's calendar after every letter was taken in, in their order, as ical.js reads them: always what is the case."""

from datetime import UTC, datetime, time, timedelta

import pytest
from sqlalchemy import select

from engage import registrations
from engage.activities import dates
from engage.activities.models import Occurrence, SignUpMode
from engage.base.config import Settings
from engage.base.db import db
from engage.registrations import Registration, changes, own_calendar
from tests.calendars.reader import Event, understood
from tests.calendars.test_second_reader import mails
from tests.conftest import NOW
from tests.town import Town

ANNA = "anna@example.org"
HOUR = timedelta(hours=1)


def taken_in(settings: Settings) -> tuple[dict[str, Event], list[int]]:
    """The entries by their UID, as a program has them that takes what has a higher number than what it knows, and nothing else;
    and the numbers in the order they came."""
    files = {f"{number:03}": text for number, (_method, text) in enumerate(mails(settings))}
    standing: dict[str, Event] = {}
    numbers = []
    for _name, calendar in sorted(understood(files).items()):
        for event in calendar.events:
            numbers.append(event.sequence)
            if event.uid not in standing or event.sequence > standing[event.uid].sequence:
                standing[event.uid] = event
    return standing, numbers


def in_own_feed(token: str, now: datetime) -> Event:
    return understood({"own": own_calendar.read(token, now=now).text})["own"].event


def test_a_sign_up_that_is_given_up_and_made_again_comes_back_and_goes_again(town: Town, settings: Settings) -> None:
    date = town.occurrence()
    for turn in range(3):
        own = town.signed_up(date, email=ANNA, now=NOW + turn * HOUR)
        standing, numbers = taken_in(settings)
        assert [each.status for each in standing.values()] == ["CONFIRMED"]
        registrations.cancel(own.public_id, now=NOW + turn * HOUR + HOUR / 2)
        db.session.commit()
        standing, numbers = taken_in(settings)
        assert [each.status for each in standing.values()] == ["CANCELLED"]
        assert numbers == sorted(set(numbers)), "the number never falls"


def two_tasks(town: Town) -> tuple[Occurrence, list[str]]:
    """A date at which Anna makes coffee first, and puts the chairs away afterwards."""
    activity = town.activity("Fællesspisning", kind="volunteer")
    date = town.occurrence(activity, starts_at=datetime(2026, 3, 21, 13, tzinfo=UTC))
    coffee = town.role(activity, "Kaffe", begins=time(14), ends=time(15))
    chairs = town.role(activity, "Stole", begins=time(15), ends=time(16))
    return date, [town.signed_up(date, email=ANNA, role=each.public_id).public_id for each in (coffee, chairs)]


@pytest.mark.parametrize("first", [0, 1])
def test_who_leaves_one_of_two_tasks_still_has_the_date_in_their_calendar(
    town: Town, settings: Settings, first: int
) -> None:
    date, own = two_tasks(town)
    person = db.session.scalars(select(Registration.person_id)).first() or 0
    token = own_calendar.renew(person, now=NOW).rpartition("/")[2].removesuffix(".ics")
    feed = [in_own_feed(token, NOW)]
    for turn, (each, status) in enumerate(((first, "CONFIRMED"), (1 - first, "CANCELLED")), 1):
        registrations.cancel(own[each], now=NOW + turn * HOUR)
        db.session.commit()
        standing, numbers = taken_in(settings)
        assert {uid: entry.status for uid, entry in standing.items()} == {
            f"occ-{date.public_id}@{settings.host}": status
        }
        assert numbers == sorted(set(numbers)), "the number never falls"
        feed.append(in_own_feed(token, NOW + turn * HOUR))
    assert [each.sequence for each in feed] == sorted({each.sequence for each in feed})


def test_who_has_two_tasks_has_one_entry_that_moves_once(town: Town, settings: Settings) -> None:
    date, _own = two_tasks(town)
    changes.change(date.id, dates.local_day(date) + timedelta(days=1), dates.details(date), now=NOW + HOUR)
    db.session.commit()
    method, text = mails(settings)[-1]
    moved = understood({"moved": text})["moved"]
    assert method == moved.method == "REQUEST"
    assert moved.event.clocks[0] == "2026-03-22T14:00"
    changes.call_off(date.id, now=NOW + 2 * HOUR)
    db.session.commit()
    standing, numbers = taken_in(settings)
    assert [each.status for each in standing.values()] == ["CANCELLED"]
    assert numbers == sorted(set(numbers))


def test_a_course_that_is_given_up_leaves_with_all_its_dates(town: Town, settings: Settings) -> None:
    course = town.activity(sign_up=SignUpMode.WHOLE_COURSE)
    made = [town.occurrence(course, starts_in=timedelta(days=7 * week)) for week in (1, 2, 3)]
    own = town.signed_up(made[0], email=ANNA)
    changes.change(made[1].id, dates.local_day(made[1]) + timedelta(days=1), dates.details(made[1]), now=NOW + HOUR)
    db.session.commit()
    registrations.cancel(own.public_id, now=NOW + 2 * HOUR)
    db.session.commit()
    standing, _numbers = taken_in(settings)
    assert {uid: each.status for uid, each in standing.items()} == {
        f"occ-{each.public_id}@{settings.host}": "CANCELLED" for each in made
    }
