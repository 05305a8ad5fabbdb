"""What Telegram is told about the bot: each thing only where it is not so already, and no failure keeps the bot down."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask

from bots.telegram import arranging, poller
from bots.telegram.commands import COMMANDS
from bots.telegram.process import Process
from engage.base.config import Settings
from engage.base.db import db
from engage.base.telegram import TelegramSettings
from engage.channels.telegram.known import TelegramBot
from engage.channels.telegram.wire import Wire
from tests.journeys.server import eventually
from tests.telegram.people import Person
from tests.telegram.rules import Refused
from tests.telegram.server import NAME, TOKEN, Request, Telegram

HOOKED = {"webhook_url": "https://laering.example.org/hooks/telegram", "webhook_secret": "s3cret"}


def arranged(app: Flask, settings: Settings, telegram: Telegram, **changes: object) -> bool:
    bot = TelegramSettings(TOKEN, api_url=telegram.url, **changes)  # type: ignore[arg-type]
    app.extensions["engage.settings"] = replace(settings, telegram=bot)
    wire = Wire(bot).open()
    try:
        if not arranging.begin(app, wire):
            return False
        arranging.say_words(app, wire)
        return True
    finally:
        wire.close()
        app.extensions["engage.settings"] = settings


def test_commands_and_words_are_there_in_every_language_and_one_to_fall_back_on(
    app: Flask, settings: Settings, telegram: Telegram
) -> None:
    assert arranged(app, settings, telegram)
    for scope in ("all_private_chats", "default"):
        for language in ("", "da", "en", "de"):
            commands = telegram.words["commands", scope, language]
            assert [each["command"] for each in commands] == list(COMMANDS), (
                "a language set hides the fallback entirely"
            )
    english, danish = (telegram.words["commands", "default", code][0]["description"] for code in ("en", "da"))
    assert english != danish == telegram.words["commands", "default", ""][0]["description"]
    assert [each["command"] for each in telegram.words["commands", "all_group_chats", "en"]] == ["start"]
    assert telegram.words["name", "", ""] == settings.city.title
    assert telegram.words["short_description", "", "de"] != telegram.words["short_description", "", "en"]
    assert telegram.words["menu", "", ""] == {"type": "commands"}
    with app.app_context():
        bot = db.session.get_one(TelegramBot, 7714)
        assert (bot.name, bot.inline) == (NAME, True)


def test_what_is_so_already_is_not_said_again(app: Flask, settings: Settings, telegram: Telegram) -> None:
    arranged(app, settings, telegram)
    telegram.requests.clear()
    arranged(app, settings, telegram)
    assert not [each.method for each in telegram.requests if each.method.startswith(("set", "delete"))]


def test_what_telegram_refuses_is_left_and_the_rest_is_said(app: Flask, settings: Settings, telegram: Telegram) -> None:
    def seldom(request: Request) -> Refused | None:
        busy = request.method in {"setMyName", "setMyDescription"}
        return Refused(429, "Too Many Requests: retry after 9000", {"retry_after": 9000}) if busy else None

    telegram.fault = seldom
    assert arranged(app, settings, telegram)
    assert ("name", "", "") not in telegram.words
    assert telegram.words["commands", "default", "da"]


def test_a_webhook_is_set_with_its_secret_and_taken_away_where_updates_are_fetched(
    app: Flask, settings: Settings, telegram: Telegram
) -> None:
    arranged(app, settings, telegram, **HOOKED)
    (request,) = telegram.calls("setWebhook")
    assert request.params["secret_token"] == "s3cret"
    assert request.params["allowed_updates"] == ["message", "callback_query", "inline_query", "my_chat_member"]
    assert not request.params.get("drop_pending_updates"), "what people wrote meanwhile is never thrown away"
    arranged(app, settings, telegram)
    (request,) = telegram.calls("deleteWebhook")
    assert not request.params.get("drop_pending_updates")
    assert telegram.hook is None


def test_a_token_telegram_does_not_know_is_told_and_asked_for_again(
    app: Flask, settings: Settings, telegram: Telegram
) -> None:
    telegram.fault = lambda _request: Refused(401, "Unauthorized")
    assert not arranged(app, settings, telegram)
    telegram.fault = None
    assert arranged(app, settings, telegram)


def test_the_bot_answers_while_telegram_refuses_its_words(
    start_bot: Callable[..., Process], telegram: Telegram, somebody: Callable[..., Person]
) -> None:
    telegram.fault = lambda request: (
        Refused(429, "Too Many Requests: retry after 99", {"retry_after": 99}) if "My" in request.method else None
    )
    start_bot(says_words=True)
    anna = somebody()
    anna.say("/start")
    anna.reads("Hej.")


def test_of_two_processes_one_fetches_and_the_other_goes_on_when_it_ends(
    start_bot: Callable[..., Process], telegram: Telegram, somebody: Callable[..., Person]
) -> None:
    first = start_bot()
    eventually(lambda: first._watch.leads)
    second = start_bot()
    anna = somebody()
    for _number in range(5):
        anna.say("/start")
    eventually(lambda: len(anna.chat) == 5)
    assert not second._watch.leads
    first.end()
    anna.say("/start")
    eventually(lambda: len(anna.chat) == 6)
    assert second._watch.leads
    assert not [each for each in telegram.requests if each.code == 409]


def test_another_program_with_the_same_token_is_told_of_and_outlived(
    start_bot: Callable[..., Process],
    telegram: Telegram,
    somebody: Callable[..., Person],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(poller, "_CONFLICT_WAIT", 0.3)
    process = start_bot()
    eventually(lambda: telegram._polls)
    other = Wire(TelegramSettings(TOKEN, api_url=telegram.url)).open()
    assert other.fetch("timeout=0", 1).result(10) == []  # it asks once, and is gone before we ask again
    other.close()
    anna = somebody()
    anna.say("/start")
    anna.reads("Hej.")
    assert not process.stop.is_set()
