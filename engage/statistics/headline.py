"""The headline of a scope: all that it adds up to, beside the same period before, and month by month."""

from datetime import date, datetime

from engage.base.config import current_settings
from engage.statistics import reading
from engage.statistics.answers import Month, Participation, Year
from engage.statistics.figures import Figures, Freshness
from engage.statistics.scope import Scope


def freshness() -> Freshness:
    """How true figures are that are read now."""
    return reading.freshness()


def all_years() -> tuple[date, date] | None:
    """The first and the last day on which something was or is held; None in a city without dates."""
    return reading.span()


def participation(scope: Scope, *, now: datetime, only_over: bool = False) -> Participation:
    """How many took part, how many were new, and all the other headline figures, with the same period before. `only_over` leaves
    out what is still to come, also later today."""
    before, figures = scope.before, totals(scope, now=now, only_over=only_over)
    return Participation(
        scope=scope,
        figures=figures,
        before=totals(before, now=now) if reading.known_before(before.to) else None,
        people=figures.first_this_year if len(scope.years) == 1 and not scope.narrowed else None,
        known_for_days=current_settings().city.keep_sign_ups.days,
        freshness=freshness(),
    )


def totals(scope: Scope, *, now: datetime, only_over: bool = False) -> Figures:
    """All figures of a scope together; with `only_over`, of dates that are over."""
    return reading.figures(scope, "total", now, only_over=only_over).get("", Figures())


def by_month(scope: Scope, *, now: datetime) -> tuple[Month, ...]:
    """Each calendar month in which something is held, in order."""
    found = reading.figures(scope, "month", now)
    return tuple(Month(date.fromisoformat(key), found[key]) for key in sorted(found))


def by_year(scope: Scope, *, now: datetime) -> tuple[Year, ...]:
    """Each calendar year in which something is held, in order."""
    found = reading.figures(scope, "year", now)
    return tuple(Year(int(key), found[key]) for key in sorted(found, key=int))
