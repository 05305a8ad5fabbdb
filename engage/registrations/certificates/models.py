"""A certificate with all it says, the public halves of the keys they were signed with, and how many were issued a year."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, SmallInteger, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from engage.base.db import Base


class CertificateKind(StrEnum):
    """That somebody took part in one thing, or their hours as a volunteer over a period."""

    ATTENDANCE = "attendance"
    HOURS = "hours"


class Certificate(Base):
    """What a person asked us to say of them, frozen when they asked: later changes of the activity change nothing here.

    `public_id` is in the address anybody checks it at, and cannot be guessed. `name` is what the person wished to have on it, and
    may be empty; only with `name_checkable` strangers may ask whether a name is that one. `facts` is what `saying` writes and
    reads. `registration_id` keeps one sign-up from giving two; it goes with what we know of the sign-up. `revoked_reason` is why
    staff took it back, in words for its person alone.
    """

    __tablename__ = "certificate"
    __table_args__ = (CheckConstraint("name <> '' OR NOT name_checkable", name="a_name_to_check"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(24), unique=True)
    kind: Mapped[CertificateKind] = mapped_column(String(12))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    registration_id: Mapped[int | None] = mapped_column(ForeignKey("registration.id", ondelete="SET NULL"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    name_checkable: Mapped[bool] = mapped_column(default=False, server_default="false")
    facts: Mapped[dict[str, Any]]
    issued_at: Mapped[datetime] = mapped_column(index=True)
    revoked_at: Mapped[datetime | None]
    revoked_reason: Mapped[str] = mapped_column(Text, default="", server_default="")

    @property
    def valid(self) -> bool:
        return self.revoked_at is None


class TakenBack(Base):
    """That the certificate with a number (its id) was taken back: kept when it is deleted, or a signed file would be good again.

    It names nobody. `registration_id` keeps the same sign-up from giving another one; it goes with what we know of the sign-up.
    """

    __tablename__ = "certificate_taken_back"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    registration_id: Mapped[int | None] = mapped_column(ForeignKey("registration.id", ondelete="SET NULL"), index=True)
    taken_back_at: Mapped[datetime]


class CredentialKey(Base):
    """The public half of a key that credentials were signed with. It stays when another signs, so that they can be verified."""

    __tablename__ = "credential_key"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(43), unique=True)
    public_key: Mapped[str] = mapped_column(String(43))
    first_used_at: Mapped[datetime]


class CertificateCount(Base):
    """How many certificates of a kind were issued in a year of the city's own calendar, whoever they were for."""

    __tablename__ = "certificate_count"

    year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    kind: Mapped[CertificateKind] = mapped_column(String(12), primary_key=True)
    number: Mapped[int]
