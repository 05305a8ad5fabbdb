"""A neutral message: what is said, with cards and buttons, before any channel renders it.

It is worded in the recipient's language when it is made, so the post office never needs to know what it means.
"""

from dataclasses import asdict, dataclass, field, replace
from typing import Any, Self


@dataclass(frozen=True)
class Button:
    """Something to press: `action` goes back to the dialog, `url` opens a page. Exactly one of them is set."""

    label: str
    action: str | None = None
    url: str | None = None


@dataclass(frozen=True)
class Card:
    """One thing worth a look: a title that leads to `url`, a few short lines, and what one can do with it."""

    title: str
    lines: tuple[str, ...] = ()
    url: str | None = None
    buttons: tuple[Button, ...] = ()
    language: str | None = None  # of the title, when it differs from the message's

    def without_buttons(self) -> Self:
        """The same card with nothing to press."""
        return replace(self, buttons=())

    @classmethod
    def from_json(cls, facts: dict[str, Any]) -> Self:
        """The card that `dataclasses.asdict` wrote."""
        buttons = tuple(Button(**button) for button in facts.get("buttons", ()))
        return cls(**{**facts, "lines": tuple(facts.get("lines", ())), "buttons": buttons})


@dataclass(frozen=True)
class Attachment:
    """A text file that goes along, such as a calendar entry."""

    filename: str
    content_type: str
    text: str


@dataclass(frozen=True)
class Message:
    """Paragraphs of plain text in one language, with what goes along. `subject` is for channels that have one."""

    text: tuple[str, ...]
    subject: str = ""
    cards: tuple[Card, ...] = ()
    buttons: tuple[Button, ...] = ()
    attachments: tuple[Attachment, ...] = field(default=())
    language: str = "da"

    def to_json(self) -> dict[str, Any]:
        """Plain lists and dicts for a JSON column; `from_json` is the way back."""
        return asdict(self)

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
        )
