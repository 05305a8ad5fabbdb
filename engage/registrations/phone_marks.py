"""Marking somebody as to be phoned, by hand. `calling` has the list of them and of those whom no letter could tell."""

from datetime import datetime

from sqlalchemy import select

from engage.base.db import db
from engage.base.errors import Refusal
from engage.base.i18n import lazy_gettext as _l
from engage.registrations import steps
from engage.registrations.application import one_line
from engage.registrations.models import Registration
from engage.registrations.steps import Because

LONGEST_WHY = 160


class NobodyLeft(Refusal):
    """The person is erased, so there is nobody to phone."""

    code = "nobody_left"
    message = _l("This person is erased. There is nobody to phone.")


def mark(registration_public_id: str, why: str, *, by: int, now: datetime) -> Registration:
    """Mark a sign-up's person as to be phoned, with a note of why for colleagues; its history tells who did, and when.

    The same again changes nothing; other words take the place of those before. Refuses with `NobodyLeft` when the person is
    forgotten.
    """
    registration = held(registration_public_id)
    if registration is None or registration.name is None:
        raise NobodyLeft
    note = one_line(why, LONGEST_WHY)
    if registration.to_phone_at is not None and registration.to_phone_why == note:
        return registration
    registration.to_phone_at, registration.to_phone_why, registration.to_phone_by_id = now, note, by
    steps.note(registration, steps.said(Because.TO_PHONE, note), now, by)
    db.session.flush()
    return registration


def unmark(registration_public_id: str, *, by: int, now: datetime) -> Registration:
    """Take the mark away without a call, which the history tells; where there is none nothing changes.

    Refuses with `NobodyLeft` when the person is forgotten.
    """
    registration = held(registration_public_id)
    if registration is None or registration.name is None:
        raise NobodyLeft
    if registration.to_phone_at is not None:
        clear(registration)
        steps.note(registration, Because.NOT_TO_PHONE, now, by)
        db.session.flush()
    return registration


def hand_on(dropped: Registration, kept: Registration) -> None:
    """Of two sign-ups of one person the one that stays is marked too, unless it is already."""
    if dropped.to_phone_at is None:
        return
    if kept.to_phone_at is None:
        kept.to_phone_at, kept.to_phone_why = dropped.to_phone_at, dropped.to_phone_why
        kept.to_phone_by_id = dropped.to_phone_by_id
    clear(dropped)


def held(registration_public_id: str) -> Registration | None:
    """The sign-up, its row locked: of two who phone at once the second is told of the first."""
    query = select(Registration).where(Registration.public_id == registration_public_id)
    return db.session.scalar(query.with_for_update(of=Registration).execution_options(populate_existing=True))


def clear(registration: Registration) -> None:
    """Somebody phoned, or need not."""
    registration.to_phone_at, registration.to_phone_why, registration.to_phone_by_id = None, "", None
