"""4-17-42 as rows: dimensions, Sustainable Development Goals, and UNESCO's areas, focal points and Key Features."""

from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, ForeignKey, SmallInteger, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from engage.base.db import Base


class Dimension(Base):
    """One of the 4 dimensions of sustainability."""

    __tablename__ = "dimension"

    id: Mapped[str] = mapped_column(String(20), primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger)
    names: Mapped[dict[str, str]]
    examples: Mapped[dict[str, str]]


class Sdg(Base):
    """One of the UN's 17 Sustainable Development Goals, with the official colour and a text colour readable on it."""

    __tablename__ = "sdg"

    number: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    titles: Mapped[dict[str, str]]
    colour: Mapped[str] = mapped_column(String(7))
    text_colour: Mapped[str] = mapped_column(String(7))
    primary_dimension_id: Mapped[str] = mapped_column(ForeignKey("dimension.id"))
    other_dimension_ids: Mapped[list[str]] = mapped_column(ARRAY(Text))


class KeyFeatureArea(Base):
    """One of the 3 areas of UNESCO's temple: pediment, columns, steps."""

    __tablename__ = "key_feature_area"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    code: Mapped[str] = mapped_column(String(2))
    position: Mapped[int] = mapped_column(SmallInteger)
    part: Mapped[str] = mapped_column(String(20))
    titles: Mapped[dict[str, str]]


class FocalPoint(Base):
    """One of the 12 focal points."""

    __tablename__ = "focal_point"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    code: Mapped[str] = mapped_column(String(4))
    position: Mapped[int] = mapped_column(SmallInteger)
    area_id: Mapped[str] = mapped_column(ForeignKey("key_feature_area.id"))
    titles: Mapped[dict[str, str]]


class KeyFeature(Base):
    """One of the 42 Key Features. `id` is stable for ever; `code` is UNESCO's number and may still be corrected.

    `verified` tells that somebody compared it with UNESCO's document, `corrected_at` that the city wrote it: a newer
    version of the shipped list leaves it alone then.
    """

    __tablename__ = "key_feature"

    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    code: Mapped[str] = mapped_column(String(6))
    position: Mapped[int] = mapped_column(SmallInteger)
    focal_point_id: Mapped[str] = mapped_column(ForeignKey("focal_point.id"))
    dimension_id: Mapped[str] = mapped_column(ForeignKey("dimension.id"))
    short_titles: Mapped[dict[str, str]]
    titles: Mapped[dict[str, str]]
    sdgs: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger))
    verified: Mapped[bool]
    verified_at: Mapped[datetime | None]
    corrected_at: Mapped[datetime | None]
    details: Mapped[dict[str, Any]]


class ReferenceVersion(Base):
    """Which version of a shipped data set is loaded, so that loading it again does nothing."""

    __tablename__ = "reference_version"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    version: Mapped[str] = mapped_column(String(40))
    loaded_at: Mapped[datetime]
