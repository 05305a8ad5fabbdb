"""What citizens ask staff, and the answers staff have approved for everybody."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engage.accounts import User
from engage.activities.models import Activity
from engage.base.db import Base


class AnswerState(StrEnum):
    """draft -> approved <-> withdrawn; only what is approved is ever given."""

    DRAFT = "draft"
    APPROVED = "approved"
    WITHDRAWN = "withdrawn"


class Topic(StrEnum):
    """What an answer is about; the page of answers is ordered by it."""

    TAKING_PART = "taking_part"
    SIGNING_UP = "signing_up"
    GETTING_THERE = "getting_there"
    DATA = "data"
    CITY = "city"
    ORGANISING = "organising"


class QuestionState(StrEnum):
    """open <-> taken; either -> answered, or closed without an answer, which may be opened again."""

    OPEN = "open"
    TAKEN = "taken"
    ANSWERED = "answered"
    CLOSED = "closed"


WAITING = (QuestionState.OPEN, QuestionState.TAKEN)


class ApprovedAnswer(Base):
    """A question people ask often, and what staff answer. Texts are by language; a language has both or neither.

    `wordings` are other ways to ask it, a list for each language. `url` is a page with more: an address on the net, or one of
    ours that begins with a slash. `shown`, `helped` and `not_helped` count, and know nobody. `key` names what came with the demo
    city.
    """

    __tablename__ = "approved_answer"
    __table_args__ = (Index("ix_approved_answer_state", "state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True)
    key: Mapped[str | None] = mapped_column(String(60), unique=True)
    topic: Mapped[Topic] = mapped_column(String(20))
    state: Mapped[AnswerState] = mapped_column(String(12))
    questions: Mapped[dict[str, str]]
    wordings: Mapped[dict[str, Any]]
    answers: Mapped[dict[str, str]]
    url: Mapped[str] = mapped_column(String(300), default="", server_default="")
    shown: Mapped[int] = mapped_column(default=0, server_default="0")
    helped: Mapped[int] = mapped_column(default=0, server_default="0")
    not_helped: Mapped[int] = mapped_column(default=0, server_default="0")
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"), index=True)
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"), index=True)
    made_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    approved_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]


class CitizenQuestion(Base):
    """One question to staff. The answer goes to the chat it was asked in (`channel`, `identifier`), or to `email`.

    An address that was only typed proves nothing: nothing of the question is ever quoted to it. When the person is let go
    (`forgotten_at`) the texts and addresses are emptied; that somebody asked, when, and whether it helped stays.
    """

    __tablename__ = "citizen_question"
    __table_args__ = (
        CheckConstraint("state <> 'taken' OR taken_at IS NOT NULL", name="taken_at_some_time"),
        CheckConstraint("(state = 'answered') = (answered_at IS NOT NULL)", name="answered_at_some_time"),
        Index("ix_citizen_question_waiting", "asked_at", postgresql_where=text("state IN ('open', 'taken')")),
        Index("ix_citizen_question_chat", "channel", "identifier"),
        Index("ix_citizen_question_email", "email"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"), index=True)
    channel: Mapped[str] = mapped_column(String(20))
    identifier: Mapped[str | None] = mapped_column(String(254))
    email: Mapped[str | None] = mapped_column(String(254))
    name: Mapped[str | None] = mapped_column(String(120))
    language: Mapped[str] = mapped_column(String(2))
    text: Mapped[str] = mapped_column(Text)
    notice_version: Mapped[str | None] = mapped_column(String(20))
    activity_id: Mapped[int | None] = mapped_column(ForeignKey("activity.id", ondelete="SET NULL"), index=True)
    # What they ask on from, where an answer left something open.
    after_id: Mapped[int | None] = mapped_column(ForeignKey("citizen_question.id", ondelete="SET NULL"), index=True)
    state: Mapped[QuestionState] = mapped_column(String(12))
    taken_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"), index=True)
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"), index=True)
    answer: Mapped[str] = mapped_column(Text, default="", server_default="")
    helped: Mapped[bool | None]
    asked_at: Mapped[datetime]
    taken_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    forgotten_at: Mapped[datetime | None]

    activity: Mapped[Activity | None] = relationship()
    taken_by: Mapped[User | None] = relationship(foreign_keys=[taken_by_id])
    answered_by: Mapped[User | None] = relationship(foreign_keys=[answered_by_id])
    after: Mapped["CitizenQuestion | None"] = relationship(remote_side="CitizenQuestion.id")
