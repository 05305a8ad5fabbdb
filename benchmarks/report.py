"""What was measured beside what was asked: a table for people, and a JSON file for whoever compares runs."""

import json
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path


@dataclass(frozen=True)
class Measure:
    """One line: `value` against `goal`, which is a least value unless `at_most`. `floor` and `measured` are in words."""

    name: str
    measured: str
    floor: str
    value: float
    goal: float
    unit: str = ""
    at_most: bool = False
    note: str = ""

    @property
    def reached(self) -> bool:
        return self.value <= self.goal if self.at_most else self.value >= self.goal


_HEADINGS = ("Measure", "Measured", "Floor", "Value", "Goal", "")


def table(measures: Sequence[Measure]) -> str:
    """The lines of the table, columns padded to their widest cell, notes under them."""
    rows = [_HEADINGS, *(_row(measure) for measure in measures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADINGS))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    notes = [f"{measure.name}: {measure.note}" for measure in measures if measure.note]
    return "\n".join([lines[0], "  ".join("-" * width for width in widths), *lines[1:], "", *notes])


def _row(measure: Measure) -> tuple[str, ...]:
    sign = "<=" if measure.at_most else ">="
    value, goal = f"{measure.value:.3g}{measure.unit}", f"{sign} {measure.goal:g}{measure.unit}"
    return measure.name, measure.measured, measure.floor, value, goal, "reached" if measure.reached else "MISSED"


def write(path: Path, measures: Sequence[Measure], details: object) -> None:
    """The run as JSON, with the machine it ran on in general words."""
    path.parent.mkdir(parents=True, exist_ok=True)
    facts = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "measures": [{**asdict(measure), "reached": measure.reached} for measure in measures],
        "details": details,
    }
    path.write_text(json.dumps(facts, indent=2, ensure_ascii=False) + "\n")
