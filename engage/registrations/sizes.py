"""How many places a course has: the number of its smallest date, so that one changes those of all its dates together."""

from dataclasses import replace
from datetime import datetime

from engage.activities import dates
from engage.activities.models import Occurrence, OccurrenceState
from engage.activities.scopes import Scope
from engage.base.db import db
from engage.registrations import changes, courses, pools, waiting
from engage.registrations.refusals import NotOpen


def resize_course(activity_id: int, places: int | None, *, now: datetime) -> None:
    """Give every date of a course so many places, None for no limit; who waits is served. Fewer than are taken puts nobody
    out. Refuses with `NotOpen` when nothing of it is to come.
    """
    courses.lock_whole(activity_id)
    db.session.expire_all()
    stand = [each for each in dates.of(activity_id) if each.state == OccurrenceState.SCHEDULED]
    coming = [each for each in stand if each.starts_at > now]
    if not coming:
        raise NotOpen
    for each in coming:  # those of one series follow the first of them, unless they have a number of their own
        if each.pool.capacity != places:
            _resize(each, places, now)
    for each in stand:
        # What began already must not be the smallest: whoever joins now takes no seat there.
        if each.starts_at <= now and each.pool.capacity is not None:
            each.pool.capacity = places if places is None else max(places, each.pool.capacity)
    db.session.flush()
    waiting.serve(coming[0].id, now=now)


def places_of(occurrence_id: int) -> int | None:
    """How many places there are for a date or its course; None without a limit."""
    room = pools.look(occurrence_id)
    return room.capacity if room is not None else None


def _resize(occurrence: Occurrence, places: int | None, now: datetime) -> None:
    scope = Scope.ALL if occurrence.series_id is not None and not occurrence.overrides else Scope.THIS
    wanted = replace(dates.details(occurrence), capacity=places)
    changes.change(occurrence.id, dates.local_day(occurrence), wanted, scope, now=now)
