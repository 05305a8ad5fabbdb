"""How the database is emptied before each test: only what a test has filled, which is a few rows of a few tables."""

from functools import cache
from itertools import count

from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from engage.base.db import db

KEPT = {"alembic_version", "dimension", "sdg", "key_feature_area", "focal_point", "key_feature", "reference_version"}


@cache
def _tables() -> tuple[str, ...]:
    names = db.session.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
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

    Deleting takes some 4 ms where a TRUNCATE of all tables takes 100, which is done now and then to take out what was deleted. It
    needs a role that may put off the foreign keys, as the owner of the embedded database may. Another role truncates.
    """
    if next(_times) % _OFTEN == 0:
        _truncate()
        return
    full = db.session.execute(text("SELECT " + ", ".join(f'EXISTS (SELECT FROM "{name}")' for name in _tables()))).one()
    used = [name for name, is_full in zip(_tables(), full, strict=True) if is_full]
    try:
        db.session.execute(text("SET LOCAL session_replication_role = replica"))
    except ProgrammingError:
        db.session.rollback()
        _truncate()
        return
    for name in used:
        db.session.execute(text(f'DELETE FROM "{name}"'))
    db.session.execute(text("SELECT setval(oid::regclass, 1, false) FROM pg_class WHERE relkind = 'S'"))
    db.session.commit()


def _truncate() -> None:
    db.session.execute(text(f"TRUNCATE {', '.join(_tables())} RESTART IDENTITY CASCADE"))
    db.session.commit()
