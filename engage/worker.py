"""The worker: a timetable and nothing else. Jobs find their work in rows, so any number of workers may run."""

import os
import signal
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger
from flask import Flask

from engage import outbox, privacy, registrations
from engage.accounts import forgetting as accounts_forgetting
from engage.activities import extending
from engage.base import limits, pace
from engage.base.clock import utc_now
from engage.base.config import current_settings
from engage.base.db import disconnect, transaction
from engage.channels import delivered_elsewhere, open_channels
from engage.registrations import adding, feeds, giving_on, holds, reminders, totals

log = structlog.get_logger(__name__)

# A mail may wait for a moment where a page may not: when many sign up at once, the pages get the processor first.
_NICENESS = 10
_MOST_SHARES = 200
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)

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


def rehearse(app: Flask) -> None:
    """Do the frequent jobs once as of a day on which nothing was due, before a fork: what they load and compile is then shared.
    No connection stays open."""
    for job in (deliver, expire_unconfirmed, read_feeds):
        _in_context(app, job, _LONG_AGO)
    with app.app_context():
        disconnect()


def timetable(app: Flask) -> BackgroundScheduler:
    """When each job runs. A tick that comes late still runs, and many missed ticks are one."""
    scheduler = BackgroundScheduler(
        timezone="UTC", job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
    )

    def every(job: Job, **interval: int) -> None:
        trigger = IntervalTrigger(timezone=UTC, **interval)
        scheduler.add_job(_in_context, trigger, args=(app, job), id=job.__name__)

    every(deliver, seconds=1)
    every(expire_unconfirmed, seconds=30)
    every(expire_offers, seconds=30)
    every(serve_waiting, minutes=5)
    every(plan_reminders, seconds=20)
    every(send_reminders, seconds=5)
    every(give_on_places, minutes=1)
    every(read_feeds, seconds=30)
    every(correct_totals, hours=6)
    every(extend_series, hours=6)
    every(forget, hours=1)
    every(erase_closed_accounts, hours=6)
    return scheduler


def _in_context(app: Flask, job: Job, now: datetime | None = None) -> None:
    """Run a job in a context of its own; a defect is logged and the next tick comes all the same."""
    with app.app_context():
        try:
            if count := job(now or utc_now()):
                log.info("job_done", job=job.__name__, count=count)
        except Exception:  # the timetable must go on whatever a job does
            log.exception("job_broke", job=job.__name__)


def deliver(now: datetime) -> int:
    """Send the letters that are due."""
    settings = current_settings()
    return outbox.deliver_due(open_channels(settings), now, elsewhere=delivered_elsewhere(settings))


def expire_unconfirmed(now: datetime) -> int:
    """Delete sign-ups nobody confirmed in time."""
    with transaction():
        return registrations.expire_unconfirmed(now)


def expire_offers(now: datetime) -> int:
    """Take back offers nobody answered and seats held for forms nobody sent, and ask the next in line."""
    with transaction():
        return registrations.expire_offers(now) + holds.expire(now)


def serve_waiting(now: datetime) -> int:
    """Run every waiting list that has seats, in case something was missed."""
    with transaction():
        return registrations.serve_all(now)


def plan_reminders(now: datetime) -> int:
    """Note who is to be reminded of what has fallen due, a share in each transaction."""
    return _in_shares(reminders.plan, now)


def send_reminders(now: datetime) -> int:
    """Put the reminders that are due into the post office, a share in each transaction."""
    try:
        return _in_shares(reminders.send, now)
    except Exception:  # what the database refuses fails its whole share; found by itself it keeps nobody else waiting
        log.exception("reminders_share_broke")
        return _in_shares(partial(reminders.send, careful=True), now)


def give_on_places(now: datetime) -> int:
    """Give on the places of those who did not answer whether they come, where that was agreed."""
    with transaction():
        return giving_on.give_on(now)


def _in_shares(work: Job, now: datetime) -> int:
    count = 0
    # A run that finds ever more to do gives way to the other jobs, and goes on at the next tick.
    for _share in range(_MOST_SHARES):
        with transaction():
            done = work(now)
        if not done:
            break
        count += done
    return count


def read_feeds(now: datetime) -> int:
    """Read the calendars whose time has come."""
    return feeds.read_due(now)


def extend_series(now: datetime) -> int:
    """Make the dates of long series that have come within reach, each series in a transaction of its own."""
    with transaction():
        found = extending.growing()
    made = 0
    for number in found:
        try:
            with transaction():
                made += adding.extend_series(number, now=now)
        except Exception:  # one broken series must not keep the others from going on
            log.exception("series_not_extended", series=number)
    return made


def correct_totals(_now: datetime) -> int:
    """Compare the seats' totals with the sign-ups."""
    with transaction():
        wrong = totals.correct()
    if wrong:
        log.error("totals_were_wrong", pools=wrong)
    return wrong


def erase_closed_accounts(now: datetime) -> int:
    """Erase accounts that have been closed for long, each in a transaction of its own."""
    count = 0
    while True:
        with transaction():
            if not accounts_forgetting.erase_next(now):
                return count
        count += 1


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
        pace.forget_idle(now)
    return count
