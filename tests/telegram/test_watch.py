"""The connection that holds what only one may have: lost, it is found again, and nothing in hand is taken for a dead sender's."""

import threading
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import text

from bots.telegram import watch as watches
from bots.telegram.process import Process
from bots.telegram.watch import Watch
from engage import outbox
from engage.base.clock import utc_now
from engage.base.config import Settings
from engage.base.db import db, transaction
from engage.base.message import Message
from engage.base.telegram import TelegramSettings
from engage.outbox import Letter, Status, rerouting
from tests.journeys.server import eventually


@pytest.fixture
def watch(app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watch]:
    """One that watches in a thread of its own."""
    monkeypatch.setattr(watches, "_BEAT", 0.05)
    stop = threading.Event()
    found = Watch(settings.database_url, 7, lambda: None, stop)
    thread = threading.Thread(target=found.run, daemon=True)
    thread.start()
    eventually(lambda: found.number is not None)
    yield found
    stop.set()
    thread.join(10)
    assert not thread.is_alive()


def cut(number: int) -> None:
    """End the connection that holds this sender's lock."""
    held = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND classid = :senders AND objid::bigint = :number AND granted"
    with transaction():
        pids = db.session.scalars(text(held), {"senders": rerouting.SENDERS, "number": number}).all()
        assert len(pids) == 1
        db.session.execute(text("SELECT pg_terminate_backend(:pid, 10000)"), {"pid": pids[0]})


def test_it_has_the_same_number_again_when_its_connection_was_lost(watch: Watch) -> None:
    number = watch.number
    assert number is not None and watch.knows_the_living
    for _time in range(2):
        before = watch._lost_at
        cut(number)
        eventually(lambda: watch._lost_at != before)  # noqa: B023 - awaited here
        eventually(lambda: watch.number is not None)
        assert watch.number == number
        assert not watch.knows_the_living, "others may not be back yet"


def test_after_a_while_it_knows_again_who_lives(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    assert watch.number is not None
    cut(watch.number)
    eventually(lambda: not watch.knows_the_living)
    monkeypatch.setattr(watches, "_BACK_WITHIN", 0.0)
    eventually(lambda: watch.knows_the_living)


def test_a_number_that_is_not_given_back_is_left_for_another(
    app: Flask, watch: Watch, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = watch.number
    assert number is not None
    monkeypatch.setattr(watches, "_FREED_WITHIN", 0.2)
    with db.engine.connect() as other:
        other.execute(text("SET lock_timeout = '10s'"))
        take = text("SELECT pg_advisory_lock(:senders, :number)")
        taken = threading.Thread(target=other.execute, args=(take, {"senders": rerouting.SENDERS, "number": number}))
        taken.start()  # it is the next in line for the lock
        waits = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        eventually(lambda: _asked(waits) == 1)
        cut(number)
        taken.join(10)
        eventually(lambda: watch.number not in (None, number))
        other.execute(text("SELECT pg_advisory_unlock_all()"))


def _asked(statement: str) -> object:
    with transaction():
        return db.session.execute(text(statement)).scalar_one()


@pytest.mark.parametrize(
    ("number", "knows", "taken"),
    [(None, True, False), (1, False, False), (1, True, True)],
    ids=["away", "back", "usual"],
)
def test_nothing_is_taken_from_anybody_while_nobody_can_say_who_lives(
    app: Flask,
    bot_settings: TelegramSettings,
    monkeypatch: pytest.MonkeyPatch,
    number: int | None,
    knows: bool,
    taken: bool,
) -> None:
    monkeypatch.setattr("bots.telegram.process._SWEEP", 0.0)
    monkeypatch.setattr(Watch, "knows_the_living", knows)
    process = Process(app, bot_settings)  # not started: one turn of its steward is made by hand
    process._watch.number = number
    with transaction():
        outbox.put(Message(("Hej",)), [("telegram", "42")], key="a", about="b", now=utc_now())
        db.session.execute(text("UPDATE outbox SET status = 'sending', claimed_at = now(), claimed_by = 12345"))
    process._steward()
    process._wire.open()
    process._wire.close()
    assert db.session.query(Letter).one().status == (Status.PLANNED if taken else Status.SENDING)
