"""Processes forked from one that has loaded the application: a second of work less for each that is started again.

It may be a process of an installation, or a command of `engage` that reads what is typed.

`python -m tests.journeys.nursery` reads orders from standard input, a line of JSON each, and answers each with a line. What it
forks leads a session of its own, so that one signal ends all that it has started.
"""

import atexit
import json
import os
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable, Mapping
from functools import cache, partial
from pathlib import Path

from flask import Flask

from bots.telegram import process
from engage import cli
from tests.forking import Forked, Forker
from tests.journeys import program


class Nursery(Forker):
    """The process that forks, as those who give it orders see it."""

    def __init__(self) -> None:
        super().__init__(
            "tests.journeys.nursery", {key: value for key, value in os.environ.items() if not key.startswith("ENGAGE_")}
        )

    def fork(self, name: str, port: int, workers: int, environment: Mapping[str, str], output: str) -> Forked:
        """Start the process `name`, see `tests.journeys.program`; what it prints goes to the end of the file `output`."""
        order = {"fork": name, "port": port, "workers": workers, "environment": dict(environment), "output": output}
        return Forked(self, int(self.ask(order)))

    def command(self, *words: str, environment: Mapping[str, str], typed: str) -> tuple[int, str, str]:
        """Run `engage` with these words: how it ends, what it prints, and what it complains of."""
        with tempfile.TemporaryDirectory() as folder:
            files = [Path(folder) / name for name in ("typed", "printed", "complained")]
            for file, content in zip(files, (typed, "", ""), strict=True):
                file.write_text(content, "utf-8")
            order = {"command": words, "environment": dict(environment), "files": [str(file) for file in files]}
            status = Forked(self, int(self.ask(order))).wait(60)
            return status, files[1].read_text("utf-8"), files[2].read_text("utf-8")


@cache
def nursery() -> Nursery:
    """The one of this run: whoever starts processes forks them from it."""
    made = Nursery()
    atexit.register(made.close)
    return made


def _fork(run: Callable[[], None], output: str, *, typed: str = os.devnull, complaints: str | None = None) -> int:
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        os.setsid()
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.dup2(os.open(typed, os.O_RDONLY), 0)
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - the old one has read ahead
        os.dup2(os.open(output, os.O_WRONLY | os.O_APPEND), 1)
        os.dup2(os.open(complaints or output, os.O_WRONLY | os.O_APPEND), 2)
        run()
        status = 0
    except SystemExit as stop:
        status = stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(status)


def _live_in(environment: dict[str, str]) -> None:
    for each in [each for each in os.environ if each.startswith("ENGAGE_")]:
        del os.environ[each]
    os.environ.update(environment)


def _application(environment: dict[str, str], name: str, made: dict[str, Flask]) -> Flask:
    """The application of a process with these settings; made once, since making one opens no connection."""
    key = json.dumps([name == "worker", environment], sort_keys=True)
    _live_in(environment)
    if key not in made:
        made[key] = program.application(name)
    return made[key]


def main() -> None:
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what is printed by the way is no answer
    process.load_ahead()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    made: dict[str, Flask] = {}
    for line in sys.stdin:
        order = json.loads(line)
        if "look" in order:
            pid, status = os.waitpid(order["look"], os.WNOHANG)
            print(json.dumps(os.waitstatus_to_exitcode(status) if pid else None), file=answers)
            continue
        if "command" in order:
            _live_in(order["environment"])
            typed, printed, complained = order["files"]
            run = partial(cli.main, order["command"], prog_name="engage")
            print(json.dumps(_fork(run, printed, typed=typed, complaints=complained)), file=answers)
            continue
        name = order["fork"]
        app = _application(order["environment"], name, made)
        run = partial(program.become, name, order["port"], order["workers"], app)
        print(json.dumps(_fork(run, order["output"])), file=answers)


if __name__ == "__main__":
    main()
