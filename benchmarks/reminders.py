"""Reminders: 10,000 people at one date whose reminder falls due at once, from planning to the post office, against putting as
many equal letters there with nothing asked; by one worker and by two side by side; and a run that finds nothing due among them.

Run as a module it prints what it found as JSON. With a moment (`python -m benchmarks.reminders MOMENT`) it is one worker: it says
when it is ready, begins at a line on standard input, and prints for how long it sent.
"""

import gc
import json
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text

from engage import outbox, worker
from engage.app import create_app
from engage.base.clock import utc_now
from engage.base.config import ROOT
from engage.base.db import ask, db, transaction
from engage.base.message import Message
from engage.registrations.reminders import planning

PEOPLE, _SHARE, _OTHERS = 10_000, 100, 100_000

# People with a proven address and a place; the trigger that counts seats is spared, as nobody asks for them here.
_PEOPLE = """
WITH made AS (
  INSERT INTO person (language, wishes, created_at)
  SELECT 'da', '{}', :joined FROM generate_series(1, :people) RETURNING id
), reached AS (
  INSERT INTO address (person_id, channel, identifier, verified_at)
  SELECT id, 'email', :name || id || '@example.org', :joined FROM made RETURNING person_id, identifier
)
INSERT INTO registration (public_id, pool_id, occurrence_id, person_id, state, seats, name, email, language, channel, joined_at,
                          verified_at, changed_at)
SELECT :name || person_id, pool.id, pool.occurrence_id, person_id, 'confirmed', 1, 'Borger', identifier, 'da', 'web', :joined,
       :joined, :joined
  FROM reached JOIN pool ON pool.id = (:pools)[1 + person_id % cardinality(:pools)]
"""
_POOLS = """
SELECT pool.id FROM pool JOIN occurrence ON occurrence.id = pool.occurrence_id JOIN activity ON activity.id = activity_id
 WHERE occurrence.starts_at > :after AND occurrence.state = 'scheduled' AND activity.state = 'published'
   AND activity.sign_up = 'registration' AND role_id IS NULL ORDER BY occurrence.starts_at LIMIT :most
"""


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _fill(now: datetime) -> datetime:
    """Make the people; returns when the reminder of their date falls due."""
    with transaction():
        found = {"after": now + timedelta(days=20), "most": 1_000}
        others = list(db.session.scalars(text(_POOLS), found))
        joined = now - timedelta(days=1)
        db.session.execute(text("ALTER TABLE registration DISABLE TRIGGER USER"))
        many = {"joined": joined, "people": _OTHERS, "name": "o", "pools": others[1:]}
        db.session.execute(text(_PEOPLE.replace(":pools", "CAST(:pools AS integer[])")), many)
        one = {"joined": joined, "people": PEOPLE, "name": "b", "pools": others[:1]}
        db.session.execute(text(_PEOPLE.replace(":pools", "CAST(:pools AS integer[])")), one)
        db.session.execute(text("ALTER TABLE registration ENABLE TRIGGER USER"))
    worker.plan_reminders(now)
    with transaction():
        db.session.execute(text("ANALYZE"))
        due = text(
            "SELECT due_at FROM reminder_time JOIN pool USING (occurrence_id) WHERE pool.id = :pool AND rule_key = 'day'"
        )
        at: datetime = db.session.execute(due, {"pool": others[0]}).scalar_one()
        # Only that one: the others' reminders are as far away as they would be on another day.
        db.session.execute(
            text(
                "UPDATE reminder_time SET done_at = now() WHERE due_at <= :at AND NOT (rule_key = 'day' AND occurrence_id ="
                " (SELECT occurrence_id FROM pool WHERE id = :pool))"
            ),
            {"at": at, "pool": others[0]},
        )
    return at


def _plain(now: datetime) -> None:
    """As many letters, put in transactions of the same size."""
    message = Message.from_json(
        db.session.execute(text("SELECT message FROM outbox WHERE key LIKE 'reminder:%' LIMIT 1")).scalar_one()
    )
    db.session.rollback()
    for first in range(0, PEOPLE, _SHARE):
        with transaction():
            for number in range(first, first + _SHARE):
                address = [("email", f"plain{number}@example.org")]
                outbox.put(message, address, key=f"plain:{number}", about=f"plain:{number}", now=now)


def _plan(now: datetime) -> str:
    """How the database looks for whom a rule that is due reaches among all who signed up, in its own words."""
    (found,) = planning._known(planning._times(planning._DUE, now))
    facts = planning._facts(found.rule, found.date, found.time.due_at)
    facts |= {"until": found.time.useful_until, "windows": [], "dues": [], "everybody": True}
    rows = ask("EXPLAIN " + planning._DATE, facts).fetchall()
    db.session.rollback()
    return "\n".join(row[0] for row in rows)


def _workers(number: int, due_at: datetime) -> float:
    """Reminders a second that so many workers put into the post office side by side, all of them anew."""
    with transaction():
        db.session.execute(text("DELETE FROM outbox WHERE key LIKE 'reminder:%'"))
        again = "UPDATE reminding SET status = 'planned', settled_at = NULL, letter_id = NULL WHERE status = 'sent'"
        db.session.execute(text(again))
    command = [sys.executable, "-m", "benchmarks.reminders", due_at.isoformat()]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    running = [subprocess.Popen(command, cwd=ROOT, text=True, **pipes) for _worker in range(number)]
    for each in running:
        assert each.stdout is not None
        assert each.stdout.readline().strip() == "ready"
    for each in running:
        assert each.stdin is not None
        each.stdin.write("go\n")
        each.stdin.flush()
    seconds = [float(each.communicate()[0]) for each in running]
    sent = db.session.execute(text("SELECT count(*) FROM outbox WHERE key LIKE 'reminder:%'")).scalar_one()
    db.session.rollback()
    assert sent == PEOPLE, sent
    return PEOPLE / max(seconds)


def _worker(due_at: datetime) -> float:
    app = create_app()
    with app.app_context():
        worker.send_reminders(due_at - timedelta(days=400))  # what it needs is loaded, and nothing was due then
        print("ready", flush=True)
        sys.stdin.readline()

        def until_none_are_left() -> None:
            left = text("SELECT EXISTS (SELECT FROM reminding WHERE status = 'planned' AND due_at <= :at)")
            while db.session.execute(left, {"at": due_at}).scalar_one():
                db.session.rollback()
                worker.send_reminders(due_at)

        return _seconds(until_none_are_left)


def measure() -> dict[str, Any]:
    """Seconds of each, and how many times as long reminders take as plain letters."""
    app = create_app()
    gc.collect()
    gc.freeze()  # as the supervisor does
    with app.app_context():
        due_at = _fill(utc_now())
        before = due_at - timedelta(minutes=1)
        nothing = min(
            _seconds(lambda: (worker.plan_reminders(before), worker.send_reminders(before))) for _ in range(5)
        )
        plan = _plan(due_at)
        planned = _seconds(lambda: worker.plan_reminders(due_at))
        sending = _seconds(lambda: worker.send_reminders(due_at))
        letters = db.session.execute(text("SELECT count(*) FROM outbox WHERE key LIKE 'reminder:%'")).scalar_one()
        plain = _seconds(lambda: _plain(due_at))
        one, two = (_workers(number, due_at) for number in (1, 2))
    assert letters == PEOPLE, letters
    return {
        "plan": plan,
        "by_index": "Seq Scan on registration" not in plan and "on registration r" in plan,
        "planning": planned,
        "sending": sending,
        "plain": plain,
        "nothing_due_ms": nothing * 1000,
        "ratio": (planned + sending) / plain,
        "rate": PEOPLE / (planned + sending),
        "one": one,
        "two": two,
    }


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(_worker(datetime.fromisoformat(sys.argv[1])))
    else:
        json.dump(measure(), sys.stdout)
