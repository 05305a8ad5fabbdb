"""The ground all tests stand on: a real PostgreSQL, migrated once, and emptied of people and activities before each test."""

# ruff: noqa: E402 (the garbage collector has to be told before anything large is loaded)

import gc

gc.disable()  # until all is collected; see `pytest_collection_finish`

import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import hypothesis
import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_migrate import upgrade

from engage.activities.importing import sandbox
from engage.activities.importing.events import Options, Reading, from_json, to_json
from engage.activities.importing.reading import files
from engage.app import create_app
from engage.base import i18n
from engage.base.config import ROOT, Settings
from engage.base.db import db, transaction
from engage.goals import loading
from engage.service import EmbeddedPostgres
from engage.web import pages
from tests import ground
from tests.town import Town

# A Wednesday morning, well away from any change of summer time.
# `make test-nightly` looks for what a few examples do not meet.
hypothesis.settings.register_profile("nightly", max_examples=2000, deadline=None)
hypothesis.settings.register_profile("evening", max_examples=150, deadline=None)

NOW = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)

# What takes longest, in the order in which it is best begun; each is for another worker.
_LONGEST = (
    ("tests/browser/",),
    ("tests/telegram/test_processes", "tests/journeys/", "tests/outbox/test_killed"),
    ("tests/service/", "tests/test_console", "tests/test_seed", "tests/base/test_lean", "tests/base/test_catalogues"),
)
_MOST_WORKERS = 8  # each takes half a gigabyte


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: while one waits for a browser or for a process that starts, another has something to do."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores + 1, _MOST_WORKERS)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let each worker begin with some of what takes longest.

    Each begins with a share of its own, all of one size, and who is done takes from the end of another's: then what is left at the
    end are short tests, and what is expensive to begin with, a served city or a browser, is begun by one of them only.
    """
    workers = getattr(config, "workerinput", {}).get("workercount", 1)
    shares: list[list[pytest.Item]] = [[] for _worker in range(workers)]
    short = []
    for item in items:
        kind = next((number for number, names in enumerate(_LONGEST) if item.nodeid.startswith(names)), None)
        (short if kind is None else shares[kind % workers]).append(item)
    left = len(items)
    for number, share in enumerate(shares):
        size = left // (workers - number)  # as xdist deals them out
        until = max(0, size - len(share))
        share += short[:until]
        del short[:until]
        left -= size
    items[:] = [item for share in shares for item in share]


def pytest_collection_finish() -> None:
    """Look for garbage again, but never among what was loaded and collected: nothing of it is any, and looking through it again
    and again takes 5 seconds of collecting alone, in each worker, and a tenth of the run."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    gc.enable()


@pytest.fixture(scope="session")
def folder() -> Iterator[Path]:
    """A folder for one run of the tests, which the database's own user may pass through."""
    path = Path(tempfile.mkdtemp(prefix="engage-tests-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="session")
def database(folder: Path) -> Iterator[str]:
    """The address of a PostgreSQL of our own; or the one of ENGAGE_TEST_DATABASE_URL, which is emptied."""
    given = os.environ.get("ENGAGE_TEST_DATABASE_URL")
    if given:
        yield given
        return
    server = EmbeddedPostgres(folder / "postgres", durable=False)
    try:
        yield server.start()
    finally:
        server.discard()


@pytest.fixture(scope="session")
def settings(database: str, folder: Path) -> Settings:
    """A development installation with generous limits per client, since every test comes from one address."""
    return Settings(
        database_url=database,
        secret_key="a key for tests only, long enough to be one",
        var=folder,
        development=True,
        forms_per_client_minute=100_000,
        chat_per_person_minute=100_000,
        unconfirmed_per_client=0,
    )


@pytest.fixture(scope="session")
def migrated_app(settings: Settings) -> Iterator[Flask]:
    """The application on a migrated database that knows 4-17-42."""
    app = create_app(settings)
    pages.keep_compiled(app, ground.COMPILED)
    app.extensions["security"].pwd_context.update(argon2__memory_cost=8, argon2__time_cost=1)  # a tenth of a ms, not 30
    with app.app_context():
        upgrade(directory=str(ROOT / "migrations"))
        with transaction():
            loading.load(NOW)
        ground.prepare()
    yield app
    ground.close()
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def app(migrated_app: Flask, settings: Settings) -> Iterator[Flask]:
    """The application with its context open, on a town without activities or people."""
    with migrated_app.app_context():
        ground.empty()
        migrated_app.extensions.pop("engage.catalogue", None)
        migrated_app.extensions.pop("engage.dates", None)
        migrated_app.extensions.pop("engage.pages", None)
        migrated_app.extensions.pop("engage.feeds", None)
        i18n.set_language("da")
        yield migrated_app
        db.session.expunge_all()
        db.session.commit()  # at a ROLLBACK the driver forgets what it had prepared, and each test would have all planned anew
        db.session.remove()


@pytest.fixture
def town(app: Flask) -> Town:
    """Makes activities and citizens; see `tests.town`."""
    return Town(NOW)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without JavaScript."""
    return app.test_client()


@pytest.fixture
def set_settings(app: Flask, settings: Settings) -> Iterator[object]:
    """Change settings for one test: `set_settings(unconfirmed_per_client=2)`."""

    def change(**values: object) -> None:
        app.extensions["engage.settings"] = replace(settings, **values)  # type: ignore[arg-type]

    yield change
    app.extensions["engage.settings"] = settings


@pytest.fixture
def read_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let files be read in this process: the sandbox has tests of its own, and starting it for each file takes a fifth of a second."""

    def read(content: bytes, options: Options) -> Reading:
        return from_json(to_json(files.read(content, options)))

    monkeypatch.setattr(sandbox, "read", read)
