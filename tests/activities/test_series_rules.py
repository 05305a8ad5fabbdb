"""The days a rule gives, against RFC 5545 and the calendar on the wall; and the clock that summer time does not move."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engage.activities import dates, recurrence
from engage.activities.dates import Details
from engage.activities.recurrence import Frequency, Recurrence, RuleNotUsable

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
MO, TU, WE, TH, FR, SA, SU = range(7)
TODAY = date(2026, 3, 4)


def day(text: str) -> date:
    return date.fromisoformat(text)


def weekly(first: str, *weekdays: int, **facts: object) -> Recurrence:
    return Recurrence(Frequency.WEEKLY, day(first), weekdays=weekdays, **facts)  # type: ignore[arg-type]


def monthly(first: str, month_day: int, **facts: object) -> Recurrence:
    return Recurrence(Frequency.MONTHLY_DAY, day(first), month_day=month_day, **facts)  # type: ignore[arg-type]


def nth(first: str, number: int, weekday: int, **facts: object) -> Recurrence:
    return Recurrence(Frequency.MONTHLY_WEEKDAY, day(first), nth=number, weekdays=(weekday,), **facts)  # type: ignore[arg-type]


TABLE = {
    "every Tuesday, from a Wednesday on": (weekly("2026-03-04", TU, count=3), "03-10 03-17 03-24"),
    "two weekdays, every other week": (
        weekly("2026-03-03", TH, TU, interval=2, count=5), "03-03 03-05 03-17 03-19 03-31",
    ),
    "every other week counts from the first date, not from the day the rule was written": (
        weekly("2026-03-04", MO, interval=2, count=3), "03-09 03-23 04-06",
    ),
    "until is inclusive": (weekly("2026-03-04", WE, until=day("2026-03-18")), "03-04 03-11 03-18"),
    "over both changes of the clock": (weekly("2026-03-22", SU, count=3), "03-22 03-29 04-05"),
    "daily": (Recurrence(Frequency.DAILY, day("2026-02-27"), count=4), "02-27 02-28 03-01 03-02"),
    "every third day": (Recurrence(Frequency.DAILY, TODAY, interval=3, count=3), "03-04 03-07 03-10"),
    "the 15th": (monthly("2026-03-04", 15, count=3), "03-15 04-15 05-15"),
    "the 31st passes over short months": (monthly("2026-03-04", 31, count=5), "03-31 05-31 07-31 08-31 10-31"),
    "the 30th passes over February alone": (
        monthly("2026-12-01", 30, count=3), "2026-12-30 2027-01-30 2027-03-30",
    ),
    "the last day": (monthly("2026-03-04", -1, count=4), "03-31 04-30 05-31 06-30"),
    "the last day of a leap February": (monthly("2028-01-31", -1, count=3), "2028-01-31 2028-02-29 2028-03-31"),
    "every other month": (monthly("2026-03-04", 4, interval=2, count=3), "03-04 05-04 07-04"),
    "the first Monday": (nth("2026-03-04", 1, MO, count=3), "04-06 05-04 06-01"),
    "the third Thursday": (nth("2026-03-04", 3, TH, count=3), "03-19 04-16 05-21"),
    "the last Sunday, which is when the clocks change": (nth("2026-03-04", -1, SU, until=day("2026-10-31")),
        "03-29 04-26 05-31 06-28 07-26 08-30 09-27 10-25"),
    "a list, in whatever order, once each": (
        Recurrence(Frequency.DATES, TODAY, days=(day("2026-05-01"), day("2026-03-09"), day("2026-05-01"))), "03-09 05-01",
    ),
    "excluded days count as if they were held": (
        weekly("2026-03-04", WE, count=4, excluded=(day("2026-03-18"),)), "03-04 03-11 03-25",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TABLE)
def test_a_rule_gives_its_days(name: str) -> None:
    rule, expected = TABLE[name]
    wanted = [day(text if len(text) > 5 else f"2026-{text}") for text in expected.split()]
    assert list(recurrence.days(rule, TODAY).days) == wanted


@pytest.mark.parametrize("name", TABLE)
def test_a_rule_is_read_as_it_was_written(name: str) -> None:
    rule = TABLE[name][0]
    again = recurrence.read(recurrence.text(rule), rule.first, rule.days, rule.excluded)
    assert recurrence.days(again, TODAY) == recurrence.days(rule, TODAY)


def test_months_too_short_for_the_31st_are_named() -> None:
    found = recurrence.days(monthly("2026-03-04", 31, until=day("2026-10-31")), TODAY)
    assert [month.month for month in found.skipped_months] == [4, 6, 9]
    assert recurrence.days(monthly("2026-03-04", -1, until=day("2026-10-31")), TODAY).skipped_months == ()
    assert recurrence.days(monthly("2026-03-04", 29, until=day("2028-02-29")), day("2027-02-20")).skipped_months == (
        date(2027, 2, 1),
    )


def test_dates_are_made_for_a_year_and_never_more_than_two_hundred() -> None:
    year = recurrence.days(weekly("2026-03-04", WE, until=day("2030-01-01")), TODAY)
    assert (year.days[-1], year.cut) == (date(2027, 3, 3), True)
    many = recurrence.days(Recurrence(Frequency.DAILY, TODAY, count=1000), TODAY)
    assert (len(many.days), many.cut) == (200, True)
    assert not recurrence.days(weekly("2026-03-04", WE, count=4), TODAY).cut


def test_the_horizon_of_a_leap_day_is_a_day_there_is() -> None:
    assert recurrence.horizon(date(2028, 2, 29), TODAY) == date(2029, 2, 28)


@pytest.mark.parametrize(
    "rule",
    [
        weekly("2026-03-04", count=3), weekly("2026-03-04", WE), weekly("2026-03-04", WE, count=0),
        weekly("2026-03-04", WE, count=-2), weekly("2026-03-04", 7, count=3), weekly("2026-03-04", WE, until=date(2026, 3, 3)),
        weekly("2026-03-04", WE, interval=0, count=3), weekly("2026-03-04", WE, interval=53, count=3),
        monthly("2026-03-04", 0, count=3), monthly("2026-03-04", 32, count=3), monthly("2026-03-04", -2, count=3),
        nth("2026-03-04", 5, MO, count=3), nth("2026-03-04", 0, MO, count=3),
        Recurrence(Frequency.MONTHLY_WEEKDAY, TODAY, nth=1, weekdays=(MO, TU), count=3),
        Recurrence(Frequency.DATES, TODAY), weekly("2026-03-04", WE, count=1, excluded=(TODAY,)),
        Recurrence(Frequency.DAILY, date.max, count=3), Recurrence(Frequency.DAILY, date.min, count=3),
    ],
)  # fmt: skip
def test_a_rule_without_a_date_is_refused_in_words(rule: Recurrence) -> None:
    with pytest.raises(RuleNotUsable):
        recurrence.days(rule, TODAY)


@pytest.mark.parametrize(
    ("on", "begins", "ends", "utc"),
    [
        # Six in the evening is six in the evening, on both sides of 29 March and 25 October 2026.
        ("2026-03-28", time(18), time(20), ("28 17:00", "28 19:00")),
        ("2026-03-29", time(18), time(20), ("29 16:00", "29 18:00")),
        ("2026-10-24", time(18), time(20), ("24 16:00", "24 18:00")),
        ("2026-10-25", time(18), time(20), ("25 17:00", "25 19:00")),
        # Half past two does not exist on the first (read with the offset before the gap), and comes twice on the second.
        ("2026-03-29", time(2, 30), time(4), ("29 01:30", "29 02:00")),
        ("2026-10-25", time(2, 30), time(4), ("25 00:30", "25 03:00")),
        # An end that the gap would put before the start.
        ("2026-03-29", time(2, 30), time(3), ("29 01:30", "29 01:30")),
        # A night over each change is an hour shorter, and an hour longer.
        ("2026-03-28", time(22), time(6), ("28 21:00", "29 04:00")),
        ("2026-10-24", time(22), time(6), ("24 20:00", "25 05:00")),
        ("2026-03-04", time(19), time(0), ("04 18:00", "04 23:00")),
    ],
)  # fmt: skip
def test_the_clock_on_the_wall_stays_over_summer_time(on: str, begins: time, ends: time, utc: tuple[str, str]) -> None:
    found = dates.instants(day(on), Details(begins, ends), COPENHAGEN)
    assert tuple(f"{instant.astimezone(UTC):%d %H:%M}" for instant in found) == utc


@pytest.mark.parametrize(
    ("language", "name"), [("da", "Langfredag"), ("en", "Good Friday"), ("de", "Langfredag")]
)  # fmt: skip
def test_a_danish_holiday_is_named_in_the_readers_language_or_danish(language: str, name: str) -> None:
    assert recurrence.holiday(date(2026, 4, 3), "DK", language) == name
    assert recurrence.holiday(date(2026, 4, 7), "DK", language) == ""
    assert recurrence.holiday(date(2026, 4, 3), "ZZ", language) == ""


RULES = st.builds(
    Recurrence,
    frequency=st.sampled_from([each for each in Frequency if each != Frequency.DATES]),
    first=st.dates(date(2026, 1, 1), date(2029, 12, 31)),
    interval=st.integers(1, 12),
    weekdays=st.lists(st.integers(0, 6), min_size=1, max_size=1).map(tuple),
    month_day=st.integers(1, 31) | st.just(-1),
    nth=st.sampled_from([1, 2, 3, 4, -1]),
    count=st.integers(1, 60),
)


@given(rule=RULES, cut=st.integers(0, 59))
def test_a_rule_cut_in_two_gives_the_same_days(rule: Recurrence, cut: int) -> None:
    days = recurrence.days(rule, rule.first).days
    at = days[cut % len(days)]
    later = recurrence.days(rule.starting(at, days[-1]), rule.first).days
    earlier = recurrence.days(rule.before(at), rule.first).days if at > days[0] else ()
    assert (*earlier, *later) == days


@given(rule=RULES, by=st.integers(-6, 6))
def test_a_rule_moved_by_days_keeps_its_rhythm_or_says_it_cannot(rule: Recurrence, by: int) -> None:
    moved = rule.shifted(by)
    if moved is None:
        assert rule.frequency in {Frequency.MONTHLY_DAY, Frequency.MONTHLY_WEEKDAY}
        return
    days = recurrence.days(rule, rule.first).days
    assert set(recurrence.days(moved, moved.first).days) >= {each + timedelta(days=by) for each in days[:3]}


@given(begins=st.times(), ends=st.times(), on=st.dates(date(2026, 1, 1), date(2027, 12, 31)))
def test_no_date_ends_before_it_begins_and_none_lasts_longer_than_a_day(begins: time, ends: time, on: date) -> None:
    starts_at, ends_at = dates.instants(on, Details(begins, ends), COPENHAGEN)
    assert timedelta(0) <= ends_at - starts_at <= timedelta(hours=25)
    assert starts_at == datetime.combine(on, begins, COPENHAGEN).astimezone(UTC)
