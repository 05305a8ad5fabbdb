"""Feeds in JSON: where the list of events stands, and which path in each entry tells what.

A path is names and numbers with points between: "date.start", "images.0.url". The path of the list may be "" (the whole).
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from engage.activities.importing.events import CannotRead, Format, Options, Reading
from engage.activities.importing.reading import mapping, rows, texts
from engage.activities.importing.reading.times import vocabulary

# Deeper than any feed, shallower than what makes a reader stumble.
DEEPEST = 30
_MOST_PATHS = 200
_LISTS_WITHIN = 4


def read(content: bytes, options: Options) -> Reading:
    """The events of a JSON document."""
    document = _parsed(content)
    chosen = dict(options.mapping or {})
    where = chosen.get("list") or _list_path(document)
    entries = at(document, where)
    if not isinstance(entries, list) or not any(isinstance(entry, dict) for entry in entries):
        raise CannotRead("list_missing", path=where)
    paths = _paths(entries)
    if not options.mapping or not chosen.keys() - {"list"}:
        chosen = _suggested(paths)
    chosen = {**{field: path for field, path in chosen.items() if field != "list"}, "list": where}
    facts: dict[str, Any] = {"columns": tuple(paths), "examples": paths, "mapping": chosen}
    if "title" not in chosen or not chosen.keys() & {"date", "start"}:
        return Reading(Format.JSON, **facts)
    found, skipped = rows.events(_values(entries, chosen), ZoneInfo(options.zone))
    return Reading(Format.JSON, tuple(found), tuple(skipped), **facts)


def _parsed(content: bytes) -> object:
    try:
        document = json.loads(texts.decoded(content), parse_constant=lambda _: None)
        _check_depth(document)
    except RecursionError as error:
        raise CannotRead("too_deep", most=DEEPEST) from error
    except ValueError as error:
        line = getattr(error, "lineno", 1)
        raise CannotRead("json_unreadable", line=line) from error
    return document


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


def _list_path(document: object) -> str:
    """Where the list of events seems to be: the longest list of objects, one with a telling name first."""
    if isinstance(document, list):
        return ""
    names = {name.strip() for name in vocabulary()["headings"]["list"].split(",")}
    found = list(_lists(document, (), _LISTS_WITHIN))
    if not found:
        raise CannotRead("list_missing", path="")
    return ".".join(max(found, key=lambda each: (each[0][-1].lower() in names, each[1]))[0])


def _lists(value: object, path: tuple[str, ...], depth: int) -> Iterator[tuple[tuple[str, ...], int]]:
    if not isinstance(value, dict) or depth == 0:
        return
    for name, child in value.items():
        if isinstance(child, list) and any(isinstance(entry, dict) for entry in child):
            yield (*path, name), len(child)
        elif "." not in name:
            yield from _lists(child, (*path, name), depth - 1)


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
