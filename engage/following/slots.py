"""When somebody's weekly letter is due: pure arithmetic of local weekdays, clock times and quiet hours."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

# A letter that could not be written in time is still worth reading so long after; then the next one is near.
USEFUL = timedelta(days=3)


def next_slot(rhythm: tuple[int, time], *, after: datetime, zone: ZoneInfo) -> datetime:
    """The first time past `after` at which clocks in `zone` show this weekday (Monday is 0) and hour, in UTC.

    An hour that is skipped in spring is the one after it; of one that comes twice in autumn the first counts.
    """
    weekday, hour = rhythm
    today = after.astimezone(zone).date()
    day = today + timedelta(days=(weekday - today.weekday()) % 7)
    found = _instant(day, hour, zone)
    return found if found > after else _instant(day + timedelta(days=7), hour, zone)


def week(instant: datetime, zone: ZoneInfo) -> str:
    """The local week an instant lies in, such as "2026-W49" (ISO 8601)."""
    year, number, _weekday = instant.astimezone(zone).isocalendar()
    return f"{year}-W{number:02d}"


def _instant(day: date, hour: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, hour, zone).astimezone(UTC)
