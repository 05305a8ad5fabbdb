"""Which Key Features were chosen for a year, by what they are measured, and what was measured."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, SmallInteger, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from engage.base.db import Base


class Better(StrEnum):
    """Which way an indicator is meant to go."""

    UP = "up"
    DOWN = "down"


class ChosenFeature(Base):
    """A Key Feature the city works with in a calendar year. `aim` is what it wants to reach, in staff's own words."""

    __tablename__ = "chosen_feature"
    __table_args__ = (UniqueConstraint("year", "key_feature_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(SmallInteger)
    key_feature_id: Mapped[str] = mapped_column(ForeignKey("key_feature.id"), index=True)
    aim: Mapped[str] = mapped_column(Text, default="", server_default="")
    chosen_at: Mapped[datetime]


class Indicator(Base):
    """What tells how far the city is with a Key Feature: a number with a unit, where it started and where it shall be.

    It belongs to the Key Feature and not to a year, so that its values make one line over the years. `names` and `units` are by
    language. The baseline is the value before the work began, with the source and the day it holds for. `version` rises with each
    change: who writes over somebody else's change is told.
    """

    __tablename__ = "indicator"
    __table_args__ = (
        CheckConstraint("(baseline_value IS NULL) = (baseline_on IS NULL)", name="baseline_has_a_day"),
        CheckConstraint("(target_value IS NULL) = (target_on IS NULL)", name="target_has_a_day"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(12), unique=True)
    key_feature_id: Mapped[str] = mapped_column(ForeignKey("key_feature.id"), index=True)
    names: Mapped[dict[str, str]]
    units: Mapped[dict[str, str]]
    definition: Mapped[str] = mapped_column(Text, default="", server_default="")
    better: Mapped[Better] = mapped_column(String(4))
    baseline_value: Mapped[Decimal | None] = mapped_column(Numeric(18, 4))
    baseline_on: Mapped[date | None]
    baseline_source: Mapped[str] = mapped_column(String(200), default="", server_default="")
    target_value: Mapped[Decimal | None] = mapped_column(Numeric(18, 4))
    target_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=0, server_default="0")
    made_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]


class Measurement(Base):
    """A value of an indicator on a day, with its source. A wrong one is struck out with a reason, and stays to be seen."""

    __tablename__ = "measurement"
    __table_args__ = (
        CheckConstraint("(struck_at IS NULL) = (struck_reason = '')", name="struck_with_a_reason"),
        Index("ix_measurement_indicator_id", "indicator_id", "measured_on"),
        Index(
            "uq_measurement_day", "indicator_id", "measured_on", unique=True, postgresql_where=text("struck_at IS NULL")
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(12), unique=True)
    indicator_id: Mapped[int] = mapped_column(ForeignKey("indicator.id", ondelete="CASCADE"))
    value: Mapped[Decimal] = mapped_column(Numeric(18, 4))
    measured_on: Mapped[date]
    source: Mapped[str] = mapped_column(String(200))
    note: Mapped[str] = mapped_column(Text, default="", server_default="")
    entered_at: Mapped[datetime]
    struck_at: Mapped[datetime | None]
    struck_reason: Mapped[str] = mapped_column(String(200), default="", server_default="")
