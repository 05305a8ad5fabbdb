"""Volunteers' hours: reckoned from the door, put right by the organiser with a reason, seen by the volunteer. No ranking."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select

from engage.activities.models import Occurrence
from engage.base.db import db
from engage.base.errors import Refusal
from engage.base.i18n import lazy_gettext as _l
from engage.registrations import desk, guests
from engage.registrations.attendance.models import Attendance
from engage.registrations.refusals import NoSuchSignUp

# Nobody helps longer on one date, even over a weekend.
MOST_MINUTES = 72 * 60


class NotMarked(Refusal):
    """Whether they came was not noted, or they did not."""

    code = "not_marked"
    message = _l("Check them in first. Hours belong to people who came.")


class HoursNotPossible(Refusal):
    """The hours are no number, or more than can be."""

    code = "hours_not_possible"
    message = _l("Write the time as hours and minutes, at most 72 hours.")


def correct(
    occurrence_id: int, registration_public_id: str, minutes: int | None, reason: str, *, by: int, now: datetime
) -> Attendance:
    """Put `minutes` in the place of what was reckoned, or None to let that count again.

    Refuses with `NoSuchSignUp`, `NotMarked`, `HoursNotPossible` or `desk.ReasonMissing`.
    """
    registration = guests.of_date(occurrence_id, registration_public_id)
    if registration is None:
        raise NoSuchSignUp
    own = (Attendance.registration_id == registration.id, Attendance.occurrence_id == occurrence_id)
    found = db.session.scalar(select(Attendance).where(*own).with_for_update())
    if found is None or found.minutes is None or not found.seats:
        raise NotMarked
    if minutes is not None and not 0 <= minutes <= MOST_MINUTES * registration.seats:
        raise HoursNotPossible
    words = desk.reason_of(reason) if minutes is not None else ""
    found.corrected_minutes, found.corrected_reason = minutes, words
    found.corrected_by_id, found.marked_at = (by if minutes is not None else None), now
    db.session.flush()
    return found


def of_registrations(registration_ids: Sequence[int]) -> Mapping[int, tuple[Attendance, ...]]:
    """What is noted of these sign-ups, by their ids, each in the order of its dates."""
    query = select(Attendance).join(Occurrence, Attendance.occurrence_id == Occurrence.id)
    own = query.where(Attendance.registration_id.in_(registration_ids)).order_by(Occurrence.starts_at, Attendance.id)
    found: dict[int, tuple[Attendance, ...]] = {}
    for each in db.session.scalars(own):
        found[each.registration_id] = (*found.get(each.registration_id, ()), each)
    return found
