"""Who is reached, where somebody was asked for an age band or a part of town."""

from datetime import datetime

from engage.registrations.facts import AGE, AREA
from engage.statistics import reading
from engage.statistics.answers import Whom
from engage.statistics.scope import Scope


def by_age(scope: Scope, *, now: datetime) -> tuple[Whom, ...]:
    """The age bands of those with a place, where they were asked."""
    return _whom(scope, AGE, now)


def by_area(scope: Scope, *, now: datetime) -> tuple[Whom, ...]:
    """The parts of town of those with a place, where they were asked."""
    return _whom(scope, AREA, now)


def _whom(scope: Scope, part: str, now: datetime) -> tuple[Whom, ...]:
    return tuple(Whom(row["value"], row["sign_ups"], row["seats"]) for row in reading.whom(scope, part, now))
