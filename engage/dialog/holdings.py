"""What is kept of talks: where each stands, and what was said on the web."""

from typing import Any

from sqlalchemy import ColumnElement, or_, select

from engage.base.declared import Holding, Purpose
from engage.base.i18n import gettext as _
from engage.base.i18n import lazy_gettext as _l
from engage.channels.webchat import Sender, WebchatLine
from engage.dialog.models import Conversation
from engage.people.holdings import at_their_addresses, channel_words


def theirs(person_id: int) -> ColumnElement[bool]:
    """Talks that know this person, and those in a chat that is one of their addresses."""
    here = at_their_addresses(Conversation.channel, Conversation.identifier, person_id)
    return or_(Conversation.person_id == person_id, here)


def lines_of(person_id: int) -> ColumnElement[bool]:
    """What was said in their talks on the web."""
    talks = select(Conversation.identifier).where(theirs(person_id), Conversation.channel == "webchat")
    return WebchatLine.identifier.in_(talks)


def _said(message: dict[str, Any]) -> str:
    cards = [line for card in message.get("cards", []) for line in (card["title"], *card["lines"])]
    return "\n".join([*message.get("text", []), *cards])


def _remembered(data: dict[str, Any]) -> str:
    contact = data.get("contact") or {}
    return ", ".join(str(contact[name]) for name in ("name", "email") if contact.get(name))


def _sender(sender: str) -> str:
    return _("You") if sender == Sender.CITIZEN else _("We")


HOLDINGS = (
    Holding(
        "conversation",
        plain="id version misunderstood",
        personal={
            Purpose.TALK: "channel identifier person_id language language_chosen flow step data notice_version notice_at "
            "started_at spoke_at",
        },
        theirs=theirs,
        title=_l("Talks in the chat"),
        labels={
            "channel": _l("Channel"),
            "data": _l("Name and e-mail you gave there"),
            "started_at": _l("Begun"),
            "spoke_at": _l("Last word"),
        },
        words={"data": _remembered, "channel": channel_words},
    ),
    Holding(
        "webchat_line",
        plain="id",
        personal={Purpose.TALK: "identifier sender message said_at"},
        theirs=lines_of,
        title=_l("What was said in the chat on this website"),
        labels={"sender": _l("Who"), "said_at": _l("When"), "message": _l("Text")},
        words={"sender": _sender, "message": _said},
    ),
)
