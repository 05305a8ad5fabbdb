"""What a sign-up gives a certificate for: that they came, on which dates; where the door was not kept, that they had a place."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from engage.activities.facts import OccurrenceFacts
from engage.base.db import db
from engage.registrations.attendance import Attendance
from engage.registrations.certificates.models import TakenBack
from engage.registrations.mine import Entry
from engage.registrations.models import State


@dataclass(frozen=True, slots=True)
class Earned:
    """The dates a certificate speaks of. `came` is False where nobody was checked in: all that is known is that they had a place.

    `minutes` is a volunteer's own time, None in what is no volunteering.
    """

    dates: tuple[OccurrenceFacts, ...]
    came: bool
    minutes: int | None = None


def earned(entry: Entry, *, now: datetime) -> Earned | None:
    """What this sign-up gives a certificate for, when its last date is over; None for nothing.

    One whose certificate was taken back gives no other, also when that is deleted.
    """
    own = entry.registration
    if own.verified_at is None or own.state != State.CONFIRMED or not entry.over(now) or _was_taken_back(own.id):
        return None
    held = tuple(each for each in entry.dates if not each.called_off)
    marks = {each.occurrence_id: each for each in entry.came}
    here = [
        marks[each.occurrence_id] for each in held if each.occurrence_id in marks and marks[each.occurrence_id].seats
    ]
    if here:
        ids, times = {each.occurrence_id for each in here}, [own_minutes(each) for each in here]
        known = [each for each in times if each is not None]
        return Earned(tuple(each for each in held if each.occurrence_id in ids), True, sum(known) if known else None)
    unmarked = tuple(each for each in held if each.occurrence_id not in marks)
    if not unmarked or len(unmarked) < len(held) or _was_kept(unmarked):
        return None
    return Earned(unmarked, False)


def _was_taken_back(registration_id: int) -> bool:
    found = select(TakenBack.number).where(TakenBack.registration_id == registration_id).limit(1)
    return db.session.scalar(found) is not None


def own_minutes(mark: Attendance) -> int | None:
    """One volunteer's time: of a group's time together, each one's share."""
    together = mark.hours_in_minutes
    return None if together is None or not mark.seats else round(together / mark.seats)


def _was_kept(dates: tuple[OccurrenceFacts, ...]) -> bool:
    """Whether anybody was checked in on these dates: then who was not did not come."""
    ids = [each.occurrence_id for each in dates]
    came = select(Attendance.id).where(Attendance.occurrence_id.in_(ids), Attendance.seats > 0).limit(1)
    return db.session.scalar(came) is not None
