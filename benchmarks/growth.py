"""What staff ask of statistics in a city ten times as large, and finding among ten times as many dates: how much longer it takes.

python -m benchmarks.growth [--sizes 100000,1000000] [--coming 10000,100000]

Each size has a database of its own. Run as a module it prints what it found as JSON.
"""

import argparse
import gc
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import city
from benchmarks.database import prepared
from engage import large_city, statistics
from engage.activities import needs
from engage.activities.calendar import Filters, find
from engage.app import create_app
from engage.base.clock import utc_now
from engage.base.config import ROOT, current_settings
from engage.base.db import db, disconnect, read_only, transaction
from engage.statistics import Scope

# Enough sign-ups that some dates are not summed up yet, as in a city at work.
_ROUNDS, _CHANGED = 9, 25
_QUESTIONS: dict[str, Callable[..., object]] = {
    "participation": statistics.participation,
    "dimensions": statistics.by_dimension,
    "goals": statistics.by_sdg,
    "Key Features": statistics.by_key_feature,
    "dimension x goal": statistics.matrix,
    "white spots": statistics.white_spots,
    "organisations": statistics.by_organisation,
    "places": statistics.by_place,
    "activities": statistics.behind,
    "audiences": statistics.by_audience,
    "months": statistics.by_month,
    "channels": statistics.by_channel,
    "from sign-up to attendance": statistics.funnel,
    "pressure": statistics.pressure,
    "voices": statistics.voices,
    "age bands": statistics.by_age,
    "parts of town": statistics.by_area,
}


@contextmanager
def _database(folder: Path) -> Iterator[None]:
    with prepared(folder), create_app().app_context():
        yield
        disconnect()


def _milliseconds(work: Callable[[], object]) -> float:
    """The median of some rounds, after one to warm."""
    taken = []
    for _turn in range(_ROUNDS + 1):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return median(taken[1:]) * 1e3


def _scopes(now: datetime) -> dict[str, Scope]:
    first, last = statistics.all_years() or (now.date(), now.date())
    today = now.date()
    with_org = db.session.execute(
        db.text("SELECT organisation_id FROM activity GROUP BY 1 ORDER BY count(*) DESC LIMIT 1")
    )
    return {
        "all years": Scope(first, last),
        "the last twelve months": Scope(today - timedelta(days=364), today),
        "one organisation, all years": Scope(first, last, organisation_id=with_org.scalar()),
        "to the day": Scope(date(today.year - 1, today.month, 7), today - timedelta(days=3), audience="adults"),
    }


def _statistics(size: int, folder: Path) -> dict[str, Any]:
    now = utc_now()
    with _database(folder):
        began = time.perf_counter()
        large_city.load(size, now=now)
        made = time.perf_counter() - began
        # Some of what happened last stands only in the list of changes, which who asks counts anew.
        with transaction():
            db.session.execute(
                db.text(f"INSERT INTO tally_stale (occurrence_id) SELECT id FROM occurrence LIMIT {_CHANGED}")
            )
        read_only()
        found = {
            f"{question}, {words}": _milliseconds(lambda ask=ask, scope=scope: ask(scope, now=now))  # type: ignore[misc]
            for words, scope in _scopes(now).items()
            for question, ask in _QUESTIONS.items()
        }
        return {"made_seconds": made, "questions": found}


def _finding(dates: int, folder: Path) -> dict[str, float]:
    now = utc_now()
    with _database(folder):
        city.build(now, occurrences=dates, activities=dates * 3 // 10)
        zone = current_settings().city.zone
        read_only()
        looks = {
            "list": Filters(),
            "by goal and audience": Filters(chosen={"goal": frozenset({"13"}), "audience": frozenset({"adults"})}),
            "by words": Filters(words="klimacafé"),
            "evenings in one town": Filters(part="evening", chosen={"town": frozenset({"Nordby"})}),
            "by dates": Filters(first=now.date() + timedelta(days=30), last=now.date() + timedelta(days=37)),
        }
        found = {name: _milliseconds(lambda look=look: find(look, now=now, zone=zone)) for name, look in looks.items()}  # type: ignore[misc]
        found["where help is most needed"] = _milliseconds(lambda: needs.most_urgent(now, 3))
        # What a word means is kept once it was looked for; here each is the first of its kind.
        words = iter(city.TITLES)
        found["by new words"] = _milliseconds(lambda: find(Filters(words=next(words)), now=now, zone=zone))
        return found


def measure(sizes: Sequence[int], coming: Sequence[int]) -> dict[str, Any]:
    """Milliseconds of each question at each size, and of finding at each number of coming dates."""
    folder = ROOT / "var" / "bench-growth"
    os.environ |= {"ENGAGE_SECRET_KEY": "k" * 40, "ENGAGE_VAR": str(folder), "ENGAGE_DEVELOPMENT": "1"}
    gc.disable()
    return {
        "statistics": {str(size): _statistics(size, folder) for size in sizes},
        "finding": {str(dates): _finding(dates, folder) for dates in coming},
    }


def numbers(words: str) -> list[int]:
    """Numbers with commas between them."""
    return [int(each) for each in words.split(",") if each]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth")
    parser.add_argument("--sizes", type=numbers, default=[20_000, 200_000])
    parser.add_argument("--coming", type=numbers, default=[10_000, 100_000])
    chosen = parser.parse_args()
    json.dump(measure(chosen.sizes, chosen.coming), sys.stdout)
