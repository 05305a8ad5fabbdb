"""The text of what was sent is not kept for ever; that something was sent, and when, is."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import case, delete, or_, select, update

from engage.base import pace
from engage.base.config import current_settings
from engage.base.db import db
from engage.outbox import holdings
from engage.outbox.models import Letter, Priority, Status
from engage.people.models import Address

# What is held for somebody who never came back is as old as all the rest.
_OVER = (Status.SENT, Status.FAILED, Status.SET_ASIDE, Status.WITHDRAWN, Status.MISSED, Status.HELD)


def expire(now: datetime) -> int:
    """Empty letters that were settled longer ago than the city keeps them. Returns how many."""
    old = Letter.settled_at < now - current_settings().city.keep_messages
    # What nobody could be reached with has no address, and a text all the same.
    full = or_(Letter.addresses != [], Letter.message["text"].astext != "[]")
    result = db.session.execute(
        update(Letter)
        .where(Letter.status.in_(_OVER), old, full)
        .values(
            message={"text": []},
            addresses=[],
            recipient="",
            place="",
            last_error="",
            phone_note="",
            status=case((Letter.status == Status.HELD, Status.MISSED), else_=Letter.status),
        )
    )
    return int(result.rowcount)  # type: ignore[attr-defined]


def expire_answers(now: datetime) -> int:
    """Delete what was answered in talks longer ago than the city keeps those. Returns how many."""
    old = Letter.settled_at < now - current_settings().city.keep_talks
    result = db.session.execute(delete(Letter).where(Letter.priority == Priority.ANSWER, old))
    return int(result.rowcount)  # type: ignore[attr-defined]


def forget(about: Sequence[str]) -> None:
    """Delete every letter about these things, sent or not: its person asked to be forgotten."""
    db.session.execute(delete(Letter).where(Letter.about.in_(about)))


def erase(person_id: int, _now: datetime) -> None:
    """Delete every letter to this person's addresses, sent or not, whatever it was about; those of an account stay."""
    db.session.execute(delete(Letter).where(holdings.theirs(person_id)))
    chats = select(Address.identifier).where(Address.person_id == person_id, Address.channel != "email")
    pace.forget(db.session.scalars(chats).all())
