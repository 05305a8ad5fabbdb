"""Linking a chat with a person's own page, from either side; both have to say yes, and nobody is known by what they typed.

From the page: a secret is shown, a chat brings it and says yes, and the page has the last word (begin -> found -> answer ->
confirm). From the chat: a letter goes to the address that was typed, and the page behind its link has the last word (ask -> look
-> follow). Then the two persons become one (`merging`).
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select

from engage import outbox, people
from engage.base import tokens
from engage.base.config import current_settings
from engage.base.db import db
from engage.base.errors import Refusal
from engage.base.i18n import lazy_gettext as _l
from engage.base.identifiers import ALPHABET, public_id
from engage.base.limits import Rate, take
from engage.channels import abilities
from engage.people import Address, OneTimeKey, Person, Purpose, Visit, identity, onetime, reaching
from engage.people.holdings import links_of
from engage.people.models import ChatLink
from engage.people.onetime import hashed
from engage.registrations import entrance, linking_letters, merging, mine
from engage.registrations.merging import Double, PersonMerge

LASTS = timedelta(minutes=10)
# A short code has 31**8 values and lives for ten minutes, so this leaves who guesses one chance in millions a day; and what
# they would win is a question on somebody else's page, to which the answer is no.
_GUESSES = Rate(burst=6, per_second=1 / 60)
_CODE_LENGTH = 8


class CodeNotValid(Refusal):
    """No page waits for this code (any more)."""

    code = "code_not_valid"
    message = _l("This code does not work. It is good for ten minutes and for one chat. Get a new one on My page.")


class LinkedElsewhere(Refusal):
    """The chat belongs to another address."""

    code = "linked_elsewhere"
    message = _l("This chat is linked with %(email)s already. Unlink it first, then link it anew.")


class NotLinked(Refusal):
    """There is nothing to unlink."""

    code = "not_linked"
    message = _l("This chat is not linked with My page.")


@dataclass(frozen=True, slots=True)
class Secrets:
    """What a page shows: a code to type, and a longer secret for a link. Neither is kept."""

    code: str
    token: str


@dataclass(frozen=True, slots=True)
class Target:
    """Who a chat would be linked with, as far as a chat may be told before both sides have said yes."""

    name: str  # the first name, "" where none is known
    email: str  # masked


@dataclass(frozen=True, slots=True)
class Chat:
    """A chat that is linked with a person. `reaches_later`: letters arrive there, and `is_on`: they are sent there first."""

    address_id: int
    channel: str
    reaches_later: bool
    is_on: bool


# From the page ----------------------------------------------------------------------------------------------------------


def begin(visit: Visit, *, now: datetime) -> Secrets:
    """Make the secrets with which a chat can be linked to this visit's person; former ones are worth nothing from here on."""
    db.session.execute(delete(ChatLink).where(ChatLink.visit_id == visit.id))
    made = Secrets(public_id(_CODE_LENGTH), secrets.token_urlsafe(24))
    link = ChatLink(
        visit_id=visit.id,
        hash=hashed(made.token),
        code_hash=_hidden(made.code),
        made_at=now,
        expires_at=now + LASTS,
    )
    db.session.add(link)
    db.session.flush()
    return made


def found(secret: str, chat: str, *, now: datetime) -> ChatLink:
    """The page that waits for this code or secret; `chat` says who asks, since one may guess only so often.

    Refuses with `CodeNotValid` or `TooOften`.
    """
    take(f"link:{tokens.stand_in(current_settings().secret_key, chat)}", _GUESSES, now)
    code = "".join(letter for letter in secret.lower() if letter in ALPHABET)
    link = db.session.scalars(
        select(ChatLink).where(
            or_(ChatLink.hash == hashed(secret), ChatLink.code_hash == _hidden(code)),
            ChatLink.answered_at.is_(None),
            ChatLink.expires_at > now,
        )
    ).first()
    if link is None:
        raise CodeNotValid
    return link


def target(link: ChatLink) -> Target:
    """Whose page waits."""
    address = link.visit.address
    known = mine.contact(address.person_id)
    return Target(known[0].split(" ")[0] if known else "", people.masked(address.identifier))


def answer(link_id: int, channel: str, identifier: str, *, language: str, now: datetime) -> int:
    """The chat says yes; its page is asked next. Returns the chat's person.

    Saying so twice changes nothing. Refuses with `CodeNotValid` or `LinkedElsewhere`.
    """
    link = db.session.scalar(select(ChatLink).where(ChatLink.id == link_id).with_for_update())
    if (
        link is None
        or link.expires_at <= now
        or (link.channel, link.identifier) not in {(None, None), (channel, identifier)}
    ):
        raise CodeNotValid
    person = people.find_or_create(channel, identifier, language=language, now=now)
    _refuse_linked(person, link.visit.address.person_id)
    if link.answered_at is None:
        # From here on the page has as long as the chat had.
        link.channel, link.identifier, link.answered_at, link.expires_at = channel, identifier, now, now + LASTS
        db.session.flush()
    return person


def waiting(visit: Visit, *, now: datetime) -> ChatLink | None:
    """The link that this visit has begun, while it lasts."""
    return db.session.scalar(select(ChatLink).where(ChatLink.visit_id == visit.id, ChatLink.expires_at > now))


def confirm(visit: Visit, *, together: frozenset[str] = frozenset(), now: datetime) -> PersonMerge | None:
    """The page says yes too: chat and page are one person's from here on. None when that is so already, or nothing waits."""
    link = db.session.scalar(
        select(ChatLink)
        .where(ChatLink.visit_id == visit.id, ChatLink.expires_at > now, ChatLink.answered_at.is_not(None))
        .with_for_update()
    )
    if link is None or link.channel is None or link.identifier is None:
        return None
    channel, identifier = link.channel, link.identifier
    db.session.delete(link)
    return _join(visit.address, channel, identifier, together, now)


def refuse(visit: Visit) -> None:
    """The page says no, or has thought better of it."""
    db.session.execute(delete(ChatLink).where(ChatLink.visit_id == visit.id))


def doubles(visit: Visit, link: ChatLink) -> list[Double]:
    """What both have signed up for."""
    assert link.channel is not None and link.identifier is not None, "a chat has answered"
    return _doubles(visit.address.person_id, link.channel, link.identifier)


# From the chat ----------------------------------------------------------------------------------------------------------


def ask(typed: str, channel: str, identifier: str, *, language: str, client: str, now: datetime) -> tuple[str, int]:
    """Write to the address `typed` in a chat: link this chat? Known or not makes no difference.

    Returns the address as it was understood, and the chat's person. Refuses with `people.EmailNotUsable`, `LinkedElsewhere` or
    `TooOften`.
    """
    email = people.normalise_email(typed)
    entrance.count(email, client, now)
    person = people.find_or_create(channel, identifier, language=language, now=now)
    _refuse_linked(person)
    facts = {"channel": channel, "identifier": identifier}
    key, secret = onetime.make(Purpose.LINK, email, now=now, lasts=entrance.LASTS, facts=facts)
    linking_letters.ask(key, secret, language=language, now=now)
    return email, person


def look(secret: str, *, now: datetime) -> OneTimeKey:
    """What a letter's link asks for; nothing is changed. Raises `LinkUsedUp`."""
    return onetime.look(Purpose.LINK, secret, now)


def doubles_of_letter(key: OneTimeKey) -> list[Double]:
    """What both have signed up for. Only for who has shown that they read the letter."""
    person = people.person_at("email", key.email)
    return _doubles(person, key.facts["channel"], key.facts["identifier"]) if person is not None else []


def follow(
    secret: str, *, browser: str, language: str, together: frozenset[str] = frozenset(), now: datetime
) -> tuple[str, PersonMerge | None]:
    """The reader of the letter says yes: the address is theirs, and chat and page are one person's.

    Returns the name of a visit, as they have shown who they are, and what was merged. Raises `LinkUsedUp`, or refuses with
    `LinkedElsewhere`.
    """
    key = onetime.use(Purpose.LINK, secret, now, browser=browser)
    name = entrance.let_in(key.email, language=language, now=now)
    address = select(Address).where(Address.channel == "email", Address.identifier == key.email)
    channel, identifier = key.facts["channel"], key.facts["identifier"]
    return name, _join(db.session.scalars(address).one(), channel, identifier, together, now)


# Both -------------------------------------------------------------------------------------------------------------------


def chats(person_id: int) -> Sequence[Chat]:
    """The chats that are linked with a person who has shown an address; the oldest first."""
    query = select(Address).where(Address.person_id == person_id, reaching.is_chat()).order_by(Address.id)
    return tuple(
        Chat(each.id, each.channel, abilities.of(each.channel).reaches_later, each.off_at is None)
        for each in db.session.scalars(query)
    )


def linked_email(person_id: int | None) -> str | None:
    """The address a chat's person is linked with, masked; None where it is not linked."""
    emails = people.proven_emails(person_id) if person_id is not None else []
    return people.masked(emails[0]) if emails else None


def hear_by_chat(person_id: int, wanted: bool, *, now: datetime) -> None:
    """Letters about their sign-ups go to their chats first, or to their mailbox. A chat that blocked us stays closed."""
    query = select(Address).where(Address.person_id == person_id, reaching.is_chat())
    for address in db.session.scalars(query).all():
        if wanted:
            reaching.turn_on(address.channel, address.identifier, "chosen")
        else:
            reaching.turn_off(address.channel, address.identifier, "chosen", now)


def unlink(person_id: int, address_id: int, *, now: datetime) -> tuple[str, str]:
    """Part a chat from its person. What came along with it in the last week goes back with it, everything else stays.

    Returns the chat (channel, identifier); what was said in it is the door's to end. Refuses with `NotLinked`.
    """
    address = db.session.get(Address, address_id)
    if address is None or address.person_id != person_id or address.channel in {"email", reaching.SMS}:
        raise NotLinked
    chat = address.channel, address.identifier
    came = (each for each in merging.recent(person_id, now) if address.id in each.moved.get("address", []))
    merged = next(came, None)
    if merged is not None:
        merging.undo(merged.public_id, now=now)
    else:
        db.session.delete(address)
        db.session.flush()
    return chat


def unlink_chat(channel: str, identifier: str, *, now: datetime) -> None:
    """Part the chat that says so from its person. Refuses with `NotLinked`."""
    address = db.session.scalar(select(Address).where(Address.channel == channel, Address.identifier == identifier))
    if address is None or not people.proven_emails(address.person_id):
        raise NotLinked
    unlink(address.person_id, address.id, now=now)


def erase(person_id: int, _now: datetime) -> None:
    """Forget the letters about the person's links, those they began or answered, and who stayed behind when one was made."""
    own = or_(PersonMerge.kept_id == person_id, PersonMerge.gone_id == person_id)
    outbox.forget(
        [linking_letters.about(name) for name in db.session.scalars(select(PersonMerge.public_id).where(own))]
    )
    db.session.execute(delete(ChatLink).where(links_of(person_id)))
    behind = select(PersonMerge.gone_id).where(PersonMerge.kept_id == person_id, PersonMerge.undone_at.is_(None))
    for left in db.session.scalars(behind).all():
        identity.remove(left)


def expire(now: datetime) -> int:
    """Delete links nobody finished, and what can be undone no more. Returns how many."""
    over = db.session.execute(delete(ChatLink).where(ChatLink.expires_at < now))
    return int(over.rowcount) + merging.expire(now)  # type: ignore[attr-defined]


def _join(
    address: Address, channel: str, identifier: str, together: frozenset[str], now: datetime
) -> PersonMerge | None:
    """Make the chat the person's at this proven address, and tell both ends. None when it was theirs already."""
    kept, email = address.person_id, address.identifier
    gone = people.find_or_create(channel, identifier, language=db.session.get_one(Person, kept).language, now=now)
    if gone == kept:
        return None
    _refuse_linked(gone, kept)
    language = db.session.get_one(Person, gone).language
    if abilities.of(channel).reaches_later:
        people.verify(channel, identifier, now)  # from here on letters go there first
    merged = merging.merge(kept, gone, channel=channel, together=together, now=now)
    linking_letters.to_chat(merged, channel, identifier, email, language, now)
    linking_letters.to_mailbox(merged, email, now)
    return merged


def _doubles(person_id: int, channel: str, identifier: str) -> list[Double]:
    other = people.person_at(channel, identifier)
    return merging.doubles(person_id, other) if other not in {None, person_id} and other is not None else []


def _refuse_linked(chat_person: int, person_id: int | None = None) -> None:
    """Whoever has shown another address is somebody, and is not made somebody else by the way."""
    email = linked_email(chat_person)
    if email is not None and chat_person != person_id:
        raise LinkedElsewhere(email=email)


def _hidden(code: str) -> bytes:
    """A short code's hash is keyed: without the key of the installation a table of all codes would find it."""
    return bytes.fromhex(tokens.stand_in(current_settings().secret_key, f"link {code}"))
