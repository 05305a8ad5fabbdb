"""Activities and when they happen: learning events and volunteer activities are one model.

What people sign up for is a *pool*: something with a number of seats. Here an occurrence has one, and one for each role
of a shift; how seats are counted and given stands in `registrations.pools`.
"""

from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    Computed,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engage.accounts.organisations import Organisation
from engage.activities.plans import ShiftRole
from engage.activities.terms import Terms
from engage.base.db import Base


def _vector(configuration: str) -> str:
    words = f"to_tsvector('{configuration}'::regconfig"
    return f"(setweight({words}, title), 'A') || setweight({words}, summary || ' ' || body), 'B'))"


# PostgreSQL's own snowball dictionaries; the column is generated, so an index can never lag behind the text. A cast of
# a computed name to regconfig is not immutable, hence one constant per language.
_SEARCH = (
    f"CASE language WHEN 'da' THEN {_vector('danish')} WHEN 'de' THEN {_vector('german')} ELSE {_vector('english')} END"
)


class Kind(StrEnum):
    """What a person does there."""

    LEARNING = "learning"
    VOLUNTEER = "volunteer"


class ActivityState(StrEnum):
    """How far an activity has come."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    PUBLISHED = "published"
    CALLED_OFF = "called_off"


class SignUpMode(StrEnum):
    """How people join: with a seat on one date, on several dates at once, on the course as a whole, or by just coming.

    In a whole course, a seat counts on all its dates, and the course has one pool.
    """

    REGISTRATION = "registration"
    SEVERAL_DATES = "several_dates"
    WHOLE_COURSE = "whole_course"
    DROP_IN = "drop_in"


OFFERED = tuple(SignUpMode)


class OccurrenceState(StrEnum):
    """Whether one date stands."""

    SCHEDULED = "scheduled"
    CANCELLED = "cancelled"


class Audience(StrEnum):
    """Whom an activity suits."""

    CHILDREN = "children"
    YOUTH = "youth"
    ADULTS = "adults"
    FAMILIES = "families"
    SENIORS = "seniors"


class Initiative(Base):
    """A common effort of the city that activities belong to, such as a learning week."""

    __tablename__ = "initiative"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(80), unique=True)
    names: Mapped[dict[str, str]]
    texts: Mapped[dict[str, str]]
    url: Mapped[str] = mapped_column(String(300), default="")


class Place(Base):
    """Where something happens. `accessibility` tells in words how to get in, per language."""

    __tablename__ = "place"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(12), unique=True)
    key: Mapped[str | None] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(160))
    street: Mapped[str] = mapped_column(String(160), default="")
    postal_code: Mapped[str] = mapped_column(String(10), default="")
    town: Mapped[str] = mapped_column(String(80), default="")
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    accessibility: Mapped[dict[str, str]]


class Picture(Base):
    """An activity's picture, re-encoded by us, in two sizes. The names of the files are hashes of their content."""

    __tablename__ = "picture"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(12), unique=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    large: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    large_hash: Mapped[str] = mapped_column(String(16))
    small: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    small_hash: Mapped[str] = mapped_column(String(16))
    width: Mapped[int]  # of the large one, in pixels
    height: Mapped[int]
    created_at: Mapped[datetime]


class Activity(Terms, Base):
    """Something a citizen can take part in, described once, held at one or more occurrences."""

    __tablename__ = "activity"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(12), unique=True)
    key: Mapped[str | None] = mapped_column(String(120), unique=True)
    slug: Mapped[str] = mapped_column(String(60))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    initiative_id: Mapped[int | None] = mapped_column(ForeignKey("initiative.id"), index=True)
    kind: Mapped[Kind] = mapped_column(String(20))
    state: Mapped[ActivityState] = mapped_column(String(20))
    sign_up: Mapped[SignUpMode] = mapped_column(String(20))
    audiences: Mapped[list[str]] = mapped_column(ARRAY(Text))
    for_whom: Mapped[list[str]] = mapped_column(ARRAY(Text))
    arenas: Mapped[list[str]] = mapped_column(ARRAY(Text))
    spoken_languages: Mapped[list[str]] = mapped_column(ARRAY(Text))
    dimensions: Mapped[list[str]] = mapped_column(ARRAY(Text))
    sdgs: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger))
    key_features: Mapped[list[str]] = mapped_column(ARRAY(Text))
    price: Mapped[int] = mapped_column(Integer, default=0)  # in øre
    price_notes: Mapped[dict[str, str]]
    accessibility: Mapped[dict[str, str]]
    contact_email: Mapped[str] = mapped_column(String(254), default="")
    contact_phone: Mapped[str] = mapped_column(String(40), default="")
    # What new dates begin with; each date has its own afterwards.
    place_id: Mapped[int | None] = mapped_column(ForeignKey("place.id"), index=True)
    online_url: Mapped[str] = mapped_column(String(300), default="", server_default="")
    capacity: Mapped[int | None]
    picture_id: Mapped[int | None] = mapped_column(ForeignKey("picture.id", ondelete="SET NULL"), index=True)
    picture_alt: Mapped[dict[str, str]] = mapped_column(default=dict, server_default="{}")
    # Rises with each save, so that two who edit at once see each other instead of losing what they wrote.
    version: Mapped[int] = mapped_column(default=0, server_default="0")
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"), index=True)
    updated_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"), index=True)
    review_words: Mapped[str] = mapped_column(Text, default="", server_default="")
    submitted_at: Mapped[datetime | None]
    sent_back_at: Mapped[datetime | None]
    published_at: Mapped[datetime | None]
    called_off_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    organisation: Mapped[Organisation] = relationship()
    initiative: Mapped[Initiative | None] = relationship()
    place: Mapped[Place | None] = relationship()
    picture: Mapped["Picture | None"] = relationship()
    texts: Mapped[list["ActivityText"]] = relationship(cascade="all, delete-orphan")
    occurrences: Mapped[list["Occurrence"]] = relationship(
        back_populates="activity", cascade="all, delete-orphan", order_by="Occurrence.starts_at"
    )


class ActivityText(Base):
    """An activity's words in one language."""

    __tablename__ = "activity_text"
    __table_args__ = (Index("ix_activity_text_search", "search", postgresql_using="gin"),)

    activity_id: Mapped[int] = mapped_column(ForeignKey("activity.id", ondelete="CASCADE"), primary_key=True)
    language: Mapped[str] = mapped_column(String(2), primary_key=True)
    title: Mapped[str] = mapped_column(String(160))
    summary: Mapped[str] = mapped_column(String(300), default="")
    body: Mapped[str] = mapped_column(Text, default="")
    search: Mapped[str] = mapped_column(TSVECTOR, Computed(_SEARCH, persisted=True))


class Occurrence(Base):
    """One date of an activity, in its own zone. `sequence` is RFC 5545's: it rises with each change people must see.

    In a series, `series_day` is the local day its rule gave (RFC 5545's RECURRENCE-ID), also when the date was moved since,
    and `overrides` names what was set for this date alone (`series.Field`), which a change of the series passes over.
    `titles` are the date's own, by language, where it is called something else than its activity. Dates that were called off
    at the same `called_off_at` were so together.
    """

    __tablename__ = "occurrence"
    __table_args__ = (
        CheckConstraint("ends_at >= starts_at", name="ends_after_start"),
        Index("ix_occurrence_starts_at", "starts_at"),
        # Checked at the end of a transaction: when a series moves by a day, each date takes the day of the next.
        UniqueConstraint("series_id", "series_day", deferrable=True, initially="DEFERRED"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(12), unique=True)
    activity_id: Mapped[int] = mapped_column(ForeignKey("activity.id", ondelete="CASCADE"), index=True)
    place_id: Mapped[int | None] = mapped_column(ForeignKey("place.id"), index=True)
    online_url: Mapped[str] = mapped_column(String(300), default="")
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    zone: Mapped[str] = mapped_column(String(60))
    state: Mapped[OccurrenceState] = mapped_column(String(20))
    series_id: Mapped[int | None] = mapped_column(ForeignKey("series.id", ondelete="SET NULL"))
    series_day: Mapped[date | None]
    overrides: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default="{}")
    titles: Mapped[dict[str, str]] = mapped_column(default=dict, server_default="{}")
    sequence: Mapped[int] = mapped_column(default=0)
    called_off_at: Mapped[datetime | None]
    updated_at: Mapped[datetime]

    activity: Mapped[Activity] = relationship(back_populates="occurrences")
    place: Mapped[Place | None] = relationship()
    pool: Mapped["Pool"] = relationship(
        primaryjoin="and_(Pool.occurrence_id == Occurrence.id, Pool.role_id.is_(None))",
        back_populates="occurrence",
        cascade="all, delete-orphan",
        overlaps="role_pools",
    )
    role_pools: Mapped[list["Pool"]] = relationship(
        primaryjoin="and_(Pool.occurrence_id == Occurrence.id, Pool.role_id.is_not(None))",
        cascade="all, delete-orphan",
        overlaps="pool,occurrence",
    )

    @property
    def timezone(self) -> ZoneInfo:
        return ZoneInfo(self.zone)


class Pool(Base):
    """What has a number of seats: a date, one role on it, or a course as a whole. `capacity` None is no limit, 0 is a real zero.

    `occupied`, `unverified` and `waiting` are totals of seats that triggers keep from the registrations and the holds; nothing
    else writes them. What roles of a date have occupied counts in the date's own pool too, who waits for them does not.
    """

    __tablename__ = "pool"
    __table_args__ = (
        CheckConstraint("capacity >= 0", name="capacity_not_negative"),
        CheckConstraint("reserved >= 0", name="reserved_not_negative"),
        CheckConstraint("(occurrence_id IS NULL) <> (course_id IS NULL)", name="date_or_course"),
        CheckConstraint("role_id IS NULL OR occurrence_id IS NOT NULL", name="role_on_a_date"),
        # NULLs are distinct to a unique constraint, so that a date's own pool needs an index of its own to be the only one.
        UniqueConstraint("occurrence_id", "role_id"),
        Index("uq_pool_occurrence_id", "occurrence_id", unique=True, postgresql_where=text("role_id IS NULL")),
        Index("uq_pool_course_id", "course_id", unique=True, postgresql_where=text("course_id IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    occurrence_id: Mapped[int | None] = mapped_column(ForeignKey("occurrence.id", ondelete="CASCADE"))
    role_id: Mapped[int | None] = mapped_column(ForeignKey("shift_role.id"), index=True)
    course_id: Mapped[int | None] = mapped_column(ForeignKey("activity.id", ondelete="CASCADE"))
    capacity: Mapped[int | None]
    reserved: Mapped[int] = mapped_column(default=0, server_default="0")
    occupied: Mapped[int] = mapped_column(default=0, server_default="0")
    unverified: Mapped[int] = mapped_column(default=0, server_default="0")
    waiting: Mapped[int] = mapped_column(default=0, server_default="0")

    occurrence: Mapped[Occurrence | None] = relationship(back_populates="pool", overlaps="role_pools")
    role: Mapped[ShiftRole | None] = relationship()
