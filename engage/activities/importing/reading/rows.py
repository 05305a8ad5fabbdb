"""One row of a table, or one entry of a feed, once each value has its field: made into an event."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

from engage.activities.importing.events import CannotRead, ImportedEvent, Note, PlaceWords, Skipped, Words
from engage.activities.importing.reading import amounts, places, texts, times
from engage.activities.importing.reading.mapping import LANGUAGES

# What one file may hold: ten years of a busy library's week. More is a mistake, or not meant well.
MOST_EVENTS = 2000
# An activity that lasts longer is an exhibition's whole year, or a wrong year in a cell.
LONGEST = timedelta(days=370)

_EMAIL = re.compile(r"[^\s@<>()\[\],;:\"]{1,64}@[^\s@<>()\[\],;:\"]+\.[^\W\d_]{2,}")
_PHONE = re.compile(r"\+?\d(?:[ ()/.\-]{0,2}\d){2,14}")

Values = Mapping[str, object]


def events(rows: Iterable[tuple[int, Values]], zone: ZoneInfo) -> tuple[list[ImportedEvent], list[Skipped]]:
    """The events of `rows`, each (position, values by field), and what could not be read, with the reason."""
    found: list[ImportedEvent] = []
    skipped: list[Skipped] = []
    for position, values in rows:
        words: dict[str, Words] = {}
        try:
            words = _words(values)
            found.append(_event(position, words, values, zone))
        except CannotRead as error:
            title = next((each.title for each in words.values()), "")
            skipped.append(Skipped(position, title, error.note))
        if len(found) + len(skipped) > MOST_EVENTS:
            raise CannotRead("too_many_events", most=MOST_EVENTS)
    return _named(found, skipped)


def _event(position: int, words: Mapping[str, Words], values: Values, zone: ZoneInfo) -> ImportedEvent:
    day, start, end = (_moment(values, field) for field in ("date", "start", "end"))
    end_day = _moment(values, "end_date")
    if end_day and end_day.day and not (end and end.day):
        end = replace(end or times.Moment(), day=end_day.day)
    starts_at, ends_at, notes = times.span(day, start, end, zone)
    if ends_at - starts_at > LONGEST or not 1990 <= starts_at.year <= 2100:
        raise CannotRead("dates_unlikely", start=starts_at.date().isoformat(), end=ends_at.date().isoformat())
    price, price_note, clear = amounts.price(values.get("price"))
    where, online = _place(values)
    return ImportedEvent(
        position=position,
        external_id=_text(values, "id", 300),
        recurrence_id="",
        words=words,
        starts_at=starts_at.astimezone(UTC),
        ends_at=ends_at.astimezone(UTC),
        zone=zone.key,
        place=where,
        online_url=online,
        url=_link(values),
        price=price,
        price_note=price_note,
        capacity=amounts.number(values.get("capacity", "")),
        contact_email=_email(values),
        contact_phone=_phone(values),
        cancelled=amounts.is_cancelled(values.get("status", "")),
        notes=(*notes, *(() if clear else (Note("price_unclear", {"price": price_note}),))),
    )


def _moment(values: Values, field: str) -> times.Moment | None:
    value = values.get(field)
    return times.moment(value) if value not in (None, "") else None


def _text(values: Values, field: str, most: int = 20_000) -> str:
    value = values.get(field)
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # a workbook keeps the number 17 as 17.0
    return "" if value is None else str(value).strip()[:most]


def _words(values: Values) -> dict[str, Words]:
    language = _text(values, "language", 10).lower()[:2]
    language = language if language in LANGUAGES else ""
    found: dict[str, Words] = {}
    # Texts of the row itself, then those of columns for one language; the latter need a title of their own to count.
    for code, suffix in (("", ""), *((each, f".{each}") for each in LANGUAGES)):
        title = texts.plain(_text(values, f"title{suffix}"))
        if title and not any(words.title == title and not code for words in found.values()):
            summary, body = _text(values, f"summary{suffix}"), _text(values, f"body{suffix}", 200_000)
            found[code or language] = texts.words(title, summary, body)
    if not found:
        raise CannotRead("title_missing")
    if len(found) > 1 and "" in found and any(found[""].title == found[code].title for code in found if code):
        del found[""]  # the same column was also given as one language's
    return found


def _place(values: Values) -> tuple[PlaceWords | None, str]:
    where, online = places.place(_text(values, "place", 400))
    parts = {field: texts.plain(_text(values, field, 160)) for field in ("street", "postal_code", "town")}
    latitude, longitude = (amounts.degrees(values.get(field, "")) for field in ("latitude", "longitude"))
    if any(parts.values()) or (where and latitude is not None):
        known = where or PlaceWords()
        parts = {field: value or getattr(known, field) for field, value in parts.items()}
        where = places.told(known.name, **parts, latitude=latitude, longitude=longitude)
    return where, online


def _link(values: Values) -> str:
    found = places.LINK.search(_text(values, "url", 400))
    return found.group()[:300] if found else ""


def _email(values: Values) -> str:
    """The address alone, of what a cell says around it; one that no form would take is none."""
    found = _EMAIL.search(_text(values, "contact_email", 400))
    return found.group() if found and len(found.group()) <= 254 else ""


def _phone(values: Values) -> str:
    """The number alone, as it is written: "Tlf. 12 34 56 78 (Ole)" is "12 34 56 78"."""
    found = _PHONE.search(_text(values, "contact_phone", 400))
    return found.group() if found else ""


def _named(found: list[ImportedEvent], skipped: list[Skipped]) -> tuple[list[ImportedEvent], list[Skipped]]:
    """Give each event its name in the source.

    Rows with the same id are dates of one event, told apart by their start. Without an id, the title is the name, so that
    eight rows "Strikkecafé" are one activity with eight dates.
    """
    named = [replace(each, external_id=each.external_id or f"title:{_digest(each.title)}") for each in found]
    counts = Counter(each.external_id for each in named)
    kept: dict[tuple[str, str], ImportedEvent] = {}
    for each in named:
        several = counts[each.external_id] > 1 or each.external_id.startswith("title:")
        event = replace(each, recurrence_id=each.starts_at.strftime("%Y%m%dT%H%M%SZ") if several else "")
        twin = kept.setdefault((event.external_id, event.recurrence_id), event)
        if twin is not event:
            skipped.append(Skipped(event.position, event.title, Note("same_as_row", {"row": twin.position})))
    return list(kept.values()), skipped


def _digest(title: str) -> str:
    return hashlib.sha256(" ".join(title.casefold().split()).encode()).hexdigest()[:16]
