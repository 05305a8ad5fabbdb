"""A second opinion on our calendar files: ical.js, which knows of zones only what stands in the file, in one process of node."""

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from engage.base.config import ROOT

_READER = Path(__file__).with_name("reader.mjs")


@dataclass(frozen=True)
class Event:
    """An entry as the program has understood it."""

    facts: dict[str, Any]

    def __getattr__(self, name: str) -> Any:
        return self.facts[name]

    @property
    def starts_at(self) -> datetime:
        return datetime.fromtimestamp(self.facts["start"]["unix"], UTC)

    @property
    def ends_at(self) -> datetime:
        return datetime.fromtimestamp((self.facts["end"] or self.facts["start"])["unix"], UTC)

    @property
    def clocks(self) -> tuple[str, str]:
        """What the clocks there show at its start and end."""
        return self.facts["start"]["local"][:16], (self.facts["end"] or self.facts["start"])["local"][:16]


@dataclass(frozen=True)
class Calendar:
    """A file as the program has understood it."""

    facts: dict[str, Any]

    def __getattr__(self, name: str) -> Any:
        return self.facts[name]

    @property
    def events(self) -> list[Event]:
        return [Event(each) for each in self.facts["events"]]

    @property
    def event(self) -> Event:
        (only,) = self.events
        return only


def understood(files: Mapping[str, str]) -> dict[str, Calendar]:
    """What ical.js makes of these files, by their names."""
    assert (ROOT / "node_modules" / "ical.js").is_dir(), "`make setup` installs ical.js"
    # Read in a zone of its own, so that no hour is right by the machine's.
    answer = subprocess.run(
        ["node", str(_READER)],
        input=json.dumps(files),
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", "TZ": "Pacific/Auckland"},
    )
    assert answer.returncode == 0, answer.stderr
    return {name: Calendar(facts) for name, facts in json.loads(answer.stdout).items()}
