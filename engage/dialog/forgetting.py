"""Talks are not kept: a week after the last word all that was said in one goes, and at once when its person asks."""

from datetime import datetime

from sqlalchemy import delete, select

from engage import inbox, outbox, registrations
from engage.base.config import current_settings
from engage.base.db import db
from engage.channels import webchat
from engage.dialog import holdings
from engage.dialog.models import Conversation


def erase(person_id: int, now: datetime) -> None:
    """Delete every talk of a person, and all that was said in it; seats held for one go on."""
    for conversation in db.session.scalars(select(Conversation).where(holdings.theirs(person_id))).all():
        registrations.release(hold_key(conversation.id), now=now)
        _delete(conversation)


def end(channel: str, identifier: str) -> None:
    """Delete a talk and all that was said in it; the next word begins a new one, with nobody."""
    mine = (Conversation.channel == channel) & (Conversation.identifier == identifier)
    for conversation in db.session.scalars(select(Conversation).where(mine)).all():
        _delete(conversation)


def expire(now: datetime) -> int:
    """Delete talks nobody went on with. Returns how many."""
    quiet = select(Conversation).where(Conversation.spoke_at < now - current_settings().city.keep_talks)
    count = 0
    for conversation in db.session.scalars(quiet).all():
        _delete(conversation)
        count += 1
    return count


def forget_said(channel: str, identifier: str) -> None:
    """Delete all that was said in a talk."""
    if channel == "webchat":
        webchat.forget(identifier)
    outbox.forget([about(channel, identifier)])
    inbox.forget(channel, identifier)


def hold_key(conversation_id: int) -> str:
    """What names the seats that are held for a talk."""
    return f"talk:{conversation_id}"


def about(channel: str, identifier: str) -> str:
    """What the letters are about that answer somebody in this talk."""
    return outbox.about_talk(channel, identifier)


def _delete(conversation: Conversation) -> None:
    forget_said(conversation.channel, conversation.identifier)
    db.session.execute(delete(Conversation).where(Conversation.id == conversation.id))
