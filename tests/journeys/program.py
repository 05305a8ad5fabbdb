"""One process of an installation, as the supervisor would start it."""

from flask import Flask

from bots.telegram import process
from engage import worker
from engage.app import create_app, create_core
from engage.service.web import serve
from engage.web import pages
from tests.ground import COMPILED


def application(name: str) -> Flask:
    """What such a process needs, by the environment's settings."""
    if name.split()[0] == "worker":
        return create_core()
    app = create_app()
    pages.keep_compiled(app, COMPILED)
    return app


def become(name: str, port: int, workers: int, app: Flask) -> None:
    """Be "web", "worker" or "bot" until asked to stop; a word after that tells several of a kind apart."""
    kind = name.split()[0]
    if kind == "web":
        serve(app, "127.0.0.1", port, workers=workers, threads=4)
    elif kind == "bot":
        process.run(app)
    else:
        worker.run(app)
