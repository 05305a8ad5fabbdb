"""Checks a request against the Bot API as data (https://github.com/PaulSonOfLars/telegram-bot-api-spec), where it is at hand.

ENGAGE_TELEGRAM_REFERENCE names the file; otherwise it is looked for in `shared/reference` beside the project's folders.
"""

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

from engage.base.config import ROOT


@cache
def reference() -> dict[str, Any] | None:
    """The Bot API's methods and types, or None where the file is not there."""
    given = os.environ.get("ENGAGE_TELEGRAM_REFERENCE")
    folders = (parent / "shared" / "reference" for parent in ROOT.parents)
    places = (
        [Path(given)] if given else [path for each in folders for path in sorted(each.glob("telegram-bot-api-*.json"))]
    )
    for path in places:
        if path.is_file():
            found: dict[str, Any] = json.loads(path.read_text("utf-8"))
            return found
    return None


def problems(method: str, params: dict[str, Any]) -> list[str]:
    """What is wrong with a request: an unknown method or field, a field that is missing or of the wrong type."""
    known = reference()
    if known is None:
        return []
    if method not in known["methods"]:
        return [f"there is no {method}"]
    return _fields(method, known["methods"][method].get("fields", []), params)


def _fields(where: str, fields: list[dict[str, Any]], given: dict[str, Any]) -> list[str]:
    known = {field["name"]: field for field in fields}
    found = [f"{where} has no {name}" for name in given if name not in known]
    found += [f"{where} lacks {name}" for name, field in known.items() if field["required"] and name not in given]
    for name in given.keys() & known.keys():
        if not any(_fits(kind, given[name]) for kind in known[name]["types"]):
            found.append(f"{where}.{name} is no {' or '.join(known[name]['types'])}: {given[name]!r}"[:300])
    return found


def _fits(kind: str, value: Any) -> bool:
    if kind.startswith("Array of "):
        return isinstance(value, list) and all(_fits(kind.removeprefix("Array of "), each) for each in value)
    simple = {"String": str, "Integer": int, "Boolean": bool, "True": bool, "Float": (int, float), "InputFile": bytes}
    if kind in simple:
        return isinstance(value, simple[kind]) and not (kind == "Integer" and isinstance(value, bool))
    known = reference()
    assert known is not None
    described = known["types"].get(kind, {})
    if "subtypes" in described:
        return any(_fits(each, value) for each in described["subtypes"])
    return isinstance(value, dict) and not _fields(kind, described.get("fields", []), value)
