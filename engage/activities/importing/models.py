"""What is kept of imports: where events come from, what each reading did, and which of our rows each event became.

Names of events in their sources stand here alone; an activity knows nothing of them.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ARRAY, ForeignKey, Index, LargeBinary, SmallInteger, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engage.accounts import Organisation
from engage.activities.importing.events import Format
from engage.activities.models import Activity, Occurrence, SignUpMode
from engage.base.db import Base


class Then(StrEnum):
    """What shall become of activities that are new and complete. What lacks something stays a draft in any case.

    `REVIEW` and `PUBLISH` are one way for whoever goes it: it ends with a review unless the city trusts the organisation.
    """

    DRAFTS = "drafts"
    REVIEW = "review"
    PUBLISH = "publish"


class FeedState(StrEnum):
    """Whether an address is read on its timetable. A source that is only ever a file is `NONE`."""

    NONE = "none"
    ACTIVE = "active"
    PAUSED = "paused"


class RunState(StrEnum):
    """How far an import has come."""

    PLANNED = "planned"
    QUEUED = "queued"
    RUNNING = "running"
    APPLIED = "applied"
    UNDONE = "undone"


class ImportSource(Base):
    """A calendar, list or feed that events come from again and again, under one name in its organisation.

    A feed has an address; it is read every `every_hours`, and `failures` counts the readings that failed since one succeeded.
    """

    __tablename__ = "import_source"
    __table_args__ = (
        UniqueConstraint("organisation_id", "name"),
        Index("ix_import_source_next_at", "next_at", postgresql_where=text("feed = 'active'")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(12), unique=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    mapping: Mapped[dict[str, str]] = mapped_column(default=dict, server_default="{}")
    language: Mapped[str] = mapped_column(String(2), default="", server_default="")  # "" is told from the words
    sign_up: Mapped[SignUpMode] = mapped_column(String(20), default=SignUpMode.DROP_IN)
    audiences: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default="{}")
    then: Mapped[Then] = mapped_column(String(10), default=Then.REVIEW)
    feed: Mapped[FeedState] = mapped_column(String(10), default=FeedState.NONE)
    url: Mapped[str] = mapped_column(String(500), default="", server_default="")
    every_hours: Mapped[int] = mapped_column(SmallInteger, default=24, server_default="24")
    etag: Mapped[str] = mapped_column(String(200), default="", server_default="")
    last_modified: Mapped[str] = mapped_column(String(60), default="", server_default="")
    next_at: Mapped[datetime | None]
    checked_at: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    problem: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")  # a Note, or {}
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]

    organisation: Mapped[Organisation] = relationship()


class ImportRun(Base):
    """One reading of a source: what it would do, and once applied, what it did, row by row.

    `content` is the file itself, kept only until the run is applied or a day is over. `asked_by_id` asked for it to be carried
    out at `asked_at`, and, with `takes_goals`, said that the proposed goals are right.
    """

    __tablename__ = "import_run"
    __table_args__ = (Index("ix_import_run_source_id_created_at", "source_id", "created_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(12), unique=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("import_source.id", ondelete="CASCADE"))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    state: Mapped[RunState] = mapped_column(String(10))
    format: Mapped[Format] = mapped_column(String(10))
    filename: Mapped[str] = mapped_column(String(200), default="")
    content: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    first_at: Mapped[datetime]  # dates before this are passed over
    lists: Mapped[list[dict[str, Any]]] = mapped_column(default=list, server_default="[]")  # of a feed
    columns: Mapped[list[dict[str, Any]]] = mapped_column(default=list, server_default="[]")
    rows: Mapped[list[dict[str, Any]]] = mapped_column(default=list, server_default="[]")
    notes: Mapped[list[dict[str, Any]]] = mapped_column(default=list, server_default="[]")
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    undone: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    created_at: Mapped[datetime]
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    asked_at: Mapped[datetime | None]
    takes_goals: Mapped[bool] = mapped_column(default=False, server_default="false")
    applied_at: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]

    source: Mapped[ImportSource] = relationship()


class ImportProgress(Base):
    """How far a run that is carried out has come, and whether somebody wants it stopped.

    Its own row, without a foreign key: the run's is locked until all is done, and this is written and read meanwhile.
    """

    __tablename__ = "import_progress"

    run_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    done: Mapped[int] = mapped_column(default=0, server_default="0")
    total: Mapped[int] = mapped_column(default=0, server_default="0")
    stopped: Mapped[bool] = mapped_column(default=False, server_default="false")
    failed: Mapped[bool] = mapped_column(default=False, server_default="false")
    moved_at: Mapped[datetime]


class ImportItem(Base):
    """Which of our rows an event, or one date of it, became; and what the source last said, field by field.

    An item with `recurrence_id` "" stands for the event: its activity, and its date where it has only one. When an activity
    or date is deleted here, its item stays without it, so that the next reading does not bring it back.
    """

    __tablename__ = "import_item"
    __table_args__ = (UniqueConstraint("source_id", "external_id", "recurrence_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("import_source.id", ondelete="CASCADE"))
    external_id: Mapped[str] = mapped_column(String(300))
    recurrence_id: Mapped[str] = mapped_column(String(20), default="")
    activity_id: Mapped[int | None] = mapped_column(ForeignKey("activity.id", ondelete="SET NULL"), index=True)
    occurrence_id: Mapped[int | None] = mapped_column(ForeignKey("occurrence.id", ondelete="SET NULL"), index=True)
    dated: Mapped[bool]  # whether it stands, or stood, for a date
    told: Mapped[dict[str, Any]] = mapped_column(default=dict)
    run_id: Mapped[int | None] = mapped_column(
        ForeignKey("import_run.id", ondelete="SET NULL"), index=True
    )  # that made it

    activity: Mapped[Activity | None] = relationship()
    occurrence: Mapped[Occurrence | None] = relationship()
