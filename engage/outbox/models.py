"""One row for each message on its way out, with its biography."""

from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any

from sqlalchemy import Index, SmallInteger, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from engage.base.db import Base


class Status(StrEnum):
    """planned -> sending -> sent | failed | set aside; a planned row may also be withdrawn, or missed when it is no longer
    useful. What failed or was set aside may be tried again by a person. A row is held while its only address is one whose owner
    went away, and told of when they come back.
    """

    PLANNED = "planned"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    SET_ASIDE = "set_aside"
    WITHDRAWN = "withdrawn"
    MISSED = "missed"
    HELD = "held"


class Priority(IntEnum):
    """Lower goes first: an answer in a talk overtakes a confirmation, that a reminder, and a reminder a digest.

    Claims look from one to the next (`delivery`), so a letter has one of these and no number between.
    """

    ANSWER = 0
    AWAITED = 10
    USUAL = 50
    BULK = 90


class Letter(Base):
    """A worded message, whom it goes to (addresses in order of preference), when, and what became of it.

    `key` is unique: putting the same letter twice queues it once. `about` names what it speaks of, so that it can be
    withdrawn when that is no longer true.

    `channel` and `recipient` are those of the address that is tried next, number `step` of `addresses`. Where a channel
    takes a letter in several parts, `part` counts those that left; `place` is where the channel says it stands now.

    Where `must_arrive` is set a person is to be told by phone what no address takes; `phoned_at` is when somebody did.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_due", "due_at", "priority", postgresql_where=text("status = 'planned'")),
        Index("ix_outbox_sending", "claimed_at", postgresql_where=text("status = 'sending'")),
        Index("ix_outbox_set_aside", "id", postgresql_where=text("status = 'set_aside'")),
        Index("ix_outbox_about", "about"),
        Index(
            "ix_outbox_channel_due", "channel", "priority", "due_at", "id", postgresql_where=text("status = 'planned'")
        ),
        Index(
            "ix_outbox_recipient",
            "channel",
            "recipient",
            postgresql_where=text("status IN ('planned', 'sending', 'held')"),
        ),
        Index(
            "ix_outbox_good_until", "good_until", postgresql_where=text("status = 'planned' AND good_until IS NOT NULL")
        ),
        Index(
            "ix_outbox_to_phone",
            "id",
            postgresql_where=text("must_arrive AND phoned_at IS NULL AND status IN ('failed', 'set_aside', 'held')"),
        ),
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
    # How often a channel said no, and how often a worker died while it was sending this letter.
    tries: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    abandoned: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    last_error: Mapped[str] = mapped_column(Text, default="", server_default="")
    channel: Mapped[str] = mapped_column(String(20), default="", server_default="")
    recipient: Mapped[str] = mapped_column(String(254), default="", server_default="")
    step: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    part: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    place: Mapped[str] = mapped_column(String(40), default="", server_default="")
    # The sender that has it in hand, where senders have a number; and how often it left without a reply.
    claimed_by: Mapped[int | None]
    unanswered: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    must_arrive: Mapped[bool] = mapped_column(default=False, server_default="false")
    phoned_at: Mapped[datetime | None]
    phoned_by: Mapped[int | None]
    phone_note: Mapped[str] = mapped_column(Text, default="", server_default="")
