"""To whom a message goes, and by which ways they are reached: one sign-up for each person, the one that counts most."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import case, select

from engage.activities.models import Occurrence, Pool
from engage.base.db import db
from engage.people import reaching
from engage.registrations import guests
from engage.registrations.models import Registration, State

# Who has a place is written to as that, also where they wait for a second date.
_ORDER = {State.CONFIRMED: 0, State.OFFERED: 1, State.PENDING_APPROVAL: 2, State.WAITING: 3}
CHOOSABLE = tuple(_ORDER)


@dataclass(frozen=True)
class Draft:
    """What somebody is about to send: `texts` is (subject, text) by language, `occurrence_ids` dates of one activity."""

    activity_id: int
    occurrence_ids: tuple[int, ...]
    states: tuple[State, ...]
    texts: Mapping[str, tuple[str, str]]
    role: str = ""
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Reach:
    """How many would get it: by channel, by language, and how many have no address at all (`by_nothing`)."""

    total: int
    by_channel: Mapping[str, int]
    by_language: Mapping[str, int]
    by_nothing: int


def audience(draft: Draft) -> list[Registration]:
    """The sign-ups that get it, one for each person, in the order in which it is sent."""
    pools = {pool for number in draft.occurrence_ids for pool in guests.pool_ids(number, draft.role)}
    last = select(Occurrence.starts_at).where(Occurrence.id.in_(draft.occurrence_ids))
    latest = max(db.session.scalars(last), default=None)
    if latest is None:
        return []
    query = (
        select(Registration)
        .join(Registration.pool)
        .join(Registration.occurrence)
        .where(
            Registration.pool_id.in_(pools),
            Registration.state.in_([state for state in draft.states if state in CHOOSABLE]),
            Registration.verified_at.is_not(None),
            Registration.name.is_not(None),
            # Who joins a course later does not come to the dates before that.
            Pool.course_id.is_(None) | (Occurrence.starts_at <= latest),
        )
        .order_by(case(_ORDER, value=Registration.state), Registration.id)
    )
    return list(_one_each(db.session.scalars(query)))


def _one_each(found: Iterable[Registration]) -> Iterable[Registration]:
    people: set[int | str] = set()
    for each in found:
        names = {name for name in (each.person_id, each.email) if name is not None}
        if names.isdisjoint(people):
            yield each
        people |= names


def reach(found: Sequence[Registration]) -> Reach:
    """By which ways these people are reached."""
    ways = reaching.first_ways([(each.person_id, each.email) for each in found])
    return Reach(
        total=len(found),
        by_channel=Counter(channel for channel in ways if channel),
        by_language=Counter(each.language for each in found),
        by_nothing=ways.count(""),
    )
