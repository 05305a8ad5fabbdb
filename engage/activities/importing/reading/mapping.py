"""Which column or path tells what: suggested from its heading, in Danish, English and German."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache

from engage.activities.importing.reading.times import vocabulary

# In the order a person reads them on the page. "title" and "start" or "date" are what an event cannot be without.
FIELDS = (
    "title", "date", "start", "end", "end_date", "summary", "body", "place", "street", "postal_code", "town", "url",
    "price", "capacity", "contact_email", "contact_phone", "language", "status", "id", "latitude", "longitude",
)  # fmt: skip
TRANSLATED = ("title", "summary", "body")
LANGUAGES = ("da", "de", "en")
_LANGUAGE_NAMES = {
    "da": "da dk dansk danish dänisch", "de": "de tysk german deutsch", "en": "en gb engelsk english englisch",
}  # fmt: skip
_MARK = re.compile(r"[\s_\-–:/()\[\].]+")


def every_field() -> tuple[str, ...]:
    """All names a mapping may have: the fields, texts in one language ("title.de"), and "list" of a feed."""
    return (*FIELDS, *(f"{field}.{language}" for language in LANGUAGES for field in TRANSLATED), "list")


def complete(mapping: Mapping[str, str]) -> bool:
    """Whether it is known where the title and the day stand, without which there is no event."""
    return "title" in mapping and bool(mapping.keys() & {"date", "start"})


def suggested(columns: Iterable[str]) -> dict[str, str]:
    """The columns whose heading says what they are: field -> column, each column once, the first that fits."""
    found: dict[str, str] = {}
    for column in columns:
        field = field_of(column)
        if field and field not in found:
            found[field] = column
    if "date" in found and "start" not in found and "title" in found:
        return found
    if "title" not in found and (
        first := next((found[f"title.{each}"] for each in LANGUAGES if f"title.{each}" in found), "")
    ):
        found["title"] = first
    return found


def field_of(column: str) -> str:
    """What a heading means, or "". "Titel (tysk)" and "title_de" are the title in German."""
    field = _meanings().get(_folded(column))
    if field:
        return field
    parts = [part for part in _MARK.split(column.lower()) if part]
    language = next((code for code, names in _LANGUAGE_NAMES.items() if parts and parts[-1] in names.split()), "")
    if language and len(parts) > 1:
        field = _meanings().get(_folded("".join(parts[:-1])))
        return f"{field}.{language}" if field in TRANSLATED else field or ""
    return ""


def _folded(heading: str) -> str:
    return _MARK.sub("", unicodedata.normalize("NFC", heading).lower()).strip(" *:?")


@cache
def _meanings() -> Mapping[str, str]:
    table: dict[str, str] = {}
    for field, entries in vocabulary()["headings"].items():
        if field != "list":
            for entry in entries.split(","):
                table.setdefault(_folded(entry), field)
    return table
