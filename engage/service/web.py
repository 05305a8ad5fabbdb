"""The web server: gunicorn with threads inside our own process tree, serving an application that is already
loaded.

What gunicorn brings besides is switched off where it would reach past the supervisor: its control socket (a
thread in the parent, a file in the home folder), its own restart by SIGUSR2, and its configuration by file or
environment.
"""

import os
import signal
import socket
from pathlib import Path
from typing import Any

from flask import Flask
from gunicorn import glogging  # type: ignore[import-untyped]  # noqa: F401  (it asks for these by name, after a fork)
from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]
from gunicorn.workers import gthread  # type: ignore[import-untyped]  # noqa: F401

from engage.service import processes

GRACEFUL = 10  # seconds a request may still take once we were asked to stop

_LIMITS = {
    "timeout": 30,  # seconds without a sign of life of a worker's main loop; requests run beside it
    "graceful_timeout": GRACEFUL,
    "keepalive": 5,  # seconds; browsers reuse a connection within one page, a proxy in front keeps its own
    "worker_connections": 200,  # open connections per worker, waiting ones included
    "backlog": 256,
    "limit_request_line": 4094,  # bytes: the longest calendar link with every filter set has about 1,000
    "limit_request_fields": 64,  # a browser sends 20, a proxy adds some
    "limit_request_field_size": 8190,  # bytes: a browser's cookie limit is 4,096
    "max_requests": 20_000,  # renews a worker before a slow leak matters; a fork of what is loaded is cheap
    "max_requests_jitter": 2_000,
}


class Server(BaseApplication):  # type: ignore[misc]
    """gunicorn, set up for `app` and not yet started: what this takes, a parent and its children share."""

    def __init__(self, app: Flask, host: str, port: int, *, workers: int = 2, threads: int = 4) -> None:
        self._app = app
        self._settings = {
            "bind": f"[{host}]:{port}" if ":" in host else f"{host}:{port}",
            "workers": workers,
            "worker_class": "gthread",
            "threads": threads,
            "preload_app": True,
            "control_socket_disable": True,
            "proc_name": "engage",
            "loglevel": "warning",
            "worker_tmp_dir": _memory_folder(),
            "when_ready": _stay,
            "post_fork": _begin_worker,
            **_LIMITS,
        }
        super().__init__()

    def load_config(self) -> None:
        """Take no settings but ours, from no file and no environment."""
        for name, value in self._settings.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """The application, which is loaded already."""
        return self._app

    def serve(self, listener: socket.socket | None = None) -> None:
        """Serve until SIGTERM, then finish what is running for at most 10 s; ends with SystemExit.

        With a `listener` of the supervisor the socket outlives this process: while it is started again, visitors
        wait for a moment instead of being refused.
        """
        if listener is not None:
            self.cfg.set("bind", f"fd://{os.dup(listener.fileno())}")  # gunicorn closes the number it is given
        self.run()


def serve(app: Flask, host: str, port: int, *, workers: int = 2, threads: int = 4) -> None:
    """Serve `app` on a socket of our own until SIGTERM, see `Server.serve`."""
    Server(app, host, port, workers=workers, threads=threads).serve()


def forget_inherited_connections(app: Flask) -> None:
    """Let go of database connections a parent may have opened: two processes on one socket garble each other.
    They are not closed, for that would end the parent's session."""
    database = app.extensions.get("sqlalchemy")
    if database is not None:
        with app.app_context():
            for engine in database.engines.values():
                engine.dispose(close=False)


def _begin_worker(arbiter: Any, _: Any) -> None:
    # Until the worker sets its own, a signal to it would go to the handler of the arbiter it was forked from, and be lost.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    processes.die_with(arbiter.pid, signal.SIGTERM)
    forget_inherited_connections(arbiter.app.wsgi())


def _stay(_: Any) -> None:
    # SIGUSR2 makes gunicorn execute the command line again: here that would be a second supervisor.
    signal.signal(signal.SIGUSR2, signal.SIG_IGN)


def _memory_folder() -> str | None:
    """gunicorn's heartbeat is a file; on a slow disk its touch can block a worker until it counts as dead."""
    memory = Path("/dev/shm")  # noqa: S108 - gunicorn makes its file there with mkstemp and unlinks it at once
    return str(memory) if memory.is_dir() and os.access(memory, os.W_OK) else None
