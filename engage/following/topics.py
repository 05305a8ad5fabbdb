"""Following and no longer following, and the day on which one hears of it."""

from dataclasses import replace
from datetime import datetime, time
from typing import Any

from sqlalchemy import delete, select

from engage import outbox
from engage.base.config import current_settings
from engage.base.db import db
from engage.base.errors import Refusal
from engage.base.i18n import lazy_gettext as _l
from engage.base.identifiers import public_id
from engage.following import slots
from engage.following.criteria import Criteria, checked
from engage.following.models import Followed
from engage.people import Person, identity, reaching, wishes
from engage.registrations import own_page

# More than anybody reads about; so that nobody fills the table, or makes their letter a job of minutes.
MOST = 30


class TooManyFollowed(Refusal):
    """So many topics that one letter could not tell of them."""

    code = "too_many_followed"
    message = _l("You follow %(most)s topics already. Stop following one of them first.")


def follow(person_id: int, raw: Criteria, *, now: datetime) -> Followed:
    """Let a person hear of what fits these criteria; what they follow already stays as it is.

    Who had switched all optional letters off gets them again, as this asks for one. Refuses with `TooManyFollowed`.
    """
    criteria = checked(raw)
    # Two presses at once are one after the other: there is no constraint, since two persons may become one.
    identity.hold(person_id)
    own = followed(person_id)
    known = next((each for each in own if each.criteria == criteria), None)
    if known is None:
        if len(own) >= MOST:
            raise TooManyFollowed(most=MOST)
        known = Followed(public_id=public_id(12), person_id=person_id, criteria=criteria, since=now, told_at=now)
        db.session.add(known)
    person = db.session.get_one(Person, person_id, populate_existing=True)
    person.digest_due_at = person.digest_due_at or _next(person, now)
    db.session.flush()
    own_page.seen(person_id, now)
    reaching.set_optional(person_id, True, now)
    return known


def followed(person_id: int) -> list[Followed]:
    """What a person follows, the first one first. What two persons followed who became one is named once."""
    rows = db.session.scalars(select(Followed).where(Followed.person_id == person_id).order_by(Followed.id))
    found: list[Followed] = []
    for row in rows:
        if all(row.criteria != each.criteria for each in found):
            found.append(row)
    return found


def stop(person_id: int, followed_public_id: str, *, now: datetime) -> Criteria | None:
    """No longer follow one thing; returns what it was, and None where they did not follow it."""
    mine = Followed.person_id == person_id
    criteria: Criteria | None = db.session.scalar(
        select(Followed.criteria).where(mine, Followed.public_id == followed_public_id)
    )
    if criteria is None:
        return None
    db.session.execute(delete(Followed).where(mine, Followed.criteria == criteria))
    if not followed(person_id):
        silence(person_id, now=now)
    return criteria


def stop_all(person_id: int, *, now: datetime) -> int:
    """No longer follow anything; returns how many rows went."""
    gone = db.session.execute(delete(Followed).where(Followed.person_id == person_id))
    silence(person_id, now=now)
    return int(gone.rowcount)  # type: ignore[attr-defined]


def stop_matching(person_id: int, wanted: Criteria, *, now: datetime) -> list[Criteria]:
    """No longer follow what somebody names in their own words: that very search, or all that has to do with one of its choices.

    Returns what it was.
    """
    own, asked = followed(person_id), checked(wanted)
    same = [each for each in own if each.criteria == asked]
    chosen = {(facet, value) for facet, value in _choices(asked)}
    akin = same or [each for each in own if chosen & set(_choices(each.criteria))]
    return [each.criteria for each in akin if stop(person_id, each.public_id, now=now) is not None]


def _choices(criteria: Criteria) -> list[tuple[str, Any]]:
    lists = [(name, value) for name, values in criteria.items() if isinstance(values, list) for value in values]
    return lists + [(name, value.casefold()) for name, value in criteria.items() if isinstance(value, str) and value]


def set_rhythm(person_id: int, weekday: int, hour: int, *, now: datetime) -> None:
    """The weekday (Monday is 0) and the local hour at which a person hears of what they follow; from the next such on."""
    person = db.session.get_one(Person, person_id)
    wishes.wish(person_id, replace(wishes.of(person_id), digest=(weekday % 7, time(hour % 24))))
    if person.digest_due_at is not None:
        person.digest_due_at = _next(person, now)
    db.session.flush()


def silence(person_id: int, *, now: datetime) -> None:
    """Take back the letter about what they follow that has not left yet, where it is not wanted any more."""
    outbox.withdraw(about(person_id), now)


def about(person_id: int) -> str:
    """What the letters are about."""
    return f"digest:{person_id}"


def _next(person: Person, now: datetime) -> datetime:
    return slots.next_slot(wishes.of(person.id).digest, after=now, zone=current_settings().city.zone)
