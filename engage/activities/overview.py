"""What an organisation has going on, for its own eyes: a few queries whatever there is, none for each row."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, case, exists, func, literal, or_, select, tuple_
from sqlalchemy.orm import aliased, selectinload
from sqlalchemy.sql.selectable import LateralFromClause

from engage.accounts.models import User
from engage.activities.models import (
    Activity,
    ActivityState,
    ActivityText,
    Occurrence,
    OccurrenceState,
    Pool,
    SignUpMode,
)
from engage.activities.readiness import missing
from engage.activities.terms import WaitingMode
from engage.base.config import current_settings
from engage.base.db import db

PER_PAGE = 40
_MOST_DATES, _MOST_DRAFTS, _MOST_WAITING = 12, 20, 10


@dataclass(frozen=True, slots=True)
class Line:
    """An activity in a list of its organiser. `title` is in the wanted language or the one there is; it may be empty.

    `begins_at` is its next date that stands, or its last one; `coming` counts those still to come.
    """

    activity: str
    title: str
    language: str
    state: ActivityState
    updated_at: datetime
    updated_by: str
    submitted_at: datetime | None
    published_at: datetime | None
    sent_back_at: datetime | None
    review_words: str
    begins_at: datetime | None
    coming: int
    missing: int = 0

    @property
    def sent_back(self) -> bool:
        return self.state == ActivityState.DRAFT and bool(self.review_words)

    @property
    def changed(self) -> bool:
        """Whether something was changed since it was published."""
        return (
            self.state == ActivityState.PUBLISHED
            and self.published_at is not None
            and self.updated_at > self.published_at
        )

    @property
    def held(self) -> bool:
        """Whether all its dates are over."""
        return self.state == ActivityState.PUBLISHED and self.begins_at is not None and not self.coming


@dataclass(frozen=True, slots=True)
class Crowded:
    """A coming date on which somebody waits for a place. `to_give` are free places that wait for the organiser to choose."""

    activity: str
    occurrence: str
    title: str
    language: str
    starts_at: datetime
    zone: ZoneInfo
    waiting: int
    to_give: int


@dataclass(frozen=True, slots=True)
class Overview:
    """What an organiser sees first. `coming` holds ids of occurrences for `facts.occurrences`, the next one first."""

    sent_back: tuple[Line, ...]
    drafts: tuple[Line, ...]
    in_review: tuple[Line, ...]
    crowded: tuple[Crowded, ...]
    coming: tuple[int, ...]
    has_any: bool


def overview(organisation_id: int, language: str, now: datetime) -> Overview:
    """Everything of this organisation that is under way."""
    unseen = Activity.state.in_([ActivityState.DRAFT, ActivityState.IN_REVIEW])
    rows = _lines(organisation_id, language, now).where(unseen).order_by(Activity.updated_at.desc()).limit(60)
    lines = [Line(*row) for row in db.session.execute(rows)]
    lacking = _missing([line.activity for line in lines if line.state == ActivityState.DRAFT][:_MOST_DRAFTS], now)
    lines = [replace(line, missing=lacking.get(line.activity, 0)) for line in lines]
    drafts = [line for line in lines if line.state == ActivityState.DRAFT]
    has_any = bool(lines) or bool(
        db.session.scalar(select(exists().where(Activity.organisation_id == organisation_id)))
    )
    return Overview(
        sent_back=tuple(line for line in drafts if line.sent_back),
        drafts=tuple(line for line in drafts if not line.sent_back)[:_MOST_DRAFTS],
        in_review=tuple(line for line in lines if line.state == ActivityState.IN_REVIEW),
        crowded=_crowded(organisation_id, language, now),
        coming=_coming(organisation_id, now),
        has_any=has_any,
    )


def sent_back(organisations: Collection[int]) -> dict[int, int]:
    """How many drafts the reviewers sent back to each of these organisations, where there are any."""
    query = select(Activity.organisation_id, func.count()).where(
        Activity.organisation_id.in_(organisations), Activity.state == ActivityState.DRAFT, Activity.review_words != ""
    )
    rows = db.session.execute(query.group_by(Activity.organisation_id))
    return {organisation: number for organisation, number in rows}  # noqa: C416  (rows are no pairs to the types)


def everything(
    organisation_id: int, language: str, now: datetime, words: str = "", page: int = 1
) -> tuple[list[Line], int]:
    """A page of all activities of this organisation, the last changed first, and how many there are in all.

    `words` keeps those with every one of them in a title.
    """
    query = _lines(organisation_id, language, now)
    for word in words.split()[:8]:
        titled = ActivityText.title.icontains(word, autoescape=True)
        query = query.where(exists().where(ActivityText.activity_id == Activity.id, titled))
    count = db.session.scalar(select(func.count()).select_from(query.subquery())) or 0
    shown = query.order_by(Activity.updated_at.desc(), Activity.id.desc()).offset((page - 1) * PER_PAGE).limit(PER_PAGE)
    return [Line(*row) for row in db.session.execute(shown)], count


def _words(language: str) -> LateralFromClause:
    """An activity's title, in the wanted language, the city's, or any."""
    default = current_settings().city.languages[0]
    order = case((ActivityText.language == language, 0), (ActivityText.language == default, 1), else_=2)
    return (
        select(ActivityText.title, ActivityText.language)
        .where(ActivityText.activity_id == Activity.id)
        .order_by(ActivityText.title == "", order, ActivityText.language)
        .limit(1)
        .lateral("words")
    )


def _lines(organisation_id: int, language: str, now: datetime) -> Any:
    words = _words(language)
    stands: ColumnElement[bool] = (Occurrence.ends_at > now) & (Occurrence.state == OccurrenceState.SCHEDULED)
    dates = (
        select(
            func.coalesce(func.min(Occurrence.starts_at).filter(stands), func.max(Occurrence.starts_at)).label(
                "begins"
            ),
            func.count().filter(stands).label("coming"),
        )
        .where(Occurrence.activity_id == Activity.id)
        .lateral("dates")
    )
    return (
        select(
            Activity.public_id,
            func.coalesce(words.c.title, ""),
            func.coalesce(words.c.language, ""),
            Activity.state,
            Activity.updated_at,
            func.coalesce(User.name, ""),
            Activity.submitted_at,
            Activity.published_at,
            Activity.sent_back_at,
            Activity.review_words,
            dates.c.begins,
            dates.c.coming,
        )
        .select_from(Activity)
        .outerjoin(words, literal(True))
        .join(dates, literal(True))
        .outerjoin(User, Activity.updated_by_id == User.id)
        .where(Activity.organisation_id == organisation_id)
    )


def _missing(activities: Sequence[str], now: datetime) -> dict[str, int]:
    """How many things each draft lacks; read in one query a table."""
    if not activities:
        return {}
    query = select(Activity).where(Activity.public_id.in_(activities))
    loaded = query.options(
        *(selectinload(each) for each in (Activity.texts, Activity.occurrences, Activity.organisation))
    )
    return {activity.public_id: len(missing(activity, now)) for activity in db.session.scalars(loaded)}


def _published(organisation_id: int, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        Activity.organisation_id == organisation_id,
        Activity.state == ActivityState.PUBLISHED,
        Occurrence.state == OccurrenceState.SCHEDULED,
        Occurrence.ends_at > now,
    )


def _coming(organisation_id: int, now: datetime) -> tuple[int, ...]:
    query = select(Occurrence.id).join(Activity, Occurrence.activity_id == Activity.id)
    query = query.where(*_published(organisation_id, now)).order_by(Occurrence.starts_at, Occurrence.id)
    return tuple(db.session.scalars(query.limit(_MOST_DATES)))


def _crowded(organisation_id: int, language: str, now: datetime) -> tuple[Crowded, ...]:
    """Dates that somebody waits for, for themselves or for one of their roles; a course once, with its next date."""
    words, earlier = _words(language), aliased(Occurrence)
    waits = select(func.sum(Pool.waiting)).where(Pool.occurrence_id == Occurrence.id).scalar_subquery()
    left = func.sum(func.greatest(0, Pool.capacity - Pool.reserved - Pool.occupied))
    free = select(left).where(Pool.occurrence_id == Occurrence.id, Pool.waiting > 0).scalar_subquery()
    before = (
        select(earlier.id)
        .where(earlier.activity_id == Activity.id, earlier.state == OccurrenceState.SCHEDULED, earlier.ends_at > now)
        .where(tuple_(earlier.starts_at, earlier.id) < tuple_(Occurrence.starts_at, Occurrence.id))
        .exists()
    )
    query = (
        select(
            Activity.public_id,
            Occurrence.public_id,
            words.c.title,
            words.c.language,
            Occurrence.starts_at,
            Occurrence.zone,
            waits,
            case((Activity.waiting_mode == WaitingMode.MANUAL, func.coalesce(free, 0)), else_=0),
        )
        .select_from(Occurrence)
        .join(Activity, Occurrence.activity_id == Activity.id)
        .join(words, literal(True))
        .where(*_published(organisation_id, now), waits > 0, Activity.sign_up != SignUpMode.DROP_IN)
        .where(or_(Activity.sign_up != SignUpMode.WHOLE_COURSE, ~before))
        .order_by(Occurrence.starts_at)
        .limit(_MOST_WAITING)
    )
    return tuple(
        Crowded(activity, occurrence, title, spoken, starts_at, ZoneInfo(zone), waiting, to_give)
        for activity, occurrence, title, spoken, starts_at, zone, waiting, to_give in db.session.execute(query)
    )
