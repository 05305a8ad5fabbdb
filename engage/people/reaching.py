"""By which ways a person can be reached now, and which they closed."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import LiteralString

from sqlalchemy import ColumnElement, select, update

from engage.base.db import ask, db
from engage.people.models import Address, Person

# The chat in which somebody is being answered now, as (channel, identifier).
_ANSWERED: ContextVar[tuple[str, str] | None] = ContextVar("answered_in", default=None)

# A page that is closed tells nobody anything (compare `channels.abilities`, which stands beside this floor).
_SEEN_AT_THE_NEXT_VISIT = frozenset({"webchat"})


@contextmanager
def answering(channel: str, identifier: str) -> Iterator[None]:
    """While somebody is answered in this chat: what is put into the post meanwhile need not say there what the talk says."""
    token = _ANSWERED.set((channel, identifier))
    try:
        yield
    finally:
        _ANSWERED.reset(token)


def hears_it_now(person_id: int | None, email: str | None) -> bool:
    """Whether a letter about their sign-ups would go first to the very chat in which they are being answered."""
    here = _ANSWERED.get()
    return here is not None and ways(person_id, email, sms=True)[:1] == [here]


def ways(person_id: int | None, email: str | None = None, *, sms: bool = False) -> list[tuple[str, str]]:
    """Where to write to, as (channel, identifier): proven chats that are on, then `email`, then what is read only by who comes
    back to a page.

    With `sms` also their telephone, before the mailbox: for what they said yes to there, which is what belongs to their
    sign-ups. Where nothing else is left, chats that are off: a letter is held for them until their owner comes back.
    """
    return in_order(_chats(person_id) if person_id is not None else [], email, sms=sms)


def first_ways(them: Sequence[tuple[int | None, str | None]], *, sms: bool = False) -> list[str]:
    """By which channel each of these people, (person id, e-mail), is written to first; "" for who cannot be reached.

    `sms` as for `ways`.
    """
    people = [person_id for person_id, _email in them if person_id is not None]
    query = select(Address.person_id, Address.channel, Address.identifier, Address.off_at.is_(None)).where(
        Address.person_id.in_(people), Address.channel != "email", Address.verified_at.is_not(None)
    )
    chats: dict[int | None, list[tuple[str, str, bool]]] = {}
    for person_id, channel, identifier, is_on in db.session.execute(query.order_by(Address.id)):
        chats.setdefault(person_id, []).append((channel, identifier, is_on))
    found = [in_order(chats.get(person_id, []), email, sms=sms) for person_id, email in them]
    return [ways[0][0] if ways else "" for ways in found]


def in_order(found: Iterable[tuple[str, str, bool]], email: str | None, *, sms: bool = False) -> list[tuple[str, str]]:
    """What `ways` answers, for who has read their chats already, as (channel, identifier, whether it is on)."""
    found = list(found)
    mail = [("email", email)] if email else []
    usable = [(channel, identifier) for channel, identifier, is_on in found if is_on and (sms or channel != SMS)]
    at_once = [each for each in usable if each[0] not in _SEEN_AT_THE_NEXT_VISIT]
    later = [each for each in usable if each[0] in _SEEN_AT_THE_NEXT_VISIT]
    held = [(channel, identifier) for channel, identifier, _is_on in found if channel != SMS]
    return [*at_once, *mail, *later] or held


# An address there is a telephone number: nobody talks with us there, so it is no chat.
SMS = "sms"


def is_chat() -> ColumnElement[bool]:
    """Whether an address is where somebody talks with us."""
    return Address.channel.not_in(("email", SMS))


# By hand: every letter about a sign-up asks it.
_CHATS: LiteralString = """
SELECT channel, identifier, off_at IS NULL FROM address
 WHERE person_id = %(person)s AND channel <> 'email' AND verified_at IS NOT NULL ORDER BY id
"""


def _chats(person_id: int) -> list[tuple[str, str, bool]]:
    db.session.flush()
    return [(row[0], row[1], row[2]) for row in ask(_CHATS, {"person": person_id}).fetchall()]


def all_chats(person_id: int | None) -> list[tuple[str, str]]:
    """Their proven chats and telephones as (channel, identifier), also those that are off."""
    return [] if person_id is None else [(channel, identifier) for channel, identifier, _on in _chats(person_id)]


def has_proven_chat(person_id: int) -> bool:
    """Whether there is a chat that is known to be theirs."""
    return any(channel != SMS for channel, _identifier, _is_on in _chats(person_id))


def has_email(person_id: int) -> bool:
    """Whether there is an e-mail address that is known to be theirs."""
    query = select(Address.id).where(
        Address.person_id == person_id, Address.channel == "email", Address.verified_at.is_not(None)
    )
    return db.session.scalar(query.limit(1)) is not None


def is_on(channel: str, identifier: str) -> bool:
    """Whether letters may go to this address; one we do not know is open."""
    off = select(Address.id).where(
        Address.channel == channel, Address.identifier == identifier, Address.off_at.is_not(None)
    )
    return db.session.scalar(off) is None


def turn_off(channel: str, identifier: str, reason: str, now: datetime) -> None:
    """Send nothing more to this address: "blocked" or "chosen". The first reason stays."""
    db.session.execute(
        update(Address)
        .where(Address.channel == channel, Address.identifier == identifier, Address.off_at.is_(None))
        .values(off_at=now, off_reason=reason)
    )


_IS_OFF = "SELECT 1 FROM address WHERE channel = %(channel)s AND identifier = %(identifier)s AND off_at IS NOT NULL"


def turn_on(channel: str, identifier: str, *reasons: str) -> bool:
    """Take back `turn_off` where it was for one of `reasons` (any, if none are named); whether it was off."""
    db.session.flush()
    if ask(_IS_OFF, {"channel": channel, "identifier": identifier}).fetchone() is None:
        return False  # as nearly always, and asked of everybody who says hello
    statement = update(Address).where(
        Address.channel == channel, Address.identifier == identifier, Address.off_at.is_not(None)
    )
    if reasons:
        statement = statement.where(Address.off_reason.in_(reasons))
    turned = db.session.execute(statement.values(off_at=None, off_reason=""))
    return bool(turned.rowcount)  # type: ignore[attr-defined]


def wants_optional(person_id: int) -> bool:
    """Whether they may be sent more than what belongs to their sign-ups."""
    return db.session.scalar(select(Person.optional_off_at).where(Person.id == person_id)) is None


def set_optional(person_id: int, wanted: bool, now: datetime) -> None:
    """Note whether they want more than what belongs to their sign-ups."""
    off_at = None if wanted else now
    db.session.execute(update(Person).where(Person.id == person_id).values(optional_off_at=off_at))
