"""Who is to be phoned: something that matters could not be delivered by any of their addresses, or they have none; or somebody
marked them so.

What it was stands in the post office; a letter leaves this list when somebody says they phoned, when it arrives after all, or
when the date is over. A mark stands with the sign-up until somebody phoned or takes it away: over all dates it is shown while the
date is to come, on the date's own list for as long as it stands.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select, true, update
from sqlalchemy.orm import contains_eager, joinedload

from engage.activities.models import Activity, Occurrence, Pool
from engage.base.db import db
from engage.base.errors import Refusal
from engage.base.i18n import lazy_gettext as _l
from engage.base.message import Message
from engage.outbox import Letter, Status
from engage.people.models import Address
from engage.registrations import guests, phone_marks, steps
from engage.registrations.models import Registration, Step
from engage.registrations.steps import Because

_NOT_DELIVERED = (Status.FAILED, Status.SET_ASIDE, Status.HELD)
_MOST = 200
_LONGEST_NOTE = 500


class NobodyToPhone(Refusal):
    """It was delivered meanwhile, somebody else phoned, or there never was such a call."""

    code = "nobody_to_phone"
    message = _l("There is nothing to tell this person by phone any more. Perhaps somebody else has just phoned.")


@dataclass(frozen=True, slots=True)
class Untold:
    """One thing that could not be told: the words as they were meant to be read, and why no address took them."""

    letter_id: int
    message: Message
    why: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Call:
    """Somebody to phone, with the oldest of what they do not know first. `phones` are all numbers we have.

    Whether they were marked by hand stands in the sign-up itself.
    """

    registration: Registration
    phones: tuple[str, ...]
    untold: tuple[Untold, ...]


def _whose() -> ColumnElement[str]:
    return func.split_part(Letter.about, ":", 2)


def _coming(now: datetime) -> ColumnElement[bool]:
    """A course goes on behind the date somebody signed up for, so its calls stay until they are made."""
    return (Occurrence.ends_at > now) | Pool.course_id.is_not(None)


def _open(now: datetime) -> list[ColumnElement[bool]]:
    return [
        Letter.must_arrive == true(), Letter.phoned_at.is_(None), Letter.status.in_(_NOT_DELIVERED), _coming(now),
        Registration.name.is_not(None),
    ]  # fmt: skip


def _marked(now: datetime, occurrence_id: int | None) -> list[ColumnElement[bool]]:
    marked = Registration.to_phone_at.is_not(None)
    return [marked, _coming(now)] if occurrence_id is None else [marked, *_of(occurrence_id)]


def _of(occurrence_id: int) -> list[ColumnElement[bool]]:
    return [Registration.pool_id.in_(guests.pool_ids(occurrence_id))]


def waiting(now: datetime, occurrence_id: int | None = None, one: Registration | None = None) -> list[Call]:
    """Everybody to phone, or those of one date's list, or `one` of them; whose date comes first stands first."""
    only = [Registration.id == one.id] if one is not None else []
    dated = (
        contains_eager(Registration.occurrence).joinedload(Occurrence.activity).selectinload(Activity.texts),
        joinedload(Registration.pool).joinedload(Pool.role),
    )
    untold = (
        select(Letter, Registration)
        .join(Registration, Registration.public_id == _whose())
        .join(Registration.occurrence)
        .join(Registration.pool)
        .where(*_open(now), *(_of(occurrence_id) if occurrence_id is not None else ()), *only)
        .options(*dated)
        .order_by(Occurrence.starts_at, Registration.id, Letter.id)
    )
    marked = (
        select(Registration)
        .join(Registration.occurrence)
        .join(Registration.pool)
        .where(*_marked(now, occurrence_id), *only)
        .options(*dated)
        .order_by(Occurrence.starts_at, Registration.id)
    )
    letters: dict[Registration, list[Letter]] = defaultdict(list)
    for letter, registration in db.session.execute(untold.limit(_MOST)):
        letters[registration].append(letter)
    found = {*letters, *db.session.scalars(marked.limit(_MOST))}
    numbers = _numbers([each.person_id for each in found if each.person_id is not None])
    return [
        Call(each, _phones(each, numbers), tuple(_untold(letter) for letter in letters.get(each, ())))
        for each in sorted(found, key=lambda each: (each.occurrence.starts_at, each.id))
    ]


def to_phone(now: datetime, occurrence_id: int | None = None) -> set[int]:
    """Ids of the sign-ups that `waiting` tells of."""
    untold = (
        select(Registration.id)
        .select_from(Letter)
        .join(Registration, Registration.public_id == _whose())
        .join(Registration.occurrence)
        .join(Registration.pool)
        .where(*_open(now), *(_of(occurrence_id) if occurrence_id is not None else ()))
    )
    marked = select(Registration.id).join(Registration.occurrence).join(Registration.pool)
    return set(db.session.scalars(untold.union(marked.where(*_marked(now, occurrence_id)))))


def count(now: datetime) -> int:
    """How many people there are to phone."""
    return len(to_phone(now))


def phoned(
    registration_public_id: str,
    letter_ids: Sequence[int],
    words: str,
    *,
    by: int,
    now: datetime,
    marked_at: datetime | None = None,
) -> Registration:
    """Write down that somebody was told these things by phone, with a note, or phoned because they were marked so at `marked_at`.

    Twice by the same person changes nothing; a mark that was set anew meanwhile stays. Refuses with `NobodyToPhone`.
    """
    registration = phone_marks.held(registration_public_id)
    theirs: list[ColumnElement[bool]] = [
        Letter.id.in_(letter_ids),
        _whose() == registration_public_id,
        Letter.must_arrive == true(),
    ]
    told = db.session.execute(
        update(Letter)
        .where(*theirs, Letter.phoned_at.is_(None), Letter.status.in_(_NOT_DELIVERED))
        # What is held for who blocked the chat would be told again when they come back.
        .values(phoned_at=now, phoned_by=by, phone_note=_noted(words), status=Status.FAILED)
    )
    if registration is None:
        raise NobodyToPhone
    spoken = marked_at is not None and registration.to_phone_at == marked_at
    if spoken:
        phone_marks.clear(registration)
    if told.rowcount:  # type: ignore[attr-defined]
        steps.note(registration, steps.words(words) or steps.coded(Because.PHONED), now, by)
    elif spoken:
        steps.note(registration, steps.said(Because.SPOKEN_WITH, words), now, by)
    elif not _told_before(registration, theirs, marked_at, by):
        raise NobodyToPhone
    db.session.flush()
    return registration


def _told_before(
    registration: Registration, theirs: Sequence[ColumnElement[bool]], marked_at: datetime | None, by: int
) -> bool:
    """Whether the same person has written down this very call before."""
    if db.session.scalar(select(Letter.id).where(*theirs, Letter.phoned_by == by).limit(1)) is not None:
        return True
    if marked_at is None:
        return False
    spoken = select(Step.id).where(Step.registration_id == registration.id, Step.account_id == by)
    since = spoken.where(Step.reason.startswith(steps.coded(Because.SPOKEN_WITH)), Step.at >= marked_at)
    return db.session.scalar(since.limit(1)) is not None


def _noted(words: str) -> str:
    return "\n".join(" ".join(line.split()) for line in words.split("\n"))[:_LONGEST_NOTE].strip()


def _untold(letter: Letter) -> Untold:
    return Untold(letter.id, Message.from_json(letter.message), letter.last_error, letter.created_at)


def _numbers(person_ids: Sequence[int]) -> dict[int, list[str]]:
    query = select(Address.person_id, Address.identifier).where(
        Address.person_id.in_(person_ids), Address.channel == "sms", Address.verified_at.is_not(None)
    )
    found: dict[int, list[str]] = defaultdict(list)
    for person_id, number in db.session.execute(query.order_by(Address.id)):
        found[person_id].append(number)
    return found


def phones(registrations: Sequence[Registration]) -> dict[int, tuple[str, ...]]:
    """All numbers we have of these people, by the sign-up's id: the one they left, and those they proved for SMS."""
    numbers = _numbers([each.person_id for each in registrations if each.person_id is not None])
    return {each.id: _phones(each, numbers) for each in registrations}


def _phones(registration: Registration, numbers: dict[int, list[str]]) -> tuple[str, ...]:
    own = [registration.phone] if registration.phone else []
    return tuple(dict.fromkeys([*own, *numbers.get(registration.person_id or 0, [])]))
