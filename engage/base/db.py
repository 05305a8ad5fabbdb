"""The database handle, the naming of constraints, and the one way a door opens a transaction."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from functools import cache
from typing import Any, ClassVar, LiteralString

from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session
from psycopg import Connection as PostgresConnection
from psycopg import Cursor, OperationalError
from sqlalchemy import Connection, DateTime, Engine, MetaData, event, inspect
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.pool import Pool, PoolProxiedConnection

from engage.base.errors import Refusal

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """The parent of every table's class."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB,
        dict[str, str]: JSONB,
        list[dict[str, Any]]: JSONB,
    }


_only_reading: ContextVar[bool] = ContextVar("only_reading", default=False)


class _Session(Session):
    """A session whose questions stand alone while a door only reads."""

    def get_bind(self, *arguments: Any, **facts: Any) -> Engine | Connection:
        bind = super().get_bind(*arguments, **facts)
        return _standing_alone(bind) if _only_reading.get() and isinstance(bind, Engine) else bind


@cache
def _standing_alone(engine: Engine) -> Engine:
    """The same engine and pool, without BEGIN before a question and ROLLBACK after it.

    Two round trips fewer, and the driver keeps its prepared statements, which it forgets at every ROLLBACK: planning the
    large joins anew cost more than answering them.
    """
    return engine.execution_options(isolation_level="AUTOCOMMIT")


db = SQLAlchemy(metadata=Base.metadata, session_options={"class_": _Session})

# A connection at rest for longer is tried before it is used, since the database may have been restarted meanwhile. Trying
# at every use (`pool_pre_ping`) would be a round trip more for each page.
_TRUSTED_SECONDS = 1.0


@event.listens_for(Pool, "checkin")
def _note_rest(_connection: Any, record: Any) -> None:
    record.info["rests_since"] = time.monotonic()


@event.listens_for(Pool, "checkout")
def _try_after_rest(connection: Any, record: Any, _proxy: Any) -> None:
    if time.monotonic() - record.info.get("rests_since", time.monotonic()) < _TRUSTED_SECONDS:
        return
    try:
        connection.execute("")
        connection.rollback()
    except OperationalError as error:
        raise DisconnectionError from error  # the pool then takes another one, or opens it


def ask(statement: LiteralString, facts: Mapping[str, Any]) -> Cursor[tuple[Any, ...]]:
    """Carry out one statement in the session's transaction by the driver alone, with `%(name)s` for each fact.

    For the handful that every page or sign-up asks: what the toolkit adds to each costs more than the database's answer.
    Objects of the session are not flushed first, and errors are the driver's own. The answer is read before the same is asked
    again.
    """
    return _cursor(_connection(), statement).execute(statement, facts)


def _connection() -> PoolProxiedConnection:
    """The connection of the session's transaction. The session finds it anew each time, by all that it knows of engines and
    tables; it stays the same for as long as the transaction does.
    """
    session = db.session()
    key = session.get_transaction(), _only_reading.get()
    kept = session.info.get("asks_by")
    if kept is None or key[0] is None or kept[0] != key:
        connection = session.connection()
        kept = session.info["asks_by"] = (session.get_transaction(), key[1]), connection
    return kept[1].connection


def alone(statement: LiteralString, facts: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Carry out one statement that is a transaction of its own, and return its rows: one round trip instead of three."""
    connection = db.engine.raw_connection()
    driver: PostgresConnection[tuple[Any, ...]] = connection.driver_connection  # type: ignore[assignment]
    try:
        driver.autocommit = True
        cursor = _cursor(connection, statement).execute(statement, facts)
        rows = (
            cursor.fetchall() if cursor.rownumber is not None else []
        )  # `description` says the same, at greater length
        driver.autocommit = False
    except BaseException:
        connection.invalidate()  # whatever it is in the middle of, nobody else goes on there
        raise
    connection.close()
    return rows


def _cursor(connection: PoolProxiedConnection, statement: LiteralString) -> Cursor[tuple[Any, ...]]:
    """The cursor this connection keeps for this statement.

    A cursor that is given the very same text again knows how to send its facts and to read its answer; a new one works that out
    anew, which takes a third of the driver's time. `info` is emptied when the pool opens another connection in its place.
    """
    kept: dict[str, Cursor[tuple[Any, ...]]] = connection.info.setdefault("cursors", {})
    cursor = kept.get(statement)
    if cursor is None:
        driver: PostgresConnection[tuple[Any, ...]] = connection.driver_connection  # type: ignore[assignment]
        cursor = kept[statement] = driver.cursor()
    return cursor


def disconnect() -> None:
    """Close this process's connections, as one must before forking: two processes on one connection garble each other."""
    db.session.remove()
    db.engine.dispose()


def read_only() -> None:
    """From here on questions see what is committed and no transaction is begun, save inside `transaction`."""
    _only_reading.set(True)


def read_and_write() -> None:
    """Take back `read_only`, which is the state a thread begins in."""
    _only_reading.set(False)


@contextmanager
def transaction() -> Iterator[None]:
    """Commit what the block did, or undo all of it when it raises. Doors and jobs open exactly one; rules open none."""
    reading = _only_reading.get()
    if reading:
        db.session.rollback()  # only gives the connection back: nothing was begun
    read_and_write()
    try:
        yield
        db.session.commit()
    except BaseException:
        db.session.rollback()
        raise
    finally:
        _only_reading.set(reading)


@contextmanager
def undoable() -> Iterator[None]:
    """As `savepoint`, for the one block that every turn of a chat runs and where only a refusal is to be undone: half its cost.

    After a refusal the session has forgotten the objects that came into it, and reads the others again. Whatever else the block
    raises ends the caller's transaction. One may follow another, but none stand inside another.
    """
    db.session.flush()
    known = set(db.session.identity_map.keys())
    ask("SAVEPOINT undoable", {})
    try:
        yield
    except Refusal:
        for each in list(db.session):
            if inspect(each).identity_key in known:
                db.session.expire(each)
            else:
                db.session.expunge(each)
        ask("ROLLBACK TO SAVEPOINT undoable", {})
        raise
    # Not released: it ends with the transaction, and saying so would be a round trip more.


@contextmanager
def savepoint() -> Iterator[None]:
    """Undo only the block when it raises: a chat step may be refused while the talk's progress is kept."""
    with db.session.begin_nested():
        yield
