"""Who came: what was noted at the door, what follows from it for each sign-up and date, and links for helpers at the door."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    LargeBinary,
    SmallInteger,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engage.base.db import Base
from engage.registrations.models import Registration

# What stands in the place of somebody's words about a person who is forgotten.
FORGOTTEN = "-"


class Noted(StrEnum):
    """What was noted at the door."""

    ENTRY = "entry"
    EXIT = "exit"
    ABSENT = "absent"


class Way(StrEnum):
    """How somebody was found at the door."""

    SCAN = "scan"
    CODE = "code"
    NAME = "name"
    LIST = "list"
    WALK_IN = "walk_in"
    CHAT = "chat"


class CheckIn(Base):
    """One thing noted at the door. Rows are only added; one that is undone keeps its place.

    `nonce` is made by who notes it, so that what is sent twice is noted once. `happened_at` is when it was by the device's clock,
    put right by how far that was off; `received_at` when it reached us, later for what was noted without a connection. `seats` is
    how many of a group, 0 for who was absent. `conflict` is a code of `answers.Code`: why it would have been refused, where a
    device without a connection had let them in. Of who noted it the account is known, or the link.
    """

    __tablename__ = "check_in"
    __table_args__ = (CheckConstraint("(kind = 'absent') = (seats = 0)", name="nobody_when_absent"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True)
    nonce: Mapped[str] = mapped_column(String(40), unique=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"), index=True)
    occurrence_id: Mapped[int] = mapped_column(ForeignKey("occurrence.id", ondelete="CASCADE"), index=True)
    kind: Mapped[Noted] = mapped_column(String(6))
    seats: Mapped[int] = mapped_column(SmallInteger)
    happened_at: Mapped[datetime]
    received_at: Mapped[datetime]
    way: Mapped[Way] = mapped_column(String(8))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"), index=True)
    door_link_id: Mapped[int | None] = mapped_column(ForeignKey("door_link.id", ondelete="SET NULL"), index=True)
    conflict: Mapped[str] = mapped_column(String(24), default="", server_default="")
    undone_at: Mapped[datetime | None]
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"), index=True)

    registration: Mapped[Registration] = relationship()


class Attendance(Base):
    """What follows from the check-ins of one sign-up on one date: a course's sign-up has many. No row is *not marked*.

    `seats` is how many came, 0 that nobody did. `minutes` are a volunteer's, those of all who came together; None in what is
    no volunteering. What the organiser put in their place (`corrected_*`) stays when the check-ins change; while nobody is there
    any more it lies in `HoursSetAside`.
    """

    __tablename__ = "attendance"
    __table_args__ = (
        UniqueConstraint("registration_id", "occurrence_id"),
        CheckConstraint("seats >= 0", name="seats_not_negative"),
        CheckConstraint("(corrected_minutes IS NULL) = (corrected_reason = '')", name="corrected_with_a_reason"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"))
    occurrence_id: Mapped[int] = mapped_column(ForeignKey("occurrence.id", ondelete="CASCADE"), index=True)
    seats: Mapped[int] = mapped_column(SmallInteger)
    first_in_at: Mapped[datetime | None]
    last_out_at: Mapped[datetime | None]
    minutes: Mapped[int | None]
    corrected_minutes: Mapped[int | None]
    corrected_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"), index=True)
    corrected_reason: Mapped[str] = mapped_column(String(200), default="", server_default="")
    marked_at: Mapped[datetime]

    registration: Mapped[Registration] = relationship()

    @property
    def hours_in_minutes(self) -> int | None:
        """What counts: what the organiser corrected, else what was reckoned."""
        return self.minutes if self.corrected_minutes is None else self.corrected_minutes


class HoursSetAside(Base):
    """A correction of the hours of a sign-up of whom nothing is noted any more, or that nobody came: it counts for nothing, and
    stands again as soon as they are checked in once more.
    """

    __tablename__ = "hours_set_aside"
    __table_args__ = (UniqueConstraint("registration_id", "occurrence_id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"))
    occurrence_id: Mapped[int] = mapped_column(ForeignKey("occurrence.id", ondelete="CASCADE"), index=True)
    minutes: Mapped[int]
    reason: Mapped[str] = mapped_column(String(200))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"), index=True)


class DoorLink(Base):
    """A link with which a helper without an account checks people in on one date. Its secret stands here as a hash only."""

    __tablename__ = "door_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True)
    occurrence_id: Mapped[int] = mapped_column(ForeignKey("occurrence.id", ondelete="CASCADE"), index=True)
    hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    label: Mapped[str] = mapped_column(String(60))
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"), index=True)
    made_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
