"""Sending what is due: claim a letter, commit, send with no transaction open, note what became of it.

A letter found in `sending` whose worker is dead is sent again: nobody can know whether the first try left, and a mail's
Message-ID is the same both times. When that has happened a few times it may be the letter that kills its workers, and it is
set aside until a person has looked at it. So a letter arrives at least once, and twice only where the wire left no answer.
"""

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from engage.base.db import transaction
from engage.base.errors import AddressGone, ChannelError, NoReply, ServerAway, TooFast
from engage.base.message import Message
from engage.outbox import claiming, rerouting
from engage.outbox.claiming import InHand
from engage.outbox.models import Priority

log = structlog.get_logger(__name__)

# Waits before each further try, in seconds; after the last one the letter has failed.
BACK_OFF = (30, 60, 120, 300, 600, 1800, 3600, 7200, 14400)
# Seconds after which a run claims no more: between two runs a worker looks whether the lock that shows that it lives is there.
_LONGEST_RUN = 60


class Channel(Protocol):
    """What the post office knows of a channel: it can send, and says whether an error is for good."""

    def send(self, identifier: str, message: Message, *, key: str) -> None:
        """Hand `message` over to `identifier`, or raise `ChannelError`."""


def deliver_due(
    channels: Mapping[str, Channel],
    now: datetime,
    most: int = 100,
    elsewhere: Collection[str] = (),
    sender: int | None = None,
    judges: bool = True,
) -> int:
    """Send up to `most` letters that are due, each in its own short transactions. Returns how many were sent.

    It stops early when that takes long; what is left is still due in the next run. Letters for the channels `elsewhere`
    are left to the process that delivers those (see `chats`). `sender` is the number of a lock that the caller holds for as
    long as it lives (`presence`): without one its letters are taken for abandoned only after five minutes. Who just lost that
    lock itself does not say of others that they are dead (not `judges`).
    """
    if judges:
        claiming.take_from_the_dead(sorted(elsewhere), now)
    claiming.mark_missed(now)
    run = _Run(channels, now, frozenset(elsewhere), sender, set(claiming.waiting_channels(sorted(elsewhere))))
    sent, began = 0, time.monotonic()
    for _number in range(most):
        seconds = time.monotonic() - began
        letter = run.claim(seconds) if seconds < _LONGEST_RUN else None
        if letter is None:
            break
        sent += run.deliver(letter)
    return sent


def rehearse(now: datetime) -> None:
    """Ask what a run asks, by no channel: it loads what a run needs, finds nothing and changes no letter."""
    claiming.waiting_channels(())
    claiming.claim((), None, now)


@dataclass
class _Run:
    channels: Mapping[str, Channel]
    now: datetime
    elsewhere: frozenset[str]
    sender: int | None
    open: set[str]  # the channels that have letters, without those that want none for the moment

    def claim(self, seconds: float) -> InHand | None:
        """The next letter. It bears the time it is taken at, so many seconds into the run: by its age others judge of it."""
        at = self.now + timedelta(seconds=seconds)
        return claiming.claim(sorted(self.open), self.sender, at) if self.open else None

    def deliver(self, letter: InHand) -> bool:
        """Try the addresses in order; a permanent error goes on to the next, a passing one waits."""
        error = "no address"
        for step, address in enumerate(letter.addresses[letter.step :], letter.step):
            channel, identifier = address["channel"], address["identifier"]
            if channel in self.elsewhere:
                self._note(letter, "planned", step=step, error=error)
                return False
            try:
                self.channels[channel].send(identifier, Message.from_json(letter.message), key=letter.key)
            except ChannelError as problem:
                error = problem.reason
                log.warning("letter_not_sent", letter=letter.id, channel=channel, reason=error)
                if isinstance(problem, AddressGone) or not problem.permanent:
                    self._failed(letter, step, problem)
                    return False
            except (
                Exception
            ):  # a defect in one letter must not stop the others; it is retried, then fails in staff's sight
                log.exception("letter_broke", letter=letter.id)
                self._postpone(letter, step, "defect")
                return False
            else:
                self._sent(letter, step)
                return True
        self._note(letter, "failed", step=max(len(letter.addresses) - 1, 0), error=error)
        return False

    def _sent(self, letter: InHand, step: int) -> None:
        self._note(letter, "sent", step=step)
        if letter.unanswered or letter.abandoned:
            log.warning("letter_sent_again", letter=letter.id, times=letter.unanswered + letter.abandoned)

    def _failed(self, letter: InHand, step: int, problem: ChannelError) -> None:
        address = letter.addresses[step]
        if isinstance(problem, AddressGone):
            self._note(letter, "planned", step=step, error=problem.reason)
            with transaction():
                rerouting.address_gone(address["channel"], address["identifier"], problem.reason, self.now)
        elif isinstance(problem, ServerAway | TooFast):
            # Nothing else goes there in this run; the next one begins by trying this letter again.
            self.open.discard(address["channel"])
            self._note(letter, "planned", step=step, error=problem.reason)
        elif isinstance(problem, NoReply):
            self._unanswered(letter, step, problem.reason)
        else:
            self._postpone(letter, step, problem.reason, counts=problem.counts)

    def _unanswered(self, letter: InHand, step: int, error: str) -> None:
        """It may have arrived. News are not repeated; what somebody counts on is, once: twice is better than not at all."""
        if letter.priority >= Priority.BULK or letter.unanswered:
            self._note(letter, "failed", step=step, error=f"uncertain: {error}", unanswered=1)
            return
        due_at = self.now + timedelta(seconds=BACK_OFF[0])
        self._note(letter, "planned", step=step, error=f"uncertain: {error}", due_at=due_at, unanswered=1)

    def _postpone(self, letter: InHand, step: int, error: str, *, counts: bool = True) -> None:
        if letter.tries >= len(BACK_OFF) and counts:
            self._note(letter, "failed", step=step, error=error)
            return
        due_at = self.now + timedelta(seconds=BACK_OFF[letter.tries] if counts else BACK_OFF[0])
        self._note(letter, "planned", step=step, error=error, due_at=due_at, tries=int(counts))

    def _note(
        self,
        letter: InHand,
        status: str,
        *,
        step: int,
        error: str = "",
        due_at: datetime | None = None,
        tries: int = 0,
        unanswered: int = 0,
    ) -> None:
        claiming.patiently(
            lambda: claiming.note(
                letter, status, sender=self.sender, now=self.now, step=step, error=error, due_at=due_at, tries=tries,
                unanswered=unanswered,
            )
        )  # fmt: skip
