"""Knowing a person again by an address, without ever telling a stranger whether we do."""

from datetime import datetime

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import select, text, update

from engage.base.db import ask, db
from engage.base.errors import Refusal
from engage.base.i18n import lazy_gettext as _l
from engage.people.models import Address, Person


class EmailNotUsable(Refusal):
    """What was typed is no e-mail address."""

    code = "email_not_usable"
    message = _l("Write your e-mail address as name@example.dk, so that we can send you a confirmation.")


def normalise_email(typed: str) -> str:
    """The address as it is compared and mailed: trimmed, lower case. Raises `EmailNotUsable`."""
    try:
        checked = validate_email(typed.strip(), check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise EmailNotUsable from error
    return checked.normalized.lower()


# One round trip for the three steps. The person is made only where the address is new. `ON CONFLICT DO NOTHING` closes
# the race of two first sign-ups with the same address: the loser's person is taken back, and it looks again.
_FIND_OR_CREATE = """
WITH held AS (
  SELECT person.id FROM person JOIN address ON address.person_id = person.id
   WHERE address.channel = %(channel)s AND address.identifier = %(identifier)s
     FOR KEY SHARE OF person
), made AS (
  INSERT INTO person (language, created_at) SELECT %(language)s, %(now)s WHERE NOT EXISTS (SELECT FROM held) RETURNING id
), reached AS (
  INSERT INTO address (person_id, channel, identifier) SELECT id, %(channel)s, %(identifier)s FROM made
  ON CONFLICT (channel, identifier) DO NOTHING RETURNING person_id
)
SELECT coalesce((SELECT id FROM held), (SELECT person_id FROM reached)), (SELECT id FROM made)
"""


def find_or_create(channel: str, identifier: str, *, language: str, now: datetime) -> int:
    """The id of the person at this address, who is made (unproven) when nobody is there yet.

    Until the transaction ends nobody may let the person go (see `forgetting`), so that a row may be made that names them.
    """
    address = {"channel": channel, "identifier": identifier, "language": language, "now": now}
    person, made = ask(_FIND_OR_CREATE, address).fetchone() or (None, None)
    if person is not None:
        return int(person)
    db.session.execute(text("DELETE FROM person WHERE id = :person"), {"person": made})
    other = person_at(channel, identifier)
    assert other is not None, "an address that conflicts is there"
    return other


def person_at(channel: str, identifier: str) -> int | None:
    """The id of the person at this address, or None."""
    return db.session.scalar(
        select(Address.person_id).where(Address.channel == channel, Address.identifier == identifier)
    )


def verify(channel: str, identifier: str, now: datetime) -> None:
    """Note that whoever reads this address has shown it; the first time counts."""
    db.session.execute(
        update(Address)
        .where(Address.channel == channel, Address.identifier == identifier, Address.verified_at.is_(None))
        .values(verified_at=now)
    )


def has_proven(person_id: int, channel: str, identifier: str) -> bool:
    """Whether this person has shown that they read this address."""
    proven = select(Address.id).where(
        Address.person_id == person_id,
        Address.channel == channel,
        Address.identifier == identifier,
        Address.verified_at.is_not(None),
    )
    return db.session.scalar(proven.limit(1)) is not None


def proven_emails(person_id: int) -> list[str]:
    """The e-mail addresses this person has shown to be theirs, the first one first."""
    query = select(Address.identifier).where(
        Address.person_id == person_id, Address.channel == "email", Address.verified_at.is_not(None)
    )
    return list(db.session.scalars(query.order_by(Address.id)))


def masked(email: str) -> str:
    r""" "a•••@example.org": enough for its owner to know it again, and for nobody else to write to it."""
    name, _at, host = email.rpartition("@")
    return f"{name[:1]}•••@{host}"


def hold(person_id: int) -> None:
    """Keep everybody else from naming this person until the transaction ends; who is doing so now is waited for."""
    db.session.execute(select(Person.id).where(Person.id == person_id).with_for_update())


def remove(person_id: int) -> None:
    """Erase a person and their addresses; what others keep of them must be let go first."""
    person = db.session.get(Person, person_id)
    if person is not None:
        db.session.delete(person)
