"""One row for each message on its way out, with its biography."""

from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any

from sqlalchemy import Index, SmallInteger, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from engage.base.db import Base


class Status(StrEnum):
    """planned -> sending -> sent | failed; a planned row may also be withdrawn, or missed when it is no longer useful."""

    PLANNED = "planned"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"
    MISSED = "missed"


class Priority(IntEnum):
    """Lower goes first: an answer somebody waits for overtakes a reminder, a reminder overtakes a digest."""

    AWAITED = 10
    USUAL = 50
    BULK = 90


class Letter(Base):
    """A worded message, whom it goes to (addresses in order of preference), when, and what became of it.

    `key` is unique: putting the same letter twice queues it once. `about` names what it speaks of, so that it can be
    withdrawn when that is no longer true.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_due", "due_at", "priority", postgresql_where=text("status = 'planned'")),
        Index("ix_outbox_sending", "claimed_at", postgresql_where=text("status = 'sending'")),
        Index("ix_outbox_about", "about"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(120), unique=True)
    about: Mapped[str] = mapped_column(String(60))
    addresses: Mapped[list[dict[str, Any]]]
    message: Mapped[dict[str, Any]]
    priority: Mapped[int] = mapped_column(SmallInteger)
    status: Mapped[Status] = mapped_column(String(12))
    due_at: Mapped[datetime]
    good_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    claimed_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    last_error: Mapped[str] = mapped_column(Text, default="", server_default="")
