"""What the operating system is asked about processes: who lives, since when, and how a child dies with its
parent.

PostgreSQL and the supervisor stand on this; nothing here knows either of them.
"""

import ctypes
import fcntl
import gc
import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path

_LINUX = sys.platform == "linux"
_LIBC = ctypes.CDLL(None, use_errno=True) if _LINUX else None
_PR_SET_PDEATHSIG = 1  # prctl(2)
_STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def die_with(parent: int, signum: signal.Signals) -> None:
    """Ask the kernel (Linux only) to send this process `signum` when `parent` dies, however it dies.

    To be called in the child after its last change of user: setuid clears the wish. It binds to the *thread*
    that forked, so a child that must live is never started from a thread that ends.
    """
    if _LIBC is None:
        return
    _LIBC.prctl(_PR_SET_PDEATHSIG, int(signum), 0, 0, 0)
    if os.getppid() != parent:  # the parent was gone before the wish was heard
        os._exit(1)


def dying_with_us(signum: signal.Signals) -> Callable[[], None]:
    """A `preexec_fn` for subprocess: it runs after the user was dropped and before the program is loaded."""
    parent = os.getpid()
    return lambda: die_with(parent, signum)


def fork(run: Callable[[], None]) -> int:
    """Start `run` in a forked child that leads its own session and gets SIGTERM when we die; returns its pid.

    Its own session keeps a Ctrl-C in the terminal away from it: the parent stops its children in order. Stop
    signals are held back over the fork, so none can reach a handler of the parent inside the child and be
    lost.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    parent = os.getpid()
    signal.pthread_sigmask(signal.SIG_BLOCK, _STOP_SIGNALS)
    pid = os.fork()
    if pid == 0:
        _become_child(run, parent)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOP_SIGNALS)
    return pid


def _become_child(run: Callable[[], None], parent: int) -> None:
    status = 1
    try:
        os.setsid()
        signal.set_wakeup_fd(-1)
        for signum in (*_STOP_SIGNALS, signal.SIGCHLD):
            signal.signal(signum, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOP_SIGNALS)
        die_with(parent, signal.SIGTERM)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        gc.enable()  # a step of the start may be forked while the parent loads quickly
        run()
        status = 0
    except SystemExit as stop:
        status = stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    except BaseException:  # nothing may climb into the parent's copy of the stack
        traceback.print_exc()
    finally:
        # Not sys.exit: the parent's own clean-up stands further up this very stack.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status & 0xFF)


def identity(pid: int) -> str | None:
    """When the process began, in the kernel's own words; None if there is no such process. A pid may be used
    again by a stranger, a pid together with its beginning is not."""
    if not _LINUX:
        asked = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
        return asked.stdout.strip() or None
    try:
        # proc(5): the name in brackets may hold spaces; state is field 3, starttime field 22.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] in "ZX" else fields[19]


def working_in(folder: Path) -> list[int]:
    """The processes of ours whose working directory is `folder`. PostgreSQL and all its backends work in
    their data folder for life, so this finds them even when their parent was killed. Empty where there is no
    /proc."""
    found = []
    for entry in Path("/proc").glob("[0-9]*") if _LINUX else ():
        try:
            if (entry / "cwd").samefile(folder):
                found.append(int(entry.name))
        except OSError:  # gone, a zombie, another user's, or the folder itself is missing
            continue
    return found


def end_working_in(folder: Path, gently: signal.Signals) -> None:
    """End the processes working in `folder`: a second to go by themselves, three after `gently`."""
    for signum, seconds in ((None, 1.0), (gently, 3.0), (signal.SIGKILL, 3.0)):
        if signum is not None:
            signal_all(working_in(folder), signum)
        if wait_until(lambda: not working_in(folder), seconds):
            return


def signal_all(pids: Iterable[int], signum: signal.Signals) -> None:
    for pid in pids:
        try:
            os.kill(pid, signum)
        except ProcessLookupError:
            continue


def wait_until(true: Callable[[], bool], seconds: float, *, every: float = 0.02) -> bool:
    """Ask `true` again and again for at most `seconds`; returns its last answer."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(every)
    return True


class FolderLock:
    """One owner per folder. A record lock (fcntl) on purpose: it belongs to the process, is not inherited
    over fork as flock is, and the kernel lets it go even after kill -9."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None

    def acquire(self) -> int | None:
        """Take the lock. Returns None when it is ours, else the pid of its owner (0 if that is not known).

        Waits a second for an owner that is just dying: whoever kills and starts again does so at once.
        """
        wait_until(lambda: self._try() is None, 1.0)
        return self._try()

    def _try(self) -> int | None:
        if self._file is not None:
            return None
        handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):  # POSIX leaves EAGAIN or EACCES to the system
            owner = os.read(handle, 20)
            os.close(handle)
            return int(owner) if owner.isdigit() else 0
        os.ftruncate(handle, 0)
        os.write(handle, str(os.getpid()).encode())
        self._file = handle
        return None

    def release(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None
