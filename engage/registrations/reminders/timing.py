"""When the rules of a date fall due: kept as rows, worked out anew for dates whose time, state or rules changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select

from engage.activities.models import Activity, ActivityState, Occurrence, OccurrenceState, SignUpMode
from engage.base.config import current_settings
from engage.base.db import ask, db
from engage.registrations import calling_back
from engage.registrations.reminders import instants, rules
from engage.registrations.reminders.instants import Span
from engage.registrations.reminders.models import ReminderTime
from engage.registrations.reminders.rules import Rule
from engage.registrations.windows import Quiet

# The first number of the locks that keep planning and each lane in one hand (advisory locks, which take two).
LOCKS, PLANNER = 7715, -1
# Changes a share works out: what a share holds at once its process keeps room for ever after.
_MOST = 100


@dataclass(frozen=True, slots=True)
class Dated:
    """A date with what its reminders depend on. `since` is when it was last changed."""

    occurrence_id: int
    activity_id: int
    course: bool
    stands: bool
    since: datetime
    span: Span


@dataclass(frozen=True, slots=True)
class Due:
    """When a rule falls due for a date. `late` is what it was too late for when the date or the rule was made."""

    at: datetime
    due_at: datetime
    useful_until: datetime
    late: bool


def usual_quiet() -> Quiet:
    """When the service itself disturbs nobody."""
    settings = current_settings()
    return Quiet(settings.quiet_from, settings.quiet_until)


def due(rule: Rule, date: Dated) -> Due | None:
    """When `rule` falls due for `date`; None where it never does."""
    if not rule.enabled or not date.stands:
        return None
    at, until = instants.nominal(rule, date.span), instants.useful_until(rule, date.span)
    since = max(date.since, rule.changed_at or date.since)
    if at < since and rule.send_late_at is not None and date.since <= rule.send_late_at:
        at = rule.send_late_at
        since = at - timedelta(seconds=1)
    when = instants.calm(at, date.span, usual_quiet(), since=since)
    if when is None or when > until:
        return None
    return Due(at, when, until, late=at < since)


_TAKE = """
DELETE FROM reminder_stale WHERE id IN (SELECT id FROM reminder_stale ORDER BY id LIMIT %(most)s FOR UPDATE SKIP LOCKED)
RETURNING occurrence_id
"""


def refresh(now: datetime, most: int = _MOST) -> int:
    """Work out anew the times of dates that changed. Returns how many changes that were.

    Whoever calls this holds the planner's lock, so that no older reading of a date overwrites a newer one.
    """
    taken = [row[0] for row in ask(_TAKE, {"most": most}).fetchall()]
    if not taken:
        return 0
    ids = sorted(set(taken))
    found = dates(ids)
    ruled = rules.of_many(sorted({each.activity_id for each in found}))
    kept = []
    for date in found:
        for rule in ruled[date.activity_id]:
            when = due(rule, date)
            if when is not None and when.useful_until > now:
                _keep(date, rule, when, now)
                kept.append((date.occurrence_id, rule.key))
    _drop(ids, kept)
    calling_back.of_dates(ids, now)
    return len(taken)


def dates(ids: Sequence[int]) -> list[Dated]:
    """These dates as they are in the database now."""
    query = (
        select(
            Occurrence.id,
            Occurrence.activity_id,
            Occurrence.starts_at,
            Occurrence.ends_at,
            Occurrence.zone,
            Occurrence.state,
            Occurrence.updated_at,
            Activity.state,
            Activity.sign_up,
            Activity.sign_up_closes_before,
            Activity.published_at,
        )
        .join(Activity)
        .where(Occurrence.id.in_(ids))
        .order_by(Occurrence.id)
    )
    return [_dated(*row) for row in db.session.execute(query)]


def _dated(
    occurrence_id: int,
    activity_id: int,
    starts_at: datetime,
    ends_at: datetime,
    zone: str,
    state: str,
    updated_at: datetime,
    activity_state: str,
    sign_up: str,
    closes_before: int,
    published_at: datetime | None,
) -> Dated:
    closes_at = starts_at - timedelta(minutes=closes_before)
    held = state == OccurrenceState.SCHEDULED and activity_state == ActivityState.PUBLISHED
    return Dated(
        occurrence_id=occurrence_id,
        activity_id=activity_id,
        course=sign_up == SignUpMode.WHOLE_COURSE,
        stands=held and sign_up != SignUpMode.DROP_IN,
        since=max(updated_at, published_at or updated_at),
        span=Span(starts_at, ends_at, closes_at, ZoneInfo(zone)),
    )


# What was done stays done while it is due at the same time.
_KEEP = """
INSERT INTO reminder_time AS time (occurrence_id, rule_key, starts_at, at, due_at, useful_until, done_at)
VALUES (%(occurrence)s, %(rule)s, %(starts_at)s, %(at)s, %(due_at)s, %(until)s, %(done_at)s)
ON CONFLICT (occurrence_id, rule_key) DO UPDATE SET
  starts_at = excluded.starts_at, at = excluded.at, due_at = excluded.due_at, useful_until = excluded.useful_until,
  done_at = CASE WHEN time.due_at = excluded.due_at AND time.starts_at = excluded.starts_at
                 THEN time.done_at ELSE excluded.done_at END
"""


def _keep(date: Dated, rule: Rule, when: Due, now: datetime) -> None:
    facts = {
        "occurrence": date.occurrence_id,
        "rule": rule.key,
        "starts_at": date.span.starts_at,
        "at": when.at,
        "due_at": when.due_at,
        "until": when.useful_until,
        "done_at": now if when.late else None,
    }
    ask(_KEEP, facts)


def _drop(ids: Sequence[int], kept: Sequence[tuple[int, str]]) -> None:
    found = db.session.execute(
        select(ReminderTime.id, ReminderTime.occurrence_id, ReminderTime.rule_key).where(
            ReminderTime.occurrence_id.in_(ids)
        )
    )
    gone = [number for number, occurrence, key in found if (occurrence, key) not in set(kept)]
    if gone:
        db.session.execute(delete(ReminderTime).where(ReminderTime.id.in_(gone)))
