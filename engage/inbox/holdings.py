"""What is kept of what comes in: the words until they are heard, the number and the chat for a few days more."""

from sqlalchemy import ColumnElement, func

from engage.base.declared import Holding, Purpose
from engage.base.i18n import lazy_gettext as _l
from engage.inbox.models import Update
from engage.people.holdings import at_their_addresses


def theirs(person_id: int) -> ColumnElement[bool]:
    """What came in from this person's chats; what they typed in somebody else's has a lane of its own, "inline 7"."""
    lane = func.replace(Update.lane, "inline ", "")
    return at_their_addresses(func.split_part(Update.source, ":", 1), lane, person_id)


HOLDINGS = (
    Holding(
        "inbox",
        plain="source number arrived state failures not_before last_error",
        personal={Purpose.TALK: "lane body received_at settled_at"},
        theirs=theirs,
        title=_l("What came in from your chats"),
        labels={"received_at": _l("Received"), "settled_at": _l("Answered")},
    ),
)
