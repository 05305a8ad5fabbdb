"""What the supervisor runs. The real one imports inside: the parent loads the application only after the port is
taken and the database has been started, and Alembic in a child alone, so that its memory goes with the child.
"""

from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask

from engage.base.config import ROOT, current_settings


def _nothing(_app: Flask) -> None:
    pass


def _always(_app: Flask) -> bool:
    return True


@dataclass(frozen=True)
class Process:
    """What runs beside the web server, in a child of its own: `run` returns after SIGTERM, within `grace` seconds.

    It is started again when it ends before, and not at all where `wanted` says no. `rehearse` is called before all children
    are forked, to load in the parent what `run` will use (importing it in the child costs far more memory); it leaves no
    connection and no thread.
    """

    name: str
    run: Callable[[Flask], None]
    rehearse: Callable[[Flask], None] = _nothing
    wanted: Callable[[Flask], bool] = _always
    grace: float = 10.0


@dataclass(frozen=True)
class Program:
    """`create_app` is called once in the parent and must open no connection and start no thread. The others get its
    result: `migrate` and `seed` (with or without the demo city) in a child each, which ends when they return; then
    `rehearse` for the web server, as for each process of `beside`.
    """

    create_app: Callable[[], Flask]
    migrate: Callable[[Flask], None]
    seed: Callable[[Flask, bool], None]
    rehearse: Callable[[Flask], None] = _nothing
    beside: tuple[Process, ...] = ()


def real_program() -> Program:
    """Engage itself."""
    beside = (Process("worker", _work, _rehearse_work), Process("bot", _chat, _rehearse_chat, wanted=_has_bot))
    return Program(_create_app, _migrate, _seed, _rehearse, beside)


def _create_app() -> Flask:
    from engage.app import create_app, load_ahead

    app = create_app()
    load_ahead(app)
    return app


def _migrate(app: Flask) -> None:
    from flask_migrate import upgrade

    with app.app_context():
        upgrade(directory=str(ROOT / "migrations"))


def _seed(app: Flask, demo: bool) -> None:
    from engage.seed import load

    with app.app_context():
        print(load(demo=demo))


def _rehearse(app: Flask) -> None:
    from engage.app import rehearse

    rehearse(app)


def _rehearse_work(app: Flask) -> None:
    from engage import worker

    worker.rehearse(app)


def _chat(app: Flask) -> None:
    from bots.telegram import process

    process.run(app)


def _rehearse_chat(_app: Flask) -> None:
    from bots.telegram import process

    process.load_ahead()


def _has_bot(app: Flask) -> bool:
    with app.app_context():
        return bool(current_settings().telegram)


def _work(app: Flask) -> None:
    from engage import worker

    worker.run(app)
