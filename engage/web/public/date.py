"""The date that an address speaks of."""

from flask import abort

from engage.activities import remembered
from engage.activities.facts import OccurrenceFacts
from engage.base import i18n


def found(occurrence: str) -> tuple[OccurrenceFacts, int]:
    """The date with this public id, and the revision it is read at."""
    known = remembered.now_at(occurrence, i18n.current_language())
    if known is None or not known[0].published:
        abort(404)
    return known
