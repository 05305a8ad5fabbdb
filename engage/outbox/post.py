"""Putting letters in, and taking them back while they still lie here."""

from collections.abc import Sequence
from datetime import datetime

from psycopg.types.json import Jsonb
from sqlalchemy import select, update

from engage.base.db import ask, db
from engage.base.message import Message
from engage.outbox.models import Letter, Priority, Status

_NOT_LEFT = (Status.PLANNED, Status.HELD, Status.FAILED, Status.SET_ASIDE)
# By hand: the mapper's way of inserting takes several times as long, and there is a letter in every sign-up.
_PUT = """
INSERT INTO outbox (key, about, addresses, message, priority, status, due_at, good_until, created_at, channel, recipient)
VALUES (%(key)s, %(about)s, %(addresses)s, %(message)s, %(priority)s, %(status)s, %(due_at)s, %(good_until)s, %(created_at)s,
        %(channel)s, %(recipient)s)
ON CONFLICT (key) DO NOTHING
"""


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
) -> None:
    """Queue `message` for the first of `addresses` (channel, identifier) that works, in the caller's transaction.

    A letter with the same `key` is already on its way: nothing is added then. With a `place` (where a message of ours
    stands in the first address's channel) it is put in that one's place, where it still can be.
    """
    named = [{"channel": channel, "identifier": identifier} for channel, identifier in addresses]
    if place:
        named[0]["place"] = place
    first = named[0] if named else {"channel": "", "identifier": ""}
    letter = {
        "key": key,
        "about": about,
        "addresses": Jsonb(named),
        "message": Jsonb(message.to_json()),
        "priority": int(priority),
        "status": Status.PLANNED.value,
        "due_at": due_at or now,
        "good_until": good_until,
        "created_at": now,
        "channel": first["channel"],
        "recipient": first["identifier"],
    }
    ask(_PUT, letter)


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
