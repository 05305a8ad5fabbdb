"""Finding sign-ups: one by its name, with its seats locked, or all of a person."""

from datetime import datetime

from sqlalchemy import select

from engage.activities.models import Occurrence
from engage.base.db import db
from engage.registrations import pools
from engage.registrations.models import LIVE, Registration
from engage.registrations.pools import Room
from engage.registrations.refusals import NoSuchSignUp


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


def of_person(person_id: int, *, now: datetime) -> list[Registration]:
    """The live sign-ups of a person for what is not over yet, the next one first."""
    query = (
        select(Registration)
        .join(Occurrence, Registration.occurrence_id == Occurrence.id)
        .where(Registration.person_id == person_id, Registration.state.in_(LIVE), Occurrence.ends_at > now)
        .order_by(Occurrence.starts_at, Registration.id)
    )
    return list(db.session.scalars(query))
