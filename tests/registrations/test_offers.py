"""The waiting list by offers: who is asked, how long, and what follows from each answer."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from engage import registrations
from engage.activities.models import Occurrence
from engage.activities.terms import WaitingMode
from engage.base.db import db
from engage.outbox import Letter
from engage.registrations import Registration, State, desk, offers, steps, totals
from engage.registrations.models import Answered, Offer
from engage.registrations.queue import Idle, queue
from engage.registrations.steps import Because
from tests.accounts.cast import account
from tests.conftest import NOW
from tests.town import Town

HOUR = timedelta(hours=1)


@pytest.fixture
def full(town: Town) -> Callable[..., tuple[Occurrence, Registration]]:
    """A full date with one guest who has all its seats, and a list that works by offers."""

    def make(
        capacity: int = 1, mode: WaitingMode = WaitingMode.OFFER, **facts: object
    ) -> tuple[Occurrence, Registration]:
        starts_in = facts.pop("starts_in", timedelta(days=20))
        date = town.occurrence(town.activity(waiting_mode=mode, **facts), capacity=capacity, starts_in=starts_in)  # type: ignore[arg-type]
        return date, town.signed_up(date, seats=capacity)

    return make


def offer_of(registration: Registration) -> Offer:
    return db.session.scalars(
        select(Offer).where(Offer.registration_id == registration.id).order_by(Offer.id.desc())
    ).first()  # type: ignore[return-value]


def cancel(registration: Registration, now: datetime = NOW) -> None:
    registrations.cancel(registration.public_id, now=now)
    db.session.commit()
    db.session.expire_all()


def kinds(registration: Registration) -> list[str]:
    """What the letters about a sign-up are, by their keys."""
    about = f"registration:{registration.public_id}"
    keys = db.session.scalars(select(Letter.key).where(Letter.about == about).order_by(Letter.id))
    return [key.split(":")[2] for key in keys]


def test_a_free_seat_is_offered_to_the_first_in_line_and_kept_for_them(
    town: Town, full: Callable[..., tuple[Occurrence, Registration]]
) -> None:
    date, guest = full()
    first, second = town.signed_up(date), town.signed_up(date, now=NOW + HOUR)
    cancel(guest)
    assert (first.state, second.state) == (State.OFFERED, State.WAITING)
    assert (date.pool.occupied, date.pool.waiting) == (1, 1)
    offer = offer_of(first)
    assert (offer.answered, offer.seats) == (Answered.OPEN, 1)
    assert offer.expires_at == NOW + timedelta(hours=48)


def test_taking_it_twice_confirms_once_and_sends_one_letter(
    town: Town, full: Callable[..., tuple[Occurrence, Registration]]
) -> None:
    date, guest = full()
    first = town.signed_up(date)
    cancel(guest)
    for _time in range(2):
        registrations.accept(offer_of(first).public_id, now=NOW + HOUR)
        db.session.commit()
    assert first.state == State.CONFIRMED
    assert offer_of(first).answered == Answered.ACCEPTED
    assert kinds(first).count("confirmed") == 1


def test_fewer_than_offered_may_be_taken_and_the_rest_goes_on(
    town: Town, full: Callable[..., tuple[Occurrence, Registration]]
) -> None:
    date, guest = full(capacity=3)
    group, single = town.signed_up(date, seats=3), town.signed_up(date, now=NOW + HOUR)
    cancel(guest)
    registrations.accept(offer_of(group).public_id, seats=2, now=NOW + HOUR)
    db.session.commit()
    assert (group.state, group.seats, single.state) == (State.CONFIRMED, 2, State.OFFERED)


def test_letting_it_go_asks_the_next(town: Town, full: Callable[..., tuple[Occurrence, Registration]]) -> None:
    date, guest = full()
    first, second = town.signed_up(date), town.signed_up(date, now=NOW + HOUR)
    cancel(guest)
    for _time in range(2):
        registrations.decline(offer_of(first).public_id, now=NOW + HOUR)
    db.session.commit()
    assert (first.state, second.state) == (State.OFFER_DECLINED, State.OFFERED)
    with pytest.raises(registrations.OfferOver):
        registrations.accept(offer_of(first).public_id, now=NOW + HOUR)


def test_who_does_not_answer_is_passed_and_asked_once_more_when_nobody_waits(
    town: Town, full: Callable[..., tuple[Occurrence, Registration]]
) -> None:
    date, guest = full()
    first, second = town.signed_up(date), town.signed_up(date, now=NOW + HOUR)
    cancel(guest)
    at = NOW + timedelta(hours=48, minutes=1)
    assert registrations.expire_offers(at) == 0, "two minutes later than said still counts"
    assert registrations.expire_offers(at + timedelta(minutes=5)) == 1
    db.session.commit()
    assert (first.state, second.state) == (State.OFFER_EXPIRED, State.OFFERED)
    registrations.decline(offer_of(second).public_id, now=at + HOUR)
    db.session.commit()
    assert first.state == State.OFFERED, "nobody else waits, so they are asked once more"
    assert registrations.expire_offers(at + timedelta(days=5)) == 1
    db.session.commit()
    assert (first.state, first.unanswered) == (State.OFFER_EXPIRED, 2)
    assert registrations.serve_all(at + timedelta(days=5)) == 0
    assert town.signed_up(date, now=at + timedelta(days=5)).state == State.CONFIRMED


def test_a_late_yes_counts_while_the_seat_is_free_and_nobody_waits(
    town: Town, full: Callable[..., tuple[Occurrence, Registration]]
) -> None:
    date, guest = full()
    first = town.signed_up(date)
    cancel(guest)
    registrations.accept(offer_of(first).public_id, now=NOW + timedelta(days=3))
    db.session.commit()
    assert first.state == State.CONFIRMED
    assert offer_of(first).answered == Answered.EXPIRED


def test_a_late_yes_is_over_when_somebody_waits_and_they_may_join_again(
    town: Town, full: Callable[..., tuple[Occurrence, Registration]]
) -> None:
    date, guest = full()
    first, second = town.signed_up(date), town.signed_up(date, now=NOW + HOUR)
    cancel(guest)
    late = NOW + timedelta(days=3)
    with pytest.raises(registrations.OfferOver):
        registrations.accept(offer_of(first).public_id, now=late)
    db.session.rollback()
    registrations.expire_offers(late)
    again = registrations.rejoin(first.public_id, now=late)
    db.session.commit()
    assert (again.state, second.state, registrations.position(again)) == (State.WAITING, State.OFFERED, 1)


def test_a_newcomer_never_takes_a_seat_that_is_offered(
    town: Town, full: Callable[..., tuple[Occurrence, Registration]]
) -> None:
    date, guest = full()
    town.signed_up(date)
    cancel(guest)
    assert town.signed_up(date).state == State.WAITING


def test_near_the_start_all_are_told_and_the_first_to_answer_has_it(
    town: Town, full: Callable[..., tuple[Occurrence, Registration]]
) -> None:
    date, guest = full(starts_in=timedelta(days=2))
    first, second = town.signed_up(date), town.signed_up(date, now=NOW + HOUR)
    near = date.starts_at - timedelta(hours=5)
    cancel(guest, near)
    assert {first.state, second.state} == {State.WAITING}
    assert [kinds(each).count("invited") for each in (first, second)] == [1, 1]
    registrations.take(second.public_id, now=near + timedelta(minutes=5))
    db.session.commit()
    assert second.state == State.CONFIRMED
    with pytest.raises(registrations.NoSeatLeft):
        registrations.take(first.public_id, now=near + timedelta(minutes=6))


def test_a_large_group_holds_up_smaller_ones_for_a_day_and_keeps_its_place(
    town: Town, full: Callable[..., tuple[Occurrence, Registration]]
) -> None:
    date, guest = full(capacity=3)
    group, single = town.signed_up(date, seats=3), town.signed_up(date, now=NOW + HOUR)
    registrations.change(guest.public_id, registrations.Changes(seats=1), now=NOW + HOUR)
    db.session.commit()
    assert (group.state, single.state) == (State.WAITING, State.WAITING)
    found = queue(date.id, now=NOW + HOUR)
    assert found is not None
    assert found.idle == Idle.TOO_LARGE
    assert [(each.places, each.sign_ups) for each in found.serving] == [(1, 1), (2, 2)]
    registrations.serve_all(NOW + timedelta(hours=26))
    db.session.commit()
    assert (group.state, single.state, group.skipped) == (State.WAITING, State.OFFERED, 1)
    found = queue(date.id, now=NOW + timedelta(hours=26))
    assert found is not None
    assert found.entries[0].reasons == (steps.coded(Because.PASSED_OVER, 3, 2),)


def test_a_group_that_takes_fewer_is_offered_what_there_is(
    town: Town, full: Callable[..., tuple[Occurrence, Registration]]
) -> None:
    date, guest = full(capacity=3)
    group = town.signed_up(date, seats=3, takes_fewer=True)
    registrations.change(guest.public_id, registrations.Changes(seats=1), now=NOW + HOUR)
    db.session.commit()
    assert (group.state, group.offered_seats, date.pool.occupied) == (State.OFFERED, 2, 3)
    registrations.accept(offer_of(group).public_id, now=NOW + HOUR)
    db.session.commit()
    assert (group.state, group.seats, date.pool.occupied, totals.correct()) == (State.CONFIRMED, 2, 3, 0)


def test_staff_offer_to_one_they_choose_only_when_there_is_a_seat(
    town: Town, full: Callable[..., tuple[Occurrence, Registration]]
) -> None:
    date, guest = full(mode=WaitingMode.MANUAL)
    _first, second = town.signed_up(date), town.signed_up(date, now=NOW + HOUR)
    with pytest.raises(registrations.NoSeatLeft):
        desk.offer_to(second.public_id, by=account().id, now=NOW)
    cancel(guest)
    assert second.state == State.WAITING
    desk.offer_to(second.public_id, by=account().id, now=NOW)
    db.session.commit()
    assert second.state == State.OFFERED


def test_an_offer_ends_with_what_it_was_for(town: Town, full: Callable[..., tuple[Occurrence, Registration]]) -> None:
    date, guest = full()
    first = town.signed_up(date)
    cancel(guest)
    cancel(first)
    assert (first.state, offer_of(first).answered, date.pool.occupied) == (
        State.CANCELLED_BY_PERSON,
        Answered.DECLINED,
        0,
    )
    assert offers.open_offer(first) is None


@pytest.mark.parametrize("mode", list(WaitingMode))
def test_nobody_is_asked_in_the_last_two_hours(
    town: Town, full: Callable[..., tuple[Occurrence, Registration]], mode: WaitingMode
) -> None:
    date, guest = full(mode=mode)
    waits = town.signed_up(date)
    late = date.starts_at - timedelta(minutes=90)
    cancel(guest, late)
    assert waits.state == State.WAITING
    assert town.signed_up(date, now=late).state == State.CONFIRMED, "nobody who waits could get it any more"
