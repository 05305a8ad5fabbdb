"""Adding dates to an activity that may have guests: who is signed up for a course as a whole comes to them too, and is told.

How the dates are made stands in `activities.series` and `activities.extending`.
"""

from datetime import date, datetime

from engage.activities import dates, extending, series
from engage.activities.dates import Details
from engage.activities.models import Occurrence
from engage.activities.plans import Series
from engage.activities.recurrence import Recurrence
from engage.base.db import db
from engage.registrations import courses


def add_date(activity_id: int, day: date, details: Details, *, now: datetime) -> Occurrence:
    """Add one date, see `series.add_date`."""
    courses.lock_whole(activity_id)
    made = series.add_date(activity_id, day, details, now=now)
    courses.added(activity_id, [made.id], now=now)
    return made


def add_series(activity_id: int, rule: Recurrence, details: Details, *, now: datetime) -> Series:
    """Add a series, see `series.add_series`."""
    courses.lock_whole(activity_id)
    known = {each.id for each in dates.of(activity_id)}
    made = series.add_series(activity_id, rule, details, now=now)
    courses.added(activity_id, {each.id for each in dates.of(activity_id)} - known, now=now)
    return made


def extend_series(series_id: int, *, now: datetime) -> int:
    """Make the dates of a long series that have come within reach, see `extending.extend`. Returns how many."""
    activity_id = db.session.get_one(Series, series_id).activity_id
    courses.lock_whole(activity_id)
    known = {each.id for each in dates.of(activity_id)}
    made = extending.extend(series_id, now)
    if made:
        courses.added(activity_id, {each.id for each in dates.of(activity_id)} - known, now=now)
    return made
