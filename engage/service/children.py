"""The forked children of the supervisor: started, started again when they die, stopped in order, and found
again by the next run if the supervisor itself was killed."""

import json
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from engage.service import processes
from engage.service.errors import ServiceError

_QUICK = 10.0  # seconds: who dies sooner after its start counts as unable to start
_DEATHS = 4  # quick deaths in a row until we give up
_FIRST_DELAY = 0.25  # seconds before the first new start, doubled after each quick death: 0.25, 0.5, 1
_LEFTOVER_GRACE = 2.0  # seconds a child of a killed supervisor gets to end by itself


@dataclass
class Patience:
    """How often in a row something died soon after its start, and how long to wait before the next try."""

    name: str
    quick_deaths: int = 0

    def delay_after(self, lived: float) -> float:
        """Seconds to wait after a life of `lived` seconds. Raises ServiceError when it is time to give up."""
        self.quick_deaths = self.quick_deaths + 1 if lived < _QUICK else 1
        if self.quick_deaths >= _DEATHS:
            raise ServiceError(f"The {self.name} ended {_DEATHS} times right after its start. Look at the lines above.")
        return _FIRST_DELAY * 2.0 ** (self.quick_deaths - 1)


@dataclass
class Child:
    """One process to keep: `grace` is the seconds it may take to end after SIGTERM."""

    name: str
    run: Callable[[], None]
    grace: float
    patience: Patience = field(init=False)
    pid: int | None = None
    began: float = 0.0
    due: float = 0.0

    def __post_init__(self) -> None:
        self.patience = Patience(self.name)

    def start(self) -> None:
        self.pid = processes.fork(self.run)
        self.began = time.monotonic()

    def ended(self) -> int | None:
        """The exit status if it died since the last look (negative: the signal that killed it), else None."""
        if self.pid is None:
            return None
        pid, status = os.waitpid(self.pid, os.WNOHANG)
        if pid == 0:
            return None
        self.pid = None
        return os.waitstatus_to_exitcode(status)


class Children:
    """All children, in the order in which they start and stop. `record` is the file the next run reads."""

    def __init__(self, record: Path) -> None:
        self._record = record
        self._children: list[Child] = []
        self._hurried = False

    @property
    def pids(self) -> dict[str, int]:
        return {child.name: child.pid for child in self._children if child.pid is not None}

    def add(self, name: str, run: Callable[[], None], *, grace: float) -> None:
        child = Child(name, run, grace)
        self._children.append(child)
        child.start()
        self._write()

    def tend(self) -> None:
        """Note who died and start again whose time has come. Raises ServiceError when one does not stay."""
        now = time.monotonic()
        for child in self._children:
            status = child.ended()
            if status is not None:
                child.due = now + child.patience.delay_after(now - child.began)
                print(
                    f"The {child.name} ended unexpectedly ({_in_words(status)}) and is started again.",
                    flush=True,
                )
            if child.pid is None and now >= child.due:
                child.start()
                self._write()

    def stop(self) -> None:
        """Ask each to end, one after the other; kill the process group of one that overstays its grace."""
        for child in self._children:
            if child.pid is not None:
                _signal_group(child.pid, signal.SIGTERM, leader_only=True)
                self._await_end(child)
        self._children.clear()
        self._record.unlink(missing_ok=True)

    def hurry(self) -> None:
        """No more grace for anyone, now or later."""
        self._hurried = True

    def run_once(self, name: str, run: Callable[[], None], meanwhile: Callable[[], None]) -> None:
        """Do `run` in a child and wait for it, calling `meanwhile` on every turn, which may raise to end the
        waiting.

        Raises ServiceError if the child failed.
        """
        child = Child(name, run, 0.0)
        child.start()
        try:
            status = None
            while status is None:
                status = child.ended()
                meanwhile()
                time.sleep(0.01)
        finally:
            if child.pid is not None:
                _signal_group(child.pid, signal.SIGKILL)
                os.waitpid(child.pid, 0)
        if status != 0:
            raise ServiceError(f"The step '{name}' failed ({_in_words(status)}). Look at the lines above.")

    def end_leftovers(self) -> None:
        """End what a killed supervisor left. The kernel (Linux) has asked already; this waits and insists."""
        if not self._record.exists():
            return
        written: dict[str, tuple[int, str]] = json.loads(self._record.read_text())
        left = [pid for pid, began in written.values() if processes.identity(pid) == began]
        for signum in (signal.SIGTERM, signal.SIGKILL):
            for pid in left:
                _signal_group(pid, signum)
            if processes.wait_until(lambda: all(processes.identity(pid) is None for pid in left), _LEFTOVER_GRACE):
                break
        self._record.unlink()

    def _await_end(self, child: Child) -> None:
        end = time.monotonic() + child.grace
        while child.ended() is None:
            if self._hurried or time.monotonic() > end:
                pid = child.pid
                assert pid is not None  # ended() returned None because it lives
                _signal_group(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
                return
            time.sleep(0.02)

    def _write(self) -> None:
        draft = self._record.with_name(self._record.name + ".new")
        draft.write_text(json.dumps({name: (pid, processes.identity(pid)) for name, pid in self.pids.items()}))
        draft.replace(self._record)


def _signal_group(pid: int, signum: signal.Signals, *, leader_only: bool = False) -> None:
    """To the child, or to its whole process group: each child leads one (see processes.fork)."""
    try:
        if leader_only:
            os.kill(pid, signum)
        else:
            os.killpg(pid, signum)
    except ProcessLookupError:
        return


def _in_words(status: int) -> str:
    return f"exit status {status}" if status >= 0 else f"killed by {signal.Signals(-status).name}"
