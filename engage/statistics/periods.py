"""A period to the day, taken apart into whole years and months that are summed already, and the days that are left."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Parts:
    """First days of years and of months, and stretches of days from the first to the last. Each day of the period is in one."""

    years: tuple[date, ...]
    months: tuple[date, ...]
    stretches: tuple[tuple[date, date], ...]


def take_apart(from_: date, to: date, today: date, *, years: bool = True) -> Parts:
    """The parts of a period. Only what is over before `today` is taken as a whole: of the rest it is asked day by day, what is
    over by now. Without `years` nothing larger than a month."""
    whole_years: list[date] = []
    whole_months: list[date] = []
    stretches: list[tuple[date, date]] = []
    for first, last in _months(from_, to):
        if not _is_month(first, last) or last >= today:
            if stretches and stretches[-1][1] + _DAY == first:
                first = stretches.pop()[0]
            stretches.append((first, last))
        else:
            whole_months.append(first)
    if years:
        by_year: dict[int, list[date]] = {}
        for month in whole_months:
            by_year.setdefault(month.year, []).append(month)
        whole_years = [date(year, 1, 1) for year, months in by_year.items() if len(months) == 12]
        whole_months = [month for month in whole_months if date(month.year, 1, 1) not in whole_years]
    return Parts(tuple(whole_years), tuple(whole_months), tuple(stretches))


def _months(from_: date, to: date) -> Iterator[tuple[date, date]]:
    """The days of the period, month by month."""
    first = from_
    while first <= to:
        last = min(end_of_month(first), to)
        yield first, last
        first = last + _DAY


def _is_month(first: date, last: date) -> bool:
    return first.day == 1 and last == end_of_month(first)


def end_of_month(day: date) -> date:
    """The last day of the month of a day."""
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - _DAY
