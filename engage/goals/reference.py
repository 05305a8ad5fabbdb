"""4-17-42 as every process remembers it: read once, re-read within seconds of a change."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

from flask import current_app
from sqlalchemy import select

from engage.base import revisions
from engage.base.db import db
from engage.base.i18n import in_language
from engage.goals.models import Dimension, FocalPoint, KeyFeature, KeyFeatureArea, Sdg

# Staff correct the list a few times a year; a quarter of a minute is soon enough, and spares a query on every page.
_TRUST_SECONDS = 15.0


@dataclass(frozen=True)
class DimensionFacts:
    """A dimension of sustainability: stable id and its names by language."""

    id: str
    names: Mapping[str, str]

    @property
    def name(self) -> str:
        return in_language(self.names)


@dataclass(frozen=True)
class SdgFacts:
    """A Sustainable Development Goal: number, titles by language, colour and a text colour of at least 4.5:1 on it."""

    number: int
    titles: Mapping[str, str]
    colour: str
    text_colour: str
    dimension: str

    @property
    def title(self) -> str:
        return in_language(self.titles)


@dataclass(frozen=True)
class FeatureFacts:
    """A Key Feature: stable id, UNESCO's code as far as known, titles by language, and whether the list was checked."""

    id: str
    code: str
    short_titles: Mapping[str, str]
    titles: Mapping[str, str]
    focal_point: str
    dimension: str
    verified: bool
    sdgs: tuple[int, ...] = ()

    @property
    def short_title(self) -> str:
        return in_language(self.short_titles)

    @property
    def title(self) -> str:
        return in_language(self.titles)


@dataclass(frozen=True)
class FocalPointFacts:
    """One of the 12 focal points and the area it belongs to."""

    id: str
    area: str
    titles: Mapping[str, str]

    @property
    def title(self) -> str:
        return in_language(self.titles)


@dataclass(frozen=True)
class Reference:
    """The 4, the 17 and the 42, each by its stable key, in their own order."""

    dimensions: Mapping[str, DimensionFacts]
    sdgs: Mapping[int, SdgFacts]
    features: Mapping[str, FeatureFacts]
    focal_points: Mapping[str, FocalPointFacts]
    areas: Mapping[str, Mapping[str, str]]


@dataclass
class _Remembered:
    reference: Reference
    revision: int
    checked: float


def reference() -> Reference:
    """4-17-42 as loaded; empty before `engage seed` ran."""
    remembered: _Remembered | None = current_app.extensions.get("engage.goals")
    if remembered and time.monotonic() - remembered.checked < _TRUST_SECONDS:
        return remembered.reference
    revision = revisions.number("goals")
    if remembered is None or remembered.revision != revision:
        remembered = _Remembered(_read(), revision, 0.0)
        current_app.extensions["engage.goals"] = remembered
    remembered.checked = time.monotonic()
    return remembered.reference


def _read() -> Reference:
    session = db.session
    dimensions = session.scalars(select(Dimension).order_by(Dimension.position))
    sdgs = session.scalars(select(Sdg).order_by(Sdg.number))
    features = session.scalars(select(KeyFeature).order_by(KeyFeature.position))
    points = session.scalars(select(FocalPoint).order_by(FocalPoint.position))
    areas = session.scalars(select(KeyFeatureArea).order_by(KeyFeatureArea.position))
    return Reference(
        dimensions={row.id: DimensionFacts(row.id, row.names) for row in dimensions},
        sdgs={
            row.number: SdgFacts(row.number, row.titles, row.colour, row.text_colour, row.primary_dimension_id)
            for row in sdgs
        },
        features={row.id: _feature(row) for row in features},
        focal_points={row.id: FocalPointFacts(row.id, row.area_id, row.titles) for row in points},
        areas={row.id: row.titles for row in areas},
    )


def _feature(row: KeyFeature) -> FeatureFacts:
    return FeatureFacts(
        id=row.id,
        code=row.code,
        short_titles=row.short_titles,
        titles=row.titles,
        focal_point=row.focal_point_id,
        dimension=row.dimension_id,
        verified=row.verified,
        sdgs=tuple(row.sdgs),
    )
