"""`engage seed --registrations`: the large city in the city's own database, or in the embedded one while no Engage runs on it."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from flask_migrate import upgrade

from engage import large_city
from engage.app import create_app
from engage.base.clock import utc_now
from engage.base.config import ROOT
from engage.base.i18n import speaking
from engage.service.postgres import EmbeddedPostgres
from engage.service.secret import secret_key


def load_large_city(registrations: int, say: Callable[[str], None]) -> None:
    """Bring the tables to the newest version and make the city. Raises ServiceError, or refuses with `NotEmpty`."""
    with _database(say):
        app = create_app()
        with app.app_context(), speaking("en"):
            upgrade(directory=str(ROOT / "migrations"))
            large_city.load(registrations, now=utc_now(), say=say)


@contextmanager
def _database(say: Callable[[str], None]) -> Iterator[None]:
    """The database that `engage run` would use, which is started meanwhile where it is our own."""
    if os.environ.get("ENGAGE_DATABASE_URL"):
        yield
        return
    folder = Path(os.environ.get("ENGAGE_VAR") or ROOT / "var")
    say(f"Starting the database in {folder / 'postgres'} ...")
    with EmbeddedPostgres(folder / "postgres") as server:
        os.environ["ENGAGE_DATABASE_URL"] = server.url
        os.environ["ENGAGE_SECRET_KEY"] = os.environ.get("ENGAGE_SECRET_KEY") or secret_key(folder / "secret")
        yield
