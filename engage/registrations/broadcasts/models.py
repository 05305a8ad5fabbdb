"""A message to many, and each one's share in it. The letters themselves lie in the post office, under the key of their share."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ARRAY, ForeignKey, Index, Integer, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engage.activities.models import Activity
from engage.base.db import Base
from engage.registrations.models import Registration


class BroadcastState(StrEnum):
    """sending <-> paused; either becomes stopped; what is sent to its last is done."""

    SENDING = "sending"
    PAUSED = "paused"
    STOPPED = "stopped"
    DONE = "done"


class ShareState(StrEnum):
    """planned -> put (a letter was made) | passed (they do not stand as chosen any more, or had it by another sign-up)."""

    PLANNED = "planned"
    PUT = "put"
    PASSED = "passed"
    STOPPED = "stopped"


class Broadcast(Base):
    """What somebody wrote, to whom it goes, and how far it is. Who is to get it was decided when it was begun.

    `occurrence_ids` are the dates chosen, `states` how one must stand to get it, `role` the public id of a role or "".
    `texts` is `{language: {"subject", "text"}}`. `urgent` ignores quiet hours, and is told by phone where nothing else arrives.
    """

    __tablename__ = "broadcast"
    __table_args__ = (
        Index("ix_broadcast_activity_id", "activity_id", "made_at"),
        Index("ix_broadcast_sending", "id", postgresql_where=text("state = 'sending'")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True)
    activity_id: Mapped[int] = mapped_column(ForeignKey("activity.id", ondelete="CASCADE"))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"), index=True)
    occurrence_ids: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    states: Mapped[list[str]] = mapped_column(ARRAY(String(24)))
    role: Mapped[str] = mapped_column(String(16), default="", server_default="")
    texts: Mapped[dict[str, Any]]
    urgent: Mapped[bool]
    state: Mapped[BroadcastState] = mapped_column(String(10))
    made_at: Mapped[datetime]
    good_until: Mapped[datetime]
    settled_at: Mapped[datetime | None]

    activity: Mapped[Activity] = relationship()


class BroadcastShare(Base):
    """One sign-up that gets a broadcast: of a person with several, one of them."""

    __tablename__ = "broadcast_share"
    __table_args__ = (
        UniqueConstraint("broadcast_id", "registration_id"),
        Index("ix_broadcast_share_due", "broadcast_id", "due_at", "id", postgresql_where=text("state = 'planned'")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    broadcast_id: Mapped[int] = mapped_column(ForeignKey("broadcast.id", ondelete="CASCADE"))
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"), index=True)
    state: Mapped[ShareState] = mapped_column(String(12))
    due_at: Mapped[datetime]

    registration: Mapped[Registration] = relationship()
