"""The worker: a timetable and nothing else. Jobs find their work in rows, so any number of workers may run."""

import os
import signal
import threading
from collections.abc import Callable
from datetime import datetime

import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask

from engage import outbox, privacy, registrations
from engage.base import limits
from engage.base.clock import utc_now
from engage.base.config import current_settings
from engage.base.db import transaction
from engage.channels import open_channels
from engage.registrations import feeds, pools

log = structlog.get_logger(__name__)

# A mail may wait for a moment where a page may not: when many sign up at once, the pages get the processor first.
_NICENESS = 10

Job = Callable[[datetime], int]


def run(app: Flask) -> None:
    """Keep the timetable until SIGTERM or SIGINT; a job that is running is finished first."""
    os.nice(_NICENESS)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    scheduler = timetable(app)
    scheduler.start()
    stop.wait()
    scheduler.shutdown(wait=True)


def timetable(app: Flask) -> BackgroundScheduler:
    """When each job runs. A tick that comes late still runs, and many missed ticks are one."""
    scheduler = BackgroundScheduler(
        timezone="UTC", job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
    )

    def every(job: Job, **interval: int) -> None:
        scheduler.add_job(_in_context, "interval", args=(app, job), id=job.__name__, **interval)

    every(deliver, seconds=1)
    every(expire_unconfirmed, seconds=30)
    every(read_feeds, seconds=30)
    every(correct_totals, hours=6)
    every(forget, hours=1)
    return scheduler


def _in_context(app: Flask, job: Job) -> None:
    """Run a job in a context of its own; a defect is logged and the next tick comes all the same."""
    with app.app_context():
        try:
            if count := job(utc_now()):
                log.info("job_done", job=job.__name__, count=count)
        except Exception:  # the timetable must go on whatever a job does
            log.exception("job_broke", job=job.__name__)


def deliver(now: datetime) -> int:
    """Send the letters that are due."""
    return outbox.deliver_due(open_channels(current_settings()), now)


def expire_unconfirmed(now: datetime) -> int:
    """Delete sign-ups nobody confirmed in time."""
    with transaction():
        return registrations.expire_unconfirmed(now)


def read_feeds(now: datetime) -> int:
    """Read the calendars whose time has come."""
    return feeds.read_due(now)


def correct_totals(_now: datetime) -> int:
    """Compare the seats' totals with the sign-ups."""
    with transaction():
        wrong = pools.correct_totals()
    if wrong:
        log.error("totals_were_wrong", pools=wrong)
    return wrong


def forget(now: datetime) -> int:
    """Delete what has been kept long enough. A defect in one component leaves the others' data to be deleted all the same."""
    count = 0
    for expire in privacy.expiries():
        try:
            with transaction():
                count += expire(now)
        except Exception:  # what one component cannot delete is told; the promise to citizens is kept for the rest
            log.exception("expiry_broke", component=expire.__module__)
    with transaction():
        limits.forget_idle(now)
    return count
