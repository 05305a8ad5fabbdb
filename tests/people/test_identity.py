"""Knowing a person again by an address."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from engage import people
from engage.base.db import db, transaction
from engage.people import Address, Person
from engage.people.forgetting import expire
from engage.registrations import Registration
from tests.conftest import NOW
from tests.town import Town


def count(model: type[Person] | type[Address]) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("anna@example.org", "anna@example.org"),
        ("  Anna.Holm@Example.ORG \n", "anna.holm@example.org"),
        ("anna+kursus@example.org", "anna+kursus@example.org"),
        ("info@SØNDERBORG.example.org", "info@sønderborg.example.org"),
        ("info@xn--snderborg-l8a.example.org", "info@sønderborg.example.org"),
        ("åse@example.org", "åse@example.org"),
        ("A_b-c.d+9@EXAMPLE.org", "a_b-c.d+9@example.org"),
        ("x" * 64 + "@example.org", "x" * 64 + "@example.org"),
    ],
)
def test_an_address_is_compared_in_one_form(typed: str, address: str) -> None:
    assert people.normalise_email(typed) == address


@pytest.mark.parametrize(
    "typed",
    ["", "  ", "anna", "anna@", "@example.org", "anna@example", "a@b@example.org", "anna holm@example.org", "anna@exa mple.org",
     "Anna <anna@example.org>", "anna@example.org, bo@example.org", "anna@example.org\nBcc: bo@example.org", "anna@[127.0.0.1]",
     "anna@" + "x" * 250 + ".org", "anna\x00@example.org", "anna@example..org", "anna.@example.org", ".anna@example.org",
     "anna..holm@example.org", "anna@" + "x" * 60 + "." + "x" * 63 + "." + "x" * 63 + "." + "x" * 58 + ".org", "anna@localhost"],
)  # fmt: skip
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(people.EmailNotUsable):
        people.normalise_email(typed)


def test_the_same_address_is_the_same_person_and_another_channel_is_another(app: Flask) -> None:
    first = people.find_or_create("email", "anna@example.org", language="da", now=NOW)
    assert people.find_or_create("email", "anna@example.org", language="de", now=NOW) == first
    assert people.find_or_create("webchat", "anna@example.org", language="da", now=NOW) != first
    assert people.person_at("email", "bo@example.org") is None
    assert db.session.get_one(Person, first).language == "da", "who came first is not changed by who comes again"


def test_eight_first_sign_ups_at_once_are_one_person(app: Flask) -> None:
    everybody = threading.Barrier(8)

    def come(_number: int) -> int:
        with app.app_context():
            everybody.wait()
            with transaction():
                return people.find_or_create("email", "anna@example.org", language="da", now=NOW)

    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(come, range(8)))
    assert len(found) == 1
    assert (count(Person), count(Address)) == (1, 1), "the persons made by those who lost the race are gone"


def test_an_address_is_proven_once(app: Flask) -> None:
    people.find_or_create("email", "anna@example.org", language="da", now=NOW)
    people.verify("email", "anna@example.org", NOW)
    people.verify("email", "anna@example.org", NOW + timedelta(days=1))
    people.verify("email", "nobody@example.org", NOW)
    db.session.commit()
    assert db.session.scalars(select(Address.verified_at)).all() == [NOW]


def test_a_person_whom_nothing_names_is_let_go_with_the_address(town: Town) -> None:
    kept = town.signed_up(town.occurrence())
    people.find_or_create("email", "gone@example.org", language="da", now=NOW)
    db.session.commit()
    assert expire(NOW) == 1
    db.session.commit()
    assert people.person_at("email", "gone@example.org") is None
    assert db.session.get_one(Registration, kept.id).person_id is not None
    assert expire(NOW) == 0


def test_who_is_being_signed_up_right_now_is_not_let_go(app: Flask) -> None:
    """The two meet: one has found the person and will name them in a moment, the other tidies up."""
    with transaction():
        person = people.find_or_create("email", "anna@example.org", language="da", now=NOW)
    assert (
        people.find_or_create("email", "anna@example.org", language="da", now=NOW) == person
    )  # its transaction is open

    def tidy_up() -> int:
        with app.app_context(), transaction():
            db.session.execute(text("SET LOCAL lock_timeout = '3s'"))  # rather a failure than a wait for ever
            return expire(NOW)

    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(tidy_up).result(timeout=10) == 0
    db.session.commit()
    assert expire(NOW) == 1
