"""A small program of the same shape as the real one, so that the processes are tested without the city: a
page that reads the database, a page that takes its time, a worker that leaves a sign of life.

`python -m tests.service.program VAR PORT` is one run. Without the two it reads orders from standard input, a line of JSON each,
and forks runs from what it has loaded once, which is most of what a start takes.
"""

import json
import os
import signal
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import Any

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import text

from engage.service.program import Process, Program
from engage.service.supervisor import Settings, supervise

db = SQLAlchemy()


def create_app() -> Flask:
    """The application; its folder is ENGAGE_VAR as in the real one."""
    app = Flask("program")
    app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["ENGAGE_DATABASE_URL"]
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {"pool_pre_ping": True}
    db.init_app(app)

    @app.get("/healthz")
    def health() -> dict[str, object]:
        return {"pid": os.getpid(), "seeds": db.session.scalars(text("SELECT what FROM seed")).all()}

    @app.get("/slow")
    def slow() -> str:
        _note("slow", os.getpid())  # from here on a visitor waits
        time.sleep(float(os.environ.get("SLOW", "0.8")))
        return "done"

    return app


def work(app: Flask) -> None:
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda signum, frame: stop.set())
    if "FAILING_WORKER" in os.environ:
        raise SystemExit(7)
    with app.app_context():
        db.session.execute(text("SELECT 1"))
    _note("worker", os.getpid())
    stop.wait()
    with app.app_context():  # the database must still be there while the worker ends
        db.session.execute(text("SELECT 1"))
    _note("worker-ended", os.getpid())


def migrate(app: Flask) -> None:
    with app.app_context():
        db.session.execute(text("CREATE TABLE IF NOT EXISTS seed (what text)"))
        db.session.commit()


def seed(app: Flask, demo: bool) -> None:
    with app.app_context():
        db.session.execute(text("INSERT INTO seed VALUES (:what)"), {"what": "with demo" if demo else "without"})
        db.session.commit()


def rehearse(app: Flask) -> None:
    with app.app_context():
        db.session.execute(text("SELECT 1"))
        db.session.remove()
        db.engine.dispose()
    _note("rehearsed", os.getpid())


def rehearse_work(_app: Flask) -> None:
    _note("worker-rehearsed", os.getpid())


def never(_app: Flask) -> None:
    raise AssertionError("nobody wanted this")


def _note(name: str, what: object) -> None:
    draft = Path(os.environ["ENGAGE_VAR"]) / f"{name}.new"
    draft.write_text(str(what))
    draft.rename(draft.with_suffix(""))


BESIDE = (Process("worker", work, rehearse_work), Process("guest", never, never, wanted=lambda _app: False))
PROGRAM = Program(create_app, migrate, seed, rehearse, BESIDE)


def run(var: str, port: str) -> int:
    """The whole program; how it ended."""
    city = os.environ.get("CITY_DATABASE_URL")
    return supervise(Settings(var=Path(var), port=int(port), database_url=city), PROGRAM)


def answer_orders() -> None:
    """Fork a run, or look whether one has ended."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    for line in sys.stdin:
        order = json.loads(line)
        if "look" in order:
            pid, status = os.waitpid(order["look"], os.WNOHANG)
            print(json.dumps(os.waitstatus_to_exitcode(status) if pid else None), file=answers)
        else:
            print(json.dumps(os.fork() or _become_run(order)), file=answers)


def _become_run(order: dict[str, Any]) -> None:
    status = 1
    try:
        os.setsid()
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(os.open(order["output"], os.O_WRONLY | os.O_APPEND), 1)
        os.dup2(1, 2)
        os.environ.clear()
        os.environ.update(order["environment"])
        status = run(*order["arguments"])
    except SystemExit as stop:
        status = int(bool(stop.code))
    except BaseException:  # nothing may climb into the parent's copy of the stack
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    sys.exit(run(*sys.argv[1:]) if sys.argv[1:] else answer_orders())
