"""What is held near somewhere soon: each activity once, at its next date, the nearest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import asin, cos, radians, sin, sqrt

from sqlalchemy import select

from engage.activities.models import Activity, ActivityState, Occurrence, OccurrenceState, Place
from engage.base.db import db

_EARTH_KM = 6371.0
_SOON = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Nearby:
    """A date, and how far away it is in kilometres as the crow flies."""

    occurrence_id: int
    kilometres: float


def find(where: tuple[float, float], *, now: datetime, most: int = 15, within: timedelta = _SOON) -> Sequence[Nearby]:
    """The nearest of what begins in the coming two weeks, as far as it is known where it is. `where` is not kept."""
    rows = db.session.execute(
        select(Occurrence.id, Occurrence.activity_id, Place.latitude, Place.longitude)
        .join(Activity, Occurrence.activity_id == Activity.id)
        .join(Place, Occurrence.place_id == Place.id)
        .where(Activity.state == ActivityState.PUBLISHED, Occurrence.state == OccurrenceState.SCHEDULED)
        .where(Occurrence.starts_at > now, Occurrence.starts_at < now + within)
        .order_by(Occurrence.starts_at, Occurrence.id)
    )
    first: dict[int, Nearby] = {}
    for occurrence, activity, latitude, longitude in rows:
        if latitude is not None and longitude is not None:
            first.setdefault(activity, Nearby(occurrence, kilometres(where, (latitude, longitude))))
    # Stable: of what is equally far the sooner comes first.
    return sorted(first.values(), key=lambda each: round(each.kilometres))[:most]


def kilometres(one: tuple[float, float], other: tuple[float, float]) -> float:
    """The way between two points given as latitude and longitude (the haversine formula)."""
    (north, east), (other_north, other_east) = (map(radians, point) for point in (one, other))
    half = sin((other_north - north) / 2) ** 2 + cos(north) * cos(other_north) * sin((other_east - east) / 2) ** 2
    return 2 * _EARTH_KM * asin(sqrt(half))
