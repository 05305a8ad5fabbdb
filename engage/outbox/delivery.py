"""Sending what is due: claim a letter, commit, send with no transaction open, note what became of it.

A letter found in `sending` long after it was claimed belonged to a worker that died. It is sent again: nobody can know
whether the first try left, and a mail's Message-ID is the same both times. When that has happened a few times it may be
the letter that kills its workers, and it is set aside until a person has looked at it.
"""

import time
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Protocol

import structlog
from sqlalchemy import case, select, update

from engage.base.db import db, transaction
from engage.base.errors import ChannelError
from engage.base.message import Message
from engage.outbox.models import Letter, Status

log = structlog.get_logger(__name__)

# Waits before each further try, in seconds; after the last one the letter has failed.
BACK_OFF = (30, 60, 120, 300, 600, 1800, 3600, 7200, 14400)
ABANDONED_AFTER = timedelta(minutes=5)
# A worker holds one letter at a time, so one that was in the hands of three that died is hardly there by chance.
ABANDONED_MOST = 3
# The word for it among the errors of channels.
ABANDONED = "abandoned"
# Seconds after which a run claims no more. A claim bears the time its run began, so a run that went on for as long as
# ABANDONED_AFTER with a slow mail server would have its letters taken, and sent again, by another worker.
_LONGEST_RUN = 60


class Channel(Protocol):
    """What the post office knows of a channel: it can send, and says whether an error is for good."""

    def send(self, identifier: str, message: Message, *, key: str) -> None:
        """Hand `message` over to `identifier`, or raise `ChannelError`."""


def deliver_due(
    channels: Mapping[str, Channel], now: datetime, most: int = 100, elsewhere: Collection[str] = ()
) -> int:
    """Send up to `most` letters that are due, each in its own short transactions. Returns how many were sent.

    It stops early when that takes long; what is left is still due in the next run. Letters for the channels `elsewhere`
    are left to the process that delivers those (see `chats`).
    """
    _take_from_the_dead(now)
    _mark_missed(now)
    sent, until = 0, time.monotonic() + _LONGEST_RUN
    for _number in range(most):
        letter = _claim(now, elsewhere) if time.monotonic() < until else None
        if letter is None:
            break
        sent += _deliver(letter, channels, now, elsewhere)
    return sent


def _take_from_the_dead(now: datetime) -> None:
    last = Letter.abandoned >= ABANDONED_MOST - 1
    with transaction():
        taken = db.session.execute(
            update(Letter)
            .where(Letter.status == Status.SENDING, Letter.claimed_at < now - ABANDONED_AFTER)
            .values(
                status=case((last, Status.SET_ASIDE), else_=Status.PLANNED),
                settled_at=case((last, now), else_=None),
                last_error=ABANDONED,
                abandoned=Letter.abandoned + 1,
            )
            .returning(Letter.id, Letter.status)
        ).all()
    for number, status in taken:
        if status == Status.SET_ASIDE:
            log.error("letter_set_aside", letter=number)


def _mark_missed(now: datetime) -> None:
    with transaction():
        db.session.execute(
            update(Letter)
            .where(Letter.status == Status.PLANNED, Letter.good_until < now)
            .values(status=Status.MISSED, settled_at=now)
        )


def _claim(now: datetime, elsewhere: Collection[str]) -> Letter | None:
    """The most urgent due letter, marked as being sent; SKIP LOCKED lets many workers take different ones."""
    due = (
        select(Letter.id)
        .where(Letter.status == Status.PLANNED, Letter.due_at <= now, Letter.channel.not_in(elsewhere))
        .order_by(Letter.priority, Letter.due_at, Letter.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    with transaction():
        letter = db.session.scalar(
            update(Letter).where(Letter.id == due).values(status=Status.SENDING, claimed_at=now).returning(Letter)
        )
        if letter is not None:
            db.session.expunge(letter)
    return letter


def _deliver(letter: Letter, channels: Mapping[str, Channel], now: datetime, elsewhere: Collection[str]) -> bool:
    """Try the addresses in order; a permanent error goes on to the next, a passing one waits."""
    message, error = Message.from_json(letter.message), "no address"
    for step, address in enumerate(letter.addresses[letter.step :], letter.step):
        if address["channel"] in elsewhere:
            _hand_on(letter, step, error)
            return False
        try:
            channels[address["channel"]].send(address["identifier"], message, key=letter.key)
        except ChannelError as problem:
            error = problem.reason
            log.warning("letter_not_sent", letter=letter.id, channel=address["channel"], permanent=problem.permanent)
            if not problem.permanent:
                _postpone(letter, error, now, counts=problem.counts)
                return False
        except Exception:  # a defect in one letter must not stop the others; it is retried, then fails in staff's sight
            log.exception("letter_broke", letter=letter.id)
            _postpone(letter, "defect", now)
            return False
        else:
            _settle(letter, Status.SENT, "", now)
            return True
    _settle(letter, Status.FAILED, error, now)
    return False


def _hand_on(letter: Letter, step: int, error: str) -> None:
    """Leave the letter to whoever delivers for the address number `step`."""
    address = letter.addresses[step]
    with transaction():
        db.session.execute(
            update(Letter)
            .where(Letter.id == letter.id, Letter.status == Status.SENDING)
            .values(
                status=Status.PLANNED,
                step=step,
                channel=address["channel"],
                recipient=address["identifier"],
                last_error=error,
            )
        )


def _postpone(letter: Letter, error: str, now: datetime, *, counts: bool = True) -> None:
    if letter.tries >= len(BACK_OFF) and counts:
        _settle(letter, Status.FAILED, error, now)
        return
    wait = timedelta(seconds=BACK_OFF[letter.tries] if counts else BACK_OFF[0])
    with transaction():
        db.session.execute(
            update(Letter)
            .where(Letter.id == letter.id, Letter.status == Status.SENDING)
            .values(status=Status.PLANNED, due_at=now + wait, tries=letter.tries + counts, last_error=error)
        )


def _settle(letter: Letter, status: Status, error: str, now: datetime) -> None:
    with transaction():
        db.session.execute(
            update(Letter)
            .where(Letter.id == letter.id, Letter.status == Status.SENDING)
            .values(status=status, settled_at=now, last_error=error)
        )
