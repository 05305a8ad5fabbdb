"""Seats kept for a visitor who fills in or mends their form. The session knows the key of the hold, and for which date's page."""

import secrets
from collections.abc import Sequence

from flask import session

from engage import registrations
from engage.activities.facts import OccurrenceFacts
from engage.base.clock import utc_now
from engage.base.db import transaction
from engage.registrations import holds
from engage.registrations.models import Hold
from engage.registrations.pools import Room

_NAME = "hold"


def key(facts: OccurrenceFacts) -> str:
    """The key of what this visitor holds by the date's form; "" when they hold nothing there."""
    known = session.get(_NAME)
    return str(known[0]) if isinstance(known, list) and len(known) == 2 and known[1] == facts.occurrence else ""


def current(facts: OccurrenceFacts) -> Sequence[Hold]:
    """What this visitor holds by the date's form, as far as it is still held."""
    own = key(facts)
    return holds.kept(own) if own else ()


def keep(facts: OccurrenceFacts, rooms: Sequence[Room], seats: int) -> Sequence[Hold]:
    """Hold so many seats in each of these for this visitor from now on, where few are left. They hold for one form at a time."""
    own = key(facts) or f"web:{secrets.token_urlsafe(18)}"
    let_go(facts)
    dates, role = [room.occurrence_id for room in rooms], rooms[0].role
    with transaction():
        until = holds.hold_several(dates, seats, own, now=utc_now(), role=role)
    if until is None:
        return ()
    session[_NAME] = [own, facts.occurrence]
    return holds.kept(own)


def let_go(facts: OccurrenceFacts) -> None:
    """Give up what this visitor holds by another date's form."""
    known = session.pop(_NAME, None)
    if isinstance(known, list) and len(known) == 2 and known[1] != facts.occurrence:
        with transaction():
            registrations.release(str(known[0]), now=utc_now())


def used_up() -> None:
    """The seats are theirs, or in the line now: nothing is held any more."""
    session.pop(_NAME, None)
