"""How Alembic reaches this service's database and learns of its tables. Run through `engage migrate`."""

from alembic import context
from flask import current_app
from sqlalchemy import text

import engage.app  # noqa: F401  importing every door imports every table
from engage.base.db import Base, db

# Any number will do as long as nothing else takes it: two machines that start at once migrate one after the other.
_LOCK = 41742


def run() -> None:
    options = current_app.extensions["migrate"].configure_args
    with db.engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": _LOCK})
        connection.commit()
        context.configure(connection=connection, target_metadata=Base.metadata, **options)
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()
        connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": _LOCK})
        connection.commit()


run()
