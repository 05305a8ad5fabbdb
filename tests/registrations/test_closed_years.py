"""Years that are over: when they are summed up, when they are no longer true, and that who asks meanwhile gets the same."""

from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, text, update

from engage import statistics
from engage.activities.models import Activity
from engage.base.db import db, transaction
from engage.registrations import Registration, State, closed_years, tallies
from engage.registrations.facts import tally_closed, tally_retagged, tally_year
from engage.statistics import Scope
from tests.conftest import NOW
from tests.town import Town

# NOW is in 2026.
YEARS = Scope(date(2023, 1, 1), date(2026, 12, 31))


@pytest.fixture
def held(town: Town) -> Activity:
    """An activity with a date in each of the last years, one place taken in each; all that is over is summed up."""
    activity = town.activity("Klimacafé", dimensions=["social"], audiences=["adults"])
    for year in (2023, 2024, 2025, 2026):
        begins = NOW.replace(year=year)
        town.signed_up(town.occurrence(activity, starts_at=begins), now=begins - timedelta(days=2))
    roll_up()
    close()
    return activity


def roll_up() -> None:
    with transaction():
        tallies.roll_up(NOW)


def close(most: int = 9) -> int:
    count = 0
    while count < most:
        with transaction():
            if not tallies.close_years(NOW):
                break
        count += 1
    return count


def closed() -> list[int]:
    return list(db.session.scalars(select(tally_closed.c.year).order_by(tally_closed.c.year)))


def by(axis: str, scope: Scope = YEARS) -> dict[str, tuple[int, int]]:
    """Activities and places by key, as far as there are any."""
    lines = {"dimension": statistics.by_dimension, "audience": statistics.by_audience}[axis](scope, now=NOW)
    return {each.key: (each.figures.activities, each.figures.places) for each in lines if each.figures.dates}


def test_years_that_are_over_are_summed_up_in_order_and_once(held: Activity) -> None:
    assert closed() == [2023, 2024, 2025]
    assert close() == 0
    assert by("dimension") == {"social": (1, 4)}


def test_what_is_summed_up_is_what_is_read(held: Activity) -> None:
    db.session.execute(update(tally_year).where(tally_year.c.axis == "dimension").values(places=100))
    db.session.commit()
    assert by("dimension") == {"social": (1, 301)}
    organisation = Scope(YEARS.from_, YEARS.to, organisation_id=held.organisation_id)
    assert by("dimension", organisation) == {"social": (1, 4)}, "of an organisation its activities are added up"


def test_a_year_of_which_only_a_part_is_asked_is_not_taken_whole(held: Activity) -> None:
    first = held.occurrences[0].starts_at.date()
    db.session.execute(update(tally_year).values(places=100))
    db.session.commit()
    assert by("dimension", Scope(first + timedelta(days=1), date(2023, 12, 31))) == {}
    # The whole of what there is of a year is the year.
    assert by("dimension", Scope(first, date(2023, 12, 30))) == {"social": (1, 100)}


def test_an_activity_of_many_years_counts_once_from_whichever_year_on(held: Activity, town: Town) -> None:
    town.occurrence(town.activity("Sprogcafé", dimensions=["social"]), starts_at=NOW.replace(year=2024))
    roll_up()
    close()
    for first, last, activities in (
        (2023, 2025, 2),
        (2024, 2024, 2),
        (2025, 2025, 1),
        (2025, 2026, 1),
        (2010, 2030, 2),
    ):
        found = by("dimension", Scope(date(first, 1, 1), date(last, 12, 31)))
        assert found["social"][0] == activities, (first, last)


def test_what_is_counted_anew_takes_its_year_and_those_after_it_back(held: Activity) -> None:
    of_2024 = Registration.occurrence_id == held.occurrences[1].id
    db.session.execute(update(Registration).where(of_2024).values(seats=3))
    db.session.commit()
    for counted, still_closed in ((None, [2023, 2024, 2025]), (roll_up, [2023]), (close, [2023, 2024, 2025])):
        if counted is not None:
            counted()
        assert closed() == still_closed
        assert by("dimension") == {"social": (1, 6)}


def test_until_it_is_summed_up_again_the_years_before_are_still_taken_whole(held: Activity) -> None:
    said = held.occurrences[1]
    said.pool.capacity = 77
    db.session.commit()
    roll_up()
    assert closed() == [2023]
    assert statistics.totals(YEARS, now=NOW).places == 4
    assert close(1) == 1
    assert closed() == [2023, 2024], "one after the other, so that being interrupted does no harm"
    assert statistics.totals(YEARS, now=NOW).places == 4


def test_what_happens_without_changing_a_number_leaves_the_years_alone(held: Activity) -> None:
    first = db.session.scalars(select(Registration).order_by(Registration.id)).first()
    assert first is not None
    db.session.execute(text("INSERT INTO tally_stale (occurrence_id) VALUES (:id)"), {"id": first.occurrence_id})
    first.person_id = first.name = first.email = None
    db.session.commit()
    roll_up()
    assert closed() == [2023, 2024, 2025]


def test_an_activity_given_to_others_counts_there_at_once(held: Activity) -> None:
    held.dimensions, held.audiences = ["cultural", "economic"], ["seniors"]
    db.session.commit()
    for counted in (lambda: None, roll_up, close):
        assert by("dimension") == {"cultural": (1, 4), "economic": (1, 4)}
        assert by("audience") == {"seniors": (1, 4)}
        counted()
    assert closed() == [2023, 2024, 2025]
    assert by("dimension") == {"cultural": (1, 4), "economic": (1, 4)}
    assert db.session.scalar(select(func.count()).select_from(tally_retagged)) == 0


def test_what_is_said_anew_of_an_activity_without_changing_where_it_counts_notes_nothing(held: Activity) -> None:
    held.price, held.dimensions = 5_000, list(held.dimensions)
    db.session.commit()
    assert db.session.scalar(select(func.count()).select_from(tally_retagged)) == 0


def test_a_change_of_tags_while_a_year_is_being_summed_up_is_not_lost(app: Flask, held: Activity) -> None:
    with transaction():
        closed_years.reopen([2023])
    with db.engine.connect() as worker:
        worker.execute(text("SELECT pg_advisory_xact_lock(4218, 0)"))
        assert roll_up_now() == 0, "who counts leaves years alone that somebody sums up"
        held.dimensions = ["cultural"]
        db.session.commit()
        worker.execute(text("INSERT INTO tally_closed (year) VALUES (2023)"))
        worker.commit()
    assert by("dimension") == {"cultural": (1, 4)}
    roll_up()
    assert closed() == []
    close()
    assert by("dimension") == {"cultural": (1, 4)}


def roll_up_now() -> int:
    with transaction():
        return tallies.roll_up(NOW)


def test_an_activity_that_is_deleted_is_gone_at_once(town: Town, held: Activity) -> None:
    gone = town.activity("Foredrag", dimensions=["economic"])
    town.occurrence(gone, starts_at=NOW.replace(year=2024))
    roll_up()
    close()
    assert by("dimension") == {"social": (1, 4), "economic": (1, 0)}
    db.session.delete(gone)
    db.session.commit()
    for counted in (lambda: None, roll_up, close):
        assert by("dimension") == {"social": (1, 4)}
        counted()


def test_a_date_that_moves_to_another_year_moves_in_the_sums(held: Activity) -> None:
    moved = held.occurrences[0]
    moved.starts_at, moved.ends_at = (each.replace(year=2021) for each in (moved.starts_at, moved.ends_at))
    db.session.commit()
    for counted in (lambda: None, roll_up, close):
        assert by("dimension") == {"social": (1, 3)}
        assert by("dimension", Scope(date(2021, 1, 1), date(2022, 12, 31))) == {"social": (1, 1)}
        counted()
    assert closed() == [2021, 2022, 2023, 2024, 2025]


def test_while_much_is_still_to_be_counted_no_year_is_summed_up(
    held: Activity, monkeypatch: pytest.MonkeyPatch
) -> None:
    with transaction():
        closed_years.reopen([2023])
        db.session.execute(text("INSERT INTO tally_stale (occurrence_id) SELECT 0 FROM generate_series(1, 500)"))
    assert close() == 0
    roll_up()
    assert close() == 3


def test_all_years_are_told_before_anything_is_counted(town: Town) -> None:
    assert statistics.all_years() is None
    for year in (2021, 2027):
        town.occurrence(starts_at=NOW.replace(year=year))
    assert statistics.all_years() == (NOW.date().replace(year=2021), NOW.date().replace(year=2027))
    assert statistics.participation(Scope(date(2022, 1, 1), date(2022, 12, 31)), now=NOW).before is not None


def test_a_state_that_is_left_is_taken_back_in_its_year(held: Activity) -> None:
    waiting = db.session.scalars(select(Registration).order_by(Registration.id)).first()
    assert waiting is not None
    waiting.state = State.CANCELLED_BY_STAFF
    db.session.commit()
    for counted in (lambda: None, roll_up, close):
        found = statistics.totals(YEARS, now=NOW)
        assert (found.removed, found.confirmed, found.activities) == (1, 3, 1)
        counted()
