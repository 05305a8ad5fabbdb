"""Somebody is back: the chat is on again, and what they missed and still matters is told in one message."""

from collections.abc import Callable
from datetime import datetime

from engage import outbox, registrations
from engage.activities.models import Occurrence
from engage.base.db import db
from engage.base.i18n import gettext as _
from engage.base.i18n import ngettext, speaking
from engage.base.message import Button, Message
from engage.outbox import rerouting
from engage.outbox.rerouting import Held
from engage.people import reaching

_MOST = 10


def welcome(channel: str, identifier: str, language: Callable[[], str], *, now: datetime, key: str) -> None:
    """Turn the chat on if it was off because it was blocked, and queue the summary; does nothing otherwise."""
    if not reaching.turn_on(channel, identifier, "blocked"):
        return
    matters = [held for held in rerouting.release(channel, identifier, now) if _still_matters(held, now)]
    if not matters:
        return
    spoken = language()
    with speaking(spoken):
        message = Message(
            subject=_("Good to have you back"),
            text=(
                ngettext(
                    "There is %(number)s thing I could not tell you meanwhile:",
                    "There are %(number)s things I could not tell you meanwhile:",
                    len(matters),
                ),
                "\n".join(f"- {held.message.subject or held.message.text[0]}" for held in matters[:_MOST]),
            ),
            buttons=(Button(_("My sign-ups"), action="mine:show"),),
            language=spoken,
        )
    outbox.put(message, [(channel, identifier)], key=key, about=f"back:{identifier}"[:60], now=now)


def _still_matters(held: Held, now: datetime) -> bool:
    """Not about something that is over. What is about something we do not know is told."""
    kind, _colon, name = held.about.partition(":")
    if kind not in {"registration", "changes"}:
        return True
    registration = registrations.by_public_id(name)
    if registration is None:
        return False
    occurrence = db.session.get(Occurrence, registration.occurrence_id)
    return occurrence is not None and occurrence.ends_at > now
