"""What is reminded of: an activity's own rules, when each date's fall due, and one row for each who is reminded."""

from datetime import datetime, time
from enum import StrEnum

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engage.activities.models import Occurrence
from engage.base.db import Base
from engage.registrations.models import Registration


class Anchor(StrEnum):
    """What a rule counts from: the start, the end, the last moment to sign up, or an instant of its own."""

    START = "start"
    END = "end"
    DEADLINE = "deadline"
    ABSOLUTE = "absolute"


class Unit(StrEnum):
    """Days are calendar days in the activity's zone, hours are elapsed time."""

    DAYS = "days"
    HOURS = "hours"


class Way(StrEnum):
    """By which channel: the best one, in a chat or not at all, or by e-mail."""

    BEST = "best"
    CHAT = "chat"
    EMAIL = "email"


class Dates(StrEnum):
    """For which dates of a course: the first one somebody comes to, each, or the last."""

    FIRST = "first"
    EVERY = "every"
    LAST = "last"


class ReminderRule(Base):
    """A rule of one activity. With the key of a usual one (`rules.USUAL`) it stands in that one's place.

    `clock` goes with days. `roles` are public ids of the tasks it is for, none means everybody. `send_late_at` is when somebody
    said that it shall be sent at once where its time was over already. Who does not answer one that `asks` loses their place
    `release_hours` before the start, if that was so (`release_since`) when they signed up.
    """

    __tablename__ = "reminder_rule"
    __table_args__ = (
        UniqueConstraint("activity_id", "key"),
        CheckConstraint("number >= 0", name="number_not_negative"),
        CheckConstraint("(anchor = 'absolute') = (on_at IS NOT NULL)", name="absolute_has_an_instant"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    activity_id: Mapped[int] = mapped_column(ForeignKey("activity.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(String(16))
    anchor: Mapped[Anchor] = mapped_column(String(10))
    number: Mapped[int] = mapped_column(SmallInteger)
    unit: Mapped[Unit] = mapped_column(String(6))
    after: Mapped[bool]
    clock: Mapped[time | None]
    on_at: Mapped[datetime | None]
    early_days: Mapped[int | None] = mapped_column(SmallInteger)
    roles: Mapped[list[str]] = mapped_column(ARRAY(Text))
    unanswered_only: Mapped[bool]
    way: Mapped[Way] = mapped_column(String(6))
    dates: Mapped[Dates] = mapped_column(String(6))
    texts: Mapped[dict[str, str]]
    asks: Mapped[bool]
    enabled: Mapped[bool]
    release_hours: Mapped[int | None] = mapped_column(SmallInteger)
    release_since: Mapped[datetime | None]
    changed_at: Mapped[datetime]
    send_late_at: Mapped[datetime | None]


class ReminderTime(Base):
    """When a rule falls due for a date, as it was worked out for `starts_at`; `done_at` is when its guests got their rows.

    `at` is what the rule says, `due_at` what it comes to once nobody is disturbed at night.
    """

    __tablename__ = "reminder_time"
    __table_args__ = (
        UniqueConstraint("occurrence_id", "rule_key"),
        Index("ix_reminder_time_due_at", "due_at", postgresql_where=text("done_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    occurrence_id: Mapped[int] = mapped_column(ForeignKey("occurrence.id", ondelete="CASCADE"))
    rule_key: Mapped[str] = mapped_column(String(16))
    starts_at: Mapped[datetime]
    at: Mapped[datetime]
    due_at: Mapped[datetime]
    useful_until: Mapped[datetime]
    done_at: Mapped[datetime | None]


class ReminderStale(Base):
    """A date whose times must be worked out anew. Triggers write these when it, its activity or a rule changes.

    One row a change, never one a date: a change that is not committed yet must not count as done by who works on an older one.
    """

    __tablename__ = "reminder_stale"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    occurrence_id: Mapped[int]


class Delivery(StrEnum):
    """planned -> sent | skipped. What is sent is in the outbox, by the same commit; so nothing is ever half sent."""

    PLANNED = "planned"
    SENT = "sent"
    SKIPPED = "skipped"


class Reason(StrEnum):
    """Why somebody was not reminded."""

    NOT_COMING = "not_coming"
    CALLED_OFF = "called_off"
    NOT_PUBLISHED = "not_published"
    MOVED = "moved"
    TOO_LATE = "too_late"
    QUIET = "quiet"
    UNWANTED = "unwanted"
    PAUSED = "paused"
    ANSWERED = "answered"
    ASKED_ALREADY = "asked_already"
    STAYED_AWAY = "stayed_away"
    NO_CHAT = "no_chat"
    UNREACHABLE = "unreachable"
    SWITCHED_OFF = "switched_off"
    DEFECT = "defect"


class Reminding(Base):
    """One person who is to be reminded of one date by one rule. Their sign-up stands for all they have for it.

    The unique key makes it once for each time the date has begun at: a date that moved is reminded of anew. `lane` keeps what
    one person gets in one hand. `answer` is "coming" once they said so. `letter_id` is the row whose letter this went along with.
    """

    __tablename__ = "reminding"
    __table_args__ = (
        UniqueConstraint("registration_id", "occurrence_id", "rule_key", "starts_at"),
        Index("ix_reminding_lane_due_at", "lane", "due_at", postgresql_where=text("status = 'planned'")),
        Index("ix_reminding_occurrence_id", "occurrence_id", "rule_key"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    occurrence_id: Mapped[int] = mapped_column(ForeignKey("occurrence.id", ondelete="CASCADE"))
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"))
    rule_key: Mapped[str] = mapped_column(String(16))
    starts_at: Mapped[datetime]
    due_at: Mapped[datetime]
    useful_until: Mapped[datetime]
    lane: Mapped[int] = mapped_column(SmallInteger)
    status: Mapped[Delivery] = mapped_column(String(8), default=Delivery.PLANNED, server_default="planned")
    reason: Mapped[str] = mapped_column(String(16), default="", server_default="")
    letter_id: Mapped[int | None]
    settled_at: Mapped[datetime | None]
    answer: Mapped[str] = mapped_column(String(8), default="", server_default="")
    answered_at: Mapped[datetime | None]

    registration: Mapped[Registration] = relationship()
    occurrence: Mapped[Occurrence] = relationship()
