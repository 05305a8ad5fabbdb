"""Talks are not kept: a week after the last word all that was said in one goes, and at once when its person asks."""

from datetime import datetime

from sqlalchemy import delete, select

from engage.base.config import current_settings
from engage.base.db import db
from engage.channels import webchat
from engage.dialog.models import Conversation


def erase(person_id: int, _now: datetime) -> None:
    """Delete every talk of a person, and all that was said in it."""
    for conversation in db.session.scalars(select(Conversation).where(Conversation.person_id == person_id)).all():
        _delete(conversation)


def expire(now: datetime) -> int:
    """Delete talks nobody went on with. Returns how many."""
    quiet = select(Conversation).where(Conversation.spoke_at < now - current_settings().city.keep_talks)
    count = 0
    for conversation in db.session.scalars(quiet).all():
        _delete(conversation)
        count += 1
    return count


def _delete(conversation: Conversation) -> None:
    if conversation.channel == "webchat":
        webchat.forget(conversation.identifier)
    db.session.execute(delete(Conversation).where(Conversation.id == conversation.id))
