"""Letting go: after erasing, and after its time, no name and no address is found anywhere in the database."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, text

from engage import outbox, people, privacy, registrations
from engage.base.db import db, transaction
from engage.base.message import Message
from engage.channels import webchat
from engage.channels.webchat import Sender
from engage.dialog.models import Conversation
from engage.people import Person
from engage.registrations import Registration, State, forgetting
from tests.conftest import NOW
from tests.town import Town

NAME, EMAIL = "Rosalinde Kronborg", "rosalinde@example.org"
LATER = NOW + timedelta(days=200)


class Sink:
    """Mail that is gone for good."""

    def send(self, identifier: str, message: Message, *, key: str) -> None:
        """Keep nothing."""


def places_of(word: str) -> list[str]:
    """Every column of every table in which `word` stands, however it is kept."""
    db.session.expire_all()
    query = text(
        "SELECT table_name, array_agg(column_name::text) FROM information_schema.columns WHERE table_schema = 'public' "
        "AND data_type IN ('text', 'character varying', 'jsonb', 'ARRAY', 'character') GROUP BY table_name"
    )
    found = []
    for table, columns in db.session.execute(query).all():
        holds = ", ".join(f'bool_or("{column}"::text ILIKE :word)' for column in columns)
        answer = db.session.execute(text(f'SELECT {holds} FROM "{table}"'), {"word": f"%{word}%"}).one()
        found += [f"{table}.{column}" for column, holds_it in zip(columns, answer, strict=True) if holds_it]
    return found


def traces() -> list[str]:
    return places_of("rosalinde") + places_of("kronborg")


def tidy_up(now: datetime = LATER) -> None:
    """What the worker does every hour."""
    for expire in privacy.expiries():
        with transaction():
            expire(now)


def a_life(town: Town) -> int:
    """Signed up here and there, waiting, cancelled, unconfirmed, with a talk; returns the person."""
    full = town.occurrence(capacity=1)
    town.signed_up(full)
    mine = town.signed_up(town.occurrence(), name=NAME, email=EMAIL, client="c" * 32)
    town.signed_up(full, name=NAME, email=EMAIL)
    registrations.cancel(town.signed_up(town.occurrence(), name=NAME, email=EMAIL).public_id, now=NOW)
    town.signed_up(town.occurrence(), name=NAME, email=EMAIL, confirmed=False)
    assert mine.person_id is not None
    talk = {"channel": "webchat", "identifier": "a-talk", "language": "da", "started_at": NOW, "spoke_at": NOW}
    db.session.add(Conversation(person_id=mine.person_id, data={"contact": {"name": NAME, "email": EMAIL}}, **talk))
    webchat.say("a-talk", Sender.CITIZEN, Message((f"Jeg hedder {NAME}, {EMAIL}",)), NOW)
    db.session.commit()
    return mine.person_id


def test_the_look_round_finds_what_is_there(town: Town) -> None:
    a_life(town)
    assert {place.partition(".")[0] for place in traces()} == {
        "address",
        "registration",
        "outbox",
        "conversation",
        "webchat_line",
    }


def test_who_is_erased_stands_nowhere_any_more(town: Town) -> None:
    person = a_life(town)
    privacy.erase(person, now=NOW)
    db.session.commit()
    assert traces() == []
    assert db.session.get(Person, person) is None


def test_after_its_time_nobody_stands_anywhere_any_more(town: Town) -> None:
    a_life(town)
    outbox.deliver_due({"email": Sink()}, NOW)
    registrations.expire_unconfirmed(LATER)
    db.session.commit()
    tidy_up()
    assert traces() == []


def test_tidying_up_twice_does_no_harm_and_what_is_young_is_kept(town: Town) -> None:
    a_life(town)
    before = traces()
    tidy_up(NOW + timedelta(days=1))
    assert traces() == before
    tidy_up()
    after = traces()
    tidy_up()
    assert traces() == after


def test_an_address_nobody_proved_is_gone_an_hour_later_with_its_mail(town: Town) -> None:
    town.signed_up(town.occurrence(), name=NAME, email=EMAIL, confirmed=False)
    later = NOW + timedelta(hours=2)
    registrations.expire_unconfirmed(later)
    db.session.commit()
    tidy_up(later)
    assert traces() == []


def test_erasing_frees_the_seats_and_moves_up_who_waits(town: Town) -> None:
    date_ = town.occurrence(capacity=2)
    mine = town.signed_up(date_, seats=2, email=EMAIL, name=NAME)
    waits = town.signed_up(date_)
    assert mine.person_id is not None
    privacy.erase(mine.person_id, now=NOW)
    db.session.commit()
    db.session.expire_all()
    assert waits.state == State.CONFIRMED
    assert mine.state == State.CANCELLED_BY_PERSON
    assert (date_.pool.occupied, date_.pool.waiting) == (1, 0)


def test_that_somebody_came_stays_countable(town: Town) -> None:
    mine = town.signed_up(town.occurrence(), seats=3, name=NAME, email=EMAIL)
    tidy_up()
    db.session.expire_all()
    assert (mine.state, mine.seats, mine.name, mine.email, mine.person_id) == (State.CONFIRMED, 3, None, None, None)


@pytest.mark.parametrize(("days", "kept"), [(29, True), (31, False)])
def test_a_sign_up_is_kept_as_long_as_the_city_says(town: Town, days: int, kept: bool) -> None:
    date_ = town.occurrence()
    mine = town.signed_up(date_, name=NAME)
    count = forgetting.expire(date_.ends_at + timedelta(days=days))
    db.session.commit()
    db.session.expire_all()
    assert (count == 0, mine.name == NAME) == (kept, kept)


def test_erasing_one_leaves_the_others(town: Town) -> None:
    date_ = town.occurrence()
    mine, other = town.signed_up(date_), town.signed_up(date_, name="Bo Lund", email="bo@example.org")
    assert mine.person_id is not None
    privacy.erase(mine.person_id, now=NOW)
    db.session.commit()
    db.session.expire_all()
    assert (other.name, other.state) == ("Bo Lund", State.CONFIRMED)
    assert people.person_at("email", "bo@example.org") is not None
    assert len(places_of("bo@example.org")) >= 3


def test_an_erased_person_may_come_back_as_a_new_one(town: Town) -> None:
    date_ = town.occurrence()
    first = town.signed_up(date_, email=EMAIL)
    assert first.person_id is not None
    old = first.person_id
    privacy.erase(old, now=NOW)
    db.session.commit()
    again = town.signed_up(date_, email=EMAIL)
    assert (again.state, again.person_id == old) == (State.CONFIRMED, False)


def test_erasing_somebody_who_is_gone_changes_nothing(app: Flask) -> None:
    privacy.erase(999_999, now=NOW)
    db.session.commit()
    assert db.session.scalars(select(Registration)).all() == []
