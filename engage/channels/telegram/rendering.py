"""A neutral message as what Telegram takes: texts, a picture with a code, a place on a map, files, and rows of buttons."""

import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import urlsplit

import structlog

from engage.base.message import Button, Card, Message, Venue
from engage.channels.telegram import code, pressing
from engage.channels.telegram.markup import CAPTION, Block, Span, as_html, join, measure, pages

log = structlog.get_logger(__name__)

# Buttons of one row: numbers, short words, sentences.
_ROW_OF_NUMBERS, _ROW_OF_WORDS = 5, 2
_NUMBER, _WORD = 3, 18  # characters
_PICTURE = "code.png"


class Kind(StrEnum):
    """By which call a part is sent."""

    TEXT = "text"
    PHOTO = "photo"
    DOCUMENT = "document"
    VENUE = "venue"


@dataclass(frozen=True, slots=True)
class Key:
    """A button as Telegram has it: exactly one of `data`, `url` and `share` is set."""

    label: str
    data: str | None = None
    url: str | None = None
    share: str | None = None


Rows = tuple[tuple[Key, ...], ...]


@dataclass(frozen=True, slots=True)
class Part:
    """One call. `asks_where` puts a button under the person's keyboard, `asked_where` takes it away; others have `rows`.

    `file` is what goes along as a document, `code` what a picture says: `content` draws it, for the one part that is sent.
    """

    kind: Kind
    html: str = ""
    rows: Rows = ()
    file: bytes = field(default=b"", repr=False)
    filename: str = ""
    code: str = ""
    venue: Venue | None = None
    asks_where: str = ""
    asked_where: bool = False
    quiet: bool = False

    @property
    def content(self) -> bytes:
        """What is uploaded."""
        return code.picture(self.code) if self.code else self.file

    @property
    def replaces(self) -> bool:
        """Whether it may take the place of a message: a text with no more than buttons in itself."""
        return self.kind is Kind.TEXT and not (self.asks_where or self.asked_where)


def parts(message: Message, *, shares: bool = True) -> list[Part]:
    """The calls that show `message`, in order. What has a subject is a letter, which is kept; all else is a screen."""
    blocks, rows = _blocks(message), _rows(message, shares)
    sent: list[Part] = []
    if message.code and measure(join(blocks)) <= CAPTION:
        sent.append(Part(Kind.PHOTO, as_html(join(blocks)), rows, filename=_PICTURE, code=message.code))
    else:
        texts = pages(blocks) or [[Span("…")]]
        sent += [Part(Kind.TEXT, as_html(text)) for text in texts[:-1]]
        where = {"asks_where": message.asks_where, "asked_where": message.asked_where}
        sent.append(Part(Kind.TEXT, as_html(texts[-1]), rows, **where))  # type: ignore[arg-type]
        if message.code:
            sent.append(Part(Kind.PHOTO, filename=_PICTURE, code=message.code, quiet=True))
    for attachment in message.attachments:
        file = attachment.text.encode()
        sent.append(Part(Kind.DOCUMENT, file=file, filename=attachment.filename, quiet=True))
    if message.venue:
        sent.append(Part(Kind.VENUE, venue=message.venue, quiet=True))
    return sent


def _blocks(message: Message) -> list[Block]:
    numbered = len(message.cards) > 1
    return [
        *([(Span(message.subject, "b"),)] if message.subject else []),
        *((Span(paragraph),) for paragraph in message.text),
        *(_card(card, number if numbered else 0) for number, card in enumerate(message.cards, 1)),
    ]


def _card(card: Card, number: int) -> Block:
    url = card.url if card.url and leads_somewhere(card.url) else ""
    title = [Span(f"{number}. ")] if number else []
    heading = [Span(f"{card.heading}\n", "b")] if card.heading else []
    return [*heading, *title, Span(card.title, "b", url), *(Span(f"\n{line}") for line in card.lines)]


def _rows(message: Message, shares: bool) -> Rows:
    in_letter = bool(message.subject)
    buttons = [*_of_cards(message.cards), *message.buttons]
    keys = [key for key in (_key(button, in_letter) for button in buttons) if key and (shares or key.share is None)]
    return tuple(_in_rows(keys))


def _of_cards(cards: Sequence[Card]) -> list[Button]:
    """One card's buttons all; of several the first of each, under the number of its card, which then opens it."""
    if len(cards) < 2:
        return [button for card in cards for button in card.buttons]
    # Where cards have several buttons the first tells more about it, and the others are found there.
    opens = any(len(card.buttons) > 1 for card in cards)
    found = []
    for number, card in enumerate(cards, 1):
        for button in card.buttons[:1]:
            label = str(number) if opens else f"{number}. {button.label}"
            found.append(Button(label, action=button.action, url=button.url, share=button.share))
    return found


def _key(button: Button, in_letter: bool) -> Key | None:
    if button.action:
        data = pressing.data(button.action, in_letter=in_letter)
        if data is None:
            log.error("button_too_long", action=button.action[:20])
        return Key(button.label, data=data) if data else None
    if button.share is not None:
        return Key(button.label, share=button.share)
    return Key(button.label, url=button.url) if button.url and leads_somewhere(button.url) else None


def _in_rows(keys: Iterable[Key]) -> list[tuple[Key, ...]]:
    rows: list[tuple[Key, ...]] = []
    most = 0
    for key in keys:
        room = _ROW_OF_NUMBERS if len(key.label) <= _NUMBER else _ROW_OF_WORDS if len(key.label) <= _WORD else 1
        if rows and room == most and len(rows[-1]) < room:
            rows[-1] = (*rows[-1], key)
        else:
            rows.append((key,))
            most = room
    return rows


def leads_somewhere(url: str) -> bool:
    """Telegram takes addresses of the web alone, and none of a host without a dot, such as localhost."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme not in {"http", "https"}:
        return False
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return "." in host.strip(".")
    return True
