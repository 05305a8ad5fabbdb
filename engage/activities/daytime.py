"""Dates by the time of the day at which they begin, as clocks show it."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

from engage.activities.coming import Dates

# Local hours in which something begins that is "in the evening": what starts at 17 after work counts.
_PARTS = {"morning": (0, 12), "afternoon": (12, 17), "evening": (17, 24)}
_HOUR, _MINUTE = timedelta(hours=1), timedelta(minutes=1)
# Every clock on Earth is whole quarters of an hour away from UTC.
_QUARTER = 15 * 60


def in_part(dates: Dates, among: Iterable[int], part: str, zone: ZoneInfo) -> Iterator[int]:
    """Those of `among` that begin in a part of the day ("morning", "afternoon", "evening"), or are on at a time such as "19:00".

    All of them when `part` is neither.
    """
    if part in _PARTS:
        return _beginning(dates, among, *_PARTS[part], zone)
    hour, _colon, minute = part.partition(":")
    if not (hour.isdecimal() and minute.isdecimal() and int(hour) < 24 and int(minute) < 60):
        return iter(among)
    return (each for each in among if _is_on(dates, each, int(hour), int(minute), zone))


def _beginning(dates: Dates, among: Iterable[int], first: int, last: int, zone: ZoneInfo) -> Iterator[int]:
    """Those that begin from one hour to before another. A clock is asked once for each quarter of an hour: that is what takes
    long, and many dates begin together.
    """
    starts, known = dates.starts, dict[float, bool]()
    for each in among:
        quarter = starts[each] // _QUARTER
        fits = known.get(quarter)
        if fits is None:
            fits = known[quarter] = first <= dates.start(each, zone).hour < last
        if fits:
            yield each


def _is_on(dates: Dates, each: int, hour: int, minute: int, zone: ZoneInfo) -> bool:
    start = dates.start(each, zone)
    asked = start.replace(hour=hour, minute=minute)
    return start - (_HOUR - _MINUTE) <= asked < max(dates.end(each, zone), start + _MINUTE)
