"""Seats kept for who is filling in a form or talking to the chat, for a bounded time, where few are left."""

from datetime import datetime

from sqlalchemy import delete, select

from engage.base.config import current_settings
from engage.base.db import ask, db
from engage.registrations import pools, waiting
from engage.registrations.models import Hold
from engage.registrations.pools import FEW, Room

_PUT = """
INSERT INTO seat_hold (key, pool_id, seats, expires_at) VALUES (%(key)s, %(pool)s, %(seats)s, %(until)s)
ON CONFLICT (key) DO NOTHING
"""
_TAKE = "DELETE FROM seat_hold WHERE key = %(key)s RETURNING pool_id, seats"
_EXPIRE = "DELETE FROM seat_hold WHERE pool_id = %(pool)s AND expires_at < %(now)s RETURNING seats"


def hold(occurrence_id: int, seats: int, key: str, *, now: datetime, role: str = "") -> datetime | None:
    """Keep `seats` for who fills in what `key` names, and say until when; one hold for each key, a new one takes its place.

    None when there is nothing to keep: enough seats are free, there are not so many, or the share for unproven ones is used up.
    """
    room = pools.lock(occurrence_id, role)
    ask(_TAKE, {"key": key})
    room = pools.lock(occurrence_id, role)
    if room is None or not room.is_open(now) or room.left is None or room.left - seats >= FEW or seats < 1:
        return None
    if not room.has_room_for(seats, now) or not room.may_hold_unverified(seats):
        return None
    settings = current_settings()
    until = now + settings.hold_for + seats * settings.hold_for_each
    ask(_PUT, {"key": key, "pool": room.pool_id, "seats": seats, "until": until})
    return until


def kept(key: str) -> Hold | None:
    """What is held by this key, also when its time is over and nobody took it back yet."""
    return db.session.scalars(select(Hold).where(Hold.key == key)).one_or_none()


def use_up(key: str, room: Room) -> int:
    """Let go of a hold under its pool's lock, for who signs up with it now. Returns its seats, 0 when it was of elsewhere."""
    taken = ask(_TAKE, {"key": key}).fetchone() if key else None
    return int(taken[1]) if taken and taken[0] == room.pool_id else 0


def drop_expired(room: Room, now: datetime) -> bool:
    """Take back what ran out in a pool that is locked; whether that freed anything."""
    return bool(ask(_EXPIRE, {"pool": room.pool_id, "now": now}).fetchall())


def release(key: str, *, now: datetime) -> None:
    """Give up a hold: its seats go to who waits. Nothing happens when there is none."""
    found = db.session.execute(select(Hold.pool_id).where(Hold.key == key)).first()
    if found is not None:
        room = pools.lock_pool(found[0])
        db.session.execute(delete(Hold).where(Hold.key == key))
        if room is not None:
            waiting.serve(room.occurrence_id, now=now, role=room.role)


def expire(now: datetime, most: int = 500) -> int:
    """Take back holds that ran out, and give their seats to who waits. Returns how many pools had some."""
    due = select(Hold.pool_id).where(Hold.expires_at < now).group_by(Hold.pool_id).order_by(Hold.pool_id).limit(most)
    count = 0
    for pool_id in db.session.scalars(due).all():
        room = pools.lock_pool(pool_id)
        if room is not None and drop_expired(room, now):
            waiting.serve(room.occurrence_id, now=now, role=room.role)
            count += 1
    return count
