"""How the database is emptied before each test: only what a test has filled, which is a few rows of a few tables."""

from functools import cache
from itertools import count

import psycopg
from psycopg import sql
from sqlalchemy import text

from engage.base.config import ROOT
from engage.base.db import db

# Templates, as they were compiled by any process of any run.
COMPILED = ROOT / ".pytest_cache" / "templates"
KEPT = {"alembic_version", "dimension", "sdg", "key_feature_area", "focal_point", "key_feature", "reference_version"}


@cache
def _tables() -> tuple[str, ...]:
    names = db.session.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"))
    return tuple(name for name in names if name not in KEPT)


_times = count(1)
_OFTEN = 200


def prepare() -> None:
    """Leave deleted rows where they are: rows then lie in the order in which they were written, in every run alike."""
    for name in _tables():
        db.session.execute(text(f'ALTER TABLE "{name}" SET (autovacuum_enabled = false)'))
    db.session.commit()


def empty() -> None:
    """Take out every row but those of 4-17-42, and let every number begin at 1 again.

    Deleting takes some 2 ms where a TRUNCATE of all tables takes 100, which is done now and then to take out what was deleted. It
    needs a role that may put off the foreign keys, as the owner of the embedded database may. Another role truncates.
    """
    if next(_times) % _OFTEN == 0 or not _may_put_off():
        _truncate()
        return
    try:
        _broom().execute(_SWEEP)
    except psycopg.OperationalError:  # a test may have cut every connection
        close()
        _broom().execute(_SWEEP)


@cache
def _may_put_off() -> bool:
    allowed = db.session.scalar(text("SELECT usesuper FROM pg_user WHERE usename = current_user"))
    db.session.commit()
    return bool(allowed)


_SWEEP = "SELECT pg_temp.sweep()"


@cache
def _broom() -> psycopg.Connection[tuple[object, ...]]:
    """A connection that does nothing else, so that its plans stay: to put off the foreign keys throws all plans away, also those
    of the pages that are asked for next."""
    address = db.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    connection = psycopg.connect(address, autocommit=True)
    each = sql.SQL("IF EXISTS (SELECT FROM {0}) THEN DELETE FROM {0}; END IF;")
    connection.execute("SET session_replication_role = replica")
    connection.execute(
        sql.SQL("CREATE FUNCTION pg_temp.sweep() RETURNS void LANGUAGE plpgsql AS {}").format(
            sql.Literal(
                "BEGIN "
                + "".join(each.format(sql.Identifier("public", name)).as_string(connection) for name in _tables())
                + " PERFORM setval(seqrelid::regclass, 1, false) FROM pg_sequence"
                " WHERE pg_sequence_last_value(seqrelid) IS NOT NULL; END"
            )
        )
    )
    return connection


def close() -> None:
    """After the last test."""
    if _broom.cache_info().currsize:
        _broom().close()
        _broom.cache_clear()


def _truncate() -> None:
    db.session.execute(text(f"TRUNCATE {', '.join(_tables())} RESTART IDENTITY CASCADE"))
    db.session.commit()
