"""The floors: the least a page can cost under this server, and the least a sign-up can cost in this database.

Run as a module (`python -m benchmarks.floors PORT WORKERS THREADS`) it serves the bare view until SIGTERM.
"""

import sys
import time
from datetime import datetime, timedelta

import psycopg
from flask import Flask
from psycopg.types.json import Jsonb

from engage.base.identifiers import public_id
from engage.service import web

# A letter of the size a confirmation has.
_LETTER = {"text": ["Confirm your address. " * 50], "cards": [], "buttons": [], "attachments": [], "language": "da"}


def bare() -> Flask:
    """An application whose only page says "ok"."""
    app = Flask("bare", static_folder=None)

    @app.get("/")
    def ok() -> str:
        return "ok"

    return app


bare_application = bare()


def raw_sign_ups(
    connection: psycopg.Connection, occurrences: list[int], first: int, count: int, now: datetime
) -> float:
    """Seconds for `count` sign-ups done by hand: lock and read the totals, person, address, registration, letter, commit."""
    began = time.perf_counter()
    for number in range(first, first + count):
        _raw_sign_up(connection, occurrences[number % len(occurrences)], f"raw{number}@example.org", now)
    return time.perf_counter() - began


def _raw_sign_up(connection: psycopg.Connection, occurrence: int, email: str, now: datetime) -> None:
    with connection.transaction():
        pool, _capacity, _occupied = connection.execute(
            "SELECT id, capacity, occupied FROM pool WHERE occurrence_id = %s FOR UPDATE", [occurrence]
        ).fetchone() or (0, 0, 0)
        connection.execute(
            "SELECT person_id FROM address WHERE channel = 'email' AND identifier = %s", [email]
        ).fetchone()
        person = connection.execute(
            "INSERT INTO person (language, created_at) VALUES ('da', %s) RETURNING id", [now]
        ).fetchone()
        assert person is not None
        connection.execute(
            "INSERT INTO address (person_id, channel, identifier) VALUES (%s, 'email', %s)", [person[0], email]
        )
        name = public_id(12)
        connection.execute(
            "INSERT INTO registration (public_id, pool_id, occurrence_id, person_id, state, seats, name, email, language,"
            " channel, joined_at, expires_at, changed_at, sequence)"
            " VALUES (%s, %s, %s, %s, 'pending_email', 1, 'Borger', %s, 'da', 'web', %s, %s, %s, 0)",
            [name, pool, occurrence, person[0], email, now, now + timedelta(hours=1), now],
        )
        connection.execute(
            "INSERT INTO outbox (key, about, addresses, message, priority, status, due_at, created_at)"
            " VALUES (%s, %s, %s, %s, 10, 'planned', %s, %s)",
            [name, name, Jsonb([{"channel": "email", "identifier": email}]), Jsonb(_LETTER), now, now],
        )


if __name__ == "__main__":
    web.serve(bare(), "127.0.0.1", int(sys.argv[1]), workers=int(sys.argv[2]), threads=int(sys.argv[3]))
