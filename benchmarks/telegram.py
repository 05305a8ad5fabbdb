"""The bot under two hundred people: updates handled a second by one and two processes, what one costs, how soon it is answered.

The bots are processes of their own on the bench's database; Telegram and its people are one more (`benchmarks.chatters`), on a
wire without limits. All share the machine's cores, so the CPU time of each part stands beside the rates.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psutil

from benchmarks import services
from benchmarks.chatters import PATIENCE
from engage.base.config import ROOT
from tests.telegram.server import TOKEN

PEOPLE, CALM = 200, 20  # people at once; updates a second at which the answer's time is taken
PROCESSES = (1, 2)


def measure(database: psutil.Process, seconds: float, rounds: int, log: Path) -> dict[str, Any]:
    """What was found for each number of processes, and at a calm rate with all of them."""
    found: dict[str, Any] = {}
    with _people() as (people, pid):
        port = json.loads(_line(people))["port"]
        for number in PROCESSES:
            with ExitStack() as stack:
                bots = [stack.enter_context(_bot(port, log)) for _each in range(number)]
                parts = {"bot": bots, "database": [database], "people": [pid]}
                spread = {"people": PEOPLE, "spread": number == PROCESSES[0], "seconds": seconds}
                _carry_out(people, spread, parts)  # to warm
                turns = [
                    _carry_out(people, {"people": PEOPLE, "seconds": seconds}, parts) for _turn in range(max(rounds, 1))
                ]
                found[f"{number}"] = sorted(turns, key=lambda turn: turn["rate"])[len(turns) // 2]
                if number == PROCESSES[-1]:
                    calm = {"people": PEOPLE, "seconds": max(seconds, 5), "rate": CALM}
                    found["calm"] = _carry_out(people, calm, parts)
    return found


@contextmanager
def _people() -> Iterator[tuple[subprocess.Popen[str], psutil.Process]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.chatters"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process, psutil.Process(process.pid)
    finally:
        process.communicate(timeout=60)


@contextmanager
def _bot(port: int, log: Path) -> Iterator[psutil.Process]:
    environment = {
        "ENGAGE_TELEGRAM_TOKEN": TOKEN,
        "ENGAGE_TELEGRAM_API_URL": f"http://127.0.0.1:{port}",
        "ENGAGE_TELEGRAM_RATE": "0",
        "ENGAGE_CHAT_PER_PERSON_MINUTE": "100000",
    }
    with services.running([sys.executable, "-m", "engage.cli", "bot"], environment, log) as process:
        yield process


def _carry_out(people: subprocess.Popen[str], plan: dict[str, Any], parts: dict[str, list[psutil.Process]]) -> Any:
    """Let them talk as planned; rates, times, and the CPU milliseconds of each part for one update."""
    before = {part: services.cpu_seconds(*roots) for part, roots in parts.items()}
    assert people.stdin is not None
    people.stdin.write(json.dumps(plan) + "\n")
    people.stdin.flush()
    found = json.loads(_line(people))
    used = {part: services.cpu_seconds(*roots) - before[part] for part, roots in parts.items()}
    taken = found.pop("taken")
    for lost in found["lost"]:
        print(f"  not answered: {lost}", flush=True)
    # Who was never answered waited as long as they had patience, and is one of those who waited longest.
    waited = sorted([*taken, *(PATIENCE for _lost in found["lost"])]) or [PATIENCE]
    handled = max(len(taken), 1)
    return found | {
        "updates": len(taken),
        "rate": len(taken) / found["seconds"],
        "p50_ms": waited[len(waited) // 2] * 1e3,
        "p95_ms": waited[len(waited) * 95 // 100] * 1e3,
        **{f"{part}_ms": seconds / handled * 1e3 for part, seconds in used.items()},
    }


def _line(people: subprocess.Popen[str]) -> str:
    assert people.stdout is not None
    return people.stdout.readline()
