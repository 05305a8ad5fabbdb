"""Who has signed up for what, how far each sign-up has come, and what was offered to whom."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    SmallInteger,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engage.activities.models import Occurrence, Pool
from engage.base.db import Base
from engage.people.models import Person


class State(StrEnum):
    """How far a sign-up has come.

    pending_email -> pending_approval -> confirmed | declined | waiting -> offered -> confirmed | offer_declined |
    offer_expired; whatever is live may become cancelled_*.
    """

    PENDING_EMAIL = "pending_email"
    PENDING_APPROVAL = "pending_approval"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    WAITING = "waiting"
    OFFERED = "offered"
    OFFER_DECLINED = "offer_declined"
    OFFER_EXPIRED = "offer_expired"
    CANCELLED_BY_PERSON = "cancelled_by_person"
    CANCELLED_BY_STAFF = "cancelled_by_staff"
    CANCELLED_WITH_EVENT = "cancelled_with_event"


LIVE = (State.PENDING_EMAIL, State.PENDING_APPROVAL, State.CONFIRMED, State.WAITING, State.OFFERED)
_IS_LIVE = text("state IN ('pending_email', 'pending_approval', 'confirmed', 'waiting', 'offered')")
_IS_QUEUED = text("state = 'waiting' AND verified_at IS NOT NULL")
_IS_UNVERIFIED = text("verified_at IS NULL AND state IN ('pending_email', 'waiting')")


class Registration(Base):
    """One person's sign-up for one pool, for a number of seats.

    While `verified_at` is empty nobody has shown that `email` is theirs: a `pending_email` row holds its seats until
    `expires_at`, a waiting one only keeps its place in the line. Both are deleted then. `client` is a keyed hash of where
    an unproven sign-up came from; it goes when the address is proven. `phone` is a number to call, where somebody who signed up
    by phone left one. `to_phone_at` is since when somebody of the organiser's wants them phoned, by hand, and `to_phone_why`
    their note of why.

    `occurrence_id` is the date, for a course the first one they come to. `bundle` is the same for what was signed up for in one
    go. `offered_seats` is set while a part of `seats` is offered. In the line, a higher `priority` goes first, then who joined
    first; `blocked_since` is when the first in line was found to be more than there are free seats, `skipped` how often smaller
    groups were served meanwhile, `unanswered` how many offers ran out, `invited_at` when all in line were last told of free
    seats. `answers` are by a question's public id; `companions` are
    `{"name", "age"}` of each who comes, as far as asked; `school_class` is `{"school", "class", "pupils", "adults"}`;
    `vetted_on` is the date of the certificate they declare to have. `walk_in` is who came without having signed up; a ticket is
    good for one `ticket_turn`, so that raising it makes the ones before worth nothing.

    What statistics would lose with the person stands beside them, and stays: `placed_at`, when they first had a place; whether it
    is somebody's first one ever (`is_new`) and of its date's year (`first_this_year`), which triggers write; `age_band` and
    `area`, where they were asked ('' is not asked, "unsaid" would rather not say).
    """

    __tablename__ = "registration"
    __table_args__ = (
        CheckConstraint("seats > 0", name="some_seats"),
        CheckConstraint("offered_seats BETWEEN 1 AND seats", name="offered_a_part"),
        Index("uq_registration_live_person", "person_id", "pool_id", unique=True, postgresql_where=_IS_LIVE),
        Index("uq_registration_live_email", "pool_id", "email", unique=True, postgresql_where=_IS_LIVE),
        Index(
            "ix_registration_queue", "pool_id", text("priority DESC"), "joined_at", "id", postgresql_where=_IS_QUEUED
        ),
        Index("ix_registration_unverified_email", "email", postgresql_where=_IS_UNVERIFIED),
        Index("ix_registration_client", "client", postgresql_where=text("client IS NOT NULL")),
        Index("ix_registration_expires_at", "expires_at", postgresql_where=_IS_UNVERIFIED),
        Index("ix_registration_email", "email"),
        Index("ix_registration_to_phone", "pool_id", postgresql_where=text("to_phone_at IS NOT NULL")),
        Index("ix_registration_to_phone_by_id", "to_phone_by_id", postgresql_where=text("to_phone_by_id IS NOT NULL")),
        Index("ix_registration_bundle", "bundle", postgresql_where=text("bundle IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True)
    pool_id: Mapped[int] = mapped_column(ForeignKey("pool.id"))
    occurrence_id: Mapped[int] = mapped_column(ForeignKey("occurrence.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"), index=True)
    state: Mapped[State] = mapped_column(String(24))
    seats: Mapped[int] = mapped_column(SmallInteger)
    offered_seats: Mapped[int | None] = mapped_column(SmallInteger)
    holds_seat: Mapped[bool] = mapped_column(default=True, server_default="true")
    takes_fewer: Mapped[bool] = mapped_column(default=False, server_default="false")
    name: Mapped[str | None] = mapped_column(String(120))
    email: Mapped[str | None] = mapped_column(String(254))
    phone: Mapped[str | None] = mapped_column(String(40))
    language: Mapped[str] = mapped_column(String(2))
    channel: Mapped[str] = mapped_column(String(20))
    client: Mapped[str | None] = mapped_column(String(32))
    notice_version: Mapped[str | None] = mapped_column(String(20))
    bundle: Mapped[str | None] = mapped_column(String(16))
    answers: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    companions: Mapped[list[dict[str, Any]]] = mapped_column(default=list, server_default="[]")
    school_class: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    vetted_on: Mapped[date | None]
    priority: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    blocked_since: Mapped[datetime | None]
    skipped: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    unanswered: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    invited_at: Mapped[datetime | None]
    joined_at: Mapped[datetime]
    verified_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    changed_at: Mapped[datetime]
    sequence: Mapped[int] = mapped_column(default=0, server_default="0")
    walk_in: Mapped[bool] = mapped_column(default=False, server_default="false")
    ticket_turn: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    to_phone_at: Mapped[datetime | None]
    to_phone_why: Mapped[str] = mapped_column(String(160), default="", server_default="")
    to_phone_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    placed_at: Mapped[datetime | None]
    is_new: Mapped[bool | None]
    first_this_year: Mapped[bool | None]
    age_band: Mapped[str] = mapped_column(String(8), default="", server_default="")
    area: Mapped[str] = mapped_column(String(40), default="", server_default="")

    pool: Mapped[Pool] = relationship()
    occurrence: Mapped[Occurrence] = relationship()
    person: Mapped[Person | None] = relationship()


class Answered(StrEnum):
    """What became of an offer: it is open, and then ends in exactly one way."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class Offer(Base):
    """A seat, or several, kept for one who waits until they answer or `expires_at`. `delivered_from` is when it may be read."""

    __tablename__ = "seat_offer"
    __table_args__ = (
        CheckConstraint("seats > 0", name="some_seats"),
        CheckConstraint("(answered = 'open') = (settled_at IS NULL)", name="settled_when_answered"),
        Index("uq_seat_offer_open", "registration_id", unique=True, postgresql_where=text("answered = 'open'")),
        Index("ix_seat_offer_expires_at", "expires_at", postgresql_where=text("answered = 'open'")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(24), unique=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"), index=True)
    seats: Mapped[int] = mapped_column(SmallInteger)
    answered: Mapped[Answered] = mapped_column(String(12))
    made_at: Mapped[datetime]
    delivered_from: Mapped[datetime]
    expires_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"), index=True)

    registration: Mapped[Registration] = relationship()


class Hold(Base):
    """Seats kept for somebody who is filling in the form, in a talk or on the page `key` names: of one date, or of several."""

    __tablename__ = "seat_hold"
    __table_args__ = (UniqueConstraint("key", "pool_id"), CheckConstraint("seats > 0", name="some_seats"))

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(90))
    pool_id: Mapped[int] = mapped_column(ForeignKey("pool.id", ondelete="CASCADE"), index=True)
    seats: Mapped[int] = mapped_column(SmallInteger)
    expires_at: Mapped[datetime] = mapped_column(index=True)


class Step(Base):
    """One step in the life of a sign-up, without the person: kept when they are erased, for staff's view and statistics.

    A trigger writes one with each change of state or seats; `reason` and `account_id` are added by who decides. There is no
    foreign key to the sign-up, as unproven ones are deleted.
    """

    __tablename__ = "registration_step"
    __table_args__ = (Index("ix_registration_step_registration_id", "registration_id", "id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    registration_id: Mapped[int]
    pool_id: Mapped[int]
    before: Mapped[State | None] = mapped_column(String(24))
    state: Mapped[State] = mapped_column(String(24))
    seats: Mapped[int] = mapped_column(SmallInteger)
    reason: Mapped[str] = mapped_column(String(200), default="", server_default="")
    account_id: Mapped[int | None]
    at: Mapped[datetime]
