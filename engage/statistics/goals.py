"""By the 4, the 17 and the 42: what gets activities and people, and what is a white spot.

An activity with several goals counts once in each of them and once in the total, so these tables add up to more than the whole.
"""

from collections.abc import Mapping
from datetime import datetime

from engage.goals.reference import reference
from engage.statistics import reading
from engage.statistics.answers import Line, Matrix, WhiteSpots
from engage.statistics.figures import Figures
from engage.statistics.scope import Scope


def by_dimension(scope: Scope, *, now: datetime) -> tuple[Line, ...]:
    """Each of the 4, in their order, also those without any activity."""
    return lines("dimension", reading.figures(scope, "dimension", now))


def by_sdg(scope: Scope, *, now: datetime) -> tuple[Line, ...]:
    """Each of the 17, also those without any activity."""
    return lines("sdg", reading.figures(scope, "sdg", now))


def by_key_feature(scope: Scope, *, now: datetime) -> tuple[Line, ...]:
    """Each of the 42, also those without any activity."""
    return lines("key_feature", reading.figures(scope, "key_feature", now))


def matrix(scope: Scope, *, now: datetime) -> Matrix:
    """Dimension by goal."""
    cells = {}
    for key, figures in reading.figures(scope, "matrix", now).items():
        dimension, _, number = key.rpartition(" ")
        cells[dimension, int(number)] = figures
    return Matrix(cells)


def white_spots(scope: Scope, *, now: datetime) -> WhiteSpots:
    """Which of the 4, the 17 and the 42 nothing was held for, and which somebody held something for without anybody in it."""
    found = reading.several(scope, ("dimension", "sdg", "key_feature"), now)
    shown = {f"{axis}s": lines(axis, found[axis]) for axis in found}
    return WhiteSpots(
        no_activity={name: tuple(each for each in found if not each.figures.dates) for name, found in shown.items()},
        no_people={
            name: tuple(each for each in found if each.figures.dates and not _somebody(each.figures))
            for name, found in shown.items()
        },
    )


def _somebody(figures: Figures) -> bool:
    return bool(figures.places or figures.expected or figures.attended)


def lines(axis: str, found: Mapping[str, Figures]) -> tuple[Line, ...]:
    """Each of the 4, the 17 or the 42, in their order."""
    facts = reference()
    names = {
        "dimension": {each.id: each.name for each in facts.dimensions.values()},
        "sdg": {str(each.number): each.title for each in facts.sdgs.values()},
        "key_feature": {each.id: each.short_title for each in facts.features.values()},
    }[axis]
    return tuple(Line(key, name, found.get(key, Figures())) for key, name in names.items())
