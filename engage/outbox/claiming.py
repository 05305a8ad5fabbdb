"""Taking the most urgent letter in hand, and back from workers that died. Each statement is a transaction of its own.

The cost of a claim does not grow with what lies here: one look into an index for each priority and channel, none of them
past the first letter that is due.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, LiteralString

import psycopg
import structlog
from sqlalchemy.exc import OperationalError

from engage.base.db import alone
from engage.outbox.models import Priority
from engage.outbox.rerouting import SENDERS

log = structlog.get_logger(__name__)

# A worker that holds a lock (see `presence`) is dead when the lock is gone; so long it may still be finding its way back to a
# database that was started anew. Whoever sends without a lock is taken for dead after five minutes.
LOCK_GONE_FOR = timedelta(seconds=20)
ABANDONED_AFTER = timedelta(minutes=5)
# A worker holds one letter at a time, so one that was in the hands of three that died is hardly there by chance.
ABANDONED_MOST = 3
# The word for it among the errors of channels.
ABANDONED = "abandoned"
# Seconds to wait for a database that went away while a letter was on the wire, to note what became of it: two minutes in all.
_DATABASE_WAITS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 15, 15, 15, 15, 15, 15)


@dataclass(frozen=True, slots=True)
class InHand:
    """A letter that is being sent by this worker, and by nobody else until it is noted what became of it."""

    id: int
    key: str
    addresses: list[dict[str, Any]]
    message: dict[str, Any]
    priority: int
    step: int
    tries: int
    unanswered: int
    abandoned: int
    due_at: datetime
    claimed_at: datetime


# The channels that have letters waiting, found by jumping through the index from one to the next.
_CHANNELS: LiteralString = """
WITH RECURSIVE waiting AS (
  SELECT min(channel) AS name FROM outbox WHERE status = 'planned'
  UNION ALL
  SELECT (SELECT min(channel) FROM outbox WHERE status = 'planned' AND channel > waiting.name)
    FROM waiting WHERE waiting.name IS NOT NULL
)
SELECT name FROM waiting WHERE name IS NOT NULL AND name <> ALL(%(elsewhere)s::text[])
"""


def waiting_channels(elsewhere: Sequence[str]) -> list[str]:
    """The channels with letters that this worker may send, due or not."""
    return [row[0] for row in alone(_CHANNELS, {"elsewhere": list(elsewhere)})]


# The oldest of one priority, over all channels. SKIP LOCKED lets many workers take different ones.
_OLDEST: LiteralString = """
  (SELECT letter.id FROM unnest(%(channels)s::text[]) AS channel (name) CROSS JOIN LATERAL (
     SELECT id, due_at FROM outbox
      WHERE status = 'planned' AND outbox.channel = channel.name AND priority = @ AND due_at <= %(now)s
      ORDER BY due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED) AS letter
   ORDER BY letter.due_at, letter.id LIMIT 1)
"""
# One after the other, so that the database stops at the first priority that has a letter.
_PRIORITIES: list[LiteralString] = [str(int(each)) for each in sorted(Priority)]
# Noted without waiting for the disk: should the machine fail at this moment the letter is sent again either way.
_QUICKLY: LiteralString = (
    "WITH quick AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true)), found AS ("
)
_TAKEN: LiteralString = """ LIMIT 1)
UPDATE outbox SET status = 'sending', claimed_at = %(now)s, claimed_by = %(sender)s FROM quick, found WHERE outbox.id = found.id
RETURNING outbox.id, key, addresses, message, priority, step, tries, unanswered, abandoned, due_at, claimed_at
"""
_CLAIM = _QUICKLY + " UNION ALL ".join([_OLDEST.replace("@", number) for number in _PRIORITIES]) + _TAKEN


def claim(channels: Sequence[str], sender: int | None, now: datetime) -> InHand | None:
    """The most urgent letter that is due by one of these channels, marked as being sent by `sender`."""
    rows = carefully(_CLAIM, {"channels": list(channels), "sender": sender, "now": now})
    return InHand(*rows[0]) if rows else None


_LET_GO: LiteralString = """
UPDATE outbox SET status = 'planned', claimed_by = NULL
 WHERE status = 'sending' AND claimed_at = %(now)s AND claimed_by = %(sender)s
"""


def carefully(claiming: LiteralString, facts: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Carry out a claim. Where the database went away before it answered, what it may have claimed is let go, and that is raised:
    else a letter would lie in the hands of a sender that lives and knows nothing of it."""
    try:
        return alone(claiming, facts)
    except (OperationalError, psycopg.OperationalError):
        patiently(lambda: alone(_LET_GO, {"now": facts["now"], "sender": facts["sender"]}))
        raise


_NOTE: LiteralString = """
UPDATE outbox SET
  status = CASE WHEN %(status)s = 'planned' AND good_until < %(due_at)s THEN 'missed' ELSE %(status)s END,
  settled_at = CASE WHEN %(status)s <> 'planned' OR good_until < %(due_at)s THEN %(now)s::timestamptz END,
  due_at = %(due_at)s, tries = tries + %(tries)s, unanswered = unanswered + %(unanswered)s, last_error = %(error)s,
  step = %(step)s, channel = coalesce(addresses -> %(step)s ->> 'channel', channel),
  recipient = coalesce(addresses -> %(step)s ->> 'identifier', recipient), claimed_by = NULL
WHERE id = %(id)s AND status = 'sending' AND claimed_at = %(claimed_at)s AND claimed_by IS NOT DISTINCT FROM %(sender)s
"""


def note(
    letter: InHand,
    status: str,
    *,
    sender: int | None,
    now: datetime,
    error: str = "",
    step: int | None = None,
    due_at: datetime | None = None,
    tries: int = 0,
    unanswered: int = 0,
) -> None:
    """Write down what became of a letter in hand; nothing when it was taken from this worker meanwhile."""
    facts = {
        "id": letter.id,
        "claimed_at": letter.claimed_at,
        "sender": sender,
        "status": status,
        "now": now,
        "error": error,
        "step": letter.step if step is None else step,
        "due_at": due_at or letter.due_at,
        "tries": tries,
        "unanswered": unanswered,
    }
    alone(_NOTE, facts)


def patiently(note: Callable[[], object]) -> None:
    """Note what the wire said also when the database is started anew just then: else the letter would leave twice.

    `note` may be carried out again after a try of which nobody knows whether it was kept, so it must say "if still in hand".
    """
    for wait in _DATABASE_WAITS:
        try:
            note()
        except (OperationalError, psycopg.OperationalError) as error:
            log.warning("database_away", reason=type(error).__name__)
            time.sleep(wait)
        else:
            return
    note()


# Instants are compared without their order, so that a clock that was set back frees what was claimed "in the future".
_DEAD: LiteralString = """
UPDATE outbox SET
  status = CASE WHEN abandoned >= %(most)s THEN 'set_aside' ELSE 'planned' END,
  settled_at = CASE WHEN abandoned >= %(most)s THEN %(now)s::timestamptz END,
  last_error = %(error)s, abandoned = abandoned + 1, claimed_by = NULL
WHERE status = 'sending' AND channel <> ALL(%(elsewhere)s::text[])
  AND CASE WHEN claimed_by IS NULL THEN claimed_at < %(now)s::timestamptz - %(minutes)s::interval ELSE
    claimed_at NOT BETWEEN %(now)s::timestamptz - %(seconds)s::interval AND %(now)s::timestamptz + %(seconds)s::interval
    AND NOT EXISTS (
      SELECT FROM pg_locks WHERE locktype = 'advisory' AND classid = %(senders)s AND objid::bigint = claimed_by
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND granted)
  END
RETURNING id, status
"""


def take_from_the_dead(elsewhere: Sequence[str], now: datetime) -> int:
    """Let letters go on whose worker is no more: nobody can know whether they left. Returns how many."""
    facts = {
        "now": now,
        "most": ABANDONED_MOST - 1,
        "error": ABANDONED,
        "elsewhere": list(elsewhere),
        "minutes": ABANDONED_AFTER,
        "seconds": LOCK_GONE_FOR,
        "senders": SENDERS,
    }
    taken = alone(_DEAD, facts)
    for number, status in taken:
        if status == "set_aside":
            log.error("letter_set_aside", letter=number)
        else:
            log.warning("letter_abandoned", letter=number)
    return len(taken)


_MISSED: LiteralString = """
UPDATE outbox SET status = 'missed', settled_at = %(now)s WHERE status = 'planned' AND good_until < %(now)s
"""


def mark_missed(now: datetime) -> None:
    """Let go of what is of no use any more."""
    alone(_MISSED, {"now": now})
