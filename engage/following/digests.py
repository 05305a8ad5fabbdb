"""What a person hears of this week: what is new of what they follow, then what comes soon. Putting it in words is `letters`."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from engage.activities import calendar, facts
from engage.activities.facts import OccurrenceFacts
from engage.activities.models import Activity, Occurrence, SignUpMode
from engage.activities.showing import Hit
from engage.base.config import current_settings
from engage.base.db import db
from engage.base.i18n import current_language
from engage.following.criteria import Criteria, filters_of
from engage.following.models import Followed
from engage.following.topics import followed
from engage.registrations import LIVE, Registration, mine, pools
from engage.registrations.pools import Room

# How far ahead a weekly letter looks, apart from what is new; and how much of it anybody reads.
HORIZON = timedelta(weeks=3)
MOST = 8
# Of each topic so many are looked at, and of all topics so many are read: nobody wants more counted.
_LOOKED_AT, _MOST_READ = 1000, 150


@dataclass(frozen=True)
class Digest:
    """At most `MOST` dates: what was published since the last letter, what else comes within `HORIZON`, and what is full but has
    a waiting list; `more` counts what fits besides.
    """

    topics: tuple[Criteria, ...]
    new: tuple[OccurrenceFacts, ...] = ()
    coming: tuple[OccurrenceFacts, ...] = ()
    full: tuple[OccurrenceFacts, ...] = ()
    more: int = 0

    @property
    def shown(self) -> tuple[OccurrenceFacts, ...]:
        return (*self.new, *self.coming, *self.full)


def compose(person_id: int, *, now: datetime) -> Digest:
    """The letter as it would be written now, in the language spoken now. One without anything `new` is not worth sending."""
    own = followed(person_id)
    topics = tuple(each.criteria for each in own)
    found = _found(own, now)
    if not found:
        return Digest(topics)
    has = _signed_up_for(person_id)
    new: list[OccurrenceFacts] = []
    coming: list[OccurrenceFacts] = []
    full: list[OccurrenceFacts] = []
    known = facts.occurrences(list(found), current_language())
    possible = [each for each in known if not (each.activity_id in has or each.called_off or each.starts_at <= now)]
    rooms = pools.look_at([each.occurrence_id for each in possible if each.sign_up != SignUpMode.DROP_IN])
    for date in sorted(possible, key=lambda each: (each.starts_at, each.occurrence_id)):
        free = date.sign_up == SignUpMode.DROP_IN or _has_room(rooms.get(date.occurrence_id), now)
        if free is not None:
            (full if not free else new if found[date.occurrence_id] else coming).append(date)
    first, then, last = _first([new, coming, full], MOST)
    more = len(new) + len(coming) + len(full) - len(first) - len(then) - len(last)
    return Digest(topics, first, then, last, more)


def _found(own: Iterable[Followed], now: datetime) -> dict[int, bool]:
    """The next date of each activity that fits, by its id, and whether its follower has not been told of the activity yet."""
    zone = current_settings().city.zone
    own = list(own)
    published = _published_since(min((each.told_at for each in own), default=now))
    found: dict[int, bool] = {}
    for each in own:
        hits = calendar.find(filters_of(each.criteria), now=now, zone=zone, per_page=_LOOKED_AT, counting=False).hits
        for hit in hits:
            is_new = published.get(hit.occurrence_id, each.told_at) > each.told_at
            if is_new or _is_soon(hit, now):
                found[hit.occurrence_id] = found.get(hit.occurrence_id, False) or is_new
    # What is new stays in any case; the rest is in the order of its dates, topic by topic.
    kept = sorted(found, key=lambda number: not found[number])[:_MOST_READ]
    return {number: found[number] for number in kept}


def _is_soon(hit: Hit, now: datetime) -> bool:
    return hit.starts_at < now + HORIZON


def _published_since(instant: datetime) -> dict[int, datetime]:
    """When activities were published, by the ids of their dates, as far as that was after an instant."""
    query = (
        select(Occurrence.id, Activity.published_at)
        .join(Activity, Occurrence.activity_id == Activity.id)
        .where(Activity.published_at > instant)
    )
    return {row.id: row.published_at for row in db.session.execute(query)}


def _signed_up_for(person_id: int) -> set[int]:
    """The activities of which they have a date already: of those they hear anyway."""
    query = (
        select(Occurrence.activity_id)
        .join(Registration, Registration.occurrence_id == Occurrence.id)
        .where(mine.theirs(person_id), Registration.state.in_(LIVE))
    )
    return set(db.session.scalars(query))


def _has_room(room: Room | None, now: datetime) -> bool | None:
    """Whether one may still have a place; False where only a line is left to join, None where there is nothing to be had."""
    if room is None or not room.stands or room.closes_at <= now:
        return None
    if room.has_room_for(1, now):
        return True
    return False if room.may_wait(1) else None


def _first(groups: list[list[OccurrenceFacts]], most: int) -> Iterator[tuple[OccurrenceFacts, ...]]:
    for group in groups:
        taken = tuple(group[:most])
        most -= len(taken)
        yield taken
