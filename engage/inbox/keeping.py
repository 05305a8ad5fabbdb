"""Keeping what came in, and letting go of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from psycopg.types.json import Jsonb
from sqlalchemy import delete, update

from engage.base.config import current_settings
from engage.base.db import ask, db
from engage.inbox import holdings
from engage.inbox.models import State, Update

# Listened to by those who handle updates, so that none waits for the next look.
BELL = "engage_inbox"
# A number is only needed for as long as its source may say it again; Telegram does so for a day.
_KEEP_NUMBERS = timedelta(days=3)

_KEEP = """
WITH new AS (
  INSERT INTO inbox (source, number, lane, body, not_before, received_at)
  SELECT %(source)s, number, lane, body, %(now)s, %(now)s
    FROM unnest(%(numbers)s::bigint[], %(lanes)s::text[], %(bodies)s::jsonb[]) WITH ORDINALITY
         AS arrival (number, lane, body, position) ORDER BY position
  ON CONFLICT DO NOTHING RETURNING number)
SELECT count(*), CASE WHEN count(*) > 0 THEN pg_notify(%(bell)s, '') END FROM new
"""


@dataclass(frozen=True, slots=True)
class Arrival:
    """An update as it is kept: its number at its source, whose turn it is in, and what it says."""

    number: int
    lane: str
    body: dict[str, Any]


def keep(source: str, arrivals: Sequence[Arrival], *, now: datetime) -> int:
    """Keep updates in the caller's transaction; those that are here already are passed over. Returns how many are new.

    Whoever sent them may be told so once the transaction is committed, not before.
    """
    if not arrivals:
        return 0
    facts = {
        "source": source,
        "now": now,
        "numbers": [each.number for each in arrivals],
        "lanes": [each.lane for each in arrivals],
        "bodies": [Jsonb(each.body) for each in arrivals],
        "bell": BELL,
    }
    (new, _rung) = ask(_KEEP, facts).fetchone() or (0, None)
    return int(new)


def ring() -> None:
    """Wake who handles updates, once the caller's transaction is committed."""
    ask("SELECT pg_notify(%(bell)s, '')", {"bell": BELL})


def forget(channel: str, lane: str) -> None:
    """Delete what was sent in this lane and could not be handled, and whose the handled ones were: they asked to be forgotten."""
    here = (Update.lane == lane, Update.source.startswith(f"{channel}:"))
    db.session.execute(delete(Update).where(*here, Update.state == State.PARKED))
    db.session.execute(update(Update).where(*here, Update.state == State.DONE).values(lane=""))


def erase(person_id: int, _now: datetime) -> None:
    """Delete what a person sent and could not be handled, at every address of theirs, and from whom the handled ones came.

    The numbers stay for their few days, so that what is said again is not heard again. What waits at this moment is heard first,
    as words that were said after all this.
    """
    theirs = holdings.theirs(person_id)
    db.session.execute(delete(Update).where(theirs, Update.state == State.PARKED))
    db.session.execute(update(Update).where(theirs, Update.state == State.DONE).values(lane=""))


def expire(now: datetime) -> int:
    """Delete the numbers of what was handled a few days ago, and what was parked when talks of its age go."""
    handled = (Update.state == State.DONE) & (Update.settled_at < now - _KEEP_NUMBERS)
    parked = (Update.state == State.PARKED) & (Update.settled_at < now - current_settings().city.keep_talks)
    result = db.session.execute(delete(Update).where(handled | parked))
    return int(result.rowcount)  # type: ignore[attr-defined]
