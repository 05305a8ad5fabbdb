"""A neutral message: what is said, with cards and buttons, before any channel renders it.

It is worded in the recipient's language when it is made, so the post office never needs to know what it means.
"""

from dataclasses import dataclass, field, replace
from typing import Any, Self


@dataclass(frozen=True)
class Button:
    """Something to press: `action` goes back to the dialog, `url` opens a page, `share` hands something on to others.

    Exactly one is set, save that a letter's button may have an `action` for chats beside the `url` for everywhere else.
    """

    label: str
    action: str | None = None
    url: str | None = None
    share: str | None = None


@dataclass(frozen=True)
class Card:
    """One thing worth a look: a title that leads to `url`, a few short lines, and what one can do with it.

    With `heading` it is the first of a group of cards that has one.
    """

    title: str
    lines: tuple[str, ...] = ()
    url: str | None = None
    buttons: tuple[Button, ...] = ()
    language: str | None = None  # of the title, when it differs from the message's
    heading: str = ""

    def without_buttons(self) -> Self:
        """The same card with nothing to press."""
        return replace(self, buttons=())

    @classmethod
    def from_json(cls, facts: dict[str, Any]) -> Self:
        """The card that `Message.to_json` wrote."""
        buttons = tuple(Button(**button) for button in facts.get("buttons", ()))
        return cls(**{**facts, "lines": tuple(facts.get("lines", ())), "buttons": buttons})


@dataclass(frozen=True)
class Attachment:
    """A text file that goes along, such as a calendar entry."""

    filename: str
    content_type: str
    text: str


@dataclass(frozen=True)
class Venue:
    """A place to be shown on a map."""

    name: str
    address: str
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a chat's channel says of what was handed over: where it stands there, and whether more parts are to follow."""

    place: str
    more: bool = False


@dataclass(frozen=True)
class Message:
    """Paragraphs of plain text in one language, with what goes along. `subject` is for channels that have one.

    A channel that can shows `code` (an address) as a picture to be scanned at the door, a mail as a link; shows `venue` on a map;
    and asks for the person's whereabouts where `asks_where` is the label of such a button (`asked_where` takes it away); the
    others leave these out. What is said `aside` never takes the place of what stands there; what is `only_in_place` is said
    there or not at all. `unsubscribe` is the address at which letters of this kind, that nobody has to get, are stopped.
    """

    text: tuple[str, ...]
    subject: str = ""
    cards: tuple[Card, ...] = ()
    buttons: tuple[Button, ...] = ()
    attachments: tuple[Attachment, ...] = field(default=())
    language: str = "da"
    code: str = ""
    venue: Venue | None = None
    asks_where: str = ""
    asked_where: bool = False
    aside: bool = False
    only_in_place: bool = False
    unsubscribe: str = ""

    def to_json(self) -> dict[str, Any]:
        """Plain lists and dicts for a JSON column; `from_json` is the way back."""
        # By hand: `asdict` copies every value, which took as long as asking the database for what is said.
        plain = dict(vars(self))
        plain["cards"] = [{**vars(card), "buttons": [vars(button) for button in card.buttons]} for card in self.cards]
        plain["buttons"] = [vars(button) for button in self.buttons]
        plain["attachments"] = [vars(attachment) for attachment in self.attachments]
        plain["venue"] = vars(self.venue) if self.venue else None
        return plain

    @classmethod
    def from_json(cls, facts: dict[str, Any]) -> Self:
        """The message that `to_json` wrote."""
        return cls(
            text=tuple(facts["text"]),
            subject=facts.get("subject", ""),
            cards=tuple(Card.from_json(card) for card in facts.get("cards", ())),
            buttons=tuple(Button(**button) for button in facts.get("buttons", ())),
            attachments=tuple(Attachment(**attachment) for attachment in facts.get("attachments", ())),
            language=facts.get("language", "da"),
            code=facts.get("code", ""),
            venue=Venue(**facts["venue"]) if facts.get("venue") else None,
            asks_where=facts.get("asks_where", ""),
            asked_where=facts.get("asked_where", False),
            aside=facts.get("aside", False),
            only_in_place=facts.get("only_in_place", False),
            unsubscribe=facts.get("unsubscribe", ""),
        )
