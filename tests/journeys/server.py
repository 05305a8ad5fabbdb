"""The real thing in processes of its own: gunicorn with two workers of four threads, and the worker that sends mails."""

import contextlib
import http.client
import os
import signal
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from flask_migrate import upgrade
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.pool import NullPool

from engage.app import create_app
from engage.base.config import ROOT, Settings
from engage.base.db import db
from tests.forking import Forked
from tests.journeys.nursery import nursery

KEY = "a key for tests only, long enough to be one"
PATIENCE = 30.0  # seconds any single thing may take on a busy machine


def eventually(true: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Wait until `true()` holds; fail if it never does."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.05)


def free_port() -> int:
    """A port nobody uses at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def own_database(url: str, name: str) -> Iterator[str]:
    """A fresh database beside the tests' own, so that nobody empties it under a running server; its address."""
    server = create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with server.connect() as connection:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE template0'))
    try:
        yield make_url(url).set(database=name).render_as_string(hide_password=False)
    finally:
        with server.connect() as connection:
            connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))


@contextlib.contextmanager
def prepared(settings: Settings, load: Callable[[], object]) -> Iterator[None]:
    """Migrates the database of `settings`, runs `load`, and stays in the application's context for the block."""
    app = create_app(settings)
    with app.app_context():
        upgrade(directory=str(ROOT / "migrations"))
        load()
        yield
        db.session.remove()
        db.engine.dispose()


@dataclass
class Server:
    """The processes of one installation; `environment` is all they know."""

    settings: Settings
    environment: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    processes: dict[str, Forked] = field(default_factory=dict)
    workers: int = 2

    def __post_init__(self) -> None:
        self._output = tempfile.NamedTemporaryFile("r")  # noqa: SIM115 - lives as long as the server

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, name: str) -> None:
        """Start the process `name`: "web", "worker" or "bot"; a word after that tells several of a kind apart."""
        settings = self.settings
        given = {
            "ENGAGE_DATABASE_URL": settings.database_url,
            "ENGAGE_SECRET_KEY": settings.secret_key,
            "ENGAGE_DEVELOPMENT": "1" if settings.development else "0",
            "ENGAGE_VAR": str(settings.var),
            "ENGAGE_BASE_URL": self.url,
            "ENGAGE_UNCONFIRMED_PER_CLIENT": "0",
            "ENGAGE_FORMS_PER_CLIENT_MINUTE": "100000",
            "ENGAGE_CHAT_PER_PERSON_MINUTE": "100000",
            **self.environment,
        }
        self.processes[name] = nursery().fork(name, self.port, self.workers, given, self._output.name)

    def wait_until_up(self) -> "Server":
        eventually(lambda: self.processes["web"].poll() is not None or self._answers())
        assert self.processes["web"].poll() is None, self.said()
        return self

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def end(self, name: str, signum: signal.Signals = signal.SIGTERM) -> None:
        """Signal one process; by SIGKILL all that it has started goes with it."""
        process = self.processes.pop(name)
        with contextlib.suppress(ProcessLookupError):
            if signum == signal.SIGKILL:
                os.killpg(process.pid, signum)
            else:
                process.send_signal(signum)
        process.wait(PATIENCE)

    def stop(self) -> None:
        for name in list(self.processes):
            self.end(name)

    def said(self) -> str:
        """All the processes have printed."""
        self._output.seek(0)
        return self._output.read()

    def close(self) -> None:
        self.stop()
        self._output.close()


def installation(url: str, var: Path) -> Settings:
    """A development installation with a folder and a database of its own."""
    var.mkdir(parents=True, exist_ok=True)
    return Settings(database_url=url, secret_key=KEY, var=var, development=True, unconfirmed_per_client=0)
