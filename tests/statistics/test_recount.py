"""Statistics against a count of every row by hand, in towns drawn at random: to the day, in every part, at every moment."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from engage import statistics
from engage.activities.models import Activity, Occurrence
from engage.base.db import db, transaction
from engage.registrations import tallies
from engage.registrations.facts import MEASURES
from engage.statistics import Scope
from tests import ground
from tests.statistics.naive import CITY, Recount
from tests.statistics.random_town import NOW, RandomTown

# Each example is a town of its own. `make test-nightly` draws more of them.
MANY = settings().max_examples > 1000
few = settings(
    max_examples=150 if MANY else 2, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def roll_up() -> int:
    with transaction():
        return tallies.roll_up(NOW)


def close_years() -> int:
    with transaction():
        return tallies.close_years(NOW)


# So long that several years are over in it.
LONG = 1_400


def scopes(town: RandomTown) -> list[Scope]:
    chance = random.Random(town.chance.random())
    first, last = statistics.all_years() or (NOW.date(), NOW.date())
    whole = Scope(first, last)
    found = [whole, Scope(date(2020, 1, 1), date(2026, 12, 31)), Scope(date(2024, 1, 1), date(2025, 12, 31))]
    for _turn in range(4):
        first = date(2022, 6, 1) + timedelta(days=chance.randint(0, 1300))
        found.append(Scope(first, first + timedelta(days=chance.randint(0, 1300))))
    parts = {
        "organisation_id": town.organisations[0].id, "place_id": town.places[1].id, "audience": "families", "kind": "volunteer",
        "initiative_id": town.initiative.id,
    }  # fmt: skip
    found += [replace(each, **{name: value}) for each in (whole, found[-1]) for name, value in parts.items()]  # type: ignore[arg-type]
    several = {name: parts[name] for name in chance.sample(sorted(parts), 3)}
    return [*found, replace(whole, **several), replace(whole, kind="learning", audience="adults")]  # type: ignore[arg-type]


def stored() -> list[list[tuple[object, ...]]]:
    names = ", ".join(MEASURES)
    kept = (
        f"SELECT occurrence_id, activity_id, place_id, day, over_at, {names} FROM tally ORDER BY 1",
        f"SELECT unit, first_day, activity_id, place_id, {names} FROM tally_period ORDER BY 1, 2, 3, 4",
        "SELECT occurrence_id, part, value, sign_ups, seats FROM tally_whom ORDER BY 1, 2, 3",
        "SELECT unit, first_day, activity_id, place_id, part, value, sign_ups, seats FROM tally_whom_period ORDER BY 1, 2, 3, 4, 5, 6",
        f"SELECT axis, audience, kind, initiative_id, year, key, held, {names} FROM tally_year ORDER BY 1, 2, 3, 4, 5, 6",
        "SELECT year, began, ended FROM tally_closed ORDER BY 1",
    )
    return [[tuple(row) for row in db.session.execute(text(each))] for each in kept]


@given(seed=st.integers(0, 10**6), often=st.sampled_from((0.0, 0.1, 0.5)))
@few
def test_every_number_is_what_a_count_by_hand_finds(app: Flask, seed: int, often: float) -> None:
    ground.empty()
    town = RandomTown(seed, days=LONG)
    roll_up()
    while close_years():
        pass
    for _turn in range(20):
        town.happen()
        if town.chance.random() < often:
            roll_up()
            # Now and then a part of the years is summed up when somebody asks.
            close_years()
    asked = scopes(town)
    for counted in (lambda: 0, roll_up):
        while counted():
            pass
        hand = Recount(NOW)
        by_hand = {scope: hand.figures(scope) for scope in asked}
        for scope in asked:
            assert statistics.totals(scope, now=NOW) == by_hand[scope], scope
    while close_years():
        pass
    for scope in asked:
        assert statistics.totals(scope, now=NOW) == by_hand[scope], scope


@given(seed=st.integers(0, 10**6))
@few
def test_what_was_counted_little_by_little_is_what_is_counted_at_once(app: Flask, seed: int) -> None:
    ground.empty()
    town = RandomTown(seed, days=LONG)
    for _turn in range(20):
        town.happen()
        if town.chance.random() < 0.3:
            roll_up()
            close_years()
    while roll_up() or close_years():
        pass
    little_by_little = stored()
    with transaction():
        tallies.count_all()
    while close_years():
        pass
    assert little_by_little == stored()
    assert all(little_by_little)


@given(seed=st.integers(0, 10**6), rolled=st.booleans(), short=st.booleans())
@few
def test_each_table_is_what_a_count_by_hand_finds(app: Flask, seed: int, rolled: bool, short: bool) -> None:
    ground.empty()
    town = RandomTown(seed, days=420 if short else LONG)
    if rolled:
        roll_up()
        while close_years():
            pass
        town.happen()
    hand, scope = Recount(NOW), Scope(date(2025 if short else 2023, 2, 10), date(2026, 4, 20))
    for answered, belongs in TABLES.items():
        lines = answered(scope, now=NOW)
        for line in lines:
            assert line.figures == hand.figures(scope, partial(hand_in, hand, belongs, line.key)), (answered, line.key)
    behind = statistics.behind(scope, now=NOW)
    assert all(line.name.startswith("Noget ") for line in behind.lines)
    for line in behind.lines:
        of_it = partial(hand_in, hand, lambda key, date, _of: int(key) == date.activity_id, line.key)
        assert line.figures == hand.figures(scope, of_it)
    assert [each.figures.took_part for each in behind.lines] == sorted(
        (each.figures.took_part for each in behind.lines), reverse=True
    )
    inside = {each.activity_id for each in hand.dates if hand.within(each, scope)}
    assert {int(each.key) for each in behind.lines} == inside
    for (dimension, sdg), figures in statistics.matrix(scope, now=NOW).cells.items():
        both = partial(
            hand_in, hand, lambda key, _date, of: key[0] in of.dimensions and key[1] in of.sdgs, (dimension, sdg)
        )
        assert figures == hand.figures(scope, both)
    months = statistics.by_month(scope, now=NOW)
    assert sum(each.figures.places for each in months) == statistics.totals(scope, now=NOW).places
    for month in months:
        in_it = partial(hand_in, hand, lambda key, date, _of: local_month(date.starts_at) == key, month.first_day)
        assert month.figures == hand.figures(scope, in_it)
    for year in statistics.by_year(scope, now=NOW):
        in_it = partial(hand_in, hand, lambda key, date, _of: date.starts_at.astimezone(CITY).year == key, year.number)
        assert year.figures == hand.figures(scope, in_it)
    figures, together = statistics.together(scope, "sdg", "kind", "organisation", now=NOW)
    assert figures == statistics.totals(scope, now=NOW)
    assert together == {
        "sdg": statistics.by_sdg(scope, now=NOW),
        "kind": statistics.by_kind(scope, now=NOW),
        "organisation": statistics.by_organisation(scope, now=NOW),
    }
    lines = {each.key: each.figures for each in behind.lines if each.figures.waiting_seats}
    wanted = statistics.pressure(scope, now=NOW).wanted
    assert {each.key: each.figures for each in wanted} == lines
    assert [each.figures.waiting_seats for each in wanted] == sorted(
        (each.waiting_seats for each in lines.values()), reverse=True
    )
    funnel = statistics.funnel(scope, now=NOW)
    assert funnel.figures == hand.figures(scope, hand.is_over)
    assert funnel.signed_up >= funnel.placed >= funnel.kept >= funnel.took_part
    for part, answered in (("age_band", statistics.by_age), ("area", statistics.by_area)):
        said = [
            each
            for each in hand.sign_ups
            if each.state == "confirmed" and getattr(each, part) and hand.within(each.occurrence, scope)
        ]
        by_hand = {
            value: (
                sum(getattr(each, part) == value for each in said),
                sum(each.seats for each in said if getattr(each, part) == value),
            )
            for value in {getattr(each, part) for each in said}
        }
        assert {each.value: (each.sign_ups, each.seats) for each in answered(scope, now=NOW)} == by_hand


Belongs = Callable[[Any, Occurrence, Activity], bool]
TABLES: dict[Callable[..., tuple[statistics.Line, ...]], Belongs] = {
    statistics.by_dimension: lambda key, _date, of: key in of.dimensions,
    statistics.by_sdg: lambda key, _date, of: int(key) in of.sdgs,
    statistics.by_key_feature: lambda key, _date, of: key in of.key_features,
    statistics.by_audience: lambda key, _date, of: key in of.audiences,
    statistics.by_kind: lambda key, _date, of: key == of.kind,
    statistics.by_organisation: lambda key, _date, of: int(key) == of.organisation_id,
    statistics.by_initiative: lambda key, _date, of: int(key) == of.initiative_id,
    statistics.by_place: lambda key, date, _of: int(key) == date.place_id,
}


def hand_in(hand: Recount, belongs: Belongs, key: Any, date: Occurrence) -> bool:
    return belongs(key, date, hand.activities[date.activity_id])


def local_month(moment: datetime) -> date:
    return moment.astimezone(CITY).date().replace(day=1)
