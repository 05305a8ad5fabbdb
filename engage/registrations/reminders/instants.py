"""When a reminder falls due. Pure arithmetic of instants and local clock times; the numbers are behaviour.md's, C2.

Days are calendar days in the activity's zone with a time on the clock, hours are elapsed time. A clock time that summer time
leaves out is the first instant after the gap, one that comes twice is the second.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from engage.registrations.reminders.models import Anchor, Unit
from engage.registrations.reminders.rules import Rule
from engage.registrations.windows import Quiet

# Asked soon after the end, while it is fresh: not before this, and by itself an hour after (C2: between 15 minutes and 2 hours).
SOON_AFTER = timedelta(minutes=15)
# A reminder moved to the evening before is sent so long before it gets quiet.
_BEFORE_QUIET = timedelta(minutes=30)
# One that can only go next morning must still be so long before the start.
_LEAST_BEFORE_START = timedelta(hours=1)
# Until when it is still of use, counted from the start: a day's until 3 hours before, a week's until the day's is near.
_FAR, _FAR_UNTIL = timedelta(days=3), timedelta(hours=36)
_NEAR, _NEAR_UNTIL = timedelta(hours=12), timedelta(hours=3)
_LAST_UNTIL = timedelta(minutes=30)
AFTERWARDS = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Span:
    """A date as far as its reminders depend on it. `closes_at` is until when one may sign up."""

    starts_at: datetime
    ends_at: datetime
    closes_at: datetime
    zone: ZoneInfo


def local_instant(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """The instant at which the clocks of `zone` show `clock` on `day`."""
    naive = datetime.combine(day, clock)
    second = naive.replace(tzinfo=zone, fold=1).astimezone(UTC)
    if second.astimezone(zone).replace(tzinfo=None) == naive:
        return second
    # In a gap: read with the offset of before, the instant lies behind the change, by less than the gap is long.
    found = naive.replace(tzinfo=zone, fold=0).astimezone(UTC)
    after = found.astimezone(zone).utcoffset()
    while (found - timedelta(minutes=1)).astimezone(zone).utcoffset() == after:
        found -= timedelta(minutes=1)
    return found


def nominal(rule: Rule, span: Span) -> datetime:
    """When the rule says, whatever the hour."""
    if rule.anchor == Anchor.ABSOLUTE:
        assert rule.on_at is not None, "a constraint says so"
        return rule.on_at
    anchor = {Anchor.START: span.starts_at, Anchor.END: span.ends_at, Anchor.DEADLINE: span.closes_at}[rule.anchor]
    sign = 1 if rule.after else -1
    if rule.unit == Unit.HOURS:
        return anchor + sign * timedelta(hours=rule.number)
    local = anchor.astimezone(span.zone)
    return local_instant(local.date() + sign * timedelta(days=rule.number), rule.clock or local.time(), span.zone)


def useful_until(rule: Rule, span: Span) -> datetime:
    """The last instant at which it is worth being told."""
    at = nominal(rule, span)
    if at >= span.starts_at:
        return (span.ends_at if at >= span.ends_at else span.starts_at) + AFTERWARDS
    if rule.anchor == Anchor.DEADLINE and not rule.after:
        return span.closes_at
    ahead = span.starts_at - at
    if ahead >= _FAR:
        return span.starts_at - _FAR_UNTIL
    return span.starts_at - (_NEAR_UNTIL if ahead >= _NEAR else min(_LAST_UNTIL, ahead / 2))


def calm(at: datetime, span: Span, quiet: Quiet, *, since: datetime) -> datetime | None:
    """`at`, or when it may be said instead where nobody wants to be disturbed; None where no good time is left.

    Before the start it is moved to the evening before, if that is after `since`; else to the morning, an hour before at the
    latest. What comes afterwards waits for the morning.
    """
    if not quiet.covers(at.astimezone(span.zone)):
        return at
    if at >= span.starts_at:
        soon = span.ends_at + SOON_AFTER
        if soon < at and soon > since and at >= span.ends_at and not quiet.covers(soon.astimezone(span.zone)):
            return soon
        return _after(at, span.zone, quiet)
    earlier = _before(at, span.zone, quiet)
    if earlier > since:
        return earlier
    later = _after(at, span.zone, quiet)
    return later if later <= span.starts_at - _LEAST_BEFORE_START else None


def _before(at: datetime, zone: ZoneInfo, quiet: Quiet) -> datetime:
    local = at.astimezone(zone)
    night = quiet.begins > quiet.ends
    day = local.date() - timedelta(days=night and local.time() < quiet.ends)
    waking = _waking(quiet)
    found = local_instant(day, quiet.begins, zone) - min(_BEFORE_QUIET, waking / 2)
    # The hour that winter time repeats may read as quiet twice.
    return found if not quiet.covers(found.astimezone(zone)) else found - timedelta(hours=1)


def _after(at: datetime, zone: ZoneInfo, quiet: Quiet) -> datetime:
    local = at.astimezone(zone)
    night = quiet.begins > quiet.ends
    return local_instant(local.date() + timedelta(days=night and local.time() >= quiet.begins), quiet.ends, zone)


def _waking(quiet: Quiet) -> timedelta:
    """How long a day is not quiet."""
    day = date(2000, 1, 1)
    between = datetime.combine(day, quiet.begins) - datetime.combine(day, quiet.ends)
    return between % timedelta(days=1)
