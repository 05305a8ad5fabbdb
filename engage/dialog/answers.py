"""Short answers to what the chat asked: yes and no, the words on a button, the number of a choice, a day in numbers."""

import re
import unicodedata
from datetime import date

from engage.dialog.understanding import Intent, Understanding

YES = frozenset(
    [
        "ja",
        "jo",
        "jep",
        "jeps",
        "okay",
        "ok",
        "yes",
        "yep",
        "yeah",
        "sure",
        "gerne",
        "jatak",
        "javist",
        "klart",
        "jawohl",
        "klar",
        "genau",
        "ja-tak",
    ]
)
NO = frozenset(["nej", "nope", "no", "nein", "nix", "næ", "niks", "nejtak"])
LEAVE = frozenset(
    [
        "annuller",
        "annullér",
        "afbryd",
        "fortryd",
        "menu",
        "cancel",
        "quit",
        "exit",
        "abbrechen",
        "abbruch",
        "menü",
        "start",
        "/start",
    ]
)
_PLAIN = re.compile(r"[^\w/]+")


def plain(text: str) -> str:
    """A text as it is compared: lower case, without punctuation."""
    return " ".join(_PLAIN.sub(" ", unicodedata.normalize("NFC", text).casefold()).split())


def is_yes(text: str) -> bool:
    """Whether a short text says yes ("ja tak")."""
    words = plain(text).split()
    return bool(words) and len(words) <= 4 and words[0] in YES


def is_no(text: str) -> bool:
    """Whether a short text says no."""
    words = plain(text).split()
    return bool(words) and len(words) <= 4 and words[0] in NO


def is_leaving(text: str, understanding: Understanding) -> bool:
    """Whether somebody wants out of what the chat is asking; "stop" then leaves, and switches nothing off."""
    return plain(text) in LEAVE or (understanding.intent == Intent.STOP and len(text.split()) <= 2)


def chosen(text: str, buttons: list[list[str]]) -> str | None:
    """The action of the button whose words, or whose number in the list, were typed; every button can be typed."""
    said = plain(text)
    if not said:
        return None
    for label, action in buttons:
        if plain(label) == said:
            return action
    return None


_DAY = re.compile(r"(\d{1,2})[./ -]+(\d{1,2})[./ -]+(\d{4})|(\d{4})-(\d{2})-(\d{2})")


def day_in(text: str) -> date | None:
    """The day that is written out in numbers, "14.3.2026" or "2026-03-14"; None where there is none."""
    match = _DAY.search(text)
    if match is None:
        return None
    parts = [int(part) for part in match.groups() if part]
    try:
        return date(*(parts if match[4] else reversed(parts)))
    except ValueError:
        return None
