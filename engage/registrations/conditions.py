"""On what conditions one can sign up for a date, as its page tells before anything is filled in.

The terms are read once for a revision of what is published; seats are asked anew for each visitor, those of roles, of a course
and of who has signed up for sure only where a date has such.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from engage.activities import remembered, upcoming
from engage.activities.facts import OccurrenceFacts, Seats
from engage.activities.models import SignUpMode
from engage.activities.upcoming import ComingDate, RoleSeats
from engage.base import wording
from engage.base.config import current_settings
from engage.base.errors import Refusal
from engage.registrations import pools, standing
from engage.registrations.models import Hold
from engage.registrations.pools import Room
from engage.registrations.refusals import NotOpen, NotOpenYet, WaitingListClosed
from engage.registrations.standing import Standing


class Way(StrEnum):
    """What somebody finds who wants to sign up: seats, the waiting list, or why there is neither."""

    SEATS = "seats"
    LINE = "line"
    FULL = "full"
    NOT_YET = "not_yet"
    CLOSED = "closed"
    JUST_COME = "just_come"


@dataclass(frozen=True, slots=True)
class Conditions:
    """A date's seats with the terms they are given on; `roles` are those of its roles, `standing` whether enough come.

    `helped_on` are the seats of the roles on each coming date, by the date's id, where one chooses among several.

    Two that are equal make the same page.
    """

    room: Room
    roles: tuple[Room, ...] = ()
    standing: Standing | None = None
    helped_on: tuple[tuple[int, RoleSeats], ...] = ()
    held: tuple[tuple[int, int], ...] = ()  # seats by pool that are kept for who looks

    @property
    def rooms(self) -> tuple[Room, ...]:
        """What one can sign up for: each role, or the date itself."""
        return self.roles or (self.room,)

    @property
    def lists_dates(self) -> bool:
        """Whether the form shows the seats of all dates."""
        return self.room.sign_up == SignUpMode.SEVERAL_DATES

    @property
    def smallest(self) -> int:
        """The smallest group that may come."""
        return self.room.group_least or 1

    def way(self, now: datetime) -> Way:
        """What somebody finds who comes now."""
        room = self.room
        if room.sign_up == SignUpMode.DROP_IN:
            return Way.JUST_COME
        if room.stands and room.opens_at is not None and now < room.opens_at < room.closes_at:
            return Way.NOT_YET
        if not room.is_open(now):
            return Way.CLOSED
        return best([way_into(each, self.smallest, now) for each in self.rooms])

    def refusal(self, now: datetime) -> Refusal | None:
        """Why nobody can sign up now; None when somebody can."""
        way = self.way(now)
        if way == Way.NOT_YET and self.room.opens_at is not None:
            return NotOpenYet(when=wording.deadline(self.room.opens_at, self.room.local))
        if way == Way.FULL:
            return WaitingListClosed()
        return None if way in {Way.SEATS, Way.LINE} else NotOpen()

    def of_role(self, role: str) -> Room:
        """The seats of this role; the date's own where there is none of that name."""
        return next((each for each in self.roles if each.role == role), self.room)

    def roles_on(self, date: ComingDate) -> tuple[Room, ...]:
        """The seats of each role on one of the dates to choose from."""
        if date.occurrence_id == self.room.occurrence_id:
            return self.roles
        room = _on(date, self.room)
        of_date = (_role(room, seats) for number, seats in self.helped_on if number == date.occurrence_id)
        return tuple(self._freed(each) for each in of_date)

    def on(self, date: ComingDate) -> Room:
        """The seats of one of the dates to choose from."""
        return self.room if date.occurrence_id == self.room.occurrence_id else self._freed(_on(date, self.room))

    def changes_at(self) -> Iterator[datetime]:
        """The instants from which the clock alone makes it another page."""
        room = self.room
        yield from (room.closes_at, room.cancels_until, room.joins_until - current_settings().latest_offer)
        if room.opens_at is not None:
            yield room.opens_at

    def without(self, holds: Sequence[Hold]) -> "Conditions":
        """The same as seen by who has these holds: for them the seats are free."""
        seen = replace(self, held=tuple((each.pool_id, each.seats) for each in holds))
        mine = {each.pool_id for each in self.rooms} | {self.room.pool_id}
        seats = sum(number for pool, number in seen.held if pool in mine)
        return replace(seen, room=_freed(self.room, seats), roles=tuple(map(seen._freed, self.roles)))

    def _freed(self, room: Room) -> Room:
        return _freed(room, sum(number for pool, number in self.held if pool == room.pool_id))


_BEST = (Way.FULL, Way.LINE, Way.SEATS)


def best(ways: Sequence[Way]) -> Way:
    """The best of several, each a way in where sign-up is open."""
    return max(ways, key=_BEST.index)


def way_into(room: Room, seats: int, now: datetime) -> Way:
    """What so many find who sign up now, where sign-up is open."""
    if room.has_room_for(seats, now):
        return Way.SEATS
    return Way.LINE if room.may_wait(seats) else Way.FULL


def of(facts: OccurrenceFacts, revision: int, now: datetime) -> Conditions:
    """The conditions of a date as they are now: `facts` were just read, seats included, at this revision."""
    number = facts.occurrence_id
    if facts.sign_up == SignUpMode.WHOLE_COURSE:
        room = _look(number)
    else:
        room = _with(remembered.noted("room", number, revision, lambda: _look(number)), facts.seats)
    roles = upcoming.role_seats(number) if room.has_roles else ()
    several = room.has_roles and facts.sign_up == SignUpMode.SEVERAL_DATES
    return Conditions(
        room=room,
        roles=tuple(_role(room, each) for each in roles),
        helped_on=upcoming.role_seats_to_come(facts.activity_id, now) if several else (),
        standing=standing.standing(number) if facts.least_participants is not None else None,
    )


def _on(date: ComingDate, room: Room) -> Room:
    """The seats of another date of the same activity, on the same terms."""
    return replace(
        _with(room, date.seats),
        occurrence_id=date.occurrence_id,
        pool_id=date.pool_id,
        starts_at=date.starts_at,
        joins_until=date.starts_at,
        over_at=date.starts_at,
        zone=date.zone.key,
        stands=not date.cancelled,
    )


def _look(occurrence_id: int) -> Room:
    room = pools.look(occurrence_id)
    assert room is not None, "every date has seats"
    return replace(room, unverified=0)  # shown nowhere


def _with(room: Room, seats: Seats) -> Room:
    return replace(
        room,
        capacity=seats.capacity,
        reserved=seats.reserved,
        occupied=seats.occupied,
        waiting=seats.waiting,
    )


def _role(room: Room, role: RoleSeats) -> Room:
    return replace(_with(room, role.seats), role=role.role, pool_id=role.pool_id, vetted=role.vetted)


def _freed(room: Room, seats: int) -> Room:
    return replace(room, occupied=room.occupied - seats)
