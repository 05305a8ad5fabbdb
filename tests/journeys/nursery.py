"""Processes forked from one that has loaded the application: a second of work less for each that is started again.

`python -m tests.journeys.nursery` reads orders from standard input, a line of JSON each, and answers each with a line. What it
forks leads a session of its own, so that one signal ends all that it has started.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from functools import partial
from typing import IO, Any

from flask import Flask

from bots.telegram import process
from engage.base.config import ROOT
from tests.journeys import program


class Nursery:
    """The process that forks, as those who give it orders see it."""

    def __init__(self, output: IO[str]) -> None:
        clean = {key: value for key, value in os.environ.items() if not key.startswith("ENGAGE_")}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.journeys.nursery"],
            cwd=ROOT, env=clean, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=output, text=True,
        )  # fmt: skip
        self._lock = threading.Lock()

    def fork(self, name: str, port: int, environment: Mapping[str, str]) -> "Child":
        """Start the process `name`, see `tests.journeys.program`."""
        return Child(self, int(self.ask({"fork": name, "port": port, "environment": dict(environment)})))

    def ask(self, order: dict[str, Any]) -> Any:
        with self._lock:
            assert self._process.stdin is not None and self._process.stdout is not None
            self._process.stdin.write(json.dumps(order) + "\n")
            self._process.stdin.flush()
            return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        self._process.communicate()


class Child:
    """A forked process, spoken to as to one that `subprocess` started."""

    def __init__(self, nursery: Nursery, pid: int) -> None:
        self._nursery, self.pid = nursery, pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        if self.returncode is None:
            self.returncode = self._nursery.ask({"look": self.pid})
        return self.returncode

    def send_signal(self, signum: int) -> None:
        os.kill(self.pid, signum)

    def wait(self, timeout: float) -> int:
        end = time.monotonic() + timeout
        while (status := self.poll()) is None:
            assert time.monotonic() < end, "it does not end"
            time.sleep(0.01)
        return status


def _fork(run: Callable[[], None]) -> int:
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        os.setsid()
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        run()
        status = 0
    except SystemExit as stop:
        status = stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(status)


def _application(environment: dict[str, str], name: str, made: dict[str, Flask]) -> Flask:
    """The application of a process with these settings; made once, since making one opens no connection."""
    key = json.dumps([name == "worker", environment], sort_keys=True)
    if key not in made:
        for each in [each for each in os.environ if each.startswith("ENGAGE_")]:
            del os.environ[each]
        os.environ.update(environment)
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
        name, port = order["fork"], order["port"]
        app = _application(order["environment"], name, made)
        print(json.dumps(_fork(partial(program.become, name, port, app))), file=answers)


if __name__ == "__main__":
    main()
