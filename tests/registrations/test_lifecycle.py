"""Whatever people, organisers and the clock do, and in whatever order: the promises of the waiting list hold.

`make test` tries a few lives of a date; `make test-nightly` tries 2,000 of 50 steps (the profile `nightly`). Nobody but the
machine acts, so what stands is read once after each command, and asked about until the next one. Each life begins in an
empty database: the sweeps look at every date there is, so two thousand lives side by side cost more with each one.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, NamedTuple

from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, select

from engage import registrations
from engage.activities.models import Pool
from engage.activities.terms import WaitingMode
from engage.base.config import Settings
from engage.base.db import db, transaction
from engage.base.errors import Refusal
from engage.registrations import LIVE, Changes, Registration, State, desk, entering, holds, pools, totals, waiting
from engage.registrations.models import Answered, Offer, Step
from tests import ground
from tests.accounts.cast import account
from tests.conftest import NOW
from tests.town import Town

SEATS = st.integers(1, 4)
PEOPLE = st.integers(1, 9)
LONG = {"nightly", "evening"}
SERVED = (State.CONFIRMED, State.OFFERED)


class Row(NamedTuple):
    """What is compared of a sign-up."""

    id: int
    public_id: str
    email: str
    state: State
    seats: int
    holds_seat: bool
    verified_at: datetime | None
    open_offers: int


_OPEN = select(func.count()).where(Offer.registration_id == Registration.id, Offer.answered == Answered.OPEN)
_ROW = (*(getattr(Registration, name) for name in Row._fields[:-1]), _OPEN.scalar_subquery())


class Standing:
    """What the database says between two commands: each thing asked at most once, of a session that remembers nothing."""

    def __init__(self, date: int, pool_id: int) -> None:
        self._date, self._pool_id = date, pool_id
        db.session.rollback()
        db.session.expunge_all()

    @cached_property
    def rows(self) -> list[Row]:
        query = select(*_ROW).where(Registration.pool_id == self._pool_id).order_by(Registration.id)
        return [Row._make(each) for each in db.session.execute(query)]

    @cached_property
    def room(self) -> pools.Room:
        found = pools.look(self._date)
        assert found is not None
        return found

    @cached_property
    def line(self) -> list[tuple[int, int]]:
        """The ids of those who wait, in order, each with the seats asked for."""
        return [(each.id, each.seats) for each in waiting.line(self.room)]

    @cached_property
    def differing(self) -> list[int]:
        return totals.differing(self._pool_id)


class Life(RuleBasedStateMachine):
    """One date, nine people and an organiser, over a month."""

    staff: int

    @initialize(
        capacity=st.sampled_from([0, 1, 2, 3, 5, 8, None]),
        mode=st.sampled_from(list(WaitingMode)),
        approval=st.booleans(),
        holds_seat=st.booleans(),
        days=st.sampled_from([1, 4, 30]),
        waiting_most=st.sampled_from([None, None, 4]),
    )
    def begin(
        self,
        capacity: int | None,
        mode: WaitingMode,
        approval: bool,
        holds_seat: bool,
        days: int,
        waiting_most: int | None,
    ) -> None:
        ground.empty()
        self.now, self.town, self.staff = NOW, Town(NOW), account().id
        activity = self.town.activity(
            waiting_mode=mode, approval=approval, approval_holds_seat=holds_seat, waiting_most=waiting_most
        )
        date = self.town.occurrence(activity, capacity=capacity, starts_in=timedelta(days=days))
        self.date, self.pool_id, self.activity = date.id, date.pool.id, activity.id
        self.standing = Standing(self.date, self.pool_id)
        self.by_hand: set[int] = set()  # sign-ups somebody chose, so that the order does not bind them

    # -- what is tried

    def act(
        self, what: Callable[[], Any], *, overbooks: bool = False, lowers: bool = False, line: list[int] | None = None
    ) -> None:
        """One command of a door, in a transaction of its own, and what may not change by it.

        `line` is the order in which people are to be served, where the command sets another one than there was.
        """
        was, line = self.standing, self.line() if line is None else line
        before = {each.id: (each.state, each.seats) for each in was.rows}
        self.now += timedelta(seconds=1)
        try:
            with transaction():
                what()
        except Refusal:
            self.standing = Standing(self.date, self.pool_id)
            assert {each.id: (each.state, each.seats) for each in self.rows()} == before, "a refusal changes nothing"
            return
        self.standing = Standing(self.date, self.pool_id)
        room = self.standing.room
        if room.capacity is not None and not overbooks and not lowers:
            grew = room.occupied > was.room.occupied
            assert not grew or room.occupied <= room.capacity - room.reserved, "seats that are not there were given"
        self.check_order(line)

    def check_order(self, line: list[int]) -> None:
        """Who was before somebody that was served now, and waits still, was passed over for a reason that is noted."""
        now = {each.id: each for each in self.rows()}
        served = [place for place, number in enumerate(line) if number in now and now[number].state in SERVED]
        chosen = [place for place in served if line[place] in self.by_hand]
        last = max((place for place in served if place not in chosen), default=-1)
        for number in line[: max(last, 0)]:
            if number in now and now[number].state == State.WAITING:
                reasons = db.session.scalars(
                    select(Step.reason).where(Step.registration_id == number, Step.reason != "")
                )
                assert any(each.startswith("#passed_over:") for each in reasons), "served out of order without a reason"

    @rule(person=PEOPLE, seats=SEATS, fewer=st.booleans(), held=st.booleans())
    def sign_up(self, person: int, seats: int, fewer: bool, held: bool) -> None:
        application = self.town.application(
            email=f"p{person}.{self.date}@example.org",
            seats=seats,
            takes_fewer=fewer,
            hold=f"h{person}.{self.date}" if held else "",
        )
        room, known = self.standing.room, {each.id for each in self.rows()}
        had_hold = held and bool(db.session.scalar(select(holds.Hold.id).where(holds.Hold.key == application.hold)))
        self.act(lambda: registrations.sign_up(self.date, application, now=self.now))
        for each in self.rows():
            if each.id not in known and each.state != State.WAITING and room.waiting and room.queue_runs(self.now):
                holds_one = each.state != State.PENDING_APPROVAL or each.holds_seat
                assert not holds_one or had_hold, "a newcomer took a seat that somebody waits for"

    @rule(person=PEOPLE, seats=SEATS)
    def hold(self, person: int, seats: int) -> None:
        self.act(lambda: registrations.hold(self.date, seats, f"h{person}.{self.date}", now=self.now))

    @rule(person=PEOPLE)
    def release(self, person: int) -> None:
        self.act(lambda: registrations.release(f"h{person}.{self.date}", now=self.now))

    @rule(which=st.integers(0, 99))
    def confirm(self, which: int) -> None:
        if (found := self.one(which, lambda each: each.verified_at is None)) is not None:
            for _twice in range(2):
                self.act(lambda: registrations.confirm(found, now=self.now))

    @rule(which=st.integers(0, 99))
    def cancel(self, which: int) -> None:
        if (found := self.one(which, lambda each: True)) is not None:
            for _twice in range(2):
                self.act(lambda: registrations.cancel(found, now=self.now))

    @rule(which=st.integers(0, 99), seats=SEATS)
    def change(self, which: int, seats: int) -> None:
        if (found := self.one(which, lambda each: each.state in LIVE)) is not None:
            self.act(lambda: registrations.change(found, Changes(seats=seats), now=self.now))

    @rule(which=st.integers(0, 99), seats=st.sampled_from([None, 1, 2]))
    def accept(self, which: int, seats: int | None) -> None:
        if (offer := self.offer(which)) is not None:
            for _twice in range(2):
                self.act(lambda: registrations.accept(offer, seats=seats, now=self.now))

    @rule(which=st.integers(0, 99))
    def decline(self, which: int) -> None:
        if (offer := self.offer(which)) is not None:
            for _twice in range(2):
                self.act(lambda: registrations.decline(offer, now=self.now))

    @rule(which=st.integers(0, 99))
    def take(self, which: int) -> None:
        if (found := self.one(which, lambda each: each.state == State.WAITING)) is not None:
            self.by_hand.add(self.number(found))
            self.act(lambda: registrations.take(found, now=self.now))

    @rule(which=st.integers(0, 99))
    def rejoin(self, which: int) -> None:
        over = {State.OFFER_DECLINED, State.OFFER_EXPIRED}
        if (found := self.one(which, lambda each: each.state in over)) is not None:
            self.act(lambda: registrations.rejoin(found, now=self.now))

    @rule(which=st.integers(0, 99), yes=st.booleans())
    def decide(self, which: int, yes: bool) -> None:
        if (found := self.one(which, lambda each: each.state == State.PENDING_APPROVAL)) is not None:
            decide = desk.approve if yes else desk.turn_down
            self.act(lambda: decide(found, by=self.staff, now=self.now))

    @rule(which=st.integers(0, 99))
    def remove(self, which: int) -> None:
        if (found := self.one(which, lambda each: each.state in LIVE)) is not None:
            self.act(lambda: desk.remove(found, by=self.staff, reason="closed room", now=self.now))

    @rule(which=st.integers(0, 99))
    def offer_to(self, which: int) -> None:
        if (found := self.one(which, lambda each: each.state != State.CONFIRMED)) is not None:
            self.by_hand.add(self.number(found))
            self.act(lambda: desk.offer_to(found, by=self.staff, now=self.now))

    @rule(person=PEOPLE, seats=SEATS)
    def overbook(self, person: int, seats: int) -> None:
        application = self.town.application(email=f"p{person}.{self.date}@example.org", seats=seats)
        self.act(
            lambda: entering.add(self.date, application, by=self.staff, beyond="phoned", now=self.now),
            overbooks=True,
        )

    @rule(person=PEOPLE, seats=SEATS, named=st.booleans())
    def add(self, person: int, seats: int, named: bool) -> None:
        application = self.town.application(email=f"p{person}.{self.date}@example.org", seats=seats)
        application = application if named else replace(application, email="")
        self.act(lambda: entering.add(self.date, application, by=self.staff, now=self.now))

    @rule(which=st.integers(0, 99), place=st.integers(1, 5))
    def move(self, which: int, place: int) -> None:
        if (found := self.one(which, lambda each: each.state == State.WAITING)) is not None:
            line, number = self.line(), self.number(found)
            self.by_hand.add(number)
            left = [each for each in line if each != number]
            moved = [*left[: place - 1], number, *left[place - 1 :]]
            self.act(lambda: desk.move(found, place, "needs it", by=self.staff, now=self.now), line=moved)
            still = self.line()
            assert [each for each in still if each != number] == [each for each in left if each in still]

    @rule(which=st.integers(0, 99), takes_it=st.booleans())
    def answer_for(self, which: int, takes_it: bool) -> None:
        if (found := self.one(which, lambda each: each.state == State.OFFERED)) is not None:
            self.act(lambda: desk.answer_for(found, takes_it=takes_it, by=self.staff, now=self.now))

    @rule(capacity=st.sampled_from([0, 1, 2, 4, 6, 9, None]), reserved=st.sampled_from([0, 0, 1]))
    def resize(self, capacity: int | None, reserved: int) -> None:
        def set_seats() -> None:
            pools.lock(self.date)
            pool = db.session.get_one(Pool, self.pool_id)
            pool.capacity, pool.reserved = capacity, reserved
            db.session.flush()
            waiting.serve(self.date, now=self.now)

        self.act(set_seats, lowers=True)

    @rule(hours=st.sampled_from([0.2, 1.1, 5, 13, 26, 50]))
    def wait(self, hours: float) -> None:
        self.now += timedelta(hours=hours)
        self.act(lambda: registrations.expire_unconfirmed(self.now))
        self.act(lambda: registrations.expire_offers(self.now) + holds.expire(self.now))
        self.act(lambda: registrations.serve_all(self.now))

    # -- what is always true

    @precondition(lambda self: hasattr(self, "date"))
    @invariant()
    def totals_are_true(self) -> None:
        assert self.standing.differing == []

    @precondition(lambda self: hasattr(self, "date"))
    @invariant()
    def a_person_has_one_live_sign_up(self) -> None:
        live = [each.email for each in self.rows() if each.state in LIVE and each.email]
        assert len(live) == len(set(live))

    @precondition(lambda self: hasattr(self, "date"))
    @invariant()
    def an_offer_is_open_exactly_while_its_sign_up_is_offered(self) -> None:
        assert all(each.open_offers == (each.state == State.OFFERED) for each in self.rows())

    @precondition(lambda self: hasattr(self, "date"))
    @invariant()
    def nobody_has_a_place_without_having_proven_the_address(self) -> None:
        placed = {State.CONFIRMED, State.OFFERED, State.PENDING_APPROVAL}
        assert all(each.verified_at for each in self.rows() if each.state in placed)

    @precondition(lambda self: hasattr(self, "date"))
    @invariant()
    def free_seats_do_not_lie_about_while_the_first_in_line_fits(self) -> None:
        room, line = self.standing.room, self.standing.line
        served_by_itself = room.waiting_mode in {WaitingMode.OFFER, WaitingMode.AUTO} and room.queue_runs(self.now)
        if line and served_by_itself and registrations_mode(room, self.now) != WaitingMode.BROADCAST:
            assert not room.fits(line[0][1]), "the first in line waits for a seat that is free"

    # -- looking

    def rows(self) -> list[Row]:
        return self.standing.rows

    def line(self) -> list[int]:
        return [number for number, _seats in self.standing.line]

    def one(self, which: int, fits: Callable[[Row], bool]) -> str | None:
        found = [each.public_id for each in self.rows() if fits(each)]
        return found[which % len(found)] if found else None

    def number(self, public_id: str) -> int:
        return next(each.id for each in self.rows() if each.public_id == public_id)

    def offer(self, which: int) -> str | None:
        query = select(Offer.public_id).join(Registration, Offer.registration_id == Registration.id)
        found = db.session.scalars(query.where(Registration.pool_id == self.pool_id).order_by(Offer.id)).all()
        return found[which % len(found)] if found else None

    def teardown(self) -> None:
        db.session.rollback()
        db.session.expunge_all()


def registrations_mode(room: pools.Room, now: Any) -> WaitingMode:
    """How seats are given at this moment."""
    return registrations.offers.mode(room, now)


def test_the_promises_of_the_waiting_list_hold_whatever_happens(
    app: Flask, set_settings: Callable[..., Settings]
) -> None:
    set_settings(unconfirmed_per_address=0, unconfirmed_per_client=0)
    long = settings.get_current_profile_name() in LONG
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=settings().max_examples if long else 12,
            stateful_step_count=50 if long else 30,
            deadline=None,
            derandomize=not long,
            phases=[Phase.generate, Phase.shrink] if long else [Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
