"""Seats have one room: the one formula by which places are free, and the one lock under which they are given.

    free = capacity - reserved - occupied
    occupied: confirmed + offered + waiting for an e-mail's proof + waiting for approval (where that holds a seat) + held

The totals in it are kept by triggers on `registration` and `seat_hold`, so that a sign-up costs the same whether ten or ten
thousand have signed up, and nobody has to remember to count. `totals` compares them with the rows.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import ceil
from typing import Any
from zoneinfo import ZoneInfo

from engage.activities.facts import Seats
from engage.activities.models import Pool, SignUpMode
from engage.activities.terms import AskedOfEach, Party, WaitingMode
from engage.base.config import current_settings
from engage.base.db import ask

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
    """A pool with all that decides whether a seat may be given from it, as `read_room` in the database tells.

    `starts_at` is the date's; a course can be joined until `joins_until` and is over (has begun its last date) at `over_at`,
    which are both the start for a date. `revision` is that of what is published. Periods before the start are in minutes.
    """

    occurrence_id: int
    role: str  # the role's public id, or ""
    pool_id: int
    activity_id: int
    course: bool
    capacity: int | None
    reserved: int
    occupied: int
    waiting: int
    unverified: int
    starts_at: datetime
    joins_until: datetime
    over_at: datetime
    zone: str
    stands: bool
    sign_up: str
    has_roles: bool
    vetted: bool
    asks: bool
    volunteer: bool
    revision: int
    opens_at: datetime | None
    closes_before: int
    cancel_before: int
    waiting_list: bool
    waiting_mode: WaitingMode
    waiting_most: int | None
    offer_hours: int | None
    approval: bool
    approval_holds_seat: bool
    approves_edits: bool
    age_from: int | None
    age_to: int | None
    party: Party
    asked_of_each: AskedOfEach
    group_least: int | None
    group_most: int | None
    asks_when_waiting: bool
    asks_whom: bool

    @property
    def seats(self) -> Seats:
        return Seats(self.capacity, self.reserved, self.occupied, self.waiting)

    @property
    def left(self) -> int | None:
        """Seats that nobody has, never below 0; None when there is no limit."""
        return free(self.seats)

    @property
    def local(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    @property
    def closes_at(self) -> datetime:
        return self.joins_until - timedelta(minutes=self.closes_before)

    @property
    def cancels_until(self) -> datetime:
        """Until when people may cancel and change by themselves. A course without a deadline can be left while it lasts."""
        return self.starts_at - timedelta(minutes=self.cancel_before) if self.cancel_before else self.over_at

    def is_open(self, now: datetime) -> bool:
        """Whether one may sign up now."""
        begun = self.opens_at is None or self.opens_at <= now
        return self.stands and self.sign_up != SignUpMode.DROP_IN and begun and self.closes_at > now

    def queue_runs(self, now: datetime) -> bool:
        """Whether free seats still go to who waits: not so late that they could no longer make it."""
        return self.is_open(now) and self.joins_until - now >= current_settings().latest_offer

    def fits(self, seats: int) -> bool:
        """Whether so many seats are free, whoever waits."""
        return self.left is None or self.left >= seats

    def has_room_for(self, seats: int, now: datetime) -> bool:
        """Whether a newcomer may have `seats` now: never while somebody waits who could still get them."""
        return self.fits(seats) and (self.waiting == 0 or not self.queue_runs(now))

    def may_wait(self, seats: int) -> bool:
        """Whether so many more may join the waiting list."""
        return self.waiting_list and (self.left_in_line is None or seats <= self.left_in_line)

    @property
    def left_in_line(self) -> int | None:
        """How many more may join the waiting list, 0 where there is none; None when there is no limit."""
        if not self.waiting_list:
            return 0
        return None if self.waiting_most is None else max(0, self.waiting_most - self.waiting)

    def may_hold_unverified(self, seats: int) -> bool:
        """Whether so many seats may be held for an address nobody has shown to be theirs yet."""
        if self.capacity is None:
            return True
        return self.unverified + seats <= ceil(self.capacity * current_settings().unconfirmed_share)


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


# The order in which `lock_dates` locks: courses, then dates by their id, a role with its date. Whoever locks many pools in one
# transaction goes through them like this, so that nobody waits in a circle.
IN_ORDER = (Pool.course_id.is_(None), Pool.occurrence_id, Pool.id)

_LOCK_ALL = "SELECT lock_dates(%(ids)s::integer[])"
_LOCK = "SELECT * FROM lock_room(%(occurrence)s, %(role)s)"
_READ = "SELECT * FROM read_room(%(occurrence)s, %(role)s)"
_READ_ALL = "SELECT date, room.* FROM unnest(%(ids)s::integer[]) AS date, LATERAL read_room(date, '') AS room"
_WHERE = """
SELECT registration.occurrence_id, coalesce(shift_role.public_id, '')
  FROM registration JOIN pool ON pool.id = registration.pool_id LEFT JOIN shift_role ON shift_role.id = pool.role_id
 WHERE registration.public_id = %(public_id)s
"""

_OF_POOL = """
SELECT coalesce(pool.occurrence_id, occurrence.id), coalesce(shift_role.public_id, '')
  FROM pool LEFT JOIN shift_role ON shift_role.id = pool.role_id
  LEFT JOIN occurrence ON occurrence.activity_id = pool.course_id
 WHERE pool.id = %(pool)s ORDER BY occurrence.starts_at LIMIT 1
"""


def lock_all(occurrence_ids: Collection[int]) -> None:
    """Lock the pools of these dates until the transaction ends, always in the same order, so that nobody waits in a circle."""
    ask(_LOCK_ALL, {"ids": list(occurrence_ids)})


def lock(occurrence_id: int, role: str = "") -> Room | None:
    """Lock the seats of a date until the transaction ends, and read them; None when there is no such date or role.

    Everything that gives or frees a seat goes through here first, so two people never get the same seat. The lock is the
    date's own, or the course's, also for a role. What is read is what the transaction that was waited for left behind: the
    function's question has a snapshot of its own, taken after the lock.
    """
    return room_of(occurrence_id, role, ask(_LOCK, {"occurrence": occurrence_id, "role": role}).fetchone())


def room_of(occurrence_id: int, role: str, row: Sequence[Any] | None) -> Room | None:
    """A row of `lock_room` or `read_room`, asked for within a larger question; None when it was empty."""
    return Room(occurrence_id, role, *row) if row and row[0] is not None else None


def look(occurrence_id: int, role: str = "") -> Room | None:
    """The same without the lock: good for a form, not for giving a seat."""
    row = ask(_READ, {"occurrence": occurrence_id, "role": role}).fetchone()
    if row is None and not role:
        return lock(occurrence_id)  # the seats of a course are there from the first time that somebody locks them
    return room_of(occurrence_id, role, row)


def look_at(occurrence_ids: Collection[int]) -> dict[int, Room]:
    """`look` at many dates, in one question; those that are not there are left out."""
    rows = ask(_READ_ALL, {"ids": list(occurrence_ids)}).fetchall() if occurrence_ids else []
    found = {row[0]: room_of(row[0], "", row[1:]) for row in rows}
    found |= {each: look(each) for each in occurrence_ids if each not in found}  # a course that nobody has locked yet
    return {number: room for number, room in found.items() if room is not None}


def lock_of(registration_public_id: str) -> Room | None:
    """Lock the seats that a sign-up is about; None when there is no such sign-up."""
    where = ask(_WHERE, {"public_id": registration_public_id}).fetchone()
    return lock(*where) if where else None


def lock_pool(pool_id: int) -> Room | None:
    """Lock the seats of the pool with this id, a course's by any of its dates."""
    where = ask(_OF_POOL, {"pool": pool_id}).fetchone()
    return lock(*where) if where else None
