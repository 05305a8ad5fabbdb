"""Until when an offer stands. Pure arithmetic of instants and local clock times; the numbers are behaviour.md's, C1."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

# How long an offer stands when this much time, or more, is left before the start. With less than the last it is told to all.
SHRINKING = ((timedelta(hours=72), None), (timedelta(hours=24), 12), (timedelta(hours=6), 3))
# When an offer that would run out at night runs out instead.
MORNING = time(10)


@dataclass(frozen=True, slots=True)
class Quiet:
    """Local times between which nobody is disturbed, over midnight where the first is later than the last."""

    begins: time
    ends: time

    def covers(self, local: datetime) -> bool:
        if self.begins < self.ends:
            return self.begins <= local.time() < self.ends
        return local.time() >= self.begins or local.time() < self.ends

    def after(self, instant: datetime, zone: ZoneInfo, at: time | None = None) -> datetime:
        """`instant`, or the first moment after the quiet hours it lies in; `at` is a later clock time on that morning."""
        local = instant.astimezone(zone)
        if not self.covers(local):
            return instant
        over_midnight = self.begins > self.ends and local.time() >= self.begins
        day = local.date() + timedelta(days=over_midnight)
        return datetime.combine(day, at or self.ends, zone).astimezone(instant.tzinfo)

    def before(self, instant: datetime, zone: ZoneInfo) -> datetime:
        """`instant`, or the last moment before the quiet hours it lies in."""
        local = instant.astimezone(zone)
        if not self.covers(local):
            return instant
        day = local.date() - timedelta(days=local.time() < self.ends < self.begins)
        return datetime.combine(day, self.begins, zone).astimezone(instant.tzinfo) - timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Window:
    """When an offer may be read first, and when it runs out."""

    opens_at: datetime
    expires_at: datetime


def is_short(now: datetime, start: datetime) -> bool:
    """Whether it is so near the start that free seats are told to all who wait, and the first to take one has it."""
    return start - now < SHRINKING[-1][0]


def offer_window(
    now: datetime, *, start: datetime, latest: datetime, zone: ZoneInfo, hours: int, quiet: Quiet, least: timedelta
) -> Window | None:
    """When an offer made now opens and runs out; None when less than `least` would be left to answer it.

    It opens when the message may be delivered, so that quiet hours do not eat it. It stands for `hours`, or for less when
    `start` is near, and never past `latest`. It never runs out in quiet hours: then it stands until 10 next morning, or, where
    that is past `latest`, ends in the evening before.
    """
    opens_at = quiet.after(now, zone)
    for enough, shorter in SHRINKING:
        if start - opens_at >= enough:
            period = timedelta(hours=min(hours, shorter or hours))
            break
    else:
        return None
    expires_at = quiet.after(opens_at + period, zone, MORNING)
    if expires_at > latest:
        expires_at = quiet.before(latest, zone)
    return Window(opens_at, expires_at) if expires_at - opens_at >= least else None
