"""Workers killed at any moment, a database that goes away, clocks that jump: nothing is lost, and what came twice is known.

By `make test-nightly` it is a thousand letters instead of a hundred and fifty.
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from engage import outbox
from engage.base.config import ROOT, Settings
from engage.base.db import db
from engage.base.message import Message
from engage.outbox import Letter, Priority, Status, delivery
from engage.outbox.presence import Presence
from engage.service import EmbeddedPostgres
from engage.worker import PostRoom
from tests.channels.rough import Rough, running
from tests.conftest import NOW
from tests.journeys.server import prepared
from tests.outbox.locks import wait_until_free
from tests.outbox.test_outbox import Wire, letter, put

PATIENCE = 60.0


class Posts:
    """Worker processes, which can be killed and started at once."""

    def __init__(self, settings: Settings, smtp_url: str, lock_gone_for: float) -> None:
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("ENGAGE_")},
            "ENGAGE_DATABASE_URL": settings.database_url,
            "ENGAGE_SECRET_KEY": settings.secret_key,
            "ENGAGE_VAR": str(settings.var),
            "ENGAGE_SMTP_URL": smtp_url,
        }
        self._parent = subprocess.Popen(
            [sys.executable, "-m", "tests.outbox.posts", f"{lock_gone_for}"], cwd=ROOT, env=environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self.running: list[int] = []

    def start(self) -> None:
        assert self._parent.stdin is not None
        assert self._parent.stdout is not None
        print("start", file=self._parent.stdin, flush=True)
        self.running.append(int(next(line for line in self._parent.stdout if line.strip().isdecimal())))

    def kill(self, number: int) -> None:
        os.kill(self.running.pop(number), signal.SIGKILL)

    def close(self) -> None:
        for number in list(self.running):
            os.kill(number, signal.SIGKILL)
        self._parent.communicate()


@contextmanager
def posts(settings: Settings, smtp_url: str, lock_gone_for: float = 0.5) -> Iterator[Posts]:
    found = Posts(settings, smtp_url, lock_gone_for)
    try:
        yield found
    finally:
        found.close()


@pytest.fixture
def nightly(request: pytest.FixtureRequest) -> bool:
    """Whether there is time to try more."""
    return bool(request.config.getoption("--hypothesis-profile") == "nightly")


@pytest.fixture
def number(nightly: bool) -> int:
    """How many letters."""
    return 1000 if nightly else 150


@pytest.fixture
def cut(app: Flask) -> Callable[[], None]:
    """Ends every connection to the database but the one that says so, as a restart does."""

    def end() -> None:
        db.session.execute(
            text(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
        db.session.commit()
        db.session.remove()
        db.engine.dispose()  # what this process kept besides is cut too

    return end


def arrived(rough: Rough) -> Counter[str]:
    """How often each letter was taken, by its subject."""
    subjects = (line for each in rough.letters for line in each.split(b"\r\n") if line.startswith(b"Subject: "))
    return Counter(each.decode().removeprefix("Subject: ") for each in subjects)


def count(*statuses: Status) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).where(Letter.status.in_(statuses))) or 0


def wait_until_all_left() -> None:
    until = time.monotonic() + PATIENCE
    while count(Status.PLANNED, Status.SENDING):
        assert time.monotonic() < until, f"{count(Status.PLANNED)} planned, {count(Status.SENDING)} in hand"
        time.sleep(0.05)


def put_many(number: int) -> set[str]:
    for each in range(number):
        outbox.put(
            Message(("Hej",), subject=f"letter-{each}"), [("email", f"borger{each}@example.org")],
            key=f"letter-{each}", about="thing:1", now=NOW,
        )  # fmt: skip
    db.session.commit()
    return {f"letter-{each}" for each in range(number)}


def test_killed_at_any_moment_nothing_is_lost_and_what_came_twice_is_known(
    app: Flask, settings: Settings, number: int
) -> None:
    dice, kills = random.Random(4711), 3 if number < 1000 else 20
    expected = put_many(number)
    with running(pause=0.004) as rough, posts(settings, rough.url) as workers:
        for _worker in range(2):
            workers.start()
        for kill in range(kills):
            enough = number * (kill + 1) // (kills + 2)
            until = time.monotonic() + PATIENCE
            while len(rough.letters) < enough:
                assert time.monotonic() < until
                time.sleep(0.001)
            time.sleep(dice.uniform(0, 0.01))
            workers.kill(dice.randrange(2))
            workers.start()
        wait_until_all_left()
    found = arrived(rough)
    assert set(found) == expected, "nothing is lost"
    twice = {each for each, times in found.items() if times > 1}
    told = set(db.session.scalars(select(Letter.key).where(Letter.abandoned + Letter.unanswered > 0)))
    assert twice <= told, "what came twice is known"
    assert len(told) <= kills, "each killed worker had one letter in hand"
    assert max(found.values()) <= 2
    assert count(Status.SENT) == number


def test_a_database_whose_connections_are_cut_while_letters_are_on_the_wire_gets_none_sent_twice(
    app: Flask, settings: Settings, cut: Callable[[], None]
) -> None:
    expected = put_many(60)
    with running(pause=0.01) as rough, posts(settings, rough.url) as workers:
        workers.start()
        for enough in (10, 25, 40):
            until = time.monotonic() + PATIENCE
            while len(rough.letters) < enough:
                assert time.monotonic() < until
                time.sleep(0.002)
            cut()
        wait_until_all_left()
    found = arrived(rough)
    assert set(found) == expected
    assert set(found.values()) == {1}, "what had left was noted when the database was there again"


def test_a_clock_that_jumps_takes_no_letter_from_a_worker_that_lives(app: Flask, settings: Settings) -> None:
    put("slow"), put("other")
    with Presence(settings.database_url) as mine, Presence(settings.database_url) as theirs:
        number, wire = mine.number(), Wire()

        def meanwhile(key: str) -> None:
            if key == "slow":
                for jump in (timedelta(hours=1), timedelta(days=400), timedelta(hours=-1)):
                    outbox.deliver_due({"email": wire}, NOW + jump, sender=theirs.number())

        outbox.deliver_due({"email": Wire(meanwhile)}, NOW, most=1, sender=number)
    assert wire.keys == ["other"]
    assert (letter("slow").status, letter("slow").abandoned) == (Status.SENT, 0)


@pytest.mark.parametrize("jump", [timedelta(0), timedelta(hours=1), timedelta(hours=-1)], ids=["none", "on", "back"])
def test_the_letter_of_a_worker_that_died_goes_on_soon_whatever_the_clock_says(
    app: Flask, settings: Settings, jump: timedelta
) -> None:
    put("usual"), put("later", due_at=NOW - timedelta(days=1), priority=Priority.BULK)
    with Presence(settings.database_url) as dead, pytest.raises(KeyboardInterrupt):
        outbox.deliver_due({"email": Wire(_die)}, NOW, sender=(number := dead.number()))
    db.session.rollback()
    wait_until_free(number)
    wire, now = Wire(), NOW + jump
    with Presence(settings.database_url) as living:
        soon = [timedelta(0), timedelta(seconds=21)] if not jump else [timedelta(0)]
        for after in soon:
            outbox.deliver_due({"email": wire}, now + after, sender=living.number())
    assert ("usual" in wire.keys) is (jump >= timedelta(0)), "with a clock that is set back nothing is due yet"
    assert letter("usual").status == (Status.SENT if jump >= timedelta(0) else Status.PLANNED)


def _die(key: str) -> None:
    if key == "usual":
        raise KeyboardInterrupt


def test_a_presence_comes_back_with_its_number_after_the_database_was_away(
    settings: Settings, cut: Callable[[], None]
) -> None:
    with Presence(settings.database_url) as mine:
        number = mine.number()
        for _time in range(5):
            cut()
            assert mine.number() == number


def test_who_lost_their_own_connection_takes_nobody_for_dead(
    app: Flask, settings: Settings, cut: Callable[[], None]
) -> None:
    put("slow")
    with Presence(settings.database_url) as theirs, closing(PostRoom(settings)) as room:
        number = theirs.number()
        room.deliver(NOW - timedelta(days=1), frozenset())

        def meanwhile(_key: str) -> None:
            cut()
            room.deliver(NOW + timedelta(minutes=1), frozenset())

        outbox.deliver_due({"email": Wire(meanwhile)}, NOW, most=1, sender=number)
    assert (letter("slow").status, letter("slow").abandoned) == (Status.SENT, 0)


def test_a_letter_bears_the_time_it_was_taken_at_and_not_that_of_the_run(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    put("first"), put("second")
    seen = []

    def look(key: str) -> None:
        seen.append(letter(key).claimed_at)
        db.session.rollback()
        later = time.monotonic() + 30
        monkeypatch.setattr(delivery.time, "monotonic", lambda: later)

    outbox.deliver_due({"email": Wire(look)}, NOW)
    assert timedelta(seconds=30) <= seen[1] - seen[0] < timedelta(seconds=40)


def test_a_database_that_is_started_anew_in_the_middle_loses_nothing_and_sends_nothing_twice(
    nightly: bool, folder: Path, settings: Settings, tmp_path: Path
) -> None:
    if not nightly:
        pytest.skip("a database of its own takes its time: make test-nightly")
    server = EmbeddedPostgres(folder / "restarted")
    try:
        its = replace(settings, database_url=server.start(), var=tmp_path)
        with prepared(its, lambda: None):
            expected = put_many(300)
            with running(pause=0.01) as rough, posts(its, rough.url, 20) as workers:
                for _worker in range(2):
                    workers.start()
                for enough in (50, 120, 200):
                    until = time.monotonic() + PATIENCE
                    while len(rough.letters) < enough:
                        assert time.monotonic() < until
                        time.sleep(0.002)
                    server.stop()
                    server.start()
                    db.session.remove()
                    db.engine.dispose()
                wait_until_all_left()
            found = arrived(rough)
            assert set(found) == expected
            assert set(found.values()) == {1}
    finally:
        server.discard()
