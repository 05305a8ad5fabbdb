"""Who has signed up for what, and how far each sign-up has come."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engage.activities.models import Occurrence, Pool
from engage.base.db import Base
from engage.people.models import Person


class State(StrEnum):
    """How far a sign-up has come.

    pending_email -> confirmed | waiting -> confirmed -> cancelled_*
    """

    PENDING_EMAIL = "pending_email"
    CONFIRMED = "confirmed"
    WAITING = "waiting"
    CANCELLED_BY_PERSON = "cancelled_by_person"
    CANCELLED_BY_STAFF = "cancelled_by_staff"
    CANCELLED_WITH_EVENT = "cancelled_with_event"


LIVE = (State.PENDING_EMAIL, State.CONFIRMED, State.WAITING)
_IS_LIVE = text("state IN ('pending_email', 'confirmed', 'waiting')")
_IS_QUEUED = text("state = 'waiting' AND verified_at IS NOT NULL")
_IS_UNVERIFIED = text("verified_at IS NULL AND state IN ('pending_email', 'waiting')")


class Registration(Base):
    """One person's sign-up for one pool, for a number of seats.

    While `verified_at` is empty nobody has shown that `email` is theirs: a `pending_email` row holds its seats until
    `expires_at`, a waiting one only keeps its place in the line. Both are deleted then. `client` is a keyed hash of where
    an unproven sign-up came from; it goes when the address is proven.
    """

    __tablename__ = "registration"
    __table_args__ = (
        CheckConstraint("seats > 0", name="some_seats"),
        Index("uq_registration_live_person", "pool_id", "person_id", unique=True, postgresql_where=_IS_LIVE),
        Index("uq_registration_live_email", "pool_id", "email", unique=True, postgresql_where=_IS_LIVE),
        Index("ix_registration_queue", "pool_id", "joined_at", "id", postgresql_where=_IS_QUEUED),
        Index("ix_registration_unverified_email", "email", postgresql_where=_IS_UNVERIFIED),
        Index("ix_registration_unverified_client", "client", postgresql_where=_IS_UNVERIFIED),
        Index("ix_registration_expires_at", "expires_at", postgresql_where=_IS_UNVERIFIED),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True)
    pool_id: Mapped[int] = mapped_column(ForeignKey("pool.id"))
    occurrence_id: Mapped[int] = mapped_column(ForeignKey("occurrence.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"), index=True)
    state: Mapped[State] = mapped_column(String(24))
    seats: Mapped[int] = mapped_column(SmallInteger)
    name: Mapped[str | None] = mapped_column(String(120))
    email: Mapped[str | None] = mapped_column(String(254))
    language: Mapped[str] = mapped_column(String(2))
    channel: Mapped[str] = mapped_column(String(20))
    client: Mapped[str | None] = mapped_column(String(32))
    notice_version: Mapped[str | None] = mapped_column(String(20))
    joined_at: Mapped[datetime]
    verified_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    changed_at: Mapped[datetime]
    sequence: Mapped[int] = mapped_column(default=0, server_default="0")

    pool: Mapped[Pool] = relationship()
    occurrence: Mapped[Occurrence] = relationship()
    person: Mapped[Person | None] = relationship()
