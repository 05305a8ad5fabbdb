"""Letters to chats: side by side over people, one after the other for each, and no faster than the channel allows.

The same rows as all letters, claimed by several senders in any number of processes. What is kept in PostgreSQL for all of
them: the pace over all chats, the pace of each, and for how long the channel wants nothing at all. A letter may leave in
several parts, and may be put in the place of one that stands in the chat already.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Any, LiteralString, Protocol

import structlog

from engage.base import pace
from engage.base.db import alone, ask, transaction
from engage.base.errors import AddressGone, ChannelError, NoReply, TooFast
from engage.base.message import Message, Receipt
from engage.outbox import claiming, rerouting
from engage.outbox.models import Priority

log = structlog.get_logger(__name__)

# Waits before each further try, in seconds; after the last one the letter has failed. Somebody may be looking at the chat.
BACK_OFF = (1, 2, 5, 10, 30, 60, 300, 600, 1800, 3600, 7200, 14400)
# A part more than one second, as Telegram asks for a chat; 20 a minute for a group (core.telegram.org/bots/faq).
CHAT_SECONDS, GROUP_SECONDS = 1.1, 3.05
# What changes a message that stands there may run ahead of that by so much: four quick presses in a row.
_AHEAD_SECONDS = 3.4
# Most requests in any second: about 30 (core.telegram.org/bots/faq), and one less, since what was let go in time may be late
# on the wire. What the rate leaves of it may come at once.
_MOST_IN_A_SECOND = 29


class Chat(Protocol):
    """What the post office knows of a channel that delivers here."""

    def send(self, identifier: str, message: Message, *, key: str, place: str = "", part: int = 0) -> Receipt:
        """Hand over part number `part` of `message`, in the place of what stands at `place`; or raise `ChannelError`."""


@dataclass(frozen=True)
class Sender:
    """Who delivers: `number` is that of a lock its process holds for as long as it lives (see `rerouting.abandoned`).

    `key` names the pace shared by all senders of one account; `per_second` 0 knows none.
    """

    channel: str
    chat: Chat
    number: int
    key: str
    per_second: int
    clock: Callable[[], datetime]


class Result(Enum):
    """What came of looking for a letter."""

    DELIVERED = auto()  # or given up, or postponed: there may be another one
    LIMITED = auto()  # there is one, and it is too early
    NOTHING = auto()


# The first of its chat, of whose chat nothing is under way, and whose chat is free; and where its person wants letters, save
# for an answer, which somebody who wrote just now waits for. Rows that another sender claims at this
# moment still read as planned, so what comes after them is not the first: nobody overtakes.
_LETTER: LiteralString = """
WITH letter AS (
  SELECT id FROM outbox AS letter
   WHERE status = 'planned' AND channel = %(channel)s AND due_at <= %(now)s
     AND (good_until IS NULL OR good_until >= %(now)s)
     AND NOT EXISTS (
       SELECT FROM outbox AS other
        WHERE other.channel = letter.channel AND other.recipient = letter.recipient
          AND (other.status = 'sending'
               OR (other.status = 'planned' AND other.due_at <= %(now)s
                   AND (other.good_until IS NULL OR other.good_until >= %(now)s)
                   AND (other.priority, other.due_at, other.id) < (letter.priority, letter.due_at, letter.id))))
     AND NOT EXISTS (
       SELECT FROM pace
        WHERE pace.key = %(key)s || ':' || letter.recipient
          AND pace.free_at > CASE WHEN letter.part = 0 AND letter.addresses -> letter.step ? 'place'
                                  THEN %(ahead)s ELSE %(now)s END)
     AND (priority = 0 OR NOT EXISTS (
       SELECT FROM address
        WHERE address.channel = letter.channel AND address.identifier = letter.recipient AND address.off_at IS NOT NULL))
"""
# Without a pace of our own, a pause the channel asked for is kept all the same.
NO_PAUSE: LiteralString = " AND NOT EXISTS (SELECT FROM pace WHERE pace.key = %(key)s AND pace.free_at > %(now)s)"
_FIRST: LiteralString = " ORDER BY priority, due_at, id LIMIT 1 FOR UPDATE OF letter SKIP LOCKED)"
# Takes one of what all senders share, if there is one left; read again under its lock, so that two never take the last.
_GATE: LiteralString = """, gate AS (
  INSERT INTO pace (key, free_at) SELECT %(key)s, %(now)s + %(every)s FROM @
  ON CONFLICT (key) DO UPDATE SET free_at = greatest(pace.free_at, %(now)s) + %(every)s WHERE pace.free_at <= %(brim)s
  RETURNING key
)"""


def gate(letters: LiteralString) -> LiteralString:
    """The part of a statement that takes one of what all senders share, where `letters`, a part before it, has a row."""
    return _GATE.replace("@", letters)


_CLAIM: LiteralString = """, claimed AS (
  UPDATE outbox SET status = 'sending', claimed_at = %(now)s, claimed_by = %(sender)s
   WHERE id = (SELECT id FROM letter)"""
# Noted without waiting for the disk: should the machine fail at this moment the letter is as good as not sent, which it may
# be anyway. What was decided (that there is a letter) was written with all care before.
_QUICKLY: LiteralString = "quick AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))"
_FOUND: LiteralString = """
  RETURNING id, key, recipient, message, addresses -> step ->> 'place' AS place, part, priority, tries, unanswered, due_at
), """
_SHOWN: LiteralString = """
SELECT claimed.* FROM quick, letter LEFT JOIN claimed ON claimed.id = letter.id
"""
_PACED = _LETTER + _FIRST + gate("letter") + _CLAIM + " AND EXISTS (SELECT FROM gate)" + _FOUND + _QUICKLY + _SHOWN
_UNPACED = _LETTER + NO_PAUSE + _FIRST + _CLAIM + _FOUND + _QUICKLY + _SHOWN


@dataclass(frozen=True, slots=True)
class InHand:
    """A letter that is being sent by this process, and by nobody else until it is noted what became of it."""

    id: int
    key: str
    recipient: str
    message: dict[str, Any]
    place: str | None
    part: int
    priority: int
    tries: int
    unanswered: int
    due_at: datetime

    @property
    def may_be_repeated(self) -> bool:
        """Whether doing it twice looks like doing it once: the first part of what replaces something."""
        return bool(self.place) and self.part == 0


def deliver_next(sender: Sender) -> Result:
    """Deliver one part of the most urgent letter that may leave now. No transaction is open while it is on the wire.

    What the wire said is noted with patience: a database that is away for a moment loses none of it.
    """
    row = _claim(sender)
    if row is None:
        return Result.NOTHING
    if row[0] is None:
        return Result.LIMITED
    deliver(sender, InHand(*row))
    return Result.DELIVERED


def deliver(sender: Sender, letter: InHand) -> None:
    """Deliver a part of a letter in hand, and note what became of it."""
    try:
        receipt = sender.chat.send(
            letter.recipient,
            Message.from_json(letter.message),
            key=letter.key,
            place=letter.place or "",
            part=letter.part,
        )
    except ChannelError as error:
        problem = error
        log.warning("letter_not_sent", letter=letter.id, channel=sender.channel, reason=problem.reason)
        claiming.patiently(lambda: _failed(sender, letter, problem))
    except Exception:  # a defect in one letter must not stop the others; it is retried, then fails in staff's sight
        log.exception("letter_broke", letter=letter.id)
        claiming.patiently(lambda: _postpone(sender, letter, "defect"))
    else:
        claiming.patiently(lambda: _delivered(sender, letter, receipt))
        if letter.unanswered:
            log.warning("letter_sent_again", letter=letter.id, times=letter.unanswered)


def _claim(sender: Sender) -> tuple[Any, ...] | None:
    facts = pace_facts(sender, sender.clock())
    return next(iter(claiming.carefully(_PACED if sender.per_second else _UNPACED, facts)), None)


def pace_facts(sender: Sender, now: datetime) -> dict[str, Any]:
    """What a statement must know that takes a letter in hand."""
    every = timedelta(seconds=1 / sender.per_second) if sender.per_second else timedelta(0)
    burst = max(_MOST_IN_A_SECOND - sender.per_second, 1)
    return {
        "channel": sender.channel,
        "key": sender.key,
        "now": now,
        "ahead": now + timedelta(seconds=_AHEAD_SECONDS),
        "every": every,
        "brim": now + every * (burst - 1),
        "sender": sender.number,
    }


_SETTLED: LiteralString = """, settled AS (
  UPDATE outbox SET status = CASE WHEN %(more)s THEN 'planned' ELSE 'sent' END, part = part + 1,
                    place = CASE WHEN part = 0 THEN %(place)s ELSE place END,
                    settled_at = CASE WHEN %(more)s THEN NULL ELSE %(now)s END, last_error = '', claimed_by = NULL
   WHERE id = %(id)s AND status = 'sending' AND claimed_by = %(sender)s
)"""
_STEP: LiteralString = """, step AS (
  INSERT INTO pace (key, free_at) VALUES (%(key)s, %(now)s + %(every)s)
  ON CONFLICT (key) DO UPDATE SET free_at = greatest(pace.free_at, %(now)s) + %(every)s
)"""
_DELIVERED = "WITH " + _QUICKLY + _SETTLED + " SELECT FROM quick"
_DELIVERED_AT_PACE = "WITH " + _QUICKLY + _SETTLED + _STEP + " SELECT FROM quick"


def _delivered(sender: Sender, letter: InHand, receipt: Receipt) -> None:
    # The chat is free again so long after the end of this, since the wire may have been slow.
    seconds = GROUP_SECONDS if letter.recipient.startswith("-") else CHAT_SECONDS
    facts = {
        "id": letter.id,
        "sender": sender.number,
        "now": sender.clock(),
        "place": receipt.place,
        "more": receipt.more,
        "key": f"{sender.key}:{letter.recipient}",
        "every": timedelta(seconds=seconds),
    }
    alone(_DELIVERED_AT_PACE if sender.per_second else _DELIVERED, facts)


def _failed(sender: Sender, letter: InHand, problem: ChannelError) -> None:
    if isinstance(problem, TooFast):
        now = sender.clock()
        with transaction():
            # So that not even what may come at once is let through before.
            pace.pause(sender.key, now + timedelta(seconds=problem.seconds) + _brim(sender))
            _back(sender, letter, letter.due_at)
    elif isinstance(problem, AddressGone):
        with transaction():
            rerouting.address_gone(sender.channel, letter.recipient, problem.reason, sender.clock(), letter.id)
    elif isinstance(problem, NoReply) and not letter.may_be_repeated:
        _unanswered(sender, letter, problem.reason)
    elif problem.permanent:
        with transaction():
            rerouting.hand_on(letter.id, sender.number, problem.reason, sender.clock())
    else:
        _postpone(sender, letter, problem.reason, counts=problem.counts)


def _brim(sender: Sender) -> timedelta:
    if not sender.per_second:
        return timedelta(0)
    return timedelta(seconds=1 / sender.per_second) * (max(_MOST_IN_A_SECOND - sender.per_second, 1) - 1)


def _unanswered(sender: Sender, letter: InHand, error: str) -> None:
    """It may have arrived. News are not repeated; what somebody counts on is, once: twice is better than not at all."""
    if letter.priority >= Priority.BULK or letter.unanswered:
        _settle(sender, letter, "failed", f"uncertain: {error}")
        return
    with transaction():
        _back(sender, letter, sender.clock() + timedelta(seconds=BACK_OFF[0]), unanswered=1)


def _postpone(sender: Sender, letter: InHand, error: str, *, counts: bool = True) -> None:
    if letter.tries >= len(BACK_OFF) and counts:
        _settle(sender, letter, "failed", error)
        return
    wait = BACK_OFF[letter.tries] if counts else BACK_OFF[4]
    with transaction():
        _back(sender, letter, sender.clock() + timedelta(seconds=wait), error, tries=int(counts))


_BACK = """
UPDATE outbox SET status = CASE WHEN good_until < %(due_at)s THEN 'missed' ELSE 'planned' END, due_at = %(due_at)s,
                  tries = tries + %(tries)s, unanswered = unanswered + %(unanswered)s, last_error = %(error)s,
                  claimed_by = NULL
 WHERE id = %(id)s AND status = 'sending' AND claimed_by = %(sender)s
"""


def _back(
    sender: Sender, letter: InHand, due_at: datetime, error: str = "", *, tries: int = 0, unanswered: int = 0
) -> None:
    facts = {
        "id": letter.id,
        "sender": sender.number,
        "due_at": due_at,
        "tries": tries,
        "unanswered": unanswered,
        "error": error,
    }
    ask(_BACK, facts)


def _settle(sender: Sender, letter: InHand, status: str, error: str) -> None:
    facts = {"id": letter.id, "sender": sender.number, "now": sender.clock(), "status": status, "error": error}
    with transaction():
        ask(
            "UPDATE outbox SET status = %(status)s, settled_at = %(now)s, last_error = %(error)s, claimed_by = NULL"
            " WHERE id = %(id)s AND status = 'sending' AND claimed_by = %(sender)s",
            facts,
        )
