"""An answer that whoever wrote it sends at once: the statement that puts it takes it in hand too.

Nobody then looks for it and nobody is woken. It is a letter in hand like any other: should its sender die, or its process, it is
taken back as theirs are (see `rerouting.abandoned`), and what waits for the chat already goes first.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

from engage.base.db import alone, ask
from engage.outbox import chats, claiming, post
from engage.outbox.chats import InHand, Sender
from engage.outbox.post import Draft

# Ours if nothing is under way to the chat or waits for it that goes first, the chat is free, and the channel is.
_OURS: LiteralString = """
WITH ours AS MATERIALIZED (
  SELECT WHERE NOT EXISTS (
    SELECT FROM outbox AS other
     WHERE other.channel = %(channel)s AND other.recipient = %(recipient)s
       AND (other.status = 'sending'
            OR (other.status = 'planned' AND other.due_at <= %(now)s AND other.priority <= %(priority)s
                AND (other.good_until IS NULL OR other.good_until >= %(now)s))))
    AND NOT EXISTS (SELECT FROM pace WHERE pace.key = %(chat)s AND pace.free_at > %(may)s)
"""
_PUT: LiteralString = """
INSERT INTO outbox (key, about, addresses, message, priority, due_at, good_until, created_at, channel, recipient, must_arrive,
                    status, claimed_at, claimed_by)
VALUES (%(letter)s, %(about)s, %(addresses)s, %(message)s, %(priority)s, %(due_at)s, %(good_until)s, %(created_at)s,
        %(channel)s, %(recipient)s, %(must_arrive)s,
        CASE WHEN EXISTS (SELECT FROM @) THEN 'sending' ELSE 'planned' END,
        CASE WHEN EXISTS (SELECT FROM @) THEN %(now)s::timestamptz END,
        CASE WHEN EXISTS (SELECT FROM @) THEN %(sender)s::integer END)
ON CONFLICT (key) DO NOTHING RETURNING id, status
"""
_PACED = _OURS + ")" + chats.gate("ours") + _PUT.replace("@", "gate")
_UNPACED = _OURS + chats.NO_PAUSE + ")" + _PUT.replace("@", "ours")
_LET_GO: LiteralString = """
UPDATE outbox SET status = 'planned', claimed_by = NULL
 WHERE key = %(letter)s AND status = 'sending' AND claimed_at = %(now)s AND claimed_by = %(sender)s
"""


@dataclass
class Hand:
    """Holds the first answer put with it. The caller sends it (`deliver`) once its transaction is committed, and not else."""

    sender: Sender
    letter: InHand | None = None
    taken_at: datetime | None = None

    def put(self, draft: Draft, *, now: datetime) -> None:
        """As `put`, in the caller's transaction, for what goes to one chat; and take it in hand if it may leave now."""
        if self.letter is not None:
            post.put_draft(draft, now=now)
            return
        facts = post.row(draft, now)
        facts |= chats.pace_facts(self.sender, now)
        chat = f"{self.sender.key}:{facts['recipient']}"
        facts |= {"letter": draft.key, "chat": chat, "may": facts["ahead"] if draft.place else now}
        found = ask(_PACED if self.sender.per_second else _UNPACED, facts).fetchone()
        if found is not None and found[1] == "sending":
            self.taken_at = now
            message = facts["message"].obj
            place, due_at = draft.place or None, facts["due_at"]
            self.letter = InHand(
                found[0], draft.key, facts["recipient"], message, place, 0, draft.priority, 0, 0, due_at
            )

    def deliver(self) -> None:
        """Send it. No transaction is open while it is on the wire."""
        if self.letter is not None:
            chats.deliver(self.sender, self.letter)

    def let_go(self) -> None:
        """Leave it to whoever looks next: it will not be sent from here, or nobody knows whether it was kept."""
        letter = self.letter
        if letter is not None:
            facts = {"letter": letter.key, "now": self.taken_at, "sender": self.sender.number}
            claiming.patiently(lambda: alone(_LET_GO, facts))
