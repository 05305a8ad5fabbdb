"""The chat's understanding on phrases by another author: shares of right intents and of wholly right rows.

The held-out set is only ever counted, so nothing here prints one of its sentences.
"""

import json
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any
from zoneinfo import ZoneInfo

from benchmarks.report import Measure
from engage.dialog.understanding import understand

FOLDER = Path(__file__).parent / "understanding"
_ZONE = ZoneInfo("Europe/Copenhagen")
KEYS = ("intent", "from", "to", "sdgs", "dimensions", "kind", "audience", "party")
_FORGIVEN_SDGS = 2


def rows(name: str) -> list[dict[str, Any]]:
    """The rows of one of the sets, "development" or "held_out"."""
    text = (FOLDER / f"{name}.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines() if line.strip()]


def wrong_keys(row: dict[str, Any]) -> list[str]:
    """The keys answered otherwise than expected; up to two goals beside the expected ones are forgiven."""
    now = datetime.fromisoformat(row["at"]).replace(tzinfo=_ZONE)
    answer, expected = understand(row["text"], language=row["lang"], now=now).as_json(), row["expect"]
    return [key for key in KEYS if not _fits(key, answer[key], expected[key])]


def _fits(key: str, answer: Any, expected: Any) -> bool:
    if key == "sdgs":
        return set(expected) <= set(answer) and len(set(answer) - set(expected)) <= _FORGIVEN_SDGS
    return bool(sorted(answer) == sorted(expected) if key == "dimensions" else answer == expected)


def shares(expected: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Percentages right: each key, the whole row, and the whole row per language."""
    scored = [(row["lang"], wrong_keys(row)) for row in expected]
    languages = sorted({language for language, _ in scored})
    found: dict[str, Any] = {key: _percent(key not in wrong for _, wrong in scored) for key in KEYS}
    found["rows"] = _percent(not wrong for _, wrong in scored)
    for part, right in (("intent", lambda wrong: "intent" not in wrong), ("rows", lambda wrong: not wrong)):
        found[f"{part} by language"] = {
            tongue: _percent(right(wrong) for language, wrong in scored if language == tongue) for tongue in languages
        }
    return found | {"count": len(scored)}


def _percent(right: Iterable[bool]) -> float:
    answers = list(right)
    return 100 * sum(answers) / len(answers)


def measure(measures: list[Measure], details: dict[str, Any]) -> None:
    """Both sets scored; the goals are for the held-out one."""
    print("Measuring understanding ...", flush=True)
    details["understanding"] = found = {name: shares(rows(name)) for name in ("development", "held_out")}
    for name, key, goal in (("intents understood", "intent", 97), ("phrases wholly right", "rows", 95)):
        kept, known = found["held_out"], found["development"]
        parts = ", ".join(f"{tongue} {share:.1f}" for tongue, share in kept[f"{key} by language"].items())
        note = f"{parts}; development {known[key]:.1f} of {known['count']}"
        measures.append(Measure(name, f"{kept['count']} held-out phrases", "", kept[key], goal, " %", note=note))
    taken = _milliseconds(rows("development"))
    measures.append(Measure("a phrase", "median", "", taken, 3, " ms", at_most=True))


def _milliseconds(expected: Iterable[dict[str, Any]]) -> float:
    """What one phrase takes, in the middle, with all lexicons read."""
    taken = []
    for row in expected:
        now = datetime.fromisoformat(row["at"]).replace(tzinfo=_ZONE)
        began = perf_counter()
        understand(row["text"], language=row["lang"], now=now)
        taken.append(perf_counter() - began)
    return median(taken) * 1000
