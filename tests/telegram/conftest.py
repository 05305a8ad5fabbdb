"""A bot in this process that talks with a Bot API server on loopback; dates lie around today, since the bot asks the clock."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count

import pytest
from flask import Flask

from bots.telegram.process import Process
from engage.base.clock import utc_now
from engage.base.config import Settings
from engage.base.telegram import TelegramSettings
from tests.journeys.server import eventually
from tests.telegram.people import Person
from tests.telegram.server import TOKEN, Telegram, running
from tests.town import Town

_numbers = count(5001)


@pytest.fixture
def telegram() -> Iterator[Telegram]:
    """Telegram, without a limit of pace."""
    with running() as server:
        yield server


@pytest.fixture
def bot_settings(telegram: Telegram) -> TelegramSettings:
    """A bot that fetches, as fast as it can."""
    return TelegramSettings(TOKEN, api_url=telegram.url, per_second=0)


@pytest.fixture
def town(app: Flask) -> Town:
    """A town whose dates lie around today."""
    return Town(utc_now())


@pytest.fixture
def start_bot(app: Flask, settings: Settings, bot_settings: TelegramSettings) -> Iterator[Callable[..., Process]]:
    """Start a process of the bot, as threads of this one: `start_bot(per_second=25)`. Telegram is told the bot's words where a
    test `says_words`: that is some thirty calls.
    """
    running: list[Process] = []

    def start(*, says_words: bool = False, **changes: object) -> Process:
        telegram = replace(bot_settings, **changes)  # type: ignore[arg-type]
        app.extensions["engage.settings"] = replace(settings, telegram=telegram)
        process = Process(app, telegram)
        if not says_words:
            process._words_said_at = utc_now()
        process.start()
        running.append(process)
        eventually(lambda: process._watch.number is not None)
        return process

    yield start
    for process in running:
        process.end()
    app.extensions["engage.settings"] = settings


@pytest.fixture
def bot(start_bot: Callable[..., Process]) -> Process:
    """A bot that runs."""
    return start_bot()


@pytest.fixture
def somebody(telegram: Telegram) -> Callable[..., Person]:
    """A new person with a Telegram app: `somebody("de")`."""
    return lambda language="da": Person(telegram, next(_numbers), language)
