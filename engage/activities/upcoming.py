"""What is still to come of one activity, and the seats of a date's roles: asked by hand, as pages need it with every visit."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from engage.activities.facts import Seats
from engage.base.db import ask


@dataclass(frozen=True, slots=True)
class ComingDate:
    """A date of an activity in a list of its dates, with its seats."""

    occurrence_id: int
    pool_id: int
    occurrence: str
    starts_at: datetime
    ends_at: datetime
    zone: ZoneInfo
    cancelled: bool
    seats: Seats


@dataclass(frozen=True, slots=True)
class RoleSeats:
    """The pool of a role on one date. `vetted`: something must be shown first."""

    role: str
    pool_id: int
    vetted: bool
    seats: Seats


_COMING = """
SELECT occurrence.id, pool.id, occurrence.public_id, starts_at, ends_at, zone, state = 'cancelled', capacity,
       reserved, occupied, waiting
  FROM occurrence JOIN pool ON pool.occurrence_id = occurrence.id AND pool.role_id IS NULL
 WHERE activity_id = %(activity)s AND starts_at > %(after)s ORDER BY starts_at, occurrence.id LIMIT %(most)s
"""


def coming(activity_id: int, after: datetime, most: int = 100) -> list[ComingDate]:
    """The dates of an activity that begin after an instant, by start, cancelled ones too."""
    rows = ask(_COMING, {"activity": activity_id, "after": after, "most": most}).fetchall()
    return [
        ComingDate(
            row[0], row[1], row[2], row[3], row[4], zone=ZoneInfo(row[5]), cancelled=row[6], seats=Seats(*row[7:])
        )
        for row in rows
    ]


_ROLES_TO_COME = """
SELECT occurrence.id, shift_role.public_id, pool.id, coalesce(vetting, '{}') <> '{}', pool.capacity, reserved, occupied, waiting
  FROM occurrence JOIN pool ON pool.occurrence_id = occurrence.id JOIN shift_role ON shift_role.id = pool.role_id
 WHERE occurrence.activity_id = %(activity)s AND starts_at > %(after)s AND removed_at IS NULL
 ORDER BY occurrence.id, position, shift_role.id
"""


def role_seats_to_come(activity_id: int, after: datetime) -> tuple[tuple[int, RoleSeats], ...]:
    """The seats of the roles on every date of an activity that begins after an instant, each with the date's id."""
    rows = ask(_ROLES_TO_COME, {"activity": activity_id, "after": after}).fetchall()
    return tuple((row[0], RoleSeats(row[1], row[2], row[3], Seats(*row[4:]))) for row in rows)


_ROLES = """
SELECT shift_role.public_id, pool.id, coalesce(vetting, '{}') <> '{}', pool.capacity, reserved, occupied, waiting
  FROM pool JOIN shift_role ON shift_role.id = pool.role_id
 WHERE occurrence_id = %(occurrence)s AND removed_at IS NULL ORDER BY position, shift_role.id
"""


def role_seats(occurrence_id: int) -> tuple[RoleSeats, ...]:
    """The seats of the roles that a date has now, in the organiser's order."""
    rows = ask(_ROLES, {"occurrence": occurrence_id}).fetchall()
    return tuple(RoleSeats(row[0], row[1], row[2], Seats(*row[3:])) for row in rows)
