"""The wire to Telegram: python-telegram-bot's Bot in an event loop of its own, to be called from any thread.

One loop for the life of the process, since its connections belong to it. What Telegram says no with becomes one of the
errors of channels; nothing here tries again.
"""

import asyncio
import os
import ssl
import threading
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import CancelledError, Future
from functools import cache
from typing import Any, TypeVar

import httpx
import structlog
from telegram import Bot
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from engage.base.errors import AddressGone, ChannelError, NoReply, TooFast
from engage.base.telegram import TelegramSettings
from engage.channels.telegram.line import Line, Patience, UnsaidError

log = structlog.get_logger(__name__)

# Of the two ways in which the library gives a time to wait, the one that stays.
os.environ.setdefault("PTB_TIMEDELTA", "1")

# Seconds. A reply that takes longer leaves open whether the message arrived, so it is given time.
_CONNECT, _REPLY, _UPLOAD = 10.0, 25.0, 40.0
_CONNECTIONS = 16
# What Telegram says of an address that takes nothing.
_NOBODY = ("chat not found", "user not found", "peer_id_invalid", "user_deactivated", "group chat was deleted")

T = TypeVar("T")


@cache
def authorities() -> ssl.SSLContext:
    """Whose certificates are believed: read once, as that takes some megabytes, and before a fork where there is one.

    Nothing of the surroundings counts: a token must go nowhere else.
    """
    context = httpx.create_ssl_context(trust_env=False)
    context.set_alpn_protocols(["http/1.1"])
    return context


class Wire:
    """The bot, as long as `open` and `close` say."""

    def __init__(self, settings: TelegramSettings) -> None:
        self._settings = settings
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="telegram wire", daemon=True)
        patience = Patience(connect=_CONNECT, reply=_REPLY, upload=_UPLOAD)
        self._requests = [Line(number, patience, authorities()) for number in (1, _CONNECTIONS)]
        self.bot = Bot(
            settings.token,
            base_url=f"{settings.api_url}/bot",
            base_file_url=f"{settings.api_url}/file/bot",
            get_updates_request=self._requests[0],
            request=self._requests[1],
        )

    def open(self) -> "Wire":
        """Start the loop."""
        self._thread.start()
        return self

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    def start(self, call: Callable[[Bot], Coroutine[Any, Any, T]]) -> Future[T]:
        """Begin a call of the bot; its result or PTB's own error comes in the future."""
        return asyncio.run_coroutine_threadsafe(call(self.bot), self._loop)

    def call(self, call: Callable[[Bot], Coroutine[Any, Any, T]]) -> T:
        """The result of a call of the bot; raises `ChannelError`."""
        try:
            return self.start(call).result()
        except TelegramError as error:
            raise as_channel_error(error) from error
        except CancelledError as error:  # we are being stopped in the middle of it
            raise NoReply("stopped") from error

    def attempt(self, call: Callable[[Bot], Coroutine[Any, Any, Any]]) -> None:
        """A call that nobody waits for, and that may fail: it is worth no second try."""
        self.start(lambda bot: _without_errors(call(bot)))

    def fetch(self, parameters: str, seconds: float) -> "Future[list[dict[str, Any]]]":
        """Ask for updates as they are: one that the library could not read must not stand in the way of all others."""
        url = f"{self._settings.api_url}/bot{self._settings.token}/getUpdates?{parameters}"

        async def ask() -> list[dict[str, Any]]:
            found: Any = await self._requests[0].post(url, read_timeout=seconds + _REPLY)
            return list(found)

        return asyncio.run_coroutine_threadsafe(ask(), self._loop)

    def close(self) -> None:
        """End the calls under way, close the connections and stop the loop."""
        if self._thread.is_alive():
            asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(timeout=5)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(timeout=5)
        if not self._loop.is_running():
            self._loop.close()

    async def _end(self) -> None:
        calls = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for call in calls:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)
        for request in self._requests:
            await request.shutdown()


async def _without_errors(call: Awaitable[Any]) -> None:
    try:
        await call
    except TelegramError as error:
        # A press that is too old to be answered, a message whose buttons are gone already.
        log.info("courtesy_failed", reason=type(error).__name__)


def as_channel_error(error: TelegramError) -> ChannelError:
    """What Telegram's error means to the post office. The order matters: some of these classes are parents of others."""
    if isinstance(error, RetryAfter):
        wait = error.retry_after
        return TooFast((wait if isinstance(wait, int) else wait.total_seconds()) + 0.5)
    if isinstance(error, Forbidden):
        return AddressGone("blocked")
    if isinstance(error, InvalidToken):
        log.error("token_not_accepted", hint="Telegram does not know the token in ENGAGE_TELEGRAM_TOKEN.")
        return ChannelError("token not accepted", permanent=False, counts=False)
    if isinstance(error, ChatMigrated):
        return AddressGone("moved")
    if isinstance(error, BadRequest):
        return _refused(error)
    if isinstance(error, TimedOut):
        # Where no connection came about, nothing was said.
        unsaid = isinstance(error.__cause__, UnsaidError)
        return ChannelError("no connection", permanent=False) if unsaid else NoReply("timed out")
    if isinstance(error, NetworkError):
        # A reply with a status of 500 and more has no cause: the server said that it did nothing.
        unsaid = error.__cause__ is None or isinstance(error.__cause__, UnsaidError)
        return ChannelError("server error", permanent=False) if unsaid else NoReply("connection lost")
    return ChannelError(type(error).__name__, permanent=False)


def _refused(error: BadRequest) -> ChannelError:
    said = str(error).lower()
    if any(words in said for words in _NOBODY):
        return AddressGone("no such chat")
    # Ours to mend: what is said of a text, a button or a file names nobody.
    log.error("telegram_refused", reason=str(error)[:200])
    return ChannelError(f"refused: {str(error)[:200]}", permanent=True)
