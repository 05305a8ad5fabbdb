"""Finding sign-ups: one by its name, with its seats locked, or all of a person."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import false, func, or_, select, tuple_

from engage.activities.models import Occurrence
from engage.base.db import db
from engage.registrations import pools
from engage.registrations.models import LIVE, Registration, State
from engage.registrations.pools import Room
from engage.registrations.refusals import NoSuchSignUp

QUEUED = (Registration.state == State.WAITING) & Registration.verified_at.is_not(None)


def by_public_id(registration_public_id: str) -> Registration | None:
    """The sign-up with this public id, as it is in the database now."""
    query = select(Registration).where(Registration.public_id == registration_public_id)
    return db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def locked(registration_public_id: str) -> tuple[Registration, Room]:
    """A registration with its pool locked first: always in that order, so that nobody waits in a circle.

    Refuses with `NoSuchSignUp`.
    """
    room = pools.lock_of(registration_public_id)
    registration = by_public_id(registration_public_id)
    if room is None or registration is None:
        raise NoSuchSignUp
    return registration, room


def hold(registration_id: int) -> None:
    """Lock a sign-up's own row, and read it anew: after its seats where both are needed, alone where no seat changes.

    Whatever was loaded along with it stays; `Session.refresh` would load that too, which cannot be locked.
    """
    query = select(Registration).where(Registration.id == registration_id).with_for_update()
    db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def together(found: Registration) -> Sequence[Registration]:
    """All that was signed up for in one go with this, itself included."""
    if found.bundle is None:
        return [found]
    query = select(Registration).where(Registration.bundle == found.bundle, Registration.email == found.email)
    return db.session.scalars(query.order_by(Registration.occurrence_id)).all()


def next_sequence(person_id: int | None, email: str | None, occurrence_id: int, pool_id: int) -> int:
    """The number of a new sign-up's entry in its person's calendar: above that of any they had there before."""
    whose = [Registration.person_id == person_id] if person_id is not None else []
    whose += [Registration.email == email] if email else []
    what = or_(Registration.occurrence_id == occurrence_id, Registration.pool_id == pool_id)
    latest = db.session.scalar(select(func.max(Registration.sequence)).where(or_(false(), *whose), what))
    return 0 if latest is None else latest + 1


def raise_sequence(registration: Registration) -> None:
    """Let a calendar take what is told of this sign-up from now on for newer than anything its person was told of the date:
    several tasks on one date, or sign-ups of two who turned out to be one, are one entry there.
    """
    own = registration
    with db.session.no_autoflush:  # its other changes are written with this one
        above = next_sequence(own.person_id, own.email, own.occurrence_id, own.pool_id)
    registration.sequence = max(registration.sequence + 1, above)


def other_place(registration: Registration) -> Registration | None:
    """Another sign-up by which its person comes to the same date, such as a second task; None where this was the only one."""
    whose = [Registration.person_id == registration.person_id] if registration.person_id is not None else []
    whose += [Registration.email == registration.email] if registration.email else []
    same = (
        Registration.occurrence_id == registration.occurrence_id,
        Registration.id != registration.id,
        Registration.state == State.CONFIRMED,
        Registration.verified_at.is_not(None),
    )
    query = select(Registration).where(or_(false(), *whose), *same)
    return db.session.scalars(query.order_by(Registration.sequence.desc(), Registration.id).limit(1)).one_or_none()


def of_person(person_id: int, *, now: datetime) -> list[Registration]:
    """The live sign-ups of a person for what is not over yet, the next one first."""
    query = (
        select(Registration)
        .join(Occurrence, Registration.occurrence_id == Occurrence.id)
        .where(Registration.person_id == person_id, Registration.state.in_(LIVE), Occurrence.ends_at > now)
        .order_by(Occurrence.starts_at, Registration.id)
    )
    return list(db.session.scalars(query))


def position(registration: Registration) -> int:
    """How many sign-ups stand in line up to and with this one: 1 is next. Counted, never stored."""
    place = (-(registration.priority or 0), registration.joined_at, registration.id)
    before = tuple_(-Registration.priority, Registration.joined_at, Registration.id) <= place
    query = select(func.count()).where(Registration.pool_id == registration.pool_id, QUEUED, before)
    return db.session.scalar(query) or 0
