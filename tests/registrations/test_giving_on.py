"""Places of people who do not answer whether they come: given on only where that was said when they signed up."""

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text

from engage import worker
from engage.activities.models import Occurrence
from engage.activities.terms import WaitingMode
from engage.base.db import ask, db, transaction
from engage.outbox import Letter
from engage.registrations import Registration, State, giving_on, silence, steps
from engage.registrations.models import Step
from engage.registrations.reminders import answers, choosing, rules
from engage.registrations.reminders.models import Reminding
from engage.registrations.steps import Because
from tests.conftest import NOW
from tests.town import Town

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
START = datetime(2026, 3, 21, 13, 0, tzinfo=UTC)
DAY_BEFORE = datetime(2026, 3, 20, 16, 0, tzinfo=UTC)
GIVEN_ON = START - 4 * HOUR


@pytest.fixture
def date_(town: Town) -> Occurrence:
    """One place, given on four hours before, as was said a day after `NOW`."""
    return town.occurrence(town.activity(waiting_mode=WaitingMode.AUTO), capacity=1, starts_at=START)


def choose(date_: Occurrence, hours: int | None = 4, at: datetime = NOW + DAY) -> None:
    with transaction():
        choosing.keep(date_.activity_id, replace(rules.USUAL["day"], release_hours=hours), now=at)


def remind(delivered: bool = True) -> None:
    worker.plan_reminders(DAY_BEFORE)
    worker.send_reminders(DAY_BEFORE)
    if delivered:
        for letter in db.session.query(Letter).filter(Letter.key.startswith("reminder:")):
            letter.status, letter.settled_at = "sent", DAY_BEFORE + timedelta(minutes=1)  # type: ignore[assignment]
    db.session.commit()


def state(registration: Registration) -> State:
    db.session.expire_all()
    return State(db.session.get_one(Registration, registration.id).state)


def test_silence_gives_the_place_to_the_next_in_line(town: Town, date_: Occurrence) -> None:
    choose(date_)
    silent = town.signed_up(date_, now=NOW + 2 * DAY, language="en")
    waits = town.signed_up(date_, now=NOW + 3 * DAY)
    remind()
    said = db.session.query(Letter).filter(Letter.key.startswith("reminder:")).one()
    assert any("Answer before Saturday 21 March, 10:00" in part for part in said.message["text"])
    assert worker.give_on_places(GIVEN_ON - timedelta(seconds=1)) == 0
    assert worker.give_on_places(GIVEN_ON) == 1
    assert (state(silent), state(waits)) == (State.CANCELLED_BY_STAFF, State.CONFIRMED)
    assert worker.give_on_places(GIVEN_ON + HOUR) == 0
    reasons = db.session.scalars(select(Step.reason).where(Step.registration_id == silent.id)).all()
    assert steps.coded(Because.NO_ANSWER) in reasons
    keys = db.session.scalars(select(Letter.key)).all()
    assert sum("given-on" in key for key in keys) == 1


def test_who_said_that_they_come_keeps_it(town: Town, date_: Occurrence) -> None:
    choose(date_)
    guest = town.signed_up(date_, now=NOW + 2 * DAY)
    remind()
    with transaction():
        answers.say_coming(db.session.query(Reminding).filter_by(rule_key="day").one(), now=DAY_BEFORE + HOUR)
    assert worker.give_on_places(GIVEN_ON) == 0 and state(guest) == State.CONFIRMED


@pytest.mark.parametrize("case", ["signed up before", "not delivered", "switched off"])
def test_nobody_loses_a_place_who_was_not_told_or_not_asked(town: Town, date_: Occurrence, case: str) -> None:
    choose(date_)
    guest = town.signed_up(date_, now=NOW if case == "signed up before" else NOW + 2 * DAY)
    remind(delivered=case != "not delivered")
    if case == "switched off":
        choose(date_, None, DAY_BEFORE + HOUR)
    assert worker.give_on_places(GIVEN_ON) == 0 and state(guest) == State.CONFIRMED


@pytest.mark.parametrize("gives", [True, False])
def test_who_answers_while_places_are_given_on_is_heard_or_told_that_it_is_too_late(
    app: Flask, town: Town, date_: Occurrence, gives: bool
) -> None:
    choose(date_)
    guest = town.signed_up(date_, now=NOW + 2 * DAY)
    remind()
    asked, pool = db.session.query(Reminding).filter_by(rule_key="day").one().id, guest.pool_id
    db.session.commit()
    done: list[int] = []

    def give_on() -> None:
        with app.app_context():
            done.append(worker.give_on_places(GIVEN_ON))

    thread = threading.Thread(target=give_on)
    if gives:
        with transaction():
            answered = answers.by_id(asked)
            assert answered is not None and answers.may_say(answered, GIVEN_ON), "they see the question still"
            thread.start()
            thread.join(10)
            with pytest.raises(answers.NotYoursToCome):
                answers.say_coming(answered, now=GIVEN_ON)
    else:
        with db.engine.connect() as other:
            other.execute(text("SELECT FROM pool WHERE id = :id FOR UPDATE"), {"id": pool})
            thread.start()
            thread.join(0.5)
            assert thread.is_alive(), "it found them, and waits for the seats"
            other.execute(text("UPDATE reminding SET answer = 'coming' WHERE id = :id"), {"id": asked})
            other.commit()
        thread.join(10)
    assert done == [int(gives)]
    assert state(guest) == (State.CANCELLED_BY_STAFF if gives else State.CONFIRMED)


@pytest.mark.parametrize("part", ["enabled", "asks"])
def test_a_rule_that_begins_to_count_again_binds_nobody_who_signed_up_while_it_did_not(
    town: Town, date_: Occurrence, part: str
) -> None:
    rule = replace(rules.USUAL["day"], release_hours=4)
    off: dict[str, Any] = {part: False}
    choose(date_)
    with transaction():
        choosing.keep(date_.activity_id, replace(rule, **off), now=NOW + 2 * DAY)
    guest = town.signed_up(date_, now=NOW + 3 * DAY)
    choose(date_, at=NOW + 4 * DAY)
    assert "4 timer" not in str([letter.message for letter in db.session.query(Letter)]), "they were not told"
    remind()
    assert worker.give_on_places(GIVEN_ON) == 0 and state(guest) == State.CONFIRMED


def test_it_is_told_with_the_place(town: Town, date_: Occurrence) -> None:
    assert silence.told(date_.activity_id) == ""
    choose(date_)
    town.signed_up(date_, now=NOW + 2 * DAY, language="en")
    confirmed = db.session.query(Letter).order_by(Letter.id.desc()).first()
    assert confirmed is not None and any("4 hours before" in part for part in confirmed.message["text"])


def test_of_what_was_asked_nothing_is_read_before_the_hour_of_a_date_has_come(
    town: Town, date_: Occurrence, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose(date_)
    town.signed_up(date_, now=NOW + 2 * DAY)
    remind()
    plans = []

    def explained(statement: Any, facts: Any) -> Any:
        ((plan,),) = ask("EXPLAIN (ANALYZE, FORMAT JSON) " + statement, facts).fetchall()
        plans.append(plan[0]["Plan"])
        return ask(statement, facts)

    monkeypatch.setattr(giving_on, "ask", explained)
    # Whatever the database thinks of how much there is: here it may not even go from one to the other where it has a choice.
    db.session.execute(text("SET LOCAL enable_nestloop = off"))
    for at, read in ((GIVEN_ON - timedelta(minutes=1), 0), (GIVEN_ON, 1)):
        assert len(giving_on._silent(at)) == read
        assert bool(_rows_of(plans[-1], "reminding")) is bool(read)


def _rows_of(plan: dict[str, Any], table: str) -> float:
    own = plan["Actual Rows"] * plan["Actual Loops"] if plan.get("Relation Name") == table else 0
    return float(own + sum(_rows_of(each, table) for each in plan.get("Plans", ())))
