"""What is kept of letters: to whom, what it said, and what became of it."""

from typing import Any

from sqlalchemy import ColumnElement, func, or_, select

from engage.base.db import db
from engage.base.declared import Holding, Purpose, Row
from engage.base.i18n import lazy_gettext as _l
from engage.outbox.models import Letter
from engage.people.models import Address

# Letters to somebody as organiser or staff: they are their account's, and may not go or be told with what is the citizen's at
# the same address. What such letters are about begins with one of these.
OF_ACCOUNTS = (
    "new-password", "password-changed", "second-step", "access", "membership", "email-put-back", "email-change", "invitation",
    "review",
)  # fmt: skip


def theirs(person_id: int) -> ColumnElement[bool]:
    """Letters to any of this person's addresses, whether that was the first one tried or the last."""
    query = select(Address.channel, Address.identifier).where(Address.person_id == person_id)
    own = [
        or_(
            (Letter.channel == channel) & (Letter.recipient == identifier),
            Letter.addresses.contains([{"channel": channel, "identifier": identifier}]),
        )
        for channel, identifier in db.session.execute(query).all()
    ]
    return or_(False, *own) & func.split_part(Letter.about, ":", 1).not_in(OF_ACCOUNTS)


def _tidy(row: dict[str, Any]) -> dict[str, Any]:
    """Without the links: they open doors, and somebody may read along over their shoulder."""
    message = row["message"]
    cards = [{**card, "buttons": []} for card in message.get("cards", [])]
    kept = {name: value for name, value in message.items() if value and name not in {"code", "unsubscribe"}}
    row["message"] = {**kept, "buttons": [], "cards": cards}
    return row


def _text(message: dict[str, Any]) -> str:
    cards = [line for card in message.get("cards", []) for line in (card["title"], *card["lines"])]
    return "\n".join([*message.get("text", []), *cards])


def _heading(row: Row) -> str:
    return str(row["message"].get("subject") or "")


HOLDINGS = (
    Holding(
        "outbox",
        plain="id priority status due_at good_until claimed_at tries abandoned step part claimed_by unanswered",
        personal={
            Purpose.LETTERS: "key about addresses message channel recipient place last_error created_at settled_at",
        },
        unshown="key place last_error",
        theirs=theirs,
        title=_l("What we wrote to you"),
        heading=_heading,
        labels={
            "recipient": _l("To"),
            "created_at": _l("Written"),
            "settled_at": _l("Sent"),
            "message": _l("Text"),
        },
        words={"message": _text},
        tidy=_tidy,
    ),
)
