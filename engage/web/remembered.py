"""Pages as they were rendered, kept by each process for exactly as long as nothing they show has changed.

What a page was made from is asked anew for each visitor, in one small question: the revision of what is published, and
the totals of the seats it speaks of. A page that shows more than that (who is missing for a role, where help is needed) asks
for it too, and only such a page. Only when all is as it was is the page shown again. Rendering a list costs ten times as much
as asking.
"""

import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from flask import Response, current_app, request
from flask_wtf.csrf import generate_csrf

from engage.activities import facts as activity_facts
from engage.activities.facts import Seats, Standing
from engage.base import i18n
from engage.base.clock import utc_now
from engage.web.spliced import Spliced

# Whatever else a page may depend on (the goals, which are trusted for a while) is asked again after this time.
_LONGEST = timedelta(minutes=10)
# Some 1 MB a process: compressed, a page of an activity takes 4 KB and a list 8 KB.
_MOST_PAGES = 250

# Stands in a kept page where each visitor gets a token of their own; random, so that no published text can hold it.
_TOKEN_GOES_HERE = secrets.token_hex(16)


class Shown(Protocol):
    """A date with the seats that a page shows of it."""

    @property
    def occurrence_id(self) -> int: ...
    @property
    def seats(self) -> Seats: ...


@dataclass(frozen=True, slots=True)
class Rendered:
    """A page, the dates whose seats it shows, and the moment from which the clock alone makes it untrue.

    `revision` was read before all else: a change while the page was made then shows.
    """

    html: str
    revision: int
    dates: Sequence[Shown]
    until: datetime


@dataclass(frozen=True, slots=True)
class _Kept:
    page: Spliced
    dates: tuple[int, ...]
    standing: Standing
    until: datetime
    besides: object = None


class _Memory:
    """The pages used last, by address and language; threads take turns."""

    def __init__(self) -> None:
        self._pages: OrderedDict[tuple[str, str], _Kept] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: tuple[str, str]) -> _Kept | None:
        with self._lock:
            if key in self._pages:
                self._pages.move_to_end(key)
            return self._pages.get(key)

    def keep(self, key: tuple[str, str], page: _Kept) -> None:
        with self._lock:
            self._pages[key] = page
            self._pages.move_to_end(key)
            if len(self._pages) > _MOST_PAGES:
                self._pages.popitem(last=False)


def token() -> str:
    """For templates, in place of `csrf_token`: where each visitor's own token is to go."""
    return _TOKEN_GOES_HERE


def page(render: Callable[[], Rendered], standing: Standing | None = None, besides: object = None) -> Response:
    """The page of this address and language: as it is kept if that is still true, and from `render` otherwise.

    For pages that are the same for everybody but for the token of a form. `standing` is how its dates stand now, where
    that was asked already; `besides` is what else it is made from, read before, and equal as long as the page is the same.
    """
    memory: _Memory = current_app.extensions.setdefault("engage.pages", _Memory())
    key = (request.full_path, i18n.current_language())
    kept = memory.get(key)
    if (
        kept is None
        or kept.until <= utc_now()
        or kept.besides != besides
        or kept.standing != (standing or activity_facts.standing(kept.dates))
    ):
        kept = replace(_kept(render), besides=besides)
        if kept.dates:
            memory.keep(key, kept)
    return _answer(kept)


def _kept(render: Callable[[], Rendered]) -> _Kept:
    rendered = render()
    dates = sorted(rendered.dates, key=lambda facts: facts.occurrence_id)
    return _Kept(
        page=Spliced.of(rendered.html, _TOKEN_GOES_HERE),
        dates=tuple(facts.occurrence_id for facts in dates),
        standing=(rendered.revision, tuple((facts.occurrence_id, facts.seats) for facts in dates)),
        until=min(rendered.until, utc_now() + _LONGEST),
    )


def _answer(kept: _Kept) -> Response:
    token = generate_csrf() if kept.page.has_places else ""
    accepted = request.accept_encodings["gzip"] > 0
    page = kept.page.compressed(token) if accepted else kept.page.plain(token)
    response = Response(page, mimetype="text/html")
    response.headers["Vary"] = "Accept-Encoding"
    if accepted:
        response.headers["Content-Encoding"] = "gzip"
    return response
