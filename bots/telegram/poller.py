"""Fetching updates: by long polling, one process at a time, and confirmed to Telegram only once they are kept here."""

import json
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from typing import Any
from urllib.parse import urlencode

import structlog
from flask import Flask
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError

from bots.telegram.watch import Watch
from engage import inbox
from engage.base.clock import utc_now
from engage.base.db import transaction
from engage.base.telegram import TelegramSettings
from engage.channels.telegram import updates
from engage.channels.telegram.wire import Wire
from engage.inbox import Arrival

log = structlog.get_logger(__name__)

_LONG_POLL = 25  # seconds Telegram holds the question open
_LOOK = 0.5  # seconds until the next look whether we shall stop
_MOST = 100  # updates in an answer, which is Telegram's limit
_CONFLICT_WAIT, _LONGEST_WAIT = 5.0, 30.0


class Poller:
    """Fetches while `watch` leads. `kept` is called when something new was kept."""

    def __init__(
        self,
        app: Flask,
        settings: TelegramSettings,
        wire: Wire,
        watch: Watch,
        kept: Callable[[], None],
        stop: threading.Event,
    ) -> None:
        self._app, self._settings, self._wire, self._watch = app, settings, wire, watch
        self._kept, self._stop = kept, stop
        # Not kept anywhere: what was fetched and not confirmed comes again, and is known by its number.
        self._offset: int | None = None
        self._wait = 1.0
        self._asked: Future[list[dict[str, Any]]] | None = None

    def end(self) -> None:
        """Take back the question that is open, so that nobody waits for its answer."""
        if self._asked is not None:
            self._asked.cancel()

    def fetch(self) -> None:
        """Ask once and keep what comes; waits by itself when that was not possible."""
        try:
            found = self._ask()
        except (TelegramError, CancelledError) as error:
            self._stop.wait(self._seconds_after(error))
            return
        self._wait = 1.0
        if found:
            self._keep(found)

    def _ask(self) -> list[dict[str, Any]]:
        wanted: dict[str, Any] = {
            "timeout": _LONG_POLL,
            "limit": _MOST,
            "allowed_updates": json.dumps(updates.ALLOWED),
        }
        if self._offset is not None:
            wanted["offset"] = self._offset
        self._asked = self._wire.fetch(urlencode(wanted), _LONG_POLL)
        return self._result(self._asked)

    def _result(self, answer: "Future[list[dict[str, Any]]]") -> list[dict[str, Any]]:
        """The answer; the question is taken back when we are to stop, or another process has taken over."""
        while True:
            if answer.done():
                return answer.result()
            try:
                return answer.result(timeout=_LOOK)
            except TimeoutError:
                # It may have come that very moment, or be an answer of this kind itself: read at the next turn.
                if answer.done():
                    continue
                if self._stop.is_set() or not self._watch.leads:
                    answer.cancel()
                    raise CancelledError from None

    def _keep(self, found: list[dict[str, Any]]) -> None:
        """Raises what the database raises; the same updates are then fetched again."""
        arrivals = arrived(found)
        with self._app.app_context(), transaction():
            new = inbox.keep(self._settings.source, arrivals, now=utc_now())
        numbers = [number for each in found if (number := updates.number(each)) is not None]
        if numbers:
            self._offset = max(numbers) + 1
        if new:
            self._kept()

    def _seconds_after(self, error: BaseException) -> float:
        if isinstance(error, CancelledError):
            return 0.0
        if isinstance(error, RetryAfter):
            wait = error.retry_after
            return (wait if isinstance(wait, int) else wait.total_seconds()) + 0.5
        self._wait, wait_now = min(self._wait * 2, _LONGEST_WAIT), self._wait
        if isinstance(error, Conflict):
            log.error(
                "somebody_else_fetches",
                hint="Another program uses the token in ENGAGE_TELEGRAM_TOKEN, or a webhook is set. One of them must stop.",
            )
            return max(wait_now, _CONFLICT_WAIT)
        if isinstance(error, InvalidToken):
            log.error("token_not_accepted", hint="Telegram does not know the token in ENGAGE_TELEGRAM_TOKEN.")
            return _LONGEST_WAIT
        log.warning("telegram_away", reason=type(error).__name__, wait=wait_now)
        return wait_now


def arrived(found: list[dict[str, Any]]) -> list[Arrival]:
    """Updates as they are kept; what has no number is none."""
    arrivals = []
    for each in found:
        number = updates.number(each)
        if number is not None:
            said = updates.read(each)
            arrivals.append(Arrival(number, said.lane, said.body()))
    return arrivals
