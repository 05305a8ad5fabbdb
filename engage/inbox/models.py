"""One row for each update that came in."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Identity, Index, SmallInteger, String, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from engage.base.db import Base

_WAITS = text("state = 'waiting'")


class State(StrEnum):
    """waiting -> done | parked, after it failed too often."""

    WAITING = "waiting"
    DONE = "done"
    PARKED = "parked"


class Update(Base):
    """An update of `source` (a channel's name and the number of our account there), known by its number there.

    Its `number` tells two copies apart and the order among those that wait; `arrived` is our own count, since a source may
    begin its numbers anew. Updates of one `lane` (a person) are handled one after the other. What it says goes from `body`
    as soon as it is handled.
    """

    __tablename__ = "inbox"
    __table_args__ = (
        Index("ix_inbox_waiting", "arrived", postgresql_where=_WAITS),
        Index("ix_inbox_waiting_lane", "lane", "number", postgresql_where=_WAITS),
        Index("ix_inbox_settled_at", "settled_at"),
    )

    source: Mapped[str] = mapped_column(String(40), primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    arrived: Mapped[int] = mapped_column(BigInteger, Identity(always=True))
    lane: Mapped[str] = mapped_column(String(40))
    state: Mapped[State] = mapped_column(String(8), server_default="waiting")
    body: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    failures: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    not_before: Mapped[datetime]
    received_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    last_error: Mapped[str] = mapped_column(String(80), server_default="")
