"""The migrations: up, down and up again on an empty database, and what they make is what the models say."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import create_engine, insert, make_url, text

from engage.app import create_app
from engage.base.config import ROOT, Settings
from engage.base.db import Base, db, transaction
from engage.goals import loading
from engage.outbox import Letter, Status
from tests.conftest import NOW

FOLDER = str(ROOT / "migrations")
_SECOND = "engage_second"


@pytest.fixture
def empty_app(settings: Settings) -> Iterator[Flask]:
    """The application on a second, empty database of the same server."""
    server = create_engine(settings.database_url, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {_SECOND}"))
        connection.execute(text(f"CREATE DATABASE {_SECOND} TEMPLATE template0"))
        url = make_url(settings.database_url).set(database=_SECOND).render_as_string(hide_password=False)
        app = create_app(replace(settings, database_url=url))
        with app.app_context():
            yield app
            db.session.remove()
            db.engine.dispose()
        connection.execute(text(f"DROP DATABASE {_SECOND} WITH (FORCE)"))
    server.dispose()


def things() -> set[tuple[str, str]]:
    """Tables, triggers and functions of our own."""
    query = text(
        "SELECT 'table', tablename FROM pg_tables WHERE schemaname = 'public' "
        "UNION SELECT 'trigger', tgname || ' on ' || tgrelid::regclass FROM pg_trigger WHERE NOT tgisinternal "
        "UNION SELECT 'function', proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace "
        "UNION SELECT 'index', indexname FROM pg_indexes WHERE schemaname = 'public'"
    )
    found = {(kind, name) for kind, name in db.session.execute(query)}
    db.session.rollback()
    return found


def test_up_down_and_up_again_comes_to_the_same(empty_app: Flask) -> None:
    upgrade(directory=FOLDER)
    made = things()
    assert ("trigger", "count_registration on registration") in made
    with transaction():
        letters = [
            {"key": str(state), "about": "", "addresses": [], "message": {}, "priority": 50, "status": state,
             "due_at": NOW, "created_at": NOW} for state in Status
        ]  # fmt: skip
        db.session.execute(insert(Letter), letters)
    downgrade(directory=FOLDER, revision="0012")
    left = dict(db.session.execute(text("SELECT key, status FROM outbox")).all())
    assert {key for key, state in left.items() if key != state} == {"held", "set_aside"}, (
        "no state that nobody knew then"
    )
    assert left["held"] == left["set_aside"] == Status.FAILED
    db.session.rollback()
    downgrade(directory=FOLDER, revision="base")
    assert things() == {("table", "alembic_version"), ("index", "alembic_version_pkc")}
    upgrade(directory=FOLDER)
    assert things() == made
    with transaction():
        assert loading.load(NOW)


def test_what_was_published_is_not_taken_back(empty_app: Flask) -> None:
    upgrade(directory=FOLDER)
    with transaction():
        db.session.execute(
            text("INSERT INTO release (first_month, last_month, least, released_at) VALUES (:day, :day, 5, :now)"),
            {"day": NOW.date(), "now": NOW},
        )
    with pytest.raises(SystemExit):
        downgrade(directory=FOLDER, revision="0024")
    assert ("table", "release") in things()


def test_the_tables_are_what_the_models_say(app: Flask) -> None:
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_every_constraint_and_index_has_a_name_by_convention(app: Flask) -> None:
    query = text(
        "SELECT conname FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype IN ('p', 'f', 'u', 'c') "
        "AND conrelid <> 'alembic_version'::regclass UNION SELECT indexname FROM pg_indexes "
        "WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
    )
    names = db.session.scalars(query).all()
    assert names
    assert [name for name in names if name[:3] not in {"pk_", "fk_", "uq_", "ck_", "ix_"}] == []
