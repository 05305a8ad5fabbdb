"""Forgetting a person: at once when they ask, and by itself when the time of what is kept is over."""

from collections.abc import Callable
from datetime import datetime

from flask import Flask, current_app

from engage.base.declared import Holding
from engage.people import identity

# Lets go of one person's data, in the caller's transaction.
Eraser = Callable[[int, datetime], None]
# Deletes what has been kept long enough; returns how much.
Expiry = Callable[[datetime], int]


def install(
    app: Flask, holdings: tuple[Holding, ...], erasers: tuple[Eraser, ...], expiries: tuple[Expiry, ...]
) -> None:
    """Hand over what each component keeps, and what it does to forget."""
    app.extensions["engage.holdings"] = holdings
    app.extensions["engage.erasers"], app.extensions["engage.expiries"] = erasers, expiries


def erase(person_id: int, *, now: datetime) -> None:
    """Forget a person altogether: live sign-ups are cancelled, then every trace that names them goes."""
    # Before any pool, in the order in which signing up takes them, so that the two never wait for each other.
    identity.hold(person_id)
    for eraser in current_app.extensions["engage.erasers"]:
        eraser(person_id, now)
    identity.remove(person_id)


def expiries() -> tuple[Expiry, ...]:
    """The daily jobs that delete what has been kept long enough, each safe to run twice."""
    found: tuple[Expiry, ...] = current_app.extensions["engage.expiries"]
    return found


def holdings() -> tuple[Holding, ...]:
    """Every table there is, as its component declares it."""
    found: tuple[Holding, ...] = current_app.extensions["engage.holdings"]
    return found
