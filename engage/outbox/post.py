"""Putting letters in, and taking them back while they still lie here."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert

from engage.base.db import Base, db
from engage.base.message import Message
from engage.outbox.models import Letter, Priority, Status

# On the table itself: the mapper's way of inserting takes several times as long, and there is a letter in every sign-up.
_PUT = insert(Base.metadata.tables["outbox"]).on_conflict_do_nothing(index_elements=["key"])


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
        "addresses": [{"channel": channel, "identifier": identifier} for channel, identifier in addresses],
        "message": message.to_json(),
        "priority": int(priority),
        "status": Status.PLANNED,
        "due_at": due_at or now,
        "good_until": good_until,
        "created_at": now,
    }
    db.session.execute(_PUT, letter)


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
