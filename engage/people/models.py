"""A person as the service knows one: language, wishes, addresses by which they are reached, ways to show that one is theirs."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, SmallInteger, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engage.base.db import Base


class Person(Base):
    """Somebody who signed up or talks with us. Citizens have no account; an address is how we know them again.

    `wishes` is what `wishes.Wishes` writes: of what they want to be reminded, and when it shall be quiet.

    `seen_at` is when they were last on their own page or linked a chat, to the day; whoever was is kept for a while longer than
    their sign-ups, and `warned_at` is when we wrote that this is nearly over (see `registrations.own_page`).

    `digest_due_at` is when the next letter about what they follow is due, `digest_sent_at` when the last one was written (see
    `following.digests`).

    `last_place_year` is the last year in which they had a place in something that has let go of them since, so that who is
    still known does not count as new once more.
    """

    __tablename__ = "person"
    # Few have quiet hours of their own; who reminds asks which there are.
    __table_args__ = (
        Index(
            "ix_person_quiet",
            text("(wishes -> 'quiet')"),
            postgresql_where=text("jsonb_typeof(wishes -> 'quiet') = 'array'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    language: Mapped[str] = mapped_column(String(2))
    wishes: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    created_at: Mapped[datetime]
    # Since when they want nothing but what belongs to their sign-ups.
    optional_off_at: Mapped[datetime | None]
    seen_at: Mapped[datetime | None]
    warned_at: Mapped[datetime | None]
    digest_due_at: Mapped[datetime | None] = mapped_column(index=True)
    digest_sent_at: Mapped[datetime | None]
    last_place_year: Mapped[int | None] = mapped_column(SmallInteger)


class Address(Base):
    """One way to reach a person: a channel and their identifier there, proven or not yet.

    While `off_at` is set nothing is sent there: its owner blocked us (`off_reason` "blocked") or chose another way ("chosen").
    """

    __tablename__ = "address"
    __table_args__ = (UniqueConstraint("channel", "identifier"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    channel: Mapped[str] = mapped_column(String(20))
    identifier: Mapped[str] = mapped_column(String(254))
    verified_at: Mapped[datetime | None]
    off_at: Mapped[datetime | None]
    off_reason: Mapped[str] = mapped_column(String(20), default="", server_default="")


class OneTimeKey(Base):
    """A secret sent to `email`, of which the hash is kept: whoever brings it reads mail there. Works once, until `expires_at`.

    `facts` is what it was asked for with, such as the chat that wants to be linked. `browser` is a hash of the session in which
    it was used, so that a second press of the same button there is no second use.
    """

    __tablename__ = "one_time_key"
    __table_args__ = (Index("ix_one_time_key_expires_at", "expires_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True)
    hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    purpose: Mapped[str] = mapped_column(String(12))
    email: Mapped[str] = mapped_column(String(254), index=True)
    facts: Mapped[dict[str, Any]]
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    browser: Mapped[bytes | None] = mapped_column(LargeBinary(32))


class Visit(Base):
    """A browser in which somebody has shown that the mail of `address` reaches them. The cookie keeps the name, this the hash."""

    __tablename__ = "citizen_visit"

    id: Mapped[int] = mapped_column(primary_key=True)
    hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    address_id: Mapped[int] = mapped_column(ForeignKey("address.id", ondelete="CASCADE"), index=True)
    began_at: Mapped[datetime]
    ends_at: Mapped[datetime] = mapped_column(index=True)

    address: Mapped[Address] = relationship()


class ChatLink(Base):
    """A visit that wants to be linked to a chat. A chat that knows the secret then stands here; the visit has the last word.

    `hash` is of the secret in a link, `code_hash` of the short one that can be typed. Once a chat has answered, neither works
    any more.
    """

    __tablename__ = "chat_link"
    __table_args__ = (
        CheckConstraint("(channel IS NULL) = (answered_at IS NULL)", name="answered_by_a_chat"),
        CheckConstraint("(channel IS NULL) = (identifier IS NULL)", name="chat_is_named"),
        Index("uq_chat_link_code_hash", "code_hash", unique=True, postgresql_where=text("answered_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    visit_id: Mapped[int] = mapped_column(ForeignKey("citizen_visit.id", ondelete="CASCADE"), unique=True)
    hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    code_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    channel: Mapped[str | None] = mapped_column(String(20))
    identifier: Mapped[str | None] = mapped_column(String(64))
    answered_at: Mapped[datetime | None]

    visit: Mapped[Visit] = relationship()
