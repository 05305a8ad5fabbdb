"""The rule alone: `registrations.sign_up` and its commit in one process, against the raw transaction on the same tables.

Run as a module it carries out the plan it reads as JSON from standard input: rounds of both, one after the other.
"""

import gc
import json
import sys
import time
from statistics import median
from typing import Any

import psycopg
from flask import Flask

from benchmarks import floors
from engage import registrations
from engage.app import create_app
from engage.base import i18n
from engage.base.clock import utc_now
from engage.base.db import db, transaction
from engage.registrations import Application


def sign_ups(app: Flask, occurrences: list[int], first: int, count: int) -> float:
    """Seconds for `count` sign-ups by new people, each in a context of its own as every request has one."""
    began = time.perf_counter()
    for number in range(first, first + count):
        with app.app_context():
            application = Application(
                f"Borger {number}", f"core{number}@example.org", 1, "da", "web", client=f"client{number}"
            )
            with transaction():
                registrations.sign_up(occurrences[number % len(occurrences)], application, now=utc_now())
    return time.perf_counter() - began


def compare(plan: dict[str, Any]) -> dict[str, Any]:
    """Sign-ups a second of both in each round, and the median ratio."""
    app = create_app()
    i18n.set_language("da")
    gc.collect()
    gc.freeze()  # as the supervisor does
    with app.app_context():
        url = db.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    rounds: list[tuple[float, float]] = []
    number, count, occurrences = int(plan["first"]), int(plan["count"]), plan["occurrences"]
    with psycopg.connect(url, prepare_threshold=0, autocommit=True) as connection:
        for turn in range(int(plan["rounds"]) + 1):
            raw = count / floors.raw_sign_ups(connection, occurrences, number, count, utc_now())
            core = count / sign_ups(app, occurrences, number, count)
            number += count
            if turn:  # the first round warms both
                rounds.append((raw, core))
    return {
        "raw": median(raw for raw, _core in rounds),
        "core": median(core for _raw, core in rounds),
        "ratio": median(core / raw for raw, core in rounds),
        "ratios": [round(core / raw, 3) for raw, core in rounds],
    }


if __name__ == "__main__":
    json.dump(compare(json.load(sys.stdin)), sys.stdout)
