"""Telegram's updates by webhook: kept before they are answered, from nobody but Telegram, and nothing is handled here."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select, text

from engage.app import create_app
from engage.base.db import db
from engage.base.telegram import HOOK, TelegramSettings
from engage.inbox import Update
from tests.web.conftest import Browser, browser

SECRET = "only-telegram-knows_this"
BOT = TelegramSettings("7:abc", webhook_url=f"https://laering.example.org{HOOK}", webhook_secret=SECRET)


def update(number: int = 1, words: str = "hej") -> dict[str, object]:
    anna = {"id": 42, "is_bot": False, "first_name": "Anna", "language_code": "da"}
    return {
        "update_id": number,
        "message": {"message_id": 1, "date": 1, "from": anna, "chat": {"id": 42, "type": "private"}, "text": words},
    }


@pytest.fixture
def telegram(app: Flask, set_settings: Callable[..., None]) -> Browser:
    set_settings(telegram=BOT)
    return browser(app)


def post(client: Browser, body: object, secret: str | None = SECRET) -> tuple[int, str]:
    headers = {"X-Telegram-Bot-Api-Secret-Token": secret} if secret is not None else {}
    data = body if isinstance(body, bytes | str) else json.dumps(body)
    answer = client.post(HOOK, data=data, content_type="application/json", headers=headers)
    return answer.status_code, answer.headers.get("Retry-After", "")


def kept() -> list[Update]:
    db.session.rollback()
    db.session.expire_all()
    return list(db.session.scalars(select(Update).order_by(Update.number)))


def test_an_update_is_kept_once_however_often_it_comes(telegram: Browser) -> None:
    assert [post(telegram, update(7))[0] for _time in range(3)] == [200, 200, 200]
    (row,) = kept()
    assert (row.source, row.number, row.lane, row.state) == ("telegram:7", 7, "42", "waiting")
    assert row.body is not None and row.body["text"] == "hej" and "Anna" not in str(row.body)


@pytest.mark.parametrize("secret", [None, "", "wrong", SECRET + "x", SECRET[:-1], "ægte"])
def test_who_does_not_know_the_secret_is_refused(telegram: Browser, secret: str | None) -> None:
    assert post(telegram, update(), secret.encode().decode("latin-1") if secret else secret)[0] == 403
    assert kept() == []


@pytest.mark.parametrize("bot", [None, TelegramSettings("7:abc"), TelegramSettings("7:abc", webhook_secret=SECRET)])
def test_where_updates_are_fetched_there_is_no_such_address(
    app: Flask, set_settings: Callable[..., None], bot: TelegramSettings | None
) -> None:
    set_settings(telegram=bot)
    assert post(browser(app), update())[0] == 404


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"5", b'{"update_id": "7"}', b"\xff\xfe", b"update_id=7"])
def test_what_is_no_update_is_refused_and_not_kept(telegram: Browser, body: bytes) -> None:
    assert post(telegram, body)[0] == 400
    assert kept() == []


def test_an_update_of_a_kind_we_do_not_know_is_kept_and_not_sent_again_and_again(telegram: Browser) -> None:
    assert post(telegram, {"update_id": 9, "telepathy": {"from": {"id": 42}}})[0] == 200
    assert post(telegram, {"update_id": 10, "callback_query": {"data": "x"}})[0] == 200
    assert [row.body for row in kept()] == [{"kind": "nothing"}] * 2


def test_what_no_text_in_the_database_can_hold_is_left_out(telegram: Browser) -> None:
    assert post(
        telegram, b'{"update_id": 3, "message": {"from": {"id": 42}, "chat": {"id": 42}, "text": "a\\u0000\\ud800b"}}'
    ) == (
        200,
        "",
    )
    (row,) = kept()
    assert row.body is not None and row.body["text"] == "ab"


def test_a_body_beyond_all_measure_is_refused(telegram: Browser) -> None:
    assert post(telegram, update(words="x" * 900_000))[0] == 200
    assert post(telegram, update(2, words="x" * 1_100_000))[0] == 413


def test_while_the_database_is_away_telegram_is_asked_to_come_again(
    app: Flask, telegram: Browser, set_settings: Callable[..., None]
) -> None:
    away = create_app(
        replace(
            app.extensions["engage.settings"], database_url="postgresql+psycopg://engage@127.0.0.1:9/none", telegram=BOT
        )
    )
    assert post(browser(away), update()) == (503, "5")


def test_it_is_posted_to_and_nothing_else(telegram: Browser) -> None:
    assert telegram.get(HOOK, headers={"X-Telegram-Bot-Api-Secret-Token": SECRET}).status_code == 405


def test_who_handles_updates_is_woken(app: Flask, telegram: Browser) -> None:
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        connection.execute(text("LISTEN engage_inbox"))
        post(telegram, update(11))
        assert [note.channel for note in driver.notifies(timeout=5, stop_after=1)] == ["engage_inbox"]
        post(telegram, update(11))
        assert list(driver.notifies(timeout=0.2)) == [], "a copy wakes nobody"
