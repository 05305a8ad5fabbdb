"""The waiting list: who is next when seats are free, and why somebody was passed over.

The order is priority, then who joined first. A group goes whole, unless it said that it would take fewer. The first group that
does not fit holds up those behind it for a day (not at all when the date is near); then smaller ones may go before it, it
keeps its place, and the reason is noted.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Select, or_, select

from engage.activities.models import Pool
from engage.activities.plans import ShiftRole
from engage.activities.terms import WaitingMode
from engage.base.config import current_settings
from engage.base.db import db, savepoint
from engage.registrations import notices, offers, pools, rows, steps
from engage.registrations.models import Registration, State
from engage.registrations.pools import Room
from engage.registrations.rows import QUEUED
from engage.registrations.steps import Because

log = structlog.get_logger(__name__)

# With less time than this before the start nobody is held up by a group that is too large.
SKIP_AT_ONCE = timedelta(hours=48)
# So far down the line it is looked for somebody who fits.
_LOOKED_AT = 200

_ORDER = (Registration.priority.desc(), Registration.joined_at, Registration.id)


def serve(occurrence_id: int, *, now: datetime, role: str = "") -> list[int]:
    """Give free seats to those who wait, as the activity's terms say. Returns the ids of the sign-ups that got or were offered
    one.

    It always recounts from the formula, under the lock, and never adds one for one that left.
    """
    served: list[int] = []
    while (room := pools.lock(occurrence_id, role)) is not None and room.queue_runs(now) and room.left != 0:
        given = _serve_one(room, now)
        if given is None:
            break
        served.append(given)
    return served


def serve_freed(room: Room, *, now: datetime) -> None:
    """Run the line of a room where the clock freed seats. What breaks in it is logged and left to the next sweep: it undoes
    nothing of what freed them, and keeps no other line waiting.
    """
    try:
        with savepoint():
            serve(room.occurrence_id, now=now, role=room.role)
    except Exception:  # one broken line must not stop all the others
        log.exception("serving_broke", pool=room.pool_id, occurrence=room.occurrence_id)


def serve_date(occurrence_id: int, *, now: datetime) -> list[int]:
    """Run every line of a date: its own, or the course's, and those of its roles that somebody waits for."""
    roles = select(ShiftRole.public_id).join(Pool, Pool.role_id == ShiftRole.id)
    waited_for = roles.where(Pool.occurrence_id == occurrence_id, Pool.waiting > 0).order_by(Pool.id)
    pools.lock_all([occurrence_id])
    served = serve(occurrence_id, now=now)
    return served + [
        each for role in db.session.scalars(waited_for).all() for each in serve(occurrence_id, now=now, role=role)
    ]


def _serve_one(room: Room, now: datetime) -> int | None:
    mode = offers.mode(room, now)
    if mode == WaitingMode.MANUAL:
        return None
    if mode == WaitingMode.BROADCAST:
        offers.invite(room, line(room), now=now)
        return None
    found = _next(room, now)
    if found is None:
        return offers.offer_again(room, now=now) if mode == WaitingMode.OFFER and not room.waiting else None
    if mode == WaitingMode.AUTO:
        _move_up(found, _share(found, room), now)
    else:
        offers.make(found, _share(found, room), room, now=now)
    return found.id


def line(room: Room) -> Sequence[Registration]:
    """Those who wait, in order."""
    if not room.waiting:
        return ()
    query = select(Registration).where(Registration.pool_id == room.pool_id, QUEUED).order_by(*_ORDER)
    return db.session.scalars(query.limit(_LOOKED_AT).execution_options(populate_existing=True)).all()


def _share(registration: Registration, room: Room) -> int:
    """How many of the free seats this group would take."""
    if room.left is None or not registration.takes_fewer:
        return registration.seats
    return min(registration.seats, room.left)


def _next(room: Room, now: datetime) -> Registration | None:
    """The first in line who fits; who is passed over for them keeps their place, with the reason noted."""
    too_large: list[Registration] = []
    for each in line(room):
        if room.fits(_share(each, room)):
            for larger in too_large:
                larger.skipped += 1
                steps.note(larger, steps.coded(Because.PASSED_OVER, larger.seats, room.left or 0), now)
            each.blocked_since = None
            return each
        each.blocked_since = each.blocked_since or now
        if now - each.blocked_since < _patience(room, now):
            break
        too_large.append(each)
    db.session.flush()
    return None


def _patience(room: Room, now: datetime) -> timedelta:
    near = room.joins_until - now < SKIP_AT_ONCE
    return timedelta(0) if near else current_settings().skip_group_after


def _move_up(registration: Registration, seats: int, now: datetime) -> None:
    registration.state, registration.seats, registration.changed_at = State.CONFIRMED, seats, now
    rows.raise_sequence(registration)
    db.session.flush()
    notices.moved_up(registration, now=now)


def serve_all(now: datetime) -> int:
    """Run every line that has free seats: what an event missed, time brings. Returns how many sign-ups were served."""
    served = 0
    for pool_id in db.session.scalars(_with_seats()).all():
        try:
            with savepoint():
                room = pools.lock_pool(pool_id)
                served += len(serve(room.occurrence_id, now=now, role=room.role)) if room else 0
        except Exception:  # one broken line must not stop all the others
            log.exception("serving_broke", pool=pool_id)
    return served


def _with_seats() -> Select[int]:
    """Pools that somebody waits for, or whose last offer ran out, and that may have a seat."""
    lapsed = select(Registration.pool_id).where(Registration.state == State.OFFER_EXPIRED, Registration.unanswered == 1)
    has_seat = or_(Pool.capacity.is_(None), Pool.capacity > Pool.reserved + Pool.occupied)
    asked_for = or_(Pool.waiting > 0, Pool.id.in_(lapsed))
    return select(Pool.id).where(has_seat, asked_for).order_by(*pools.IN_ORDER)
