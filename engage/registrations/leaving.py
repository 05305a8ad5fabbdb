"""How a sign-up ends: its person cancels it, or nobody proved its address in time."""

from datetime import datetime

import structlog
from sqlalchemy import delete, select

from engage import outbox
from engage.activities import facts as activity_facts
from engage.activities.models import Pool
from engage.base import wording
from engage.base.db import db, savepoint
from engage.registrations import calling_back, notices, offers, pools, promises, rows, steps, waiting
from engage.registrations.models import LIVE, Answered, Registration, State
from engage.registrations.pools import Room
from engage.registrations.refusals import AlreadyBegun, CancellingClosed, NoSuchSignUp
from engage.registrations.rows import locked

log = structlog.get_logger(__name__)

# Whoever has no seat may leave without a deadline: nobody counts on them.
_WITHOUT_SEAT = frozenset({State.PENDING_EMAIL, State.WAITING, State.OFFERED})


def cancel(registration_public_id: str, *, now: datetime) -> Registration:
    """Cancel a sign-up for its person: frees its seats, tells them by mail, and runs the waiting list.

    Cancelling what is cancelled changes nothing. Refuses with `NoSuchSignUp`, `AlreadyBegun` or `CancellingClosed`.
    """
    registration, room = locked(registration_public_id)
    if registration.state not in LIVE:
        return registration
    refuse_late(registration, room, now)
    _leave(registration, room, now)
    return registration


def cancel_together(registration_public_id: str, *, now: datetime) -> list[Registration]:
    """Cancel a sign-up with all that was signed up for together with it, as far as its person still may: one letter tells of
    all. Returns what was cancelled by this. Refuses as `cancel` does, for the one that is named.
    """
    found = rows.by_public_id(registration_public_id)
    if found is None:
        raise NoSuchSignUp
    together = rows.together(found)
    pools.lock_all(
        [each.occurrence_id for each in together]
    )  # before the one that is named, or two would wait in a circle
    named, room = locked(registration_public_id)
    if named.state in LIVE:
        refuse_late(named, room, now)
    gone: list[tuple[Registration, Room]] = []
    for each, its_room in (locked(each.public_id) for each in together):
        if each.state in LIVE and may_leave(each, its_room, now):
            end(each, State.CANCELLED_BY_PERSON, now)
            gone.append((each, its_room))
    notices.several_cancelled([each for each, _room in gone], now=now)
    for _each, its_room in gone:
        waiting.serve(its_room.occurrence_id, now=now, role=its_room.role)
    return [each for each, _room in gone]


def let_go(registration_public_id: str, *, now: datetime) -> None:
    """Cancel a sign-up for a person who is to be forgotten: that has no deadline."""
    registration, room = locked(registration_public_id)
    if registration.state in LIVE:
        _leave(registration, room, now)


def _leave(registration: Registration, room: Room, now: datetime) -> None:
    end(registration, State.CANCELLED_BY_PERSON, now)
    notices.cancelled(registration, now=now)
    waiting.serve(room.occurrence_id, now=now, role=room.role)


def end(registration: Registration, state: State, now: datetime) -> None:
    """Take a sign-up out of its seats or its line, its open offer and unsent letters with it. The room is locked."""
    registration.state, registration.changed_at = state, now
    rows.raise_sequence(registration)
    db.session.flush()
    calling_back.of_sign_up(registration.id, now)
    outbox.withdraw(f"registration:{registration.public_id}", now)
    notices.ticket_void(registration, now=now)
    offers.settle(registration, Answered.DECLINED if state == State.CANCELLED_BY_PERSON else Answered.WITHDRAWN, now)


def may_leave(registration: Registration, room: Room, now: datetime) -> bool:
    """Whether its person may cancel or change it now by themselves. Who signed up for another time or place than it has now
    never agreed to that deadline, so for them there is none.
    """
    if room.over_at <= now:
        return False
    return registration.state in _WITHOUT_SEAT or now < room.cancels_until or steps.was_moved(registration)


def refuse_late(registration: Registration, room: Room, now: datetime) -> None:
    """Refuse with `AlreadyBegun` or `CancellingClosed` where its person cannot change it any more by themselves."""
    if room.over_at <= now:
        raise AlreadyBegun
    if may_leave(registration, room, now):
        return
    (facts,) = activity_facts.occurrences([registration.occurrence_id], registration.language)
    until = wording.deadline(room.cancels_until, room.local)
    raise CancellingClosed(when=until, contact=promises.whom_to_tell(facts))


def expire_unconfirmed(now: datetime, most: int = 500) -> int:
    """Delete sign-ups whose address nobody proved in time, and give their seats to who waits. Returns how many.

    The rows and their letters go altogether: an invented address is somebody else's, and we have no business keeping it.
    """
    due = (
        select(Registration.public_id)
        .join(Pool, Registration.pool_id == Pool.id)
        .where(Registration.verified_at.is_(None), Registration.state.in_(LIVE), Registration.expires_at < now)
        .order_by(*pools.IN_ORDER, Registration.id)
    )
    expired = 0
    for public_id in db.session.scalars(due.limit(most)).all():
        try:
            with savepoint():
                expired += _expire(public_id, now)
        except Exception:  # one broken row must not keep all the others for ever
            log.exception("expiry_broke", registration=public_id)
    return expired


def _expire(registration_public_id: str, now: datetime) -> int:
    room = pools.lock_of(registration_public_id)
    unproven = delete(Registration).where(
        Registration.public_id == registration_public_id, Registration.verified_at.is_(None)
    )
    gone = db.session.scalars(unproven.returning(Registration.public_id)).all()
    outbox.forget([f"registration:{public_id}" for public_id in gone])
    if gone and room is not None:
        waiting.serve_freed(room, now=now)
    return len(gone)
