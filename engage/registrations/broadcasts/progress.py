"""How far a message is: how many have it, how many are to come, and whom it did not reach."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from engage.base.db import db
from engage.outbox import Status
from engage.registrations.broadcasts.models import Broadcast, BroadcastShare, ShareState
from engage.registrations.broadcasts.sending import letters_of
from engage.registrations.models import Registration

_MOST_SHOWN = 50
_LOST = (Status.FAILED, Status.SET_ASIDE, Status.HELD, Status.MISSED)


@dataclass(frozen=True, slots=True)
class Progress:
    """Numbers of people. `total` got or get it; `passed` do not stand as chosen any more, or were stopped."""

    total: int
    sent: int
    to_come: int
    failed: int
    passed: int


def by_public_id(public_id: str) -> Broadcast | None:
    """The message with this public id."""
    return db.session.scalar(select(Broadcast).where(Broadcast.public_id == public_id))


def of_activity(activity_id: int) -> Sequence[Broadcast]:
    """What was written to an activity's participants, the newest first."""
    query = select(Broadcast).where(Broadcast.activity_id == activity_id)
    return db.session.scalars(query.order_by(Broadcast.made_at.desc(), Broadcast.id.desc()).limit(_MOST_SHOWN)).all()


def progress(broadcast: Broadcast) -> Progress:
    """How far it is now. A letter that was deleted, because its person was erased, counts as sent."""
    query = select(BroadcastShare.state, func.count()).where(BroadcastShare.broadcast_id == broadcast.id)
    shares = {ShareState(state): number for state, number in db.session.execute(query.group_by(BroadcastShare.state))}
    letters = Counter(each.status for each in letters_of(broadcast))
    waits = letters[Status.PLANNED] + letters[Status.SENDING]
    failed = sum(letters[each] for each in _LOST)
    return Progress(
        total=sum(shares.values()),
        sent=shares.get(ShareState.PUT, 0) - waits - failed,
        to_come=shares.get(ShareState.PLANNED, 0) + waits,
        failed=failed,
        passed=shares.get(ShareState.PASSED, 0) + shares.get(ShareState.STOPPED, 0),
    )


def unreached(broadcast: Broadcast) -> list[Registration]:
    """Those whom it could not reach, the first ones."""
    lost = {each.key.rpartition(":")[2] for each in letters_of(broadcast) if each.status in _LOST}
    query = select(Registration).where(Registration.public_id.in_(lost)).order_by(func.lower(Registration.name))
    return list(db.session.scalars(query.limit(_MOST_SHOWN)))
