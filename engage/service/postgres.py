"""The embedded PostgreSQL: one cluster in a folder, started as our own child, recovered from whatever was
left behind.

Where it lives and as whom is `home`; what the application does with it is none of this module's business. The
server listens on a Unix socket in a private folder only, so no password and no port are needed.
"""

import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psycopg

from engage.service import home as homes
from engage.service import processes
from engage.service.cluster import explain, initialise, server_command
from engage.service.errors import ServiceError

DATABASE = "engage"
USER = "engage"
_PORT = 5432  # only a part of the socket's name; said aloud, or PGPORT would change it
# Crash recovery replays at most max_wal_size (1 GB) of log: minutes on a slow disk. Past this something is
# wrong.
_READY_WITHIN = 600.0  # seconds
_FAST_SHUTDOWN = 30.0  # seconds for the closing checkpoint


def url_of(home: homes.Home) -> str:
    """The SQLAlchemy URL of the application's database in a cluster that is up."""
    return f"postgresql+psycopg://{USER}@/{DATABASE}?host={home.sockets()}&port={_PORT}"


class EmbeddedPostgres:
    """A PostgreSQL server that belongs to `directory` and to this process.

    `durable=False` gives up safety against power loss for speed (tests). The server ends when this process
    ends, even by kill -9 (Linux). Only one process at a time may hold a directory. All failures are
    ServiceError.
    """

    def __init__(self, directory: Path, *, durable: bool = True) -> None:
        self.directory = directory.absolute()
        self._durable = durable
        self._lock = processes.FolderLock(self.directory / "lock")
        self._server: subprocess.Popen[bytes] | None = None
        self._home: homes.Home | None = None
        self._log_sizes: dict[Path, int] = {}

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """The SQLAlchemy URL of the application's database. Raises ServiceError before the first start."""
        return url_of(self._settled())

    @property
    def data(self) -> Path:
        """The cluster's own folder, wherever it had to be placed."""
        return self._settled().data

    @property
    def pid(self) -> int | None:
        """The postmaster's process, None when it is not running."""
        return self._server.pid if self._server is not None and self._server.poll() is None else None

    def start(self) -> str:
        """Make the cluster if there is none, start it, prove a connection, return the URL. Repeatable."""
        url = self.launch()
        self.wait_until_ready()
        return url

    def launch(self) -> str:
        """`start` without the waiting, for a caller with something to do meanwhile."""
        if self.pid is not None:
            return self.url
        self._take()
        try:
            home = self._home = homes.find(self.directory, durable=self._durable)
            clear_leftovers(home.data)
            initialise(home, durable=self._durable)
            self._server = self._spawn(home)
        except BaseException:
            self._lock.release()
            raise
        return self.url

    def wait_until_ready(self, meanwhile: Callable[[], None] = lambda: None) -> None:
        """Return once `SELECT 1` was answered by the application's database, which is created if missing.

        `meanwhile` is called on every turn and may raise to end the waiting.
        """
        end = time.monotonic() + _READY_WITHIN
        while not self._answers():
            meanwhile()
            if self.pid is None or time.monotonic() > end:
                reason = explain(self._settled(), self._log_sizes)
                self.stop()
                raise ServiceError(reason)
            time.sleep(0.02)

    def stop(self) -> None:
        """A fast shutdown: connections are cut, what is committed is kept. Harder after 30 seconds."""
        if self._server is not None:
            for signum in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
                self._server.send_signal(signum)
                if processes.wait_until(lambda: self.pid is None, _FAST_SHUTDOWN):
                    break
        self._server = None
        self._lock.release()

    def discard(self) -> None:
        """Stop the server and delete its data for good, wherever it lies."""
        self.stop()
        if self.directory.exists():
            home = self._home or homes.find(self.directory, durable=self._durable)
            home.delete(self.directory)

    def _settled(self) -> homes.Home:
        if self._home is None:
            raise ServiceError("The embedded PostgreSQL has not been started yet.")
        return self._home

    def _take(self) -> None:
        # 0711: the server's user must be able to pass through, and only that.
        self.directory.mkdir(mode=0o711, parents=True, exist_ok=True)
        owner = self._lock.acquire()
        if owner is not None:
            raise ServiceError(
                f"The database in {self.directory} is in use by another Engage (process {owner}). Stop that one first."
            )

    def _spawn(self, home: homes.Home) -> subprocess.Popen[bytes]:
        home.account.make_folder(home.logs)
        self._log_sizes = {path: path.stat().st_size for path in home.logs.glob("postgresql-*.log")}
        command = server_command(home, home.sockets(), _PORT, durable=self._durable)
        with (home.logs / "start.log").open("wb") as output:
            # SIGINT is PostgreSQL's fast shutdown: that is how it is to end if we are killed.
            return home.account.spawn(command, home.data, output, dies_by=signal.SIGINT)

    def _answers(self) -> bool:
        try:
            with self._connect("postgres") as connection:
                exists = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
                if exists is None:
                    connection.execute(f"CREATE DATABASE {DATABASE}")
            with self._connect(DATABASE) as connection:
                return connection.execute("SELECT 1").fetchone() == (1,)
        except psycopg.OperationalError:
            return False

    def _connect(self, database: str) -> psycopg.Connection[tuple[Any, ...]]:
        host = str(self._settled().sockets())
        return psycopg.connect(host=host, port=_PORT, user=USER, dbname=database, autocommit=True, connect_timeout=10)


def clear_leftovers(data: Path) -> None:
    """End every process of an earlier server in `data` and take away a lock file that names none of them.

    To be called by the holder of the folder's lock only: whatever still runs there is an orphan then. A
    backend that outlived its postmaster would corrupt the data of the next one, so this waits until the last
    has gone; that is also why the lock file may be removed, which the manual forbids in general.
    """
    lock_file = data / "postmaster.pid"
    postmaster = _postmaster(lock_file)
    if postmaster in leftovers(data):
        processes.signal_all([postmaster], signal.SIGINT)
        processes.wait_until(lambda: postmaster not in leftovers(data), _FAST_SHUTDOWN)
    # Orphans end by themselves when they next look. SIGINT is not for them: the checkpointer would take it as
    # leave to write a shutdown checkpoint. SIGQUIT makes each end at once; only the logger ignores it and
    # waits for the rest.
    processes.end_working_in(data, signal.SIGQUIT)
    if leftovers(data):
        raise ServiceError(f"An earlier PostgreSQL (processes {leftovers(data)}) still runs in {data}.")
    if Path("/proc/self").is_dir():
        lock_file.unlink(missing_ok=True)


def leftovers(data: Path) -> list[int]:
    """The processes of a server working in `data`; without /proc (macOS) the postmaster alone."""
    postmaster = _postmaster(data / "postmaster.pid")
    if postmaster is None or Path("/proc/self").is_dir():
        return processes.working_in(data)
    ask = ["ps", "-o", "command=", "-p", str(postmaster)]
    asked = subprocess.run(ask, capture_output=True, text=True, check=False)
    return [postmaster] if str(data) in asked.stdout else []


def _postmaster(lock_file: Path) -> int | None:
    try:
        first = lock_file.read_text().split("\n", 1)[0].strip()
    except OSError:
        return None
    return int(first) if first.isdigit() else None
