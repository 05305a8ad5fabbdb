"""By what an activity is part of: its organisation, place, initiative, kind and audiences.

An activity for several audiences counts once in each of them and once in the total.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from engage.activities.models import Audience, Kind
from engage.base.i18n import in_language
from engage.statistics import reading
from engage.statistics.answers import Line
from engage.statistics.figures import Figures
from engage.statistics.scope import Scope


def by_organisation(scope: Scope, *, now: datetime) -> tuple[Line, ...]:
    """Each organisation that held something, the one most people took part at first."""
    return lines("organisation", reading.figures(scope, "organisation", now))


def by_place(scope: Scope, *, now: datetime) -> tuple[Line, ...]:
    """Each place where something was held, the one most people took part at first. What is held online alone is left out."""
    return lines("place", reading.figures(scope, "place", now))


def by_initiative(scope: Scope, *, now: datetime) -> tuple[Line, ...]:
    """Each common effort of the city, the one most people took part in first."""
    return lines("initiative", reading.figures(scope, "initiative", now))


def by_audience(scope: Scope, *, now: datetime) -> tuple[Line, ...]:
    """Each audience by its key, in the order of the model; their names are the pages'."""
    return lines("audience", reading.figures(scope, "audience", now))


def by_kind(scope: Scope, *, now: datetime) -> tuple[Line, ...]:
    """Learning and volunteering, by their keys; their names are the pages'."""
    return lines("kind", reading.figures(scope, "kind", now))


def lines(axis: str, found: Mapping[str, Figures]) -> tuple[Line, ...]:
    """What was found, as it is shown: each audience and kind, or what has a name with the one most people took part in first."""
    known = {"audience": [each.value for each in Audience], "kind": [each.value for each in Kind]}
    if axis in known:
        return tuple(Line(key, key, found.get(key, Figures())) for key in known[axis])
    ordered = sorted(found, key=lambda key: (-found[key].took_part, -found[key].places, int(key)))
    return named(axis, ordered, found)


def named(axis: str, keys: Sequence[str], found: Mapping[str, Figures]) -> tuple[Line, ...]:
    """Lines of what has a name of its own, in this order, in the reader's language."""
    names = reading.names_of(axis, keys)
    worded = {key: in_language(name) if isinstance(name, dict) else str(name) for key, name in names.items()}
    return tuple(Line(key, worded.get(key, ""), found[key]) for key in keys)
