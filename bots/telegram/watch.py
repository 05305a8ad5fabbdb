"""One connection to the database for the life of the process: it hears the bell, and holds what only one may have.

The number of this process's senders and the right to fetch updates are advisory locks of the session. When the connection
or the process ends, however it ends, PostgreSQL lets both go, and another process goes on at once.
"""

import secrets
import threading
import time
from collections.abc import Callable

import psycopg
import structlog

from engage.inbox.keeping import BELL
from engage.outbox.rerouting import SENDERS

log = structlog.get_logger(__name__)

# The first number of the lock of who fetches; the second is the bot's own.
FETCHERS = 7715
_BEAT = 1.0  # seconds between two looks, also when no bell rings
# For so long the server may hold the lock of a connection we lost, before another number is taken.
_FREED_WITHIN = 5.0
# For so long after a connection was lost others may still be finding back to a database that was started anew.
_BACK_WITHIN = 20.0
_SIGNED = 2**31


class Watch:
    """`number` is that of this process's senders, None while there is no connection; `leads` whether it may fetch.

    The number is the same again after a connection was lost, so that nobody takes what is in our hands for a dead sender's.
    """

    def __init__(self, database_url: str, bot: int, ring: Callable[[], None], stop: threading.Event) -> None:
        self._conninfo = database_url.replace("postgresql+psycopg://", "postgresql://", 1)
        self._bot = bot % _SIGNED
        self._ring = ring
        self._stop = stop
        self._own = secrets.randbelow(_SIGNED)
        self._lost_at: float | None = None
        self.number: int | None = None
        self.leads = False

    @property
    def knows_the_living(self) -> bool:
        """Whether a sender whose lock is not there is dead: not while we or others have just lost our connections."""
        if self.number is None:
            return False
        return self._lost_at is None or time.monotonic() > self._lost_at + _BACK_WITHIN

    def run(self) -> None:
        """Watch until asked to stop; a lost connection is opened again."""
        wait = _BEAT
        while not self._stop.is_set():
            try:
                with psycopg.connect(self._conninfo, autocommit=True, connect_timeout=10) as connection:
                    self._begin(connection)
                    wait = _BEAT
                    self._listen(connection)
            except psycopg.OperationalError as error:
                self.number, self.leads = None, False  # first of all: nothing more is taken in its name
                log.warning("database_away", reason=type(error).__name__)
                self._lost_at = time.monotonic()
                self._stop.wait(wait)
                wait = min(wait * 2, 15)
            finally:
                self.number, self.leads = None, False

    def _begin(self, connection: psycopg.Connection) -> None:
        connection.execute(f"LISTEN {BELL}")
        until = time.monotonic() + (_FREED_WITHIN if self._lost_at is not None else 0)
        while not _locked(connection, SENDERS, self._own):
            if time.monotonic() > until:
                self._own = secrets.randbelow(_SIGNED)
            elif self._stop.wait(0.05):
                return
        self.number = self._own

    def _listen(self, connection: psycopg.Connection) -> None:
        while not self._stop.is_set():
            if not self.leads:
                self.leads = _locked(connection, FETCHERS, self._bot)
            for _bell in connection.notifies(timeout=_BEAT, stop_after=1):
                self._ring()


def _locked(connection: psycopg.Connection, kind: int, number: int) -> bool:
    row = connection.execute("SELECT pg_try_advisory_lock(%s, %s)", [kind, number]).fetchone()
    return bool(row and row[0])
