"""Forgetting as a whole: who is asked, in which order, and that no component is left out."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from flask import Flask
from sqlalchemy import func, select

from engage import people, privacy, registrations
from engage.base.db import Base, db, transaction
from engage.people import Person
from engage.registrations import LIVE, Registration
from tests.conftest import NOW
from tests.town import Town

# What a person may be named in, and by whom it is let go. A new column must be thought of here.
NAMES_A_PERSON = {
    ("address", "person_id"): "goes with the person (cascade)",
    ("registration", "person_id"): "registrations.forgetting",
    ("conversation", "person_id"): "dialog.forgetting",
    ("citizen_question", "person_id"): "questions.forgetting",
    ("proposal", "person_id"): "proposals.forgetting",
    ("proposal_interest", "person_id"): "proposals.forgetting",
    ("own_calendar", "person_id"): "goes with the person (cascade)",
    ("certificate", "person_id"): "registrations.forgetting",
    ("followed", "person_id"): "goes with the person (cascade)",
    ("person_merge", "kept_id"): "goes with the person (cascade)",
    ("person_merge", "gone_id"): "goes with the person (cascade)",
}


def test_every_table_that_names_a_person_is_one_that_forgets_them() -> None:
    found = {
        (table.name, key.parent.name)
        for table in Base.metadata.tables.values()
        for key in table.foreign_keys
        if key.column.table.name == "person"
    }
    assert found == set(NAMES_A_PERSON)


def test_no_row_keeps_a_person_from_being_let_go(app: Flask) -> None:
    for table in Base.metadata.tables.values():
        for key in table.foreign_keys:
            if key.column.table.name == "person":
                assert key.ondelete in {"CASCADE", "SET NULL"}, f"{table.name}.{key.parent.name}"


def test_each_component_that_keeps_something_hands_in_how_it_forgets(app: Flask) -> None:
    erasers = {each.__module__ for each in app.extensions["engage.erasers"]}
    expiries = [each.__module__ for each in privacy.expiries()]
    own_page = {"engage.registrations.entrance", "engage.registrations.linking", "engage.registrations.caps"}
    talks = {
        "engage.dialog.forgetting",
        "engage.inbox.keeping",
        "engage.questions.forgetting",
        "engage.proposals.forgetting",
    }
    assert erasers == {"engage.registrations.forgetting", "engage.outbox.forgetting", *talks, *own_page}
    others = {"engage.people.forgetting", "engage.accounts.forgetting"}
    others |= {
        "engage.registrations.own_calendar",
        "engage.registrations.own_page",
        "engage.registrations.attendance.door_links",
        "engage.registrations.certificates.reading",
    }
    assert set(expiries) == {*erasers, *others, "engage.activities.importing.runs"}
    assert expiries[-1] == "engage.people.forgetting", "those go whom nothing that is left speaks of"


def test_the_person_goes_last_so_that_every_eraser_still_finds_them(town: Town, app: Flask) -> None:
    registration = town.signed_up(town.occurrence())
    seen: list[bool] = []

    def look(person_id: int, _now: datetime) -> None:
        seen.append(db.session.get(Person, person_id) is not None)

    installed = app.extensions["engage.erasers"]
    app.extensions["engage.erasers"] = (*installed, look)
    try:
        assert registration.person_id is not None
        privacy.erase(registration.person_id, now=NOW)
    finally:
        app.extensions["engage.erasers"] = installed
    assert seen == [True]


def test_who_is_erased_while_signing_up_elsewhere_neither_stands_in_the_way_nor_is_half_forgotten(
    town: Town, app: Flask
) -> None:
    """One takes the person and then the pool; if the other took them the other way round, both would wait for ever."""
    date_ = town.occurrence()
    mine = town.signed_up(date_, email="anna@example.org")
    number, person = date_.id, mine.person_id
    registrations.cancel(mine.public_id, now=NOW)
    again = town.signed_up(date_, email="anna@example.org")
    assert person is not None
    assert again.person_id == person
    other = town.occurrence().id
    db.session.commit()
    assert people.find_or_create("email", "anna@example.org", language="da", now=NOW) == person
    begun = threading.Event()

    def erase() -> None:
        with app.app_context(), transaction():
            begun.set()
            privacy.erase(person, now=NOW)

    with ThreadPoolExecutor(1) as pool:
        erased = pool.submit(erase)
        begun.wait(5)
        threading.Event().wait(0.3)
        for occurrence_id in (number, other):
            registrations.sign_up(occurrence_id, town.application(email="anna@example.org"), now=NOW)
        db.session.commit()
        erased.result(timeout=10)
    db.session.expire_all()
    live = select(func.count()).select_from(Registration).where(Registration.state.in_(LIVE))
    assert db.session.scalar(live) == 0
    assert people.person_at("email", "anna@example.org") is None
