"""Changing dates of a series: one of them, this and the following, or all that are to come.

What has begun never changes. What was set for one date alone is kept when its series changes. Guests are not told here:
`registrations.changes` does both.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import func, select, update

from engage.activities import dates, recurrence, series
from engage.activities.dates import Details, Field
from engage.activities.models import Activity, Occurrence
from engage.activities.plans import Series
from engage.activities.recurrence import Frequency, Recurrence
from engage.base.db import db
from engage.base.identifiers import public_id


class Scope(StrEnum):
    """How far a change reaches. What has begun is never within it."""

    THIS = "this"
    FOLLOWING = "following"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Changed:
    """What a change did: the dates whose guests must be told, those with more or fewer places, and how many kept their own."""

    seen: tuple[int, ...] = ()
    resized: tuple[int, ...] = ()
    kept: Mapping[Field, int] = field(default_factory=dict)


def in_scope(occurrence: Occurrence, scope: Scope, *, now: datetime) -> list[Occurrence]:
    """The dates a change of this reach may touch: coming ones that stand, by the days of their rule."""
    if scope == Scope.THIS or occurrence.series_id is None:
        return [occurrence]
    coming = series.coming(occurrence.series_id, now)
    first = occurrence.series_day or date.min
    return [each for each in coming if scope == Scope.ALL or (each.series_day or date.min) >= first]


def change(occurrence: Occurrence, day: date, details: Details, scope: Scope = Scope.THIS, *, now: datetime) -> Changed:
    """Make a date what is wanted, and for a wider scope give the coming dates what was changed on it.

    Another day moves every date in scope by as many days. This and the following become a series of their own. Refuses with
    `DateIsOver` (also when a date would land in the past) or `DateIsCalledOff`.
    """
    dates.refuse_unchangeable(occurrence, now)
    details = dates.complete(details)
    shift = (day - dates.local_day(occurrence)).days
    fields = dates.differing(dates.details(occurrence), details) | ({Field.DAY} if shift else frozenset())
    if not fields:
        return Changed()
    db.session.get_one(Activity, occurrence.activity_id).updated_at = now
    if scope == Scope.THIS or occurrence.series_id is None:
        changed = _change([occurrence], occurrence, details, fields, shift, now)
        _mark(occurrence, fields)
    else:
        changed = _change_series(occurrence, details, scope, fields, shift, now)
    db.session.flush()
    return changed


def _mark(occurrence: Occurrence, fields: frozenset[Field]) -> None:
    """Note what this date has of its own: what was changed on it and is not as in its series."""
    if occurrence.series_id is None:
        return
    usual = series.template(db.session.get_one(Series, occurrence.series_id))
    mine = dates.details(occurrence)
    own = dates.differing(mine, replace(usual, people=mine.people))
    if dates.local_day(occurrence) != occurrence.series_day:
        own |= {Field.DAY}
    if occurrence.role_pools:
        own |= fields & {Field.CAPACITY}
    occurrence.overrides = sorted({*occurrence.overrides} - fields | (own & fields))


def _change_series(
    anchor: Occurrence, details: Details, scope: Scope, fields: frozenset[Field], shift: int, now: datetime
) -> Changed:
    changing = db.session.get_one(Series, anchor.series_id, with_for_update=True)
    chosen = in_scope(anchor, scope, now=now)
    # A shift moves the days of the rule too, which must not reach dates of the past: what is to come then goes apart.
    if scope == Scope.FOLLOWING or shift:
        changing = _split(changing, chosen[0])
    series.begin_with(changing, dates.merged(series.template(changing), details, fields))
    changed = _change(chosen, anchor, details, fields, shift, now)
    anchor.overrides = sorted({*anchor.overrides} - fields)
    if shift:
        _shift(changing, shift, now)
    return changed


def _change(
    chosen: Sequence[Occurrence],
    anchor: Occurrence,
    details: Details,
    fields: frozenset[Field],
    shift: int,
    now: datetime,
) -> Changed:
    """Give each its fields, save those it has of its own; the anchor gets all."""
    seen, resized, kept = [], [], Counter[Field]()
    for each in chosen:
        own = fields & {Field(name) for name in each.overrides} if each is not anchor else frozenset()
        kept.update(own)
        given, days = fields - own, timedelta(days=0 if Field.DAY in own else shift)
        if not given:
            continue
        before = each.pool.capacity
        wanted = dates.merged(dates.details(each), details, given)
        if dates.put(each, dates.local_day(each) + days, wanted, now=now):
            seen.append(each.id)
        if each.pool.capacity != before:
            resized.append(each.id)
    return Changed(tuple(seen), tuple(resized), dict(kept))


def _split(whole: Series, first: Occurrence) -> Series:
    """Make the dates from `first` on a series of their own, unless nothing comes before them."""
    day, mine = first.series_day, Occurrence.series_id == whole.id
    days = db.session.execute(
        select(func.min(Occurrence.series_day), func.max(Occurrence.series_day)).where(mine)
    ).one()
    if day is None or days[0] == day:
        return whole
    rule = series.rule_of(whole)
    # A rule that counts may reach further than the dates made of it so far.
    last = rule.until or max(days[1] or day, recurrence.last_day(rule))
    later = Series(public_id=public_id(), activity_id=whole.activity_id, zone=whole.zone, created_at=whole.created_at)
    series.begin_with(later, series.template(whole))
    series.write(later, rule.starting(day, last))
    series.write(whole, rule.before(day))
    db.session.add(later)
    db.session.flush()
    db.session.execute(update(Occurrence).where(mine, Occurrence.series_day >= day).values(series_id=later.id))
    return later


def _shift(changing: Series, by: int, now: datetime) -> None:
    """Move the rule and the days it gave. Where no rule gives just these days any more, they stand one by one."""
    rows = db.session.scalars(select(Occurrence).where(Occurrence.series_id == changing.id)).all()
    for each in rows:
        each.series_day = each.series_day + timedelta(days=by) if each.series_day else None
    days = tuple(sorted(each.series_day for each in rows if each.series_day))
    moved = series.rule_of(changing).shifted(by)
    # What lies after the last date made is not made yet, and no sign that the rhythm is another.
    keeps = (
        moved is not None and tuple(day for day in recurrence.days(moved, now.date()).days if day <= days[-1]) == days
    )
    series.write(changing, moved if keeps and moved else Recurrence(Frequency.DATES, days[0], days=days))
