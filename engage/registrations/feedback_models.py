"""What people said of an activity afterwards, and what they mean to do now: kept apart from who they are."""

from datetime import datetime

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, SmallInteger, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from engage.base.db import Base


class Feedback(Base):
    """One answer. The thread to its person is `registration_id`, cut when they are forgotten; their words go then, too.

    What stays tells nothing of anybody: a number from 1 to 5, what was chosen to do (`deeds`, keys of `feedback.DEEDS`), and the
    activity's dimensions and goals as they were; and that they mean to do something (`pledged`, written by a trigger). `named`
    is whether the organiser may know who said it.
    """

    __tablename__ = "feedback"
    __table_args__ = (
        CheckConstraint("rating BETWEEN 1 AND 5", name="one_to_five"),
        Index(
            "uq_feedback_registration_id",
            "registration_id",
            unique=True,
            postgresql_where=text("registration_id IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True)
    occurrence_id: Mapped[int] = mapped_column(ForeignKey("occurrence.id", ondelete="CASCADE"), index=True)
    registration_id: Mapped[int | None] = mapped_column(ForeignKey("registration.id", ondelete="SET NULL"))
    rating: Mapped[int] = mapped_column(SmallInteger)
    words: Mapped[str] = mapped_column(Text, default="", server_default="")
    deeds: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default="{}")
    pledge: Mapped[str] = mapped_column(Text, default="", server_default="")
    pledged: Mapped[bool] = mapped_column(default=False, server_default="false")
    named: Mapped[bool] = mapped_column(default=False, server_default="false")
    dimensions: Mapped[list[str]] = mapped_column(ARRAY(Text))
    sdgs: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger))
    given_at: Mapped[datetime]
    changed_at: Mapped[datetime]
