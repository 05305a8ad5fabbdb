"""What a sign-up costs where ten or ten thousand have signed up, where there are questions and holds, and at the end of a line.

Run as a module it measures all of these by turns in one process, and prints how they compare with the first as JSON.
"""

import gc
import json
import subprocess
import sys
from statistics import median
from typing import Any

from sqlalchemy import text

from benchmarks import city, core
from benchmarks.report import Measure
from engage.activities import questionnaire
from engage.activities.asking import QuestionKind
from engage.activities.models import Occurrence
from engage.activities.question_draft import QuestionInput
from engage.app import create_app
from engage.base import i18n
from engage.base.clock import utc_now
from engage.base.config import ROOT
from engage.base.db import db, transaction

FEW, MANY = 10, 10_000
_QUESTIONS, _HOLDS = 5, 20
_ROUNDS, _COUNT = 9, 100
_FIRST = 5_000_000  # citizens that no other measurement knows

_SIGN_UPS = """
WITH made AS (INSERT INTO person (language, created_at) SELECT 'da', :now FROM generate_series(1, :count) RETURNING id)
INSERT INTO registration (public_id, pool_id, occurrence_id, person_id, state, seats, name, email, language, channel,
                          joined_at, verified_at, changed_at)
SELECT 'crowd' || made.id, pool.id, pool.occurrence_id, made.id, :state, 1, 'Borger', 'crowd' || made.id || '@example.org', 'da',
       'web', :now, :now, :now
  FROM made, pool WHERE pool.occurrence_id = :date AND pool.role_id IS NULL
"""
_HELD = """
INSERT INTO seat_hold (key, pool_id, seats, expires_at)
SELECT 'bench' || number, pool.id, 1, :now + interval '1 hour' FROM generate_series(1, :count) AS number, pool
 WHERE pool.occurrence_id = :date AND pool.role_id IS NULL
"""
_FULL = "UPDATE pool SET capacity = 0 WHERE occurrence_id = :date"
# As autovacuum would a minute later.
_ANALYSED = "VACUUM ANALYZE person, address, registration, registration_step, seat_hold, pool"


def _prepare(dates: dict[str, int]) -> None:
    now = utc_now()
    with transaction():
        for name, count, state in (
            ("few", FEW, "confirmed"),
            ("many", MANY, "confirmed"),
            ("asked", FEW, "confirmed"),
            ("line", MANY, "waiting"),
        ):
            facts = {"now": now, "count": count, "state": state, "date": dates[name]}
            db.session.execute(text(_SIGN_UPS), facts)
        db.session.execute(text(_HELD), {"now": now, "count": _HOLDS, "date": dates["asked"]})
        db.session.execute(text(_FULL), {"date": dates["line"]})
        activity = db.session.get_one(Occurrence, dates["asked"]).activity_id
        for number in range(_QUESTIONS):
            questionnaire.add(activity, QuestionInput(QuestionKind.TEXT, {"da": f"Spørgsmål {number}"}), now=now)
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(_ANALYSED))


def compare() -> dict[str, Any]:
    """Sign-ups a second of each kind, and how fast each is beside the plain one with few before it; medians of the rounds."""
    app = create_app()
    i18n.set_language("da")
    with app.app_context():
        # Dates of activities of their own, past those that the other measurements fill.
        dates = dict(zip(("few", "many", "asked", "line"), city.occurrence_ids(1_004)[1_000:], strict=True))
        _prepare(dates)
    gc.collect()
    gc.freeze()
    first, rounds = _FIRST, []
    for turn in range(_ROUNDS + 1):
        taken: dict[str, float] = {}
        for name in sorted(dates, reverse=bool(turn % 2)):  # none always comes after the same
            taken[name] = core.sign_ups(app, [dates[name]], first, _COUNT)
            first += _COUNT
        if turn:  # the first round warms all
            rounds.append(taken)
    return {
        "rates": {name: median(_COUNT / each[name] for each in rounds) for name in dates},
        "ratios": {name: median(each["few"] / each[name] for each in rounds) for name in dates},
    }


def measure(measures: list[Measure], details: dict[str, Any]) -> None:
    """Carry it out in a process of its own, and hold it against what was asked: no slower by more than a tenth."""
    print("Measuring crowds ...", flush=True)
    command = [sys.executable, "-m", "benchmarks.crowds"]
    details["crowds"] = found = json.loads(subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout)
    floor = f"{FEW} before: {found['rates']['few']:.0f}/s"
    measures += [
        Measure(words, f"{found['rates'][name]:.0f}/s", floor, found["ratios"][name], 0.9)
        for name, words in (
            ("many", f"sign-up, {MANY:,} before"),
            ("asked", f"sign-up, {_QUESTIONS} questions, {_HOLDS} holds"),
            ("line", f"sign-up, {MANY:,} wait"),
        )
    ]


if __name__ == "__main__":
    json.dump(compare(), sys.stdout)
