"""A conversation as a row, so that a talk survives a restart of the server."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from engage.base.db import Base


class Conversation(Base):
    """Where one talk stands: which flow, at which step, with what was said so far.

    `version` rises with each turn; a button carries the version it was made in, so that an old one can be told apart.
    """

    __tablename__ = "conversation"
    __table_args__ = (UniqueConstraint("channel", "identifier"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(String(20))
    identifier: Mapped[str] = mapped_column(String(64))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"), index=True)
    language: Mapped[str] = mapped_column(String(2))
    language_chosen: Mapped[bool] = mapped_column(default=False, server_default="false")
    flow: Mapped[str] = mapped_column(String(30), default="", server_default="")
    step: Mapped[str] = mapped_column(String(30), default="", server_default="")
    data: Mapped[dict[str, Any]]
    version: Mapped[int] = mapped_column(default=0, server_default="0")
    misunderstood: Mapped[int] = mapped_column(default=0, server_default="0")
    notice_version: Mapped[str | None] = mapped_column(String(20))
    notice_at: Mapped[datetime | None]
    started_at: Mapped[datetime]
    spoke_at: Mapped[datetime]
