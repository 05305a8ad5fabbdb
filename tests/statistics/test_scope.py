"""Periods: taken apart without losing a day, and the same period before."""

from datetime import date, timedelta

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from engage import statistics
from engage.statistics import PeriodBackwards, Scope
from engage.statistics.figures import Figures
from engage.statistics.periods import end_of_month, take_apart
from tests.conftest import NOW

days = st.dates(date(2019, 1, 1), date(2027, 12, 31))


@given(one=days, other=days, today=days, years=st.booleans())
def test_each_day_of_a_period_is_in_one_of_its_parts(one: date, other: date, today: date, years: bool) -> None:
    first, last = sorted((one, other))
    parts = take_apart(first, last, today, years=years)
    found = [each for begin, end in parts.stretches for each in span(begin, end)]
    found += [each for month in parts.months for each in span(month, end_of_month(month))]
    found += [each for year in parts.years for each in span(year, date(year.year, 12, 31))]
    assert sorted(found) == span(first, last)
    whole = [end_of_month(month) for month in parts.months] + [date(year.year, 12, 31) for year in parts.years]
    assert all(each < today for each in whole), "what is not over is asked by the day"
    assert years or not parts.years
    # Few parts, so that ten years cost as one does.
    assert len(parts.months) <= 22 or not years
    assert len(parts.stretches) <= 3


def span(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


@pytest.mark.parametrize(
    ("first", "last", "first_before", "last_before"),
    [
        ("2026-01-01", "2026-12-31", "2025-01-01", "2025-12-31"),
        ("2026-08-01", "2026-12-31", "2025-08-01", "2025-12-31"),
        ("2025-02-01", "2025-02-28", "2024-02-01", "2024-02-29"),
        ("2024-02-29", "2024-02-29", "2023-02-28", "2023-02-28"),
        ("2023-08-15", "2025-03-01", "2021-08-15", "2023-03-01"),
        ("2017-01-01", "2026-12-31", "2007-01-01", "2016-12-31"),
    ],
)
def test_the_period_before_is_the_same_days_of_earlier_years(
    first: str, last: str, first_before: str, last_before: str
) -> None:
    before = Scope(date.fromisoformat(first), date.fromisoformat(last), kind="learning").before
    assert before == Scope(date.fromisoformat(first_before), date.fromisoformat(last_before), kind="learning")


@given(one=days, other=days)
def test_the_period_before_ends_before_the_period(one: date, other: date) -> None:
    scope = Scope(*sorted((one, other)))
    assert scope.before.to < scope.from_
    assert abs((scope.before.to - scope.before.from_).days - (scope.to - scope.from_).days) <= 2


def test_a_period_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(PeriodBackwards):
        Scope(date(2026, 2, 1), date(2026, 1, 31))


def test_an_empty_city_is_all_white_and_divides_by_nothing(app: Flask) -> None:
    scope = Scope(date(2026, 1, 1), date(2026, 12, 31))
    spots = statistics.white_spots(scope, now=NOW)
    assert {name: len(found) for name, found in spots.no_activity.items()} == {
        "dimensions": 4,
        "sdgs": 17,
        "key_features": 42,
    }
    assert not any(spots.no_people.values())
    assert statistics.all_years() is None
    empty = statistics.participation(scope, now=NOW)
    assert (empty.figures, empty.before, empty.people) == (Figures(), None, 0)
    rates = empty.figures
    assert (rates.fill_rate, rates.no_show_rate, rates.cancelled_rate, rates.stars) == (None,) * 4
    assert statistics.voices(scope, now=NOW).average is None
    assert {each.share for each in statistics.by_channel(scope, now=NOW)} == {None}
