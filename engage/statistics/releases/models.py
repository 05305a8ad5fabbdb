"""Closed months as they were released: written once, never again. No row is about anybody; none names an activity or a person."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from engage.base.db import Base


class Release(Base):
    """The months from `first_month` to `last_month` (first days), told together; mostly one. `least` is what was asked of it."""

    __tablename__ = "release"
    __table_args__ = (CheckConstraint("last_month >= first_month", name="months_in_order"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    first_month: Mapped[date] = mapped_column(unique=True)
    last_month: Mapped[date] = mapped_column(unique=True)
    least: Mapped[int]
    released_at: Mapped[datetime]


class ReleasedAtom(Base):
    """Sign-ups that are counted together. `profile` is {attribute: values}; an attribute it lacks is not told of them."""

    __tablename__ = "release_atom"

    id: Mapped[int] = mapped_column(primary_key=True)
    release_id: Mapped[int] = mapped_column(ForeignKey("release.id", ondelete="CASCADE"), index=True)
    profile: Mapped[dict[str, list[str]]] = mapped_column(JSONB)
    sign_ups: Mapped[int]
    seats: Mapped[int]
    minutes: Mapped[int | None]


class ReleasedPart(Base):
    """A piece of an atom: how many of its sign-ups have `value` in `split`."""

    __tablename__ = "release_part"

    atom_id: Mapped[int] = mapped_column(ForeignKey("release_atom.id", ondelete="CASCADE"), primary_key=True)
    split: Mapped[str] = mapped_column(String(12), primary_key=True)
    value: Mapped[str] = mapped_column(String(40), primary_key=True)
    sign_ups: Mapped[int]


class ReleasedDates(Base):
    """How many public dates were held by activities with a profile. Anybody could count them in the calendar."""

    __tablename__ = "release_dates"

    id: Mapped[int] = mapped_column(primary_key=True)
    release_id: Mapped[int] = mapped_column(ForeignKey("release.id", ondelete="CASCADE"), index=True)
    profile: Mapped[dict[str, list[str]]] = mapped_column(JSONB)
    dates: Mapped[int]


class GoodExample(Base):
    """An activity that staff tell the network about, in words of their own by language."""

    __tablename__ = "good_example"
    __table_args__ = (UniqueConstraint("activity_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    activity_id: Mapped[int] = mapped_column(ForeignKey("activity.id", ondelete="CASCADE"))
    danish: Mapped[str] = mapped_column(Text)
    english: Mapped[str] = mapped_column(Text, default="", server_default="")
    written_at: Mapped[datetime]
