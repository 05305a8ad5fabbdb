"""The text of what was sent is not kept for ever; that something was sent, and when, is."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, update

from engage.base.config import current_settings
from engage.base.db import db
from engage.outbox.models import Letter, Status

_OVER = (Status.SENT, Status.FAILED, Status.WITHDRAWN, Status.MISSED)


def expire(now: datetime) -> int:
    """Empty letters that were settled longer ago than the city keeps them. Returns how many."""
    old = Letter.settled_at < now - current_settings().city.keep_messages
    result = db.session.execute(
        update(Letter)
        .where(Letter.status.in_(_OVER), old, Letter.addresses != [])
        .values(message={"text": []}, addresses=[])
    )
    return int(result.rowcount)  # type: ignore[attr-defined]


def forget(about: Sequence[str]) -> None:
    """Delete every letter about these things, sent or not: its person asked to be forgotten."""
    db.session.execute(delete(Letter).where(Letter.about.in_(about)))
