"""Nobody can be in two places: a volunteer's shifts may touch, a short overlap is warned of, a longer one refused."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from engage import people
from engage.activities import facts as activity_facts
from engage.base import i18n, wording
from engage.base.db import ask
from engage.base.errors import Refusal
from engage.base.i18n import lazy_gettext as _l
from engage.registrations.pools import Room

# Own choice: what one may be late for without letting others down.
SHORT = timedelta(minutes=15)


class Overlaps(Refusal):
    """They have another shift at that time."""

    code = "overlaps"
    message = _l("You are signed up for %(title)s at that time, %(when)s. Cancel that first, or choose another shift.")


class ShortOverlap(Refusal):
    """They have another shift that ends or begins a little too late or early; they may say that it is all right."""

    code = "short_overlap"
    message = _l(
        "You are signed up for %(title)s, %(when)s, which overlaps a little. Sign up all the same if you can make both."
    )


@dataclass(frozen=True, slots=True)
class _Shift:
    occurrence_id: int
    begins_at: datetime
    ends_at: datetime


_COLUMNS = "pool.id, occurrence.id, occurrence.starts_at, occurrence.ends_at, occurrence.zone, role.begins, role.ends"
_WANTED = f"""
SELECT {_COLUMNS} FROM pool JOIN occurrence ON occurrence.id = pool.occurrence_id
  LEFT JOIN shift_role AS role ON role.id = pool.role_id WHERE pool.id = %(pool)s
"""  # noqa: S608  (constants)
_OWN = f"""
SELECT {_COLUMNS} FROM registration JOIN pool ON pool.id = registration.pool_id
  JOIN occurrence ON occurrence.id = pool.occurrence_id JOIN activity ON activity.id = occurrence.activity_id
  LEFT JOIN shift_role AS role ON role.id = pool.role_id
 WHERE (registration.person_id = %(person)s OR registration.email = ANY(%(emails)s))
   AND registration.pool_id <> %(pool)s AND activity.kind = 'volunteer'
   AND occurrence.state = 'scheduled' AND occurrence.ends_at > %(now)s AND registration.verified_at IS NOT NULL
   AND registration.state IN ('pending_approval', 'confirmed', 'offered')
"""  # noqa: S608  (constants)


def refuse(person_id: int, room: Room, *, email: str | None = None, accepted: bool, now: datetime) -> None:
    """Refuse with `Overlaps`, or `ShortOverlap` unless that was `accepted`, when the person has another shift at the time.

    Theirs is also what was signed up for with an address they have proven, such as `email` just now: by a chat and on the web
    one is two persons until both are linked.
    """
    row = ask(_WANTED, {"pool": room.pool_id}).fetchone()
    if row is None:
        return  # a course of learning is no shift
    wanted = _shift(row)
    emails = [*people.proven_emails(person_id), *([email] if email else [])]
    theirs = {"person": person_id, "emails": emails, "pool": room.pool_id, "now": now}
    for other in map(_shift, ask(_OWN, theirs).fetchall()):
        shared = min(wanted.ends_at, other.ends_at) - max(wanted.begins_at, other.begins_at)
        if shared > SHORT or (shared > timedelta(0) and not accepted):
            (facts,) = activity_facts.occurrences([other.occurrence_id], i18n.current_language())
            when = wording.when(other.begins_at, other.ends_at, facts.zone, now)
            raise (Overlaps if shared > SHORT else ShortOverlap)(title=facts.title, when=when)


def _shift(row: tuple[int, int, datetime, datetime, str, time | None, time | None]) -> _Shift:
    """A role's own hours on its date, or the date's. An end before the beginning is on the next day."""
    _pool, occurrence, starts_at, ends_at, zone, begins, ends = row
    if begins is None or ends is None:
        return _Shift(occurrence, starts_at, ends_at)
    day, local = starts_at.astimezone(ZoneInfo(zone)).date(), ZoneInfo(zone)
    until = day + timedelta(days=ends <= begins)
    return _Shift(occurrence, datetime.combine(day, begins, local), datetime.combine(until, ends, local))
