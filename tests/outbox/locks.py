"""Waiting for the server to notice that a connection with a sender's lock is gone: it learns of that a moment later."""

import time

from engage.base.db import ask, transaction
from engage.outbox import rerouting

_HELD = (
    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = %(senders)s AND objid::bigint = %(number)s"
)


def wait_until_free(number: int) -> None:
    """Until nobody holds this sender's lock."""
    until = time.monotonic() + 30
    while True:
        with transaction():
            if ask(_HELD, {"senders": rerouting.SENDERS, "number": number}).fetchone() == (0,):
                return
        assert time.monotonic() < until, "the lock of a closed connection is still held"
        time.sleep(0.01)
