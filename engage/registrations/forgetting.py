"""Letting go of who signed up: at their wish, or when the activity is long over. That somebody came stays countable."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, and_, delete, func, or_, select, update

from engage import outbox
from engage.activities.models import Occurrence, Pool
from engage.base.config import current_settings
from engage.base.db import db
from engage.people import Person
from engage.registrations import feedback, leaving, mine
from engage.registrations.attendance.models import FORGOTTEN, Attendance, HoursSetAside
from engage.registrations.broadcasts import Broadcast
from engage.registrations.certificates.models import Certificate, TakenBack
from engage.registrations.models import LIVE, Registration, State, Step
from engage.registrations.reminders.models import Reminding

_UNASKED: dict[str, Any] = {"answers": {}, "companions": [], "school_class": {}, "vetted_on": None}
# `bundle` goes too: it would tell which of the sign-ups that are left were one person's.
_NOBODY: dict[str, Any] = {
    "name": None,
    "email": None,
    "phone": None,
    "person_id": None,
    "client": None,
    "bundle": None,
    "to_phone_at": None,
    "to_phone_why": "",
    "to_phone_by_id": None,
    **_UNASKED,
}
# Given up, and nothing brings it back; what was called off with its date comes back when that is held after all.
_GIVEN_UP = (
    State.DECLINED,
    State.OFFER_DECLINED,
    State.OFFER_EXPIRED,
    State.CANCELLED_BY_PERSON,
    State.CANCELLED_BY_STAFF,
)


def erase(person_id: int, now: datetime) -> None:
    """Cancel what is still to come, then take the person out of every sign-up and of every letter about one."""
    # Also what was typed in their chat and never proven, and what a chat that is not linked has signed up with their address.
    own = (Registration.person_id == person_id) | mine.theirs(person_id)
    coming = (
        select(Registration.public_id)
        .join(Occurrence, Registration.occurrence_id == Occurrence.id)
        .where(own, Registration.state.in_(LIVE), Occurrence.starts_at > now)
        .order_by(Registration.occurrence_id)
    )
    for public_id in db.session.scalars(coming).all():
        leaving.let_go(public_id, now=now)
    db.session.execute(delete(Certificate).where(Certificate.person_id == person_id))
    _let_go(own)


def expire(now: datetime) -> int:
    """Take the person out of sign-ups for what ended, or that they gave up, longer ago than the city keeps them.

    Returns how many.
    """
    before = now - current_settings().city.keep_sign_ups
    named = (
        Registration.name.is_not(None)
        | Registration.email.is_not(None)
        | Registration.person_id.is_not(None)
        | Registration.bundle.is_not(None)
    )
    given_up = and_(Registration.state.in_(_GIVEN_UP), Registration.changed_at < before)
    which = and_(named, or_(_over(before), given_up))
    _remember_year(which)
    return _let_go(which)


def _remember_year(which: ColumnElement[bool]) -> None:
    """Note on who is still known that they had a place in these years, so that they do not count as new once more.

    Persons are locked in the order of their ids, as everywhere.
    """
    year = func.extract("year", func.timezone(Occurrence.zone, Occurrence.starts_at))
    last = (
        select(Registration.person_id, func.max(year).label("year"))
        .join(Occurrence, Registration.occurrence_id == Occurrence.id)
        .where(which, Registration.person_id.is_not(None), Registration.state == State.CONFIRMED)
        .group_by(Registration.person_id)
        .subquery()
    )
    older = func.coalesce(Person.last_place_year, 0) < last.c.year
    due = (
        select(Person.id)
        .join(last, last.c.person_id == Person.id)
        .where(older)
        .order_by(Person.id)
        .with_for_update(of=Person)
    )
    ids = db.session.scalars(due).all()
    had = update(Person).where(Person.id == last.c.person_id, Person.id.in_(ids)).values(last_place_year=last.c.year)
    db.session.execute(had, execution_options={"synchronize_session": False})


def expire_answers(now: datetime) -> int:
    """Empty what was asked of who signed up, where the activity ended longer ago than the city keeps that. Returns how many."""
    told = (
        (Registration.answers != {})
        | (Registration.companions != [])
        | (Registration.school_class != {})
        | Registration.vetted_on.is_not(None)
    )
    over = _over(now - current_settings().city.keep_answers)
    result = db.session.execute(update(Registration).where(over, told).values(**_UNASKED))
    return int(result.rowcount)  # type: ignore[attr-defined]


def expire_broadcasts(now: datetime) -> int:
    """Delete what was written to participants longer ago than the city keeps letters. Returns how many messages."""
    before = now - current_settings().city.keep_messages
    old = delete(Broadcast).where(func.coalesce(Broadcast.settled_at, Broadcast.good_until) < before)
    return int(db.session.execute(old).rowcount)  # type: ignore[attr-defined]


def _let_go(which: ColumnElement[bool]) -> int:
    """Take who they are out of sign-ups, the words of staff about them, and the letters. Returns how many sign-ups."""
    found = db.session.execute(select(Registration.id, Registration.public_id).where(which)).all()
    if not found:
        return 0
    ids = [row.id for row in found]
    db.session.execute(update(Registration).where(Registration.id.in_(ids)).values(**_NOBODY))
    # Where an account decided, the reason may be somebody's own words about a person; all others are ours.
    typed = (Step.registration_id.in_(ids), Step.account_id.is_not(None), Step.reason != "")
    db.session.execute(update(Step).where(*typed).values(reason=""))
    feedback.let_go(ids)
    # The hours stay as they were corrected; what was written about why may speak of the person.
    corrected = (Attendance.registration_id.in_(ids), Attendance.corrected_minutes.is_not(None))
    db.session.execute(update(Attendance).where(*corrected).values(corrected_reason=FORGOTTEN))
    aside = update(HoursSetAside).where(HoursSetAside.registration_id.in_(ids))
    db.session.execute(aside.values(reason=FORGOTTEN))
    db.session.execute(delete(Reminding).where(Reminding.registration_id.in_(ids)))
    # A certificate outlives its sign-up at its person's wish, and must not tell which of those without a name was theirs.
    for table in (Certificate, TakenBack):
        of_them = update(table).where(table.registration_id.in_(ids)).values(registration_id=None)
        db.session.execute(of_them)
    # A letter about several sign-ups of one person bears the name of the first.
    outbox.forget([f"{kind}:{row.public_id}" for row in found for kind in ("registration", "changes")])
    return len(found)


def _over(before: datetime) -> ColumnElement[bool]:
    """Which sign-ups are for what ended before an instant. A course ends with its last date, whichever they began with."""
    return and_(
        Registration.occurrence_id.in_(select(Occurrence.id).where(Occurrence.ends_at < before)),
        Registration.pool_id.not_in(_courses_still_on(before)),
    )


def _courses_still_on(before: datetime) -> ScalarSelect[int]:
    return (
        select(Pool.id)
        .join(Occurrence, Occurrence.activity_id == Pool.course_id)
        .where(Pool.course_id.is_not(None), Occurrence.ends_at >= before)
        .scalar_subquery()
    )
