"""Long series as time goes by: a year ahead and no further, never past their end, and with every exception kept."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from engage import worker
from engage.accounts import audit
from engage.activities import dates, recurrence, scopes, series
from engage.activities.dates import Details
from engage.activities.models import Activity, ActivityState, Occurrence
from engage.activities.plans import Series
from engage.activities.recurrence import Frequency, Recurrence
from engage.activities.scopes import Scope
from engage.base.db import db
from tests.conftest import NOW
from tests.town import Town

EVENING = Details(time(18), time(20), capacity=12)
WEDNESDAYS = Recurrence(Frequency.WEEKLY, date(2026, 3, 11), weekdays=(2,), count=60)


def course(town: Town, rule: Recurrence = WEDNESDAYS, **facts: object) -> Series:
    made = series.add_series(town.activity(**facts).id, rule, EVENING, now=NOW)  # type: ignore[arg-type]
    db.session.commit()
    return made


def days(made: Series) -> list[date]:
    db.session.expire_all()
    query = select(Occurrence.series_day).where(Occurrence.series_id == made.id).order_by(Occurrence.series_day)
    return [day for day in db.session.scalars(query) if day]


def weeks(number: int) -> timedelta:
    return timedelta(weeks=number)


def test_each_week_one_more_date_comes_within_reach_until_the_rule_ends(town: Town) -> None:
    made = course(town)
    first = days(made)
    assert len(first) == 53 and worker.extend_series(NOW) == 0
    for week in (2, 3, 4):
        at = NOW + weeks(week)
        assert (worker.extend_series(at), worker.extend_series(at)) == (1, 0)
    assert worker.extend_series(NOW + weeks(40)) == 4
    assert worker.extend_series(NOW + weeks(50)) == 0
    assert days(made) == [date(2026, 3, 11) + weeks(number) for number in range(60)]
    added = dates.of(made.activity_id)[-1]
    assert added.pool.capacity == 12 and dates.details(added).begins == time(18), "the clock stays over summer time"
    assert [each.facts["dates"] for each in audit.search("series_extended").entries] == [4, 1, 1, 1]


def test_a_rule_until_a_day_is_never_gone_past(town: Town) -> None:
    made = course(town, replace(WEDNESDAYS, count=None, until=date(2027, 4, 1)))
    assert worker.extend_series(NOW + weeks(30)) == 3
    assert days(made)[-1] == date(2027, 3, 31)
    assert worker.extend_series(NOW + weeks(90)) == 0


def test_what_was_left_out_removed_or_called_off_stays_so(town: Town) -> None:
    made = course(town, replace(WEDNESDAYS, excluded=(date(2027, 3, 24),)))
    there = dates.of(made.activity_id)
    series.delete(there[-1:], now=NOW)
    dates.cancel(there[-2:-1], now=NOW)
    db.session.commit()
    worker.extend_series(NOW + weeks(30))
    found = days(made)
    assert date(2027, 3, 10) not in found, "removed by hand"
    assert date(2027, 3, 24) not in found, "left out in the preview"
    assert found[-1] == date(2027, 4, 28) and len(found) == 58


def test_drafts_and_what_is_called_off_are_not_carried_on(town: Town) -> None:
    for state in (ActivityState.DRAFT, ActivityState.IN_REVIEW, ActivityState.CALLED_OFF):
        course(town, state=state)
    assert worker.extend_series(NOW + weeks(30)) == 0


def test_a_date_that_stands_there_already_is_not_made_twice(town: Town) -> None:
    made = course(town)
    series.add_date(made.activity_id, date(2027, 3, 17), EVENING, now=NOW)
    db.session.commit()
    assert worker.extend_series(NOW + weeks(3)) == 1
    assert len([each for each in dates.of(made.activity_id) if dates.local_day(each) == date(2027, 3, 17)]) == 1


def test_a_series_split_or_moved_still_goes_on_to_its_own_end(town: Town) -> None:
    made = course(town)
    tenth = dates.of(made.activity_id)[9]
    scopes.change(tenth, dates.local_day(tenth) + timedelta(days=1), EVENING, Scope.FOLLOWING, now=NOW)
    db.session.commit()
    worker.extend_series(NOW + weeks(52))
    later = db.session.get_one(Occurrence, tenth.id)
    assert later.series_id != made.id
    every = sorted(dates.local_day(each) for each in dates.of(made.activity_id))
    assert len(every) == 60
    assert [day.weekday() for day in every] == [2] * 9 + [3] * 51


def test_one_broken_series_leaves_the_others(town: Town) -> None:
    broken, sound = course(town), course(town)
    broken.rule = "FREQ=WEEKLY;BYDAY=XX;COUNT=60"
    db.session.commit()
    assert worker.extend_series(NOW + weeks(2)) == 1
    assert len(days(sound)) == 54


RULES = st.one_of(
    st.builds(
        Recurrence, st.just(Frequency.WEEKLY), st.dates(date(2026, 2, 1), date(2026, 6, 1)), st.integers(1, 5),
        st.lists(st.integers(0, 6), min_size=1, max_size=3).map(tuple), count=st.integers(1, 90),
    ),
    st.builds(
        Recurrence, st.just(Frequency.MONTHLY_DAY), st.dates(date(2026, 2, 1), date(2026, 6, 1)), st.integers(1, 3),
        month_day=st.sampled_from([1, 15, 29, 31, -1]), until=st.dates(date(2026, 8, 1), date(2029, 1, 1)),
    ),
)  # fmt: skip


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rule=RULES, steps=st.lists(st.integers(1, 200), min_size=1, max_size=5))
def test_in_steps_of_any_size_it_makes_just_what_the_rule_says(town: Town, rule: Recurrence, steps: list[int]) -> None:
    db.session.execute(delete(Activity))
    now: datetime = NOW
    try:
        made = course(town, rule)
    except (recurrence.RuleNotUsable, series.NothingNew):
        db.session.rollback()
        return
    for step in steps:
        now += timedelta(days=step)
        worker.extend_series(now)
    every = set(recurrence._all(rule))
    found = set(days(made))
    horizon = recurrence.horizon(rule.first, now.date())
    assert found <= every and max(found) <= horizon
    first = min(found)
    # What a worker asleep for long finds in the past is not made any more.
    missed = {day for day in every if first <= day <= horizon} - found
    assert all(day <= now.date() for day in missed)
