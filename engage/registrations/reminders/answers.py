"""What people answer to "do you still come?": yes is noted here, no is cancelling as always."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select

from engage.activities.models import Occurrence
from engage.base import tokens
from engage.base.config import current_settings
from engage.base.db import db
from engage.base.errors import Refusal
from engage.base.i18n import lazy_gettext as _l
from engage.registrations import rows
from engage.registrations.models import Registration, State
from engage.registrations.refusals import NoSuchSignUp
from engage.registrations.reminders.letters import ANSWER
from engage.registrations.reminders.models import Reminding

COMING = "coming"


class NotYoursToCome(Refusal):
    """The sign-up is given up, or the date has moved or begun since it was asked."""

    code = "not_yours_to_come"
    message = _l("Something has changed since we asked. See your sign-up for how it stands.")


def asked(token: str) -> Reminding:
    """The question a link answers. Refuses with `LinkNotValid` or `NoSuchSignUp`."""
    found = by_id(int(tokens.unsign(current_settings().secret_key, ANSWER, token)))
    if found is None:
        raise NoSuchSignUp
    return found


def by_id(reminding_id: int) -> Reminding | None:
    """The question with this id, None when it is gone."""
    return db.session.get(Reminding, reminding_id, populate_existing=True)


def may_say(asked_: Reminding, now: datetime) -> bool:
    """Whether it still means something to say yes."""
    date = asked_.occurrence
    return date.starts_at == asked_.starts_at and date.ends_at > now and _has_a_place(asked_)


def _has_a_place(asked_: Reminding) -> bool:
    """Whether its person still has one for the date: with the sign-up that was asked for, or with another of theirs."""
    own = asked_.registration
    if own.state == State.CONFIRMED or own.person_id is None:
        return own.state == State.CONFIRMED
    other = select(Registration.id).where(
        Registration.person_id == own.person_id,
        Registration.occurrence_id == own.occurrence_id,
        Registration.state == State.CONFIRMED,
    )
    return db.session.scalar(other.limit(1)) is not None


def say_coming(asked_: Reminding, *, now: datetime) -> None:
    """Note that they come, so that nobody asks again. Twice is once. Refuses with `NotYoursToCome`."""
    # The place may be given on at this very moment: then it is too late for a yes, and they are told so.
    rows.hold(asked_.registration_id)
    if not may_say(asked_, now):
        raise NotYoursToCome
    if asked_.answer != COMING:
        asked_.answer, asked_.answered_at = COMING, now
        db.session.flush()


def said_coming(occurrence_ids: Collection[int]) -> set[int]:
    """Ids of the sign-ups whose people have said that they come to one of these dates as it is now."""
    query = (
        select(Reminding.registration_id)
        .join(Occurrence, Reminding.occurrence_id == Occurrence.id)
        .where(Reminding.occurrence_id.in_(occurrence_ids), Reminding.answer == COMING)
        .where(Occurrence.starts_at == Reminding.starts_at)
    )
    return set(db.session.scalars(query))
