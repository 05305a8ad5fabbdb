"""What an organisation shows the public: its coming activities, and the dates its calendar holds."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select

from engage.activities.models import Activity, ActivityState, Occurrence, OccurrenceState
from engage.activities.removed import STAYS_CALLED_OFF
from engage.base.db import db

_MOST_ACTIVITIES = 60


@dataclass(frozen=True, slots=True)
class ComingActivity:
    """An activity at its next date, how many further ones it has, and when anything about it last changed."""

    occurrence_id: int
    more: int
    updated_at: datetime


def coming(organisation_id: int, now: datetime) -> list[ComingActivity]:
    """The activities of an organisation that are still to be held, the next one first; at most 60."""
    stands = (
        select(
            Occurrence.activity_id,
            func.min(Occurrence.starts_at).label("starts_at"),
            func.count().label("dates"),
            func.max(Occurrence.updated_at).label("dates_updated_at"),
        )
        .join(Activity)
        .where(Activity.organisation_id == organisation_id, Activity.state == ActivityState.PUBLISHED)
        .where(Occurrence.state == OccurrenceState.SCHEDULED, Occurrence.ends_at > now)
        .group_by(Occurrence.activity_id)
        .subquery()
    )
    next_one = (
        select(Occurrence.id)
        .where(Occurrence.activity_id == stands.c.activity_id, Occurrence.starts_at == stands.c.starts_at)
        .where(Occurrence.state == OccurrenceState.SCHEDULED)
        .order_by(Occurrence.id)
        .limit(1)
        .scalar_subquery()
    )
    rows = (
        select(next_one, stands.c.dates - 1, func.greatest(Activity.updated_at, stands.c.dates_updated_at))
        .join(Activity, Activity.id == stands.c.activity_id)
        .order_by(stands.c.starts_at, Activity.id)
        .limit(_MOST_ACTIVITIES)
    )
    return [ComingActivity(*row) for row in db.session.execute(rows)]


def in_feed(organisation_id: int, now: datetime, most: int) -> list[int]:
    """The ids of the dates a calendar that follows an organisation holds, the earliest first and at most so many.

    Those that are coming, and those called off within the last 30 days, so that a calendar takes them out again.
    """
    off = or_(Occurrence.state == OccurrenceState.CANCELLED, Activity.state == ActivityState.CALLED_OFF)
    changed_at = func.greatest(Occurrence.updated_at, Activity.updated_at)
    query = (
        select(Occurrence.id)
        .join(Activity)
        .where(Activity.organisation_id == organisation_id)
        .where(Activity.state.in_([ActivityState.PUBLISHED, ActivityState.CALLED_OFF]))
        .where(or_(~off & (Occurrence.ends_at > now), off & (changed_at > now - STAYS_CALLED_OFF)))
        .order_by(Occurrence.starts_at, Occurrence.id)
        .limit(most)
    )
    return list(db.session.scalars(query))
