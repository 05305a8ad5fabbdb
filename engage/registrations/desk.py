"""What organisers and staff decide about sign-ups. Who may do so is the door's question; every decision notes who and why."""

from datetime import datetime
from itertools import pairwise

from sqlalchemy import select

from engage.activities.models import Pool
from engage.base.db import db
from engage.base.errors import Refusal
from engage.base.i18n import lazy_gettext as _l
from engage.registrations import answering, leaving, notices, offers, pools, rows, steps, waiting
from engage.registrations.models import LIVE, Answered, Registration, State
from engage.registrations.offers import NoSeatLeft, OfferOver
from engage.registrations.refusals import NoSuchSignUp, NotOpen
from engage.registrations.rows import locked
from engage.registrations.steps import Because


class ReasonMissing(Refusal):
    """What is done out of the order needs a reason that others can read later."""

    code = "reason_missing"
    message = _l("Write the reason, so that others can understand it later.")


class DecidedAlready(NoSuchSignUp):
    """The sign-up was decided on the other way, or is over."""

    code = "decided_already"
    message = _l("This sign-up was decided on meanwhile. See how it stands now.")


class NotWaiting(NoSuchSignUp):
    """The sign-up is not in line any more."""

    code = "not_waiting"
    message = _l("This person is not on the waiting list any more. See how the sign-up stands now.")


_UNDECIDED = frozenset({State.PENDING_APPROVAL})
_MAY_BE_OFFERED = frozenset({State.WAITING, State.OFFER_EXPIRED, State.OFFER_DECLINED})


def approve(registration_public_id: str, *, by: int, words: str = "", now: datetime) -> Registration:
    """Say yes: they have their place, or wait for one when all are taken. `words` are told them. Twice changes nothing."""
    registration, room = locked(registration_public_id)
    if registration.state in LIVE and registration.state not in _UNDECIDED and registration.verified_at is not None:
        return registration
    if registration.state not in _UNDECIDED:
        raise DecidedAlready
    if not room.stands:
        raise NotOpen
    has_seat = registration.holds_seat or room.has_room_for(registration.seats, now)
    registration.state = State.CONFIRMED if has_seat else State.WAITING
    registration.changed_at = now
    rows.raise_sequence(registration)
    steps.because(registration, Because.APPROVED, by)
    if has_seat:
        notices.approved(registration, words, now=now)
    elif registration.id not in waiting.serve(room.occurrence_id, now=now, role=room.role):
        notices.waits(registration, now=now, words=words)
    return registration


def turn_down(registration_public_id: str, *, by: int, words: str = "", now: datetime) -> Registration:
    """Say no, with `words`; what was held for them goes to who waits. Twice changes nothing."""
    registration, room = locked(registration_public_id)
    if registration.state == State.DECLINED:
        return registration
    if registration.state not in _UNDECIDED:
        raise DecidedAlready
    leaving.end(registration, State.DECLINED, now)
    steps.because(registration, Because.TURNED_DOWN, by)
    notices.turned_down(registration, words, now=now)
    waiting.serve(room.occurrence_id, now=now, role=room.role)
    return registration


def remove(registration_public_id: str, *, by: int, reason: str, now: datetime) -> Registration:
    """Take a sign-up away and tell its person, with the reason. Twice changes nothing. Refuses with `ReasonMissing`."""
    registration, room = locked(registration_public_id)
    if registration.state not in LIVE:
        return registration
    reason = reason_of(reason)
    leaving.end(registration, State.CANCELLED_BY_STAFF, now)
    steps.because(registration, reason, by)
    notices.removed(registration, reason, now=now)
    waiting.serve(room.occurrence_id, now=now, role=room.role)
    return registration


def offer_to(registration_public_id: str, *, by: int, now: datetime) -> Registration:
    """Offer a free seat to one who waits, or whose offer ran out, before others. Refuses with `NoSeatLeft`: raise the number of
    places first.
    """
    registration, room = locked(registration_public_id)
    if registration.state == State.OFFERED:
        return registration
    if (
        registration.state not in _MAY_BE_OFFERED
        or registration.verified_at is None
        or offers.has_live_other(registration)
    ):
        raise NotWaiting
    seats = registration.seats
    if registration.takes_fewer and room.left is not None:
        seats = min(seats, room.left)
    if not room.is_open(now) or seats < 1 or not room.fits(seats):
        raise NoSeatLeft
    offers.make(registration, seats, room, now=now, by=by)
    steps.because(registration, Because.OFFERED_BY_HAND, by)
    return registration


def answer_for(registration_public_id: str, *, takes_it: bool, by: int, now: datetime) -> Registration:
    """Write down what somebody said on the phone to the place they were offered. Questions that were put off stay unanswered.

    Twice changes nothing. Refuses with `OfferOver` when nothing is offered any more.
    """
    registration, room = locked(registration_public_id)
    if registration.state == (State.CONFIRMED if takes_it else State.OFFER_DECLINED):
        return registration
    offer = offers.open_offer(registration)
    if offer is None:
        raise OfferOver
    if takes_it and (not room.stands or room.joins_until <= now):
        raise NotOpen
    if takes_it:
        offer.answered, offer.settled_at = Answered.ACCEPTED, now
        offers.confirm(registration, offer.seats, now, {})
    else:
        answering.decline(offer.public_id, now=now)
    steps.because(registration, Because.ANSWERED_FOR_THEM, by)
    return registration


def move(registration_public_id: str, place: int, reason: str, *, by: int, now: datetime) -> Registration:
    """Put somebody in another place of the line: 1 is next. All others keep their order. Refuses with `ReasonMissing`, or with
    `NotWaiting` when they do not wait any more.
    """
    registration, room = locked(registration_public_id)
    if registration.state != State.WAITING or registration.verified_at is None:
        raise NotWaiting
    reason = reason_of(reason)
    others = [each for each in waiting.line(room) if each.id != registration.id]
    place = min(max(1, place), len(others) + 1)
    before, behind = others[: place - 1], others[place - 1 :]
    for neighbour in (*behind, *reversed(others))[:1]:
        registration.priority = min(registration.priority, neighbour.priority)
    # From the end to the front, each is raised only as far as the order needs.
    wanted = [*before, registration, *behind]
    for each, after in reversed(list(pairwise(wanted))):
        joined_later = (each.joined_at, each.id) > (after.joined_at, after.id)
        each.priority = max(each.priority, after.priority + joined_later)
    steps.note(registration, reason, now, by)
    db.session.flush()
    waiting.serve(room.occurrence_id, now=now, role=room.role)
    return registration


def reserve(occurrence_id: int, seats: int, *, reason: str, now: datetime, role: str = "") -> str:
    """Keep so many seats back, as for the organiser's own guests; fewer go to who waits. Returns the reason as it is to be
    logged, with who did it, by the door. Refuses with `ReasonMissing` or `NotOpen`.
    """
    reason = reason_of(reason)
    room = pools.lock(occurrence_id, role)
    if room is None:
        raise NotOpen
    pool = db.session.scalars(
        select(Pool).where(Pool.id == room.pool_id).execution_options(populate_existing=True)
    ).one()
    pool.reserved = max(0, seats)
    db.session.flush()
    waiting.serve(occurrence_id, now=now, role=role)
    return reason


def reason_of(reason: str) -> str:
    """The reason as it is kept. Refuses with `ReasonMissing` when there is none."""
    words = steps.words(reason)
    if not words:
        raise ReasonMissing
    return words
