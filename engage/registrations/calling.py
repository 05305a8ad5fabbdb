"""Who is to be phoned: something that matters could not be delivered by any of their addresses, or they have none.

What it was stands in the post office; a letter leaves this list when somebody says they phoned, when it arrives after all, or
when the date is over.
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
from engage.registrations import guests, steps
from engage.registrations.models import Registration
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
    """Somebody to phone, with the oldest of what they do not know first. `phones` are all numbers we have."""

    registration: Registration
    phones: tuple[str, ...]
    untold: tuple[Untold, ...]


def _whose() -> ColumnElement[str]:
    return func.split_part(Letter.about, ":", 2)


def _open(now: datetime) -> list[ColumnElement[bool]]:
    """A course goes on behind the date somebody signed up for, so its calls stay until they are made."""
    coming = (Occurrence.ends_at > now) | Pool.course_id.is_not(None)
    return [Letter.must_arrive == true(), Letter.phoned_at.is_(None), Letter.status.in_(_NOT_DELIVERED), coming]


def waiting(now: datetime, occurrence_id: int | None = None) -> list[Call]:
    """Everybody to phone, or those of one date's list; whose date comes first stands first."""
    query = (
        select(Letter, Registration)
        .join(Registration, Registration.public_id == _whose())
        .join(Registration.occurrence)
        .join(Registration.pool)
        .where(*_open(now), Registration.name.is_not(None))
        .options(
            contains_eager(Registration.occurrence).joinedload(Occurrence.activity).selectinload(Activity.texts),
            joinedload(Registration.pool).joinedload(Pool.role),
        )
        .order_by(Occurrence.starts_at, Registration.id, Letter.id)
    )
    if occurrence_id is not None:
        query = query.where(Registration.pool_id.in_(guests.pool_ids(occurrence_id)))
    found: dict[Registration, list[Letter]] = defaultdict(list)
    for letter, registration in db.session.execute(query.limit(_MOST)):
        found[registration].append(letter)
    numbers = _numbers([each.person_id for each in found if each.person_id is not None])
    return [
        Call(registration, _phones(registration, numbers), tuple(_untold(each) for each in letters))
        for registration, letters in found.items()
    ]


def count(now: datetime) -> int:
    """How many people there are to phone."""
    query = (
        select(func.count(Registration.id.distinct()))
        .select_from(Letter)
        .join(Registration, Registration.public_id == _whose())
        .join(Registration.occurrence)
        .join(Registration.pool)
    )
    return db.session.scalar(query.where(*_open(now), Registration.name.is_not(None))) or 0


def phoned(
    registration_public_id: str, letter_ids: Sequence[int], words: str, *, by: int, now: datetime
) -> Registration:
    """Write down that somebody was told these things by phone, with a note. Twice by the same person changes nothing.

    Refuses with `NobodyToPhone`.
    """
    registration = db.session.scalar(select(Registration).where(Registration.public_id == registration_public_id))
    theirs = (Letter.id.in_(letter_ids), _whose() == registration_public_id, Letter.must_arrive)
    told = db.session.execute(
        update(Letter)
        .where(*theirs, Letter.phoned_at.is_(None), Letter.status.in_(_NOT_DELIVERED))
        # What is held for who blocked the chat would be told again when they come back.
        .values(phoned_at=now, phoned_by=by, phone_note=_noted(words), status=Status.FAILED)
    )
    already = select(Letter.id).where(*theirs, Letter.phoned_by == by).limit(1)
    if registration is None or not (told.rowcount or db.session.scalar(already)):  # type: ignore[attr-defined]
        raise NobodyToPhone
    if told.rowcount:  # type: ignore[attr-defined]
        steps.note(registration, steps.words(words) or steps.coded(Because.PHONED), now, by)
    return registration


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


def _phones(registration: Registration, numbers: dict[int, list[str]]) -> tuple[str, ...]:
    own = [registration.phone] if registration.phone else []
    return tuple(dict.fromkeys([*own, *numbers.get(registration.person_id or 0, [])]))
