"""What the supervisor runs, as four calls. The real ones import inside: the parent loads the application only
after the port is taken and the database has been started, and Alembic in a child alone, so that its memory
goes with the child.
"""

from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask

from engage.base.config import ROOT


@dataclass(frozen=True)
class Program:
    """`create_app` is called once in the parent and must open no connection and start no thread. The others
    get its result, each in a child of its own: `migrate` and `seed` (with or without the demo city) return
    when they are done, `work` after SIGTERM."""

    create_app: Callable[[], Flask]
    migrate: Callable[[Flask], None]
    seed: Callable[[Flask, bool], None]
    work: Callable[[Flask], None]


def real_program() -> Program:
    """Engage itself."""
    return Program(_create_app, _migrate, _seed, _work)


def _create_app() -> Flask:
    from engage.app import create_app, load_ahead
    from engage.dialog.understanding import warm

    app = create_app()
    load_ahead(app)
    warm()  # half a second once, instead of in each web process at its first chat
    return app


def _migrate(app: Flask) -> None:
    from flask_migrate import upgrade

    with app.app_context():
        upgrade(directory=str(ROOT / "migrations"))


def _seed(app: Flask, demo: bool) -> None:
    from engage.seed import load

    with app.app_context():
        print(load(demo=demo))


def _work(app: Flask) -> None:
    from engage import worker

    worker.run(app)
