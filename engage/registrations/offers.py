"""Offers of a free seat to who waits: making one, and each of the ways it ends. An open offer holds its seats.

An offer ends in exactly one way. While it is open its sign-up is `offered`; the row keeps what became of it.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import or_, select

from engage.activities.models import Pool
from engage.activities.terms import WaitingMode
from engage.base.config import current_settings
from engage.base.db import db, savepoint
from engage.base.errors import Refusal
from engage.base.i18n import lazy_gettext as _l
from engage.base.identifiers import public_id
from engage.registrations import notices, offer_notices, pools, rows, steps
from engage.registrations.models import LIVE, Answered, Offer, Registration, State
from engage.registrations.pools import Room
from engage.registrations.windows import Quiet, Window, is_short, offer_window

log = structlog.get_logger(__name__)

# Who did not answer so many offers is asked no more (the practice of a Danish school of the arts: twice).
MOST_UNANSWERED = 2
# Who was told of free seats that the first may take is told again after this, when there are some still or again.
INVITE_AGAIN = timedelta(minutes=30)


class OfferOver(Refusal):
    """The offer ran out, was answered with no, or was taken back."""

    code = "offer_over"
    message = _l("This offer has run out, and the place went on to the next. You can join the waiting list again.")


class NoSeatLeft(Refusal):
    """All seats are taken, or there are fewer than asked for."""

    code = "no_seat_left"
    message = _l("There is no free place any more. Somebody else was faster, or more places are needed first.")


def mode(room: Room, now: datetime) -> WaitingMode:
    """How free seats are given now: where too little time is left for an offer, all are told and the first to answer has it."""
    wanted = WaitingMode(room.waiting_mode)
    short = wanted == WaitingMode.OFFER and (is_short(now, room.joins_until) or _window(room, now) is None)
    return WaitingMode.BROADCAST if short else wanted


def _window(room: Room, now: datetime) -> Window | None:
    settings = current_settings()
    return offer_window(
        now,
        start=room.joins_until,
        latest=min(room.joins_until - settings.latest_offer, room.closes_at),
        zone=room.local,
        hours=room.offer_hours or settings.offer_hours,
        quiet=Quiet(settings.quiet_from, settings.quiet_until),
        least=settings.latest_offer,
    )


def make(registration: Registration, seats: int, room: Room, *, now: datetime, by: int | None = None) -> Offer:
    """Keep `seats` for somebody who waits, and ask them. The room is locked. Refuses with `NoSeatLeft` when it is too late."""
    window = _window(room, now)
    if window is None:
        raise NoSeatLeft
    registration.state, registration.changed_at, registration.blocked_since = State.OFFERED, now, None
    registration.offered_seats = seats if seats < registration.seats else None
    offer = Offer(
        public_id=public_id(22),
        registration_id=registration.id,
        seats=seats,
        answered=Answered.OPEN,
        made_at=now,
        delivered_from=window.opens_at,
        expires_at=window.expires_at,
        made_by_id=by,
    )
    db.session.add(offer)
    db.session.flush()
    offer_notices.offered(registration, offer, room, now=now)
    return offer


def offer_again(room: Room, *, now: datetime) -> int | None:
    """When nobody waits any more, ask those once more who did not answer; returns the id of the sign-up that was asked."""
    lapsed = select(Registration).where(
        Registration.pool_id == room.pool_id,
        Registration.state == State.OFFER_EXPIRED,
        Registration.unanswered.between(1, MOST_UNANSWERED - 1),
        Registration.person_id.is_not(None),
    )
    for each in db.session.scalars(lapsed.order_by(Registration.joined_at, Registration.id)).all():
        if room.fits(each.seats) and not has_live_other(each):
            offer_notices.asked_once_more(each, now=now)
            make(each, each.seats, room, now=now)
            return each.id
    return None


def invite(room: Room, line: Iterable[Registration], *, now: datetime) -> None:
    """Tell all in line for whom there would be seats that the first to take them has them."""
    quiet = Quiet(current_settings().quiet_from, current_settings().quiet_until)
    due = now if is_short(now, room.joins_until) else quiet.after(now, room.local)
    for each in line:
        fits = room.fits(1 if each.takes_fewer else each.seats)
        if fits and (each.invited_at is None or now - each.invited_at >= INVITE_AGAIN):
            each.invited_at = now
            db.session.flush()
            offer_notices.invited(each, room, now=now, due_at=due)


def by_public_id(offer_public_id: str) -> Offer | None:
    """The offer with this public id, as it is in the database now."""
    query = select(Offer).where(Offer.public_id == offer_public_id)
    return db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def open_offer(registration: Registration) -> Offer | None:
    """What somebody is asked just now."""
    mine = (Offer.registration_id == registration.id) & (Offer.answered == Answered.OPEN)
    return db.session.scalars(select(Offer).where(mine)).one_or_none()


def settle(registration: Registration, answered: Answered, now: datetime) -> None:
    """End the open offer of a sign-up that goes another way; nothing when there is none."""
    offer = open_offer(registration)
    if offer is not None:
        close(offer, registration, answered, now)
    registration.offered_seats = None


def close(offer: Offer, registration: Registration, answered: Answered, now: datetime) -> None:
    """Note what became of an offer, and let its letter say so where it stands in a chat."""
    offer.answered, offer.settled_at = answered, now
    offer_notices.settled(registration, offer, now=now)


def locked(offer_public_id: str) -> tuple[Offer, Registration, Room]:
    """An offer with its sign-up, the seats locked first. Refuses with `OfferOver` when it is not there."""
    offer = by_public_id(offer_public_id)
    room = pools.lock_of(offer.registration.public_id) if offer is not None else None
    offer = by_public_id(offer_public_id)  # as the last holder of the lock left it
    if offer is None or room is None:
        raise OfferOver
    db.session.refresh(offer.registration)
    return offer, offer.registration, room


def is_open(offer: Offer, now: datetime) -> bool:
    """Whether an answer still counts: two minutes later than was said, as clocks differ."""
    return offer.answered == Answered.OPEN and now <= offer.expires_at + current_settings().offer_grace


def confirm(registration: Registration, seats: int, now: datetime, facts: Mapping[str, Any]) -> None:
    """Make the seat theirs, and tell them."""
    registration.state, registration.seats, registration.changed_at = State.CONFIRMED, seats, now
    registration.offered_seats = None
    registration.unanswered = 0
    for name, value in facts.items():
        setattr(registration, name, value)
    rows.raise_sequence(registration)
    db.session.flush()
    notices.confirmed([registration], now=now)


def lapse(offer: Offer, registration: Registration, now: datetime) -> None:
    """Nobody answered in time; the room is locked."""
    close(offer, registration, Answered.EXPIRED, now)
    registration.state, registration.changed_at, registration.offered_seats = State.OFFER_EXPIRED, now, None
    registration.unanswered += 1
    db.session.flush()
    offer_notices.expired(registration, last=registration.unanswered >= MOST_UNANSWERED, now=now)


def due(now: datetime, most: int = 500) -> list[str]:
    """The public ids of open offers whose time is over."""
    over = Offer.expires_at + current_settings().offer_grace < now
    query = (
        select(Offer.public_id)
        .join(Registration, Offer.registration_id == Registration.id)
        .join(Pool, Registration.pool_id == Pool.id)
        .where(Offer.answered == Answered.OPEN, over)
        .order_by(*pools.IN_ORDER, Offer.registration_id)
    )
    return list(db.session.scalars(query.limit(most)))


def expire(offer_public_id: str, *, now: datetime) -> Room | None:
    """End an offer that nobody answered, looked at once more under the lock. Returns whose line is to run, or None."""
    with savepoint():
        offer, registration, room = locked(offer_public_id)
        if offer.answered != Answered.OPEN or is_open(offer, now):
            return None
        lapse(offer, registration, now)
        return room


def has_live_other(registration: Registration) -> bool:
    """Whether the same person, or the same address, has another live sign-up for the same."""
    same = [Registration.email == registration.email] if registration.email else []
    if registration.person_id is not None:
        same.append(Registration.person_id == registration.person_id)
    others = select(Registration.id).where(
        Registration.pool_id == registration.pool_id,
        Registration.id != registration.id,
        Registration.state.in_(LIVE),
        or_(*same) if same else Registration.id.is_(None),
    )
    return db.session.scalar(others.limit(1)) is not None


def withdraw(registration: Registration, now: datetime, reason: str, by: int | None = None) -> None:
    """Take an offer back while its sign-up ends for another reason."""
    settle(registration, Answered.WITHDRAWN, now)
    steps.because(registration, reason, by)
