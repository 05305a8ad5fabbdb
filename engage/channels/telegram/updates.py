"""What an update says, taken out of what Telegram sends: no more than the talk needs is ever kept.

Names, user names, phone numbers and the message a person replies to stay out; a location is rounded to about a kilometre
before anything is written. Nothing here fails on an update of an unknown shape: such a one says nothing.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

# Asked for by name: by default Telegram leaves some kinds out, and sends many that nobody here reads.
ALLOWED = ("message", "callback_query", "inline_query", "my_chat_member")
_LONGEST = 4096
# Own choice: Telegram promises no length; today's have some 90 signs.
_LONGEST_FILE_ID = 300
_PICTURES = {"image/jpeg", "image/png", "image/webp", "image/gif"}
# Two decimals of a degree: 1.1 km to the north, 0.6 km to the east at the latitude of Denmark.
_DECIMALS = 2
_PRESENT = {"creator", "administrator", "member", "restricted"}


class Kind(StrEnum):
    """What somebody did."""

    TEXT = "text"
    PRESS = "press"
    PLACE = "place"
    PICTURE = "picture"
    OTHER = "other"  # a voice, a film: nothing we can read
    INQUIRY = "inquiry"  # typed in another chat, after the bot's name
    CAME = "came"  # let the bot write to them, or into their group
    LEFT = "left"  # blocked the bot, or threw it out of their group
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Said:
    """One update. `user` did it in `chat`, which is the same number when the two talk alone.

    `text` is what was typed, or what the pressed button says it does; `message` is the message with that button; `query` is
    what an answer to the press or the inquiry must name. `picture` names
    the file that was sent. `sent_at` is Telegram's clock, in seconds; 0 where it does not tell.
    """

    kind: Kind
    user: int = 0
    chat: int = 0
    language: str = ""
    text: str = ""
    message: int = 0
    query: str = ""
    where: tuple[float, float] | None = None
    picture: str = ""
    sent_at: int = 0

    @property
    def alone(self) -> bool:
        """Whether nobody else reads along."""
        return self.user != 0 and self.chat == self.user

    @property
    def lane(self) -> str:
        """Whose turn this is in: a person's words and presses one after the other; a group's apart; inquiries, of which
        there is one for each letter typed, apart as well."""
        if self.kind is Kind.INQUIRY:
            return f"inline {self.user}"
        return str(self.chat or self.user)

    def body(self) -> dict[str, Any]:
        """As it is kept."""
        return {name: value for name, value in asdict(self).items() if value}

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> "Said":
        """What `body` wrote."""
        where = body.get("where")
        facts = {**body, "kind": Kind(body["kind"]), "where": (where[0], where[1]) if where else None}
        return cls(**facts)


def number(update: object) -> int | None:
    """The update's id; None for what is no update."""
    found = update.get("update_id") if isinstance(update, dict) else None
    return found if type(found) is int and 0 <= found < 2**63 else None


def read(update: Mapping[str, Any]) -> Said:
    """What an update says."""
    try:
        for name, reader in _READERS.items():
            if isinstance(update.get(name), dict):
                return reader(update[name])
    except (KeyError, TypeError, ValueError, AttributeError):
        pass
    return Said(Kind.NOTHING)


def _message(message: Mapping[str, Any]) -> Said:
    who = {**_who(message["from"]), "chat": int(message["chat"]["id"]), "sent_at": int(message.get("date", 0))}
    if message["from"].get("is_bot") or message.get("via_bot"):
        return Said(Kind.NOTHING)  # what was shared from here by somebody is not said to us
    if text := _text(message, "text", _LONGEST):
        if who["chat"] != who["user"] and not text.startswith("/"):
            return Said(Kind.NOTHING)  # what people in a group say to each other
        return Said(Kind.TEXT, text=text, **who)
    if place := message.get("location"):
        where = round(float(place["latitude"]), _DECIMALS), round(float(place["longitude"]), _DECIMALS)
        return Said(Kind.PLACE, where=where, **who)
    if picture := _picture(message):
        return Said(Kind.PICTURE, picture=picture, **who)
    return Said(Kind.OTHER if _says_something(message) else Kind.NOTHING, **who)


def _picture(message: Mapping[str, Any]) -> str:
    """What Telegram calls the picture that was sent, as a photograph (the last of its sizes is the largest) or as a file."""
    if sizes := message.get("photo"):
        return str(sizes[-1]["file_id"])[:_LONGEST_FILE_ID]
    file = message.get("document") or {}
    kind = str(file.get("mime_type", ""))
    return str(file["file_id"])[:_LONGEST_FILE_ID] if kind in _PICTURES else ""


def _says_something(message: Mapping[str, Any]) -> bool:
    """Whether a person sent something to be read, other than a note that a group changed."""
    kinds = (
        "photo",
        "voice",
        "video",
        "audio",
        "document",
        "sticker",
        "video_note",
        "contact",
        "animation",
        "poll",
        "dice",
    )
    return any(message.get(kind) for kind in kinds)


def _press(query: Mapping[str, Any]) -> Said:
    message = query.get("message") or {}
    chat = message.get("chat") or {}
    return Said(
        Kind.PRESS,
        **_who(query["from"]),
        chat=int(chat.get("id", 0)),
        text=_text(query, "data", 64),
        message=int(message.get("message_id", 0)),
        query=_text(query, "id", 64),
    )


def _inquiry(query: Mapping[str, Any]) -> Said:
    return Said(Kind.INQUIRY, **_who(query["from"]), text=_text(query, "query", 256), query=_text(query, "id", 64))


def _member(change: Mapping[str, Any]) -> Said:
    kind = Kind.CAME if change["new_chat_member"]["status"] in _PRESENT else Kind.LEFT
    return Said(kind, **_who(change["from"]), chat=int(change["chat"]["id"]), sent_at=int(change.get("date", 0)))


def _who(user: Mapping[str, Any]) -> dict[str, Any]:
    return {"user": int(user["id"]), "language": _text(user, "language_code", 12).partition("-")[0].lower()}


def _text(facts: Mapping[str, Any], name: str, most: int) -> str:
    """Without what no text in the database can hold: NUL, and half of a character."""
    return str(facts.get(name) or "").replace("\0", "").encode("utf-8", "ignore").decode()[:most]


_READERS = {"message": _message, "callback_query": _press, "inline_query": _inquiry, "my_chat_member": _member}
