"""Days and times as people write them in Danish, German and English, and as programs do.

Numbers are read day first ("4.3.2026", "04/03/2026"), as both Denmark and Germany write them.
"""

import re
import tomllib
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from engage.activities.importing.events import CannotRead, Note

_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?\s?(?:Z|[+-]\d{2}:?\d{2})?")
_DAYS = (
    (re.compile(r"\b(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})\b"), ""),
    (re.compile(r"\b(?P<day>\d{1,2})(?P<mark>[./-])\s?(?P<month>\d{1,2})(?P=mark)\s?(?P<year>\d{4}|\d{2})\b"), ""),
    (
        re.compile(r"\b(?P<day>\d{1,2})(?:\.|st|nd|rd|th)?\s{0,2}(?P<name>[^\W\d_]{3,9})\.?,?\s{1,2}(?P<year>\d{4})\b"),
        "name",
    ),
    (re.compile(r"\b(?P<name>[^\W\d_]{3,9})\s{1,2}(?P<day>\d{1,2})(?:st|nd|rd|th)?,?\s{1,2}(?P<year>\d{4})\b"), "name"),
)
_CLOCK = re.compile(r"(?<![\d.:])(\d{1,2})(?:[.:](\d{2}))?(?:[.:]00)?\s?([ap])?\.?(m)?\b")
_WORD = re.compile(r"[^\W\d_]+")
_LATE_NIGHT = time(6)


@dataclass(frozen=True, slots=True)
class Moment:
    """What one cell told: a day, times of day, or an exact instant."""

    day: date | None = None
    start: time | None = None
    end: time | None = None
    instant: datetime | None = None
    midnight: bool = False  # the end is 24.00


@cache
def vocabulary() -> dict[str, Any]:
    """The words that stand in headings, dates, prices and private entries."""
    path = Path(__file__).with_name("words.toml")
    return tomllib.loads(path.read_text("utf-8"))


def moment(value: object) -> Moment:
    """What a cell or a value of a feed says of when. Raises `CannotRead` when it says nothing that can be read."""
    if isinstance(value, datetime):
        return Moment(instant=value) if value.tzinfo else Moment(day=value.date(), start=_unless_midnight(value))
    if isinstance(value, date):
        return Moment(day=value)
    if isinstance(value, time):
        return Moment(start=value)
    if isinstance(value, timedelta):
        return Moment(start=(datetime.min + value % timedelta(days=1)).time())  # noqa: DTZ901  (only its clock is used)
    text = str(value).strip()
    if len(text) > 120:
        raise CannotRead("date_unreadable", text=text[:60])
    try:
        return _instant(text) or _spelled(text)
    except (ValueError, OverflowError) as error:
        raise CannotRead("date_unreadable", text=text) from error


def _unless_midnight(value: datetime) -> time | None:
    """Excel gives a day as the day's midnight, so that is a day and not a time."""
    clock = value.time().replace(microsecond=0)
    return clock if clock != time() else None


def _instant(text: str) -> Moment | None:
    if re.fullmatch(r"1\d{9}|1\d{12}", text):  # seconds or milliseconds since 1970
        return Moment(instant=datetime.fromtimestamp(int(text[:10]), UTC))
    if not _ISO.fullmatch(text):
        return None
    value = datetime.fromisoformat(text.replace(" ", "T", 1).replace(" ", ""))
    return Moment(instant=value) if value.tzinfo else Moment(day=value.date(), start=value.time())


def _spelled(text: str) -> Moment:
    day, rest = _day(text)
    clocks = [_clock(*match.groups()) for match in _CLOCK.finditer(rest)]
    left = {word.lower() for word in _WORD.findall(_CLOCK.sub(" ", rest))} - _passed_over()
    if left or len(clocks) > 2 or (day is None and not clocks):
        raise CannotRead("date_unreadable", text=text)
    times = [clock for clock, _ in clocks]
    midnight = len(clocks) == 2 and clocks[1][1]
    return Moment(day, times[0] if times else None, times[1] if len(times) > 1 else None, None, midnight)


def _day(text: str) -> tuple[date | None, str]:
    """The day named in `text`, and the rest of it."""
    for pattern, named in _DAYS:
        match = pattern.search(text)
        if match is None:
            continue
        month = _month(match["name"]) if named else int(match["month"])
        if month is None:
            continue
        year = int(match["year"])
        found = date(year + 2000 if year < 100 else year, month, int(match["day"]))
        return found, text[: match.start()] + " " + text[match.end() :]
    return None, text


def _month(name: str) -> int | None:
    return next((number for number, names in enumerate(_months(), 1) if name.lower() in names), None)


@cache
def _months() -> tuple[frozenset[str], ...]:
    return tuple(frozenset(names.split()) for names in vocabulary()["dates"]["months"])


@cache
def _passed_over() -> frozenset[str]:
    return frozenset(vocabulary()["dates"]["passed_over"].split())


def _clock(hour: str, minute: str | None, half: str | None, m: str | None) -> tuple[time, bool]:
    """A time of day, and whether it is 24.00. Raises ValueError for what no clock shows."""
    number = int(hour)
    if half and m:
        if not 1 <= number <= 12:
            raise ValueError(hour)
        number = number % 12 + (12 if half.lower() == "p" else 0)
    elif half or m:
        raise ValueError(half)
    if number == 24 and not int(minute or 0):
        return time(), True
    return time(number, int(minute or 0)), False


def span(
    day: Moment | None, start: Moment | None, end: Moment | None, zone: ZoneInfo
) -> tuple[datetime, datetime, tuple[Note, ...]]:
    """Start and end of an event from what its cells said, with notes on what was filled in.

    Raises `CannotRead` when there is no day, or the end lies before the start.
    """
    begin = _begin(day, start, zone)
    first = (start.day if start else None) or (day.day if day else None)
    if begin is None:
        if first is None:
            raise CannotRead("date_missing")
        last = (end.day if end and end.day else first) + timedelta(days=1)
        if last <= first:
            raise CannotRead("ends_before_start")
        whole = datetime.combine(first, time(), zone), datetime.combine(last, time(), zone)
        return *whole, (Note("all_day"),)
    finish = _finish(begin, day, start, end, zone)
    if finish is None:
        return begin, begin, (Note("end_missing"),)
    if finish < begin:
        raise CannotRead("ends_before_start")
    return begin, finish, ()


def _begin(day: Moment | None, start: Moment | None, zone: ZoneInfo) -> datetime | None:
    told = [each for each in (start, day) if each]
    instant = next((each.instant for each in told if each.instant), None)
    if instant is not None:
        return instant
    clock = next((each.start for each in told if each.start is not None), None)
    first = next((each.day for each in told if each.day), None)
    if clock is None:
        return None
    if first is None:
        raise CannotRead("date_missing")
    return datetime.combine(first, clock, zone)


def _finish(
    begin: datetime, day: Moment | None, start: Moment | None, end: Moment | None, zone: ZoneInfo
) -> datetime | None:
    """When it ends, or None where nothing tells. An end at night belongs to the next day ("20.00-01.00")."""
    if end and end.instant:
        return end.instant
    local = begin.astimezone(zone)
    if end and end.start is not None:
        clock, midnight = end.start, end.midnight
    else:
        ranged = next((each for each in (start, day) if each and each.end is not None), None)
        if ranged is None:
            return None
        clock, midnight = ranged.end or time(), ranged.midnight
    if end and end.day:
        return datetime.combine(end.day, clock, zone)
    finish = datetime.combine(local.date(), clock, zone)
    if finish < local and (clock <= _LATE_NIGHT or midnight):
        finish = datetime.combine(local.date() + timedelta(days=1), clock, zone)
    return finish
