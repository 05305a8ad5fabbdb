"""A person as the service knows one: a language, and addresses by which they can be reached."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from engage.base.db import Base


class Person(Base):
    """Somebody who signed up or talks with us. Citizens have no account; an address is how we know them again."""

    __tablename__ = "person"

    id: Mapped[int] = mapped_column(primary_key=True)
    language: Mapped[str] = mapped_column(String(2))
    created_at: Mapped[datetime]


class Address(Base):
    """One way to reach a person: a channel and their identifier there, proven or not yet."""

    __tablename__ = "address"
    __table_args__ = (UniqueConstraint("channel", "identifier"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    channel: Mapped[str] = mapped_column(String(20))
    identifier: Mapped[str] = mapped_column(String(254))
    verified_at: Mapped[datetime | None]
