"""Who is not reached: the population as a file tells it, and what is said of each part beside it."""

from collections.abc import Mapping
from datetime import date

import pytest
from sqlalchemy import update

from engage import statistics
from engage.activities.models import Occurrence
from engage.base.db import db
from engage.registrations import Registration, whom
from engage.registrations.facts import AGE, AREA
from engage.statistics import Scope, Verdict, population
from engage.statistics.population import NothingFits, PartsMissing, YearNotUsable
from tests.conftest import NOW
from tests.town import Town

YEAR = Scope(date(2026, 1, 1), date(2026, 12, 31))
AREAS = {"6400": 40_000, "6430": 10_000, "6440": 6_000, "6470": 4_000, "6300": 8_000, "6310": 900, "6320": 700}


def kept(kind: str, numbers: Mapping[str, int], year: int = 2026) -> None:
    population.keep(kind, year, numbers, " Danmarks  Statistik ", this_year=2026)


def said(town: Town, date_: Occurrence, **numbers: int) -> None:
    """So many sign-ups with a place for each answer; names begin with the column."""
    for each, number in numbers.items():
        column, _sign, value = each.partition("__")
        for _guest in range(number):
            registration = town.signed_up(date_)
            db.session.execute(
                update(Registration)
                .where(Registration.id == registration.id)
                .values({column: value.replace("_", "-").removesuffix("-plus") + ("+" if "plus" in value else "")})
            )
    db.session.flush()


def spread(kind: str) -> dict[str, statistics.Reached]:
    return {each.key: each for each in statistics.reached(YEAR, kind, now=NOW).parts}


def even() -> dict[str, int]:
    return dict.fromkeys(whom.BANDS, 1000)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("alder;antal\n0 år;10\n12 år;5\n13 år;7\n80 år;3\n99 år;1\n", {"0-12": 15, "13-17": 7, "80+": 4}),
        ("alder;køn;antal\n18-24;alle;1.000\n25–29;alle;12 000\n", {"18-29": 13_000}),
        ("age,number\n80+,4\n90 years and over,2\n65 to 79,8\n", {"65-79": 8, "80+": 6}),
        ("alder;antal\n10-19 år;10\nI alt;500\n70+;3\n30-49 år;9\n", {"30-49": 9}),
    ],
)
def test_ages_are_read_as_offices_write_them(town: Town, text: str, expected: dict[str, int]) -> None:
    assert population.read(text.encode(), AGE).numbers == expected


def test_parts_of_town_are_read_by_code_or_name_and_others_are_told(town: Town) -> None:
    text = "postnr;antal\n6400 Sønderborg;28.000\nNordborg;9000\n6300;7000\n6200 Aabenraa;22000\n6470;ukendt\n"
    found = population.read(text.encode(), AREA)
    assert found.numbers == {"6400": 28_000, "6430": 9000, "6300": 7000}
    assert found.left_out == ("6200 Aabenraa", "6470")


def test_what_cannot_be_right_is_refused(town: Town) -> None:
    with pytest.raises(NothingFits):
        population.read(b"by;antal\nOdense;200\n", AREA)
    with pytest.raises(PartsMissing, match="80"):
        kept(AGE, {band: 5 for band in whom.BANDS if band != "80+"})
    for year in (None, 1900, 2030):
        with pytest.raises(YearNotUsable):
            population.keep(AGE, year, even(), "", this_year=2026)


def test_the_latest_figures_that_are_not_later_are_taken_and_replaced_whole(town: Town) -> None:
    kept(AGE, even(), 2024)
    kept(AGE, even() | {"80+": 3000}, 2026)
    kept(AGE, even() | {"80+": 2000}, 2026)
    assert population.years(AGE) == {2026: 8000, 2024: 7000}
    taken = [population.known(AGE, date(year, 6, 1)) for year in (2020, 2025, 2026, 2030)]
    assert [each and each.year for each in taken] == [2024, 2024, 2026, 2026]
    assert taken[-1] is not None and taken[-1].source == "Danmarks Statistik"
    assert population.forget(AGE, 2026) and not population.forget(AGE, 2026)
    assert population.known(AREA, date(2026, 1, 1)) is None


def test_who_is_missing_is_said_only_of_enough_answers_and_beyond_chance(town: Town) -> None:
    date_ = town.occurrence(capacity=None)
    kept(AGE, even())
    said(town, date_, age_band__30_49=20, age_band__50_64=9, age_band__unsaid=9)
    assert {each.verdict for each in spread(AGE).values()} == {Verdict.UNKNOWN}, "29 answers are too few"
    said(town, date_, age_band__18_29=4, age_band__65_79=3)
    reach = statistics.reached(YEAR, AGE, now=NOW)
    assert (reach.answered, reach.unsaid, reach.year) == (36, 9, 2026)
    verdicts = {each.key: each.verdict for each in reach.parts}
    assert [each.key for each in reach.few] == ["0-12", "13-17", "80+"]
    assert verdicts["30-49"] == Verdict.MANY
    assert verdicts["65-79"] == Verdict.AS_EXPECTED, "3 of 5 may be chance"
    shares = spread(AGE)["30-49"]
    assert (shares.share, shares.population_share) == (20 / 36, 1 / 7)


def test_small_parts_of_town_are_never_shown_alone(town: Town) -> None:
    date_ = town.occurrence(capacity=None)
    kept(AREA, AREAS)
    said(town, date_, area__6310=1, area__6320=2, area__6400=30, area__outside=4, area__unsaid=1, area__9999=1)
    reach = statistics.reached(YEAR, AREA, now=NOW)
    found = {each.key: each for each in reach.parts}
    assert not {"6310", "6320", "9999"} & set(found)
    assert (found["other"].sign_ups, found["other"].keys) == (4, ("6310", "6320", "9999"))
    assert found["other"].inhabitants == 1600
    assert (reach.answered, reach.outside, reach.unsaid) == (34, 4, 1)


def test_one_small_part_is_hidden_behind_the_next(town: Town) -> None:
    kept(AREA, AREAS | {"6310": 5000})
    assert spread(AREA)["other"].keys == ("6470", "6320"), "6320 with the smallest of the others"


def test_without_figures_nothing_is_compared(town: Town) -> None:
    said(town, town.occurrence(capacity=None), area__6400=31)
    reach = statistics.reached(YEAR, AREA, now=NOW)
    assert (reach.year, reach.few) == (None, ())
    assert {each.verdict for each in reach.parts} == {Verdict.UNKNOWN}
