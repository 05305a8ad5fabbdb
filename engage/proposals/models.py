"""What citizens propose, what was said about it, and how many would come."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engage.accounts import Organisation
from engage.activities.models import Activity
from engage.base.db import Base


class ProposalState(StrEnum):
    """Where a proposal stands. An unproven one waits for the button in the proposer's mail, and nobody sees it before."""

    UNPROVEN = "unproven"
    NEW = "new"
    TAKEN_UP = "taken_up"
    ASKED_BACK = "asked_back"
    ANSWERED = "answered"
    DRAFT = "draft"
    PUBLISHED = "published"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


# Somebody looks after it, and has not made an activity of it yet.
IN_HAND = (ProposalState.TAKEN_UP, ProposalState.ASKED_BACK, ProposalState.ANSWERED)
# It may still become an activity.
OPEN = (ProposalState.NEW, *IN_HAND, ProposalState.DRAFT)


class Proposal(Base):
    """One activity a citizen would like to see. `step` counts its changes of state, so that each is told once.

    `email` is kept only until its owner has shown it to be theirs; from then on the person says where to write to. What the
    public may read are the `shown` words, which staff approved. When the person is let go (`forgotten_at`) all else is emptied.
    """

    __tablename__ = "proposal"
    __table_args__ = (
        CheckConstraint("(shown_at IS NULL) OR shown_title <> ''", name="shown_in_words"),
        Index("ix_proposal_waiting", "proposed_at", postgresql_where=text("state = 'new'")),
        Index("ix_proposal_draft", "activity_id", postgresql_where=text("state = 'draft'")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"), index=True)
    email: Mapped[str | None] = mapped_column(String(254))
    name: Mapped[str | None] = mapped_column(String(120))
    shows_name: Mapped[bool] = mapped_column(default=False, server_default="false")
    channel: Mapped[str] = mapped_column(String(20))
    language: Mapped[str] = mapped_column(String(2))
    title: Mapped[str] = mapped_column(String(160))
    text: Mapped[str] = mapped_column(Text)
    whom: Mapped[str] = mapped_column(String(300), default="", server_default="")
    time: Mapped[str] = mapped_column(String(300), default="", server_default="")
    place: Mapped[str] = mapped_column(String(300), default="", server_default="")
    dimension: Mapped[str] = mapped_column(String(20), default="", server_default="")
    sdg: Mapped[int | None]
    can_help: Mapped[bool] = mapped_column(default=False, server_default="false")
    notice_version: Mapped[str | None] = mapped_column(String(20))
    state: Mapped[ProposalState] = mapped_column(String(12), index=True)
    step: Mapped[int] = mapped_column(default=0, server_default="0")
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id", ondelete="SET NULL"), index=True)
    activity_id: Mapped[int | None] = mapped_column(ForeignKey("activity.id", ondelete="SET NULL"), index=True)
    proposed_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    shown_at: Mapped[datetime | None]
    shown_title: Mapped[str] = mapped_column(String(160), default="", server_default="")
    shown_text: Mapped[str] = mapped_column(Text, default="", server_default="")
    forgotten_at: Mapped[datetime | None]

    organisation: Mapped[Organisation | None] = relationship()
    activity: Mapped[Activity | None] = relationship()
    notes: Mapped[list["ProposalNote"]] = relationship(order_by="ProposalNote.id", passive_deletes=True)


class ProposalNote(Base):
    """What the desk asked or answered, or its proposer answered (`from_citizen`).

    `organisation_id` is for whom it was asked, none being staff: the answer was promised to them and to no later taker.
    """

    __tablename__ = "proposal_note"

    id: Mapped[int] = mapped_column(primary_key=True)
    proposal_id: Mapped[int] = mapped_column(ForeignKey("proposal.id", ondelete="CASCADE"), index=True)
    from_citizen: Mapped[bool]
    words: Mapped[str] = mapped_column(Text)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id", ondelete="SET NULL"), index=True)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"), index=True)
    at: Mapped[datetime]


class ProposalPicture(Base):
    """The picture that came along, written anew; apart, so that lists do not read it. The public is never shown it."""

    __tablename__ = "proposal_picture"

    proposal_id: Mapped[int] = mapped_column(ForeignKey("proposal.id", ondelete="CASCADE"), primary_key=True)
    large: Mapped[bytes] = mapped_column(LargeBinary)
    small: Mapped[bytes] = mapped_column(LargeBinary)
    width: Mapped[int]
    height: Mapped[int]


class ProposalInterest(Base):
    """One who would come. `key` is a keyed hash of the person, browser or chat; the person is named only to be told (`hears`)."""

    __tablename__ = "proposal_interest"
    __table_args__ = (
        UniqueConstraint("proposal_id", "key"),
        CheckConstraint("NOT hears OR person_id IS NOT NULL", name="hears_somewhere"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    proposal_id: Mapped[int] = mapped_column(ForeignKey("proposal.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(String(32))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    hears: Mapped[bool] = mapped_column(default=False, server_default="false")
    said_at: Mapped[datetime]
