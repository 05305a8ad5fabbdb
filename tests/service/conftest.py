"""Folders for clusters, and whole runs of the small program in processes of their own."""

import contextlib
import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import psutil
import psycopg
import pytest

from engage.service import EmbeddedPostgres, cluster
from engage.service.home import Home
from tests.forking import Forked, Forker
from tests.journeys.server import PATIENCE, eventually, free_port

ROOT = Path(__file__).resolve().parents[2]


def is_gone(process: psutil.Process) -> bool:
    """Ended; a zombie whose new parent has not looked yet counts as ended."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


@contextlib.contextmanager
def an_open_folder() -> Iterator[Path]:
    """A folder others may pass through, as a project's is; pytest's own are closed to everyone else."""
    path = Path(tempfile.mkdtemp(prefix="engage-test-"))
    path.chmod(0o755)
    yield path
    discard(path)
    shutil.rmtree(path)


@pytest.fixture
def folder() -> Iterator[Path]:
    with an_open_folder() as path:
        yield path


@pytest.fixture(scope="session")
def a_cluster(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data of a new cluster with its database, made once: `initdb` is most of what a test of a start would wait for."""
    with an_open_folder() as path:
        with EmbeddedPostgres(path / "postgres", durable=False) as postgres:
            _make_small(postgres)
        _forget_what_it_logged(postgres.data)
        kept = tmp_path_factory.mktemp("cluster") / "data"
        lay(postgres.data, kept)
    return kept


def _make_small(postgres: EmbeddedPostgres) -> None:
    """Half of it need not be copied each time: a spare of the template, and a log of how it was made."""
    with psycopg.connect(postgres.url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("ALTER DATABASE template0 IS_TEMPLATE false")
        connection.execute("DROP DATABASE template0")
        connection.execute("ALTER SYSTEM SET wal_recycle = off")
        connection.execute("SELECT pg_reload_conf()")
        connection.execute("SELECT pg_switch_wal()")
        connection.execute("CHECKPOINT")
        connection.execute("ALTER SYSTEM RESET ALL")


def _forget_what_it_logged(data: Path) -> None:
    """Make a hole of the unwritten end of each file of the log, which a copy keeps."""
    for path in (data / "pg_wal").iterdir():
        if path.is_file():
            size, written = path.stat().st_size, len(path.read_bytes().rstrip(b"\0"))
            os.truncate(path, written)
            os.truncate(path, size)


@pytest.fixture
def quickly_made(a_cluster: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever makes a cluster in this process gets a copy instead of what `initdb` would write; all else of it is as ever."""

    def copied(_home: Home, target: Path, *, durable: bool) -> None:
        subprocess.run(["cp", "-a", f"{a_cluster}/.", str(target)], check=True)

    monkeypatch.setattr(cluster, "_run_initdb", copied)


def lay(data: Path, to: Path) -> None:
    """Copy the data of a cluster, with its owner and modes."""
    to.parent.mkdir(mode=0o711, parents=True, exist_ok=True)
    subprocess.run(["cp", "-a", str(data), str(to)], check=True)


def discard(path: Path) -> None:
    """Remove every cluster below `path`, wherever its data lies."""
    for mark in [*path.rglob("location"), *path.rglob("data/PG_VERSION")]:
        directory = mark.parent if mark.name == "location" else mark.parents[1]
        EmbeddedPostgres(directory, durable=False).discard()


class Forks(Forker):
    """A process that has loaded the program and forks runs from itself, see `tests.service.program`."""

    def __init__(self) -> None:
        super().__init__("tests.service.program")

    def fork(self, arguments: list[str], environment: Mapping[str, str], output: str) -> Forked:
        order = {"arguments": arguments, "environment": dict(environment), "output": output}
        return Forked(self, int(self.ask(order)))


class Running:
    """One run of the program in the folder `var`: in a new interpreter, or forked from one of `forks`."""

    def __init__(self, var: Path, port: int, environment: dict[str, str], forks: Forks | None) -> None:
        self.var, self.port = var, port
        # A file, not a pipe: a child left behind would keep a pipe open, and the reader waiting.
        self._output = tempfile.NamedTemporaryFile("w+")  # noqa: SIM115 - lives as long as the run
        arguments, environment = [str(var), str(port)], os.environ | {"ENGAGE_SECRET_KEY": ""} | environment
        self.process: subprocess.Popen[bytes] | Forked
        if forks is not None:
            self.process = forks.fork(arguments, environment, self._output.name)
        else:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.service.program", *arguments],
                cwd=ROOT, env=environment, stdout=self._output, stderr=subprocess.STDOUT,
            )  # fmt: skip

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
    return free_port()


@pytest.fixture(scope="session")
def forks() -> Iterator[Forks]:
    made = Forks()
    yield made
    made.close()


@contextlib.contextmanager
def starting(folder: Path, port: int, forks: Forks) -> Iterator[Callable[..., Running]]:
    """Starts the program in `folder`, `anew` in an interpreter of its own; whatever still runs afterwards is killed."""
    runs: list[Running] = []

    def start_one(*, anew: bool = False, **environment: str) -> Running:
        runs.append(Running(folder / "var", port, environment, None if anew else forks))
        return runs[-1]

    yield start_one
    for run in runs:
        if run.process.poll() is None:
            family = run.family()
            run.end(signal.SIGKILL)
            eventually(lambda: all(is_gone(process) for process in family))  # noqa: B023 - awaited here
        run.close()


@pytest.fixture
def start(folder: Path, port: int, forks: Forks) -> Iterator[Callable[..., Running]]:
    with starting(folder, port, forks) as start_one:
        yield start_one


@pytest.fixture(scope="module")
def start_where_one_is_up(a_cluster: Path, forks: Forks) -> Iterator[tuple[Callable[..., Running], Running]]:
    """A run that is up, for all who only look at it, and what starts another in its folder."""
    with an_open_folder() as path:
        lay(a_cluster, path / "var" / "postgres" / "data")
        with starting(path, free_port(), forks) as start_one:
            yield start_one, start_one().wait_until_up()
