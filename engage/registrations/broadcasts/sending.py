"""Handing a message to the post office, a few letters at a time, so that it can be stopped and nobody waits behind it."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Row, literal, select, update
from sqlalchemy.orm import joinedload

from engage import outbox
from engage.base.config import current_settings
from engage.base.db import db
from engage.outbox import Letter, Status
from engage.people import reaching
from engage.people.wishes import Wishes
from engage.registrations.broadcasts.models import Broadcast, BroadcastShare, BroadcastState, ShareState
from engage.registrations.broadcasts.starting import worded
from engage.registrations.models import Registration
from engage.registrations.windows import Quiet

# So many letters of one message lie in the post office at most: what is paused has not left, save for these.
AT_ONCE = 50
_ENDED = (BroadcastState.STOPPED, BroadcastState.DONE)
_ON_THE_WAY = (Status.PLANNED, Status.SENDING)


def key_of(broadcast: Broadcast, registration_public_id: str) -> str:
    """The letter's key: what makes that nobody gets it twice."""
    return f"broadcast:{broadcast.public_id}:{registration_public_id}"


def under_way() -> list[int]:
    """The messages that are being sent, what is urgent first."""
    query = select(Broadcast.id).where(Broadcast.state == BroadcastState.SENDING)
    return list(db.session.scalars(query.order_by(Broadcast.urgent.desc(), Broadcast.id)))


def put(broadcast_id: int, now: datetime) -> int:
    """Make the next few letters of a message. Returns how many; another worker that is at it is left to it."""
    locked = select(Broadcast).where(Broadcast.id == broadcast_id, Broadcast.state == BroadcastState.SENDING)
    broadcast = db.session.scalar(locked.with_for_update(skip_locked=True).execution_options(populate_existing=True))
    if broadcast is None:
        return 0
    made = letters_of(broadcast)
    lying = sum(each.status in _ON_THE_WAY for each in made)
    room = AT_ONCE - lying
    due = _due(broadcast, now, room) if room > 0 and now <= broadcast.good_until else []
    reached = {(each.channel, each.recipient) for each in made if each.recipient}
    count = sum(_put(broadcast, share, reached, now) for share in due)
    db.session.flush()
    if now > broadcast.good_until:
        _pass_the_rest(broadcast, ShareState.PASSED)
    if not due and not lying and not _has_planned(broadcast):
        broadcast.state, broadcast.settled_at = BroadcastState.DONE, now
    return count


def letters_of(broadcast: Broadcast) -> Sequence[Row[Status, str, str, str]]:
    """Every letter that was made: status, channel, recipient, and its key."""
    key = literal(f"broadcast:{broadcast.public_id}:").concat(Registration.public_id)
    query = select(Letter.status, Letter.channel, Letter.recipient, Letter.key).select_from(BroadcastShare)
    query = query.join(BroadcastShare.registration).join(Letter, Letter.key == key)
    return db.session.execute(
        query.where(BroadcastShare.broadcast_id == broadcast.id, BroadcastShare.state == ShareState.PUT)
    ).all()


def _due(broadcast: Broadcast, now: datetime, most: int) -> list[BroadcastShare]:
    planned = (
        select(BroadcastShare)
        .where(
            BroadcastShare.broadcast_id == broadcast.id,
            BroadcastShare.state == ShareState.PLANNED,
            BroadcastShare.due_at <= now,
        )
        .options(joinedload(BroadcastShare.registration).joinedload(Registration.person))
        .options(joinedload(BroadcastShare.registration).joinedload(Registration.occurrence))
        .order_by(BroadcastShare.due_at, BroadcastShare.id)
    )
    return list(db.session.scalars(planned.limit(most).execution_options(populate_existing=True)))


def _put(broadcast: Broadcast, share: BroadcastShare, reached: set[tuple[str, str]], now: datetime) -> bool:
    """Make one letter, unless its person does not stand as chosen any more, has it already, or sleeps."""
    registration = share.registration
    if registration.state not in broadcast.states or registration.name is None:
        share.state = ShareState.PASSED
        return False
    wakes_at = now if broadcast.urgent else _quiet_of(registration).after(now, registration.occurrence.timezone)
    if wakes_at > now:
        share.due_at = wakes_at
        return False
    addresses = reaching.ways(registration.person_id, registration.email)
    if not reached.isdisjoint(addresses):
        share.state = ShareState.PASSED  # two who were one person all along: they were linked meanwhile
        return False
    reached.update(addresses[:1])
    share.state = ShareState.PUT
    outbox.put(
        worded(broadcast.texts, registration),
        addresses,
        key=key_of(broadcast, registration.public_id),
        about=f"registration:{registration.public_id}",
        now=now,
        good_until=broadcast.good_until,
        priority=outbox.Priority.AWAITED if broadcast.urgent else outbox.Priority.USUAL,
        must_arrive=broadcast.urgent,
    )
    return True


def _quiet_of(registration: Registration) -> Quiet:
    settings = current_settings()
    chosen = Wishes.from_json(registration.person.wishes).quiet if registration.person else None
    return Quiet(*(chosen or (settings.quiet_from, settings.quiet_until)))


def _has_planned(broadcast: Broadcast) -> bool:
    planned = BroadcastShare.broadcast_id == broadcast.id, BroadcastShare.state == ShareState.PLANNED
    return db.session.scalar(select(BroadcastShare.id).where(*planned).limit(1)) is not None


def _pass_the_rest(broadcast: Broadcast, state: ShareState) -> None:
    planned = BroadcastShare.broadcast_id == broadcast.id, BroadcastShare.state == ShareState.PLANNED
    db.session.execute(update(BroadcastShare).where(*planned).values(state=state))


def pause(broadcast_id: int) -> Broadcast:
    """Send no more for now; what has not left comes back. Changes nothing where it is paused or over."""
    broadcast = _locked(broadcast_id)
    if broadcast.state == BroadcastState.SENDING:
        broadcast.state = BroadcastState.PAUSED
        _take_back(broadcast)
    return broadcast


def go_on(broadcast_id: int) -> Broadcast:
    """Send the rest. Changes nothing where it is not paused."""
    broadcast = _locked(broadcast_id)
    if broadcast.state == BroadcastState.PAUSED:
        broadcast.state = BroadcastState.SENDING
    return broadcast


def stop(broadcast_id: int, now: datetime) -> Broadcast:
    """Send no more for good. Changes nothing where it is over."""
    broadcast = _locked(broadcast_id)
    if broadcast.state not in _ENDED:
        _take_back(broadcast)
        broadcast.state, broadcast.settled_at = BroadcastState.STOPPED, now
        _pass_the_rest(broadcast, ShareState.STOPPED)
    return broadcast


def _locked(broadcast_id: int) -> Broadcast:
    query = select(Broadcast).where(Broadcast.id == broadcast_id).with_for_update(of=Broadcast)
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def _take_back(broadcast: Broadcast) -> None:
    taken = outbox.take_back([each.key for each in letters_of(broadcast) if each.status == Status.PLANNED])
    names = [key.rpartition(":")[2] for key in taken]
    whose = select(Registration.id).where(Registration.public_id.in_(names))
    db.session.execute(
        update(BroadcastShare)
        .where(BroadcastShare.broadcast_id == broadcast.id, BroadcastShare.registration_id.in_(whose))
        .values(state=ShareState.PLANNED)
    )
