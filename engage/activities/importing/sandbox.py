"""Reading a stranger's file without harm: in a process of its own that the kernel ends when it takes too much."""

import json
import signal
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import structlog

from engage.activities.importing import events
from engage.activities.importing.events import CannotRead, Options, Reading

log = structlog.get_logger(__name__)

LARGEST_FILE = 5 * 1024 * 1024
# Beside the 40 MB the readers need themselves: together well below 200 MB.
MEGABYTES = 128
# Of the processor. A calendar of 1,000 events takes 0.7 s; a person waits for no file that takes longer than this.
SECONDS = 1.6
# On a busy machine the processor's second is longer than the clock's.
_PATIENCE = 20
_CHILD = Path(__file__).with_name("child.py")
_TOO_SLOW = {-signal.SIGPROF, -signal.SIGXCPU, -signal.SIGKILL}


def read(content: bytes, options: Options, *, megabytes: int = MEGABYTES, seconds: float = SECONDS) -> Reading:
    """The events of a file. Raises `CannotRead` with the reason when it is refused."""
    if len(content) > LARGEST_FILE:
        raise CannotRead("too_large", megabytes=LARGEST_FILE // 1024 // 1024)
    plain = asdict(options)
    plain["first"], plain["until"] = options.first.isoformat(), options.until.isoformat()
    header = {"megabytes": megabytes, "seconds": seconds, "options": plain}
    try:
        done = subprocess.run(  # noqa: S603  (our own interpreter and our own file)
            [sys.executable, "-E", "-s", str(_CHILD)],
            input=json.dumps(header).encode() + b"\n" + content,
            capture_output=True,
            timeout=_PATIENCE,
            # It is given no variable of ours: neither the key nor the database's address.
            env={"PYTHONUTF8": "1", "OPENPYXL_LXML": "False", "OPENPYXL_DEFUSEDXML": "True"},
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise CannotRead("too_slow") from error
    if done.returncode in _TOO_SLOW:
        raise CannotRead("too_slow")
    if done.returncode != 0:
        memory = b"MemoryError" in done.stderr
        # What it says may quote the file, so only how it ended is logged.
        log.warning("reader_broke", status=done.returncode, memory=memory)
        raise CannotRead("too_much_memory" if memory else "unreadable")
    answer = json.loads(done.stdout)
    if "refused" in answer:
        raise CannotRead(answer["refused"]["code"], **answer["refused"]["facts"])
    return events.from_json(answer["reading"])
