"""What a sign-up that waited for the lock sees when it gets it."""

import threading
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text

from engage import registrations
from engage.activities.models import ActivityState, Kind, OccurrenceState, SignUpMode
from engage.base.db import db, transaction
from engage.registrations import Registration, pools
from tests.conftest import NOW
from tests.town import Town


def test_nobody_gets_a_seat_on_a_date_called_off_while_they_waited_for_the_lock(app: Flask, town: Town) -> None:
    date, application = town.occurrence(), town.application()
    number, refused = date.id, threading.Event()
    db.session.commit()

    def sign_up() -> None:
        with app.app_context():
            with pytest.raises(registrations.NotOpen), transaction():
                registrations.sign_up(number, application, now=NOW)
            refused.set()

    with db.engine.connect() as other:
        other.execute(text("SELECT FROM pool WHERE occurrence_id = :number FOR UPDATE"), {"number": number})
        other.execute(text("UPDATE occurrence SET state = 'cancelled' WHERE id = :number"), {"number": number})
        thread = threading.Thread(target=sign_up)
        thread.start()
        thread.join(0.5)
        assert thread.is_alive(), "it waits for the lock"
        other.commit()
    thread.join(10)
    assert refused.is_set()


def test_a_date_is_read_under_the_lock_as_it_is_read_without(town: Town) -> None:
    """The lock has a leaner question for a date of no course; whatever it tells must be what `read_room` tells."""
    plain, busy = town.occurrence(), town.occurrence(capacity=2)
    bounded = town.activity(
        approval=True, approval_holds_seat=False, approves_edits=True, asks_when_waiting=True, asks_whom=True, party="class",
        sign_up_opens_at=NOW - timedelta(days=1), sign_up_closes_before=90, cancel_before=120, waiting_list=False,
        waiting_mode="offer", waiting_most=7, offer_hours=5, age_from=6, age_to=12, asked_of_each="name",
        group_least=2, group_most=28, kind=Kind.VOLUNTEER,
    )  # fmt: skip
    town.question(bounded)
    terms = town.occurrence(bounded, capacity=None)
    several = town.occurrence(town.activity(sign_up=SignUpMode.SEVERAL_DATES))
    shift = town.occurrence(town.activity(kind=Kind.VOLUNTEER))
    role = town.role(shift.activity).public_id
    called_off = town.occurrence(state=OccurrenceState.CANCELLED)
    draft = town.occurrence(town.activity(state=ActivityState.DRAFT))
    course = town.occurrence(town.activity(sign_up=SignUpMode.WHOLE_COURSE))
    for _guest in range(3):
        town.signed_up(busy)
    town.signed_up(busy, confirmed=False)
    dates = (plain, busy, terms, several, shift, called_off, draft, course)
    wanted = [(each.id, "") for each in dates] + [(shift.id, role), (plain.id, role), (0, "")]
    for number, name in wanted:
        locked, read = pools.lock(number, name), pools.look(number, name)
        assert locked == read, (number, name)
        assert (locked is None) == ((number, name) in {(plain.id, role), (0, "")})
    alone = {number: pools.look(number) for number, name in wanted if not name and number}
    assert pools.look_at([*alone, 0]) == alone
    assert pools.look_at([]) == {}


def test_the_seats_of_many_dates_are_looked_at_in_one_question(town: Town) -> None:
    numbers = [town.occurrence(capacity=each).id for each in range(40)]
    courses = [town.activity(sign_up=SignUpMode.WHOLE_COURSE) for _course in range(2)]
    fresh = [town.occurrence(course, capacity=7).id for course in courses]
    db.session.commit()
    rooms = pools.look_at([*fresh, *numbers])
    assert [rooms[each].capacity for each in numbers] == list(range(40))
    assert [rooms[each].capacity for each in fresh] == [7, 7], "also of a course whose seats nobody has locked yet"
    db.session.rollback()
    asked: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        ask = pools.ask
        patch.setattr(pools, "ask", lambda statement, facts: asked.append(statement) or ask(statement, facts))
        pools.look_at(numbers)
    assert len(asked) == 1


def test_who_has_too_many_sign_ups_does_not_wait_for_the_seats(app: Flask, town: Town) -> None:
    for _number in range(5):
        town.signed_up(town.occurrence(), confirmed=False, email="anna@example.org")
    date, application = town.occurrence(), town.application(email="anna@example.org")
    number, refused = date.id, threading.Event()
    db.session.commit()

    def sign_up() -> None:
        with app.app_context():
            with pytest.raises(registrations.TooManyUnconfirmed), transaction():
                registrations.sign_up(number, application, now=NOW)
            refused.set()

    with db.engine.connect() as other:
        other.execute(text("SELECT FROM pool WHERE occurrence_id = :number FOR UPDATE"), {"number": number})
        thread = threading.Thread(target=sign_up)
        thread.start()
        assert refused.wait(10), "refused while somebody else has the lock"
        other.rollback()
    thread.join(10)


def test_who_cancels_several_dates_waits_for_the_first_of_them_before_taking_any(app: Flask, town: Town) -> None:
    activity = town.activity(sign_up=SignUpMode.SEVERAL_DATES)
    dates = [town.occurrence(activity, starts_in=timedelta(days=7 + number)) for number in range(3)]
    numbers, application = [each.id for each in dates], town.application(email="anna@example.org")
    with transaction():
        made = registrations.sign_up_for_several(numbers, application, now=NOW)
        for outcome in made:
            own = db.session.get_one(Registration, outcome.registration_id)
            registrations.confirm(own.public_id, now=NOW)
    latest, gone = own.public_id, threading.Event()
    db.session.commit()

    def cancel() -> None:
        with app.app_context(), transaction():
            assert len(registrations.cancel_together(latest, now=NOW)) == 3
        gone.set()

    take = text("SELECT FROM pool WHERE occurrence_id = :number FOR UPDATE NOWAIT")
    with db.engine.connect() as other:
        other.execute(take, {"number": numbers[0]})
        thread = threading.Thread(target=cancel)
        thread.start()
        thread.join(0.5)
        assert thread.is_alive(), "it waits for the first"
        for number in numbers[1:]:
            other.execute(take, {"number": number})  # refused at once where somebody has it
        other.commit()
    thread.join(10)
    assert gone.is_set()
