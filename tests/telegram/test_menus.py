"""Today's list in the menu of who looks after dates: in the chats that are linked with an account, and in no others."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask

from bots.telegram.commands import COMMANDS
from bots.telegram.menus import Menus
from bots.telegram.process import Process
from engage.accounts import User, chats
from engage.base.clock import utc_now
from engage.base.config import Settings
from engage.base.db import db, transaction
from engage.base.telegram import TelegramSettings
from engage.channels.telegram.wire import Wire
from tests.accounts.cast import account
from tests.journeys.server import eventually
from tests.telegram.people import Person
from tests.telegram.server import TOKEN, Telegram

CHAT = 4711
LANGUAGES = ("", "da", "en", "de")
HOUR = timedelta(hours=1)


@pytest.fixture
def wire(app: Flask, settings: Settings, telegram: Telegram) -> Iterator[Wire]:
    bot = TelegramSettings(TOKEN, api_url=telegram.url)
    app.extensions["engage.settings"] = replace(settings, telegram=bot)
    telegram.started.add(CHAT)
    opened = Wire(bot).open()
    yield opened
    opened.close()
    app.extensions["engage.settings"] = settings


def linked(user: User, chat: int = CHAT) -> str:
    """The public id of the chat, linked with the account by both sides."""
    now = utc_now()
    with transaction():
        _made, code = chats.begin(user, now=now)
        found = chats.claim(code, "telegram", str(chat), now=now)
        return chats.confirm(user, found.public_id, now=now).public_id


def menu(telegram: Telegram, language: str, chat: int = CHAT) -> list[str]:
    return [each["command"] for each in telegram.words.get(("commands", f"chat {chat}", language), [])]


def told(telegram: Telegram) -> list[str]:
    """What Telegram was told since this was asked last."""
    methods = [each.method for each in telegram.requests if each.method.endswith("MyCommands")]
    telegram.requests.clear()
    return [each for each in methods if not each.startswith("get")]


def test_a_linked_chat_has_it_in_every_language_until_it_is_unlinked(
    app: Flask, wire: Wire, telegram: Telegram
) -> None:
    user, menus = account("Bente Lund"), Menus(app, wire)
    menus.follow(utc_now())
    assert told(telegram) == []
    name = linked(user)
    menus.follow(utc_now())
    for language in LANGUAGES:
        assert menu(telegram, language) == ["today", *COMMANDS]
    words = {language: telegram.words["commands", f"chat {CHAT}", language][0]["description"] for language in LANGUAGES}
    assert words["da"] == words[""]
    assert told(telegram) == ["setMyCommands"] * len(LANGUAGES)
    menus.follow(utc_now())
    Menus(app, wire).follow(utc_now())
    assert told(telegram) == [], "a process that is new asks, and finds it so"
    with transaction():
        chats.unlink(user, name)
    menus.follow(utc_now())
    assert [menu(telegram, language) for language in LANGUAGES] == [[]] * len(LANGUAGES), "what all have shows again"
    menus.follow(utc_now())
    assert told(telegram) == ["deleteMyCommands"] * len(LANGUAGES)


def test_an_account_that_is_closed_loses_it(app: Flask, wire: Wire, telegram: Telegram) -> None:
    user, menus = account("Bente Lund"), Menus(app, wire)
    linked(user)
    menus.follow(utc_now())
    assert menu(telegram, "da")
    user.active = False
    db.session.commit()
    menus.follow(utc_now())
    assert not menu(telegram, "da")


def test_a_chat_telegram_refuses_is_asked_about_again_after_an_hour_and_holds_up_no_other(
    app: Flask, wire: Wire, telegram: Telegram
) -> None:
    menus, now = Menus(app, wire), utc_now()
    linked(account("Bente Lund"), chat=12)  # who never began to talk, or is gone
    linked(account("Ole Dam", email="ole@example.org"))
    menus.follow(now)
    assert menu(telegram, "da") and not menu(telegram, "da", chat=12)
    telegram.requests.clear()
    menus.follow(now + HOUR / 2)
    assert not telegram.requests
    telegram.started.add(12)
    menus.follow(now + HOUR)
    assert menu(telegram, "da", chat=12)


def test_who_uses_it_without_a_right_to_it_loses_it(
    bot: Process, somebody: Callable[..., Person], telegram: Telegram
) -> None:
    anna = somebody("en")
    anna.say("/start")
    anna.reads("Hello")
    left = {("commands", f"chat {anna.number}", language): [{"command": "today"}] for language in LANGUAGES}
    telegram.words.update(left)
    anna.say("/today")
    eventually(lambda: not set(left) & set(telegram.words))
