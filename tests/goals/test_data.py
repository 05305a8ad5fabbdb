"""The shipped 4-17-42: complete, consistent with itself, readable on its colours. How it is loaded is tested elsewhere."""

import json
import re
from collections import Counter
from importlib.resources import files
from typing import Any

import pytest

LANGUAGES = {"da", "en", "de"}
# WCAG 2.1, success criterion 1.4.3 (AA) for text of normal size.
LEAST_CONTRAST = 4.5


def read(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((files("engage.goals") / "data" / f"{name}.json").read_text("utf-8"))
    return document


DIMENSIONS = read("dimensions")["dimensions"]
SDGS = read("sdgs")["sdgs"]
FEATURES = read("key_features")
KEY_FEATURES = FEATURES["key_features"]
MEASUREMENTS = [entry for feature in KEY_FEATURES for entry in feature["measurements"]]


def luminance(colour: str) -> float:
    """Relative luminance of "#RRGGBB" as WCAG 2.1 defines it."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def three_languages(text: dict[str, str]) -> bool:
    return set(text) == LANGUAGES and all(part == part.strip() and part for part in text.values())


def test_there_are_4_dimensions_17_goals_3_areas_12_focal_points_and_42_key_features() -> None:
    counts = [len(DIMENSIONS), len(SDGS), len(FEATURES["areas"]), len(FEATURES["focal_points"]), len(KEY_FEATURES)]
    assert counts == [4, 17, 3, 12, 42]


def test_the_temple_has_3_focal_points_in_its_pediment_6_columns_and_3_steps() -> None:
    parts = {area["id"]: area["temple_part"] for area in FEATURES["areas"]}
    per_part = Counter(parts[point["area"]] for point in FEATURES["focal_points"])
    assert per_part == {"pediment": 3, "columns": 6, "steps": 3}


@pytest.mark.parametrize("name", ["dimensions", "sdgs", "key_features"])
def test_each_file_carries_the_date_of_its_version_first(name: str) -> None:
    document = read(name)
    assert next(iter(document)) == "version"
    assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", document["version"])


def test_ids_are_unique_and_do_not_depend_on_unescos_codes() -> None:
    for entries in (DIMENSIONS, FEATURES["areas"], FEATURES["focal_points"], KEY_FEATURES, MEASUREMENTS):
        ids = [entry["id"] for entry in entries]
        assert len(set(ids)) == len(ids)
        assert not [id_ for id_ in ids if re.search(r"\d+\.\d+", id_)]
    assert [sdg["number"] for sdg in SDGS] == list(range(1, 18))


def test_every_name_stands_in_three_languages() -> None:
    texts = [entry[key] for entry in DIMENSIONS for key in ("name", "short", "example")]
    texts += [sdg["title"] for sdg in SDGS]
    texts += [entry["title"] for key in ("areas", "focal_points", "key_features") for entry in FEATURES[key]]
    texts += [feature["short"] for feature in KEY_FEATURES]
    texts += [feature["app_signal"] for feature in KEY_FEATURES if feature["app_signal"]]
    texts += [entry[key] for entry in MEASUREMENTS for key in ("name", "definition")]
    texts += [*FEATURES["units"].values(), *FEATURES["data_sources"].values()]
    assert [text for text in texts if not three_languages(text)] == []


def test_every_goal_has_its_danish_sentence() -> None:
    assert all(sdg["statement"]["da"].startswith("Vi skal ") for sdg in SDGS)


@pytest.mark.parametrize("sdg", SDGS, ids=lambda sdg: str(sdg["number"]))
def test_the_number_can_be_read_on_the_goals_colour(sdg: dict[str, Any]) -> None:
    assert re.fullmatch(r"#[0-9A-F]{6}", sdg["colour"])
    assert sdg["text_colour"] in {"#FFFFFF", "#000000"}
    assert contrast(sdg["colour"], sdg["text_colour"]) >= LEAST_CONTRAST


def test_each_goal_counts_once_under_the_dimension_that_lists_it() -> None:
    listed = {number: dimension["id"] for dimension in DIMENSIONS for number in dimension["sdgs"]}
    assert sum(len(dimension["sdgs"]) for dimension in DIMENSIONS) == 17
    assert listed == {sdg["number"]: sdg["primary_dimension"] for sdg in SDGS}


def test_a_goals_other_dimensions_exist_and_are_not_its_first_one() -> None:
    known = {dimension["id"] for dimension in DIMENSIONS}
    for sdg in SDGS:
        assert set(sdg["other_dimensions"]) <= known - {sdg["primary_dimension"]}


def test_every_key_feature_points_to_an_area_focal_point_dimension_and_goals_that_exist() -> None:
    area_of = {point["id"]: point["area"] for point in FEATURES["focal_points"]}
    assert set(area_of.values()) == {area["id"] for area in FEATURES["areas"]}
    for feature in KEY_FEATURES:
        assert feature["area"] == area_of[feature["focal_point"]]
        assert feature["dimension"] in {dimension["id"] for dimension in DIMENSIONS}
        goals, targets = feature["sdgs"]["goals"], feature["sdgs"]["targets"]
        assert goals
        assert set(goals) <= set(range(1, 18))
        assert {int(target.partition(".")[0]) for target in targets} <= set(goals)


def test_codes_follow_the_focal_point_they_stand_under() -> None:
    code_of = {point["id"]: point["code"] for point in FEATURES["focal_points"]}
    codes = [feature["code"] for feature in KEY_FEATURES]
    assert len(set(codes)) == 42
    assert all(f["code"].partition(".")[0] == code_of[f["focal_point"]] for f in KEY_FEATURES)


def test_every_key_feature_has_a_measurement_with_a_known_unit_and_source() -> None:
    assert all(feature["measurements"] for feature in KEY_FEATURES)
    assert all(entry["id"].startswith(f["id"] + ".") for f in KEY_FEATURES for entry in f["measurements"])
    assert {entry["unit"] for entry in MEASUREMENTS} <= set(FEATURES["units"])
    assert {entry["data_source"] for entry in MEASUREMENTS} <= set(FEATURES["data_sources"])


def test_nothing_claims_to_be_checked_against_unescos_document_yet() -> None:
    entries = [*FEATURES["areas"], *FEATURES["focal_points"], *KEY_FEATURES]
    assert not any(entry["verified"] for entry in entries)
    assert FEATURES["licence"] == "CC BY-SA 3.0 IGO"
    assert "not official UNESCO translations" in FEATURES["translation"]


def test_each_key_feature_says_how_sure_it_is_and_where_each_part_comes_from() -> None:
    known = set(FEATURES["provenance_codes"])
    levels = set(FEATURES["confidence_levels"])
    for feature in KEY_FEATURES:
        assert set(feature["provenance"].values()) <= known
        assert set(feature["confidence"].values()) | {m["confidence"] for m in feature["measurements"]} <= levels
