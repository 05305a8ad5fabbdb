"""What follows from what was noted at the door: how many came, when, and how long volunteers helped.

Everything is worked out anew from all that stands, in the order in which it happened: what a device without a connection noted
first comes first, however late it reaches us.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from engage.activities.models import Kind, Occurrence
from engage.base.db import db
from engage.registrations.attendance.answers import Code
from engage.registrations.attendance.models import Attendance, CheckIn, HoursSetAside, Noted
from engage.registrations.models import Registration


@dataclass(frozen=True, slots=True)
class Presence:
    """How a sign-up stands on a date. `came` is the most that were there at once; None when nothing is noted.

    `together` is their time until `since`, when somebody came or left last; `inside` are there from then on. `doubled` are ids of
    entries when all were in already.
    """

    came: int | None = None
    inside: int = 0
    first_in_at: datetime | None = None
    last_out_at: datetime | None = None
    together: timedelta = timedelta()
    since: datetime | None = None
    doubled: frozenset[int] = frozenset()


def presence(noted: Sequence[CheckIn], seats: int) -> Presence:
    """What follows from `noted`, in the order in which it happened, for a sign-up of so many `seats`.

    Who came later is added to who is there; of those who left and came again nobody is counted twice. Somebody who came is not
    absent, whoever had marked them so.
    """
    came, inside, together = None, 0, timedelta()
    first = last = since = None
    doubled = set()
    for each in noted:
        if each.kind == Noted.ABSENT:
            came = came or 0
            continue
        if since is not None:
            together += (each.happened_at - since) * inside
        since = each.happened_at
        if each.kind == Noted.EXIT:
            inside, last = max(0, inside - each.seats), each.happened_at
            continue
        if inside >= seats:
            doubled.add(each.id)
        inside = min(seats, inside + each.seats)
        came, first = max(came or 0, inside), first or each.happened_at
    return Presence(came, inside, first, last, together, since, frozenset(doubled))


def standing(registration_id: int, occurrence_id: int) -> list[CheckIn]:
    """All that is noted of a sign-up on a date and was not undone, in the order in which it happened."""
    query = select(CheckIn).where(
        CheckIn.registration_id == registration_id, CheckIn.occurrence_id == occurrence_id, CheckIn.undone_at.is_(None)
    )
    return list(db.session.scalars(query.order_by(CheckIn.happened_at, CheckIn.id)))


def reckon(registration: Registration, occurrence: Occurrence, *, now: datetime) -> Presence:
    """Bring what is kept of a sign-up on a date up to what is noted. The sign-up's row is locked by the caller."""
    db.session.flush()
    noted = standing(registration.id, occurrence.id)
    found = presence(noted, registration.seats)
    _mark_doubled(noted, found.doubled)
    own = (Attendance.registration_id == registration.id, Attendance.occurrence_id == occurrence.id)
    kept = db.session.scalar(select(Attendance).where(*own).execution_options(populate_existing=True))
    if kept is not None and not found.came:
        _set_aside(kept)
    if found.came is None:
        if kept is not None:
            db.session.delete(kept)
            db.session.flush()
        return found
    lasting = minutes(found, registration, occurrence)
    if kept is None:
        kept = Attendance(registration_id=registration.id, occurrence_id=occurrence.id)
        db.session.add(kept)
    kept.seats, kept.first_in_at, kept.last_out_at = found.came, found.first_in_at, found.last_out_at
    kept.minutes, kept.marked_at = lasting, now
    if found.came:
        _let_count_again(kept)
    db.session.flush()
    return found


def _set_aside(kept: Attendance) -> None:
    """Nobody is there any more: what the organiser wrote of their hours waits for them to be checked in again."""
    if kept.corrected_minutes is None:
        return
    db.session.add(
        HoursSetAside(
            registration_id=kept.registration_id, occurrence_id=kept.occurrence_id, minutes=kept.corrected_minutes,
            reason=kept.corrected_reason, by_id=kept.corrected_by_id,
        )
    )  # fmt: skip
    kept.corrected_minutes, kept.corrected_reason, kept.corrected_by_id = None, "", None


def _let_count_again(kept: Attendance) -> None:
    own = (
        HoursSetAside.registration_id == kept.registration_id,
        HoursSetAside.occurrence_id == kept.occurrence_id,
    )
    waited = db.session.scalar(select(HoursSetAside).where(*own))
    if waited is None:
        return
    kept.corrected_minutes, kept.corrected_reason, kept.corrected_by_id = waited.minutes, waited.reason, waited.by_id
    db.session.delete(waited)


def _mark_doubled(noted: Sequence[CheckIn], doubled: frozenset[int]) -> None:
    """Of two devices that let the same people in, the later one is the double, whichever reached us first."""
    for each in noted:
        if each.id in doubled and not each.conflict:
            each.conflict = Code.ALREADY_IN
        elif each.id not in doubled and each.conflict == Code.ALREADY_IN:
            each.conflict = ""


def minutes(found: Presence, registration: Registration, occurrence: Occurrence) -> int | None:
    """How long volunteers helped, all of them together; None in what is no volunteering.

    From entry to exit where both were noted; who is not noted as having left stayed until the end of the shift. Where no exit
    was noted at all, each helped for the length of the shift.
    """
    if occurrence.activity.kind != Kind.VOLUNTEER:
        return None
    begins, ends = shift(registration, occurrence)
    if not found.came:
        return 0
    if found.last_out_at is None or found.since is None:
        return found.came * _whole_minutes(ends - begins)
    still = max(timedelta(), ends - found.since) * found.inside
    return _whole_minutes(found.together + still)


def shift(registration: Registration, occurrence: Occurrence) -> tuple[datetime, datetime]:
    """From when to when somebody helps: their role's own hours, else those of the date."""
    role = registration.pool.role
    if role is None or role.begins is None or role.ends is None:
        return occurrence.starts_at, occurrence.ends_at
    day, zone = occurrence.starts_at.astimezone(occurrence.timezone).date(), occurrence.timezone
    overnight = timedelta(days=role.ends <= role.begins)
    return _at(day, role.begins, zone), _at(day + overnight, role.ends, zone)


def _at(day: date, clock: time, zone: ZoneInfo) -> datetime:
    # In instants: between local times an hour that comes twice would be lost.
    return datetime.combine(day, clock, zone).astimezone(UTC)


def _whole_minutes(period: timedelta) -> int:
    return round(period.total_seconds() / 60)
