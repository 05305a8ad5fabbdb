"""A database of a benchmark's own, as safe against power loss as the real one; deleted afterwards."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask_migrate import upgrade

from engage.app import create_app
from engage.base.clock import utc_now
from engage.base.config import ROOT
from engage.base.db import disconnect, transaction
from engage.goals import loading
from engage.service import EmbeddedPostgres


@contextmanager
def prepared(folder: Path) -> Iterator[EmbeddedPostgres]:
    """With its tables and 4-17-42; whoever asks for an app meanwhile gets one that uses it."""
    folder.mkdir(mode=0o711, parents=True, exist_ok=True)
    server = EmbeddedPostgres(folder / "postgres")
    try:
        os.environ["ENGAGE_DATABASE_URL"] = server.start()
        with create_app().app_context():
            upgrade(directory=str(ROOT / "migrations"))
            with transaction():
                loading.load(utc_now())
            disconnect()
        yield server
    finally:
        server.discard()
        shutil.rmtree(folder, ignore_errors=True)
