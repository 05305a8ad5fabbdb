"""Whether the migrations make what the models say, tried on a PostgreSQL that lives for a moment."""

import secrets
import tempfile
from pathlib import Path
from typing import Any

from engage.base.config import ROOT, Settings
from engage.base.db import Base, db
from engage.service.postgres import EmbeddedPostgres


def differences() -> list[Any]:
    """What Alembic would still have to change after all migrations; empty when models and migrations agree."""
    from alembic.autogenerate import compare_metadata  # heavy, and used by this check alone
    from alembic.migration import MigrationContext
    from flask_migrate import upgrade

    from engage.app import create_app

    with tempfile.TemporaryDirectory(prefix="engage-schema-") as folder:
        Path(folder).chmod(0o755)  # the database's own user passes through
        server = EmbeddedPostgres(Path(folder) / "postgres", durable=False)
        try:
            app = create_app(Settings(database_url=server.start(), secret_key=secrets.token_hex(32)))
            with app.app_context():
                upgrade(directory=str(ROOT / "migrations"))
                with db.engine.connect() as connection:
                    options = {"compare_type": True}
                    found = compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata)
                db.engine.dispose()
        finally:
            server.discard()
    return list(found)
