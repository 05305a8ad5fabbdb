"""Taking a calling-off back while the date is still to come: it stands again, and who was to come is asked anew.

Nobody is signed up again without being asked: in the meantime people have made other plans.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import and_, or_, select

from engage.activities import dates, series
from engage.activities.dates import DateIsOver
from engage.activities.models import Activity, ActivityState, Occurrence, OccurrenceState, Pool
from engage.base.db import db
from engage.base.errors import Refusal
from engage.base.i18n import lazy_gettext as _l
from engage.registrations import change_notices, courses, notices, pools, rows
from engage.registrations.models import LIVE, Registration, State
from engage.registrations.refusals import NoSuchSignUp, NotOpen
from engage.registrations.rows import locked


class NotCalledOff(Refusal):
    """There is no calling-off to take back."""

    code = "not_called_off"
    message = _l("It is not called off, so there is nothing to take back.")


class ActivityIsCalledOff(Refusal):
    """A single date cannot be held while its whole activity is not."""

    code = "activity_is_called_off"
    message = _l("The whole activity is called off. Let the activity go ahead instead.")


def together(occurrence: Occurrence, now: datetime) -> list[Occurrence]:
    """The dates that were called off with this one, itself among them, and have not begun, by start."""
    query = select(Occurrence).where(
        Occurrence.activity_id == occurrence.activity_id,
        Occurrence.state == OccurrenceState.CANCELLED,
        Occurrence.starts_at > now,
    )
    if occurrence.called_off_at is None:
        query = query.where(Occurrence.id == occurrence.id)
    else:
        query = query.where(Occurrence.called_off_at == occurrence.called_off_at)
    return list(db.session.scalars(query.order_by(Occurrence.starts_at, Occurrence.id)))


def reinstate(occurrence_id: int, *, with_others: bool = False, now: datetime, words: str = "") -> int:
    """Let a date that was called off be held after all, or with it all that were called off together.

    Who had signed up is told once, with `words` of the organiser's and a way to sign up again. Returns the number of letters.
    Refuses with `NotCalledOff`, `ActivityIsCalledOff` or `dates.DateIsOver`.
    """
    occurrence = db.session.get_one(Occurrence, occurrence_id)
    found = together(occurrence, now) if with_others else [occurrence]
    pools.lock_all([occurrence_id, *(each.id for each in found)])
    db.session.expire_all()  # what was read before the lock may have changed while we waited for it
    if occurrence.starts_at <= now:
        raise DateIsOver
    if occurrence.state != OccurrenceState.CANCELLED:
        raise NotCalledOff
    if occurrence.activity.state == ActivityState.CALLED_OFF:
        raise ActivityIsCalledOff
    return _reinstate(together(occurrence, now) if with_others else [occurrence], words, now)


def reinstate_activity(activity_id: int, *, now: datetime, words: str = "") -> int:
    """Let an activity that was called off go ahead, with the coming dates that fell with it. Returns the number of letters.

    Dates that had been called off before stay so. Refuses with `NotCalledOff`, or `dates.DateIsOver` when none is to come.
    """
    activity = db.session.get_one(Activity, activity_id)
    fell = [each.id for each in fallen(activity, now)]
    pools.lock_all(fell)
    db.session.refresh(activity, with_for_update=True)
    if activity.state != ActivityState.CALLED_OFF:
        raise NotCalledOff
    if not fell:
        raise DateIsOver
    activity.state, activity.called_off_at = ActivityState.PUBLISHED, None
    return _reinstate(list(db.session.scalars(select(Occurrence).where(Occurrence.id.in_(fell)))), words, now)


def fallen(activity: Activity, now: datetime) -> list[Occurrence]:
    """The coming dates that were called off with their activity."""
    query = select(Occurrence).where(
        Occurrence.activity_id == activity.id,
        Occurrence.state == OccurrenceState.CANCELLED,
        Occurrence.starts_at > now,
        Occurrence.called_off_at == activity.called_off_at,
    )
    return list(db.session.scalars(query.order_by(Occurrence.starts_at, Occurrence.id)))


def _reinstate(found: list[Occurrence], words: str, now: datetime) -> int:
    """These dates, which are one activity's, stand again. Who kept a place on the course they belong to is told too."""
    ids = [each.id for each in found]
    former = former_guests(ids)
    first = min(found, key=lambda each: (each.starts_at, each.id), default=None)
    for guest in former:
        if first is not None and guest.occurrence_id not in ids:
            guest.occurrence_id = first.id  # of a course, where other dates than their first are held after all
    db.session.flush()
    guests = change_notices.known([each.id for each in former])
    dates.reinstate(found, now=now)
    for occurrence in found:
        series.take_up(occurrence)
        occurrence.activity.updated_at = now
    db.session.flush()
    letters = courses.added(first.activity_id, ids, words, again=True, now=now) if first is not None else 0
    return letters + change_notices.reinstated(guests, words, now=now)


def former_guests(occurrence_ids: Collection[int]) -> list[Registration]:
    """Whose sign-ups ended when these dates, or the course they belong to, were last called off, and whose address is proven."""
    since = or_(Occurrence.called_off_at.is_(None), Registration.changed_at >= Occurrence.called_off_at)
    theirs = or_(
        and_(Pool.course_id.is_(None), Occurrence.id == Registration.occurrence_id),
        Occurrence.activity_id == Pool.course_id,
    )
    ended = (
        select(Registration.id)
        .join(Pool, Pool.id == Registration.pool_id)
        .join(Occurrence, theirs)
        .where(Occurrence.id.in_(occurrence_ids), Registration.state == State.CANCELLED_WITH_EVENT, since)
        .where(Registration.verified_at.is_not(None), Registration.email.is_not(None))
    )
    query = select(Registration).where(Registration.id.in_(ended))
    return list(db.session.scalars(query.order_by(Registration.occurrence_id, Registration.id)))


def may_come_again(registration: Registration, now: datetime) -> bool:
    """Whether this sign-up ended with its date, which is held after all and takes sign-ups."""
    occurrence = registration.occurrence
    return (
        registration.state == State.CANCELLED_WITH_EVENT
        and registration.verified_at is not None
        and occurrence.state == OccurrenceState.SCHEDULED
        and occurrence.activity.state == ActivityState.PUBLISHED
        and occurrence.starts_at > now
    )


def come_again(registration_public_id: str, *, now: datetime) -> Registration:
    """Sign up again with what was told before, for a date that is held after all: a place if there is one, or the line.

    It is the same sign-up, so that the same entry comes back into the calendar. Doing it again changes nothing, nor does it for
    who signed up in another way meanwhile: that sign-up is returned. Refuses with `NoSuchSignUp` or `NotOpen`.
    """
    registration, room = locked(registration_public_id)
    if registration.state in LIVE:
        return registration
    if registration.state != State.CANCELLED_WITH_EVENT or registration.verified_at is None:
        raise NoSuchSignUp
    if not room.is_open(now):
        raise NotOpen
    if (other := _live(registration)) is not None:
        return other
    has_place = room.has_room_for(registration.seats, now)
    if room.approval:
        registration.state = State.PENDING_APPROVAL
        registration.holds_seat = has_place and room.approval_holds_seat
    else:
        registration.state = State.CONFIRMED if has_place else State.WAITING
    registration.joined_at = registration.changed_at = now
    rows.raise_sequence(registration)
    db.session.flush()
    if registration.state == State.CONFIRMED:
        notices.confirmed([registration], now=now)
    else:
        (notices.awaits_approval if room.approval else notices.waits)(registration, now=now)
    return registration


def _live(registration: Registration) -> Registration | None:
    """The sign-up this person has for the same pool by now. The pool is locked, so none can be made meanwhile."""
    same = or_(Registration.person_id == registration.person_id, Registration.email == registration.email)
    mine = (Registration.pool_id == registration.pool_id) & Registration.state.in_(LIVE)
    return db.session.scalars(select(Registration).where(mine, same).limit(1)).first()
