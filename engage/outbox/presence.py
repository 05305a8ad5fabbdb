"""How a worker shows that it lives: a lock in the database that goes with its connection, however its process ended.

Clocks say nothing of that: a machine's may jump by an hour, and a letter may be on the wire for a minute.
"""

import secrets
import time
from types import TracebackType
from typing import Self

import psycopg
import structlog

from engage.outbox.rerouting import SENDERS

log = structlog.get_logger(__name__)

_SIGNED = 2**31
# For so long the server may hold the lock of a connection we lost, before another number is taken.
_FREED_WITHIN = 5.0
# For so long after we lost our own connection others may still be on their way back to a database that was started anew: a run
# takes a minute, and so may the letter it ends with.
_BACK_WITHIN = 300.0


class Presence:
    """One worker's number. Used by one thread at a time."""

    def __init__(self, database_url: str) -> None:
        self._conninfo = database_url.replace("postgresql+psycopg://", "postgresql://", 1)
        self._connection: psycopg.Connection | None = None
        self._number = secrets.randbelow(_SIGNED)
        self._held = False  # whether it ever was ours
        self._lost_at: float | None = None

    def number(self) -> int:
        """The number whose lock is held at this moment. After the database was away it is the same again.

        Raises `psycopg.OperationalError` while there is no database.
        """
        if self._connection is None or not self._is_alive(self._connection):
            self.close()
            self._connection = psycopg.connect(self._conninfo, autocommit=True, connect_timeout=10)
            until = time.monotonic() + (_FREED_WITHIN if self._held else 0)
            while not self._locked(self._connection):
                if time.monotonic() < until:
                    time.sleep(0.02)
                else:
                    self._number = secrets.randbelow(_SIGNED)
            self._held = True
        return self._number

    def _is_alive(self, connection: psycopg.Connection) -> bool:
        try:
            connection.execute("SELECT 1")
        except psycopg.OperationalError as error:
            log.warning("database_away", reason=type(error).__name__)
            self._lost_at = time.monotonic()
            return False
        return True

    @property
    def knows_the_living(self) -> bool:
        """Whether somebody whose lock is not there is dead: not while we, and so perhaps they, have just lost our connections."""
        return self._lost_at is None or time.monotonic() > self._lost_at + _BACK_WITHIN

    def _locked(self, connection: psycopg.Connection) -> bool:
        row = connection.execute("SELECT pg_try_advisory_lock(%s, %s)", [SENDERS, self._number]).fetchone()
        return bool(row and row[0])

    def close(self) -> None:
        """Let the number go: what was in hand belongs to nobody now."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.close()
