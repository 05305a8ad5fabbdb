"""One parent for everything: it starts the database, prepares it, loads the application once, forks the web
server and the worker from it, starts again what dies, and stops them in order. It holds no rule and no
connection."""

import os
import select
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from flask import Flask

from engage.base.config import ROOT
from engage.service import database, listening, memory, processes, web
from engage.service.children import Children, Patience
from engage.service.demo import accounts as demo_accounts
from engage.service.errors import ServiceError
from engage.service.postgres import EmbeddedPostgres
from engage.service.program import Process, Program, real_program
from engage.service.secret import secret_key

_SILENCE = 20.0  # seconds until we say that the pages do not answer yet
_BEAT = 0.5  # seconds between two looks when no signal wakes us; 0.1 until the pages answer


@dataclass(frozen=True)
class Settings:
    """How to run. `database_url` None means the embedded PostgreSQL; `demo` None: only there."""

    var: Path
    host: str = "127.0.0.1"
    port: int = 8000
    database_url: str | None = None
    demo: bool | None = None
    workers: int = 2
    threads: int = 4
    addresses: Sequence[tuple[str, str]] = (("Pages", "/"),)  # printed once they answer: name, path
    notes: Sequence[str] = ()  # printed after them

    @property
    def wants_demo(self) -> bool:
        """Whether to load the demo city: by default never into a database the city brings."""
        return self.database_url is None if self.demo is None else self.demo


class _Stopped(BaseException):
    """A stop signal came while still starting."""


def run(*, host: str, port: int, demo: bool | None) -> None:
    """Run Engage as the environment describes it until SIGTERM, SIGINT or SIGHUP, then raise SystemExit."""
    addresses = [("Pages", "/"), ("Chat", "/chat")]
    development = os.environ.get("ENGAGE_DEVELOPMENT") == "1"
    if development:
        addresses.append(("Mails", "/dev/mailbox"))
    settings = Settings(
        var=Path(os.environ.get("ENGAGE_VAR") or ROOT / "var").absolute(),
        host=host,
        port=port,
        database_url=os.environ.get("ENGAGE_DATABASE_URL") or None,
        demo=demo,
        workers=int(os.environ.get("ENGAGE_WEB_WORKERS") or Settings.workers),
        threads=int(os.environ.get("ENGAGE_WEB_THREADS") or Settings.threads),
        addresses=addresses,
    )
    if development and settings.wants_demo:
        settings = replace(settings, notes=tuple(demo_accounts()))
    sys.exit(supervise(settings, real_program()))


def supervise(settings: Settings, program: Program) -> int:
    """Run `program` until a stop signal; returns the exit status. What stands in the way is said in words."""
    supervisor = Supervisor(settings, program)
    try:
        supervisor.own_folder()
        supervisor.run()
    except ServiceError as problem:
        print(f"Engage stopped. {problem}", flush=True)
        return 1
    return 0


class Supervisor:
    """One run. Its process must have no other thread: it forks, and children are bound to its thread."""

    def __init__(self, settings: Settings, program: Program) -> None:
        self._settings = settings
        self._program = program
        self._began = time.monotonic()
        self._lock = processes.FolderLock(settings.var / "lock")
        self._children = Children(settings.var / "processes.json")
        self._listener: socket.socket | None = None
        self._postgres: EmbeddedPostgres | None = None
        self._database_patience = Patience("database")
        self._database_began = 0.0
        self._stopping = False
        self._answering = False
        self._complained = False

    def own_folder(self) -> None:
        """Take `var` and end what a killed run left in it. Raises ServiceError if another run is alive."""
        # 0711: the database's user must be able to pass through to its own folder, and only that.
        self._settings.var.mkdir(mode=0o711, parents=True, exist_ok=True)
        owner = self._lock.acquire()
        if owner is not None:
            raise ServiceError(f"It already runs from {self._settings.var} (process {owner}). Stop that one first.")
        self._children.end_leftovers()
        memory.keep_one_heap()

    def run(self) -> None:
        """Everything from taking the port to the last process gone."""
        self._hear_signals()
        try:
            self._listener = listening.listen(self._settings.host, self._settings.port)
            app = self._load()
            self._prepare(app)
            self._share(app)
            self._fork_children(app)
            self._supervise()
        except _Stopped:
            pass
        finally:
            self._stop()

    def _hear_signals(self) -> None:
        self._wake, write = os.pipe()
        for end in (self._wake, write):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(write, warn_on_full_buffer=False)
        for signum in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(signum, self._on_stop)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # Python then writes to the wake-up pipe

    def _on_stop(self, *_: object) -> None:
        if self._stopping:
            self._children.hurry()  # asked twice
        self._stopping = True

    def _heed(self) -> None:
        """Between two steps of starting: an exception raised by the handler itself could strike between a
        fork and the note of its pid, and leave a child nobody stops."""
        if self._stopping:
            raise _Stopped

    def _load(self) -> Flask:
        """Start the database and load the application meanwhile; both take about as long."""
        memory.load_quickly()
        self._set_environment()
        if self._settings.database_url is None:
            self._postgres = EmbeddedPostgres(self._settings.var / "postgres")
            os.environ["ENGAGE_DATABASE_URL"] = self._postgres.launch()
            self._database_began = time.monotonic()
        else:
            os.environ["ENGAGE_DATABASE_URL"] = database.accepted(self._settings.database_url)
        self._heed()
        try:
            app = self._program.create_app()
        except ValueError as problem:  # a setting that cannot be used, in words
            raise ServiceError(str(problem)) from problem
        _demand_one_thread()
        if self._postgres is not None:
            self._postgres.wait_until_ready(self._heed)
        return app

    def _set_environment(self) -> None:
        """What the application reads and nobody has said yet."""
        settings = self._settings
        os.environ["ENGAGE_VAR"] = str(settings.var)
        if not os.environ.get("ENGAGE_SECRET_KEY"):
            os.environ["ENGAGE_SECRET_KEY"] = secret_key(settings.var / "secret")

    def _prepare(self, app: Flask) -> None:
        program, demo = self._program, self._settings.wants_demo
        self._children.run_once("migrate", lambda: program.migrate(app), self._heed)
        self._children.run_once("seed", lambda: program.seed(app, demo), self._heed)

    def _share(self, app: Flask) -> None:
        """Load all that the children will use: a memory page is theirs together until one of them writes into it, and
        what each made for itself would be there as many times as there are children."""
        for rehearse in (*(process.rehearse for process in self._beside(app)), self._program.rehearse):
            rehearse(app)
            self._heed()
        _demand_one_thread()
        memory.share_what_is_loaded()

    def _fork_children(self, app: Flask) -> None:
        settings = self._settings
        server = web.Server(app, settings.host, settings.port, workers=settings.workers, threads=settings.threads)
        self._children.add("web server", lambda: server.serve(self._listener), grace=web.GRACEFUL + 2.0)
        for process in self._beside(app):
            self._children.add(process.name, partial(_alone, process.run, app), grace=process.grace)

    def _beside(self, app: Flask) -> list[Process]:
        return [process for process in self._program.beside if process.wanted(app)]

    def _supervise(self) -> None:
        while not self._stopping:
            select.select([self._wake], [], [], _BEAT if self._answering else _BEAT / 5)
            self._drain_wake()
            if self._stopping:
                return
            self._tend_database()
            self._children.tend()
            if not self._answering:
                self._announce()

    def _drain_wake(self) -> None:
        try:
            while os.read(self._wake, 512):
                continue
        except BlockingIOError:
            return

    def _tend_database(self) -> None:
        if self._postgres is None or self._postgres.pid is not None:
            return
        delay = self._database_patience.delay_after(time.monotonic() - self._database_began)
        print("The database ended unexpectedly and is started again.", flush=True)
        time.sleep(delay)
        self._postgres.start()
        self._database_began = time.monotonic()

    def _announce(self) -> None:
        host, port = self._settings.host, self._settings.port
        passed = time.monotonic() - self._began
        if listening.answers(host, port):
            self._answering = True
            print(f"Engage is up after {passed:.1f} seconds. Ctrl-C stops it.")
            for name, path in self._settings.addresses:
                print(f"  {name}: {listening.address_of(host, port, path)}", flush=True)
            for note in self._settings.notes:
                print(f"  {note}", flush=True)
        elif passed > _SILENCE and not self._complained:
            self._complained = True
            print(
                f"The pages do not answer yet: {listening.address_of(host, port, '/healthz')} is not well.",
                flush=True,
            )

    def _stop(self) -> None:
        """Web server, worker, database: each may still need the next one while it ends."""
        if self._listener is not None:
            self._listener.close()
        self._children.stop()
        if self._postgres is not None:
            self._postgres.stop()
        self._lock.release()


def _demand_one_thread() -> None:
    if threading.active_count() > 1:
        raise RuntimeError(f"there are threads, and a fork would lose them: {threading.enumerate()}")


def _alone(run: Callable[[Flask], None], app: Flask) -> None:
    web.forget_inherited_connections(app)
    run(app)
