"""Calendars (RFC 5545): every date of every event between two days, by icalendar and recurring-ical-events.

What those libraries cannot know is added here: which rules are worth following, what the world's programs get wrong, and
which entries are nobody else's business.
"""

import hashlib
import re
import signal
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, time
from functools import cache
from types import FrameType
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import recurring_ical_events
from icalendar import Calendar
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from engage.activities.importing.events import (
    CannotRead,
    Format,
    ImportedEvent,
    Note,
    Options,
    PlaceWords,
    Reading,
    Skipped,
)
from engage.activities.importing.reading import amounts, entries, places, rows, texts
from engage.activities.importing.reading.mapping import LANGUAGES

# The longest series: a year of weekdays is 250, so this is a course or a weekly café, far ahead.
MOST_DATES = 200
# For one series; honest ones take a few milliseconds.
_SECONDS = 0.4
_MOST_ADDED = 400
_TOO_OFTEN = re.compile(r"FREQ\s*=\s*(SECONDLY|MINUTELY|HOURLY)", re.IGNORECASE)
_BY_CLOCK = re.compile(r"BY(?:HOUR|MINUTE|SECOND)\s*=[^;]*,", re.IGNORECASE)
_ESSENTIAL = {
    "DTSTART": "date_unreadable", "RRULE": "rule_unreadable", "RECURRENCE-ID": "date_unreadable", "RDATE": "date_unreadable",
}  # fmt: skip


def read(content: bytes, options: Options) -> Reading:
    """The dates of a calendar file from `options.first` up to `options.until`."""
    warnings.simplefilter("ignore")  # icalendar tells of guessed zones on the standard error, where nobody reads
    parts = entries.split(texts.decoded(content))
    if len(parts.entries) > rows.MOST_EVENTS:
        raise CannotRead("too_many_events", most=rows.MOST_EVENTS)
    if not parts.entries:
        raise CannotRead("calendar_empty")
    found: list[ImportedEvent] = []
    skipped: list[Skipped] = []
    for uid, group in _series(parts.entries).items():
        try:
            found += _Series(uid, group, parts, options).dates(skipped)
        except CannotRead as error:
            skipped.append(Skipped(group[0].position, _title(group[0]), error.note, _meant(error.note)))
        if len(found) > rows.MOST_EVENTS:
            raise CannotRead("too_many_dates", most=rows.MOST_EVENTS)
    found.sort(key=lambda event: (event.position, event.starts_at))
    skipped.sort(key=lambda each: each.position)
    return Reading(Format.ICS, tuple(found), tuple(skipped))


def _meant(note: Note) -> bool:
    return note.code in {"private", "over"}


def _series(found: list[entries.Entry]) -> dict[str, list[entries.Entry]]:
    groups: dict[str, list[entries.Entry]] = {}
    for entry in found:
        # An entry without a UID is named by what it is, so that it is the same one next time.
        named = f"{entry.first('SUMMARY')} {entry.first('DTSTART')}"
        uid = entry.first("UID") or "entry:" + hashlib.sha256(named.encode()).hexdigest()[:16]
        groups.setdefault(uid[:300], []).append(entry)
    return groups


def _title(entry: entries.Entry) -> str:
    spoken = re.sub(r"\\([,;\\])", r"\1", entry.first("SUMMARY").replace("\\n", " "))
    return texts.shortened(" ".join(spoken.split()), texts.LONGEST_TITLE)


class _Series:
    """The entries with one UID: an event, and what was changed about single dates of it."""

    def __init__(self, uid: str, group: list[entries.Entry], parts: entries.Parts, options: Options) -> None:
        self.uid, self.group, self.parts, self.options = uid, group, parts, options
        self.zone = _zone(parts.zone) or ZoneInfo(options.zone)

    def dates(self, skipped: list[Skipped]) -> list[ImportedEvent]:
        self._check()
        if self._long_over():
            raise CannotRead("over")
        calendar = self._parsed()
        with _at_most(_SECONDS):
            occurrences = self._between(calendar)
        if not occurrences:
            raise CannotRead("over")
        occurrences.sort(key=lambda each: _utc(each["DTSTART"].dt, self.zone))
        cut = len(occurrences) > MOST_DATES
        several = len(self.group) > 1 or bool({"RRULE", "RDATE"} & self.group[0].names())
        found = [self._event(each, several=several, cut=cut) for each in occurrences[:MOST_DATES]]
        return self._once(found, skipped)

    def _check(self) -> None:
        """Refuse what is not meant for others, and rules that ask for more than a calendar is for."""
        first = self.group[0]
        if any(not entry.complete for entry in self.group):
            raise CannotRead("entry_cut_off")
        if first.first("CLASS").upper() in {"PRIVATE", "CONFIDENTIAL"} or amounts.is_private(_title(first)):
            raise CannotRead("private")
        if not _title(first):
            raise CannotRead("title_missing")
        for entry in self.group:
            rules = [line for line in entry.lines if line[:5].upper() == "RRULE"]
            if any(_TOO_OFTEN.search(rule) or _BY_CLOCK.search(rule) for rule in rules) or len(rules) > 3:
                raise CannotRead("rule_too_often")
            single = (line for line in entry.lines if line[:5].upper() in {"RDATE", "EXDAT"})
            if sum(line.count(",") + 1 for line in single) > _MOST_ADDED:
                raise CannotRead("too_many_dates", most=_MOST_ADDED)

    def _long_over(self) -> bool:
        """Whether these are single dates of other years, told from the text: many calendars keep all they ever held."""
        before = (self.options.first - rows.LONGEST).strftime("%Y%m%d")
        days = [entry.first("DTSTART")[:8] for entry in self.group]
        repeats = any({"RRULE", "RDATE"} & entry.names() for entry in self.group)
        return not repeats and all(day.isdecimal() and day < before for day in days)

    def _parsed(self) -> Calendar:
        # A zone known by name is taken from the world's list; what programs write of it is often cut to a few years.
        used = {zone for entry in self.group for zone in entry.zones() if _zone(zone) is None}
        lines = [
            "BEGIN:VCALENDAR",
            "VERSION:2.0",
            *(self.parts.zones[zone] for zone in used if zone in self.parts.zones),
        ]
        for entry in self.group:
            lines += ["BEGIN:VEVENT", "UID:series", f"X-ENGAGE-LINE:{entry.position}"]
            lines += [line for line in entry.lines if not line.upper().startswith("UID")]
            lines.append("END:VEVENT")
        try:
            calendar = Calendar.from_ical("\r\n".join([*lines, "END:VCALENDAR", ""]))
        except Exception as error:  # the library raises many kinds for one reason: it is no calendar entry
            raise CannotRead("entry_unreadable") from error
        for event in calendar.walk("VEVENT"):
            _refuse_broken(event)
        return calendar

    def _between(self, calendar: Calendar) -> list[Any]:
        try:
            return list(recurring_ical_events.of(calendar).between(self.options.first, self.options.until))
        except (CannotRead, MemoryError):
            raise
        except Exception as error:  # as above: bad rules show themselves only when they are followed
            raise CannotRead("rule_unreadable", text=self.group[0].first("RRULE")[:60]) from error

    def _event(self, found: Any, *, several: bool, cut: bool) -> ImportedEvent:
        start, end = found["DTSTART"].dt, found["DTEND"].dt
        starts_at, ends_at = _utc(start, self.zone), _utc(end, self.zone)
        if ends_at - starts_at > rows.LONGEST or not 1990 <= starts_at.year <= 2100:
            raise CannotRead("dates_unlikely", start=starts_at.date().isoformat(), end=ends_at.date().isoformat())
        where, online = places.place(_text(found, "LOCATION"))
        position = int(_text(found, "X-ENGAGE-LINE"))
        entry = next(each for each in self.group if each.position == position)
        notes = (*_notes(entry, start, found), *((Note("dates_cut", {"most": MOST_DATES}),) if cut else ()))
        return ImportedEvent(
            position=position,
            external_id=self.uid,
            recurrence_id=_recurrence_id(found["RECURRENCE-ID"].dt) if several else "",
            words=self._words(found),
            starts_at=starts_at,
            ends_at=ends_at,
            zone=_told_in(start, self.zone),
            place=_located(where, found),
            online_url=online or _link(found, "CONFERENCE"),
            url=_link(found, "URL"),
            cancelled=_text(found, "STATUS").upper() == "CANCELLED",
            common=self._common(entry),
            notes=notes,
        )

    def _common(self, entry: entries.Entry) -> str:
        """The title of the entry that the others change, where this is one of the others."""
        if "RECURRENCE-ID" not in entry.names():
            return ""
        whole = next((each for each in self.group if "RECURRENCE-ID" not in each.names()), None)
        return texts.words(_title(whole), "", "").title if whole else ""

    def _words(self, found: Any) -> dict[str, Any]:
        summary = _first(found.get("SUMMARY"))
        language = str(getattr(summary, "params", {}).get("LANGUAGE", ""))[:2].lower()
        body = _text(found, "DESCRIPTION") or _text(found, "X-ALT-DESC").replace("\\n", "\n")
        title = texts.plain(str(summary or "")) or _title(self.group[0])
        return {language if language in LANGUAGES else "": texts.words(title, "", body)}

    def _once(self, found: list[ImportedEvent], skipped: list[Skipped]) -> list[ImportedEvent]:
        """Each date once: some programs write the same entry twice."""
        kept: dict[str, ImportedEvent] = {}
        twins = [(event, kept.setdefault(event.recurrence_id, event)) for event in found]
        skipped += [
            Skipped(event.position, event.title, Note("same_as_line", {"line": twin.position}))
            for event, twin in twins
            if twin.position != event.position
        ]
        return list(kept.values())


def _refuse_broken(event: Any) -> None:
    """Refuse an entry that cannot do without what is broken in it; drop what it can do without."""
    wrong = {name for name, _ in event.errors}
    broken = next((name for name in _ESSENTIAL if name in wrong), None)
    if broken:
        raise CannotRead(_ESSENTIAL[broken], text=str(event.get(broken))[:60])
    if "DTSTART" not in event:
        raise CannotRead("date_missing")
    for name in wrong & {"DTEND", "DURATION", "EXDATE"}:
        event.pop(name, None)


def _notes(entry: entries.Entry, start: date, found: Any) -> Iterator[Note]:
    """What had to be filled in or understood."""
    names = entry.names()
    if not isinstance(start, datetime):
        yield Note("all_day")
    elif not names & {"DTEND", "DURATION"}:
        yield Note("end_missing")
    if _told_backwards(entry):
        yield Note("end_before_start")
    told = str(found["DTSTART"].params.get("TZID", "")) if hasattr(found["DTSTART"], "params") else ""
    unknown = [zone for zone in ({told} | entry.zones()) - {""} if isinstance(start, datetime) and start.tzinfo is None]
    if unknown:
        yield Note("zone_unknown", {"zone": min(unknown)[:60]})


def _told_backwards(entry: entries.Entry) -> bool:
    """Whether the end stands before the start, which the library turns round. Compared as written: zones seldom differ."""
    start, end = entry.first("DTSTART").rstrip("Z"), entry.first("DTEND").rstrip("Z")
    return bool(end) and len(start) == len(end) and end < start


def _utc(value: date, zone: ZoneInfo) -> datetime:
    """The instant of a date or time; without a zone of its own it is in `zone`."""
    if not isinstance(value, datetime):
        value = datetime.combine(value, time())
    return (value if value.tzinfo else value.replace(tzinfo=zone)).astimezone(UTC)


def _recurrence_id(value: date) -> str:
    """Which date of the series it was meant to be, whatever became of it (RFC 5545, 3.8.4.4)."""
    if not isinstance(value, datetime):
        return value.strftime("%Y%m%d")
    if value.tzinfo is None:
        return value.strftime("%Y%m%dT%H%M%S")
    return value.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _told_in(start: date, zone: ZoneInfo) -> str:
    """The IANA zone an entry is told in; UTC and zones of a program's own making are told in the calendar's."""
    key = getattr(getattr(start, "tzinfo", None), "key", "")
    return key if key and key not in {"UTC", "Etc/UTC"} and _zone(key) else zone.key


@cache
def _zone(name: str) -> ZoneInfo | None:
    known = WINDOWS_TO_OLSON.get(name, name)
    return ZoneInfo(known) if known in _zone_names() else None


@cache
def _zone_names() -> frozenset[str]:
    return frozenset(available_timezones())  # walks a folder each time


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, list) and value else value


def _text(found: Any, name: str) -> str:
    value = _first(found.get(name))
    return "" if value is None else str(value)


def _link(found: Any, name: str) -> str:
    match = places.LINK.search(_text(found, name))
    return match.group()[:300] if match else ""


def _located(where: PlaceWords | None, found: Any) -> PlaceWords | None:
    geo = _first(found.get("GEO"))
    if where is None or geo is None or not hasattr(geo, "latitude"):
        return where
    return replace(where, latitude=geo.latitude, longitude=geo.longitude)


@contextmanager
def _at_most(seconds: float) -> Iterator[None]:
    """Give the block so much of the processor's time; raises `CannotRead` when it takes more (a rule that never fits)."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise CannotRead("rule_endless")

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
