"""Secrets that work once: for one thing, for a while, kept as a hash, and used up by the first who brings them."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text

from engage.base.db import db, transaction
from engage.people import LinkUsedUp, Purpose, onetime
from engage.people.models import OneTimeKey
from tests.conftest import NOW

HALF_AN_HOUR = timedelta(minutes=30)


def made(purpose: Purpose = Purpose.ENTER, email: str = "anna@example.org") -> str:
    _key, secret = onetime.make(purpose, email, now=NOW, lasts=HALF_AN_HOUR)
    db.session.commit()
    return secret


def test_looking_changes_nothing_and_using_works_once(app: Flask) -> None:
    secret = made()
    for _look in range(3):
        assert onetime.look(Purpose.ENTER, secret, NOW).email == "anna@example.org"
    assert onetime.use(Purpose.ENTER, secret, NOW, browser="one").email == "anna@example.org"
    with pytest.raises(LinkUsedUp):
        onetime.look(Purpose.ENTER, secret, NOW)
    with pytest.raises(LinkUsedUp):
        onetime.use(Purpose.ENTER, secret, NOW, browser="another")


def test_a_second_press_in_the_same_browser_is_the_same_press_for_a_moment(app: Flask) -> None:
    secret = made()
    first = onetime.use(Purpose.ENTER, secret, NOW, browser="one")
    assert onetime.use(Purpose.ENTER, secret, NOW + timedelta(seconds=2), browser="one") is first
    with pytest.raises(LinkUsedUp):
        onetime.use(Purpose.ENTER, secret, NOW + timedelta(seconds=2), browser="")
    with pytest.raises(LinkUsedUp):
        onetime.use(Purpose.ENTER, secret, NOW + timedelta(seconds=31), browser="one")


def test_it_is_good_for_half_an_hour_and_for_one_thing(app: Flask) -> None:
    secret = made()
    assert onetime.look(Purpose.ENTER, secret, NOW + HALF_AN_HOUR - timedelta(seconds=1))
    for purpose, at in ((Purpose.LINK, NOW), (Purpose.ENTER, NOW + HALF_AN_HOUR)):
        with pytest.raises(LinkUsedUp):
            onetime.look(purpose, secret, at)
        with pytest.raises(LinkUsedUp):
            onetime.use(purpose, secret, at, browser="one")


def test_using_one_takes_the_others_back_that_were_sent_there_for_the_same(app: Flask) -> None:
    first, second, other, link = made(), made(), made(email="bo@example.org"), made(Purpose.LINK)
    onetime.use(Purpose.ENTER, second, NOW, browser="one")
    with pytest.raises(LinkUsedUp):
        onetime.look(Purpose.ENTER, first, NOW)
    assert onetime.look(Purpose.ENTER, other, NOW) and onetime.look(Purpose.LINK, link, NOW)


def test_the_secret_is_long_and_stands_nowhere(app: Flask) -> None:
    secret = made()
    assert len(secret) >= 43, "256 bits"
    row = db.session.execute(text("SELECT one_time_key::text FROM one_time_key")).scalar_one()
    assert secret not in row and secret.encode().hex() not in row
    assert made() != secret


def test_of_two_who_bring_it_at_once_one_gets_in(app: Flask) -> None:
    secret = made()

    def bring(browser: str) -> bool:
        with app.app_context(), transaction():
            try:
                onetime.use(Purpose.ENTER, secret, NOW, browser=browser)
            except LinkUsedUp:
                return False
            return True

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(bring, "abcd")) == [False, False, False, True]


def test_what_is_over_is_deleted(app: Flask) -> None:
    made()
    assert onetime.expired(NOW + HALF_AN_HOUR) == []
    assert len(onetime.expired(NOW + HALF_AN_HOUR + timedelta(seconds=1))) == 1
    assert db.session.query(OneTimeKey).count() == 0
