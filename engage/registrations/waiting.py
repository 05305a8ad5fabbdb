"""The waiting list: who is moved up when seats are free. First come, first served; a group goes whole or waits on."""

from datetime import datetime, timedelta

from sqlalchemy import func, select, tuple_

from engage.base.db import db
from engage.registrations import notices, pools
from engage.registrations.models import Registration, State

# Nobody is moved up so late that they could no longer make it (behaviour: default 2 hours).
LATEST = timedelta(hours=2)

_QUEUED = (Registration.state == State.WAITING) & Registration.verified_at.is_not(None)


def serve(occurrence_id: int, *, now: datetime) -> list[int]:
    """Give free seats to those who wait, in order, and tell each. Returns the ids of the sign-ups moved up.

    It always recounts from the formula and never adds one for one that left. The first group in line that does not fit
    stops it: nobody is overtaken.
    """
    moved: list[int] = []
    while (first := _next(occurrence_id, now)) is not None:
        first.state, first.changed_at = State.CONFIRMED, now
        first.sequence += 1
        db.session.flush()
        notices.moved_up(first, now=now)
        moved.append(first.id)
    return moved


def _next(occurrence_id: int, now: datetime) -> Registration | None:
    room = pools.lock(occurrence_id, now)
    if room is None or not room.open or room.starts_at - now < LATEST or room.seats.waiting == 0:
        return None
    query = select(Registration).where(Registration.pool_id == room.pool_id, _QUEUED)
    first = db.session.scalars(query.order_by(Registration.joined_at, Registration.id).limit(1)).one_or_none()
    left = pools.free(room.seats)
    fits = first is not None and (left is None or left >= first.seats)
    return first if fits else None


def position(registration: Registration) -> int:
    """How many sign-ups stand in line up to and with this one: 1 is next. Counted, never stored."""
    before = tuple_(Registration.joined_at, Registration.id) <= (registration.joined_at, registration.id)
    query = select(func.count()).where(Registration.pool_id == registration.pool_id, _QUEUED, before)
    return db.session.scalar(query) or 0
