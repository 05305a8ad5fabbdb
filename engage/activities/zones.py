"""A time zone as calendars are told it (VTIMEZONE, RFC 5545, 3.6.5), for programs that do not know its name.

Where the clocks change by one rule in all the years wanted, as in the whole of the European Union, the rule is told, which
every program understands; elsewhere each change is told by itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from engage.activities.content_lines import line, text

_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
# Since when the rule is told: long before any date, so that a date in any year has one before it.
_EPOCH = 1970


@dataclass(frozen=True, slots=True)
class _Change:
    """The clocks are set: `at` is what they show at that moment, before they are set."""

    at: datetime
    before: timedelta
    after: timedelta
    name: str
    summer: bool

    @property
    def rules(self) -> tuple[tuple[int, int, int, int, int], ...]:
        """The rules this day fits, as (month, nth, weekday, hour, minute): counted from the month's end, and from its start."""
        last = (self.at + timedelta(days=7)).month != self.at.month
        clock = (self.at.weekday(), self.at.hour, self.at.minute)
        counted = (self.at.month, (self.at.day - 1) // 7 + 1, *clock)
        return ((self.at.month, -1, *clock), counted) if last else (counted,)


@lru_cache(maxsize=64)
def timezone(key: str, first: int, last: int) -> str:
    """The VTIMEZONE of the zone `key`, right from the year `first` to the year `last`."""
    zone = ZoneInfo(key)
    changes = [each for year in range(first - 1, last + 2) for each in _changes(zone, year)]
    lines = [line("BEGIN", "VTIMEZONE"), line("TZID", key)]
    if not changes:
        start = datetime(first, 1, 1, tzinfo=zone)
        since = datetime(_EPOCH, 1, 1)  # noqa: DTZ001  (what the clocks there show)
        lines += _part(_Change(since, _offset(start), _offset(start), start.tzname() or key, False))
    for summer in (True, False):
        alike = [each for each in changes if each.summer is summer]
        rule = _common_rule(alike, last - first + 3)
        if rule is not None:
            lines += _ruled(alike[0], rule)
        else:
            for each in alike:
                lines += _part(each)
    lines.append(line("END", "VTIMEZONE"))
    return "".join(lines)


def _changes(zone: ZoneInfo, year: int) -> Iterator[_Change]:
    """When clocks are set in a year: looked for day by day, then to the minute."""
    day = datetime(year, 1, 1, tzinfo=UTC)
    while day.year == year:
        following = day + timedelta(days=1)
        if _offset(day.astimezone(zone)) != _offset(following.astimezone(zone)):
            yield _change(zone, day, following)
        day = following


def _change(zone: ZoneInfo, low: datetime, high: datetime) -> _Change:
    before = _offset(low.astimezone(zone))
    while high - low > timedelta(minutes=1):
        middle = low + (high - low) // 2
        middle = middle.replace(second=0, microsecond=0)
        if middle <= low:
            break
        low, high = (middle, high) if _offset(middle.astimezone(zone)) == before else (low, middle)
    local = high.astimezone(zone)
    return _Change(
        at=(high + before).replace(tzinfo=None),
        before=before,
        after=_offset(local),
        name=local.tzname() or "",
        summer=bool(local.dst()),
    )


def _offset(instant: datetime) -> timedelta:
    return instant.utcoffset() or timedelta(0)


def _common_rule(changes: list[_Change], years: int) -> tuple[int, int, int, int, int] | None:
    """The one rule all these changes fit, one in each of the years."""
    if len(changes) != years or len({(each.before, each.after, each.name) for each in changes}) != 1:
        return None
    fitting = set(changes[0].rules).intersection(*(each.rules for each in changes[1:]))
    return min(fitting, default=None)


def _ruled(change: _Change, rule: tuple[int, int, int, int, int]) -> list[str]:
    month, nth, weekday, _hour, _minute = rule
    return _part(
        _Change(_day(_EPOCH, *rule), change.before, change.after, change.name, change.summer),
        line("RRULE", f"FREQ=YEARLY;BYMONTH={month};BYDAY={nth}{_DAYS[weekday]}"),
    )


def _day(year: int, month: int, nth: int, weekday: int, hour: int, minute: int) -> datetime:
    """The nth such weekday of the month; the last one for -1."""
    if nth > 0:
        first = datetime(year, month, 1, hour, minute)  # noqa: DTZ001  (what the clocks there show)
        return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))
    following = datetime(year + month // 12, month % 12 + 1, 1, hour, minute)  # noqa: DTZ001  (what the clocks there show)
    last = following - timedelta(days=1)
    return last - timedelta(days=(last.weekday() - weekday) % 7)


def _part(change: _Change, *rule: str) -> list[str]:
    kind = "DAYLIGHT" if change.summer else "STANDARD"
    return [
        line("BEGIN", kind),
        line("DTSTART", f"{change.at:%Y%m%dT%H%M%S}"),
        *rule,
        line("TZOFFSETFROM", _signed(change.before)),
        line("TZOFFSETTO", _signed(change.after)),
        line("TZNAME", text(change.name)),
        line("END", kind),
    ]


def _signed(offset: timedelta) -> str:
    minutes = round(offset.total_seconds() / 60)
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}{abs(minutes) % 60:02d}"
