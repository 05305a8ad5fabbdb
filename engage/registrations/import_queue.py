"""Imports that somebody asked for are carried out by a worker, since hundreds of events take longer than a page may.

asked -> queued -> running -> applied; stopped or failed, it is planned again and nothing of it is done: all of it is one
transaction. How far it has come is written beside it, by a connection of its own.
"""

import time
from datetime import datetime, timedelta
from typing import LiteralString

import structlog
from sqlalchemy import select, update

from engage.activities.importing import runs
from engage.activities.importing.models import ImportProgress, ImportRun, RunState, Then
from engage.base.db import alone, ask, db, transaction
from engage.base.errors import Refusal
from engage.base.i18n import lazy_gettext as _l
from engage.registrations import importing

log = structlog.get_logger(__name__)

# A worker that died leaves a run behind that moves no more; nothing of it was done, so another one begins it anew.
_LOST_AFTER = timedelta(minutes=5)
_TOLD_EVERY = 0.5  # seconds


class ImportIsGoingOn(Refusal):
    """It waits for its turn, or is being carried out."""

    code = "import_is_going_on"
    message = _l("This import is being carried out. Stop it first, if you want to change something.")


class _Stopped(Exception):
    """Somebody wants it stopped."""


_BEGIN: LiteralString = """
INSERT INTO import_progress (run_id, total, moved_at) VALUES (%(run)s, %(total)s, clock_timestamp())
ON CONFLICT (run_id) DO UPDATE SET done = 0, total = %(total)s, stopped = false, failed = false,
  moved_at = clock_timestamp()
"""
_MOVE: LiteralString = """
UPDATE import_progress SET done = %(done)s, total = %(total)s, moved_at = clock_timestamp() WHERE run_id = %(run)s
RETURNING stopped
"""


def ask_for(run_id: int, *, then: Then, takes_goals: bool, by: int, now: datetime) -> None:
    """Let a worker carry out a run that was looked at. Twice is once. Refuses with `AlreadyApplied`."""
    run = db.session.get_one(ImportRun, run_id, with_for_update=True)
    if run.state in {RunState.QUEUED, RunState.RUNNING}:
        return
    if run.state != RunState.PLANNED:
        raise importing.AlreadyApplied
    run.source.then = then
    run.state, run.asked_at, run.asked_by_id, run.takes_goals = RunState.QUEUED, now, by, takes_goals
    db.session.flush()
    ask(_BEGIN, {"run": run_id, "total": 0})


def stop(run_id: int) -> None:
    """Take back what was asked for: at once while it waits, at its next step while it is carried out. Nothing of it is done.

    What is done already stays; that can be taken back as a whole.
    """
    waits = (ImportRun.id == run_id) & (ImportRun.state == RunState.QUEUED)
    db.session.execute(update(ImportRun).where(waits).values(state=RunState.PLANNED))
    db.session.execute(update(ImportProgress).where(ImportProgress.run_id == run_id).values(stopped=True))


def progress(run_id: int) -> ImportProgress | None:
    """How far a run has come since it was last asked for."""
    return db.session.get(ImportProgress, run_id, populate_existing=True)


def refuse_going_on(run: ImportRun) -> None:
    """Refuse with `ImportIsGoingOn`, or with `AlreadyApplied` when it is over."""
    if run.state in {RunState.QUEUED, RunState.RUNNING}:
        raise ImportIsGoingOn
    if run.state != RunState.PLANNED:
        raise importing.AlreadyApplied


def carry_out(now: datetime) -> int:
    """Carry out all that was asked for, one after the other; returns how many were done. Any number of workers may."""
    count = 0
    while (run_id := _claim(now)) is not None:
        try:
            count += _carry_out(run_id, now)
        except _Stopped:
            _give_back(run_id, failed=False)
        except Exception:  # one file nobody was prepared for must not keep the others waiting
            log.exception("import_broke", run=run_id)
            _give_back(run_id, failed=True)
    return count


def _claim(now: datetime) -> int | None:
    moved = select(ImportProgress.moved_at).where(ImportProgress.run_id == ImportRun.id).scalar_subquery()
    lost = (ImportRun.state == RunState.RUNNING) & (moved < now - _LOST_AFTER)
    due = select(ImportRun).where((ImportRun.state == RunState.QUEUED) | lost)
    with transaction():
        run = db.session.scalar(
            due.order_by(ImportRun.asked_at).limit(1).with_for_update(of=ImportRun, skip_locked=True)
        )
        if run is None:
            return None
        run.state = RunState.RUNNING
        ask(_BEGIN, {"run": run.id, "total": run.counts.get("new", 0) + run.counts.get("changed", 0)})
        return run.id


def _carry_out(run_id: int, now: datetime) -> bool:
    with transaction():
        run = db.session.get_one(ImportRun, run_id)
        content, chosen, first = runs.content(run), dict(run.source.mapping), run.first_at
        then, by, goals = run.source.then, run.asked_by_id, run.takes_goals
    found = runs.read(content, chosen, first, now)
    told = _Telling(run_id)
    try:
        with transaction():
            importing.apply(run_id, found, then=then, by_id=by, now=now, take_proposals=goals, progress=told)
            told.at_last()
    except importing.AlreadyApplied:
        return False  # another worker had taken this one for lost
    return True


class _Telling:
    """Writes down how far it has come, now and then, and stops where that is wished."""

    def __init__(self, run_id: int) -> None:
        self._run, self._next, self._last = run_id, 0.0, (0, 0)

    def __call__(self, done: int, total: int) -> None:
        self._last = (done, total)
        if time.monotonic() >= self._next:
            self.at_last()

    def at_last(self) -> None:
        """Write it down now."""
        rows = alone(_MOVE, {"run": self._run, "done": self._last[0], "total": self._last[1]})
        self._next = time.monotonic() + _TOLD_EVERY
        if rows and rows[0][0]:
            raise _Stopped


def _give_back(run_id: int, *, failed: bool) -> None:
    with transaction():
        mine = (ImportRun.id == run_id) & (ImportRun.state == RunState.RUNNING)
        db.session.execute(update(ImportRun).where(mine).values(state=RunState.PLANNED))
        db.session.execute(update(ImportProgress).where(ImportProgress.run_id == run_id).values(failed=failed))
