"""Token buckets: how often something may happen, over all threads and processes."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import text

from engage.base.db import db
from engage.base.i18n import speaking
from engage.base.limits import Rate, TooOften, forget_idle, take
from tests.conftest import NOW

A_MINUTE = Rate(burst=6, per_second=0.1)


def taken(key: str, rate: Rate, now: datetime, tries: int) -> int:
    """How many of `tries` got a token."""
    got = 0
    for _try in range(tries):
        try:
            take(key, rate, now)
        except TooOften:
            continue
        got += 1
    return got


def test_a_burst_is_let_through_and_no_more(app: Flask) -> None:
    assert taken("a", A_MINUTE, NOW, 10) == 6


def test_one_bucket_knows_nothing_of_another(app: Flask) -> None:
    assert taken("a", A_MINUTE, NOW, 10) == taken("b", A_MINUTE, NOW, 10) == 6


def test_it_refills_evenly_and_never_over_its_brim(app: Flask) -> None:
    taken("a", A_MINUTE, NOW, 6)
    assert taken("a", A_MINUTE, NOW + timedelta(seconds=9), 3) == 0
    assert taken("a", A_MINUTE, NOW + timedelta(seconds=20), 5) == 2
    assert taken("a", A_MINUTE, NOW + timedelta(days=3), 20) == 6


def test_a_refusal_takes_nothing(app: Flask) -> None:
    taken("a", A_MINUTE, NOW, 6)
    taken("a", A_MINUTE, NOW + timedelta(seconds=9), 50)
    assert taken("a", A_MINUTE, NOW + timedelta(seconds=10), 2) == 1


def test_a_clock_that_goes_back_gives_nothing_away(app: Flask) -> None:
    taken("a", A_MINUTE, NOW, 6)
    assert taken("a", A_MINUTE, NOW - timedelta(hours=1), 3) == 0
    assert taken("a", A_MINUTE, NOW + timedelta(seconds=10), 3) == 1


@pytest.mark.parametrize("burst", [0, 2])
def test_more_than_the_bucket_holds_is_refused_from_the_first_time(app: Flask, burst: int) -> None:
    with pytest.raises(TooOften):
        take("a", Rate(burst=burst, per_second=1), NOW, cost=3)


def test_many_at_once_never_take_more_than_there_is(app: Flask) -> None:
    everybody = threading.Barrier(8)

    def knock(_number: int) -> int:
        with app.app_context():
            everybody.wait()
            return taken("a", Rate(burst=20, per_second=0), NOW, 8)

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(knock, range(8))) == 20


def test_taking_is_not_undone_with_the_work_it_protects(app: Flask) -> None:
    taken("a", A_MINUTE, NOW, 6)
    db.session.rollback()
    assert taken("a", A_MINUTE, NOW, 1) == 0


def test_what_nobody_touched_for_a_day_is_forgotten(app: Flask) -> None:
    take("old", A_MINUTE, NOW - timedelta(hours=25))
    take("new", A_MINUTE, NOW - timedelta(hours=23))
    assert forget_idle(NOW) == 1
    db.session.commit()
    assert db.session.scalars(text("SELECT key FROM token_bucket")).all() == ["new"]


@pytest.mark.parametrize(
    ("rate", "words"),
    [(Rate(1, 0.1), "Wait a minute"), (Rate(1, 1 / 300), "Try again in 5 minutes."), (Rate(1, 0), "Wait")],
)
def test_who_is_too_fast_is_told_how_long_to_wait(app: Flask, rate: Rate, words: str) -> None:
    take("a", rate, NOW)
    with pytest.raises(TooOften) as refused, speaking("en"):
        take("a", rate, NOW)
    with speaking("en"):
        assert words in str(refused.value)
