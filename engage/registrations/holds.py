"""Seats kept for who is filling in a form or talking to the chat, for a bounded time, where few are left."""

from collections.abc import Collection, Sequence
from datetime import datetime

import structlog
from sqlalchemy import delete, select

from engage.activities.models import Pool
from engage.base.config import current_settings
from engage.base.db import ask, db, savepoint
from engage.registrations import pools, waiting
from engage.registrations.models import Hold
from engage.registrations.pools import FEW, Room

log = structlog.get_logger(__name__)

_PUT = """
INSERT INTO seat_hold (key, pool_id, seats, expires_at) VALUES (%(key)s, %(pool)s, %(seats)s, %(until)s)
ON CONFLICT (key, pool_id) DO NOTHING
"""
_DROP = "DELETE FROM seat_hold WHERE key = %(key)s"
_TAKE = "DELETE FROM seat_hold WHERE key = %(key)s AND pool_id = %(pool)s RETURNING seats"
_EXPIRE = "DELETE FROM seat_hold WHERE pool_id = %(pool)s AND expires_at < %(now)s RETURNING seats"


def hold(occurrence_id: int, seats: int, key: str, *, now: datetime, role: str = "") -> datetime | None:
    """Keep `seats` of a date for who fills in what `key` names, and say until when; see `hold_several`."""
    return hold_several([occurrence_id], seats, key, now=now, role=role)


def hold_several(
    occurrence_ids: Collection[int], seats: int, key: str, *, now: datetime, role: str = ""
) -> datetime | None:
    """Keep `seats` of each of these dates for who fills in what `key` names, and say until when; what the key held before goes.

    Of a date nothing is kept where enough seats are free, there are not so many, or the share for unproven ones is used up.
    None when nothing is kept at all.
    """
    ids = sorted(set(occurrence_ids))
    lock_with(key, ids)
    ask(_DROP, {"key": key})
    settings = current_settings()
    until = now + settings.hold_for + seats * len(ids) * settings.hold_for_each
    rooms = [room for room in (pools.lock(number, role) for number in ids) if room is not None]
    kept = [room for room in rooms if seats > 0 and _worth_it(room, seats, now)]
    for room in kept:
        ask(_PUT, {"key": key, "pool": room.pool_id, "seats": seats, "until": until})
    return until if kept else None


def _worth_it(room: Room, seats: int, now: datetime) -> bool:
    few = room.left is not None and room.left - seats < FEW
    return few and room.is_open(now) and room.has_room_for(seats, now) and room.may_hold_unverified(seats)


def lock_with(key: str, occurrence_ids: Collection[int]) -> None:
    """Lock the seats of these dates together with those that the key holds, so that nobody waits in a circle."""
    held = select(Pool.occurrence_id).join(Hold, Hold.pool_id == Pool.id).where(Hold.key == key)
    known = [number for number in db.session.scalars(held) if number is not None]
    pools.lock_all([*occurrence_ids, *known])


def kept(key: str) -> Sequence[Hold]:
    """What is held by this key, also when its time is over and nobody took it back yet."""
    return db.session.scalars(select(Hold).where(Hold.key == key).order_by(Hold.id)).all()


def use_up(key: str, room: Room) -> int:
    """Let go of a hold under its pool's lock, for who signs up with it now. Returns its seats, 0 when it has none there."""
    taken = ask(_TAKE, {"key": key, "pool": room.pool_id}).fetchone() if key else None
    return int(taken[0]) if taken else 0


def drop(key: str) -> None:
    """Let go of what is left of a key after its holder signed up: of dates they did not choose in the end. The pools are
    locked by `lock_with`; who waits for them is served by the next sweep.
    """
    ask(_DROP, {"key": key})


def drop_expired(room: Room, now: datetime) -> bool:
    """Take back what ran out in a pool that is locked; whether that freed anything."""
    return bool(ask(_EXPIRE, {"pool": room.pool_id, "now": now}).fetchall())


def release(key: str, *, now: datetime) -> None:
    """Give up what a key holds: its seats go to who waits. Nothing happens when there is nothing."""
    held = select(Pool.id).join(Hold, Hold.pool_id == Pool.id).where(Hold.key == key).order_by(*pools.IN_ORDER)
    for pool_id in db.session.scalars(held).all():
        room = pools.lock_pool(pool_id)
        db.session.execute(delete(Hold).where(Hold.key == key, Hold.pool_id == pool_id))
        if room is not None:
            waiting.serve(room.occurrence_id, now=now, role=room.role)


def expire(now: datetime, most: int = 500) -> int:
    """Take back holds that ran out, and give their seats to who waits. A defect in one pool leaves the others to be done.

    Returns how many pools had some.
    """
    over = select(Hold.pool_id).where(Hold.expires_at < now)
    due = select(Pool.id).where(Pool.id.in_(over)).order_by(*pools.IN_ORDER).limit(most)
    count = 0
    for pool_id in db.session.scalars(due).all():
        try:
            with savepoint():
                room = pools.lock_pool(pool_id)
                if room is not None and drop_expired(room, now):
                    waiting.serve_freed(room, now=now)
                    count += 1
        except Exception:  # one broken pool must not keep all the others for ever
            log.exception("hold_expiry_broke", pool=pool_id)
    return count
