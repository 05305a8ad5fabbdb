"""What Telegram is told about the bot: how it hands over updates, and the commands and words people find it by.

Done by the one process that leads, each thing only where it is not so already: Telegram lets these be changed seldom. What
fails is told and left as it was; the bot answers all the same.
"""

from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import CancelledError
from datetime import timedelta

import structlog
from flask import Flask
from telegram import (
    Bot,
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeDefault,
    MenuButtonCommands,
)
from telegram.error import InvalidToken, TelegramError

from bots.telegram.commands import COMMANDS, Command
from engage.base.clock import utc_now
from engage.base.config import Settings, current_settings
from engage.base.db import transaction
from engage.base.errors import ChannelError
from engage.base.i18n import gettext as _
from engage.base.i18n import speaking
from engage.base.telegram import TelegramSettings
from engage.channels.telegram import known, updates
from engage.channels.telegram.wire import Wire

log = structlog.get_logger(__name__)

# How many updates Telegram may post at once; each takes a millisecond of the web server.
_CONNECTIONS = 20
_NAME, _SHORT, _LONG = 64, 120, 512  # characters (core.telegram.org/bots/api#setmyname and after)
AGAIN = timedelta(hours=6)


def begin(app: Flask, wire: Wire) -> bool:
    """Have updates handed over our way, and note who the bot is. False when that is to be tried again soon."""
    with app.app_context():
        telegram = current_settings().telegram
        assert telegram is not None, "there is a bot"
        if not attempted("handing_over", wire, lambda bot: _hand_over(bot, telegram)):
            return False
        try:
            me = wire.call(lambda bot: bot.get_me())
        except ChannelError as error:
            log.warning("not_arranged", step="who_it_is", reason=error.reason)
            return False
        with transaction():
            known.remember(telegram.bot, me.username or "", inline=bool(me.supports_inline_queries), now=utc_now())
    return True


def say_words(app: Flask, wire: Wire) -> None:
    """Give the bot its name, its descriptions, its commands and its menu."""
    with app.app_context():
        for name, step in _words(current_settings()):
            attempted(name, wire, step)


def attempted(name: str, wire: Wire, step: Callable[[Bot], Awaitable[None]]) -> bool:
    """Take one step; what Telegram says no to is told. Whether it was taken."""

    async def tried(bot: Bot) -> None:
        await step(bot)

    try:
        wire.start(tried).result()
    except InvalidToken:
        log.error("token_not_accepted", hint="Telegram does not know the token in ENGAGE_TELEGRAM_TOKEN.")
        return False
    except (TelegramError, CancelledError) as error:
        log.warning("not_arranged", step=name, reason=type(error).__name__)
        return False
    return True


async def _hand_over(bot: Bot, settings: TelegramSettings) -> None:
    """Post updates to our address, or let us fetch them. What waits is never thrown away."""
    now = await bot.get_webhook_info()
    if not settings.webhook_url:
        if now.url:
            await bot.delete_webhook(drop_pending_updates=False)
        return
    # Set again even where the address is the same: the secret cannot be asked for, and may have changed.
    await bot.set_webhook(
        settings.webhook_url,
        allowed_updates=updates.ALLOWED,
        secret_token=settings.webhook_secret,
        max_connections=_CONNECTIONS,
        drop_pending_updates=False,
    )


def _words(settings: Settings) -> list[tuple[str, Callable[[Bot], Awaitable[None]]]]:
    """One step for each thing that has words; each language whole, since one that is set hides the words without one."""
    languages = settings.city.languages
    steps: list[tuple[str, Callable[[Bot], Awaitable[None]]]] = [("name", _named(settings.city.title[:_NAME]))]
    for code, spoken in (("", languages[0]), *((language, language) for language in languages)):
        with speaking(spoken):
            private = described(COMMANDS)
            groups = [BotCommand("start", _("Talk with me alone"))]
            about = _about(settings)
        steps += [
            (f"commands {code}", commanded(private, BotCommandScopeAllPrivateChats(), code)),
            (f"commands {code}", commanded(private, BotCommandScopeDefault(), code)),
            (f"commands {code}", commanded(groups, BotCommandScopeAllGroupChats(), code)),
            (f"description {code}", _described(*about, code)),
        ]
    return [*steps, ("menu", _menu)]


def described(commands: Mapping[str, Command]) -> list[BotCommand]:
    """Commands as the menu has them, in the language that is spoken now."""
    return [BotCommand(name, str(command.words)[:256]) for name, command in commands.items()]


def _about(settings: Settings) -> tuple[str, str]:
    """The line on the bot's card, and the words in an empty talk."""
    city = settings.city
    long = (
        _("Hello. I am the chat of %(city)s, a program and not a person.", city=city.title),
        _("Write what you are looking for, for example: something about climate this weekend. I can also sign you up."),
        _("What I keep about you, and for how long: /privacy"),
    )
    return city.tagline[:_SHORT], "\n\n".join(long)[:_LONG]


def _named(name: str) -> Callable[[Bot], Awaitable[None]]:
    async def step(bot: Bot) -> None:
        if (await bot.get_my_name()).name != name:
            await bot.set_my_name(name)

    return step


def commanded(wanted: list[BotCommand], scope: BotCommandScope, code: str) -> Callable[[Bot], Awaitable[None]]:
    """Have these commands there, which is said only where it is not so already."""

    async def step(bot: Bot) -> None:
        if list(await bot.get_my_commands(scope=scope, language_code=code or None)) != wanted:
            await bot.set_my_commands(wanted, scope=scope, language_code=code or None)

    return step


def _described(short: str, long: str, code: str) -> Callable[[Bot], Awaitable[None]]:
    async def step(bot: Bot) -> None:
        language = code or None
        if (await bot.get_my_short_description(language_code=language)).short_description != short:
            await bot.set_my_short_description(short, language_code=language)
        if (await bot.get_my_description(language_code=language)).description != long:
            await bot.set_my_description(long, language_code=language)

    return step


async def _menu(bot: Bot) -> None:
    if (await bot.get_chat_menu_button()).type != MenuButtonCommands().type:
        await bot.set_chat_menu_button(menu_button=MenuButtonCommands())
