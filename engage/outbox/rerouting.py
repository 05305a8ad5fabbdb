"""When the way to somebody is closed: their letters take the next address, or are held until they come back."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from engage.base.db import ask
from engage.base.message import Message
from engage.people import reaching

log = structlog.get_logger(__name__)

# The first number of the locks that senders hold (advisory locks, which take two).
SENDERS = 7714
# How often a letter may leave whose sender then died: it may be the letter that kills them.
_MOST_DEATHS = 3

# To the next address if there is one. Without: an answer in a talk has nobody left to read it, and a chat nobody signed up
# from is nobody's; all else is held for its person.
_ON = """
UPDATE outbox SET
  status = CASE WHEN addresses -> (step + 1) IS NOT NULL THEN 'planned'
                WHEN %(hold)s AND priority > 0
                     AND EXISTS (SELECT FROM address WHERE channel = outbox.channel AND identifier = outbox.recipient)
                THEN 'held' ELSE 'failed' END,
  settled_at = CASE WHEN addresses -> (step + 1) IS NOT NULL THEN NULL ELSE %(now)s END,
  channel = coalesce(addresses -> (step + 1) ->> 'channel', channel),
  recipient = coalesce(addresses -> (step + 1) ->> 'identifier', recipient),
  step = CASE WHEN addresses -> (step + 1) IS NOT NULL THEN step + 1 ELSE step END,
  part = 0, claimed_by = NULL, last_error = %(error)s
"""


def hand_on(letter: int, sender: int, error: str, now: datetime) -> None:
    """Let a letter in this sender's hand go on to its next address, or fail: this one will never take it."""
    facts = {"id": letter, "sender": sender, "error": error, "now": now, "hold": False}
    ask(_ON + " WHERE id = %(id)s AND status = 'sending' AND claimed_by = %(sender)s", facts)


def address_gone(channel: str, identifier: str, reason: str, now: datetime, letter: int = 0) -> None:
    """Its owner went away: note it, and send all that waits for it another way. `letter` is the one in hand, if any."""
    reaching.turn_off(channel, identifier, "blocked", now)
    facts = {"channel": channel, "recipient": identifier, "error": reason, "now": now, "hold": True, "id": letter}
    moved = ask(
        _ON + " WHERE channel = %(channel)s AND recipient = %(recipient)s"
        " AND (status = 'planned' OR (status = 'sending' AND id = %(id)s))",
        facts,
    )
    log.info("address_gone", channel=channel, letters=moved.rowcount)


def reroute(channel: str, now: datetime) -> int:
    """Send on what was put since for addresses that are off. Returns how many."""
    off = """ WHERE status = 'planned' AND due_at <= %(now)s AND channel = %(channel)s AND priority > 0 AND EXISTS (
      SELECT FROM address WHERE address.channel = outbox.channel AND identifier = recipient AND off_at IS NOT NULL)"""
    return ask(_ON + off, {"channel": channel, "now": now, "error": "address is off", "hold": True}).rowcount


# A sender's lock goes with its connection, however its process ended; and one that lives may have been unable to note what became
# of a letter: no call of the wire lasts for minutes. News are not repeated: they may have arrived.
_LOST_AFTER = timedelta(minutes=5)
_ABANDONED = """
UPDATE outbox SET
  status = CASE WHEN priority >= 90 OR unanswered >= %(most)s THEN 'failed' ELSE 'planned' END,
  settled_at = CASE WHEN priority >= 90 OR unanswered >= %(most)s THEN %(now)s END,
  unanswered = unanswered + 1, claimed_by = NULL, last_error = 'uncertain: its sender died'
WHERE status = 'sending' AND channel = %(channel)s AND claimed_by IS NOT NULL
  AND (claimed_at < %(now)s::timestamptz - %(lost)s::interval OR NOT EXISTS (
  SELECT FROM pg_locks WHERE locktype = 'advisory' AND classid = %(senders)s AND objid::bigint = claimed_by
     AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND granted))
RETURNING id
"""


def abandoned(channel: str, now: datetime) -> int:
    """Take back letters whose sender is no more. Returns how many; each of them may arrive twice."""
    facts = {"channel": channel, "now": now, "senders": SENDERS, "most": _MOST_DEATHS, "lost": _LOST_AFTER}
    rows = ask(_ABANDONED, facts).fetchall()
    for row in rows:
        log.warning("letter_abandoned", letter=row[0])
    return len(rows)


@dataclass(frozen=True)
class Held:
    """A letter that could not reach its person: what it is about, and what it said."""

    about: str
    message: Message


_RELEASE = """
UPDATE outbox SET status = CASE WHEN good_until < %(now)s THEN 'missed' ELSE 'sent' END, settled_at = %(now)s,
                  last_error = 'told when its person came back'
 WHERE status = 'held' AND channel = %(channel)s AND recipient = %(recipient)s
   AND NOT coalesce((message ->> 'only_in_place')::boolean, false)
RETURNING id, about, message, status
"""


# What changes something that stands in the chat is no news to be told: it is done now.
_GO_ON = """
UPDATE outbox SET status = 'planned', settled_at = NULL, due_at = %(now)s, last_error = ''
 WHERE status = 'held' AND channel = %(channel)s AND recipient = %(recipient)s AND (message ->> 'only_in_place')::boolean
"""


def release(channel: str, identifier: str, now: datetime) -> list[Held]:
    """The letters held for somebody who came back, oldest first, of several about one thing the last; each only once."""
    facts = {"channel": channel, "recipient": identifier, "now": now}
    ask(_GO_ON, facts)
    rows = sorted(ask(_RELEASE, facts).fetchall())
    latest = {about: message for _id, about, message, status in rows if status == "sent"}
    return [Held(about, Message.from_json(message)) for about, message in latest.items()]
