"""What can be followed: a search without its dates, as plain data that the list of activities and the chat both understand."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from engage.activities.calendar import Filters
from engage.activities.catalogue import FACETS
from engage.activities.models import Audience, Kind
from engage.goals.reference import reference

# `{"words": "...", "part": "evening", "<facet>": ["value", ...]}`, each only where it narrows the search. Values
# of a facet are sorted, so that the same search is always written the same.
Criteria = dict[str, Any]

_LONGEST_WORDS, _LONGEST_VALUE, _MOST_VALUES = 200, 60, 60
_TEXTS = ("words", "part")
_PART = re.compile(r"morning|afternoon|evening|([01][0-9]|2[0-3]):[0-5][0-9]")
_LANGUAGE = re.compile(r"[a-z]{2,3}")


def of_filters(filters: Filters) -> Criteria:
    """A search as it can be followed: its dates are left behind, since what is followed is still to come.

    The word by which a goal or dimension was chosen is left behind too: "klima" and "climate" are one topic.
    """
    found = checked(
        {"words": filters.words, "part": filters.part} | {facet: list(filters.of(facet)) for facet in FACETS}
    )
    return found or checked({"words": filters.topic})


def checked(raw: Mapping[str, Any]) -> Criteria:
    """What of `raw` makes sense, in one spelling; nothing is left of what nobody could have meant."""
    found: Criteria = {}
    for name in _TEXTS:
        text = " ".join(str(raw.get(name) or "").split())[:_LONGEST_WORDS]
        if text and (name != "part" or _PART.fullmatch(text)):
            found[name] = text
    for facet in FACETS:
        values = [str(value) for value in raw.get(facet) or () if _is_value(facet, str(value))]
        if values:
            found[facet] = sorted(set(values))[:_MOST_VALUES]
    return found


def _is_value(facet: str, value: str) -> bool:
    """Whether there is such a choice. A town may have nothing at the moment, so any name is one."""
    if facet == "town":
        return 0 < len(value) <= _LONGEST_VALUE and value.isprintable()
    if facet == "spoken":
        return _LANGUAGE.fullmatch(value) is not None
    goals = reference()
    known = {
        "dimension": set(goals.dimensions),
        "goal": {str(number) for number in goals.sdgs},
        "feature": set(goals.features),
        "kind": {each.value for each in Kind},
        "audience": {each.value for each in Audience},
        "free": {"1"},
    }
    return value in known[facet]


def filters_of(criteria: Criteria) -> Filters:
    """The search that these criteria write down."""
    return Filters(
        words=criteria.get("words", ""),
        part=criteria.get("part", ""),
        chosen={facet: frozenset(criteria[facet]) for facet in FACETS if criteria.get(facet)},
    )


def query(criteria: Criteria) -> str:
    """The same as the address of the list has it, without the question mark."""
    pairs = [("q", criteria["words"])] if criteria.get("words") else []
    return urlencode(pairs + [(facet, value) for facet in FACETS for value in criteria.get(facet, ())])


def together(several: list[Criteria]) -> Criteria | None:
    """One search that finds what all of these find: where they choose of the same facet and nothing else. None otherwise."""
    if len(several) == 1:
        return several[0]
    facets = {facet for each in several for facet in each}
    if len(facets) != 1 or not all(facets <= each.keys() for each in several):
        return None
    (facet,) = facets
    if facet not in FACETS:
        return None
    return checked({facet: [value for each in several for value in each[facet]]})
