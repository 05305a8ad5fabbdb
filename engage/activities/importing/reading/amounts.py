"""Reading prices, numbers and yes or no, as they are written in a cell."""

import re
from functools import cache

from engage.activities.importing.reading.times import vocabulary

_AMOUNT = re.compile(r"(?<![\d.,])(\d{1,3}(?:[. ]\d{3})+|\d{1,6})(?:,(\d{1,2})|\.(\d{2})|,-)?(?![\d.,]\d)")
_ONLY_KRONER = re.compile(
    r"^(?:kr\.?|dkk)?\s*(?:\d{1,3}(?:[. ]\d{3})+|\d{1,6})(?:,\d{1,2}|\.\d{2}|,-)?\s*(?:kr\.?|dkk|kroner)?$",
    re.IGNORECASE,
)
_FOREIGN = re.compile(r"[€$£]|\b(?:eur|euro|usd|gbp|sek|nok)\b", re.IGNORECASE)
LONGEST_NOTE = 120


def price(value: object) -> tuple[int | None, str, bool]:
    """A price in øre, the words that go with it, and whether it is clear. (None, "", True) where nothing is told.

    Of several amounts the first is taken and all are kept as words. Another currency is not converted.
    """
    if isinstance(value, bool) or value is None:
        return None, "", True
    if isinstance(value, int | float):
        return (round(value * 100), "", True) if 0 <= value < 100_000 else (None, str(value)[:LONGEST_NOTE], False)
    text = " ".join(str(value).split())
    if not text:
        return None, "", True
    if text.lower().rstrip(".!") in _listed("prices", "free"):
        return 0, "", True
    note = text[:LONGEST_NOTE]
    amount = _AMOUNT.search(text)
    if amount is None or _FOREIGN.search(text):
        return None, note, False
    kroner = int(re.sub(r"[. ]", "", amount[1])) * 100
    hundredths = amount[2] or amount[3] or "0"
    total = kroner + int(hundredths.ljust(2, "0"))
    return total, "" if _ONLY_KRONER.match(text) else note, True


def number(value: object) -> int | None:
    """A whole number that is not negative, or None. "20 personer" is 20; "ubegrænset" is no number."""
    found = re.match(r"\s*(\d{1,6})(?:[.,]0+)?\b", str(value))
    return int(found[1]) if found else None


def degrees(value: object) -> float | None:
    """A latitude or longitude, or None."""
    try:
        return float(str(value).replace(",", "."))
    except ValueError:
        return None


def is_cancelled(value: object) -> bool:
    """Whether a cell of a column for the state says that the event is called off."""
    return str(value).strip().lower() in _listed("status", "cancelled")


def is_private(title: str) -> bool:
    """Whether a title only says that a room or a person is taken ("Udlejet", "Optaget: Hansen")."""
    whole = " ".join(title.lower().split()).strip(" .!")
    first = re.split(r"\s*(?::|\s-\s|\s–\s|\()\s*", whole, maxsplit=1)[0]
    return whole in _listed("private", "titles") or first in _listed("private", "titles")


@cache
def _listed(section: str, name: str) -> frozenset[str]:
    return frozenset(" ".join(entry.split()) for entry in vocabulary()[section][name].split(","))
