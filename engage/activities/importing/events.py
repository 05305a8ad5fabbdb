"""What is read from a calendar, a table or a feed, before anything is known of our own activities.

Made in a process that has no database, so nothing here may import more than the standard library.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Format(StrEnum):
    """What kind of file it is."""

    ICS = "ics"
    CSV = "csv"
    XLSX = "xlsx"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Note:
    """Something to be told to a person: a code that `importing.wording` words, and the values it speaks of."""

    code: str
    facts: Mapping[str, str | int] = field(default_factory=dict)


class CannotRead(Exception):
    """A file, or one event of it, is not what it should be; `note` says why."""

    def __init__(self, code: str, **facts: str | int) -> None:
        super().__init__(code)
        self.note = Note(code, facts)


@dataclass(frozen=True, slots=True)
class Words:
    """An event's words in one language: plain text, paragraphs apart by an empty line."""

    title: str
    summary: str = ""
    body: str = ""


@dataclass(frozen=True, slots=True)
class PlaceWords:
    """Where it is, as far as the source tells."""

    name: str = ""
    street: str = ""
    postal_code: str = ""
    town: str = ""
    latitude: float | None = None
    longitude: float | None = None


@dataclass(frozen=True, slots=True)
class ImportedEvent:
    """One date of one event. Instants are aware; `zone` is the IANA name of the zone it is told in.

    `external_id` names the event in its source and `recurrence_id` the date among the event's dates ("" where it has one).
    `words` is by language, with "" for the language of the source as a whole. `price` is in øre, None where it is not told.
    `position` is the line or row it stands in, counted from 1. `common` is what the other dates are called, for one that was
    changed by itself.
    """

    position: int
    external_id: str
    recurrence_id: str
    words: Mapping[str, Words]
    starts_at: datetime
    ends_at: datetime
    zone: str
    place: PlaceWords | None = None
    online_url: str = ""
    url: str = ""
    price: int | None = None
    price_note: str = ""
    capacity: int | None = None
    contact_email: str = ""
    contact_phone: str = ""
    cancelled: bool = False
    common: str = ""
    notes: tuple[Note, ...] = ()

    @property
    def title(self) -> str:
        return next(iter(self.words.values())).title


@dataclass(frozen=True, slots=True)
class Skipped:
    """A row or entry that gives no event. `left_out` tells that this is as it should be (private, over, empty)."""

    position: int
    title: str
    reason: Note
    left_out: bool = False


@dataclass(frozen=True, slots=True)
class FoundList:
    """A list of entries in a feed: its path, how many entries it has, and what the first of them are called."""

    path: str
    number: int
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """All that was read of a file. `columns` and `examples` are there for tables and feeds, so that a person can map them;
    `lists` for feeds, the likeliest first."""

    format: Format
    events: tuple[ImportedEvent, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    lists: tuple[FoundList, ...] = ()
    columns: tuple[str, ...] = ()
    examples: Mapping[str, str] = field(default_factory=dict)
    mapping: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Options:
    """How to read: dates without a zone are in `zone`; dates of a series are taken from `first` up to `until`."""

    zone: str
    first: datetime
    until: datetime
    mapping: Mapping[str, str] | None = None


def to_json(reading: Reading) -> dict[str, Any]:
    """A reading as plain JSON values."""
    plain = asdict(reading)
    for event in plain["events"]:
        event["starts_at"], event["ends_at"] = event["starts_at"].isoformat(), event["ends_at"].isoformat()
    return plain


def from_json(plain: Mapping[str, Any]) -> Reading:
    """The reading that `to_json` wrote."""
    return Reading(
        format=Format(plain["format"]),
        events=tuple(_event(event) for event in plain["events"]),
        skipped=tuple(Skipped(**{**each, "reason": Note(**each["reason"])}) for each in plain["skipped"]),
        lists=tuple(FoundList(each["path"], each["number"], tuple(each["examples"])) for each in plain["lists"]),
        columns=tuple(plain["columns"]),
        examples=plain["examples"],
        mapping=plain["mapping"],
        notes=tuple(Note(**note) for note in plain["notes"]),
    )


def _event(plain: dict[str, Any]) -> ImportedEvent:
    values = {
        **plain,
        "words": {language: Words(**words) for language, words in plain["words"].items()},
        "starts_at": datetime.fromisoformat(plain["starts_at"]),
        "ends_at": datetime.fromisoformat(plain["ends_at"]),
        "place": PlaceWords(**plain["place"]) if plain["place"] else None,
        "notes": tuple(Note(**note) for note in plain["notes"]),
    }
    return ImportedEvent(**values)
