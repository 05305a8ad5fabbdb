"""The menu of commands in chats that may speak for an account: there it has today's list as well.

Kept by the process that leads: it looks which chats are linked, and tells Telegram what is new. What it has told is known for the
life of the process only, so a new one looks through all of them once, and asks before it says anything. A chat that was unlinked
while nobody led is put right when somebody there uses the command that is no longer theirs (`door`).
"""

from datetime import datetime, timedelta

from flask import Flask
from telegram import Bot, BotCommandScopeChat

from bots.telegram.arranging import attempted, commanded, described
from bots.telegram.commands import COMMANDS, ORGANISERS
from engage.accounts import chats
from engage.base.config import current_settings
from engage.base.i18n import speaking
from engage.channels.telegram.wire import Wire

CHANNEL = "telegram"
# For who blocked the bot meanwhile, or when Telegram has had enough for now.
_TRY_AGAIN = timedelta(hours=1)


class Menus:
    """What this process has told Telegram about single chats."""

    def __init__(self, app: Flask, wire: Wire) -> None:
        self._app, self._wire = app, wire
        self._told: set[str] = set()
        self._not_before: dict[str, datetime] = {}

    def follow(self, now: datetime) -> None:
        """Give the chats that were linked the organisers' menu, and those that were unlinked everybody's."""
        with self._app.app_context():
            linked = chats.linked(CHANNEL)
            for chat in sorted(linked - self._told):
                if self._not_before.get(chat, now) <= now:
                    self._give(chat, now)
            for chat in sorted(self._told - linked):
                if self._not_before.get(chat, now) <= now:
                    self._take(chat, now)

    def _give(self, chat: str, now: datetime) -> None:
        scope, languages = BotCommandScopeChat(int(chat)), current_settings().city.languages
        given = True
        for code, spoken in _spoken(languages):
            with speaking(spoken):
                wanted = described({**ORGANISERS, **COMMANDS})
            given = given and attempted("organiser's menu", self._wire, commanded(wanted, scope, code))
        self._note(chat, given, now)
        if given:
            self._told.add(chat)

    def _take(self, chat: str, now: datetime) -> None:
        languages = current_settings().city.languages
        taken = attempted("everybody's menu", self._wire, lambda bot: everybodys(bot, int(chat), languages))
        self._note(chat, taken, now)
        if taken:
            self._told.discard(chat)

    def _note(self, chat: str, done: bool, now: datetime) -> None:
        if done:
            self._not_before.pop(chat, None)
        else:
            self._not_before[chat] = now + _TRY_AGAIN


async def everybodys(bot: Bot, chat: int, languages: tuple[str, ...]) -> None:
    """Let a chat have the menu that all have."""
    for code, _language in _spoken(languages):
        await bot.delete_my_commands(scope=BotCommandScopeChat(chat), language_code=code or None)


def _spoken(languages: tuple[str, ...]) -> list[tuple[str, str]]:
    """Each language as Telegram names it, and "" to fall back on, which one that is set hides."""
    return [("", languages[0]), *((language, language) for language in languages)]
