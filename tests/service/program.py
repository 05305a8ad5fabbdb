"""A small program of the same shape as the real one, so that the processes are tested without the city: a
page that reads the database, a page that takes its time, a worker that leaves a sign of life."""

import os
import signal
import sys
import threading
import time
from pathlib import Path

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

if __name__ == "__main__":
    settings = Settings(var=Path(sys.argv[1]), port=int(sys.argv[2]), database_url=os.environ.get("CITY_DATABASE_URL"))
    sys.exit(supervise(settings, PROGRAM))
