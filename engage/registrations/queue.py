"""How a date stands for who looks after it: who waits and why, who was asked, and what more places would do."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import func, select

from engage.activities.terms import WaitingMode
from engage.base.db import db
from engage.registrations import offers, pools, waiting
from engage.registrations.models import Answered, Offer, Registration, State, Step
from engage.registrations.pools import Room

# Additional places that are looked at for what they would do.
_LOOKED_AT = range(1, 21)


class Idle(StrEnum):
    """Why the line does not move though somebody waits."""

    NO_SEAT = "no_seat"
    TOO_LARGE = "too_large"
    CLOSED = "closed"
    TOO_LATE = "too_late"
    MANUAL = "manual"
    FIRST_COME = "first_come"


@dataclass(frozen=True, slots=True)
class Entry:
    """One who waits or was asked. `position` is None for who is not in line; `reasons` are what was noted, the last first."""

    registration: Registration
    position: int | None
    offer: Offer | None
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Serving:
    """So many more places would serve so many of the sign-ups that wait."""

    places: int
    sign_ups: int


@dataclass(frozen=True, slots=True)
class Queue:
    """The line of a date, with its numbers: sign-ups that wait, are asked, did not answer, and took what was offered.

    `over_capacity` is by how many seats more are taken than there are; `idle` why nobody is served now, or None.
    """

    entries: tuple[Entry, ...]
    waiting: int
    waiting_seats: int
    offered: int
    expired: int
    converted: int
    over_capacity: int
    idle: Idle | None
    serving: tuple[Serving, ...]


def queue(occurrence_id: int, *, now: datetime, role: str = "") -> Queue | None:
    """The line of a date, of a role on it, or of the course it belongs to; None when there is no such date."""
    room = pools.look(occurrence_id, role)
    if room is None:
        return None
    line = list(waiting.line(room))
    asked = _in(room, State.OFFERED)
    lapsed = _in(room, State.OFFER_EXPIRED)
    places = [*((each, number) for number, each in enumerate(line, 1)), *((each, None) for each in (*asked, *lapsed))]
    reasons, open_offers = _reasons(room), _open(room)
    entries = (Entry(each, place, open_offers.get(each.id), reasons.get(each.id, ())) for each, place in places)
    return Queue(
        entries=tuple(entries),
        waiting=len(line),
        waiting_seats=room.waiting,
        offered=len(asked),
        expired=len(lapsed),
        converted=_converted(room),
        over_capacity=max(0, room.occupied - (room.capacity - room.reserved)) if room.capacity is not None else 0,
        idle=_idle(room, line, now),
        serving=_serving(line, room),
    )


def _in(room: Room, state: State) -> list[Registration]:
    query = select(Registration).where(Registration.pool_id == room.pool_id, Registration.state == state)
    return list(db.session.scalars(query.order_by(Registration.changed_at, Registration.id)))


def _open(room: Room) -> dict[int, Offer]:
    mine = select(Offer).join(Registration, Offer.registration_id == Registration.id)
    mine = mine.where(Registration.pool_id == room.pool_id, Offer.answered == Answered.OPEN)
    return {offer.registration_id: offer for offer in db.session.scalars(mine)}


def _converted(room: Room) -> int:
    query = select(func.count()).select_from(Offer).join(Registration, Offer.registration_id == Registration.id)
    return (
        db.session.scalar(query.where(Registration.pool_id == room.pool_id, Offer.answered == Answered.ACCEPTED)) or 0
    )


def _reasons(room: Room) -> dict[int, tuple[str, ...]]:
    query = select(Step.registration_id, Step.reason).where(Step.pool_id == room.pool_id, Step.reason != "")
    found: dict[int, tuple[str, ...]] = {}
    for number, reason in db.session.execute(query.order_by(Step.id.desc())):
        found[number] = (*found.get(number, ()), reason)
    return found


def _idle(room: Room, line: list[Registration], now: datetime) -> Idle | None:
    if not line:
        return None
    if not room.is_open(now):
        return Idle.CLOSED
    if not room.queue_runs(now):
        return Idle.TOO_LATE
    if room.left == 0:
        return Idle.NO_SEAT
    mode = offers.mode(room, now)
    if mode in {WaitingMode.MANUAL, WaitingMode.BROADCAST}:
        return Idle.MANUAL if mode == WaitingMode.MANUAL else Idle.FIRST_COME
    return Idle.TOO_LARGE


def _serving(line: list[Registration], room: Room) -> tuple[Serving, ...]:
    """What more places would do, where each step serves somebody more; whole groups, in order."""
    if room.left is None:
        return ()
    found: list[Serving] = []
    for more in _LOOKED_AT:
        free, served = room.left + more, 0
        for each in line:
            if each.seats > free and not (each.takes_fewer and free):
                break
            free, served = max(0, free - each.seats), served + 1
        if served and served > (found[-1].sign_ups if found else 0):
            found.append(Serving(more, served))
    return tuple(found)
