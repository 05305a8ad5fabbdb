"""Seats have one room: the one formula by which places are free, and the one lock under which they are given.

    free = capacity - reserved - occupied        (occupied: confirmed + waiting for an e-mail's proof)

The totals in it are kept by a trigger on `registration`, so that a sign-up costs the same whether ten or ten thousand
have signed up, and nobody has to remember to count.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from math import ceil

from sqlalchemy import Select, Subquery, func, or_, select, update

from engage.activities.facts import Seats
from engage.activities.models import ActivityState, OccurrenceState, Pool, SignUpMode
from engage.base.config import current_settings
from engage.base.db import ask, db
from engage.registrations.models import Registration, State

# "Few" in words on a card: people decide today when a handful is left. Own choice, tried on the demo city.
FEW = 5


class Places(StrEnum):
    """What a card says about places."""

    UNLIMITED = "unlimited"
    FREE = "free"
    FEW = "few"
    WAITING_LIST = "waiting_list"


@dataclass(frozen=True, slots=True)
class Room:
    """A pool under lock, with what decides whether a seat may be given from it.

    `revision` is that of what is published, by which what is remembered of the date can be trusted.
    """

    pool_id: int
    occurrence_id: int
    starts_at: datetime
    open: bool
    seats: Seats
    unverified: int
    revision: int = 0

    def has_room_for(self, seats: int) -> bool:
        """Whether a newcomer may have `seats` now: never while somebody waits for one."""
        room = free(self.seats)
        return self.seats.waiting == 0 and (room is None or room >= seats)

    def may_hold_unverified(self, seats: int) -> bool:
        """Whether so many seats may be held for an address nobody has shown to be theirs yet."""
        if self.seats.capacity is None:
            return True
        share = current_settings().unconfirmed_share
        return self.unverified + seats <= ceil(self.seats.capacity * share)


def free(seats: Seats) -> int | None:
    """Seats that are left, never below 0; None when there is no limit."""
    if seats.capacity is None:
        return None
    return max(0, seats.capacity - seats.reserved - seats.occupied)


def places(seats: Seats) -> tuple[Places, int | None]:
    """What to say of places to somebody who thinks of coming, and how many are free."""
    left = free(seats)
    if left is None:
        return Places.UNLIMITED, None
    if left == 0 or seats.waiting:
        return Places.WAITING_LIST, 0
    return (Places.FEW if left <= FEW else Places.FREE), left


_LOCK = "SELECT FROM pool WHERE occurrence_id = ANY(%(ids)s) AND role_id IS NULL ORDER BY occurrence_id FOR UPDATE"
_READ = """
SELECT pool.id, pool.capacity, pool.reserved, pool.occupied, pool.waiting, pool.unverified, occurrence.starts_at,
       occurrence.state, activity.state, activity.sign_up, (SELECT coalesce(sum(number), 0) FROM revision)
  FROM pool
  JOIN occurrence ON occurrence.id = pool.occurrence_id
  JOIN activity ON activity.id = occurrence.activity_id
 WHERE pool.occurrence_id = %(occurrence)s AND pool.role_id IS NULL
"""


def lock_all(occurrence_ids: Collection[int]) -> None:
    """Lock the pools of these dates until the transaction ends, always in the same order, so that nobody waits in a circle."""
    ask(_LOCK, {"ids": list(occurrence_ids)})


def lock(occurrence_id: int, now: datetime) -> Room | None:
    """Lock the pool of an occurrence until the transaction ends, and read it; None when there is no such occurrence.

    Everything that gives or frees a seat goes through here first, so two people never get the same seat.
    """
    # Two statements: one that waits for the lock goes on with the date as it stood before it waited, and would give a seat
    # on a date that was called off meanwhile. The second sees what the other transaction did.
    lock_all([occurrence_id])
    row = ask(_READ, {"occurrence": occurrence_id}).fetchone()
    if row is None:
        return None
    number, capacity, reserved, occupied, waiting, unverified, starts_at, state, activity_state, mode, revision = row
    return Room(
        pool_id=number,
        occurrence_id=occurrence_id,
        starts_at=starts_at,
        open=state == OccurrenceState.SCHEDULED
        and activity_state == ActivityState.PUBLISHED
        and mode == SignUpMode.REGISTRATION
        and starts_at > now,
        seats=Seats(capacity, reserved, occupied, waiting),
        unverified=unverified,
        revision=int(revision),
    )


_OCCUPIED = Registration.state.in_([State.CONFIRMED, State.PENDING_EMAIL])
_UNVERIFIED = Registration.state == State.PENDING_EMAIL
_WAITING = (Registration.state == State.WAITING) & Registration.verified_at.is_not(None)
_TOTALS = ("occupied", "unverified", "waiting")


def correct_totals() -> int:
    """Compare every pool's totals with its registrations and set right what differs. Returns how many differed.

    A difference means a defect (the trigger keeps them). It is looked for without a lock, as one statement sees one moment,
    and mended under the pool's own lock, where it is counted again, so that no seat is given twice.
    """
    wrong = db.session.scalars(_wrong().order_by(Pool.id)).all()
    return sum(_correct(pool_id) for pool_id in wrong)


def _sums() -> Subquery:
    return (
        select(
            Registration.pool_id,
            func.coalesce(func.sum(Registration.seats).filter(_OCCUPIED), 0).label("occupied"),
            func.coalesce(func.sum(Registration.seats).filter(_UNVERIFIED), 0).label("unverified"),
            func.coalesce(func.sum(Registration.seats).filter(_WAITING), 0).label("waiting"),
        )
        .group_by(Registration.pool_id)
        .subquery()
    )


def _wrong() -> Select[int]:
    sums = _sums()
    differs = or_(*(getattr(Pool, name) != func.coalesce(sums.c[name], 0) for name in _TOTALS))
    return select(Pool.id).outerjoin(sums, sums.c.pool_id == Pool.id).where(differs)


def _correct(pool_id: int) -> bool:
    db.session.execute(select(Pool.id).where(Pool.id == pool_id).with_for_update())
    if db.session.scalar(_wrong().where(Pool.id == pool_id)) is None:
        return False
    sums = _sums()
    row = db.session.execute(select(*(sums.c[name] for name in _TOTALS)).where(sums.c.pool_id == pool_id)).first()
    values = dict(zip(_TOTALS, row or (0, 0, 0), strict=True))
    db.session.execute(update(Pool).where(Pool.id == pool_id).values(**values))
    return True
