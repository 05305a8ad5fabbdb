"""Talks are not kept: a week after the last word all that was said in one goes."""

from datetime import datetime

from sqlalchemy import delete, select

from engage.base.config import current_settings
from engage.base.db import db
from engage.channels import webchat
from engage.dialog.models import Conversation


def expire(now: datetime) -> int:
    """Delete talks nobody went on with. Returns how many."""
    quiet = select(Conversation).where(Conversation.spoke_at < now - current_settings().city.keep_talks)
    count = 0
    for conversation in db.session.scalars(quiet).all():
        if conversation.channel == "webchat":
            webchat.forget(conversation.identifier)
        db.session.execute(delete(Conversation).where(Conversation.id == conversation.id))
        count += 1
    return count
