"""Pictures that people send: fetched from Telegram and redrawn beside the handlers, with no transaction open and nobody waiting.

They are kept in this process alone and for a few minutes, for the turn that asked for them; where that turn is taken by another
process, or by this one after a restart, they are fetched once more.
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass

import structlog
from telegram import Bot
from telegram.error import BadRequest, TelegramError

from engage.activities import pictures
from engage.activities.pictures import MOST_BYTES, Prepared
from engage.base.errors import Refusal
from engage.channels.telegram.wire import Wire
from engage.dialog.pictures import PictureNotFetched

log = structlog.get_logger(__name__)

# Somebody looks at what they wrote once more before they send it; then it is fetched anew.
_KEPT, _MOST = 600.0, 8
# What Telegram did not hand out may be there the next time it is sent.
_NOT_KEPT = 5.0
_AT_ONCE = 2
# Seconds; a picture of 12 MB over a slow line.
_PATIENCE = 40.0


@dataclass(frozen=True, slots=True)
class _Found:
    picture: Prepared | Refusal
    until: float


class Pictures:
    """What was fetched, by what Telegram calls it. `fetched` is called after each."""

    def __init__(self, wire: Wire, fetched: Callable[[], None]) -> None:
        self._wire, self._fetched = wire, fetched
        self._lock = threading.Lock()
        self._found: dict[str, _Found] = {}
        self._under_way: set[str] = set()

    def known(self) -> dict[str, Prepared | Refusal]:
        """Those that are here now."""
        now = time.monotonic()
        with self._lock:
            self._found = {name: each for name, each in self._found.items() if each.until > now}
            return {name: each.picture for name, each in self._found.items()}

    def begin(self, name: str) -> None:
        """Fetch one, if nobody does so. Where too many are under way, whoever needs it asks again."""
        with self._lock:
            # It may have come while its turn was being undone.
            here = name in self._found and self._found[name].until > time.monotonic()
            if here or name in self._under_way or len(self._under_way) >= _AT_ONCE:
                return
            self._under_way.add(name)
        threading.Thread(target=self._fetch, args=(name,), name="fetch a picture", daemon=True).start()

    def _fetch(self, name: str) -> None:
        found: Prepared | Refusal = PictureNotFetched()
        try:
            found = pictures.prepare(self._content(name))
        except Refusal as refusal:
            found = refusal
        except (
            Exception
        ):  # a defect of ours: its sender is told that it did not arrive, and the thread must not die untold
            log.exception("picture_not_fetched")
        kept = _NOT_KEPT if isinstance(found, PictureNotFetched) else _KEPT
        with self._lock:
            self._under_way.discard(name)
            while len(self._found) >= _MOST:
                del self._found[min(self._found, key=lambda each: self._found[each].until)]
            self._found[name] = _Found(found, time.monotonic() + kept)
        self._fetched()

    def _content(self, name: str) -> bytes:
        asked: Future[bytes] = self._wire.start(lambda bot: _downloaded(bot, name))
        try:
            return asked.result(_PATIENCE)
        except TimeoutError as error:
            asked.cancel()
            raise PictureNotFetched from error
        except BadRequest as error:
            # Bots get no file of more than 20 MB (core.telegram.org/bots/api#getfile).
            if "too big" in str(error).lower():
                raise pictures.too_large() from error
            raise PictureNotFetched from error
        except TelegramError as error:
            log.info("picture_not_fetched", reason=type(error).__name__)
            raise PictureNotFetched from error


async def _downloaded(bot: Bot, name: str) -> bytes:
    file = await bot.get_file(name)
    if (file.file_size or 0) > MOST_BYTES:
        raise pictures.too_large()
    return bytes(await file.download_as_bytearray())
