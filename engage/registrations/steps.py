"""Why a sign-up went the way it did. A trigger writes each step; here is added what only the rule knows: the reason, and who.

A reason is what somebody wrote, or one of the codes below with its numbers, which each door words in its reader's language; after
a code may stand what somebody wrote besides.
"""

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum

from sqlalchemy import func, select

from engage.base.db import ask, db
from engage.registrations.application import one_line
from engage.registrations.models import Registration, Step

LONGEST = 200
# What begins so is a code; what somebody wrote never does.
_MARK = "#"


class Because(StrEnum):
    """A reason that a rule gives, or a decision that says it all. PASSED_OVER has two numbers: seats needed, seats free."""

    PASSED_OVER = "passed_over"
    APPROVED = "approved"
    TURNED_DOWN = "turned_down"
    OFFERED_BY_HAND = "offered_by_hand"
    ANSWERED_FOR_THEM = "answered_for_them"
    ADDED_BY_HAND = "added_by_hand"
    SIGNED_UP_TWICE = "signed_up_twice"
    BOTH_MEANT = "both_meant"
    MERGE_UNDONE = "merge_undone"
    PHONED = "phoned"
    TO_PHONE = "to_phone"
    NOT_TO_PHONE = "not_to_phone"
    SPOKEN_WITH = "spoken_with"
    NO_ANSWER = "no_answer"
    WALKED_IN = "walked_in"
    DATE_MOVED = "date_moved"


_BECAUSE = """
UPDATE registration_step SET reason = %(reason)s, account_id = %(by)s
 WHERE id = (SELECT max(id) FROM registration_step WHERE registration_id = %(registration)s)
"""


def coded(why: Because, *numbers: int) -> str:
    """A reason as it is kept."""
    return _MARK + ":".join([why.value, *map(str, numbers)])


def said(why: Because, text: str) -> str:
    """A reason as it is kept, with the words that somebody added to it."""
    return f"{coded(why)} {words(text)}".strip()[:LONGEST]


def decoded(reason: str) -> tuple[Because, tuple[int, ...]] | None:
    """The code and its numbers; None for what somebody wrote."""
    name, *numbers = reason.removeprefix(_MARK).partition(" ")[0].split(":")
    if not reason.startswith(_MARK) or name not in set(Because) or not all(each.isdecimal() for each in numbers):
        return None
    return Because(name), tuple(map(int, numbers))


def added_words(reason: str) -> str:
    """What somebody added to a reason with a code."""
    return reason.partition(" ")[2] if reason.startswith(_MARK) else ""


def words(text: str) -> str:
    """What somebody wrote as a reason, as it is kept: one line that is never taken for a code."""
    return one_line(text, LONGEST).lstrip(_MARK).strip()


def because(registration: Registration, reason: str | Because, by: int | None = None) -> None:
    """Note the reason of the step just taken, and the account of who decided it."""
    db.session.flush()
    ask(_BECAUSE, {"reason": _kept(reason), "by": by, "registration": registration.id})


def note(registration: Registration, reason: str, now: datetime, by: int | None = None) -> None:
    """Note something that happened to a sign-up without a change of its state, such as being passed over in the line."""
    db.session.add(
        Step(
            registration_id=registration.id,
            pool_id=registration.pool_id,
            before=registration.state,
            state=registration.state,
            seats=registration.seats,
            reason=_kept(reason),
            account_id=by,
            at=now,
        )
    )


def was_moved(registration: Registration) -> bool:
    """Whether the organiser has moved a date of this sign-up since it was made."""
    mine = (Step.registration_id == registration.id) & (Step.reason == coded(Because.DATE_MOVED))
    return db.session.scalar(select(Step.id).where(mine).limit(1)) is not None


def was_joined(registration: Registration) -> bool:
    """Whether a sign-up ended because its person had another for the same, and was not taken apart from it again."""
    return registration.id in joined([registration.id])


def joined(registration_ids: Collection[int]) -> set[int]:
    """Those of these sign-ups that ended so."""
    last = select(func.max(Step.id)).where(Step.registration_id.in_(registration_ids)).group_by(Step.registration_id)
    found = select(Step.registration_id).where(Step.id.in_(last), Step.reason == coded(Because.SIGNED_UP_TWICE))
    return set(db.session.scalars(found))


def _kept(reason: str | Because) -> str:
    if isinstance(reason, Because):
        return coded(reason)
    return reason[:LONGEST]
