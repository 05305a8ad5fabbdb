"""What people do with a free seat that was offered to them: take it, take fewer, let it go, or join the line again."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import structlog

from engage import outbox
from engage.activities.terms import WaitingMode
from engage.base.db import db
from engage.registrations import offers, rows, waiting
from engage.registrations.application import Companion, checked_answers, listed, of_companions
from engage.registrations.models import LIVE, Answered, Offer, Registration, State
from engage.registrations.offers import NoSeatLeft, OfferOver
from engage.registrations.pools import Room
from engage.registrations.refusals import NoSuchSignUp, NotOpen, SeatsNotOffered
from engage.registrations.rows import locked

log = structlog.get_logger(__name__)

Answers = Mapping[str, Any] | None
Companions = tuple[Companion, ...] | None


def accept(
    offer_public_id: str,
    *,
    now: datetime,
    seats: int | None = None,
    answers: Answers = None,
    companions: Companions = None,
) -> Registration:
    """Take what was offered, or fewer of the `seats`; the rest goes to the next in line.

    Taking it twice changes nothing. A little later than said it still counts; after that, it is theirs only when seats are free
    and nobody waits. Refuses with `OfferOver`, `SeatsNotOffered`, `NotOpen`, or for what is not answered yet (the questions may
    have been put off until there is a seat).
    """
    offer, registration, room = offers.locked(offer_public_id)
    offer = offers.open_offer(registration) or offer  # who was asked again may answer by the first letter
    if offer.answered == Answered.ACCEPTED and registration.state == State.CONFIRMED:
        return registration
    if not room.stands or room.joins_until <= now:
        raise NotOpen
    wanted = offer.seats if seats is None else seats
    if not 1 <= wanted <= offer.seats:
        raise SeatsNotOffered(most=offer.seats)
    facts = _told(registration, room, wanted, answers, companions)
    if offers.is_open(offer, now):
        offers.close(offer, registration, Answered.ACCEPTED, now)
    elif not _late_but_free(registration, room, wanted, now) or offer.answered not in {Answered.OPEN, Answered.EXPIRED}:
        raise OfferOver
    elif offer.answered == Answered.OPEN:
        offers.close(offer, registration, Answered.EXPIRED, now)
    offers.confirm(registration, wanted, now, facts)
    if wanted < offer.seats:
        waiting.serve(room.occurrence_id, now=now, role=room.role)
    return registration


def may_accept(offer: Offer, registration: Registration, room: Room, *, now: datetime) -> bool:
    """Whether a yes would count now, looked at without a lock: the offer stands, or it ran out and nobody else wants the seat."""
    if not room.stands or room.joins_until <= now or offer.answered not in {Answered.OPEN, Answered.EXPIRED}:
        return False
    return offers.is_open(offer, now) or _late_but_free(registration, room, offer.seats, now)


def _late_but_free(registration: Registration, room: Room, seats: int, now: datetime) -> bool:
    """Whether seats are free although the offer ran out; its own are counted as long as nobody noticed that it did."""
    if not room.is_open(now) or offers.has_live_other(registration):
        return False
    if registration.state == State.OFFERED:
        return room.waiting == 0
    return registration.state == State.OFFER_EXPIRED and room.has_room_for(seats, now)


def _told(
    registration: Registration, room: Room, seats: int, answers: Answers, companions: Companions
) -> dict[str, Any]:
    """What is asked of who gets a seat: the answers, and those who come. Raises the first refusal."""
    given = {**registration.answers, **(answers or {})}
    come = tuple(Companion(**each) for each in registration.companions) if companions is None else companions
    for _field, refusal in of_companions(room, come, seats):
        raise refusal
    return {
        "answers": checked_answers(room, given, registration.answers) if room.asks else registration.answers,
        "companions": listed(come, seats) if come else registration.companions,
    }


def decline(offer_public_id: str, *, now: datetime) -> Registration:
    """Let an offer go; its seats are offered to the next in line. Doing so twice changes nothing. Refuses with `OfferOver`."""
    offer, registration, room = offers.locked(offer_public_id)
    if offer.answered == Answered.DECLINED:
        return registration
    if offer.answered != Answered.OPEN:
        raise OfferOver
    registration.state, registration.changed_at, registration.offered_seats = State.OFFER_DECLINED, now, None
    db.session.flush()
    outbox.withdraw(f"registration:{registration.public_id}", now)
    offers.close(offer, registration, Answered.DECLINED, now)
    waiting.serve(room.occurrence_id, now=now, role=room.role)
    return registration


def take(
    registration_public_id: str, *, now: datetime, answers: Answers = None, companions: Companions = None
) -> Registration:
    """Take a free seat that all in line were told of: the first to do so has it. Refuses with `NoSeatLeft` or `NotOpen`."""
    registration, room = locked(registration_public_id)
    if registration.state == State.CONFIRMED:
        return registration
    if registration.state != State.WAITING or registration.verified_at is None:
        raise NoSuchSignUp
    if not room.queue_runs(now):
        raise NotOpen
    seats = registration.seats
    if registration.takes_fewer and room.left is not None:
        seats = min(seats, room.left)
    if offers.mode(room, now) != WaitingMode.BROADCAST or seats < 1 or not room.fits(seats):
        raise NoSeatLeft
    offers.confirm(registration, seats, now, _told(registration, room, seats, answers, companions))
    return registration


def rejoin(registration_public_id: str, *, now: datetime) -> Registration:
    """Join the line again, at its end, after an offer ran out or was let go; a seat that is free is given as the line gives them.

    Who is in it again already keeps what they have. Refuses with `NotOpen` or `NoSuchSignUp`.
    """
    registration, room = locked(registration_public_id)
    unanswered = offers.open_offer(registration)
    if unanswered is not None and not offers.is_open(unanswered, now):  # nobody has noticed yet that its time is over
        offers.lapse(unanswered, registration, now)
        waiting.serve(room.occurrence_id, now=now, role=room.role)
    if registration.state in LIVE:
        return registration
    if registration.state not in {State.OFFER_EXPIRED, State.OFFER_DECLINED} or offers.has_live_other(registration):
        raise NoSuchSignUp
    if not room.is_open(now):
        raise NotOpen
    registration.unanswered, registration.priority, registration.blocked_since = 0, 0, None
    registration.state, registration.joined_at, registration.changed_at = State.WAITING, now, now
    rows.raise_sequence(registration)
    db.session.flush()
    waiting.serve(room.occurrence_id, now=now, role=room.role)
    return registration


def expire_offers(now: datetime) -> int:
    """End the offers nobody answered in time and ask the next in line. A defect in one leaves the others to be ended.

    Returns how many ran out.
    """
    count = 0
    for public_id in offers.due(now):
        try:
            room = offers.expire(public_id, now=now)
            if room is not None:
                count += 1
                waiting.serve_freed(room, now=now)
        except Exception:  # one broken row must not keep all the others for ever
            log.exception("offer_expiry_broke", offer=public_id)
    return count
