"""Who is reminded: at the time a rule falls due for a date, one row for each person who has a place, in one statement.

Nothing is planned for a person before that, so that signing up, cancelling and moving up the line cost nothing here, and nobody
who is gone by then was ever on the list. Only whose own quiet hours ask for an earlier time is planned for at that time.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, LiteralString

from engage.base.db import ask
from engage.registrations.reminders import instants, rules, timing
from engage.registrations.reminders.instants import Span
from engage.registrations.reminders.models import Way
from engage.registrations.reminders.rules import Rule
from engage.registrations.reminders.timing import LOCKS, PLANNER, Dated
from engage.registrations.windows import Quiet

# Times a run takes on; each may be for thousands of people. And how many kinds of quiet hours it knows.
_MOST, _MOST_WINDOWS = 50, 400
# What one person gets goes through one hand at a time: this many hands.
LANES = 16
# Quiet hours move what is before the start by less than a day.
_AHEAD = timedelta(hours=25)


@dataclass(frozen=True, slots=True)
class _Time:
    id: int
    occurrence_id: int
    rule_key: str
    starts_at: datetime
    at: datetime
    due_at: datetime
    useful_until: datetime


def plan(now: datetime) -> int:
    """Do a share of what is to be planned now. Returns how much that was; 0 when all is done, or somebody else is at it."""
    got = ask("SELECT pg_try_advisory_xact_lock(%(locks)s, %(planner)s)", {"locks": LOCKS, "planner": PLANNER})
    if not got.fetchall()[0][0]:
        return 0
    done = timing.refresh(now)
    windows = _windows()
    times = _times(_DUE, now)
    for found in _known(times):
        _make_rows(found, windows, now, everybody=True)
    if times:
        settled = {"now": now, "ids": [each.id for each in times]}
        ask("UPDATE reminder_time SET done_at = %(now)s WHERE id = ANY(%(ids)s)", settled)
    ahead = _known(_times(_AHEAD_OF, now)) if windows else []
    return done + len(times) + sum(_make_rows(found, windows, now, everybody=False) for found in ahead)


@dataclass(frozen=True, slots=True)
class _Found:
    time: _Time
    rule: Rule
    date: Dated


def _known(times: Sequence[_Time]) -> list[_Found]:
    """The times with their dates and rules, read together; what does not hold any more is passed over."""
    dates = {each.occurrence_id: each for each in timing.dates([each.occurrence_id for each in times])} if times else {}
    ruled = rules.of_many(sorted({each.activity_id for each in dates.values()})) if dates else {}
    known = {(activity, rule.key): rule for activity, theirs in ruled.items() for rule in theirs}
    found = []
    for time_ in times:
        date = dates.get(time_.occurrence_id)
        rule = known.get((date.activity_id, time_.rule_key)) if date is not None else None
        if (
            date is not None
            and rule is not None
            and rule.enabled
            and date.stands
            and date.span.starts_at == time_.starts_at
        ):
            found.append(_Found(time_, rule, date))
    return found


_COLUMNS: LiteralString = "SELECT id, occurrence_id, rule_key, starts_at, at, due_at, useful_until FROM reminder_time"
_DUE: LiteralString = _COLUMNS + " WHERE done_at IS NULL AND due_at <= %(now)s ORDER BY due_at, id LIMIT %(most)s"
_AHEAD_OF: LiteralString = (
    _COLUMNS + " WHERE done_at IS NULL AND due_at > %(now)s AND due_at <= %(ahead)s ORDER BY due_at, id"
)


def _times(statement: LiteralString, now: datetime) -> list[_Time]:
    facts = {"now": now, "ahead": now + _AHEAD, "most": _MOST}
    return [_Time(*row) for row in ask(statement, facts).fetchall()]


_QUIET = """
SELECT DISTINCT wishes -> 'quiet' FROM person WHERE jsonb_typeof(wishes -> 'quiet') = 'array' LIMIT %(most)s
"""


def _windows() -> list[tuple[str, str]]:
    """The quiet hours people have chosen, each once."""
    return [(row[0][0], row[0][1]) for row in ask(_QUIET, {"most": _MOST_WINDOWS}).fetchall()]


def _make_rows(found: _Found, windows: Sequence[tuple[str, str]], now: datetime, *, everybody: bool) -> int:
    at, span = found.time.at, found.date.span
    own = [(window, own_due(at, span, window, at - _AHEAD)) for window in windows]
    if not everybody:
        own = [(window, due) for window, due in own if due is not None and due <= now]
        if not own:
            return 0
    return _insert(found.time, found.rule, found.date, own, everybody)


def own_due(at: datetime, span: Span, window: tuple[str, str], since: datetime) -> datetime | None:
    """When somebody with quiet hours of their own is told what is due at `at`."""
    quiet = Quiet(time.fromisoformat(window[0]), time.fromisoformat(window[1]))
    return instants.calm(at, span, quiet, since=since)


# Of several sign-ups of one person for the date the first one stands for all. Who signed up after it was due knows anyway.
_GUESTS: LiteralString = """
    SELECT DISTINCT ON (coalesce(r.person_id::text, r.email, '#' || r.id)) r.id,
           CASE WHEN person.id IS NULL OR jsonb_typeof(person.wishes -> 'quiet') IS DISTINCT FROM 'array'
                THEN %(due_at)s ELSE own.due_at END AS due_at,
           coalesce(r.person_id, r.id) %% %(lanes)s AS lane, r.joined_at
      FROM registration r
      JOIN pool ON pool.id = r.pool_id
      JOIN occurrence first ON first.id = r.occurrence_id
      LEFT JOIN shift_role role ON role.id = pool.role_id
      LEFT JOIN person ON person.id = r.person_id
      LEFT JOIN unnest(%(windows)s::jsonb[], %(dues)s::timestamptz[]) AS own (quiet, due_at)
             ON own.quiet = person.wishes -> 'quiet'
     WHERE r.state = 'confirmed'
       AND (%(early)s::timestamptz IS NULL OR r.joined_at <= %(early)s)
       AND (%(roles)s::text[] = '{}' OR role.public_id = ANY(%(roles)s))
       AND (%(everybody)s OR own.due_at IS NOT NULL)
       AND (NOT %(chat)s OR EXISTS (
         SELECT FROM address a WHERE a.person_id = r.person_id AND a.channel NOT IN ('email', 'sms') AND a.verified_at IS NOT NULL
            AND a.off_at IS NULL))
       AND """
_OF_DATE: LiteralString = "r.occurrence_id = %(occurrence)s AND pool.course_id IS NULL"
# From the first date somebody comes to on; for which of them the rule is.
_OF_COURSE: LiteralString = """
       r.pool_id = (SELECT id FROM pool WHERE course_id = %(activity)s) AND first.starts_at <= %(starts_at)s
       AND (%(dates)s <> 'first' OR NOT EXISTS (
         SELECT FROM occurrence o WHERE o.activity_id = %(activity)s AND o.state = 'scheduled'
            AND o.starts_at >= first.starts_at AND o.starts_at < %(starts_at)s))
       AND (%(dates)s <> 'last' OR NOT EXISTS (
         SELECT FROM occurrence o WHERE o.activity_id = %(activity)s AND o.state = 'scheduled'
            AND o.starts_at > %(starts_at)s))"""
_EACH: LiteralString = """
     ORDER BY coalesce(r.person_id::text, r.email, '#' || r.id), r.id) guest
 WHERE guest.due_at IS NOT NULL AND guest.joined_at <= guest.due_at
"""
_INSERT: LiteralString = """
INSERT INTO reminding (occurrence_id, registration_id, rule_key, starts_at, due_at, useful_until, lane)
SELECT %(occurrence)s, guest.id, %(rule)s, %(starts_at)s, guest.due_at, %(until)s, guest.lane FROM ("""
_COUNT: LiteralString = "SELECT count(*) FROM ("
_ONCE: LiteralString = " ON CONFLICT DO NOTHING"
_NEW: LiteralString = """
   AND NOT EXISTS (SELECT FROM reminding WHERE registration_id = guest.id AND occurrence_id = %(occurrence)s
                      AND rule_key = %(rule)s AND starts_at = %(starts_at)s)"""
_DATE: LiteralString = _INSERT + _GUESTS + _OF_DATE + _EACH + _ONCE
_COURSE: LiteralString = _INSERT + _GUESTS + _OF_COURSE + _EACH + _ONCE
_COUNT_DATE: LiteralString = _COUNT + _GUESTS + _OF_DATE + _EACH + _NEW
_COUNT_COURSE: LiteralString = _COUNT + _GUESTS + _OF_COURSE + _EACH + _NEW


def _insert(
    found: _Time, rule: Rule, date: Dated, own: Sequence[tuple[tuple[str, str], datetime | None]], everybody: bool
) -> int:
    facts = _facts(rule, date, found.due_at)
    facts |= {
        "until": found.useful_until,
        "windows": [json.dumps(list(window)) for window, _due in own],
        "dues": [due for _window, due in own],
        "everybody": everybody,
    }
    made = ask(_DATE, facts).rowcount
    if date.course:
        made += ask(_COURSE, facts).rowcount
    return int(made)


def _facts(rule: Rule, date: Dated, due_at: datetime) -> dict[str, Any]:
    starts_at = date.span.starts_at
    return {
        "occurrence": date.occurrence_id,
        "activity": date.activity_id,
        "rule": rule.key,
        "starts_at": starts_at,
        "due_at": due_at,
        "lanes": LANES,
        "early": starts_at - timedelta(days=rule.early_days) if rule.early_days else None,
        "roles": list(rule.roles),
        "dates": str(rule.dates),
        "chat": rule.way == Way.CHAT,
    }


def reach(rule: Rule, date: Dated, due_at: datetime) -> int:
    """How many people the rule would reach for a date at `due_at`, those it has reached already apart."""
    facts = _facts(rule, date, due_at) | {"windows": [], "dues": [], "everybody": True}
    # Whose quiet hours are their own counts as well: they get it at another hour.
    number = ask(_COUNT_DATE.replace("ELSE own.due_at END", "ELSE %(due_at)s END"), facts).fetchall()[0][0]
    if date.course:
        number += ask(_COUNT_COURSE.replace("ELSE own.due_at END", "ELSE %(due_at)s END"), facts).fetchall()[0][0]
    return int(number)
