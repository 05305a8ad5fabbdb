"""How a row of phrases is scored: strictly, save up to two further goals beside the expected ones. Shared by the tests."""

import json
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from engage.dialog.understanding import understand

HERE = Path(__file__).parent
# The moment all phrases are written for: a Wednesday morning.
NOW = datetime(2026, 3, 4, 10, 0, tzinfo=ZoneInfo("Europe/Copenhagen"))
STRICT = ("intent", "from", "to", "kind", "audience", "party")
FURTHER = ("wanted_language", "free_only", "day_part")
FORGIVEN_SDGS = 2


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def misses(expected: Iterable[dict[str, Any]]) -> list[str]:
    """One line for every row that is not wholly right."""
    return [line for row in expected if (line := _miss(row))]


def _miss(row: dict[str, Any]) -> str:
    answer = understand(row["text"], language=row["lang"], now=NOW).as_json()
    wrong = [key for key in STRICT if answer[key] != row[key]]
    wrong += [key for key in FURTHER if key in row and answer[key] != row[key]]
    wrong += [] if sorted(answer["dimensions"]) == sorted(row["dimensions"]) else ["dimensions"]
    missing, further = set(row["sdgs"]) - set(answer["sdgs"]), set(answer["sdgs"]) - set(row["sdgs"])
    wrong += ["sdgs"] if missing or len(further) > FORGIVEN_SDGS else []
    return f"{row['lang']} {row['text'][:60]!r}: {[(key, answer[key]) for key in wrong]}" if wrong else ""
