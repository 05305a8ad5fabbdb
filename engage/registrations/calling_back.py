"""Reminders that still lie in the post office when they are not true any more: taken back, and what else they said is said anew.

A letter may remind of several dates of one day. What becomes untrue of one of them is no reason to be silent about the others.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import LiteralString

from engage import outbox
from engage.base.db import ask

# What left longer ago than this is not looked for: no reminder lies in the post office for days.
_RECENTLY = timedelta(days=3)

_OF_DATES: LiteralString = """
SELECT DISTINCT coalesce(reminding.letter_id, reminding.id)
  FROM reminding JOIN occurrence ON occurrence.id = reminding.occurrence_id
  JOIN activity ON activity.id = occurrence.activity_id
 WHERE reminding.occurrence_id = ANY(%(ids)s) AND reminding.status = 'sent' AND reminding.settled_at > %(recently)s
   AND (occurrence.starts_at <> reminding.starts_at OR occurrence.state <> 'scheduled' OR activity.state <> 'published')
"""
_OF_SIGN_UP: LiteralString = """
SELECT DISTINCT coalesce(letter_id, id) FROM reminding
 WHERE registration_id = %(id)s AND status = 'sent' AND settled_at > %(recently)s
"""
# All that went along in one letter is one person's.
_AGAIN: LiteralString = """
UPDATE reminding SET status = 'planned', letter_id = NULL, settled_at = NULL
  FROM reminding first JOIN registration its ON its.id = first.registration_id
  JOIN registration own ON own.id = its.id OR own.person_id = its.person_id
 WHERE first.id = ANY(%(letters)s) AND reminding.registration_id = own.id AND reminding.status = 'sent'
   AND coalesce(reminding.letter_id, reminding.id) = first.id
"""


def of_dates(occurrence_ids: Sequence[int], now: datetime) -> None:
    """Take back what is said of dates that moved or fell."""
    _take_back(ask(_OF_DATES, {"ids": list(occurrence_ids), "recently": now - _RECENTLY}).fetchall(), now)


def of_sign_up(registration_id: int, now: datetime) -> None:
    """Take back what is said of a sign-up that ended."""
    _take_back(ask(_OF_SIGN_UP, {"id": registration_id, "recently": now - _RECENTLY}).fetchall(), now)


def _take_back(rows: Sequence[tuple[int]], now: datetime) -> None:
    """Those nobody has had in hand are as if they had never been put, and all they said is looked at once more; one that was
    tried already, or may be on the wire, can only be stopped."""
    keys = {f"reminder:{number}": number for (number,) in rows}
    if not keys:
        return
    untouched = outbox.take_back(list(keys))
    outbox.withdraw_letters([key for key in keys if key not in untouched], now)
    if untouched:
        ask(_AGAIN, {"letters": [keys[key] for key in untouched]})
