"""What something followed is called. It is never stored: a goal is renamed, and its follower may change their language."""

from engage.activities.catalogue import FACETS
from engage.activities.choices import name_of
from engage.base import wording
from engage.base.i18n import gettext as _
from engage.following.criteria import Criteria


def name(criteria: Criteria) -> str:
    """ "Climate action · Families · “cycling”", in the language spoken now."""
    parts = [
        wording.listing([name_of(facet, value) for value in sorted(criteria[facet], key=_order)])
        for facet in FACETS
        if criteria.get(facet)
    ]
    words = criteria.get("words") or ""
    parts += [wording.quoted(words)] if words else []
    parts += [_part(criteria["part"])] if criteria.get("part") else []
    return " · ".join(parts) or _("All new activities")


def names(several: list[Criteria]) -> str:
    """Several of them in a sentence."""
    return wording.listing([name(each) for each in several])


def _order(value: str) -> tuple[int, str]:
    return (int(value) if value.isdecimal() else 0), value


def _part(part: str) -> str:
    known = {"morning": _("in the morning"), "afternoon": _("in the afternoon"), "evening": _("in the evening")}
    return known.get(part, part)
