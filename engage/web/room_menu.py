"""The menu over the pages of a room one signs in to: a few subjects, and under the one in use its pages."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import request, url_for

Page = tuple[str, Any]
"""An endpoint, and what it is called."""


@dataclass(frozen=True)
class Entry:
    """A line of the menu. `current` is what `aria-current` says of it: "page", "true" for a page above or beside, or nothing."""

    url: str
    words: str
    current: str = ""


@dataclass(frozen=True)
class Menu:
    """The subjects, and the pages of the one in use, where it has several."""

    subjects: list[Entry]
    pages: list[Entry]


def menu(subjects: Iterable[tuple[Any, Sequence[Page]]]) -> Menu:
    """The menu of a room, as seen from the page that is asked for. A subject leads to its first page."""
    first = True
    lines, pages = [], []
    for words, its_pages in subjects:
        entries = [_entry(page, exact=first) for page in its_pages]
        first = False
        if not entries:
            continue
        inside = any(entry.current for entry in entries)
        alone = entries[0].current if len(entries) == 1 else "true"
        lines.append(Entry(entries[0].url, str(words), alone if inside else ""))
        if inside and len(entries) > 1:
            pages = entries
    return Menu(lines, pages)


def _entry(page: Page, *, exact: bool) -> Entry:
    endpoint, words = page
    url = url_for(endpoint)
    if request.path == url:
        return Entry(url, str(words), "page")
    inside = not exact and request.path.startswith(url.rstrip("/") + "/")
    return Entry(url, str(words), "true" if inside else "")
