"""Feeds as they were written, kept compressed by each process for exactly as long as nothing in them has changed.

Programs ask for a feed every few hours and mostly have it already: that costs one small question, whether anything that is
published has changed since. Writing one of thousands of dates takes half a second, so it is done once for each change.
"""

import gzip
import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Response, current_app, request

from engage.activities import facts
from engage.base.clock import utc_now
from engage.base.limits import Rate, take
from engage.web.who import client_key

# Long enough to spare a server the readers that ask every minute, short enough for a date called off this morning.
_KEEP = "public, max-age=300"
# Whatever else a feed may depend on is asked again after this time.
_LONGEST = timedelta(minutes=10)
# Bytes, compressed: some ten feeds of everything in each language, or hundreds of small ones.
_MOST_BYTES = 4 * 1024 * 1024
# A feed of everything for who changes a word in the address each time is half a second's work each time.
_WRITTEN = Rate(burst=40, per_second=0.5)


@dataclass(frozen=True, slots=True)
class Written:
    """A feed's text, and the moment from which the clock alone makes it untrue."""

    text: str
    until: datetime


@dataclass(frozen=True, slots=True)
class _Kept:
    body: bytes
    tag: str
    revision: int
    until: datetime
    besides: object


class _Memory:
    """The feeds used last; threads take turns."""

    def __init__(self) -> None:
        self._feeds: OrderedDict[str, _Kept] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def get(self, key: str) -> _Kept | None:
        with self._lock:
            if key in self._feeds:
                self._feeds.move_to_end(key)
            return self._feeds.get(key)

    def keep(self, key: str, feed: _Kept) -> None:
        with self._lock:
            self._drop(key)
            if len(feed.body) > _MOST_BYTES:
                return
            self._feeds[key] = feed
            self._bytes += len(feed.body)
            while self._bytes > _MOST_BYTES:
                self._drop(next(iter(self._feeds)))

    def _drop(self, key: str) -> None:
        if (gone := self._feeds.pop(key, None)) is not None:
            self._bytes -= len(gone.body)


def feed(key: str, content_type: str, write: Callable[[], Written], besides: object = None) -> Response:
    """The feed known as `key` (with its language), from memory or else as `write` says; 304 when the reader has just this one.

    `besides` is what it is made from that no revision tells of, read before, and equal as long as the feed is the same. The tag
    is weak: the same text is also sent plain.
    """
    kept = _kept(key, write, besides)
    response = Response(content_type=content_type, headers={"Cache-Control": _KEEP, "Vary": "Accept-Encoding"})
    if request.accept_encodings["gzip"] > 0:
        response.set_data(kept.body)
        response.headers["Content-Encoding"] = "gzip"
    else:
        response.set_data(gzip.decompress(kept.body))
    response.set_etag(kept.tag, weak=True)
    response.make_conditional(request)
    return response


def _kept(key: str, write: Callable[[], Written], besides: object) -> _Kept:
    memory: _Memory = current_app.extensions.setdefault("engage.feeds", _Memory())
    kept, revision, now = memory.get(key), facts.revision(), utc_now()
    if kept is not None and (kept.revision, kept.besides) == (revision, besides) and kept.until > now:
        return kept
    take(f"feed:{client_key()}", _WRITTEN, now)
    written = write()
    content = written.text.encode()
    tag = hashlib.sha256(content).hexdigest()[:32]
    made = _Kept(gzip.compress(content, 6, mtime=0), tag, revision, min(written.until, now + _LONGEST), besides)
    memory.keep(key, made)
    return made
