"""Putting letters in, and taking them back while they still lie here."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from psycopg import Connection as PostgresConnection
from psycopg.types.json import Jsonb
from sqlalchemy import delete, select, update

from engage.base.db import ask, db
from engage.base.message import Message
from engage.outbox.models import Letter, Priority, Status

_NOT_LEFT = (Status.PLANNED, Status.HELD, Status.FAILED, Status.SET_ASIDE)
# By hand: the mapper's way of inserting takes several times as long, and there is a letter in every sign-up.
_PUT = """
INSERT INTO outbox (key, about, addresses, message, priority, status, due_at, good_until, created_at, channel, recipient,
                    must_arrive)
VALUES (%(key)s, %(about)s, %(addresses)s, %(message)s, %(priority)s, %(status)s, %(due_at)s, %(good_until)s, %(created_at)s,
        %(channel)s, %(recipient)s, %(must_arrive)s)
ON CONFLICT (key) DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Draft:
    """A letter before it is put: what it says, to whom in which order, under which key, about what, and when it may leave."""

    message: Message
    addresses: Sequence[tuple[str, str]]
    key: str
    about: str
    due_at: datetime | None = None
    good_until: datetime | None = None
    priority: Priority = Priority.USUAL
    place: str = ""
    must_arrive: bool = False


def put(
    message: Message,
    addresses: Sequence[tuple[str, str]],
    *,
    key: str,
    about: str,
    now: datetime,
    due_at: datetime | None = None,
    good_until: datetime | None = None,
    priority: Priority = Priority.USUAL,
    place: str = "",
    must_arrive: bool = False,
) -> None:
    """Queue `message` for the first of `addresses` (channel, identifier) that works, in the caller's transaction.

    A letter with the same `key` is already on its way: nothing is added then. With a `place` (where a message of ours
    stands in the first address's channel) it is put in that one's place, where it still can be. What `must_arrive` is told
    by phone when no address takes it, and also when there is none.
    """
    put_draft(Draft(message, addresses, key, about, due_at, good_until, priority, place, must_arrive), now=now)


def put_draft(draft: Draft, *, now: datetime) -> None:
    """`put` what was drafted."""
    ask(_PUT, row(draft, now))


def put_all(drafts: Sequence[Draft], *, now: datetime) -> None:
    """`put` many at once: they go to the database together, which takes a fraction of the time."""
    if drafts:
        connection: PostgresConnection[tuple[Any, ...]] = db.session.connection().connection.driver_connection  # type: ignore[assignment]
        with connection.cursor() as cursor:
            cursor.executemany(_PUT, [row(draft, now) for draft in drafts])


def row(draft: Draft, now: datetime) -> dict[str, Any]:
    """The facts of a letter as its row has them."""
    named = [{"channel": channel, "identifier": identifier} for channel, identifier in draft.addresses]
    if draft.place:
        named[0]["place"] = draft.place
    first = named[0] if named else {"channel": "", "identifier": ""}
    return {
        "key": draft.key,
        "about": draft.about,
        "addresses": Jsonb(named),
        "message": Jsonb(draft.message.to_json()),
        "priority": int(draft.priority),
        "status": Status.PLANNED.value,
        "due_at": draft.due_at or now,
        "good_until": draft.good_until,
        "created_at": now,
        "channel": first["channel"],
        "recipient": first["identifier"],
        "must_arrive": draft.must_arrive,
    }


def rewrite(about: str, message: Message, *, key: str, now: datetime) -> int:
    """Let what stands in chats about `about` say `message` from now on: it was answered somewhere else. Returns how many.

    Chats that cannot change what was said get it as a new message. What has not left is withdrawn.
    """
    query = select(Letter).where(Letter.about == about, Letter.status == Status.SENT, Letter.place != "")
    standing = db.session.scalars(query.order_by(Letter.id)).all()
    withdraw(about, now)
    for letter in standing:
        address = (letter.channel, letter.recipient)
        put(
            message,
            [address],
            key=f"{key}:{letter.id}",
            about=about,
            now=now,
            place=letter.place,
            priority=Priority.AWAITED,
        )
    return len(standing)


def answered(key: str, words: str, *, now: datetime) -> None:
    """Let the letter `key`, which asked something, say that it was answered, wherever that was done.

    Where it stands in a chat it keeps its subject and its card, says `words` and has nothing more to press; where it has not left
    it is withdrawn. A mail stays as it was sent.
    """
    if withdraw_letters([key], now):
        return
    letter = db.session.scalars(select(Letter).where(Letter.key == key)).one_or_none()
    if letter is not None and letter.place:
        asked = Message.from_json(letter.message)
        said = replace(asked, text=(words,), buttons=(), attachments=(), code="", venue=None)
        address = [(letter.channel, letter.recipient)]
        put(
            said,
            address,
            key=f"{key}:answered:{now:%Y%m%d%H%M%S}",
            about=letter.about,
            now=now,
            priority=Priority.AWAITED,
            place=letter.place,
        )


def void(code: str, about: Sequence[str], subject: str, words: str, *, now: datetime) -> int:
    """Let every letter about one of these that shows `code`, a ticket, say under it that it is worth nothing any more.

    That is said where the ticket stands or not at all. Returns how many there are.
    """
    shows = (Letter.about.in_(about), Letter.place != "", Letter.message["code"].astext == code)
    letters = db.session.scalars(select(Letter).where(*shows).order_by(Letter.id)).all()
    found = [letter for letter in letters if not letter.message.get("only_in_place")]
    for letter in found:
        shown = Message.from_json(letter.message)
        said = replace(
            shown,
            subject=subject,
            text=(words,),
            buttons=(),
            cards=tuple(card.without_buttons() for card in shown.cards),
            attachments=(),
            venue=None,
            only_in_place=True,
        )
        put(
            said,
            [(letter.channel, letter.recipient)],
            key=f"void:{letter.id}:{now:%Y%m%d%H%M%S}",
            about=letter.about,
            now=now,
            priority=Priority.AWAITED,
            place=letter.place,
        )
    return len(found)


def about_talk(channel: str, identifier: str) -> str:
    """What the letters are about that answer somebody in a talk."""
    return f"talk:{channel}:{identifier}"[:60]


def withdraw(about: str, now: datetime) -> None:
    """Take back every letter about `about` that has not left yet, also one that failed: nobody may try it again.

    One that is on the wire just now cannot be called back; if that fails, it is not tried again.
    """
    db.session.execute(
        update(Letter)
        .where(Letter.about == about, Letter.status.in_(_NOT_LEFT))
        .values(status=Status.WITHDRAWN, settled_at=now)
    )
    db.session.execute(
        update(Letter).where(Letter.about == about, Letter.status == Status.SENDING).values(good_until=now)
    )


def withdraw_letters(keys: Sequence[str], now: datetime) -> int:
    """Take back the letters with these keys that have not left yet. Returns how many."""
    if not keys:
        return 0
    taken = update(Letter).where(Letter.key.in_(keys), Letter.status.in_(_NOT_LEFT))
    return int(db.session.execute(taken.values(status=Status.WITHDRAWN, settled_at=now)).rowcount)  # type: ignore[attr-defined]


def take_back(keys: Sequence[str]) -> list[str]:
    """Undo `put` for those of these letters that nobody has had in hand yet: they may be put again. Returns their keys."""
    untouched = (Letter.status == Status.PLANNED, Letter.part == 0, Letter.unanswered == 0, Letter.abandoned == 0)
    gone = delete(Letter).where(Letter.key.in_(keys), *untouched).returning(Letter.key)
    return list(db.session.scalars(gone)) if keys else []
