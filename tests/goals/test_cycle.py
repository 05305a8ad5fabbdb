"""The yearly cycle: choosing among the 42, indicators with baseline and target, values that are added and struck out."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from flask import Flask
from sqlalchemy import select, update

from engage.base.db import db, transaction
from engage.base.errors import Refusal
from engage.goals import loading, official
from engage.goals.cycle import amounts, choosing, indicators
from engage.goals.cycle.indicators import IndicatorInput
from engage.goals.cycle.models import Better, ChosenFeature, Indicator
from engage.goals.models import KeyFeature
from engage.goals.official import Correction
from tests.goals.restored import loaded

NOW = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)
TODAY = date(2026, 3, 4)


@pytest.fixture(autouse=True)
def goals(app: Flask) -> Iterator[None]:
    """The 42 are loaded."""
    with loaded(NOW):
        yield


def choose(year: int, *features: str) -> tuple[list[str], list[str]]:
    with transaction():
        return choosing.choose(year, features, this_year=2026, now=NOW)


def made(**wanted: object) -> Indicator:
    facts = {"names": {"da": "Voksne, der læser"}, "units": {"da": "%"}} | wanted
    with transaction():
        return indicators.add(some_feature(), IndicatorInput(**facts), now=NOW)  # type: ignore[arg-type]


def some_feature(number: int = 0) -> str:
    return db.session.scalars(select(KeyFeature.id).order_by(KeyFeature.position)).all()[number]


def test_a_year_starts_from_the_one_before_and_keeps_its_aims() -> None:
    one, two, three = (some_feature(number) for number in range(3))
    assert choose(2026, one, two) == (sorted([one, two]), [])
    with transaction():
        assert choosing.note_aim(2026, one, "Flere læser højt", this_year=2026)
        assert not choosing.note_aim(2026, one, "Flere læser højt", this_year=2026)
    assert {each.feature for each in choosing.suggested(2027)} == {one, two}
    assert choosing.chosen(2027) == []
    came, went = choose(2027, one, three)
    assert came == sorted([one, three])
    assert went == []
    assert {each.feature: each.aim for each in choosing.chosen(2027)} == {one: "Flere læser højt", three: ""}
    assert {each.feature for each in choosing.chosen(2026)} == {one, two}, "the year before is as it was"
    assert choosing.years() == [2027, 2026]


def test_choosing_twice_changes_nothing_and_taking_away_is_told() -> None:
    one, two = some_feature(), some_feature(1)
    choose(2026, one, two)
    before = {each.id for each in db.session.scalars(select(ChosenFeature))}
    assert choose(2026, two, one) == ([], [])
    assert {each.id for each in db.session.scalars(select(ChosenFeature))} == before
    assert choose(2026, two) == ([], [one])


@pytest.mark.parametrize("year", [2024, 2028])
def test_years_that_are_over_or_far_ahead_stand(year: int) -> None:
    with pytest.raises(choosing.YearNotOpen):
        choose(year, some_feature())
    assert choosing.chosen(year) == []


def test_what_is_not_on_the_list_cannot_be_chosen() -> None:
    with pytest.raises(choosing.NoSuchFeature):
        choose(2026, some_feature(), "kf-nothing")
    assert choosing.chosen(2026) == [], "not a part of it"
    with transaction(), pytest.raises(choosing.NotChosen):
        choosing.note_aim(2026, some_feature(), "Mål", this_year=2026)


@pytest.mark.parametrize(
    ("words", "language", "number"),
    [
        ("12,5", "da", "12.5"),
        ("1.250", "da", "1250"),
        ("1.250,75", "de", "1250.75"),
        ("12.5", "da", "12.5"),
        ("1,250.75", "en", "1250.75"),
        ("1,5", "en", "1.5"),
        ("1 250", "da", "1250"),
        ("73 %", "da", "73"),
        ("−4", "da", "-4"),
        ("0,0001", "da", "0.0001"),
    ],
)
def test_numbers_are_read_as_people_write_them(app: Flask, words: str, language: str, number: str) -> None:
    assert amounts.read(words, language) == Decimal(number)


@pytest.mark.parametrize("words", ["mange", "12,,5", "1.2.3", "1e5", "NaN", "12 %%x", "99999999999999", "0,00001"])
def test_what_is_no_number_is_refused(app: Flask, words: str) -> None:
    with pytest.raises(amounts.NotANumber):
        amounts.read(words, "da")


def test_a_number_is_told_in_the_readers_language(app: Flask) -> None:
    assert amounts.said(Decimal("1250.7500"), "da") == "1.250,75"
    assert amounts.said(Decimal("1250.7500"), "en") == "1,250.75"
    assert amounts.read("", "da") is None


@pytest.mark.parametrize(
    ("wanted", "refusal"),
    [
        ({"names": {"da": ""}}, indicators.NameMissing),
        ({"units": {}}, indicators.UnitMissing),
        ({"baseline_value": Decimal(70)}, indicators.BaselineIncomplete),
        ({"baseline_value": Decimal(70), "baseline_on": TODAY}, indicators.BaselineIncomplete),
        ({"baseline_source": "Danmarks Statistik"}, indicators.BaselineIncomplete),
        ({"target_value": Decimal(80)}, indicators.TargetIncomplete),
        ({"target_on": TODAY}, indicators.TargetIncomplete),
    ],
)
def test_an_incomplete_indicator_is_refused(wanted: dict[str, object], refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        made(**wanted)
    assert db.session.scalar(select(Indicator)) is None


def test_values_make_a_line_and_tell_how_far_the_city_is() -> None:
    found = made(
        baseline_value=Decimal(60), baseline_on=date(2025, 1, 1), baseline_source="Danmarks Statistik",
        target_value=Decimal(80), target_on=date(2027, 12, 31),
    )  # fmt: skip
    for value, day in ((Decimal(65), date(2025, 12, 31)), (Decimal(70), TODAY)):
        with transaction():
            indicators.follow_up(found, value, day, "Danmarks Statistik", today=TODAY, now=NOW)
    line = indicators.lines([found.key_feature_id])[found.key_feature_id][0]
    assert line.latest is not None
    assert (line.latest.value, line.progress) == (70, 0.5)
    assert [each.value for each in line.values] == [65, 70]
    earlier = indicators.lines([found.key_feature_id], until=date(2025, 12, 31))[found.key_feature_id][0]
    assert earlier.progress == 0.25, "a report of last year tells last year's value"


@pytest.mark.parametrize(
    ("better", "baseline", "target", "value", "progress"),
    [
        (Better.DOWN, 40, 20, 30, 0.5),
        (Better.DOWN, 40, 20, 50, 0.0),
        (Better.UP, 40, 60, 90, 1.0),
        (Better.UP, 50, 50, 51, 1.0),
        (Better.DOWN, 50, 50, 51, 0.0),
    ],
)
def test_progress_goes_the_way_that_is_meant(
    better: Better, baseline: int, target: int, value: int, progress: float
) -> None:
    found = made(
        better=better, baseline_value=Decimal(baseline), baseline_on=TODAY, baseline_source="Egen optælling",
        target_value=Decimal(target), target_on=TODAY,
    )  # fmt: skip
    with transaction():
        indicators.follow_up(found, Decimal(value), TODAY, "Egen optælling", today=TODAY, now=NOW)
    assert indicators.lines([found.key_feature_id])[found.key_feature_id][0].progress == progress


def test_a_value_is_added_once_and_never_overwritten() -> None:
    found = made()
    with transaction():
        first = indicators.follow_up(found, Decimal(65), TODAY, "Optælling", today=TODAY, now=NOW)
        again = indicators.follow_up(found, Decimal(65), TODAY, "Optælling", today=TODAY, now=NOW)
        assert first.id == again.id
        with pytest.raises(indicators.MeasuredAlready):
            indicators.follow_up(found, Decimal(66), TODAY, "Optælling", today=TODAY, now=NOW)
        with pytest.raises(indicators.ReasonMissing):
            indicators.strike(found, first.public_id, "", now=NOW)
        indicators.strike(found, first.public_id, "Talt to gange", now=NOW)
        indicators.follow_up(found, Decimal(66), TODAY, "Optælling", today=TODAY, now=NOW)
    assert [each.value for each in indicators.measurements(found)] == [66]
    kept = {each.value: each.struck_reason for each in indicators.measurements(found, struck=True)}
    assert kept == {Decimal(66): "", Decimal(65): "Talt to gange"}


def test_a_value_of_another_indicator_is_not_struck_out() -> None:
    found, other = made(), made()
    with transaction():
        value = indicators.follow_up(other, Decimal(1), TODAY, "Optælling", today=TODAY, now=NOW)
        assert indicators.strike(found, value.public_id, "Forkert", now=NOW) is None
    assert value.struck_at is None


@pytest.mark.parametrize(
    ("value", "day", "source", "refusal"),
    [
        (None, TODAY, "Optælling", indicators.ValueMissing),
        (Decimal(1), None, "Optælling", indicators.DayMissing),
        (Decimal(1), date(2026, 3, 5), "Optælling", indicators.DayMissing),
        (Decimal(1), TODAY, "", indicators.SourceMissing),
    ],
)
def test_a_value_needs_a_number_a_day_that_has_been_and_a_source(
    value: Decimal | None, day: date | None, source: str, refusal: type[Refusal]
) -> None:
    found = made()
    with transaction(), pytest.raises(refusal):
        indicators.follow_up(found, value, day, source, today=TODAY, now=NOW)


def test_who_writes_over_a_colleagues_change_is_told() -> None:
    found = made()
    wanted = IndicatorInput(names={"da": "Læsere"}, units={"da": "%"})
    with transaction():
        assert indicators.change(found, wanted, version=0) == {
            "names": ["{'da': 'Voksne, der læser'}", "{'da': 'Læsere'}"]
        }
        assert indicators.change(found, wanted, version=1) == {}
        with pytest.raises(indicators.IndicatorChanged):
            indicators.change(found, wanted, version=0)


def test_what_is_no_longer_measured_keeps_its_values() -> None:
    found = made()
    with transaction():
        indicators.follow_up(found, Decimal(1), TODAY, "Optælling", today=TODAY, now=NOW)
        indicators.retire(found, now=NOW)
    feature = found.key_feature_id
    assert indicators.lines([feature])[feature] == []
    assert len(indicators.lines([feature], retired=True)[feature][0].values) == 1
    with transaction():
        indicators.take_back(found)
    assert len(indicators.lines([feature])[feature]) == 1


def test_a_tick_is_given_to_words_and_goes_when_they_change() -> None:
    one, two = some_feature(), some_feature(1)
    with transaction():
        assert official.tick([one, two], now=NOW) == sorted([one, two])
        assert official.tick([one], now=NOW) == []
        changed = official.correct(Correction(one, None, {"en": "Ensuring literacy"}), now=NOW)
        official.correct(Correction(two, None, {"da": "På dansk"}), now=NOW)
    assert set(changed) == {"title_en"}
    features = {each.id: each for each in official.features()}
    assert not features[one].verified
    assert features[two].verified, "a translation is ours, the tick is for the document's words"
    with transaction():
        assert official.untick([one, two]) == [two]


def test_what_the_city_corrected_stays_when_a_newer_list_is_loaded() -> None:
    one, two = some_feature(), some_feature(1)
    with transaction():
        official.correct(Correction(one, None, {"en": "As in the document"}), now=NOW)
        db.session.execute(update(KeyFeature).where(KeyFeature.id == two).values(titles={"en": "old"}))
        db.session.execute(db.text("UPDATE reference_version SET version = 'older'"))
    with transaction():
        assert loading.load(NOW)
    titles = dict(db.session.execute(select(KeyFeature.id, KeyFeature.titles["en"].astext)).all())
    assert titles[one] == "As in the document"
    assert titles[two] != "old"


def test_numbers_of_others_are_not_taken_and_nothing_is_left_without() -> None:
    one, two = (db.session.get_one(KeyFeature, some_feature(number)) for number in (0, 1))
    with transaction():
        for wanted, refusal in (
            (Correction(one.id, two.code), official.CodeTaken),
            (Correction(one.id, ""), official.CodeMissing),
        ):
            with pytest.raises(refusal):
                official.correct(wanted, now=NOW)


def test_an_official_list_is_compared_by_id_or_number_and_carried_out() -> None:
    one, two, three = (db.session.get_one(KeyFeature, some_feature(number)) for number in range(3))
    codes = (one.code, two.code)
    rows = [
        {"id": one.id, "code": two.code, "title_en": "First, as printed"},
        {"id": two.id, "code": one.code, "title_en": two.titles["en"]},
        {"code": f"{three.code}.", "title_en": three.titles["en"]},
        {"code": "99.9", "title_en": "Something new"},
        {"code": three.code, "title_en": "The same again"},
    ]
    found = official.compare(rows)
    assert [each.ours.id for each in found.differences] == [one.id, two.id]
    assert [each.ours.id for each in found.same] == [three.id]
    assert found.unknown == ("99.9 · Something new", f"{three.code} · The same again")
    assert len(found.missing) == 39
    with transaction():
        changed = official.carry_out(found, now=NOW)
    assert changed[one.id]["code"] == [codes[0], codes[1]], "numbers may change places"
    assert (one.code, two.code) == (codes[1], codes[0])
    assert one.titles["en"] == "First, as printed"
    assert [each.id for each in official.features() if each.verified] == [one.id, two.id, three.id]
