"""What comes in is kept once, handled once, in order for each lane, and nobody's failure stands in another's way."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import psycopg
import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from engage import inbox
from engage.base.db import ask, db, transaction
from engage.inbox import Arrival, State, Update
from engage.inbox.handling import BACK_OFF, Kept, Result
from engage.inbox.keeping import erase, expire
from engage.people import find_or_create
from tests.conftest import NOW

SOURCE = "telegram:7"


def keep(*arrivals: tuple[int, str], source: str = SOURCE, now: datetime = NOW) -> int:
    with transaction():
        return inbox.keep(source, [Arrival(number, lane, {"text": f"{number}"}) for number, lane in arrivals], now=now)


def row(number: int) -> Update:
    db.session.rollback()
    db.session.expire_all()
    return db.session.get_one(Update, (SOURCE, number))


@dataclass
class Handler:
    """Remembers what it was given, and fails as it is told."""

    fails: Callable[[int], bool] = lambda _number: False
    handled: list[int] = field(default_factory=list)
    apologised: list[int] = field(default_factory=list)
    now: datetime = NOW

    def __call__(self, kept: Kept) -> None:
        if self.fails(kept.number):
            raise ZeroDivisionError
        self.handled.append(kept.number)

    def apologise(self, kept: Kept) -> None:
        self.apologised.append(kept.number)

    def next(self) -> bool:
        return inbox.handle_next(SOURCE, self, self.apologise, lambda: self.now) is not Result.NOTHING

    def all(self) -> "Handler":
        for _turn in range(200):
            while self.next():
                continue
            self.now += timedelta(seconds=0.25)
        return self


def test_an_update_that_comes_twice_is_kept_once(app: Flask) -> None:
    assert keep((1, "anna"), (2, "anna")) == 2
    assert keep((2, "anna"), (3, "anna")) == 1
    assert Handler().all().handled == [1, 2, 3]
    assert keep((1, "anna")) == 0, "also after it was handled"
    assert Handler().all().handled == []


def test_the_numbers_of_another_bot_are_others(app: Flask) -> None:
    keep((1, "anna"))
    assert keep((1, "anna"), source="telegram:8") == 1
    assert Handler().all().handled == [1], "and each is handled by its own"


def test_what_was_said_is_gone_when_it_is_handled(app: Flask) -> None:
    keep((1, "anna"))
    Handler().all()
    assert (row(1).state, row(1).body, row(1).settled_at) == (State.DONE, None, NOW)


def test_effects_and_that_it_is_done_are_one_transaction(app: Flask) -> None:
    keep((1, "anna"))
    failed = []

    def half(kept: Kept) -> None:
        find_or_create("telegram", "42", language="da", now=NOW)
        if not failed:
            failed.append(kept.number)
            raise ZeroDivisionError

    handler = Handler()
    inbox.handle_next(SOURCE, half, handler.apologise, lambda: NOW)
    assert db.session.execute(text("SELECT count(*) FROM person")).scalar_one() == 0
    assert (row(1).state, row(1).failures, row(1).last_error) == (State.WAITING, 1, "ZeroDivisionError")
    inbox.handle_next(SOURCE, half, handler.apologise, lambda: NOW + timedelta(seconds=1))
    assert db.session.execute(text("SELECT count(*) FROM person")).scalar_one() == 1
    assert row(1).state == State.DONE


def test_a_lane_is_handled_by_its_numbers_though_they_arrive_otherwise(app: Flask) -> None:
    keep((5, "anna")), keep((3, "anna")), keep((4, "bente")), keep((2, "anna"))
    handled = Handler().all().handled
    assert [number for number in handled if number != 4] == [2, 3, 5]
    assert 4 in handled


def test_an_earlier_update_is_retried_before_a_later_one_of_its_lane_is_heard(app: Flask) -> None:
    keep((1, "anna"), (2, "anna"), (3, "bente"))
    tries: list[int] = []

    def twice(number: int) -> bool:
        tries.append(number)
        return number == 1 and tries.count(1) <= 2

    handler = Handler(twice)
    assert handler.all().handled == [3, 1, 2]
    assert handler.apologised == []


def test_what_always_fails_is_parked_after_five_failures_and_its_lane_goes_on(app: Flask) -> None:
    keep((1, "anna"), (2, "anna"), (3, "bente"))
    handler = Handler(lambda number: number == 1)
    assert handler.next(), "it failed"
    handler.all()
    assert handler.handled == [3, 2]
    assert (row(1).state, row(1).failures, row(1).body) == (State.PARKED, 5, {"text": "1"}), "what was said is kept"
    assert handler.apologised == [1], "and its sender is told, once"
    assert sum(BACK_OFF) <= 2.5, "so a lane never waits longer"


def test_a_process_that_dies_in_the_middle_counts_as_no_failure(app: Flask) -> None:
    keep((1, "anna"))

    def die(_kept: Kept) -> None:
        raise KeyboardInterrupt

    for _time in range(10):
        with pytest.raises(KeyboardInterrupt):
            inbox.handle_next(SOURCE, die, Handler().apologise, lambda: NOW)
    assert (row(1).state, row(1).failures) == (State.WAITING, 0)
    assert Handler().all().handled == [1]


def test_a_database_that_goes_away_counts_as_no_failure(app: Flask) -> None:
    keep((1, "anna"))

    def lost(_kept: Kept) -> None:
        db.session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    with pytest.raises(OperationalError):
        inbox.handle_next(SOURCE, lost, Handler().apologise, lambda: NOW)
    db.session.remove()
    assert row(1).failures == 0


def test_nor_does_one_that_the_driver_finds_away(app: Flask) -> None:
    keep((1, "anna"))

    def lost(_kept: Kept) -> None:
        ask("SELECT pg_terminate_backend(pg_backend_pid())", {})

    with pytest.raises((psycopg.OperationalError, OperationalError)):
        inbox.handle_next(SOURCE, lost, Handler().apologise, lambda: NOW)
    db.session.remove()
    assert row(1).failures == 0


@pytest.mark.parametrize(
    ("error", "counts"),
    [
        (psycopg.OperationalError("consuming input failed"), False),
        (psycopg.errors.AdminShutdown(), False),
        (psycopg.errors.CannotConnectNow(), False),
        (psycopg.errors.ConnectionFailure(), False),
        (OperationalError("SELECT", {}, psycopg.errors.CrashShutdown()), False),
        (psycopg.errors.DiskFull(), True),
        (psycopg.errors.LockNotAvailable(), True),
        (psycopg.errors.QueryCanceled(), True),
        (psycopg.errors.UniqueViolation(), True),
        (ValueError(), True),
    ],
)
def test_only_what_the_handler_does_counts_as_its_failure(app: Flask, error: Exception, counts: bool) -> None:
    keep((1, "anna"))

    def fail(_kept: Kept) -> None:
        raise error

    if counts:
        assert inbox.handle_next(SOURCE, fail, Handler().apologise, lambda: NOW) is Result.FAILED
    else:
        with pytest.raises(type(error)):
            inbox.handle_next(SOURCE, fail, Handler().apologise, lambda: NOW)
    assert row(1).failures == int(counts)


def test_an_apology_that_fails_still_parks(app: Flask) -> None:
    keep((1, "anna"))

    def fail(_kept: Kept) -> None:
        raise ZeroDivisionError

    now = NOW
    for _time in range(5):
        inbox.handle_next(SOURCE, fail, fail, lambda now=now: now)  # type: ignore[misc]
        now += timedelta(seconds=2)
    assert row(1).state == State.PARKED


def test_several_workers_handle_each_update_once_and_each_lane_in_order(app: Flask) -> None:
    lanes = [f"lane-{number}" for number in range(5)]
    keep(*[(number, lanes[number % 5]) for number in range(100)])
    handled: list[tuple[str, int]] = []
    in_hand: set[str] = set()
    clashes: list[str] = []
    lock, together = threading.Lock(), threading.Barrier(4)

    def handle(kept: Kept) -> None:
        with lock:
            clashes.extend([kept.lane] if kept.lane in in_hand else [])
            in_hand.add(kept.lane)
        db.session.execute(text("SELECT pg_sleep(0.002)"))
        with lock:
            in_hand.discard(kept.lane)
            handled.append((kept.lane, kept.number))

    def work(_number: int) -> None:
        together.wait()
        idle = 0
        while idle < 30:
            with app.app_context():
                found = inbox.handle_next(SOURCE, handle, Handler().apologise, lambda: NOW)
            idle = idle + 1 if found is Result.NOTHING else 0

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    assert clashes == []
    assert len(handled) == 100
    for lane in lanes:
        numbers = [number for each, number in handled if each == lane]
        assert numbers == sorted(numbers)


def test_numbers_are_let_go_after_days_and_what_was_parked_with_the_talks(app: Flask) -> None:
    keep((1, "anna"), (2, "bente"), (3, "carl"))
    Handler(lambda number: number == 2).all()
    keep((4, "dora"))
    with transaction():
        assert expire(NOW + timedelta(days=2)) == 0
        assert expire(NOW + timedelta(days=4)) == 2
        assert expire(NOW + timedelta(days=8)) == 1
    assert db.session.scalars(select(Update.number)).all() == [4], "what waits is never thrown away"


def test_what_a_person_sent_and_nobody_could_handle_goes_with_them(app: Flask) -> None:
    with transaction():
        person = find_or_create("telegram", "42", language="da", now=NOW)
    keep((1, "42"), (2, "43"))
    Handler(lambda _number: True).all()
    with transaction():
        erase(person, NOW)
    assert db.session.scalars(select(Update.number)).all() == [2]
