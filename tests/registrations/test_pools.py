"""Seats: the formula, the totals, the lock, and what stays true whatever people do and in whatever order."""

import random
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text

from engage import registrations
from engage.activities.facts import Seats
from engage.activities.models import ActivityState, OccurrenceState, Pool, SignUpMode
from engage.base.db import db, transaction
from engage.registrations import LIVE, Places, Registration, State, free, places, pools, totals, waiting
from engage.registrations.pools import Room
from tests.conftest import NOW
from tests.town import Town


def a_room(town: Town, **facts: Any) -> Room:
    """The room of a date in a week, with these facts."""
    found = pools.look(town.occurrence().id)
    assert found is not None
    return replace(found, **facts)


@pytest.mark.parametrize(
    ("capacity", "reserved", "occupied", "left"),
    [
        (None, 0, 900, None), (10, 0, 0, 10), (10, 3, 4, 3), (10, 6, 4, 0), (0, 0, 0, 0),
        (10, 0, 12, 0), (10, 11, 0, 0), (1, 0, 1, 0),
    ],
)  # fmt: skip
def test_free_is_capacity_less_reserved_less_occupied(
    capacity: int | None, reserved: int, occupied: int, left: int | None
) -> None:
    assert free(Seats(capacity, reserved, occupied, 0)) == left


@pytest.mark.parametrize(
    ("seats", "said"),
    [
        (Seats(None, 0, 900, 0), (Places.UNLIMITED, None)),
        (Seats(20, 0, 10, 0), (Places.FREE, 10)),
        (Seats(20, 0, 14, 0), (Places.FREE, 6)),
        (Seats(20, 0, 15, 0), (Places.FEW, 5)),
        (Seats(20, 0, 19, 0), (Places.FEW, 1)),
        (Seats(20, 0, 20, 0), (Places.WAITING_LIST, 0)),
        (Seats(20, 0, 25, 0), (Places.WAITING_LIST, 0)),
        (Seats(20, 0, 18, 3), (Places.WAITING_LIST, 0)),
        (Seats(0, 0, 0, 0), (Places.WAITING_LIST, 0)),
    ],
)
def test_a_card_says_what_a_newcomer_can_have(seats: Seats, said: tuple[Places, int | None]) -> None:
    assert places(seats) == said


@pytest.mark.parametrize(
    ("capacity", "occupied", "waiting_seats", "wanted", "has"),
    [
        (None, 90, 0, 30, True), (None, 90, 2, 1, False), (5, 3, 0, 2, True), (5, 3, 0, 3, False),
        (5, 3, 4, 1, False), (0, 0, 0, 1, False),
    ],
)  # fmt: skip
def test_a_newcomer_has_room_only_when_nobody_waits(
    town: Town, capacity: int | None, occupied: int, waiting_seats: int, wanted: int, has: bool
) -> None:
    room = a_room(town, capacity=capacity, occupied=occupied, waiting=waiting_seats)
    assert room.has_room_for(wanted, NOW) is has


@pytest.mark.parametrize(
    ("capacity", "unverified", "wanted", "may"),
    [
        (None, 500, 30, True),
        (10, 4, 1, True),
        (10, 5, 1, False),
        (5, 2, 1, True),
        (5, 3, 1, False),
        (1, 0, 1, True),
        (0, 0, 1, False),
    ],
)
def test_unproven_addresses_hold_half_of_the_seats_at_most(
    town: Town, capacity: int | None, unverified: int, wanted: int, may: bool
) -> None:
    assert a_room(town, capacity=capacity, unverified=unverified).may_hold_unverified(wanted) is may


def test_a_room_is_open_only_while_people_may_still_sign_up(town: Town) -> None:
    usual = town.occurrence()
    closed = [
        town.occurrence(town.activity(state=ActivityState.DRAFT)),
        town.occurrence(town.activity(state=ActivityState.CALLED_OFF)),
        town.occurrence(town.activity(sign_up=SignUpMode.DROP_IN)),
        town.occurrence(state=OccurrenceState.CANCELLED),
        town.occurrence(starts_at=NOW),
    ]
    seen = [pools.lock(each.id) for each in (usual, *closed)]
    assert [room is not None and room.is_open(NOW) for room in seen] == [True, False, False, False, False, False]
    assert pools.lock(999_999) is None


def test_the_lock_makes_the_next_one_wait_and_then_see_what_was_done(town: Town, app: Flask) -> None:
    date_ = town.occurrence(capacity=1)
    application, number = town.application(), date_.id
    pools.lock(number)
    asked = threading.Event()

    def come_second() -> bool:
        with app.app_context(), transaction():
            asked.set()
            return registrations.sign_up(number, application, now=NOW).waiting

    with ThreadPoolExecutor(1) as pool:
        second = pool.submit(come_second)
        asked.wait(5)
        with pytest.raises(TimeoutError):
            second.result(timeout=0.3)
        outcome = registrations.sign_up(date_.id, town.application(), now=NOW)
        db.session.commit()
        assert not outcome.waiting
        assert second.result(timeout=5), "the second found the last seat taken"


def test_a_total_nobody_can_explain_is_counted_again_for_that_pool_alone(town: Town) -> None:
    wrong, empty, right = town.occurrence(), town.occurrence(), town.occurrence()
    town.signed_up(wrong, seats=2), town.signed_up(wrong, seats=3, confirmed=False), town.signed_up(right)
    db.session.execute(text("UPDATE pool SET occupied = 99, waiting = 7 WHERE occurrence_id = :id"), {"id": wrong.id})
    db.session.execute(text("UPDATE pool SET unverified = 4 WHERE occurrence_id = :id"), {"id": empty.id})
    db.session.commit()
    assert totals.correct() == 2
    db.session.commit()
    db.session.expire_all()
    assert [(each.pool.occupied, each.pool.unverified, each.pool.waiting) for each in (wrong, empty, right)] == [
        (5, 3, 0), (0, 0, 0), (1, 0, 0),
    ]  # fmt: skip
    assert totals.correct() == 0


def test_counting_again_neither_stops_sign_ups_nor_is_stopped_by_one(town: Town, app: Flask) -> None:
    """It once locked the whole table: who held a pool and wanted to sign up, and it, then waited for each other."""
    wrong, busy = town.occurrence(), town.occurrence()
    db.session.execute(text("UPDATE pool SET occupied = 9 WHERE occurrence_id = :id"), {"id": wrong.id})
    db.session.commit()
    registrations.sign_up(busy.id, town.application(), now=NOW)  # its transaction stays open

    def count_again() -> int:
        with app.app_context(), transaction():
            db.session.execute(text("SET LOCAL lock_timeout = '3s'"))  # rather a failure than a wait for ever
            return totals.correct()

    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(count_again).result(timeout=5) == 1
    db.session.rollback()


def test_forty_at_once_for_the_last_five_seats(town: Town, app: Flask) -> None:
    date_ = town.occurrence(capacity=25)
    for _number in range(5):
        town.signed_up(date_, seats=4)
    applications, number = [town.application() for _number in range(40)], date_.id
    everybody = threading.Barrier(8)

    def come(mine: list[registrations.Application]) -> list[registrations.Outcome]:
        with app.app_context():
            everybody.wait()
            outcomes = []
            for application in mine:
                with transaction():
                    outcomes.append(registrations.sign_up(number, application, now=NOW))
            return outcomes

    with ThreadPoolExecutor(8) as pool:
        outcomes = [each for part in pool.map(come, [applications[start::8] for start in range(8)]) for each in part]
    db.session.expire_all()
    mine = [db.session.get_one(Registration, each.registration_id) for each in outcomes]
    states = Counter(each.state for each in mine)
    assert len({each.id for each in mine}) == 40, "nobody is lost"
    assert states == {State.PENDING_EMAIL: 5, State.WAITING: 35}
    assert Counter(each.waiting for each in outcomes) == {False: 5, True: 35}
    assert date_.pool.occupied == 25
    assert totals.correct() == 0


def test_forty_at_once_from_talks_that_have_proven_their_address(town: Town, app: Flask) -> None:
    before, date_ = town.occurrence(capacity=None), town.occurrence(capacity=5)
    applications = []
    for number in range(40):
        first = town.signed_up(before, email=f"sammen{number}@example.org")
        assert first.email is not None
        applications.append(town.application(email=first.email, person_id=first.person_id, channel="webchat"))
    everybody, wanted = threading.Barrier(8), date_.id

    def come(mine: list[registrations.Application]) -> None:
        with app.app_context():
            everybody.wait()
            for application in mine:
                with transaction():
                    registrations.sign_up(wanted, application, now=NOW)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(come, [applications[start::8] for start in range(8)]))
    query = select(Registration.state).where(Registration.occurrence_id == date_.id)
    assert Counter(db.session.scalars(query)) == {State.CONFIRMED: 5, State.WAITING: 35}
    db.session.expire_all()
    assert (date_.pool.occupied, date_.pool.waiting) == (5, 35)


def test_the_same_person_eight_times_at_once_is_one_sign_up(town: Town, app: Flask) -> None:
    date_, everybody = town.occurrence(), threading.Barrier(8)
    number = date_.id

    def come(_number: int) -> int:
        with app.app_context():
            everybody.wait()
            with transaction():
                application = town.application(email="anna@example.org", seats=2)
                return registrations.sign_up(number, application, now=NOW).registration_id

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(come, range(8)))) == 1
    db.session.expire_all()
    assert date_.pool.occupied == 2


class Evening:
    """One occurrence and everything people may do to it, in any order; after each step the invariants are looked at."""

    def __init__(self, town: Town, chance: random.Random) -> None:
        self.town, self.chance, self.now = town, chance, NOW
        self.capacity: int | None = chance.choice([2, 3, 5])
        self.date = town.occurrence(capacity=self.capacity, starts_in=timedelta(days=30))
        self.chosen = 0  # how often somebody was moved up while another waited on

    def sign_up(self) -> None:
        email = f"borger{self.chance.randint(1, 25)}@example.org"
        application = self.town.application(email=email, seats=self.chance.randint(1, 3))
        registrations.sign_up(self.date.id, application, now=self.now)

    def one_of(self, *states: State, unproven: bool = False) -> str | None:
        query = select(Registration.public_id).where(
            Registration.occurrence_id == self.date.id, Registration.state.in_(states)
        )
        if unproven:
            query = query.where(Registration.verified_at.is_(None))
        found = db.session.scalars(query.order_by(Registration.id)).all()
        return self.chance.choice(found) if found else None

    def confirm(self) -> None:
        if public_id := self.one_of(*LIVE, unproven=self.chance.random() < 0.9):
            registrations.confirm(public_id, now=self.now)

    def cancel(self) -> None:
        if public_id := self.one_of(*(State if self.chance.random() < 0.3 else [State.CONFIRMED])):
            registrations.cancel(public_id, now=self.now)

    def expire(self) -> None:
        self.now += timedelta(minutes=self.chance.choice([5, 61]))
        registrations.expire_unconfirmed(self.now)

    def resize(self) -> None:
        pools.lock(self.date.id)
        self.capacity = self.chance.choice([0, 1, 2, 3, 4, 5, 6, None])
        db.session.execute(
            text("UPDATE pool SET capacity = :seats WHERE occurrence_id = :id"),
            {"seats": self.capacity, "id": self.date.id},
        )
        db.session.expire_all()
        waiting.serve(self.date.id, now=self.now)

    def step(self) -> str:
        weights = {self.sign_up: 10, self.confirm: 9, self.cancel: 3, self.expire: 1, self.resize: 0.5}
        action = self.chance.choices(list(weights), list(weights.values()))[0]
        queue_before, occupied_before = self.queue(), self.pool().occupied
        self.now += timedelta(seconds=1)
        try:
            with transaction():
                action()
        except registrations.TooManyUnconfirmed:
            return "refused"
        self.look(queue_before, occupied_before)
        return action.__name__

    def pool(self) -> Pool:
        db.session.expire_all()
        return db.session.scalars(select(Pool).where(Pool.occurrence_id == self.date.id)).one()

    def rows(self) -> list[Registration]:
        query = select(Registration).where(Registration.occurrence_id == self.date.id)
        return list(db.session.scalars(query.order_by(Registration.joined_at, Registration.id)))

    def queue(self) -> list[tuple[datetime, int]]:
        queued = [each for each in self.rows() if each.state == State.WAITING and each.verified_at is not None]
        return [(each.joined_at, each.id) for each in queued]

    def look(self, queue_before: list[tuple[datetime, int]], occupied_before: int) -> None:
        pool, rows = self.pool(), self.rows()
        taken = [each for each in rows if each.state in {State.CONFIRMED, State.PENDING_EMAIL}]
        queued = [each for each in rows if each.state == State.WAITING and each.verified_at is not None]
        assert pool.occupied == sum(each.seats for each in taken)
        assert pool.unverified == sum(each.seats for each in taken if each.state == State.PENDING_EMAIL)
        assert pool.waiting == sum(each.seats for each in queued)
        if self.capacity is not None and pool.occupied > self.capacity:
            assert pool.occupied <= occupied_before, (
                "more than there is only ever comes from a capacity that was lowered"
            )
        live = [each for each in rows if each.state in LIVE]
        assert len({each.email for each in live}) == len({each.person_id for each in live}) == len(live)
        assert all(each.verified_at is not None for each in rows if each.state == State.CONFIRMED)
        left = free(Seats(pool.capacity, pool.reserved, pool.occupied, pool.waiting))
        if queued and left is not None:
            assert queued[0].seats > left, "nobody waits first in line for seats that are free"
        assert not (queued and left is None)
        moved = [
            key for key in queue_before if any(each.id == key[1] and each.state == State.CONFIRMED for each in rows)
        ]
        still = [key for key in queue_before if any(each.id == key[1] and each.state == State.WAITING for each in rows)]
        assert not moved or not still or max(moved) < min(still), "first come, first served"
        self.chosen += bool(moved and still)


@pytest.mark.parametrize("seed", [0, 3, 4, 6, 7])
def test_whatever_people_do_the_seats_stay_true(town: Town, seed: int) -> None:
    chance = random.Random(seed)
    evening = Evening(town, chance)
    done = Counter(evening.step() for _step in range(80))
    assert totals.correct() == 0
    assert done["sign_up"] > 5
    assert evening.chosen, "nobody was ever moved up while another waited on, so the order was not tried"
