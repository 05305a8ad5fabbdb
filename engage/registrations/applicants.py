"""Who signs up: the person at an address, whether it is proven, and whether they may sign up for more."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from engage import people
from engage.base.config import current_settings
from engage.base.db import ask, db
from engage.registrations import application as told
from engage.registrations import caps, pools
from engage.registrations.application import Application
from engage.registrations.models import Registration
from engage.registrations.pools import Room
from engage.registrations.refusals import TooManySignUps, TooManyUnconfirmed


@dataclass(frozen=True, slots=True)
class Applicant:
    """Who signs up, before it is known for what: checked once, also for several dates."""

    person: int
    name: str
    email: str
    proven: bool
    application: Application
    bundle: str | None = None


def known(application: Application, now: datetime) -> Applicant:
    """Who signs up; one who was not known is made a person. Refuses as `locked` does."""
    return _begun(application, None, now)[0]


def locked(application: Application, occurrence_id: int, now: datetime) -> tuple[Applicant, Room | None]:
    """Who signs up, and the seats of the date, which are locked then: as `known` and `pools.lock`, in one round trip.

    Refuses with what is wrong with name or address, `TooManyUnconfirmed` or `TooManySignUps`; then no seat was locked.
    """
    applicant, row = _begun(application, occurrence_id, now)
    if row is None:
        return applicant, pools.lock(occurrence_id, application.role)
    return applicant, pools.room_of(occurrence_id, application.role, row)


def _begun(application: Application, occurrence_id: int | None, now: datetime) -> tuple[Applicant, list[Any] | None]:
    """Keeps the caps per address, per client and per person; each is switched off by 0.

    Who meets one is noted, and let past where staff have lifted it for them: then no seat was locked, and there is no row.
    """
    name, email = told.contact(application)
    settings = current_settings()
    facts = {
        "known": application.person_id,
        "email": email,
        "language": application.language,
        "client": application.client,
        "now": now,
        "per_address": settings.unconfirmed_per_address,
        "per_client": settings.unconfirmed_per_client,
        "per_person": settings.sign_ups_per_person,
        "occurrence": occurrence_id,
        "role": application.role,
    }
    proven = application.person_id is not None and _has_proven(application.person_id, email)
    person, by_address, by_client, by_person, *row = ask(_BEGIN, facts).fetchone() or (0, False, False, False)
    contact = settings.city.contact["email"]
    if (by_address and caps.stops(caps.address(email), now)) or (
        by_client and application.client and caps.stops(caps.network(application.client), now)
    ):
        raise TooManyUnconfirmed(contact=contact)
    if by_person and caps.stops(caps.person(person, email, application.channel), now):
        raise TooManySignUps(most=settings.sign_ups_per_person, contact=contact)
    applicant = Applicant(person, name, email, proven, application)
    return applicant, None if by_address or by_client or by_person else row


# Who it is, whether they may, and then the seats under their lock: in this order, and in one round trip. Counted up to the caps
# only, to stay cheap; who has reached one locks nothing. The states are written out, or a prepared plan could not know that
# the partial indexes fit. `client` is kept only of who has not proven the address. OFFSET 0 has the caps looked at once.
_BEGIN = """
SELECT person, by_address, by_client, by_person, room.*
  FROM (
    SELECT person,
           %(per_address)s > 0 AND %(per_address)s = (SELECT count(*) FROM (
             SELECT FROM registration WHERE email = %(email)s
                AND verified_at IS NULL AND state IN ('pending_email', 'waiting') LIMIT %(per_address)s)) AS by_address,
           %(per_client)s > 0 AND %(per_client)s = (SELECT count(*) FROM (
             SELECT FROM registration WHERE client = %(client)s
                AND state IN ('pending_email', 'waiting') LIMIT %(per_client)s)) AS by_client,
           %(per_person)s > 0 AND %(per_person)s = (SELECT count(*) FROM (
             SELECT FROM registration JOIN occurrence ON occurrence.id = registration.occurrence_id
              WHERE person_id = person AND occurrence.ends_at > %(now)s AND registration.state IN
                ('pending_email', 'pending_approval', 'confirmed', 'waiting', 'offered') LIMIT %(per_person)s)) AS by_person
      FROM (
        SELECT coalesce(%(known)s::integer, find_or_make_person('email', %(email)s, %(language)s, %(now)s)) AS person
      ) AS applicant OFFSET 0
  ) AS caps
  LEFT JOIN LATERAL lock_room(
    CASE WHEN NOT (by_address OR by_client OR by_person) THEN %(occurrence)s::integer END, %(role)s) AS room ON true
"""


def _has_proven(person_id: int, email: str) -> bool:
    """Whether this person has confirmed a sign-up with this address before, or it was proven as theirs, or none is needed."""
    if not email:
        return True
    proof = select(Registration.id).where(
        Registration.person_id == person_id, Registration.email == email, Registration.verified_at.is_not(None)
    )
    return db.session.scalar(proof.limit(1)) is not None or people.has_proven(person_id, "email", email)
