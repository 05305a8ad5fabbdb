"""The city's own PostgreSQL: its address made uniform, and a kind word when it cannot be used."""

import psycopg
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from engage.service.errors import ServiceError

OLDEST_VERSION = 15  # NULLS NOT DISTINCT, MERGE; also the oldest one the PostgreSQL project still mends through 2027


def accepted(address: str) -> str:
    """Connect once to `address`, check that it is PostgreSQL 15 or newer, return it as SQLAlchemy wants it.

    Raises ServiceError, which never repeats the password.
    """
    url = _parse(address)
    try:
        with psycopg.connect(_for_libpq(url), connect_timeout=10) as connection:
            version = connection.info.server_version
    except psycopg.Error as problem:
        shown = url.render_as_string(hide_password=True)
        raise ServiceError(f"The database {shown} (ENGAGE_DATABASE_URL) does not answer: {problem}") from problem
    check_version(version)
    return url.render_as_string(hide_password=False)


def check_version(number: int) -> None:
    """`number` is PostgreSQL's server_version_num: 150004 is 15.4."""
    if number < OLDEST_VERSION * 10_000:
        raise ServiceError(
            f"Your PostgreSQL is version {number // 10_000}.{number % 10_000}; "
            f"Engage needs {OLDEST_VERSION} or newer. "
            "Ask for a newer server, or leave ENGAGE_DATABASE_URL out to use the one that comes with Engage."
        )


def _parse(address: str) -> URL:
    try:
        url = make_url(address)
    except ArgumentError as problem:
        raise ServiceError(
            "ENGAGE_DATABASE_URL is not an address. It looks like postgresql://user:password@host:5432/database."
        ) from problem
    if url.drivername.split("+")[0] not in ("postgresql", "postgres"):
        raise ServiceError(f"ENGAGE_DATABASE_URL names {url.drivername}; Engage works with PostgreSQL only.")
    return url.set(drivername="postgresql+psycopg")


def _for_libpq(url: URL) -> str:
    return url.set(drivername="postgresql").render_as_string(hide_password=False)
