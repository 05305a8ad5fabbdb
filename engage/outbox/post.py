"""Putting letters in, and taking them back while they still lie here."""

from collections.abc import Sequence
from datetime import datetime

from psycopg.types.json import Jsonb
from sqlalchemy import update

from engage.base.db import ask, db
from engage.base.message import Message
from engage.outbox.models import Letter, Priority, Status

# By hand: the mapper's way of inserting takes several times as long, and there is a letter in every sign-up.
_PUT = """
INSERT INTO outbox (key, about, addresses, message, priority, status, due_at, good_until, created_at)
VALUES (%(key)s, %(about)s, %(addresses)s, %(message)s, %(priority)s, %(status)s, %(due_at)s, %(good_until)s, %(created_at)s)
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
) -> None:
    """Queue `message` for the first of `addresses` (channel, identifier) that works, in the caller's transaction.

    A letter with the same `key` is already on its way: nothing is added then.
    """
    letter = {
        "key": key,
        "about": about,
        "addresses": Jsonb([{"channel": channel, "identifier": identifier} for channel, identifier in addresses]),
        "message": Jsonb(message.to_json()),
        "priority": int(priority),
        "status": Status.PLANNED,
        "due_at": due_at or now,
        "good_until": good_until,
        "created_at": now,
    }
    ask(_PUT, letter)


def withdraw(about: str, now: datetime) -> None:
    """Take back every letter about `about` that has not left yet.

    One that is on the wire just now cannot be called back; if that fails, it is not tried again.
    """
    db.session.execute(
        update(Letter)
        .where(Letter.about == about, Letter.status == Status.PLANNED)
        .values(status=Status.WITHDRAWN, settled_at=now)
    )
    db.session.execute(
        update(Letter).where(Letter.about == about, Letter.status == Status.SENDING).values(good_until=now)
    )
