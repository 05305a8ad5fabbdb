"""Loading 4-17-42 from the package's data: idempotent, and a newer version corrects an older one in place."""

import json
from datetime import datetime
from importlib.resources import files
from typing import Any

from sqlalchemy.dialects.postgresql import insert

from engage.base.db import Base, db
from engage.goals.models import Dimension, FocalPoint, KeyFeature, KeyFeatureArea, ReferenceVersion, Sdg

NAME = "4-17-42"


def read(name: str) -> dict[str, Any]:
    """One of the package's data files: "dimensions", "sdgs" or "key_features"."""
    document: dict[str, Any] = json.loads((files("engage.goals") / "data" / f"{name}.json").read_text("utf-8"))
    return document


def load(now: datetime) -> bool:
    """Bring the tables to the shipped version. Returns False when they had it already."""
    dimensions, sdgs, features = read("dimensions"), read("sdgs"), read("key_features")
    version = "/".join(document["version"] for document in (dimensions, sdgs, features))
    current = db.session.get(ReferenceVersion, NAME)
    if current is not None and current.version == version:
        return False
    _put(Dimension, "id", [_dimension(entry) for entry in dimensions["dimensions"]])
    _put(Sdg, "number", [_sdg(entry) for entry in sdgs["sdgs"]])
    _put(KeyFeatureArea, "id", [_area(entry) for entry in features["areas"]])
    _put(FocalPoint, "id", [_point(entry) for entry in features["focal_points"]])
    numbered = [{**entry, "position": number} for number, entry in enumerate(features["key_features"])]
    _put(KeyFeature, "id", [_feature(entry) for entry in numbered])
    db.session.merge(ReferenceVersion(name=NAME, version=version, loaded_at=now))
    return True


def _put(model: type[Base], key: str, rows: list[dict[str, Any]]) -> None:
    """Insert or correct rows by their stable key. What staff have verified or corrected stays as they left it."""
    statement = insert(model)
    columns = {name: statement.excluded[name] for name in rows[0] if name not in {key, "verified"}}
    theirs = KeyFeature.corrected_at.is_(None) if model is KeyFeature else None
    db.session.execute(statement.on_conflict_do_update(index_elements=[key], set_=columns, where=theirs), rows)


def _dimension(entry: dict[str, Any]) -> dict[str, Any]:
    return {"id": entry["id"], "position": entry["order"], "names": entry["name"], "examples": entry["example"]}


def _sdg(entry: dict[str, Any]) -> dict[str, Any]:
    return {
        "number": entry["number"],
        "titles": entry["title"],
        "colour": entry["colour"],
        "text_colour": entry["text_colour"],
        "primary_dimension_id": entry["primary_dimension"],
        "other_dimension_ids": entry["other_dimensions"],
    }


def _area(entry: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": entry["id"],
        "code": entry["code"],
        "position": entry["order"],
        "part": entry["temple_part"],
        "titles": entry["title"],
    }


def _point(entry: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": entry["id"],
        "code": entry["code"],
        "position": entry["order"],
        "area_id": entry["area"],
        "titles": entry["title"],
    }


def _feature(entry: dict[str, Any]) -> dict[str, Any]:
    details = ("measurements", "app_signal", "data_source_hint", "confidence", "provenance")
    return {
        "id": entry["id"],
        "code": entry["code"],
        "position": entry["position"],
        "focal_point_id": entry["focal_point"],
        "dimension_id": entry["dimension"],
        "short_titles": entry["short"],
        "titles": entry["title"],
        "sdgs": entry["sdgs"]["goals"],
        "verified": entry["verified"],
        "details": {"targets": entry["sdgs"]["targets"], **{key: entry[key] for key in details}},
    }
