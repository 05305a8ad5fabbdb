"""The post office under load: ten thousand letters due in the same minute, by one worker and by two, and at Telegram's pace.

Run as a module (`python -m benchmarks.letters worker|chats SECONDS`) it is one process that sends: it says when it is ready,
begins at a line on standard input, and prints what it did as JSON. Its wire takes everything at once.
"""

import json
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from statistics import median
from typing import Any

import psutil
import psycopg
from flask import Flask
from sqlalchemy import text

from benchmarks.report import Measure
from engage.app import create_app
from engage.base.clock import utc_now
from engage.base.config import ROOT
from engage.base.db import alone, db, transaction
from engage.base.message import Message, Receipt
from engage.outbox import chats, claiming, deliver_due
from engage.outbox.chats import Sender
from engage.outbox.models import Priority
from engage.outbox.presence import Presence

LETTERS, PLANNED, RATE = 10_000, 100_000, 25
_PACED_SECONDS, _ROUNDS, _CLAIMS = 20, 2, 100
# What may come at once before the rate alone counts.
_BURST = 4
_PROCESSES = 2
# Of this many the worker's memory is looked at first: by then all it needs is loaded.
_WARM = 1_000

_FILL = """
INSERT INTO outbox (key, about, addresses, message, priority, status, due_at, created_at, channel, recipient)
SELECT :name || ':' || each, 'thing:' || each,
       jsonb_build_array(jsonb_build_object('channel', CAST(:channel AS text), 'identifier', '9' || each)),
       jsonb_build_object('text', jsonb_build_array('Hej', repeat('Vi mødes på broen. ', 30)), 'subject', 'Klimacafé'),
       CASE WHEN each % 100 = 0 THEN 10 ELSE 90 END, 'planned', CAST(:due AS timestamptz), :now, :channel, '9' || each
  FROM generate_series(1, :number) AS each
"""


def fill(name: str, channel: str, number: int, due: datetime) -> None:
    """So many letters that are due at an instant; of each hundred one is awaited, and the rest are news."""
    with transaction():
        db.session.execute(text("DELETE FROM outbox")), db.session.execute(text("DELETE FROM pace"))
    add(name, channel, number, due)


def add(name: str, channel: str, number: int, due: datetime) -> None:
    """The same beside what is there."""
    facts = {"name": name, "channel": channel, "number": number, "due": due, "now": utc_now()}
    with transaction():
        db.session.execute(text(_FILL), facts)
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE outbox"))


class Wire:
    """Takes everything, and notes when."""

    def __init__(self) -> None:
        self.at: list[float] = []

    def send(self, _identifier: str, _message: Message, **_more: object) -> Receipt:
        self.at.append(time.time())
        return Receipt(place="1")


def work(app: Flask) -> dict[str, Any]:
    """Deliver until nothing is due."""
    wire, sizes = Wire(), []
    process = psutil.Process()
    with app.app_context():
        url = db.engine.url.render_as_string(hide_password=False)
        with Presence(url) as presence:
            began = time.perf_counter()
            while deliver_due({"email": wire}, utc_now(), sender=presence.number()):
                if len(wire.at) >= _WARM:
                    sizes.append(process.memory_info().rss / 2**20)
            taken = time.perf_counter() - began
    return {
        "sent": len(wire.at),
        "seconds": taken,
        "growth": sizes[-1] - sizes[0] if sizes else 0.0,
        "size": sizes[-1] if sizes else 0.0,
    }


def chat(app: Flask, seconds: float) -> dict[str, Any]:
    """Be one process of the bot with its senders, for so long."""
    wire = Wire()
    with app.app_context():
        url = db.engine.url.render_as_string(hide_password=False)
    with Presence(url) as presence:
        sender = Sender("telegram", wire, presence.number(), "telegram:1", RATE, utc_now)
        until = time.time() + seconds

        def turn() -> None:
            wait = 0.04
            while time.time() < until:
                with app.app_context():
                    result = chats.deliver_next(sender)
                if result is chats.Result.DELIVERED:
                    wait = 0.04
                else:
                    time.sleep(wait)
                    wait = min(wait * 2, 0.16)

        with ThreadPoolExecutor(4) as pool:
            for done in [pool.submit(turn) for _thread in range(4)]:
                done.result()
    return {"at": wire.at}


def processes(kind: str, number: int) -> list[dict[str, Any]]:
    """What so many processes did that began together."""
    command = [sys.executable, "-m", "benchmarks.letters", kind, str(_PACED_SECONDS)]
    pipes: Mapping[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    running = [subprocess.Popen(command, cwd=ROOT, text=True, **pipes) for _process in range(number)]
    for each in running:
        assert each.stdout is not None
        assert each.stdout.readline().strip() == "ready"
    with ThreadPoolExecutor(number) as pool:
        answers = list(pool.map(lambda each: each.communicate("go\n")[0], running))
    return [json.loads(answer.splitlines()[-1]) for answer in answers]


_BARE_CLAIM = """
UPDATE outbox SET status = 'sending', claimed_at = now() WHERE id = (
  SELECT id FROM outbox WHERE status = 'planned' AND channel = 'email' AND priority = %(priority)s AND due_at <= now()
   ORDER BY due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id, addresses, message
"""
_BARE_MARK = "UPDATE outbox SET status = 'sent', settled_at = now() WHERE id = %(id)s"


def bare(url: str) -> float:
    """Letters a second claimed and marked by hand, with one index looked into and nothing else."""
    count, began = 0, time.perf_counter()
    with psycopg.connect(url, autocommit=True, prepare_threshold=0) as connection:
        for priority in (10, 90):
            while row := connection.execute(_BARE_CLAIM, {"priority": priority}).fetchone():
                connection.execute(_BARE_MARK, {"id": row[0]})
                count += 1
    return count / (time.perf_counter() - began)


def claim_cost(planned: int) -> float:
    """Pages of the database that one claim touches while so many letters are planned for later, and some are due.

    Milliseconds of a single statement tell more of what else the machine does.
    """
    now = utc_now()
    fill("due", "email", _CLAIMS * 2, now)
    if planned:
        add("later", "email", planned, now + timedelta(days=2))
    facts = {"channels": ["email", "webchat"], "sender": 1, "now": utc_now()}
    touched = []
    for _number in range(_CLAIMS):
        ((plan,),) = alone("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + claiming._CLAIM, facts)
        touched.append(plan[0]["Plan"]["Shared Hit Blocks"] + plan[0]["Plan"]["Shared Read Blocks"])
    return median(touched)


def plan_of_a_claim() -> str:
    """How the database looks for the next letter, in its own words."""
    facts = {"channels": ["email"], "sender": 1, "now": utc_now()}
    return "\n".join(row[0] for row in alone("EXPLAIN " + claiming._CLAIM, facts))


def fullest(at: Sequence[float], seconds: float = 1.0) -> int:
    """The most that left within any span of so many seconds."""
    instants, first, most = sorted(at), 0, 0
    for last, instant in enumerate(instants):
        while instant - instants[first] >= seconds:
            first += 1
        most = max(most, last - first + 1)
    return most


def measure(measures: list[Measure], details: dict[str, Any]) -> None:
    """All of it, in the database of the environment."""
    print("Measuring letters ...", flush=True)
    with create_app().app_context():
        url = db.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        rounds = [_round(url) for _round_ in range(_ROUNDS)]
        few, many = claim_cost(0), claim_cost(PLANNED)
        plan = plan_of_a_claim()
        paced = _paced()
        with transaction():
            db.session.execute(text("DELETE FROM outbox"))
    details["letters"] = {"rounds": rounds, "claim_pages": [few, many], "plan": plan, "paced": paced}
    one, two, floor = (median(each[name] for each in rounds) for name in ("one", "two", "bare"))
    measures += [
        Measure(
            "letters, one worker", f"{one:.0f}/s", f"L = {floor:.0f}/s", median(each["one"] / each["bare"] for each in rounds),
            0.4, " L",
        ),
        Measure("letters, two workers", f"{two:.0f}/s", "one worker", median(each["two"] / each["one"] for each in rounds), 1.2),
        Measure(
            "worker's growth", f"{rounds[-1]['size']:.0f} MiB", "", max(each["growth"] for each in rounds), 3, " MiB",
            at_most=True,
        ),
        Measure(
            "claim beside 100,000", f"{many:.0f} pages", f"beside none {few:.0f}", many / few, 1.5, at_most=True,
        ),
        # One look for each priority, and nothing read from end to end.
        Measure(
            "a claim's looks into its index", f"{len(Priority)} priorities", "",
            0 if "Seq Scan on outbox" in plan else plan.count("using ix_outbox_channel_due"), len(Priority),
        ),
        Measure("Telegram's pace", f"{paced['rate']:.2f}/s", f"{RATE}/s", paced["rate"] / RATE, 0.95),
        Measure("Telegram, fullest second", "", "", paced["fullest"], 30, at_most=True),
        Measure("Telegram, over the rate", "", f"{RATE}/s", paced["over"], 1, at_most=True),
    ]  # fmt: skip


def _round(url: str) -> dict[str, float]:
    fill("bare", "email", LETTERS, utc_now())
    found = {"bare": bare(url)}
    fill("one", "email", LETTERS, utc_now())
    (alone_,) = processes("worker", 1)
    assert alone_["sent"] == LETTERS
    fill("two", "email", LETTERS, utc_now())
    both = processes("worker", 2)
    assert sum(each["sent"] for each in both) == LETTERS, "each letter once"
    return {
        **found,
        "one": LETTERS / alone_["seconds"],
        "two": LETTERS / max(each["seconds"] for each in both),
        "growth": alone_["growth"],
        "size": alone_["size"],
    }


def _paced() -> dict[str, float]:
    """Two processes with four senders each: what left over all, without the burst that may come at once in the beginning."""
    fill("paced", "telegram", LETTERS, utc_now())
    at = sorted(instant for each in processes("chats", _PROCESSES) for instant in each["at"])
    began, ended = at[0], at[-1]
    # Over any span no more may leave than the rate and what may come at once; a tenth of a second is for the clocks.
    over = max(
        (last - first) / (RATE * (at[last] - at[first]) + _BURST + RATE * 0.1)
        for first in range(0, len(at), 7)
        for last in range(first + 50, len(at), 7)
    )
    return {"rate": (len(at) - _BURST) / (ended - began), "fullest": fullest(at), "over": over, "sent": len(at)}


def main() -> None:
    kind, seconds = sys.argv[1], float(sys.argv[2])
    app = create_app()
    print("ready", flush=True)
    sys.stdin.readline()
    print(json.dumps(work(app) if kind == "worker" else chat(app, seconds)))


if __name__ == "__main__":
    main()
