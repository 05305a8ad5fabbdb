"""Sending what is due: a share of one lane is looked at, worded, put into the post office and marked, all in one transaction.

So a worker that dies leaves nothing half done: its share is as it was, and the next one takes it. What one person gets at
the same time becomes one letter, and a lane is in one hand at a time, so two workers cannot make two of it.
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import LiteralString

import structlog

from engage import outbox
from engage.activities import facts as activity_facts
from engage.base.db import ask, savepoint
from engage.base.i18n import speaking
from engage.outbox import Draft
from engage.registrations.models import State
from engage.registrations.reminders import feedback_letter, fitting, letters, rules
from engage.registrations.reminders.fitting import Candidate
from engage.registrations.reminders.letters import Item
from engage.registrations.reminders.models import Delivery, Reason
from engage.registrations.reminders.rules import Rule
from engage.registrations.reminders.timing import LOCKS

log = structlog.get_logger(__name__)

# People in a share: few enough that a transaction is short, many enough that it costs little each.
_MOST = 100

_LANES = "SELECT DISTINCT lane FROM reminding WHERE status = 'planned' AND due_at <= %(now)s ORDER BY lane"
_CLAIM = "SELECT pg_try_advisory_xact_lock(%(locks)s, %(lane)s)"

# A share of the people, whose sign-ups and dates nobody changes until it is done: who cancels at this moment waits for the letter
# to lie in the post office, and takes it back there. What is being changed already is passed over, and looked at in the next run:
# nobody waits here, so nobody waits in a circle.
_DUE: LiteralString = """
WITH due AS (
  SELECT * FROM (
    SELECT reminding.id, reminding.registration_id, reminding.occurrence_id,
           dense_rank() OVER (ORDER BY coalesce(r.person_id, -r.id)) AS place
      FROM reminding JOIN registration r ON r.id = reminding.registration_id
     WHERE reminding.lane = %(lane)s AND reminding.status = 'planned' AND reminding.due_at <= %(now)s) ranked
   WHERE place <= %(most)s)
SELECT due.id, due.place FROM due JOIN registration r ON r.id = due.registration_id
  JOIN occurrence ON occurrence.id = due.occurrence_id
   FOR SHARE OF r, occurrence SKIP LOCKED
"""
# Who is asked how it was: who came; where nobody at all was checked in, everybody who had a place.
# Where the sign-up that stands for a person is given up, another of theirs for the same date stands in.
_CANDIDATES: LiteralString = """
WITH due AS (SELECT * FROM unnest(%(ids)s::integer[], %(places)s::bigint[]) AS due (id, place))
SELECT reminding.id, reminding.rule_key, reminding.starts_at, reminding.useful_until,
       r.id, r.public_id, r.pool_id, r.state, r.verified_at IS NOT NULL, r.name, r.email, r.language,
       CASE WHEN r.person_id IS NULL THEN r.seats ELSE (
         SELECT coalesce(sum(seats), r.seats) FROM registration own
          WHERE own.person_id = r.person_id AND own.occurrence_id = r.occurrence_id AND own.state = 'confirmed') END,
       r.joined_at, r.person_id, coalesce(person.wishes, '{}'), coalesce(person.optional_off_at IS NOT NULL, false),
       occurrence.id, occurrence.public_id, occurrence.starts_at, occurrence.ends_at, occurrence.zone, occurrence.state,
       activity.id, activity.state,
       EXISTS (SELECT FROM reminding said WHERE said.registration_id = r.id AND said.occurrence_id = occurrence.id
                  AND said.starts_at = reminding.starts_at AND said.answer = 'coming'),
       reminding.rule_key = 'feedback' AND r.person_id IS NOT NULL AND EXISTS (
         SELECT FROM registration other JOIN reminding asked ON asked.registration_id = other.id
           JOIN occurrence its ON its.id = asked.occurrence_id
          WHERE other.person_id = r.person_id AND asked.rule_key = 'feedback' AND asked.status = 'sent'
            AND its.activity_id = activity.id),
       reminding.rule_key = 'feedback'
         AND NOT EXISTS (SELECT FROM attendance own WHERE own.registration_id = r.id AND own.seats > 0)
         AND (EXISTS (SELECT FROM attendance own WHERE own.registration_id = r.id)
              OR EXISTS (SELECT FROM attendance a JOIN occurrence o ON o.id = a.occurrence_id
                          WHERE a.seats > 0 AND (o.id = occurrence.id
                             OR (pool.course_id IS NOT NULL AND o.activity_id = pool.course_id)))),
       coalesce(role.names, '{}'),
       coalesce((SELECT jsonb_agg(jsonb_build_array(a.channel, a.identifier, a.off_at IS NULL) ORDER BY a.id)
                   FROM address a WHERE a.person_id = r.person_id AND a.channel <> 'email' AND a.verified_at IS NOT NULL), '[]'),
       (SELECT a.id FROM address a WHERE a.person_id = r.person_id AND a.verified_at IS NOT NULL
         ORDER BY a.channel <> 'email', a.id LIMIT 1)
  FROM due
  JOIN reminding ON reminding.id = due.id
  JOIN registration its ON its.id = reminding.registration_id
  JOIN LATERAL (
    SELECT * FROM registration r
     WHERE r.id = its.id
        OR (its.state <> 'confirmed' AND r.person_id = its.person_id AND r.occurrence_id = its.occurrence_id
            AND r.state = 'confirmed')
     ORDER BY (r.state = 'confirmed') DESC, r.id LIMIT 1) r ON true
  JOIN pool ON pool.id = r.pool_id
  LEFT JOIN shift_role role ON role.id = pool.role_id
  JOIN occurrence ON occurrence.id = reminding.occurrence_id
  JOIN activity ON activity.id = occurrence.activity_id
  LEFT JOIN person ON person.id = r.person_id
 ORDER BY due.place, occurrence.starts_at, reminding.id
 FOR UPDATE OF reminding
"""


Settled = list[tuple[int, str, str, int | None]]
Waking = list[tuple[int, datetime]]


def send(now: datetime, *, careful: bool = False) -> int:
    """Do a share of what is due now. Returns how many rows were settled; 0 when nothing is left, or others are at all of it.

    `careful` is for a share that failed: each letter by itself, and what cannot be sent is set aside.
    """
    for (lane,) in ask(_LANES, {"now": now}).fetchall():
        if ask(_CLAIM, {"locks": LOCKS, "lane": lane}).fetchall()[0][0] and (done := _send_lane(lane, now, careful)):
            return done
    return 0


def are_due(now: datetime) -> bool:
    """Whether there is anything to be sent now."""
    return bool(ask(_LANES, {"now": now}).fetchall())


def _send_lane(lane: int, now: datetime, careful: bool) -> int:
    due = ask(_DUE, {"lane": lane, "now": now, "most": _MOST}).fetchall()
    ids, places = ([row[column] for row in due] for column in (0, 1))
    found = [_candidate(row) for row in ask(_CANDIDATES, {"ids": ids, "places": places}).fetchall()]
    ruled = rules.of_many(sorted({each.activity_id for each in found}))
    known = {(activity, rule.key): rule for activity, theirs in ruled.items() for rule in theirs}
    settled: Settled = []
    waking: Waking = []
    going: list[Sequence[Item]] = []
    for _who, theirs in groupby(found, key=lambda each: each.who):
        going += letters.gathered(_looked_at(list(theirs), known, settled, waking, now))
    _put(going, settled, careful, now)
    _settle(settled, now)
    _postpone(waking)
    return len(found)


def _candidate(row: tuple[object, ...]) -> Candidate:
    found = Candidate(*row)  # type: ignore[arg-type]
    found.state = State(found.state)
    return found


def _looked_at(
    theirs: Sequence[Candidate], known: dict[tuple[int, str], Rule], settled: Settled, waking: Waking, now: datetime
) -> list[Item]:
    """What of one person's rows is to be sent now; what is not for good is added to `settled`, what waits to `waking`."""
    going: list[Item] = []
    for who in theirs:
        rule = known.get((who.activity_id, who.rule_key))
        reason = fitting.reason_not(who, rule, now)
        if reason is None and rule is not None:
            going_on = _at_once(who, rule, waking, now)
            if isinstance(going_on, Item):
                going.append(going_on)
                continue
            reason = going_on
        if reason is not None:
            settled.append((who.id, Delivery.SKIPPED, reason, None))
    return _asked_once(going, settled)


def _asked_once(going: Sequence[Item], settled: Settled) -> list[Item]:
    """Without what asks a second time how one activity was."""
    asked: set[int] = set()
    kept = []
    for item in going:
        if item.rule.asks_feedback and item.who.activity_id in asked:
            settled.append((item.who.id, Delivery.SKIPPED, Reason.ASKED_ALREADY, None))
            continue
        if item.rule.asks_feedback:
            asked.add(item.who.activity_id)
        kept.append(item)
    return kept


def _at_once(who: Candidate, rule: Rule, waking: Waking, now: datetime) -> Item | Reason | None:
    """What is to be sent now; None where it waits for the end of their quiet hours, and is added to `waking`."""
    when = fitting.wait_until(who, now)
    if when is None:
        return Reason.QUIET
    if when > now:
        waking.append((who.id, when))
        return None
    ways = fitting.addresses(who, rule)
    return Item(who, rule, tuple(ways)) if ways else fitting.none_reachable(rule.way)


def _put(going: Sequence[Sequence[Item]], settled: Settled, careful: bool, now: datetime) -> None:
    revision = activity_facts.revision() if going else 0
    drafts = []
    for together in going:
        first = together[0]
        try:
            draft = _draft(together, revision, now)
            if careful:
                with savepoint():
                    outbox.put_all([draft], now=now)
            else:
                drafts.append(draft)
        except Exception:  # one that cannot be worded must not keep the rest; staff see it among what was not sent
            log.exception("reminder_broke", reminding=first.who.id)
            settled += [(each.who.id, Delivery.SKIPPED, Reason.DEFECT, None) for each in together]
        else:
            settled += [
                (each.who.id, Delivery.SENT, "", first.who.id if each is not first else None) for each in together
            ]
    outbox.put_all(drafts, now=now)


def _draft(together: Sequence[Item], revision: int, now: datetime) -> Draft:
    first = together[0]
    feedback = first.rule.asks_feedback
    with speaking(first.who.language):
        message = feedback_letter.worded(first, revision) if feedback else letters.worded(together, revision, now)
    return Draft(
        message,
        first.addresses,
        key=f"reminder:{first.who.id}",
        # Taken back with the sign-up, and forgotten with its person.
        about=f"registration:{first.who.registration}",
        good_until=min(each.who.useful_until for each in together),
        priority=outbox.Priority.BULK if feedback else outbox.Priority.USUAL,
    )


_SETTLE = """
UPDATE reminding SET status = done.status, reason = done.reason, letter_id = done.letter, settled_at = %(now)s
  FROM unnest(%(ids)s::integer[], %(statuses)s::text[], %(reasons)s::text[], %(letters)s::integer[])
    AS done (id, status, reason, letter)
 WHERE reminding.id = done.id
"""


def _settle(settled: Settled, now: datetime) -> None:
    if not settled:
        return
    ids, statuses, reasons, carried = (list(each) for each in zip(*settled, strict=True))
    facts = {
        "now": now,
        "ids": ids,
        "statuses": statuses,
        "reasons": [str(each) for each in reasons],
        "letters": carried,
    }
    ask(_SETTLE, facts)


_POSTPONE = """
UPDATE reminding SET due_at = later.due_at FROM unnest(%(ids)s::integer[], %(dues)s::timestamptz[]) AS later (id, due_at)
 WHERE reminding.id = later.id
"""


def _postpone(waking: Waking) -> None:
    if waking:
        ask(_POSTPONE, {"ids": [number for number, _due in waking], "dues": [due for _number, due in waking]})
