"""The process that reads a file, and nothing else: no database, no settings, no network, little memory, little time.

Started by `sandbox` as a script of its own. It takes one line of JSON and then the file from its standard input, and
answers with one JSON document.
"""

import contextlib
import json
import resource
import signal
import sys
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import Any

HERE = Path(__file__).resolve().parent


def main() -> None:
    """Read the file, and answer with what was read or why it was refused."""
    header = json.loads(sys.stdin.buffer.readline())
    _prepare()
    from engage.activities.importing import events
    from engage.activities.importing.reading import files

    _limit(megabytes=header["megabytes"], seconds=header["seconds"])
    options = header["options"]
    content = sys.stdin.buffer.read()
    try:
        found = files.read(
            content,
            events.Options(
                zone=options["zone"],
                first=datetime.fromisoformat(options["first"]),
                until=datetime.fromisoformat(options["until"]),
                mapping=options["mapping"],
            ),
        )
        answer: dict[str, Any] = {"reading": events.to_json(found)}
    except events.CannotRead as error:
        answer = {"refused": {"code": error.note.code, "facts": dict(error.note.facts)}}
    except MemoryError:
        answer = {"refused": {"code": "too_much_memory", "facts": {}}}
    sys.stdout.write(json.dumps(answer))


def _prepare() -> None:
    """Let the readers be imported without the packages above them, which would load the database and all it needs."""
    root = HERE.parents[2]
    for name, folder in (
        ("engage", root / "engage"),
        ("engage.activities", root / "engage" / "activities"),
        ("engage.activities.importing", HERE),
    ):
        package = ModuleType(name)
        package.__path__ = [str(folder)]
        sys.modules[name] = package


def _limit(*, megabytes: int, seconds: float) -> None:
    """From here on at most so much more memory and processor time; the kernel ends a process that takes more.

    Memory counts addresses, so what is mapped by now is added to it. A core file would hold what was read.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    with contextlib.suppress(OSError, ValueError):  # a system that cannot (macOS) still keeps the limit of time
        mapped = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        most = mapped + megabytes * 1024 * 1024
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
    # The default of this signal ends the process, also inside a library written in C, where no exception would be seen.
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    whole = int(resource.getrusage(resource.RUSAGE_SELF).ru_utime + seconds) + 2
    resource.setrlimit(resource.RLIMIT_CPU, (whole, whole))


if __name__ == "__main__":
    main()
