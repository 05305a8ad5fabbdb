"""What people type into single fields, read as values: days, clock times, prices, addresses, lines and paragraphs."""

import re
import unicodedata
from datetime import date, time
from typing import Any

from engage import people
from engage.base.errors import Refusal
from engage.base.i18n import LazyText
from engage.base.i18n import lazy_gettext as _l

# Above this somebody typed øre for kroner, or a telephone number for a number of places.
_HIGHEST_PRICE, _LARGEST_CAPACITY = 20_000, 100_000
_DAY = re.compile(r"(\d{1,2})[./ -]+(\d{1,2})[./ -]+(\d{4})")
_CLOCK = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?")
_PRICE = re.compile(r"(\d{1,6})(?:[.,](\d{1,2}))?(?: ?kr\.?)?")


class Unreadable(Refusal):
    """What stands in one field cannot be kept."""

    code = "unreadable"

    def __init__(self, message: LazyText, **facts: Any) -> None:
        super().__init__(**facts)
        self.message = message


def read_day(text: str) -> date:
    """A day as a browser sends it (2026-03-04) or as people write it (4.3.2026, 4/3 2026). Refuses with `Unreadable`."""
    written = _DAY.fullmatch(text)
    try:
        return date(int(written[3]), int(written[2]), int(written[1])) if written else date.fromisoformat(text)
    except ValueError as error:
        raise Unreadable(_l("Write the date as day, month and year, for example 4.3.2027.")) from error


def read_clock(text: str) -> time:
    """A time of day: 10:00, 10.00 or 10. Refuses with `Unreadable`."""
    written = _CLOCK.fullmatch(text)
    try:
        if written is None:
            raise ValueError
        return time(int(written[1]), int(written[2] or 0))
    except ValueError as error:
        raise Unreadable(_l("Write the time as hour and minute, for example 17.30.")) from error


def read_price(text: str) -> int:
    """A price in kroner, as øre; nothing written is free of charge. Refuses with `Unreadable`."""
    if not text:
        return 0
    written = _PRICE.fullmatch(text)
    amount = int(written[1]) * 100 + int((written[2] or "0").ljust(2, "0")) if written else -1
    if not 0 <= amount <= _HIGHEST_PRICE * 100:
        raise Unreadable(
            _l("Write the price in kroner, for example 40 or 12,50. Leave it empty when it is free of charge.")
        )
    return amount


def read_email(text: str) -> str:
    """An e-mail address, or none. Refuses with `Unreadable`."""
    try:
        return people.normalise_email(text) if text else ""
    except people.EmailNotUsable as error:
        raise Unreadable(_l("Write the e-mail address as name@example.dk.")) from error


def read_phone(text: str) -> str:
    """A telephone number as it was written, or none. Refuses with `Unreadable`."""
    digits = sum(letter.isdigit() for letter in text)
    if (text and not 3 <= digits <= 15) or len(text) > 40 or any(letter.isalpha() for letter in text):
        raise Unreadable(_l("Write the telephone number in digits, for example 12 34 56 78."))
    return text


def read_capacity(text: str) -> int | None:
    """A number of places; nothing written is no limit. Refuses with `Unreadable`."""
    if not text:
        return None
    if not text.isdecimal() or len(text) > 6 or int(text) > _LARGEST_CAPACITY:
        raise Unreadable(_l("Write the number of places in digits. Leave it empty when there is room for everybody."))
    return int(text)


def read_online(text: str) -> str:
    """An address on the net, or none; one without its beginning gets it. Refuses with `Unreadable`."""
    if not text:
        return ""
    url = text if "://" in text else f"https://{text}"
    if not re.fullmatch(r"https?://[^\s/]+\.[^\s/]+\S*", url) or len(url) > 300:
        raise Unreadable(_l("Write the address where people take part, for example https://example.org/meeting."))
    return url


def line(text: str) -> str:
    """One line, without what is no writing."""
    return " ".join("".join(" " if unicodedata.category(letter) == "Cc" else letter for letter in _clean(text)).split())


def paragraphs(text: str) -> str:
    """Lines as they were typed, without what is no writing, and with one kind of line end."""
    plain = _clean(text).replace("\r\n", "\n").replace("\r", "\n")
    return "".join(letter for letter in plain if letter == "\n" or unicodedata.category(letter) != "Cc").strip()


def _clean(text: str) -> str:
    # Half of a pair of surrogates is no letter, and no database takes it.
    return "".join(letter for letter in unicodedata.normalize("NFC", text) if unicodedata.category(letter) != "Cs")
