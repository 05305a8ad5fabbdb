"""Releases: months are closed, written once whoever asks, and never written again; what is read are sums of what was written."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from threading import Barrier, Thread

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from engage import worker
from engage.activities.models import Kind, Occurrence
from engage.base.config import City, current_settings
from engage.base.db import db
from engage.base.identifiers import public_id
from engage.people import find_or_create
from engage.registrations.attendance import Attendance
from engage.registrations.models import Registration, State
from engage.statistics import releases
from engage.statistics.population import keep
from engage.statistics.releases import Counts, Months, MonthsBackwards, PeriodTooLong
from engage.statistics.releases.models import Release, ReleasedAtom, ReleasedDates, ReleasedPart
from tests.town import Town

NOW = datetime(2026, 3, 20, 9, 0, tzinfo=UTC)
JANUARY, FEBRUARY, MARCH = date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)
YEAR = Months(date(2026, 1, 1), date(2026, 12, 1))


class Year:
    """A town in which things were held, by people with numbers."""

    def __init__(self, town: Town) -> None:
        self.town = town

    def held(self, day: datetime, people: int, first: int = 0, **facts: object) -> Occurrence:
        """A date with so many people, each with one seat."""
        activity = self.town.activity(published_at=day, **facts)
        date_ = self.town.occurrence(activity, starts_at=day, capacity=None)
        for number in range(first, first + people):
            self.joined(date_, number)
        return date_

    def joined(self, held: Occurrence, number: int, **facts: object) -> Registration:
        at = held.starts_at - timedelta(days=3)
        person = find_or_create("email", f"p{number}@example.org", language="da", now=at)
        pool = held.role_pools[0] if held.role_pools else held.pool
        known = {"seats": 1, "language": "da", "channel": "web", **facts}
        row = Registration(
            public_id=public_id(10), pool_id=pool.id, occurrence_id=held.id, person_id=person, state=State.CONFIRMED,
            joined_at=at, changed_at=at, verified_at=at, **known,
        )  # fmt: skip
        db.session.add(row)
        db.session.commit()
        return row


@pytest.fixture
def year(town: Town) -> Year:
    return Year(town)


def frozen(now: datetime = NOW) -> int:
    return worker.release_months(now)


def everything() -> list[object]:
    db.session.expire_all()
    tables = (Release, ReleasedAtom, ReleasedPart, ReleasedDates)
    return [tuple(row) for table in tables for row in db.session.execute(select(*table.__table__.columns))]


def at(month: int, day: int = 10, hour: int = 9) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


def test_a_month_is_released_once_and_when_it_is_closed(year: Year) -> None:
    year.held(at(1), 6)
    year.held(at(2), 7)
    assert frozen(datetime(2026, 2, 14, 12, tzinfo=UTC)) == 0, "thirteen days after its end"
    assert frozen(datetime(2026, 2, 15, 12, tzinfo=UTC)) == 1
    before = everything()
    assert frozen(datetime(2026, 2, 15, 13, tzinfo=UTC)) == 0 and everything() == before
    assert frozen(NOW) == 1, "February, and March is not over"
    assert releases.all_months() == Months(JANUARY, FEBRUARY)
    found = releases.released(YEAR)
    assert [each.months for each in found.spans] == [Months(JANUARY, JANUARY), Months(FEBRUARY, FEBRUARY)]
    assert found.missing == [date(2026, month, 1) for month in range(3, 13)]
    assert found.total() == Counts(dates=2, sign_ups=13, seats=13)


def test_a_period_stands_beside_the_same_months_before(year: Year) -> None:
    """As far as it is told: two months of this year beside the same two of the last one, and not beside all of it."""
    for month, people in ((1, 6), (2, 7), (3, 30)):
        year.held(at(month).replace(year=2025), people)
    year.held(at(1), 8)
    year.held(at(2), 9)
    while frozen():
        pass
    then = releases.before(releases.released(YEAR))
    assert then is not None and then.period == Months(date(2025, 1, 1), date(2025, 2, 1))
    assert then.total() == releases.released(then.period).total() == Counts(dates=2, sign_ups=13, seats=13)
    by_month = releases.each_before(releases.released(YEAR))
    assert [each.total().seats for each in by_month if each] == [6, 7]
    both = releases.released(Months(date(2025, 1, 1), date(2026, 12, 1)))
    assert releases.before(both) is None, "of the two years before nothing is known"


def test_months_that_were_told_together_are_not_compared_in_part(year: Year) -> None:
    year.held(at(1).replace(year=2025), 2)
    year.held(at(2).replace(year=2025), 7)
    for month in (1, 2):
        year.held(at(month), 8)
    while frozen():
        pass
    both = Months(date(2025, 1, 1), date(2025, 2, 1))
    assert releases.released(Months(date(2025, 1, 1), date(2025, 12, 1))).spans[0].months == both
    here = releases.released(YEAR)
    assert releases.each_before(here) == [None, None]
    then = releases.before(here)
    assert then is not None and then.total().seats == 9
    assert releases.before(releases.released(Months(FEBRUARY, FEBRUARY))) is None


def test_late_corrections_change_no_release(year: Year) -> None:
    held = year.held(at(1), 8)
    assert frozen() == 1
    before = everything()
    year.joined(held, 99)
    db.session.execute(text("UPDATE registration SET seats = 3, channel = 'desk', age_band = '65+'"))
    held.starts_at, held.ends_at = at(2), at(2, hour=11)
    held.activity.sdgs = [1, 2, 3]
    db.session.commit()
    assert frozen(NOW + timedelta(days=60)) == 1, "February, in which it is now, is told beside it"
    assert [each for each in everything() if each in before] == before
    assert releases.released(Months(JANUARY, JANUARY)).total().seats == 8


def test_erasing_people_changes_no_release(year: Year) -> None:
    held = year.held(at(1), 8)
    assert frozen() == 1
    before = everything()
    held_id = held.activity_id
    db.session.execute(text("DELETE FROM registration"))
    db.session.execute(text("DELETE FROM activity WHERE id = :id"), {"id": held_id})
    db.session.commit()
    assert everything() == before


def test_two_workers_release_a_month_once(app: Flask, year: Year) -> None:
    year.held(at(1), 8)
    barrier, done = Barrier(2), []

    def work() -> None:
        with app.app_context():
            barrier.wait()
            done.append(worker.release_months(NOW))

    threads = [Thread(target=work) for _each in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sum(done) == 1
    assert db.session.scalar(select(func.count()).select_from(Release)) == 1
    assert db.session.scalar(select(func.sum(ReleasedAtom.sign_ups))) == 8


def test_who_finds_the_lock_taken_leaves_it(app: Flask, year: Year) -> None:
    year.held(at(1), 8)
    with db.engine.connect() as other:
        other.execute(text("SELECT pg_advisory_xact_lock(4219, 0)"))
        assert frozen() == 0
    assert frozen() == 1


def test_a_month_with_too_few_is_told_together_with_the_next(year: Year) -> None:
    year.held(at(1), 3)
    assert frozen(datetime(2026, 2, 20, tzinfo=UTC)) == 0 and everything() == []
    year.held(at(2), 4, first=10)
    assert frozen() == 1
    whole = releases.released(Months(JANUARY, FEBRUARY))
    assert whole.total() == Counts(dates=2, sign_ups=7, seats=7) and not whole.missing
    early, late = (releases.released(Months(month, month)) for month in (JANUARY, FEBRUARY))
    assert early.total() == Counts() and (early.missing, early.later) == ([JANUARY], FEBRUARY)
    assert late.total() == whole.total() and not late.missing, "it belongs where its last month is"


def test_a_month_in_which_nobody_signed_up_is_told_by_itself(year: Year) -> None:
    """Else what was held years ago, before anybody signed up here, would count in the first month with people."""
    year.held(at(1), 0)
    assert frozen(datetime(2026, 2, 20, tzinfo=UTC)) == 0, "it waits for somebody"
    year.held(at(2), 6)
    assert frozen() == 2
    early, late = (releases.released(Months(month, month)) for month in (JANUARY, FEBRUARY))
    assert early.total() == Counts(dates=1, sign_ups=None, seats=None, minutes_missing=True), "not told to be nobody"
    assert late.total() == Counts(dates=1, sign_ups=6, seats=6)


def test_a_small_group_is_told_in_the_total_alone_and_takes_the_smallest_with_it(year: Year) -> None:
    year.held(at(1), 9, kind=Kind.LEARNING, sdgs=[4])
    year.held(at(1, 12), 6, first=20, kind=Kind.LEARNING, sdgs=[13], dimensions=["economic"])
    year.held(at(1, 14), 2, first=40, kind=Kind.VOLUNTEER, sdgs=[13], dimensions=["economic"])
    assert frozen() == 1
    found = releases.released(YEAR)
    assert found.total().sign_ups == 17
    told = {key: counts.sign_ups for key, counts in found.by("sdg").items()}
    assert told == {"04": 9, "13": None, releases.UNTOLD: 8}, "nobody is not what is held back"
    assert found.by("sdg")["13"].dates == 2, "what is held is public"
    assert found.total(kind="volunteer").sign_ups is None and found.total(sdg="04", kind="learning").sign_ups == 9


def test_an_activity_without_a_goal_is_told_as_that(year: Year) -> None:
    year.held(at(1), 6, sdgs=[])
    assert frozen() == 1
    assert releases.released(YEAR).by("sdg")[releases.NONE].sign_ups == 6


def test_what_people_differ_in_is_told_where_each_piece_is_enough(year: Year) -> None:
    held = year.held(at(1), 0)
    for number in range(18):
        year.joined(
            held, number, channel="telegram" if number < 6 else "web", age_band="65+" if number < 3 else "25-44"
        )
    assert frozen() == 1
    found = releases.released(YEAR)
    assert {key: each.sign_ups for key, each in found.by("channel").items()} == {"telegram": 6, "web": 12}
    assert {key: each.sign_ups for key, each in found.by("age").items()} == {releases.UNTOLD: 18}, "three stand out"
    assert {key: each.sign_ups for key, each in found.by("newness").items()} == {releases.UNTOLD: 18}, "all are new"


AREAS = {"6400": 5000, "6300": 400, "6430": 300, "6440": 900}


@pytest.mark.parametrize(
    ("population", "told"), [(None, {"untold": 27}), (AREAS, {"6400": 6, "outside": 6, "other": 15})]
)
def test_small_parts_of_town_are_told_together_alone(
    year: Year, set_settings: Callable[..., None], population: dict[str, int] | None, told: dict[str, int]
) -> None:
    named = [{"key": key, "name": key} for key in AREAS]
    set_settings(city=City({**current_settings().city.facts, "areas": named}))
    if population:
        keep("area", 2025, population, "", this_year=2026)
    held = year.held(at(1), 0)
    for number in range(27):
        area = ("6400", "outside", "6300")[number // 6] if number < 18 else ("6430" if number < 24 else "gone")
        year.joined(held, number, area=area)
    assert frozen() == 1
    assert {key: each.sign_ups for key, each in releases.released(YEAR).by("area").items()} == told


def test_who_came_and_volunteers_hours_are_as_they_were_noted(year: Year) -> None:
    held = year.held(at(1), 0, kind=Kind.VOLUNTEER)
    for number in range(12):
        row = year.joined(held, number)
        seats = int(number < 7)
        db.session.add(
            Attendance(registration_id=row.id, occurrence_id=held.id, seats=seats, minutes=90 * seats, marked_at=NOW)
        )
    db.session.commit()
    assert frozen() == 1
    found = releases.released(YEAR)
    assert {key: each.sign_ups for key, each in found.by("attendance").items()} == {"away": 5, "came": 7}
    assert found.total(kind="volunteer").minutes == 7 * 120, "by the length of the date, not by when each left"


def test_where_nobody_was_noted_a_shift_lasts_as_long_as_its_date(year: Year) -> None:
    year.held(at(1), 6, kind=Kind.VOLUNTEER)
    assert frozen() == 1
    assert releases.released(YEAR).total().hours == 12.0


@pytest.mark.parametrize(
    ("starts_at", "month"), [(datetime(2026, 1, 31, 23, 30, tzinfo=UTC), FEBRUARY), (at(1, 31, 22), JANUARY)]
)
def test_a_month_begins_at_midnight_of_the_citys_clocks(year: Year, starts_at: datetime, month: date) -> None:
    year.held(starts_at, 6)
    assert frozen() == 1
    assert releases.all_months() is not None
    assert releases.released(YEAR).spans[-1].months.last == month


def test_the_threshold_and_the_days_are_the_citys(year: Year, set_settings: Callable[..., None]) -> None:
    facts = current_settings().city.facts
    set_settings(city=City({**facts, "statistics": {"suppress_below": 8, "release_after_days": 3}}))
    year.held(at(1), 7)
    assert frozen(datetime(2026, 2, 3, 12, tzinfo=UTC)) == frozen(datetime(2026, 2, 4, 12, tzinfo=UTC)) == 0
    year.held(at(1), 1, first=50)
    assert frozen(datetime(2026, 2, 3, 12, tzinfo=UTC)) == 0
    assert frozen(datetime(2026, 2, 4, 12, tzinfo=UTC)) == 1
    assert db.session.scalars(select(Release.least)).one() == 8


def test_before_anything_is_held_nothing_is_released(app: Flask) -> None:
    assert frozen() == 0 and releases.all_months() is None
    assert releases.released(YEAR).total() == Counts()


def test_periods_are_whole_months_in_order() -> None:
    assert len(Months(date(2025, 11, 1), FEBRUARY)) == 4
    with pytest.raises(MonthsBackwards):
        Months(MARCH, JANUARY)
    with pytest.raises(PeriodTooLong):
        Months(date(2000, 1, 1), JANUARY)
