"""The large city: believable, in one piece with what the service counts itself, and never among people's own sign-ups."""

from collections.abc import Iterator
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from engage import large_city, statistics
from engage.activities.models import Activity, Occurrence
from engage.base.db import db, transaction
from engage.large_city import NotEmpty
from engage.people import Person
from engage.registrations import Registration, tallies, totals, whom
from engage.registrations.facts import MEASURES, UNSAID
from engage.statistics import Scope
from tests import ground
from tests.conftest import NOW
from tests.statistics.naive import Recount
from tests.town import Town

SIZE = 2_000
WHOLE = Scope(date(2024, 1, 1), date(2027, 12, 31))


@pytest.fixture(scope="module")
def city(migrated_app: Flask) -> Iterator[list[str]]:
    """The city, made once for the tests of this file; what was said meanwhile."""
    with migrated_app.app_context():
        ground.empty()
        said: list[str] = []
        large_city.load(SIZE, now=NOW, say=said.append)
        yield said
        db.session.remove()


@pytest.fixture(autouse=True)
def inside(migrated_app: Flask, city: list[str]) -> Iterator[None]:
    with migrated_app.app_context():
        yield
        db.session.rollback()
        db.session.remove()


def count(model: type) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_it_has_as_many_sign_ups_as_were_asked_for_and_says_how_far_it_is(city: list[str]) -> None:
    assert count(Registration) == SIZE
    assert count(Occurrence) == SIZE // 25
    assert count(Person) == 200
    assert any("sign-ups" in line for line in city)


def test_it_is_believable(migrated_app: Flask) -> None:
    found = statistics.totals(WHOLE, now=NOW)
    assert found.signed_up == SIZE
    assert found.confirmed > SIZE * 0.5
    assert found.fill_rate is not None
    assert 0.4 < found.fill_rate < 1
    assert found.no_show_rate is not None
    assert 0.03 < found.no_show_rate < 0.2
    assert found.waiting
    assert found.minutes
    assert found.answers
    assert found.unchecked
    assert 0 < found.new_people <= 200
    assert all(getattr(found, name) for name in ("by_web", "by_telegram", "by_webchat", "by_phone"))
    assert {each.value for each in statistics.by_age(WHOLE, now=NOW)} == {*whom.BANDS, UNSAID}
    assert {each.value for each in statistics.by_area(WHOLE, now=NOW)} <= {*whom.areas(), UNSAID}
    known = select(Registration.id).where(Registration.person_id.is_not(None))
    assert 0 < len(db.session.scalars(known).all()) < SIZE, "who came long ago is forgotten"


def test_people_say_ages_and_parts_of_town_that_the_city_has(migrated_app: Flask) -> None:
    """Else nobody of it could be set beside the population."""
    ages, areas = (
        set(db.session.scalars(select(each).distinct())) for each in (Registration.age_band, Registration.area)
    )
    assert ages - {"", "unsaid"} == set(whom.BANDS)
    assert areas - {"", "unsaid"} == set(whom.areas())


def test_what_is_kept_beside_the_rows_is_what_the_triggers_would_have_kept(migrated_app: Flask) -> None:
    assert totals.differing() == []
    wrong = "SELECT count(*) FROM registration WHERE (placed_at IS NULL AND state = 'confirmed') OR is_new AND state <> 'confirmed'"
    assert db.session.scalar(text(wrong)) == 0
    twice = (
        "SELECT count(*) FROM (SELECT person_id FROM registration WHERE is_new GROUP BY 1 HAVING count(*) > 1) AS twice"
    )
    assert db.session.scalar(text(twice)) == (1 if forgotten_firsts() > 1 else 0), "only of nobody there are several"
    assert db.session.scalar(text("SELECT count(*) FROM tally_stale")) == 0


def forgotten_firsts() -> int:
    return db.session.scalar(text("SELECT count(*) FROM registration WHERE is_new AND person_id IS NULL")) or 0


def test_the_sums_are_what_a_count_by_hand_finds_and_what_the_worker_would_have_counted(migrated_app: Flask) -> None:
    hand = Recount(NOW)
    for scope in (WHOLE, Scope(date(2025, 10, 3), date(2026, 2, 14))):
        assert statistics.totals(scope, now=NOW) == hand.figures(scope)
    names = ", ".join(MEASURES)
    kept = f"SELECT unit, first_day, activity_id, place_id, {names} FROM tally_period ORDER BY 1, 2, 3, 4"
    at_once = [tuple(row) for row in db.session.execute(text(kept))]
    db.session.execute(text("DELETE FROM tally"))
    db.session.execute(text("DELETE FROM tally_period"))
    db.session.execute(text("INSERT INTO tally_stale (occurrence_id) SELECT id FROM occurrence"))
    while tallies.roll_up(NOW, most=37):
        pass
    assert [tuple(row) for row in db.session.execute(text(kept))] == at_once
    db.session.rollback()


def test_it_is_made_once(migrated_app: Flask) -> None:
    with pytest.raises(NotEmpty):
        large_city.load(SIZE, now=NOW)


def test_it_keeps_away_from_what_people_did(app: Flask) -> None:
    town = Town(NOW)
    town.signed_up(town.occurrence())
    with pytest.raises(NotEmpty):
        large_city.load(1_000, now=NOW)
    assert count(Registration) == 1


def test_it_may_stand_beside_the_demo_city(app: Flask) -> None:
    town = Town(NOW)
    town.signed_up(town.occurrence(), email="gaest1@example.org")  # as all guests of the demo city are called
    guests = count(Registration)
    large_city.load(1_000, now=NOW)
    assert count(Registration) == guests + 1_000
    assert db.session.scalar(select(func.count()).select_from(Activity).where(Activity.key.like("large-city-%")))
    with transaction():
        assert totals.differing() == []
