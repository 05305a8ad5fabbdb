"""Letting go of who signed up: at their wish, or when the activity is long over. That somebody came stays countable."""

from datetime import datetime

from sqlalchemy import select, update

from engage import outbox
from engage.activities.models import Occurrence
from engage.base.config import current_settings
from engage.base.db import db
from engage.registrations import signup
from engage.registrations.models import LIVE, Registration

_NOBODY = {"name": None, "email": None, "person_id": None, "client": None}


def erase(person_id: int, now: datetime) -> None:
    """Cancel what is still to come, then take the person out of every sign-up and of every letter about one."""
    coming = (
        select(Registration.public_id)
        .join(Occurrence, Registration.occurrence_id == Occurrence.id)
        .where(Registration.person_id == person_id, Registration.state.in_(LIVE), Occurrence.starts_at > now)
        .order_by(Registration.occurrence_id)
    )
    for public_id in db.session.scalars(coming).all():
        signup.cancel(public_id, now=now)
    every = select(Registration.public_id).where(Registration.person_id == person_id)
    # A letter about several sign-ups of one person bears the name of the first.
    about = [f"{kind}:{public_id}" for public_id in db.session.scalars(every) for kind in ("registration", "changes")]
    outbox.forget(about)
    db.session.execute(update(Registration).where(Registration.person_id == person_id).values(**_NOBODY))


def expire(now: datetime) -> int:
    """Take the person out of sign-ups for what ended longer ago than the city keeps them. Returns how many."""
    over = select(Occurrence.id).where(Occurrence.ends_at < now - current_settings().city.keep_sign_ups)
    named = Registration.name.is_not(None) | Registration.email.is_not(None) | Registration.person_id.is_not(None)
    result = db.session.execute(
        update(Registration).where(Registration.occurrence_id.in_(over), named).values(**_NOBODY)
    )
    return int(result.rowcount)  # type: ignore[attr-defined]
