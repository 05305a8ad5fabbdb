"""The fields an import owns, as plain values that can be kept, compared and written: of an event, and of our own rows."""

import tomllib
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Any

from engage.activities.catalogue import split
from engage.activities.importing.events import ImportedEvent, PlaceWords
from engage.activities.models import Activity, Occurrence, OccurrenceState, Place
from engage.base.config import current_settings

# What stands for a field nobody spoke of.
UNSAID = ""
# What a field reads before the source or anybody here spoke of it, where that is something.
BEFORE_ANYBODY_SAID = {"price": 0}


def of_event(event: ImportedEvent, language: str) -> dict[str, Any]:
    """What the source says of the activity as a whole; words of no told language are in `language`."""
    said: dict[str, Any] = {}
    for code, words in event.words.items():
        spoken = code or language
        said[f"title.{spoken}"], said[f"summary.{spoken}"] = words.title, words.summary
        said[f"body.{spoken}"] = with_link(words.body, event.url)
    if event.price is not None:
        said["price"] = event.price
    if event.price_note:
        said[f"price_note.{language}"] = event.price_note
    for name in ("contact_email", "contact_phone"):
        if value := getattr(event, name):
            said[name] = value
    return said


def with_link(body: str, url: str) -> str:
    """The text, and below it the address of the event's own page where the text does not name it."""
    return "\n\n".join(part for part in (body, url if url and url not in body else "") if part)


def of_activity(activity: Activity) -> dict[str, Any]:
    """The same fields as they stand here."""
    here: dict[str, Any] = {"price": activity.price}
    for text in activity.texts:
        for name in ("title", "summary", "body"):
            here[f"{name}.{text.language}"] = getattr(text, name)
    for language, note in activity.price_notes.items():
        here[f"price_note.{language}"] = note
    here["contact_email"], here["contact_phone"] = activity.contact_email, activity.contact_phone
    return here


def own_title(event: ImportedEvent, speaker: ImportedEvent) -> str:
    """What this date alone is called; "" where it is called as `speaker`, whose words are those of the whole event."""
    return "" if event.title == speaker.title else event.title


def language_of(event: ImportedEvent, language: str) -> str:
    """The language of the date's title, where `language` stands for what is not told."""
    return next(iter(event.words)) or language


def of_date(event: ImportedEvent, title: str) -> dict[str, Any]:
    """What the source says of one date, with the title of its own."""
    said: dict[str, Any] = {
        "starts_at": _instant(event.starts_at),
        "ends_at": _instant(event.ends_at),
        "place": place_key(event.place),
        "online_url": event.online_url,
        "cancelled": event.cancelled,
        "own_title": title,
    }
    if event.capacity is not None:
        said["capacity"] = event.capacity
    return said


def of_occurrence(occurrence: Occurrence, language: str) -> dict[str, Any]:
    """The same fields as they stand here, the title in this language."""
    return {
        "starts_at": _instant(occurrence.starts_at),
        "ends_at": _instant(occurrence.ends_at),
        "place": place_key(occurrence.place),
        "online_url": occurrence.online_url,
        "cancelled": occurrence.state == OccurrenceState.CANCELLED,
        "own_title": occurrence.titles.get(language, UNSAID),
        "capacity": UNSAID if occurrence.pool.capacity is None else occurrence.pool.capacity,
    }


def _instant(value: datetime) -> str:
    return value.astimezone(UTC).isoformat()


def place_key(place: PlaceWords | Place | None) -> str:
    """A place as one line that is the same for what a source says and for our row of it."""
    if place is None:
        return UNSAID
    parts = (place.name, place.street, place.postal_code, place.town)
    return "|".join(" ".join(part.split()).lower() for part in parts)


def guessed_language(events: Iterable[ImportedEvent]) -> str:
    """The city's language most of the small words belong to; the city's own where nothing tells."""
    languages = current_settings().city.languages
    counts: Counter[str] = Counter()
    for event in list(events)[:200]:
        for language, words in event.words.items():
            if not language:
                found = split(f"{words.title} {words.summary} {words.body[:500]}")
                for code in languages:
                    counts[code] += sum(word in _small_words().get(code, ()) for word in found)
    best = max(languages, key=lambda code: counts[code])
    return best if counts[best] else languages[0]


@cache
def _small_words() -> dict[str, frozenset[str]]:
    """Words that belong to one language alone ("og", "und", "the"), from the search's own list."""
    listed = tomllib.loads((files("engage.activities") / "words.toml").read_text("utf-8"))["stop"]
    sets = {code: frozenset(words.split()) for code, words in listed.items()}
    return {
        code: words - frozenset().union(*(other for name, other in sets.items() if name != code))
        for code, words in sets.items()
    }
