"""The worker's timetable: every job may run twice without harm, and a defect in one leaves the others."""

import signal
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, text

from engage import privacy, worker
from engage.base import limits
from engage.base.clock import utc_now
from engage.base.db import db
from engage.outbox import Letter, Status
from engage.registrations import Registration
from tests.conftest import NOW
from tests.town import Town

JOBS = [
    worker.deliver,
    worker.send_broadcasts,
    worker.expire_unconfirmed,
    worker.expire_offers,
    worker.expire_holds,
    worker.serve_waiting,
    worker.carry_out_imports,
    worker.roll_up_tallies,
    worker.correct_totals,
    worker.roll_up_tallies,
    worker.forget,
    worker.read_feeds,
    worker.erase_closed_accounts,
    worker.extend_series,
    worker.write_digests,
    worker.follow_up_proposals,
    worker.plan_reminders,
    worker.send_reminders,
    worker.give_on_places,
    worker.release_months,
    worker.roll_up_tallies,
    worker.close_years,
]


def everything() -> list[tuple[str, int]]:
    """How many rows each table has."""
    names = db.session.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")).all()
    return [(name, db.session.execute(text(f'SELECT count(*) FROM "{name}"')).scalar_one()) for name in names]


def test_every_job_is_on_the_timetable_and_late_or_missed_ticks_still_run_once(app: Flask) -> None:
    jobs = worker.timetable(app).get_jobs()
    assert {job.id for job in jobs} == {job.__name__ for job in JOBS}
    scheduler = worker.timetable(app)
    scheduler.start(paused=True)
    try:
        for job in scheduler.get_jobs():
            assert (job.misfire_grace_time, job.coalesce, job.max_instances) == (None, True, 1), job.id
            # A service that is started anew every day, or every hour, gets to the rare ones as well.
            assert job.next_run_time - utc_now() <= timedelta(minutes=1), job.id
    finally:
        scheduler.shutdown(wait=False)


@pytest.mark.parametrize(
    "job", [worker.deliver, worker.expire_unconfirmed, worker.correct_totals, worker.forget]
)  # the others have tests of their own
def test_a_job_run_twice_does_its_work_once(
    town: Town, set_settings: Callable[..., None], tmp_path: Path, job: Callable[[datetime], int]
) -> None:
    set_settings(var=tmp_path)
    date_ = town.occurrence()
    town.signed_up(date_), town.signed_up(date_, confirmed=False)
    db.session.execute(text("UPDATE pool SET occupied = 9"))
    db.session.commit()
    later = {worker.deliver: NOW, worker.expire_unconfirmed: NOW + timedelta(hours=2)}.get(
        job, NOW + timedelta(days=300)
    )
    assert job(later) > 0
    after = everything()
    assert job(later) == 0
    assert everything() == after


def test_a_mail_is_delivered_into_the_local_mailbox(
    town: Town, set_settings: Callable[..., None], tmp_path: Path
) -> None:
    set_settings(var=tmp_path)
    town.signed_up(town.occurrence(), email="anna@example.org")
    assert worker.deliver(NOW) == 2
    assert len(list((tmp_path / "mailbox").glob("*.eml"))) == 2
    assert set(db.session.scalars(select(Letter.status))) == {Status.SENT}


def test_a_defect_in_a_job_is_logged_and_goes_no_further(app: Flask, capsys: pytest.CaptureFixture[str]) -> None:
    def broken(_now: datetime) -> int:
        raise ZeroDivisionError

    worker._in_context(app, broken)
    worker._in_context(app, lambda _now: 0)


def test_what_one_component_cannot_forget_the_others_still_do(town: Town, app: Flask) -> None:
    registration = town.signed_up(town.occurrence(), name="Rosalinde")

    def broken(_now: datetime) -> int:
        raise ZeroDivisionError

    installed = privacy.expiries()
    app.extensions["engage.expiries"] = (broken, *installed)
    limits.take("old", limits.Rate(1, 1), NOW)
    try:
        assert worker.forget(NOW + timedelta(days=300)) > 0
    finally:
        app.extensions["engage.expiries"] = installed
    db.session.expire_all()
    assert db.session.get_one(Registration, registration.id).name is None
    assert dict(everything())["token_bucket"] == 0


def test_the_worker_stops_when_it_is_told_to(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    handlers: dict[int, Callable[..., None]] = {}
    ready = threading.Event()

    def note(number: int, handler: Callable[..., None]) -> None:
        handlers[number] = handler
        if len(handlers) == 2:
            ready.set()

    monkeypatch.setattr(signal, "signal", note)  # only a main thread may set one
    running = threading.Thread(target=worker.run, args=(app,))
    running.start()
    assert ready.wait(5)
    handlers[signal.SIGTERM](signal.SIGTERM, None)
    running.join(10)
    assert not running.is_alive()
