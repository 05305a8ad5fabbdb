"""Handling what came in: the oldest update of a lane, its effects and that it is done, in one transaction.

The row stays locked meanwhile, so a process that is killed leaves it waiting and unharmed, and nobody else takes it or
a later one of the same lane. What fails is counted, not what was tried: a crash never sets an innocent update aside.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import Any

import psycopg
import structlog
from sqlalchemy.exc import DBAPIError

from engage.base.db import ask, transaction
from engage.base.errors import FetchFirst
from engage.inbox.models import State

log = structlog.get_logger(__name__)

# Seconds until the next try after each failure; after one more the update is parked. Two seconds in all, for which the
# lane waits: a later word of the same person must not be heard before an earlier one.
BACK_OFF = (0.1, 0.3, 0.6, 1.0)
# Until it is looked again whether what an update speaks of has been fetched. Its lane waits for it, and nobody else.
_FETCHING = 0.3


@dataclass(frozen=True, slots=True)
class Kept:
    """An update in hand."""

    source: str
    number: int
    lane: str
    body: dict[str, Any]
    failures: int
    received_at: datetime


Handler = Callable[[Kept], None]


class Result(Enum):
    """What came of looking for an update."""

    HANDLED = auto()
    FAILED = auto()  # it is tried again soon, or parked
    NOTHING = auto()


# Only the first of its lane, and nobody's lane that is in hand: the row in hand still reads as waiting to all others, so
# those behind it are not the first. One that was handled between our look and our lock is read again, and passed over.
# It is noted as done with the same statement: what is to be done for it ends in the same transaction, or it was never noted.
_NEXT = """
WITH next AS (
  SELECT source, number, lane, body, failures, received_at FROM inbox
   WHERE state = 'waiting' AND source = %(source)s AND not_before <= %(now)s
     AND NOT EXISTS (SELECT FROM inbox AS earlier
                      WHERE earlier.state = 'waiting' AND earlier.lane = inbox.lane AND earlier.source = inbox.source
                        AND earlier.number < inbox.number)
   ORDER BY arrived LIMIT 1 FOR UPDATE SKIP LOCKED)
UPDATE inbox SET state = 'done', body = NULL, settled_at = %(now)s
  FROM next WHERE inbox.source = next.source AND inbox.number = next.number
RETURNING next.*
"""
# Only where it still waits: another process may have taken it the moment our lock was let go.
_PUT_OFF = """
UPDATE inbox SET not_before = %(now)s + make_interval(secs => %(wait)s)
 WHERE source = %(source)s AND number = %(number)s AND state = 'waiting'
"""
# Counted by the database: another process may have taken it again the moment its lock was let go.
_FAILED = """
UPDATE inbox SET failures = failures + 1, last_error = %(error)s,
                 not_before = %(now)s + make_interval(secs => coalesce((%(waits)s::float8[])[failures + 1], 0)),
                 state = CASE WHEN failures < %(most)s THEN 'waiting' ELSE 'parked' END,
                 settled_at = CASE WHEN failures < %(most)s THEN NULL ELSE %(now)s END
 WHERE source = %(source)s AND number = %(number)s AND state = 'waiting'
RETURNING failures, state
"""


def handle_next(source: str, handle: Handler, apologise: Handler, clock: Callable[[], datetime]) -> Result:
    """Handle one update of `source`, if one waits.

    `handle` works in the transaction that notes the update as done. When it has failed five times the update is parked,
    and `apologise` works in the transaction that notes that. One that must be fetched first (`FetchFirst`) is put off, and has
    not failed. Raises what the database raises when it is away.
    """
    kept = None
    try:
        with transaction():
            kept = _next(source, clock())
            if kept is None:
                return Result.NOTHING
            handle(kept)
    except FetchFirst:
        assert kept is not None, "a handler raised it"
        with transaction():
            ask(_PUT_OFF, {"source": source, "number": kept.number, "now": clock(), "wait": _FETCHING})
        return Result.FAILED
    except Exception as error:  # whatever a handler does, the lane goes on; the failure is counted and told
        if kept is None or _is_away(error):
            raise
        _count(kept, error, apologise, clock())
        return Result.FAILED
    return Result.HANDLED


def _next(source: str, now: datetime) -> Kept | None:
    row = ask(_NEXT, {"source": source, "now": now}).fetchone()
    return Kept(*row) if row else None


def _is_away(error: BaseException | None) -> bool:
    """Whether it was the connection that failed, and not the handler: lost, refused, or ended by the server.

    The toolkit knows of its own connections; what the driver is asked without it (`ask`) raises the driver's own error. One
    without a state never had an answer; 08 is a connection, 57P0 a server that ends, starts, or ends us.
    """
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or _is_away(error.orig)
    if not isinstance(error, psycopg.OperationalError):
        return False
    return error.sqlstate is None or error.sqlstate.startswith(("08", "57P0"))


def _count(kept: Kept, error: Exception, apologise: Handler, now: datetime) -> None:
    facts = {"source": kept.source, "number": kept.number, "now": now, "error": type(error).__name__[:80]}
    with transaction():
        row = ask(_FAILED, {**facts, "waits": list(BACK_OFF), "most": len(BACK_OFF)}).fetchone()
    failures, state = row or (None, None)
    log.error("update_failed", source=kept.source, update=kept.number, failures=failures, state=state, exc_info=error)
    if state == State.PARKED:
        _apologise(kept, apologise)


def _apologise(kept: Kept, apologise: Handler) -> None:
    """Tell its sender; apart, for what broke the handler may break this as well."""
    try:
        with transaction():
            apologise(kept)
    except Exception:  # the update is parked and logged, which is what must not be lost
        log.exception("apology_failed", source=kept.source, update=kept.number)
