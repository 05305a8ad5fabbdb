"""Series as time goes by: dates are made a year ahead, so each day a little more of a long rule comes within reach."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from engage.accounts import audit
from engage.activities import dates, recurrence, series
from engage.activities.models import Activity, ActivityState, Occurrence
from engage.activities.plans import Series
from engage.activities.recurrence import RuleNotUsable
from engage.base.db import db


def growing() -> list[int]:
    """The series that may have more dates one day: those with a rule, of what is published."""
    mine = (Activity.state == ActivityState.PUBLISHED) & (Series.rule != "")
    query = select(Series.id).join(Activity, Activity.id == Series.activity_id).where(mine)
    return list(db.session.scalars(query.order_by(Series.id)))


def extend(series_id: int, now: datetime) -> int:
    """Make the days of a rule that lie within its horizon and after the last one made. Returns how many.

    Never past the rule's own end. What was left out or removed is no day of the rule, and what was called off was made before,
    so both stay as they are. Doing it again, or twice at once, makes nothing more.
    """
    # Locked, so that two workers, or a worker and an organiser, do not both find the days empty.
    whole = db.session.get_one(Series, series_id, with_for_update=True)
    activity = db.session.get_one(Activity, whole.activity_id, with_for_update=True)
    reached = db.session.scalar(select(func.max(Occurrence.series_day)).where(Occurrence.series_id == series_id))
    if reached is None or activity.state != ActivityState.PUBLISHED:
        return 0
    zone = ZoneInfo(whole.zone)
    try:
        given = recurrence.days(series.rule_of(whole), now.astimezone(zone).date()).days
    except RuleNotUsable:  # it was ended before its first day, when all of it was called off
        return 0
    details = dates.complete(series.template(whole))
    there = {(each.starts_at, each.place_id) for each in dates.of(activity.id)}
    made = 0
    for day in given:
        starts_at, _ends_at = dates.instants(day, details, zone)
        if day > reached and starts_at > now and (starts_at, details.place_id) not in there:
            dates.make(activity, day, details, now=now, series=whole)
            made += 1
    if made:
        activity.updated_at = now
        db.session.flush()
        facts = {"series": whole.public_id, "dates": made}
        audit.record(None, "dates.series_extended", f"activity:{activity.public_id}", facts, now)
    return made
