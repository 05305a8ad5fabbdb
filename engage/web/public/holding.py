"""Seats kept for a visitor who mends their form. The session knows the key of the hold, and for which date it is."""

import secrets

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
    """The key of what this visitor holds on the date; "" when they hold nothing there."""
    known = session.get(_NAME)
    return str(known[0]) if isinstance(known, list) and len(known) == 2 and known[1] == facts.occurrence else ""


def current(facts: OccurrenceFacts) -> Hold | None:
    """What this visitor holds on the date, if it is still held."""
    own = key(facts)
    return holds.kept(own) if own else None


def keep(facts: OccurrenceFacts, room: Room, seats: int) -> Hold | None:
    """Hold so many seats for this visitor from now on, where few are left. They hold one thing at a time."""
    own = key(facts) or f"web:{secrets.token_urlsafe(18)}"
    let_go(facts)
    with transaction():
        until = registrations.hold(room.occurrence_id, seats, own, now=utc_now(), role=room.role)
    if until is None:
        return None
    session[_NAME] = [own, facts.occurrence]
    return holds.kept(own)


def let_go(facts: OccurrenceFacts) -> None:
    """Give up what this visitor holds on another date."""
    known = session.pop(_NAME, None)
    if isinstance(known, list) and len(known) == 2 and known[1] != facts.occurrence:
        with transaction():
            registrations.release(str(known[0]), now=utc_now())


def used_up() -> None:
    """The seats are theirs, or in the line now: nothing is held any more."""
    session.pop(_NAME, None)
