"""When a reminder falls due: whole days and hours over changes of summer time, and never when it is quiet."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from engage.registrations.reminders.instants import Span, calm, local_instant, nominal, useful_until
from engage.registrations.reminders.models import Anchor, Unit
from engage.registrations.reminders.rules import USUAL, Rule
from engage.registrations.windows import Quiet

DENMARK = ZoneInfo("Europe/Copenhagen")
ZONES = st.sampled_from(
    [DENMARK, ZoneInfo("America/New_York"), ZoneInfo("Australia/Lord_Howe"), ZoneInfo("Asia/Tokyo")]
)
NIGHT = Quiet(time(21), time(8))
HOUR = timedelta(hours=1)


def span(starts_at: datetime, hours: float = 2, zone: ZoneInfo = DENMARK) -> Span:
    return Span(starts_at, starts_at + timedelta(hours=hours), starts_at, zone)


def at(*parts: int) -> datetime:
    """An instant by the clocks of Denmark."""
    return datetime(*parts, tzinfo=DENMARK).astimezone(UTC)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize("day", [date(2026, 10, 25), date(2026, 3, 29)])
@pytest.mark.parametrize("offset", [0, 1])
def test_the_day_before_at_17_is_at_17_by_the_clock_also_when_summer_time_begins_or_ends(
    day: date, offset: int
) -> None:
    start = datetime.combine(day + timedelta(days=offset), time(14), DENMARK).astimezone(UTC)
    local = nominal(USUAL["day"], span(start)).astimezone(DENMARK)
    assert (local.date(), local.time()) == (day - timedelta(days=1 - offset), time(17))


def test_hours_are_elapsed_time_also_over_a_change() -> None:
    start = at(2026, 3, 29, 4, 0)
    assert start - nominal(USUAL["hours"], span(start)) == 2 * HOUR
    assert nominal(USUAL["hours"], span(start)).astimezone(DENMARK).time() == time(1)


def test_a_time_the_clocks_leave_out_is_the_first_after_it_and_one_that_comes_twice_the_second() -> None:
    assert local_instant(date(2026, 3, 29), time(2, 30), DENMARK) == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
    assert local_instant(date(2026, 10, 25), time(2, 30), DENMARK) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_a_leap_day_is_counted() -> None:
    rule = Rule("two", number=2, clock=time(10))
    assert nominal(rule, span(at(2028, 3, 2, 12, 0))) == at(2028, 2, 29, 10, 0)


def test_what_would_come_at_night_comes_the_evening_before_or_in_the_morning() -> None:
    start = at(2026, 3, 21, 9, 0)
    two_before = nominal(USUAL["hours"], span(start))
    evening, long_ago = at(2026, 3, 20, 20, 30), at(2026, 3, 1, 0, 0)
    assert calm(two_before, span(start), NIGHT, since=long_ago) == evening
    # The evening is over already: in the morning, as long as that is an hour before.
    assert calm(two_before, span(start), NIGHT, since=evening) == at(2026, 3, 21, 8, 0)
    assert calm(two_before, span(at(2026, 3, 21, 8, 59)), NIGHT, since=evening) is None


def test_what_is_asked_afterwards_comes_while_it_is_fresh_or_next_morning() -> None:
    rule = USUAL["feedback"]
    for ends, asked in (
        (at(2026, 3, 20, 16, 0), at(2026, 3, 20, 17, 0)),
        (at(2026, 3, 20, 20, 30), at(2026, 3, 20, 20, 45)),
        (at(2026, 3, 20, 22, 0), at(2026, 3, 21, 8, 0)),
    ):
        day = span(ends - 2 * HOUR)
        assert calm(nominal(rule, day), day, NIGHT, since=ends - 9 * HOUR) == asked


def test_how_long_each_is_of_use() -> None:
    start = at(2026, 3, 21, 14, 0)
    day = span(start)
    assert useful_until(USUAL["day"], day) == start - 3 * HOUR
    assert useful_until(USUAL["week"], day) == start - 36 * HOUR
    assert useful_until(USUAL["hours"], day) == start - HOUR / 2
    assert useful_until(USUAL["feedback"], day) == day.ends_at + timedelta(days=7)


INSTANTS = st.datetimes(datetime(2025, 1, 1), datetime(2029, 1, 1), timezones=st.just(UTC))
CLOCKS = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 59]))
RULES = st.one_of(
    st.builds(Rule, st.just("days"), number=st.integers(0, 30), clock=CLOCKS),
    st.builds(Rule, st.just("hours"), number=st.integers(1, 72), unit=st.just(Unit.HOURS)),
    st.builds(
        Rule, st.just("after"), st.just(Anchor.END), number=st.integers(0, 48), unit=st.just(Unit.HOURS),
        after=st.just(True),
    ),
)  # fmt: skip
WINDOWS = st.one_of(st.just(NIGHT), st.builds(Quiet, CLOCKS, CLOCKS).filter(lambda quiet: quiet.begins != quiet.ends))


@given(INSTANTS, st.floats(0.25, 12), RULES, ZONES, WINDOWS)
@example(datetime(2026, 10, 25, 5, 0, tzinfo=UTC), 2.0, USUAL["hours"], DENMARK, Quiet(time(2, 15), time(2, 45)))
@example(datetime(2026, 3, 29, 1, 0, tzinfo=UTC), 2.0, USUAL["hours"], DENMARK, Quiet(time(2), time(3)))
def test_nothing_ever_comes_when_it_is_quiet(
    starts_at: datetime, hours: float, rule: Rule, zone: ZoneInfo, quiet: Quiet
) -> None:
    day = span(starts_at, hours, zone)
    planned = nominal(rule, day)
    found = calm(planned, day, quiet, since=planned - timedelta(days=2))
    assume(found is not None)
    assert found is not None
    assert not quiet.covers(found.astimezone(zone))
    if planned < day.starts_at:
        assert found < day.starts_at
        assert planned - found <= timedelta(hours=25) and found - planned < timedelta(hours=25)


@given(INSTANTS, st.integers(0, 40), CLOCKS, ZONES)
@example(datetime(2026, 3, 29, 12, 0, tzinfo=UTC), 0, time(2, 30), DENMARK)
def test_days_are_days_of_the_calendar_with_the_time_on_the_clock(
    starts_at: datetime, days: int, clock: time, zone: ZoneInfo
) -> None:
    local = nominal(Rule("days", number=days, clock=clock), span(starts_at, zone=zone)).astimezone(zone)
    day = starts_at.astimezone(zone).date() - timedelta(days=days)
    missing = datetime.combine(day, clock, zone).astimezone(UTC).astimezone(zone).time() != clock
    assert local.date() == day
    assert local.time() == clock or (missing and local.time() > clock)


@given(INSTANTS, RULES, ZONES)
def test_what_is_due_is_of_use_when_it_comes(starts_at: datetime, rule: Rule, zone: ZoneInfo) -> None:
    day = span(starts_at, zone=zone)
    planned = nominal(rule, day)
    assume(planned != day.starts_at)
    assert useful_until(rule, day) > planned or planned > day.starts_at - timedelta(minutes=31)
