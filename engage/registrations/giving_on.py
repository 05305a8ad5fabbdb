"""Places of people who did not answer whether they come, given on some hours before the start, where the organiser chose so.

It counts for who signed up since, as they were told; and only where they were asked, by a letter that left in time.
"""

from datetime import datetime, timedelta

import structlog

from engage.base.db import ask, savepoint
from engage.registrations import leaving, notices, rows, steps, waiting
from engage.registrations.models import State
from engage.registrations.reminders.choosing import MOST_RELEASE
from engage.registrations.rows import locked
from engage.registrations.steps import Because

log = structlog.get_logger(__name__)

# So long somebody has had the question before silence means anything.
TIME_TO_ANSWER = timedelta(hours=3)
_MOST = 100
_LONGEST = timedelta(hours=MOST_RELEASE)

# The few dates whose hour has come first, and from each what was asked of its guests: whatever the database thinks of how many
# there are, it does not read all that was ever asked.
_SILENT = """
WITH hour AS MATERIALIZED (
  SELECT o.id, o.starts_at, rule.key, rule.release_since
    FROM reminder_rule rule
    JOIN occurrence o ON o.activity_id = rule.activity_id
    JOIN activity a ON a.id = o.activity_id
   WHERE rule.enabled AND rule.asks AND rule.release_hours IS NOT NULL AND o.state = 'scheduled' AND a.state = 'published'
     AND o.starts_at > %(now)s AND o.starts_at <= %(ahead)s
     AND o.starts_at - make_interval(hours => rule.release_hours) <= %(now)s)
SELECT DISTINCT hour.id, silent.public_id
  FROM hour CROSS JOIN LATERAL (
    SELECT r.public_id
      FROM reminding asked
      JOIN registration r ON r.id = asked.registration_id
      JOIN pool ON pool.id = r.pool_id
      JOIN outbox letter ON letter.key = 'reminder:' || coalesce(asked.letter_id, asked.id)
     WHERE asked.occurrence_id = hour.id AND asked.rule_key = hour.key AND asked.starts_at = hour.starts_at
       AND asked.status = 'sent' AND pool.course_id IS NULL AND r.state = 'confirmed' AND r.joined_at >= hour.release_since
       AND letter.status = 'sent' AND letter.settled_at <= %(now)s - %(time)s
       AND NOT EXISTS (SELECT FROM reminding said WHERE said.registration_id = r.id AND said.occurrence_id = hour.id
                          AND said.starts_at = hour.starts_at AND said.answer = 'coming')
       AND (%(only)s::varchar IS NULL OR r.public_id = %(only)s)
    OFFSET 0) silent
 ORDER BY hour.id, silent.public_id LIMIT %(most)s
"""


def give_on(now: datetime) -> int:
    """Give on the places of those who were silent. Returns how many."""
    given = 0
    for public_id in _silent(now):
        try:
            with savepoint():
                given += _give_on(public_id, now)
        except Exception:  # one broken row must not keep all the others for ever
            log.exception("giving_on_broke", registration=public_id)
    return given


def _silent(now: datetime, only: str | None = None) -> list[str]:
    """Who has not answered and is to lose their place now, in the order in which seats are locked; or whether `only` is one."""
    facts = {"now": now, "ahead": now + _LONGEST, "time": TIME_TO_ANSWER, "most": _MOST, "only": only}
    return [public_id for _date, public_id in ask(_SILENT, facts).fetchall()]


def _give_on(registration_public_id: str, now: datetime) -> bool:
    registration, room = locked(registration_public_id)
    # Whoever says that they come locks their sign-up too, so that they are either heard here or told that it is too late.
    rows.hold(registration.id)
    if not _silent(now, registration_public_id):
        return False  # they answered or cancelled meanwhile, or the organiser thought better of it
    leaving.end(registration, State.CANCELLED_BY_STAFF, now)
    steps.because(registration, Because.NO_ANSWER)
    notices.given_on(registration, now=now)
    waiting.serve(room.occurrence_id, now=now, role=room.role)
    return True
