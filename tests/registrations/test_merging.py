"""Two persons become one, and can be taken apart again: what moves, which of two sign-ups stays, and who gets the seats."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text

from engage import people, privacy, registrations
from engage.activities.models import Occurrence
from engage.activities.terms import WaitingMode
from engage.base import i18n
from engage.base.db import Base, db, transaction
from engage.dialog.models import Conversation
from engage.outbox import Letter
from engage.people import Address, Person
from engage.registrations import Companion, Registration, State, merging, mine, own_calendar, phone_marks, steps
from engage.registrations.merging import NotMergedAnyMore, PersonMerge
from engage.registrations.models import Step
from engage.registrations.steps import Because
from engage.registrations.wording import state_words
from tests.accounts.cast import account
from tests.conftest import NOW
from tests.town import Town

ANNA, TALK = "anna@example.org", "talk"


def web() -> int:
    number = people.find_or_create("email", ANNA, language="da", now=NOW)
    people.verify("email", ANNA, NOW)
    db.session.commit()
    return number


def chat() -> int:
    number = people.find_or_create("webchat", TALK, language="da", now=NOW)
    db.session.commit()
    return number


def by_web(town: Town, date: Occurrence, **facts: object) -> Registration:
    return town.signed_up(date, name="Anna", email=ANNA, **facts)


def by_chat(town: Town, date: Occurrence, **facts: object) -> Registration:
    return town.signed_up(date, name="Anna H", email="other@example.org", person_id=chat(), channel="webchat", **facts)


def merge(*together: Registration) -> PersonMerge:
    names = frozenset(each.public_id for each in together)
    merged = merging.merge(web(), chat(), channel="webchat", together=names, now=NOW)
    db.session.commit()
    return merged


def fresh(registration: Registration) -> Registration:
    db.session.expire_all()
    return db.session.get_one(Registration, registration.id)


def seats(date: Occurrence) -> int:
    db.session.expire_all()
    return db.session.get_one(Occurrence, date.id).pool.occupied


def test_sign_ups_addresses_talks_and_calendars_become_one_persons(town: Town) -> None:
    first, second = by_web(town, town.occurrence()), by_chat(town, town.occurrence())
    talk = Conversation(
        channel="webchat", identifier=TALK, person_id=chat(), language="da", data={}, started_at=NOW, spoke_at=NOW
    )
    db.session.add(talk)
    own_calendar.renew(chat(), now=NOW)
    merge()
    kept = web()
    assert {fresh(first).person_id, fresh(second).person_id} == {kept}
    assert {each.person_id for each in db.session.query(Address)} == {kept}
    assert db.session.get_one(Conversation, talk.id).person_id == kept
    assert own_calendar.address(kept)


def test_every_table_that_names_a_person_can_be_moved(app: Flask) -> None:
    """A new table that names a person moves along by itself; it must have an `id`, and no rule that one person has one row."""
    for table, column in merging._naming_tables():
        assert "id" in table.c, table.name
        unique = [each for each in table.indexes if each.unique and column in each.columns]
        assert {each.name for each in unique} <= {"uq_registration_live_person"}, (
            f"say in merging which row of {table.name} stays"
        )


@pytest.mark.parametrize(
    ("web_state", "chat_state", "kept"),
    [
        (State.CONFIRMED, State.WAITING, "web"),
        (State.WAITING, State.CONFIRMED, "chat"),
        (State.OFFERED, State.WAITING, "web"),
        (State.WAITING, State.OFFERED, "chat"),
        (State.CONFIRMED, State.OFFERED, "web"),
        (State.PENDING_APPROVAL, State.WAITING, "chat"),
        (State.CONFIRMED, State.CONFIRMED, "web"),
        (State.WAITING, State.WAITING, "web"),
    ],
)
def test_of_two_for_the_same_the_better_one_stays(town: Town, web_state: State, chat_state: State, kept: str) -> None:
    date = town.occurrence(town.activity(waiting_mode=WaitingMode.MANUAL))
    first, second = by_web(town, date), by_chat(town, date, now=NOW + timedelta(minutes=1))
    first.state, second.state = web_state, chat_state
    db.session.commit()
    merge()
    better, worse = (first, second) if kept == "web" else (second, first)
    assert fresh(better).state == (web_state if kept == "web" else chat_state)
    assert fresh(worse).state == State.CANCELLED_BY_PERSON
    assert better.person_id == worse.person_id == web()
    (step,) = db.session.query(Step).filter_by(registration_id=worse.id, state=State.CANCELLED_BY_PERSON)
    assert step.reason == steps.coded(Because.SIGNED_UP_TWICE)


def test_what_was_joined_with_another_is_not_shown_as_given_up(town: Town) -> None:
    date = town.occurrence()
    kept, joined = by_web(town, date), by_chat(town, date, now=NOW + timedelta(minutes=1))
    given_up = by_web(town, town.occurrence())
    registrations.cancel(given_up.public_id, now=NOW)
    merge()
    assert [each.registration.id for each in mine.entries(web(), now=NOW)] == [kept.id]
    assert [each.registration.id for each in mine.entries(web(), now=NOW, past=True)] == [given_up.id]
    with i18n.speaking("en"):
        assert state_words(fresh(joined)) == "You were signed up for this twice. Your other sign-up stands."
        assert state_words(fresh(given_up)) == "Your sign-up is cancelled."


def test_seats_are_not_summed_unless_the_person_says_so(town: Town) -> None:
    date = town.occurrence()
    first, second = by_web(town, date, seats=2), by_chat(town, date, seats=1, now=NOW + timedelta(minutes=1))
    (double,) = merging.doubles(web(), chat())
    assert (double.kept.id, double.together) == (first.id, 3)
    merge()
    assert fresh(first).seats == 2 and seats(date) == 2
    assert second.state == State.CANCELLED_BY_PERSON


def test_summed_seats_take_nobodys_place(town: Town) -> None:
    date = town.occurrence(town.activity(asked_of_each="name"), capacity=3)
    first = by_web(town, date, seats=2, companions=(Companion("Anna"), Companion("Bo")))
    by_chat(town, date, companions=(Companion("Carl"),), now=NOW + timedelta(minutes=1))
    waits = town.signed_up(date, companions=(Companion("Dora"),))
    merge(first)
    assert fresh(first).seats == 3 and seats(date) == 3
    assert [each["name"] for each in first.companions] == ["Anna", "Bo", "Carl"]
    assert fresh(waits).state == State.WAITING


def test_a_group_that_would_be_too_large_is_not_summed(town: Town) -> None:
    date = town.occurrence(town.activity(group_most=2))
    first = by_web(town, date, seats=2)
    by_chat(town, date, now=NOW + timedelta(minutes=1))
    assert merging.doubles(web(), chat())[0].together == 0
    merge(first)
    assert fresh(first).seats == 2


def test_what_is_dropped_goes_to_who_waits_and_nobody_is_written_to_about_it(town: Town) -> None:
    date = town.occurrence(capacity=2)
    by_web(town, date), by_chat(town, date)
    waits = town.signed_up(date)
    before = db.session.query(Letter).count()
    merge()
    assert fresh(waits).state == State.CONFIRMED
    (letter,) = db.session.query(Letter).order_by(Letter.id).offset(before)
    assert letter.addresses[0]["identifier"] == waits.email


def test_who_was_to_be_phoned_for_the_dropped_one_is_still_to_be_phoned(town: Town) -> None:
    date = town.occurrence()
    kept, dropped = by_web(town, date), by_chat(town, date)
    phone_marks.mark(dropped.public_id, "Kørsel", by=account("Ida").id, now=NOW)
    merge()
    assert [fresh(each).to_phone_why for each in (kept, dropped)] == ["Kørsel", ""]


def test_an_unproven_double_goes_altogether(town: Town) -> None:
    date = town.occurrence()
    first, second = by_web(town, date), by_chat(town, date, confirmed=False)
    number = second.id
    merge()
    assert db.session.get(Registration, number) is None and fresh(first).state == State.CONFIRMED
    assert seats(date) == 1


def test_an_open_offer_of_a_dropped_one_is_taken_back(town: Town) -> None:
    date = town.occurrence(town.activity(waiting_mode=WaitingMode.OFFER), capacity=1, starts_in=timedelta(days=20))
    holder = town.signed_up(date)
    first = by_web(town, date)
    registrations.cancel(holder.public_id, now=NOW)
    assert fresh(first).state == State.OFFERED
    second = by_chat(town, town.occurrence(), now=NOW)
    second.pool_id, second.occurrence_id = first.pool_id, first.occurrence_id
    db.session.commit()
    merge()
    assert fresh(second).state == State.CONFIRMED and fresh(first).state == State.CANCELLED_BY_PERSON
    assert db.session.execute(text("SELECT answered FROM seat_offer")).scalars().all() == ["withdrawn"]


def test_a_sign_up_reached_by_chat_alone_is_reached_by_mail_too_from_then_on(town: Town) -> None:
    second = by_chat(town, town.occurrence())
    second.email = None
    db.session.commit()
    merged = merge()
    assert fresh(second).email == ANNA
    merging.undo(merged.public_id, now=NOW + timedelta(days=1))
    assert fresh(second).email is None


def test_undone_each_has_what_was_theirs(town: Town) -> None:
    date = town.occurrence()
    first, second, own = by_web(town, date, seats=2), by_chat(town, date), by_chat(town, town.occurrence())
    merged = merge(first)
    assert fresh(first).seats == 3
    assert merging.undo(merged.public_id, now=NOW + timedelta(days=6)) == ("webchat", TALK)
    db.session.commit()
    assert (fresh(first).seats, fresh(first).person_id) == (2, web())
    assert (fresh(second).state, fresh(second).person_id) == (State.CONFIRMED, chat())
    assert fresh(own).person_id == chat() != web()
    assert seats(date) == 3
    with pytest.raises(NotMergedAnyMore):
        merging.undo(merged.public_id, now=NOW + timedelta(days=6))


def test_undone_where_the_seat_is_gone_the_old_turn_in_the_line_comes_back(town: Town) -> None:
    date = town.occurrence(capacity=2)
    by_web(town, date)
    second = by_chat(town, date, now=NOW + timedelta(minutes=1))
    next_one, last = (town.signed_up(date, now=NOW + timedelta(minutes=after)) for after in (2, 3))
    merged = merge()
    assert fresh(next_one).state == State.CONFIRMED
    merging.undo(merged.public_id, now=NOW + timedelta(hours=1))
    db.session.commit()
    assert fresh(second).state == State.WAITING
    assert [registrations.position(fresh(each)) for each in (second, last)] == [1, 2]
    assert seats(date) == 2


def test_after_a_week_it_stays_and_who_was_left_behind_is_let_go(town: Town, app: Flask) -> None:
    by_web(town, town.occurrence()), by_chat(town, town.occurrence())
    gone = chat()
    merged = merge()
    name = merged.public_id
    with pytest.raises(NotMergedAnyMore):
        merging.undo(name, now=NOW + timedelta(days=7))
    app.extensions["engage.expiries"][-1](NOW)
    assert db.session.get(Person, gone) is not None, "it may still be undone"
    assert merging.expire(NOW + timedelta(days=7)) == 1
    app.extensions["engage.expiries"][-1](NOW)
    db.session.commit()
    assert db.session.get(Person, gone) is None


def test_who_is_forgotten_after_it_leaves_nothing_to_be_undone(town: Town) -> None:
    by_web(town, town.occurrence()), by_chat(town, town.occurrence())
    merge()
    privacy.erase(web_id := web(), now=NOW)
    db.session.commit()
    assert db.session.query(PersonMerge).count() == 0
    assert db.session.query(Registration).filter_by(person_id=web_id).count() == 0
    assert db.session.query(Address).count() == 0


def test_the_record_holds_no_name_and_no_address(town: Town) -> None:
    by_web(town, town.occurrence()), by_chat(town, town.occurrence())
    merge()
    row = db.session.execute(text("SELECT person_merge::text FROM person_merge")).scalar_one()
    for word in (ANNA, "other@example.org", TALK, "Anna"):
        assert word not in row


def test_merging_while_the_same_person_cancels_leaves_one_seat_and_no_deadlock(town: Town, app: Flask) -> None:
    date = town.occurrence(capacity=5)
    first, second = by_web(town, date).public_id, by_chat(town, date).public_id
    kept, gone = web(), chat()

    def join() -> None:
        with app.app_context(), transaction():
            merging.merge(kept, gone, channel="webchat", now=NOW)

    def leave(public_id: str) -> None:
        with app.app_context(), transaction():
            registrations.cancel(public_id, now=NOW)

    with ThreadPoolExecutor(3) as pool:
        for done in [pool.submit(join), pool.submit(leave, first), pool.submit(leave, second)]:
            done.result(timeout=20)
    db.session.expire_all()
    live = db.session.query(Registration).filter(Registration.state.in_(registrations.LIVE)).all()
    assert seats(date) == sum(each.seats for each in live) <= 1


def test_the_schema_says_which_tables_name_a_person(app: Flask) -> None:
    found = {(table.name, column) for table, column in merging._naming_tables()}
    every = {
        (table.name, key.parent.name)
        for table in Base.metadata.tables.values()
        for key in table.foreign_keys
        if key.column.table.name == "person" and table.name != "person_merge"
    }
    assert found == every
