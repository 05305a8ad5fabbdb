"""Series: many dates made from one rule, shown before they are saved, and following another rule later.

Changing the dates of a series stands in `scopes`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from engage.activities import dates, recurrence
from engage.activities.dates import DateIsOver, Details
from engage.activities.models import Activity, ActivityState, Occurrence, OccurrenceState
from engage.activities.plans import Series
from engage.activities.recurrence import Frequency, Recurrence
from engage.base.config import current_settings
from engage.base.db import db
from engage.base.errors import Refusal
from engage.base.i18n import current_language
from engage.base.i18n import lazy_gettext as _l
from engage.base.identifiers import public_id

_TEMPLATE = ("begins", "ends", "nights", "place_id", "online_url", "capacity")


class NothingNew(Refusal):
    """Every day of the rule is past, left out, or has this very date already."""

    code = "nothing_new"
    message = _l("There is no new date in this. The days may be in the past, or stand here already.")


@dataclass(frozen=True, slots=True)
class PreviewDay:
    """A day a rule gives, before anything is saved. `fits` is False for what has begun or stands there already.

    `joins` tells of a date that stands there alone, and would become one of the series.
    """

    day: date
    starts_at: datetime
    ends_at: datetime
    holiday: str
    fits: bool
    joins: bool = False


@dataclass(frozen=True, slots=True)
class Preview:
    """What a rule would make, and what its author should know: months that are too short for it, and later days cut off."""

    days: tuple[PreviewDay, ...]
    skipped_months: tuple[date, ...]
    cut: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """What another rule would do to a series: days it adds, and coming dates that are no longer in it."""

    added: tuple[PreviewDay, ...]
    removed: tuple[Occurrence, ...]
    kept: int
    skipped_months: tuple[date, ...]
    cut: bool


def add_date(activity_id: int, day: date, details: Details, *, now: datetime) -> Occurrence:
    """Add one date that belongs to no series. Refuses with `dates.DateIsOver`."""
    return add_dates(activity_id, [(day, details)], now=now)[0]


def add_dates(activity_id: int, wanted: Sequence[tuple[date, Details]], *, now: datetime) -> list[Occurrence]:
    """Add these dates, each with its own places. Refuses with `dates.DateIsOver` when one of them would have begun."""
    activity = db.session.get_one(Activity, activity_id)
    made = [dates.make(activity, day, each, now=now) for day, each in wanted]
    activity.updated_at = now
    db.session.flush()
    return made


def preview(activity_id: int, rule: Recurrence, details: Details, *, now: datetime) -> Preview:
    """The dates `add_series` would make. Refuses with `recurrence.RuleNotUsable`."""
    zone = current_settings().city.zone
    given = recurrence.days(rule, now.astimezone(zone).date())
    there = {(each.starts_at, each.place_id): each for each in dates.of(activity_id)}
    found = []
    for day in given.days:
        starts_at, ends_at = dates.instants(day, details, zone)
        standing = there.get((starts_at, details.place_id))
        coming = starts_at > now
        joins = coming and standing is not None and _is_single(standing)
        found.append(_shown(day, starts_at, ends_at, coming and standing is None, joins))
    return Preview(tuple(found), given.skipped_months, given.cut)


def _is_single(occurrence: Occurrence) -> bool:
    return occurrence.series_id is None and occurrence.state == OccurrenceState.SCHEDULED


def _shown(day: date, starts_at: datetime, ends_at: datetime, fits: bool, joins: bool = False) -> PreviewDay:
    name = recurrence.holiday(day, current_settings().city.country, current_language())
    return PreviewDay(day, starts_at, ends_at, name, fits, joins)


def add_series(activity_id: int, rule: Recurrence, details: Details, *, now: datetime) -> Series:
    """Make a series with the dates that `preview` shows as fitting, and those that join; sent in twice, the second refuses.

    Refuses with `recurrence.RuleNotUsable` or `NothingNew`.
    """
    # The activity's row is locked so that two presses of the button cannot both find the days empty.
    activity = db.session.get_one(Activity, activity_id, with_for_update=True)
    shown = preview(activity_id, rule, details, now=now).days
    fitting = [each.day for each in shown if each.fits]
    if not fitting:
        raise NothingNew
    details = dates.complete(details)
    series = Series(
        public_id=public_id(),
        activity_id=activity_id,
        zone=current_settings().city.zone.key,
        created_at=now,
    )
    write(series, rule)
    begin_with(series, details)
    db.session.add(series)
    db.session.flush()
    _join(series, activity, {each.starts_at: each.day for each in shown if each.joins}, details, now)
    for day in fitting:
        dates.make(activity, day, details, now=now, series=series)
    activity.updated_at = now
    db.session.flush()
    return series


def _join(
    series: Series, activity: Activity, joining: Mapping[datetime, date], details: Details, now: datetime
) -> None:
    """Take single dates into the series. What nobody has seen yet becomes like the others, the rest keeps its own."""
    for occurrence in dates.of(activity.id):
        day = joining.get(occurrence.starts_at) if occurrence.place_id == details.place_id else None
        if day is None or not _is_single(occurrence):
            continue
        occurrence.series_id, occurrence.series_day = series.id, day
        if activity.state == ActivityState.DRAFT and activity.published_at is None:
            dates.put(occurrence, day, details, now=now)
        mine = dates.details(occurrence)
        occurrence.overrides = sorted(dates.differing(mine, replace(details, people=mine.people)))


def rule_of(series: Series) -> Recurrence:
    """The series' rule."""
    return recurrence.read(series.rule, series.first_day, series.days, series.excluded)


def template(series: Series) -> Details:
    """What the series' dates begin with."""
    return Details(**{name: getattr(series, name) for name in _TEMPLATE})


def write(series: Series, rule: Recurrence) -> None:
    """Make `rule` the series' own."""
    series.first_day, series.rule = rule.first, recurrence.text(rule)
    series.days, series.excluded = sorted(set(rule.days)), sorted(set(rule.excluded))


def begin_with(series: Series, details: Details) -> None:
    """Let the series' dates begin with these details."""
    for name in _TEMPLATE:
        setattr(series, name, getattr(details, name))


def coming(series_id: int, now: datetime) -> list[Occurrence]:
    """The dates of a series that stand and have not begun, by the days of its rule."""
    query = select(Occurrence).where(
        Occurrence.series_id == series_id,
        Occurrence.starts_at > now,
        Occurrence.state == OccurrenceState.SCHEDULED,
    )
    query = query.options(selectinload(Occurrence.pool), selectinload(Occurrence.role_pools))
    return list(db.session.scalars(query.order_by(Occurrence.series_day, Occurrence.id)))


def plan(series: Series, rule: Recurrence, *, now: datetime) -> Plan:
    """What `rule` in place of the series' own would add and remove, without doing it. Refuses with `recurrence.RuleNotUsable`.

    Days that were left out before stay left out.
    """
    zone = ZoneInfo(series.zone)
    given = recurrence.days(_without_excluded(series, rule), now.astimezone(zone).date())
    known = set(db.session.scalars(select(Occurrence.series_day).where(Occurrence.series_id == series.id)))
    added = []
    for day in given.days:
        starts_at, ends_at = dates.instants(day, template(series), zone)
        if day not in known and starts_at > now:
            added.append(_shown(day, starts_at, ends_at, True))
    there = coming(series.id, now)
    removed = tuple(each for each in there if each.series_day not in given.days)
    return Plan(tuple(added), removed, len(there) - len(removed), given.skipped_months, given.cut)


def _without_excluded(series: Series, rule: Recurrence) -> Recurrence:
    """The rule, with the days left out so far; a list of days says itself what is in it."""
    if rule.frequency == Frequency.DATES:
        return rule
    return replace(rule, excluded=tuple({*series.excluded, *rule.excluded}))


def follow(series: Series, rule: Recurrence, *, now: datetime) -> list[Occurrence]:
    """Write `rule` into the series and make the days that `plan` adds; what it removes is for the caller to call off."""
    activity = db.session.get_one(Activity, series.activity_id, with_for_update=True)
    days = [each.day for each in plan(series, rule, now=now).added]
    write(series, _without_excluded(series, rule))
    made = [dates.make(activity, day, template(series), now=now, series=series) for day in days]
    activity.updated_at = now
    db.session.flush()
    return made


def end_before(occurrence: Occurrence) -> None:
    """Let the date's series end before it, so that no rule speaks of what is taken away from there on."""
    if occurrence.series_id is not None and occurrence.series_day is not None:
        series = db.session.get_one(Series, occurrence.series_id)
        write(series, rule_of(series).before(occurrence.series_day))


def take_up(occurrence: Occurrence) -> None:
    """Let the rule speak of a date again that was taken out of it when it was called off."""
    if occurrence.series_id is None or occurrence.series_day is None:
        return
    series, day = db.session.get_one(Series, occurrence.series_id), occurrence.series_day
    rule = rule_of(series)
    if rule.frequency == Frequency.DATES:
        write(series, replace(rule, days=(*rule.days, day)))
    elif rule.until is not None and rule.until < day:
        write(series, replace(rule, until=day))


def delete(occurrences: Sequence[Occurrence], *, now: datetime, by_rule: bool = False) -> None:
    """Take away dates that nobody ever signed up for. Their series leaves those days out from now on, save those its rule no
    longer gives (`by_rule`): a longer rule gives them again."""
    for each in occurrences:
        if each.starts_at <= now:
            raise DateIsOver
        db.session.get_one(Activity, each.activity_id).updated_at = now
        if not by_rule and each.series_id is not None and each.series_day is not None:
            series = db.session.get_one(Series, each.series_id)
            series.excluded = sorted({*series.excluded, each.series_day})
        db.session.delete(each)
    db.session.flush()
