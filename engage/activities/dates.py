"""One date of an activity: what it is like in local clock times, making it, and changing its row.

What follows for a whole series stands in `series`, what follows for guests in `registrations.changes`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from engage.activities import shifts
from engage.activities.models import Activity, Occurrence, OccurrenceState, Pool
from engage.activities.plans import Series
from engage.base.config import current_settings
from engage.base.db import db
from engage.base.errors import Refusal
from engage.base.i18n import lazy_gettext as _l
from engage.base.identifiers import public_id

MOST_NIGHTS = 60


class DateIsOver(Refusal):
    """The date has begun, or would have: what is past never changes, and nothing new begins in the past."""

    code = "date_is_over"
    message = _l("That is in the past. Choose a date that has not begun yet.")


class DateIsCalledOff(Refusal):
    """The date was called off, and people were told so."""

    code = "date_is_called_off"
    message = _l("This date is called off. Let it go ahead first, then you can change it.")


class DateChangedMeanwhile(Refusal):
    """Somebody changed the date while this was being written: a form tells all of it, also what its writer never touched."""

    code = "date_changed_meanwhile"
    message = _l(
        "Somebody changed this date while you were writing, and nothing of yours is saved yet. Look at the list of dates, "
        "then save again if yours is still right."
    )


class Field(StrEnum):
    """What one date of a series may have of its own."""

    DAY = "day"
    TIME = "time"
    PLACE = "place"
    CAPACITY = "capacity"


@dataclass(frozen=True, slots=True)
class Details:
    """What a date is like, its day apart: local clock times, where, and how many may come (None is no limit).

    It ends `nights` days after it began; without any, an end before the beginning is on the next day. `people` is
    ((role id, number), ...) for a date with roles, which decides the capacity then.
    """

    begins: time
    ends: time
    nights: int = 0
    place_id: int | None = None
    online_url: str = ""
    capacity: int | None = None
    people: tuple[tuple[int, int | None], ...] = ()


_PARTS = {
    Field.TIME: ("begins", "ends", "nights"),
    Field.PLACE: ("place_id", "online_url"),
    Field.CAPACITY: ("capacity", "people"),
}


def differing(one: Details, other: Details) -> frozenset[Field]:
    """The fields in which two dates are not alike."""
    return frozenset(
        field for field, parts in _PARTS.items() if any(getattr(one, part) != getattr(other, part) for part in parts)
    )


def merged(own: Details, wanted: Details, fields: Iterable[Field]) -> Details:
    """`own` with these fields as they are `wanted`."""
    parts = {part: getattr(wanted, part) for field in fields if field in _PARTS for part in _PARTS[field]}
    return replace(own, **parts)


def usual(activity: Activity, begins: time, ends: time) -> Details:
    """What a new date of this activity begins with."""
    people = tuple((role.id, role.capacity) for role in shifts.roles(activity.id))
    return complete(Details(begins, ends, 0, activity.place_id, activity.online_url, activity.capacity, people))


def complete(details: Details) -> Details:
    """With the night that an end before the beginning means, and the places that the roles add up to."""
    overnight = details.ends < details.begins and not details.nights
    capacity = shifts.total(number for _role, number in details.people) if details.people else details.capacity
    return replace(details, nights=1 if overnight else details.nights, capacity=capacity)


def instants(day: date, details: Details, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """When a date on this local day begins and ends, in UTC.

    A clock time that summer time skips is read with the offset before the gap, one that comes twice is the first of the two
    (RFC 5545, 3.3.5), which is what Python does with `fold` 0. An end that the gap would put before the start is the start.
    """
    last = day + timedelta(days=complete(details).nights)
    starts_at = datetime.combine(day, details.begins, zone).astimezone(UTC)
    return starts_at, max(starts_at, datetime.combine(last, details.ends, zone).astimezone(UTC))


def local_day(occurrence: Occurrence) -> date:
    """The day it begins on, where it is held."""
    return occurrence.starts_at.astimezone(occurrence.timezone).date()


def details(occurrence: Occurrence) -> Details:
    """What the date is like now."""
    starts_at = occurrence.starts_at.astimezone(occurrence.timezone)
    ends_at = occurrence.ends_at.astimezone(occurrence.timezone)
    return Details(
        begins=starts_at.time(),
        ends=ends_at.time(),
        nights=(ends_at.date() - starts_at.date()).days,
        place_id=occurrence.place_id,
        online_url=occurrence.online_url,
        capacity=occurrence.pool.capacity,
        people=tuple(sorted((pool.role_id, pool.capacity) for pool in occurrence.role_pools if pool.role_id)),
    )


def make(activity: Activity, day: date, wanted: Details, *, now: datetime, series: Series | None = None) -> Occurrence:
    """A row for one date, added to the session. Refuses with `DateIsOver`."""
    zone = ZoneInfo(series.zone) if series else current_settings().city.zone
    wanted = complete(_with_roles(activity, wanted))
    starts_at, ends_at = instants(day, wanted, zone)
    if starts_at <= now:
        raise DateIsOver
    occurrence = Occurrence(
        public_id=public_id(),
        activity=activity,
        place_id=wanted.place_id,
        online_url=wanted.online_url,
        starts_at=starts_at,
        ends_at=ends_at,
        zone=zone.key,
        state=OccurrenceState.SCHEDULED,
        series_id=series.id if series else None,
        series_day=day if series else None,
        updated_at=now,
        pool=Pool(capacity=wanted.capacity),
        role_pools=[Pool(role_id=role, capacity=number) for role, number in wanted.people],
    )
    db.session.add(occurrence)
    return occurrence


def _with_roles(activity: Activity, wanted: Details) -> Details:
    if wanted.people:
        return wanted
    return replace(wanted, people=tuple((role.id, role.capacity) for role in shifts.roles(activity.id)))


def put(occurrence: Occurrence, day: date, wanted: Details, *, now: datetime) -> bool:
    """Make the row what is wanted. Returns whether people must see the change, which raises its `sequence`."""
    wanted = complete(wanted)
    starts_at, ends_at = instants(day, wanted, occurrence.timezone)
    if starts_at <= now:
        raise DateIsOver
    seen = (starts_at, ends_at, wanted.place_id, wanted.online_url)
    visible = seen != (occurrence.starts_at, occurrence.ends_at, occurrence.place_id, occurrence.online_url)
    occurrence.starts_at, occurrence.ends_at, occurrence.place_id, occurrence.online_url = seen
    occurrence.pool.capacity = wanted.capacity
    people = dict(wanted.people)
    for pool in occurrence.role_pools:
        pool.capacity = people.get(pool.role_id or 0, pool.capacity)
    occurrence.sequence += visible
    occurrence.updated_at = now
    return visible


def call(occurrence: Occurrence, titles: Mapping[str, str], *, now: datetime) -> None:
    """Give this date titles of its own, by language; without any it is called as its activity."""
    occurrence.titles = {language: title for language, title in titles.items() if title}
    occurrence.sequence += 1
    occurrence.updated_at = now


def refuse_unchangeable(occurrence: Occurrence, now: datetime) -> None:
    """Refuse with `DateIsOver` or `DateIsCalledOff` where a date can only stay as it is."""
    if occurrence.starts_at <= now:
        raise DateIsOver
    if occurrence.state == OccurrenceState.CANCELLED:
        raise DateIsCalledOff


def as_seen(occurrence: Occurrence) -> str:
    """What changes with every change of the date: a form keeps it, and `refuse_changed` compares."""
    return occurrence.updated_at.astimezone(UTC).isoformat()


def refuse_changed(occurrence: Occurrence, seen: str) -> None:
    """Refuse with `DateChangedMeanwhile` when the date is not as it was `seen` ("" asks nothing)."""
    if seen and seen != as_seen(occurrence):
        raise DateChangedMeanwhile


def cancel(occurrences: Iterable[Occurrence], *, now: datetime) -> None:
    """Call these dates off: they stay, for all to see that they are."""
    for occurrence in occurrences:
        occurrence.state = OccurrenceState.CANCELLED
        occurrence.sequence += 1
        occurrence.called_off_at = occurrence.updated_at = now


def reinstate(occurrences: Iterable[Occurrence], *, now: datetime) -> None:
    """Let dates that were called off be held after all. Calendars take them up again by their higher `sequence`."""
    for occurrence in occurrences:
        occurrence.state = OccurrenceState.SCHEDULED
        occurrence.sequence += 1
        occurrence.called_off_at, occurrence.updated_at = None, now


def of(activity_id: int) -> list[Occurrence]:
    """All dates of an activity, by start."""
    query = select(Occurrence).where(Occurrence.activity_id == activity_id)
    query = query.options(selectinload(Occurrence.pool), selectinload(Occurrence.role_pools))
    return list(db.session.scalars(query.order_by(Occurrence.starts_at, Occurrence.id)))
