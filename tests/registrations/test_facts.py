"""Facts without the person: whose first place it was, what is to be counted anew, and that nothing is lost or doubled by it."""

from datetime import date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import Connection, func, insert, select, text

from engage import people, privacy, registrations, statistics
from engage.activities.models import Occurrence, Pool
from engage.base.config import current_settings
from engage.base.db import db, transaction
from engage.base.identifiers import public_id
from engage.registrations import Registration, State, changes, feedback, forgetting, merging, tallies
from engage.registrations.facts import tally_stale
from engage.registrations.feedback import Answer
from engage.registrations.feedback_models import Feedback
from engage.statistics import Figures, Scope, reading
from tests.conftest import NOW
from tests.town import Town

YEAR = Scope(date(2026, 1, 1), date(2026, 12, 31))
ANNA = "anna@example.org"


def roll_up() -> int:
    with transaction():
        return tallies.roll_up(NOW)


def figures(scope: Scope = YEAR) -> Figures:
    return statistics.totals(scope, now=NOW)


def noted() -> int:
    return db.session.scalar(select(func.count()).select_from(tally_stale)) or 0


def firsts() -> list[tuple[bool | None, bool | None]]:
    db.session.expire_all()
    rows = db.session.scalars(select(Registration).order_by(Registration.id))
    return [(each.is_new, each.first_this_year) for each in rows]


def by_hand(connection: Connection, occurrence: Occurrence, person: int, state: State = State.CONFIRMED) -> None:
    """A sign-up by a transaction of its own, which is not committed yet."""
    facts = {
        "public_id": public_id(10), "pool_id": occurrence.pool.id, "occurrence_id": occurrence.id, "person_id": person,
        "state": state, "seats": 1, "language": "da", "channel": "web", "joined_at": NOW, "verified_at": NOW, "changed_at": NOW,
    }  # fmt: skip
    connection.execute(insert(Registration).values(**facts))


def anna() -> int:
    number = people.find_or_create("email", ANNA, language="da", now=NOW)
    db.session.commit()
    return number


def test_an_unproven_sign_up_notes_nothing_and_a_proven_one_its_date(town: Town) -> None:
    occurrence = town.occurrence()
    roll_up()
    waiting = town.signed_up(occurrence, confirmed=False)
    assert noted() == 0
    assert figures().signed_up == 0
    registrations.confirm(waiting.public_id, now=NOW)
    db.session.commit()
    assert noted() >= 1
    assert (figures().signed_up, figures().places, figures().new_people) == (1, 1, 1)


def test_the_first_place_is_new_and_the_next_is_not_until_another_year(town: Town) -> None:
    for days in (7, 14, 400):
        town.signed_up(town.occurrence(starts_in=timedelta(days=days)), email=ANNA)
    assert firsts() == [(True, True), (False, False), (False, True)]
    found = statistics.participation(YEAR, now=NOW)
    assert (found.people, found.figures.new_people, found.figures.confirmed) == (1, 1, 2)
    assert found.before is None
    assert statistics.participation(Scope(date(2026, 1, 1), date(2026, 6, 30)), now=NOW).people is None


def test_who_gives_up_their_first_place_is_new_with_the_next_one(town: Town) -> None:
    first, second = (town.signed_up(town.occurrence(starts_in=timedelta(days=days)), email=ANNA) for days in (7, 14))
    registrations.cancel(first.public_id, now=NOW)
    db.session.commit()
    assert firsts() == [(None, None), (True, True)]
    assert (figures().new_people, figures().gave_up, figures().placed) == (1, 1, 2)
    registrations.cancel(second.public_id, now=NOW)
    db.session.commit()
    assert figures().new_people == 0
    town.signed_up(db.session.get_one(Occurrence, first.occurrence_id), email=ANNA)
    assert figures().new_people == 1


def test_transactions_that_commit_out_of_order_lose_nothing_and_double_nothing(app: Flask, town: Town) -> None:
    one, two, three = (town.occurrence() for _date in range(3))  # seats of one date are given one after the other
    number, other = anna(), people.find_or_create("email", "b@example.org", language="da", now=NOW)
    db.session.commit()
    roll_up()
    with db.engine.connect() as early, db.engine.connect() as late:
        by_hand(early, one, number)
        by_hand(late, three, other, State.WAITING)
        by_hand(late, two, number)  # the same person at the same moment
        late.commit()
        assert (figures().places, figures().waiting) == (1, 1)
        assert roll_up() == 2
        assert (figures().places, figures().waiting) == (1, 1)
        early.commit()
    assert (figures().places, figures().waiting) == (2, 1)
    assert roll_up() == 2
    assert (figures().places, figures().waiting, figures().new_people, figures().first_this_year) == (2, 1, 1, 1)
    roll_up()
    assert (noted(), figures().places, figures().new_people) == (0, 2, 1)


def test_of_two_that_count_at_once_one_leaves_it_to_the_other(app: Flask, town: Town) -> None:
    town.signed_up(town.occurrence())
    with db.engine.connect() as other:
        other.execute(text("SELECT pg_advisory_xact_lock(4218, 0)"))
        assert roll_up() == 0
        other.rollback()
    assert roll_up() == 1


def test_who_is_erased_stays_counted(town: Town) -> None:
    gone_by = town.signed_up(town.occurrence(), email=ANNA, seats=3)
    coming = town.signed_up(town.occurrence(starts_in=timedelta(days=70)), email=ANNA)
    later = gone_by.occurrence.ends_at + timedelta(hours=1)
    feedback.give(gone_by, Answer(4, words="Anna here", pledge="Cycle more"), now=later)
    db.session.commit()
    assert (figures().pledges, figures().answers) == (1, 1)
    privacy.erase(anna(), now=later)
    db.session.commit()
    db.session.expire_all()
    assert db.session.get_one(Registration, gone_by.id).person_id is None
    assert db.session.get_one(Registration, coming.id).state == State.CANCELLED_BY_PERSON
    for _turn in range(2):
        found = figures()
        assert (found.places, found.new_people, found.first_this_year, found.gave_up) == (3, 1, 1, 1)
        assert (found.answers, found.rated_4, found.pledges) == (1, 1, 1)
        roll_up()
    assert db.session.scalar(select(Feedback.pledge)) == ""


def test_two_that_become_one_are_one_new_person_and_two_again_when_taken_apart(town: Town) -> None:
    kept, gone = anna(), people.find_or_create("webchat", "talk", language="da", now=NOW)
    people.verify("email", ANNA, NOW)
    town.signed_up(town.occurrence(), email=ANNA)
    town.signed_up(town.occurrence(), email="other@example.org", person_id=gone, channel="webchat")
    roll_up()
    assert figures().new_people == 2
    with transaction():
        merged = merging.merge(kept, gone, channel="webchat", now=NOW).public_id
    roll_up()
    assert (figures().new_people, figures().first_this_year, figures().places) == (1, 1, 2)
    with transaction():
        merging.undo(merged, now=NOW)
    roll_up()
    assert (figures().new_people, figures().first_this_year, figures().places) == (2, 2, 2)


def test_who_is_still_known_is_not_new_when_their_old_sign_ups_have_let_go_of_them(town: Town) -> None:
    town.signed_up(town.occurrence(), email=ANNA)
    later = NOW + timedelta(days=8) + current_settings().city.keep_sign_ups
    with transaction():
        assert forgetting.expire(later) == 1
    assert db.session.get_one(people.Person, anna()).last_place_year == 2026
    town.signed_up(town.occurrence(starts_in=timedelta(days=100)), email=ANNA, now=later)
    town.signed_up(town.occurrence(starts_in=timedelta(days=400)), email=ANNA, now=later)
    assert firsts() == [(True, True), (False, False), (False, True)]


def test_a_date_that_moves_to_another_year_is_somebodys_first_of_that_year(town: Town) -> None:
    moves, stays = town.occurrence(starts_in=timedelta(days=200)), town.occurrence(starts_in=timedelta(days=210))
    for occurrence in (moves, stays):
        town.signed_up(occurrence, email=ANNA)
    moves.starts_at += timedelta(days=365)
    moves.ends_at += timedelta(days=365)
    db.session.commit()
    roll_up()
    roll_up()
    assert firsts() == [(True, True), (False, True)]
    assert (figures().places, figures().first_this_year) == (1, 1)


def test_changes_of_seats_and_dates_are_counted(town: Town) -> None:
    occurrence = town.occurrence(capacity=4)
    town.signed_up(occurrence, seats=3)
    for _turn in range(2):
        assert (figures().capacity, figures().filled, figures().dates) == (4, 3, 1)
        roll_up()
    occurrence.pool.capacity = 3
    db.session.commit()
    assert (figures().fill_rate, figures().full_dates) == (1.0, 1)
    changes.call_off(occurrence.id, now=NOW)
    db.session.commit()
    for _turn in range(2):
        found = figures()
        assert (found.capacity, found.places, found.called_off, found.dates, found.called_off_dates) == (0, 0, 1, 0, 1)
        assert found.new_people == 0
        roll_up()
    pool = db.session.scalars(select(Pool)).one()
    assert pool.occupied == 0


def test_a_date_that_is_deleted_is_taken_out_of_the_sums(town: Town) -> None:
    occurrence = town.occurrence()
    roll_up()
    assert figures().dates == 1
    db.session.delete(occurrence)
    db.session.commit()
    for _turn in range(2):
        assert figures() == Figures()
        roll_up()


def test_when_much_is_still_to_be_counted_it_is_said_how_old_the_figures_are(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    town.signed_up(town.occurrence())
    roll_up()
    town.signed_up(town.occurrence())
    assert statistics.freshness().as_of is None
    monkeypatch.setattr(reading, "MOST_COUNTED_ANEW", 0)
    fresh = statistics.freshness()
    assert isinstance(fresh.as_of, datetime)
    assert fresh.backlog == 1
    assert figures().places == 1
    roll_up()
    assert (statistics.freshness().as_of, figures().places) == (None, 2)
