"""What each choice of a facet is called, in the language spoken now."""

from engage.activities.catalogue import ONLINE
from engage.base import wording
from engage.base.i18n import gettext as _
from engage.goals.reference import reference


def name_of(facet: str, value: str) -> str:
    """A value of a facet (see `catalogue.FACETS`) in words; one that nobody knows any more as it stands."""
    goals = reference()
    if facet == "dimension":
        return goals.dimensions[value].name if value in goals.dimensions else value
    if facet == "goal":
        number = int(value) if value.isdecimal() and len(value) < 3 else 0
        return goals.sdgs[number].title if number in goals.sdgs else value
    if facet == "feature":
        return goals.features[value].short_title if value in goals.features else value
    if facet == "spoken":
        return _capital(wording.spoken_name(value))
    plain = {
        ("kind", "learning"): _("Learn something"),
        ("kind", "volunteer"): _("Lend a hand"),
        ("free", "1"): _("Free of charge"),
        ("town", ONLINE): _("Online"),
    }
    return audience_name(value) if facet == "audience" else plain.get((facet, value), value)


def audience_name(code: str) -> str:
    """Whom an activity suits, in a word."""
    names = {
        "children": _("Children"),
        "youth": _("Young people"),
        "adults": _("Adults"),
        "families": _("Families"),
        "seniors": _("Seniors"),
    }
    return names.get(code, code)


def _capital(word: str) -> str:
    return word[:1].upper() + word[1:]
