"""The record of processing says what the code does: its annex is made from it, and every period it names is a setting."""

from flask import Flask

from engage.base.config import DEFAULT_CITY, ROOT, City
from engage.base.declared import Purpose
from engage.privacy import record

RECORD = ROOT / "docs" / "record-of-processing.md"


def test_the_annex_is_what_the_components_declare(app: Flask) -> None:
    assert record.annex() in RECORD.read_text("utf-8"), "put `record.annex()` at the end of the document"


def test_every_purpose_has_a_period() -> None:
    assert set(record.PERIODS) == set(Purpose)


def test_every_period_is_a_setting_of_the_city() -> None:
    known = set(City.read(DEFAULT_CITY).facts["retention"])
    assert {name for _whose, _until, names in record.PERIODS.values() for name in names} <= known


def test_answers_are_never_kept_longer_than_the_sign_up() -> None:
    city = City({"city": {"name": "X"}, "retention": {"sign_up_days": 5, "answer_days": 90}})
    assert city.keep_answers == city.keep_sign_ups
