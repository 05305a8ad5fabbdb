"""Activities and when they happen: learning events and volunteer activities are one model.

What people sign up for is a *pool*: something with a number of seats. Here an occurrence has one; how seats are counted
and given stands in `registrations.pools`.
"""

from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import ARRAY, CheckConstraint, Computed, ForeignKey, Index, Integer, SmallInteger, String, Text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engage.accounts.organisations import Organisation
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
    """How people join: with a seat of their own, or by just coming."""

    REGISTRATION = "registration"
    DROP_IN = "drop_in"


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


class Activity(Base):
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
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    organisation: Mapped[Organisation] = relationship()
    initiative: Mapped[Initiative | None] = relationship()
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
    """One date of an activity, in its own zone. `sequence` is RFC 5545's: it rises with each change people must see."""

    __tablename__ = "occurrence"
    __table_args__ = (
        CheckConstraint("ends_at >= starts_at", name="ends_after_start"),
        Index("ix_occurrence_starts_at", "starts_at"),
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
    sequence: Mapped[int] = mapped_column(default=0)
    updated_at: Mapped[datetime]

    activity: Mapped[Activity] = relationship(back_populates="occurrences")
    place: Mapped[Place | None] = relationship()
    pool: Mapped["Pool"] = relationship(back_populates="occurrence", cascade="all, delete-orphan")

    @property
    def timezone(self) -> ZoneInfo:
        return ZoneInfo(self.zone)


class Pool(Base):
    """What has a number of seats. `capacity` None is no limit, 0 is a real zero.

    `occupied`, `unverified` and `waiting` are totals of seats that a trigger keeps from the registrations; nothing else
    writes them.
    """

    __tablename__ = "pool"
    __table_args__ = (
        CheckConstraint("capacity >= 0", name="capacity_not_negative"),
        CheckConstraint("reserved >= 0", name="reserved_not_negative"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    occurrence_id: Mapped[int] = mapped_column(ForeignKey("occurrence.id", ondelete="CASCADE"), unique=True)
    capacity: Mapped[int | None]
    reserved: Mapped[int] = mapped_column(default=0, server_default="0")
    occupied: Mapped[int] = mapped_column(default=0, server_default="0")
    unverified: Mapped[int] = mapped_column(default=0, server_default="0")
    waiting: Mapped[int] = mapped_column(default=0, server_default="0")

    occurrence: Mapped[Occurrence] = relationship(back_populates="pool")
