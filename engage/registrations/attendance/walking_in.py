"""Who comes without having signed up: they get a place where one is free, and beyond that only for a reason."""

import hashlib
from dataclasses import replace
from datetime import datetime

from engage.activities.models import Occurrence, SignUpMode
from engage.base.config import current_settings
from engage.base.db import db
from engage.base.errors import Refusal
from engage.base.i18n import lazy_gettext as _l
from engage.base.identifiers import ALPHABET
from engage.registrations import desk, pools, rows, steps
from engage.registrations.application import LONGEST_NAME, RoleMissing, SeatsNotPossible, one_line
from engage.registrations.attendance.answers import Answer, Code
from engage.registrations.attendance.checking import Keeper, Scan, by_nonce, check_in, window
from engage.registrations.attendance.models import Way
from engage.registrations.entering import WhoComesMissing
from engage.registrations.models import Registration, State
from engage.registrations.refusals import NotOpen
from engage.registrations.steps import Because

CHANNEL = "door"


class NoRoomAtTheDoor(Refusal):
    """All places are taken, and who asks may not go beyond."""

    code = "no_room_at_the_door"
    message = _l("All places are taken. Only the organiser can let in more people, with a reason.")


def walk_in(
    occurrence_id: int,
    name: str,
    seats: int = 1,
    *,
    keeper: Keeper,
    nonce: str,
    now: datetime,
    role: str = "",
    language: str = "",
    may_override: bool = False,
    reason: str = "",
    let_in_at: datetime | None = None,
) -> Answer:
    """Sign up and check in who stands at the door, `seats` of them. The same nonce makes one sign-up.

    At the door nobody waits before them: who is on the waiting list may come, too. With `may_override` and a `reason` also
    where nothing is free. `let_in_at` is when a device without a connection let them in: they are inside, so it is noted
    whatever is wrong, with that beside it. Refuses with `WhoComesMissing`, `SeatsNotPossible`, `RoleMissing`, `NotOpen`,
    `NoRoomAtTheDoor` or `desk.ReasonMissing`.
    """
    room = pools.lock(occurrence_id, role)
    if room is None and role:
        raise RoleMissing
    if room is None or not room.stands:
        raise NotOpen
    sign_up = _name(nonce)
    inside = let_in_at is not None
    scan = Scan(nonce, Way.WALK_IN, sign_up=sign_up, anyway=True, let_in=inside, happened_at=let_in_at)
    if by_nonce(nonce) is not None or rows.by_public_id(sign_up) is not None:
        return check_in(occurrence_id, scan, keeper=keeper, now=now)
    occurrence = db.session.get_one(Occurrence, occurrence_id)
    opens, closes = window(occurrence, keeper)
    if not inside and not opens <= now <= closes:
        raise NotOpen
    if room.has_roles and not role:
        raise RoleMissing
    name = one_line(name, LONGEST_NAME)
    if not name and not inside and room.sign_up != SignUpMode.DROP_IN:
        raise WhoComesMissing
    most = current_settings().largest_class
    if not 1 <= seats <= most:
        raise SeatsNotPossible(least=1, most=most)
    fits = room.fits(seats)
    beyond = "" if fits or inside else _beyond(may_override, reason)
    registration = Registration(
        public_id=sign_up, pool_id=room.pool_id, occurrence_id=occurrence_id, state=State.CONFIRMED, seats=seats,
        name=name or None, language=language or current_settings().city.languages[0], channel=CHANNEL, walk_in=True,
        joined_at=now, verified_at=now, changed_at=now,
    )  # fmt: skip
    db.session.add(registration)
    db.session.flush()
    steps.because(registration, beyond or steps.coded(Because.WALKED_IN), keeper.account_id)
    answer = check_in(occurrence_id, scan, keeper=keeper, now=now)
    return answer if fits or not inside else _too_full(answer, nonce)


def _name(nonce: str) -> str:
    """The public id that this nonce's sign-up gets: always the same, and nobody can choose it."""
    number, found = int.from_bytes(hashlib.sha256(nonce.encode()).digest()), ""
    for _each in range(12):
        number, rest = divmod(number, len(ALPHABET))
        found += ALPHABET[rest]
    return found


def _too_full(answer: Answer, nonce: str) -> Answer:
    """Somebody was let in while nobody could be asked whether there was a place: the organiser is shown."""
    made = by_nonce(nonce)
    if made is None or made.conflict:
        return answer
    made.conflict = Code.FULL
    db.session.flush()
    return replace(answer, conflict=Code.FULL)


def _beyond(may_override: bool, reason: str) -> str:
    if not may_override:
        raise NoRoomAtTheDoor
    return desk.reason_of(reason)
