"""Folders for clusters, and whole runs of the small program in processes of their own."""

import contextlib
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from engage.service import EmbeddedPostgres

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 30.0  # seconds any single thing may take on a busy machine


def eventually(true: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Wait until `true()` holds; fail if it never does."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.02)


def is_gone(process: psutil.Process) -> bool:
    """Ended; a zombie whose new parent has not looked yet counts as ended."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder others may pass through, as a project's is; pytest's own are closed to everyone else."""
    path = Path(tempfile.mkdtemp(prefix="engage-test-"))
    path.chmod(0o755)
    yield path
    discard(path)
    shutil.rmtree(path)


@pytest.fixture(scope="session")
def a_cluster(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data of a new cluster with its database, made once: `initdb` is most of what a test of a start would wait for."""
    path = Path(tempfile.mkdtemp(prefix="engage-test-"))
    path.chmod(0o755)
    with EmbeddedPostgres(path / "postgres", durable=False) as postgres:
        made = postgres.data
    kept = tmp_path_factory.mktemp("cluster") / "data"
    lay(made, kept)
    discard(path)
    shutil.rmtree(path)
    return kept


def lay(data: Path, to: Path) -> None:
    """Copy the data of a cluster, with its owner and modes."""
    to.parent.mkdir(mode=0o711, parents=True, exist_ok=True)
    subprocess.run(["cp", "-a", str(data), str(to)], check=True)


def discard(path: Path) -> None:
    """Remove every cluster below `path`, wherever its data lies."""
    for mark in [*path.rglob("location"), *path.rglob("data/PG_VERSION")]:
        directory = mark.parent if mark.name == "location" else mark.parents[1]
        EmbeddedPostgres(directory, durable=False).discard()


class Running:
    """One run of the program in the folder `var`."""

    def __init__(self, var: Path, port: int, environment: dict[str, str]) -> None:
        self.var, self.port = var, port
        # A file, not a pipe: a child left behind would keep a pipe open, and the reader waiting.
        self._output = tempfile.TemporaryFile("w+")  # noqa: SIM115 - lives as long as the run
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.service.program", str(var), str(port)],
            cwd=ROOT,
            env=os.environ | {"ENGAGE_SECRET_KEY": ""} | environment,
            stdout=self._output,
            stderr=subprocess.STDOUT,
        )

    def get(self, path: str = "/healthz") -> str | None:
        """The page, None while nothing answers 200."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request("GET", path, headers={"Connection": "close"})
            answer = connection.getresponse()
            return answer.read().decode() if answer.status == 200 else None
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()

    def wait_until_up(self) -> "Running":
        eventually(lambda: self.process.poll() is not None or (self.get() and (self.var / "worker").exists()))
        assert self.process.poll() is None, self.end()
        return self

    def seeds(self) -> list[str]:
        return list(json.loads(self.get() or "{}")["seeds"])

    def pid(self, name: str) -> int:
        """The child the supervisor has noted under `name`, which it does a moment after it started it."""
        noted = self.var / "processes.json"
        eventually(lambda: name in json.loads(noted.read_text()))
        return int(json.loads(noted.read_text())[name][0])

    def family(self) -> list[psutil.Process]:
        """Everything that must be gone when the run is over."""
        own = psutil.Process(self.process.pid)
        return [own, *own.children(recursive=True)]

    def end(self, signum: signal.Signals = signal.SIGTERM) -> str:
        """Signal it, wait until it is over, return what it said."""
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signum)
        self.process.wait(PATIENCE)
        return self.said()

    def close(self) -> None:
        """After the last look at what it said."""
        self._output.close()

    def said(self) -> str:
        """All it has printed so far."""
        self._output.seek(0)
        return self._output.read()


@pytest.fixture
def port() -> int:
    """A port nobody uses at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def start(folder: Path, port: int) -> Iterator[Callable[..., Running]]:
    """Starts the program in `folder`; whatever still runs afterwards is killed."""
    runs: list[Running] = []

    def start_one(**environment: str) -> Running:
        runs.append(Running(folder / "var", port, environment))
        return runs[-1]

    yield start_one
    for run in runs:
        if run.process.poll() is None:
            family = run.family()
            run.end(signal.SIGKILL)
            eventually(lambda: all(is_gone(process) for process in family))  # noqa: B023 - awaited here
        run.close()
