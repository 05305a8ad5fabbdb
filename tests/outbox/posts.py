"""Workers for the tests that kill them: a parent that has loaded everything forks one for each line it reads, and says its number.

`python -m tests.outbox.posts SECONDS` with the settings in its environment, and for how long a lock must be gone. Each child does what a worker's delivery does, without end.
"""

import os
import signal
import sys
import time
from datetime import timedelta

from engage.app import create_app
from engage.base.clock import utc_now
from engage.base.config import current_settings
from engage.base.db import disconnect
from engage.outbox import claiming
from engage.worker import PostRoom

# A test need not wait for as long as a database may take to start, save where it starts one.
claiming.LOCK_GONE_FOR = timedelta(seconds=float(sys.argv[1]))


def main() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    app = create_app()
    with app.app_context():
        disconnect()
    for _line in sys.stdin:
        number = os.fork()
        if number == 0:
            work(app)
        print(number, flush=True)


def work(app: object) -> None:
    with app.app_context():  # type: ignore[attr-defined]
        room = PostRoom(current_settings())
        while True:
            try:
                room.deliver(utc_now(), frozenset())
            except Exception as error:  # the database may be away, which is what is tried
                print(f"{type(error).__name__}", file=sys.stderr, flush=True)
            time.sleep(0.02)


if __name__ == "__main__":
    main()
