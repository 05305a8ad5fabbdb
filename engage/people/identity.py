"""Knowing a person again by an address, without ever telling a stranger whether we do."""

import re
from datetime import datetime
from functools import lru_cache

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import select, update

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
    address = typed.strip()
    name, at, host = address.rpartition("@")
    if at and address.isascii() and len(address) <= _LONGEST and _PLAIN.fullmatch(name):
        return f"{name}@{_host(host)}".lower()
    return _checked(address).lower()


# Names that nearly everybody has: letters, digits, and single marks between them, no longer than RFC 5321 (4.5.3.1) allows.
# With those only the host has to be looked at closely, and there are few of them.
_PLAIN = re.compile(r"(?=.{1,64}$)[A-Za-z0-9]+([._+-][A-Za-z0-9]+)*")
_LONGEST = 254


@lru_cache(maxsize=500)
def _host(host: str) -> str:
    return _checked(f"a@{host}").partition("@")[2]


def _checked(address: str) -> str:
    try:
        return validate_email(address, check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError as error:
        raise EmailNotUsable from error


def find_or_create(channel: str, identifier: str, *, language: str, now: datetime) -> int:
    """The id of the person at this address, who is made (unproven) when nobody is there yet.

    Until the transaction ends nobody may let the person go (see `forgetting`), so that a row may be made that names them. The
    database does it in one round trip; `registrations.signup` asks the same function.
    """
    facts = {"channel": channel, "identifier": identifier, "language": language, "now": now}
    row = ask(_FIND_OR_CREATE, facts).fetchone()
    assert row is not None
    return int(row[0])


_FIND_OR_CREATE = "SELECT find_or_make_person(%(channel)s, %(identifier)s, %(language)s, %(now)s)"


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


_PROVEN_EMAILS = """
SELECT identifier FROM address
 WHERE person_id = %(person_id)s AND channel = 'email' AND verified_at IS NOT NULL ORDER BY id
"""


def proven_emails(person_id: int) -> list[str]:
    """The e-mail addresses this person has shown to be theirs, the first one first."""
    db.session.flush()  # `ask` does not
    return [row[0] for row in ask(_PROVEN_EMAILS, {"person_id": person_id})]


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
