"""The dates of an activity in the organiser's room: the list of them, and how people join. One date stands in `date`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import abort, redirect, render_template, url_for
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from engage.accounts import audit
from engage.activities import dates as activity_dates
from engage.activities import series, shifts
from engage.activities.dates import Field
from engage.activities.models import Activity, ActivityState, Kind, Occurrence, OccurrenceState, SignUpMode
from engage.activities.plans import Series, ShiftRole
from engage.base import wording
from engage.base.clock import utc_now
from engage.base.db import db
from engage.base.i18n import gettext as _
from engage.base.i18n import in_language, ngettext
from engage.registrations import guests
from engage.web import cards
from engage.web.organiser import blueprint, doors, rhythm
from engage.web.views import Leaf
from engage.web.who import current_account

PATH = "/aktiviteter/<activity>/datoer"
Values = MultiDict[str, str]


@dataclass(frozen=True, slots=True)
class DateLine:
    """A date in the list: when, where, how many come, and what is special about it."""

    leaf: Leaf
    when: str
    called: str  # what this date alone is called, or ""
    where: str
    taken: str
    labels: tuple[str, ...]
    roles: tuple[str, ...]  # "Grill: 2 of 3", for a date with roles
    called_off: bool
    own: str  # what it keeps when its series changes
    check_in_url: str  # "" where check-in is far away
    guests_url: str  # "" where nobody signs up
    change_url: str  # "" for what cannot be changed any more
    remove_url: str
    ahead_url: str  # where a calling-off is taken back, or ""


@dataclass(frozen=True, slots=True)
class Group:
    """The coming dates of one series, or those that stand alone (`heading` is empty then)."""

    heading: str
    kept: tuple[str, ...]  # "3 dates keep their own time"
    change_url: str
    lines: tuple[DateLine, ...]


@dataclass(frozen=True, slots=True)
class RoleLine:
    """A role in the list."""

    name: str
    language: str
    needed: str
    hours: str
    vetting: str
    url: str


def title(activity: Activity) -> str:
    """The activity's title in the reader's language."""
    return in_language({text.language: text.title for text in activity.texts}) or _("Without a title")


def changeable(activity: str) -> Activity:
    """The activity with this public id, whose dates may be changed now: not while staff look at it, nor once called off."""
    own = doors.own_activity(activity)
    if own.state not in {ActivityState.DRAFT, ActivityState.PUBLISHED}:
        abort(redirect(url_for(".activity", activity=own.public_id)))
    return own


def record(action: str, activity: Activity, now: datetime, **facts: Any) -> None:
    """Write what was done with the dates into the log."""
    audit.record(current_account(), f"dates.{action}", f"activity:{activity.public_id}", facts, now)


@blueprint.get(PATH)
def dates(activity: str) -> str:
    """All dates, those to come first."""
    own, now = changeable(activity), utc_now()
    every, asking = activity_dates.of(own.id), guests.to_approve(own.id)
    coming = [each for each in every if each.ends_at > now]
    volunteer = own.kind == Kind.VOLUNTEER
    return render_template(
        "organiser/dates.html",
        activity=own,
        title=title(own),
        groups=_groups(own, coming, asking, now),
        past=[_line(own, each, asking, now) for each in reversed(every) if each.ends_at <= now][:60],
        roles=[_role(own, each) for each in shifts.roles(own.id)] if volunteer else None,
        published=own.state == ActivityState.PUBLISHED,
        draft=own.state == ActivityState.DRAFT,
        volunteer=volunteer,
        sign_up_url=url_for(".sign_up", activity=own.public_id),
    )


def _groups(activity: Activity, coming: Sequence[Occurrence], asking: Mapping[int, int], now: datetime) -> list[Group]:
    by_series: dict[int | None, list[Occurrence]] = {}
    for each in coming:
        by_series.setdefault(each.series_id, []).append(each)
    rules = {each.id: each for each in db.session.scalars(select(Series).where(Series.activity_id == activity.id))}
    return [_group(activity, rules.get(number or 0), theirs, asking, now) for number, theirs in by_series.items()]


def _group(
    activity: Activity, rule: Series | None, theirs: Sequence[Occurrence], asking: Mapping[int, int], now: datetime
) -> Group:
    lines = tuple(_line(activity, each, asking, now) for each in theirs)
    if rule is None:
        return Group("", (), "", lines)
    spoken = rhythm.said(series.rule_of(rule), now.date())
    return Group(
        heading=f"{spoken}, {wording.clock_range(rule.begins, rule.ends)}",
        kept=tuple(kept_words({field: sum(field in each.overrides for each in theirs) for field in Field})),
        change_url=url_for(".series_page", activity=activity.public_id, series=rule.public_id),
        lines=lines,
    )


def kept_words(kept: dict[Field, int]) -> list[str]:
    """ "3 dates keep their own time", for each field that some date has of its own."""
    words = {
        Field.DAY: lambda number: ngettext(
            "%(number)s date keeps its own day", "%(number)s dates keep their own day", number
        ),
        Field.TIME: lambda number: ngettext(
            "%(number)s date keeps its own time", "%(number)s dates keep their own time", number
        ),
        Field.PLACE: lambda number: ngettext(
            "%(number)s date keeps its own place", "%(number)s dates keep their own place", number
        ),
        Field.CAPACITY: lambda number: ngettext(
            "%(number)s date keeps its own number of places", "%(number)s dates keep their own number of places", number
        ),
    }
    return [words[field](number) for field, number in kept.items() if number]


def _line(activity: Activity, occurrence: Occurrence, asking: Mapping[int, int], now: datetime) -> DateLine:
    start = occurrence.starts_at.astimezone(occurrence.timezone)
    called_off, open_ = occurrence.state == OccurrenceState.CANCELLED, occurrence.starts_at > now

    def page(endpoint: str, *, shown: bool) -> str:
        return url_for(endpoint, activity=activity.public_id, occurrence=occurrence.public_id) if shown else ""

    return DateLine(
        leaf=cards.leaf(start),
        when=wording.when(occurrence.starts_at, occurrence.ends_at, occurrence.timezone, now),
        called=in_language(occurrence.titles) if occurrence.titles else "",
        where=occurrence.place.name if occurrence.place else _("Online"),
        taken=_taken(activity, occurrence),
        labels=tuple(_labels(occurrence, asking.get(0, 0) or asking.get(occurrence.id, 0), called_off)),
        roles=tuple(map(_filled, shifts.needs_of(occurrence))),
        called_off=called_off,
        own=wording.listing([_own(Field(name)) for name in occurrence.overrides]),
        check_in_url=page(".door_page", shown=occurrence.starts_at - now < timedelta(days=7) and not called_off),
        guests_url=page(".guests_page", shown=activity.sign_up != SignUpMode.DROP_IN),
        change_url=page(".date_page", shown=open_ and not called_off),
        remove_url=page(".remove_page", shown=open_ and not called_off),
        ahead_url=page(".reinstate_page", shown=open_ and called_off),
    )


def _taken(activity: Activity, occurrence: Occurrence) -> str:
    pool = occurrence.pool
    if activity.sign_up == SignUpMode.DROP_IN:
        return ""
    if pool.capacity is None:
        return ngettext("%(number)s place taken", "%(number)s places taken", pool.occupied)
    words = _("%(taken)s of %(capacity)s places taken", taken=pool.occupied, capacity=pool.capacity)
    over = pool.occupied - pool.capacity
    return words + " (" + _("%(number)s too many", number=over) + ")" if over > 0 else words


def _filled(need: shifts.Need) -> str:
    """How many have signed up for a role, of those it needs, and how many wait for it."""
    name = in_language(need.role.names)
    number = (
        _("%(taken)s of %(capacity)s", taken=need.occupied, capacity=need.capacity)
        if need.capacity is not None
        else str(need.occupied)
    )
    waits = ngettext("%(number)s waits", "%(number)s wait", need.waiting)
    return f"{name}: {number}, {waits}" if need.waiting else f"{name}: {number}"


def _labels(occurrence: Occurrence, to_approve: int, called_off: bool) -> list[str]:
    labels = [_("Called off")] if called_off else []
    if occurrence.pool.waiting:
        labels.append(ngettext("%(number)s waits", "%(number)s wait", occurrence.pool.waiting))
    if to_approve:
        labels.append(ngettext("%(number)s to approve", "%(number)s to approve", to_approve))
    return labels


def _own(field: Field) -> str:
    names = {
        Field.DAY: _("day"),
        Field.TIME: _("time"),
        Field.PLACE: _("place"),
        Field.CAPACITY: _("number of places"),
    }
    return names[field]


def _role(activity: Activity, role: ShiftRole) -> RoleLine:
    hours = wording.clock_range(role.begins, role.ends) if role.begins and role.ends else _("as long as the date")
    needed = ngettext("%(number)s person", "%(number)s people", role.capacity) if role.capacity is not None else ""
    name = in_language(role.names)
    return RoleLine(
        name=name,
        language=next(code for code, words in role.names.items() if words == name),
        needed=needed or _("As many as come"),
        hours=hours,
        vetting=in_language(role.vetting),
        url=url_for(".role_page", activity=activity.public_id, role=role.public_id),
    )
