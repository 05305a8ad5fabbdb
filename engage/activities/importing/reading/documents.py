"""Feeds in JSON: where the list of events stands, and which path in each entry tells what.

A path is names and numbers with points between: "date.start", "images.0.url". The path of the list may be "" (the whole), and
"days.*.events" is what all the days have together.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from engage.activities.importing.events import CannotRead, Format, FoundList, Note, Options, Reading
from engage.activities.importing.reading import mapping, rows, texts
from engage.activities.importing.reading.times import vocabulary

# Deeper than any feed, shallower than what makes a reader stumble.
DEEPEST = 30
_MOST_PATHS = 200
_LISTS_WITHIN = 5
_MOST_LISTS = 12
_EVERY = "*"
# JSON spells what no text file may hold: control characters, and halves of surrogate pairs (RFC 8259, 8.2).
_ODD_LETTER = re.compile(r"\\u(?:00[01]|007f|d[89a-f])", re.IGNORECASE)


def read(content: bytes, options: Options) -> Reading:
    """The events of a JSON document. Where the list somebody chose is not there, none, and the lists there are."""
    document = _parsed(content)
    chosen = dict(options.mapping or {})
    if "list" in chosen and at(document, chosen["list"].strip()) == []:
        return Reading(Format.JSON, mapping=chosen)  # a feed out of season
    lists = _lists(document)
    if not lists:
        raise CannotRead("list_missing")
    where = chosen["list"].strip() if "list" in chosen else lists[0].path
    entries = _entries(document, where)
    if not any(isinstance(entry, dict) for entry in entries):
        lost = Note("list_not_there", {"path": where})
        return Reading(Format.JSON, lists=lists, mapping=chosen, notes=(lost,))
    paths = _paths(entries)
    if not chosen.keys() - {"list"}:
        chosen = _suggested(paths)
    chosen = {**{field: path for field, path in chosen.items() if field != "list"}, "list": where}
    facts: dict[str, Any] = {"lists": lists, "columns": tuple(paths), "examples": paths, "mapping": chosen}
    if not mapping.complete(chosen):
        return Reading(Format.JSON, **facts)
    found, skipped = rows.events(_values(entries, chosen), ZoneInfo(options.zone))
    return Reading(Format.JSON, tuple(found), tuple(skipped), **facts)


def _parsed(content: bytes) -> object:
    text = texts.decoded(content)
    try:
        document = json.loads(text, parse_constant=lambda _: None)
        _check_depth(document)
    except RecursionError as error:
        raise CannotRead("too_deep", most=DEEPEST) from error
    except ValueError as error:
        line = getattr(error, "lineno", 1)
        raise CannotRead("json_unreadable", line=line) from error
    return _keepable(document) if _ODD_LETTER.search(text) else document


def _keepable(value: object) -> object:
    """The same document without letters that no database keeps. Its depth was checked before."""
    if isinstance(value, dict):
        return {texts.keepable(name): _keepable(child) for name, child in value.items()}
    if isinstance(value, list):
        return [_keepable(child) for child in value]
    return texts.keepable(value) if isinstance(value, str) else value


def _check_depth(document: object) -> None:
    level = [document]
    for _ in range(DEEPEST):
        level = [child for value in level for child in _children(value)]
        if not level:
            return
    raise CannotRead("too_deep", most=DEEPEST)


def _children(value: object) -> list[object]:
    if isinstance(value, dict):
        return [child for child in value.values() if isinstance(child, dict | list)]
    return [child for child in value if isinstance(child, dict | list)] if isinstance(value, list) else []


def at(value: object, path: str) -> object:
    """What stands at `path` in `value`, or None."""
    for part in path.split(".") if path else ():
        if isinstance(value, dict):
            value = value.get(part)
        elif isinstance(value, list) and part.isdecimal() and len(part) < 7 and int(part) < len(value):
            value = value[int(part)]
        else:
            return None
    return value


def _entries(document: object, path: str) -> list[Any]:
    """What the list at `path` holds; empty when there is none. A "*" stands for each entry of a list on the way."""
    before, every, after = (
        path.partition(f"{_EVERY}.") if path.startswith(f"{_EVERY}.") else path.partition(f".{_EVERY}.")
    )
    found = at(document, before)
    if not every:
        return found if isinstance(found, list) else []
    return [each for entry in found for each in _entries(entry, after)] if isinstance(found, list) else []


def _lists(document: object) -> tuple[FoundList, ...]:
    """The lists of objects in a document, the likeliest first: whose entries have a title and a day, that is whole, has a telling
    name, and is the longest."""
    names = {name.strip() for name in vocabulary()["headings"]["list"].split(",")}
    paths = dict.fromkeys(_list_paths(document, (), _LISTS_WITHIN))
    found = [(path, _entries(document, ".".join(path))) for path in list(paths)[: _MOST_LISTS * 4]]

    def unlikely(each: tuple[tuple[str, ...], list[Any]]) -> tuple[bool, int, bool, int]:
        path, entries = each
        events = mapping.complete(_suggested(_paths(entries)))
        return not events, path.count(_EVERY), bool(path) and path[-1].lower() not in names, -len(entries)

    found.sort(key=unlikely)
    return tuple(FoundList(".".join(path), len(entries), _titles(entries)) for path, entries in found[:_MOST_LISTS])


def _list_paths(value: object, path: tuple[str, ...], depth: int) -> Iterator[tuple[str, ...]]:
    if isinstance(value, list):
        objects = [entry for entry in value if isinstance(entry, dict)]
        if objects:
            yield path
        if depth:
            for entry in objects[:5]:
                yield from _list_paths_in(entry, (*path, _EVERY), depth - 1)
    elif depth:
        yield from _list_paths_in(value, path, depth)


def _list_paths_in(value: object, path: tuple[str, ...], depth: int) -> Iterator[tuple[str, ...]]:
    for name, child in value.items() if isinstance(value, dict) else ():
        if "." not in name and name != _EVERY and isinstance(child, dict | list):
            yield from _list_paths(child, (*path, name), depth - 1 if isinstance(child, dict) else depth)


def _titles(entries: list[Any]) -> tuple[str, ...]:
    """What the first entries are called, so that a person knows the list when they see it."""
    first = [entry for entry in entries if isinstance(entry, dict)][:2]
    paths = _paths(first)
    path = _suggested(paths).get("title") or next((path for path, value in paths.items() if value), "")
    found = (texts.shortened(texts.plain(str(at(entry, path) or ""))[:200].replace("\n", " "), 40) for entry in first)
    return tuple(title for title in found if title)


def _paths(entries: list[Any]) -> dict[str, str]:
    """Each path to a plain value in the first entries, with an example."""
    found: dict[str, str] = {}
    for entry in entries[:20]:
        for path, value in _leaves(entry, ""):
            if not found.get(path) and len(found) < _MOST_PATHS:
                found[path] = texts.shortened(texts.plain(str(value))[:200].replace("\n", " "), 60)
    return found


def _leaves(value: object, path: str) -> Iterator[tuple[str, object]]:
    before = f"{path}." if path else ""
    if isinstance(value, dict):
        for name, child in value.items():
            if "." not in name:
                yield from _leaves(child, before + name)
    elif isinstance(value, list):
        for number, child in enumerate(value[:1]):
            yield from _leaves(child, f"{before}{number}")
    elif value is not None and path:
        yield path, value


def _suggested(paths: Mapping[str, str]) -> dict[str, str]:
    """What the paths' last names say they are; what stands less deep comes first, so an event's own title wins."""
    nearest = sorted(paths, key=lambda path: path.count("."))
    found: dict[str, str] = {}
    for path in nearest:
        parts = path.split(".")
        field = mapping.field_of(parts[-1]) or (
            mapping.field_of(parts[-2]) if parts[-1].isdecimal() and len(parts) > 1 else ""
        )
        # A name inside a place is the place's: "location.name".
        outer = mapping.field_of(parts[-2]) if len(parts) > 1 else ""
        if field == "title" and outer:
            field = outer if outer == "place" else ""
        elif field in {"id", "title", "url", "body", "summary"} and len(parts) > 1 and not parts[-1].isdecimal():
            field = ""
        if field and field not in found:
            found[field] = path
    return found


def _values(entries: list[Any], chosen: Mapping[str, str]) -> Iterator[tuple[int, rows.Values]]:
    for number, entry in enumerate(entries, 1):
        values = {field: at(entry, path) for field, path in chosen.items() if field != "list"}
        yield number, {field: _plain(value) for field, value in values.items()}


def _plain(value: object) -> object:
    """A value a row can hold: of a list its plain values, of an object nothing."""
    if isinstance(value, list):
        return ", ".join(str(each) for each in value if isinstance(each, str | int | float))
    return None if isinstance(value, dict) else value
