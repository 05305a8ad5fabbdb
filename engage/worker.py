"""The worker: a timetable and nothing else. Jobs find their work in rows, so any number of workers may run."""

import os
import signal
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial

import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger
from flask import Flask, current_app

from engage import outbox, privacy, registrations
from engage.accounts import forgetting as accounts_forgetting
from engage.activities import extending
from engage.base import limits, pace
from engage.base.answerless import answerless
from engage.base.clock import utc_now
from engage.base.config import Settings, current_settings
from engage.base.db import db, disconnect, transaction
from engage.channels import MailChannel, delivered_elsewhere, open_channels
from engage.following import letters as following_letters
from engage.outbox.presence import Presence
from engage.proposals import following_up
from engage.registrations import adding, broadcasts, feeds, giving_on, holds, import_queue, reminders, tallies, totals
from engage.statistics import releases

log = structlog.get_logger(__name__)

# A mail may wait for a moment where a page may not: when many sign up at once, the pages get the processor first.
_NICENESS = 10
# Each takes some hundredths of a second; the others follow a minute later, and letters wait for nobody.
_MOST_DIGESTS = 200
# Where the worker's process keeps its `PostRoom`, and for how many seconds one tick goes on while there are letters.
_ROOM = "engage.post_room"
_LONGEST_TURN = 30
_MOST_SHARES = 200
# Rare jobs come by once soon after the start too: what is started anew often would never get to them.
_SOON = timedelta(minutes=1)
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)

Job = Callable[[datetime], int]


def run(app: Flask) -> None:
    """Keep the timetable until SIGTERM or SIGINT; a job that is running is finished first."""
    os.nice(_NICENESS)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    scheduler = timetable(app)
    with app.app_context(), closing(PostRoom(current_settings())) as room:
        app.extensions[_ROOM] = room
        scheduler.start()
        stop.wait()
        scheduler.shutdown(wait=True)
        del app.extensions[_ROOM]


def rehearse(app: Flask) -> None:
    """Do the jobs once as of a day on which nothing was due, before a fork: what they load and compile is then shared.
    No connection stays open, and no row is changed: this may be a database in which other workers are at work."""
    for job in (_look_for_letters, expire_unconfirmed, read_feeds):
        _in_context(app, job, _LONG_AGO)
    with app.app_context():
        engine = db.engine
        disconnect()
    with answerless(engine):
        for only_worded in _ONLY_WORDED:
            _in_context(app, only_worded, _LONG_AGO)
    with app.app_context():
        disconnect()


def timetable(app: Flask) -> BackgroundScheduler:
    """When each job runs. A tick that comes late still runs, and many missed ticks are one."""
    scheduler = BackgroundScheduler(
        timezone="UTC", job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
    )

    def every(job: Job, **interval: int) -> None:
        first = utc_now() + min(timedelta(**interval), _SOON)
        trigger = IntervalTrigger(timezone=UTC, start_date=first, **interval)
        scheduler.add_job(_in_context, trigger, args=(app, job), id=job.__name__)

    every(deliver, seconds=1)
    every(send_broadcasts, seconds=1)
    every(expire_unconfirmed, seconds=30)
    every(expire_offers, seconds=30)
    every(expire_holds, seconds=30)
    every(serve_waiting, minutes=5)
    every(plan_reminders, seconds=20)
    every(send_reminders, seconds=5)
    every(carry_out_imports, seconds=2)
    every(give_on_places, minutes=1)
    every(read_feeds, seconds=30)
    every(roll_up_tallies, seconds=20)
    every(close_years, minutes=5)
    every(release_months, hours=1)
    every(correct_totals, hours=6)
    every(extend_series, hours=6)
    every(write_digests, minutes=1)
    every(follow_up_proposals, seconds=30)
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


class PostRoom:
    """What a worker keeps from one delivery to the next: open lines to the channels' servers, and the sign that it lives."""

    def __init__(self, settings: Settings) -> None:
        self.channels = open_channels(settings)
        self._presence = Presence(settings.database_url)

    def deliver(self, now: datetime, elsewhere: frozenset[str]) -> int:
        """Send the letters that are due, run after run until nothing is left or the other jobs want their turn."""
        sent, until = 0, time.monotonic() + _LONGEST_TURN
        while time.monotonic() < until:
            number = self._presence.number()
            done = outbox.deliver_due(
                self.channels, now, elsewhere=elsewhere, sender=number, judges=self._presence.knows_the_living
            )
            sent += done
            if not done:
                break
            now = utc_now()
        for line in _lines(self.channels):
            line.rest()
        return sent

    def close(self) -> None:
        """Close what is open."""
        for line in _lines(self.channels):
            line.close()
        self._presence.close()


def _lines(channels: Mapping[str, object]) -> list[MailChannel]:
    """The channels that keep a line open."""
    return [channel for channel in channels.values() if isinstance(channel, MailChannel)]


def deliver(now: datetime) -> int:
    """Send the letters that are due."""
    settings = current_settings()
    elsewhere = delivered_elsewhere(settings)
    if (room := current_app.extensions.get(_ROOM)) is not None:
        return int(room.deliver(now, elsewhere))
    # Outside the worker's process, where nothing is kept.
    channels = open_channels(settings)
    try:
        return outbox.deliver_due(channels, now, elsewhere=elsewhere)
    finally:
        for line in _lines(channels):
            line.close()


def _look_for_letters(now: datetime) -> int:
    """Open the channels and look for letters as a delivery does, without taking any: not even from workers that died."""
    for line in _lines(open_channels(current_settings())):
        line.rehearse()
        line.close()
    outbox.rehearse(now)
    return 0


def send_broadcasts(now: datetime) -> int:
    """Hand messages to many to the post office, a few letters of each at a time and each in a transaction of its own."""
    with transaction():
        found = broadcasts.under_way()
    made = 0
    for number in found:
        try:
            with transaction():
                made += broadcasts.put(number, now)
        except Exception:  # one broken message must not keep the others from going on
            log.exception("broadcast_not_sent", broadcast=number)
    return made


def expire_unconfirmed(now: datetime) -> int:
    """Delete sign-ups nobody confirmed in time."""
    with transaction():
        return registrations.expire_unconfirmed(now)


def expire_offers(now: datetime) -> int:
    """Take back offers nobody answered, and ask the next in line."""
    with transaction():
        return registrations.expire_offers(now)


def expire_holds(now: datetime) -> int:
    """Take back seats held for forms nobody sent, and give them to the next in line."""
    with transaction():
        return holds.expire(now)


def serve_waiting(now: datetime) -> int:
    """Run every waiting list that has seats, in case something was missed."""
    with transaction():
        return registrations.serve_all(now)


def plan_reminders(now: datetime) -> int:
    """Note who is to be reminded of what has fallen due, a share in each transaction."""
    return _in_shares(reminders.plan, now)


def send_reminders(now: datetime) -> int:
    """Put the reminders that are due into the post office, a share in each transaction. Before that, places are given on whose
    hour has come as well, so that nobody is told "today" and "not any more" in one breath.
    """
    try:
        with transaction():
            found = reminders.are_due(now)
        if found:
            give_on_places(now)
    except Exception:  # its own tick says so again
        log.exception("giving_on_broke")
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


def carry_out_imports(now: datetime) -> int:
    """Do what the organisers' imports were asked to do, one after the other."""
    return import_queue.carry_out(now)


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


def write_digests(now: datetime) -> int:
    """Write the weekly letters that are due about what people follow, each in a transaction of its own; some at a time."""
    with transaction():
        found = following_letters.due(now, _MOST_DIGESTS)
    count = 0
    for number in found:
        try:
            with transaction():
                count += following_letters.write(number, now)
        except Exception:  # what cannot be written to one person must not keep the others from theirs
            log.exception("digest_not_written", person=number)
    return count


def follow_up_proposals(now: datetime) -> int:
    """Tell proposers that what they proposed is published, each in a transaction of its own."""
    with transaction():
        found = following_up.due()
    count = 0
    for number in found:
        try:
            with transaction():
                count += following_up.settle(number, now)
        except Exception:  # what cannot be told of one must not keep the others from being told
            log.exception("proposal_not_followed_up", proposal=number)
    return count


def correct_totals(_now: datetime) -> int:
    """Compare the seats' totals with the sign-ups."""
    with transaction():
        wrong = totals.correct()
    if wrong:
        log.error("totals_were_wrong", pools=wrong)
    return wrong


def roll_up_tallies(now: datetime) -> int:
    """Count anew the dates at which something happened since the last time, for statistics."""
    return _in_shares(tallies.roll_up, now)


def close_years(now: datetime) -> int:
    """Sum up years that are over, for statistics: after New Year, and when something in one of them was counted anew."""
    return _in_shares(tallies.close_years, now)


def release_months(now: datetime) -> int:
    """Count the months that are closed for what is published, each once and for all."""
    return _in_shares(releases.freeze, now)


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


# What else is rehearsed, but so that the database need not look through a table for it.
_ONLY_WORDED: tuple[Job, ...] = (
    send_broadcasts, expire_offers, expire_holds, serve_waiting, send_reminders, give_on_places, extend_series,
    write_digests, follow_up_proposals, tallies.rehearse, release_months, forget, erase_closed_accounts,
)  # fmt: skip
