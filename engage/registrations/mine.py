"""All that one person has signed up for, by whichever door. What is theirs is said here once, for every door and for forgetting.

Theirs is what is proven and bears their name, and whatever was signed up for with an address that they have shown to be theirs:
the letters about it, with the links to see and cancel it, are in their mailbox anyway.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import joinedload

from engage import people
from engage.activities import facts
from engage.activities.facts import OccurrenceFacts
from engage.activities.models import Occurrence, Pool, SignUpMode
from engage.activities.terms import WaitingMode
from engage.base.db import db
from engage.base.i18n import current_language
from engage.registrations import attendance, offers, pools, steps
from engage.registrations.attendance import Attendance
from engage.registrations.leaving import may_leave
from engage.registrations.models import LIVE, Answered, Offer, Registration, State
from engage.registrations.pools import Room
from engage.registrations.refusals import NoSuchSignUp

# More than a person can have in the months that are kept; a page stays a page.
_MOST = 300
# `occurrence.activity` tells on what terms one may still cancel or change, `pool.role` what one does there. Put together once,
# since the toolkit takes as long for that as for reading.
_WITH = (
    joinedload(Registration.pool).joinedload(Pool.role),
    joinedload(Registration.occurrence).joinedload(Occurrence.activity),
)
# Not live any more, and worth telling while the date is still to come.
_TOLD = (State.CANCELLED_WITH_EVENT, State.CANCELLED_BY_STAFF, State.DECLINED, State.OFFER_EXPIRED)


@dataclass(frozen=True, slots=True)
class Entry:
    """One sign-up with what is known of its date. `dates` are all that it is for, in a course from the first they come to.

    `came` is what was noted at the door, by date.
    `room` is how its seats stand, read without a lock, where that decides what can still be done; None for what is over.
    """

    registration: Registration
    found: OccurrenceFacts
    dates: tuple[OccurrenceFacts, ...]
    offer: Offer | None
    came: tuple[Attendance, ...] = ()
    room: Room | None = None

    @property
    def live(self) -> bool:
        return self.registration.state in LIVE

    @property
    def called_off(self) -> bool:
        """Whether nothing of it will be held."""
        return all(each.called_off for each in self.dates)

    @property
    def next(self) -> OccurrenceFacts:
        """The date to show: the first that is held, or the first one."""
        return next((each for each in self.dates if not each.called_off), self.found)

    def over(self, now: datetime) -> bool:
        """Whether its last date is over."""
        return max(each.ends_at for each in self.dates) <= now

    def may_change(self, now: datetime) -> bool:
        """Whether its person may still cancel it; for changing it, it must be theirs for sure as well."""
        return (
            self.room is not None and self.live and not self.called_off and may_leave(self.registration, self.room, now)
        )

    def may_take(self, now: datetime) -> bool:
        """Whether there are free places that the first in line to take them has."""
        return self.seats_to_take(now) > 0

    def seats_to_take(self, now: datetime) -> int:
        """How many places they would get if they took what is free now; 0 when they must wait for their turn."""
        room, own = self.room, self.registration
        if room is None or own.state != State.WAITING or own.verified_at is None or not room.queue_runs(now):
            return 0
        seats = own.seats if room.left is None or not own.takes_fewer else min(own.seats, room.left)
        free = seats > 0 and room.fits(seats)
        return seats if free and offers.mode(room, now) == WaitingMode.BROADCAST else 0

    def may_rejoin(self, now: datetime) -> bool:
        """Whether they may stand in line again after an offer that they did not take."""
        ran_out = self.registration.state in {State.OFFER_EXPIRED, State.OFFER_DECLINED}
        return (
            self.room is not None
            and ran_out
            and self.room.is_open(now)
            and not offers.has_live_other(self.registration)
        )


def theirs(person_id: int) -> ColumnElement[bool]:
    """Which sign-ups are this person's own."""
    proven = (Registration.person_id == person_id) & Registration.verified_at.is_not(None)
    emails = people.proven_emails(person_id)
    return proven | Registration.email.in_(emails) if emails else proven


def entries(person_id: int, *, now: datetime, past: bool = False) -> list[Entry]:
    """What a person has signed up for: what is still to come, the next first; or what is over or was given up, the last first."""
    found = _entries(_but_joined(_rows(person_id)))
    if past:
        return sorted((each for each in found if not _is_coming(each, found, now)), key=_begins, reverse=True)
    return [with_room(each, now) for each in sorted((e for e in found if _is_coming(e, found, now)), key=_begins)]


def coming(person_id: int, *, now: datetime) -> list[Entry]:
    """As `entries`, what is still to come, for who lists it and changes nothing: without the room that seats have, and without
    what was noted at the door.
    """
    found = _entries(_rows(person_id), with_attendance=False)
    return sorted((each for each in found if _is_coming(each, found, now)), key=_begins)


def everything(person_id: int) -> list[Entry]:
    """All of it, in no order."""
    return _entries(_rows(person_id))


def entry(person_id: int, registration_public_id: str, *, now: datetime) -> Entry:
    """One sign-up of this person. Somebody else's is refused like one that is not there: `NoSuchSignUp`."""
    found = _entries(_rows(person_id, registration_public_id))
    if not found:
        raise NoSuchSignUp
    return with_room(found[0], now)


def opened(registration_public_id: str, *, now: datetime) -> Entry:
    """One sign-up, for who holds a link to it. Refuses with `NoSuchSignUp`."""
    found = _entries(_read(select(Registration).where(Registration.public_id == registration_public_id)))
    if not found:
        raise NoSuchSignUp
    return with_room(found[0], now)


def together(entry: Entry) -> list[Entry]:
    """The other sign-ups that were made in one go with this one, by their dates."""
    own = entry.registration
    if own.bundle is None:
        return []
    same = select(Registration).where(
        Registration.bundle == own.bundle, Registration.email == own.email, Registration.id != own.id
    )
    return sorted(_entries(_read(same)), key=_begins)


def leaving_with(entry: Entry, *, now: datetime) -> list[Entry]:
    """The others made in one go with this one that its person may still cancel, together with it."""
    return [each for each in (with_room(each, now) for each in together(entry)) if each.may_change(now)]


def contact(person_id: int) -> tuple[str, str] | None:
    """The name this person gave last, and the first address they have shown to be theirs; None while there is none."""
    emails = people.proven_emails(person_id)
    if not emails:
        return None
    query = select(Registration.name).where(theirs(person_id), Registration.verified_at.is_not(None))
    named = query.where(Registration.name.is_not(None)).order_by(Registration.joined_at.desc()).limit(1)
    return db.session.scalar(named) or "", emails[0]


def speak(person_id: int, language: str) -> None:
    """Word the letters about what is still theirs in this language from now on."""
    own = select(Registration).where(theirs(person_id), Registration.state.in_(LIVE))
    for registration in db.session.scalars(own):
        registration.language = language
    db.session.flush()


def _rows(person_id: int, public_id: str | None = None) -> Sequence[Registration]:
    query = select(Registration).where(theirs(person_id)).order_by(Registration.joined_at.desc()).limit(_MOST)
    if public_id is not None:
        query = query.where(Registration.public_id == public_id)
    return _read(query)


def _but_joined(rows: Sequence[Registration]) -> Sequence[Registration]:
    """Without those that ended since their person had another sign-up for the same: they gave up nothing."""
    gone = [row.id for row in rows if row.state == State.CANCELLED_BY_PERSON]
    joined = steps.joined(gone) if gone else set()
    return [row for row in rows if row.id not in joined]


def _read(query: Select[Registration]) -> Sequence[Registration]:
    return db.session.scalars(query.options(*_WITH).execution_options(populate_existing=True)).all()


def _entries(rows: Sequence[Registration], *, with_attendance: bool = True) -> list[Entry]:
    if not rows:
        return []
    courses = [row for row in rows if row.occurrence.activity.sign_up == SignUpMode.WHOLE_COURSE]
    spread = _courses_dates({row.occurrence.activity_id for row in courses})
    ids = {row.occurrence_id for row in rows} | {number for each in spread.values() for number in each}
    # In the language that is spoken now, which a caller for letters and feeds chooses.
    known = {each.occurrence_id: each for each in facts.occurrences(sorted(ids), current_language())}
    offers = _open_offers([row.id for row in rows if row.state == State.OFFERED])
    came = attendance.of_registrations([row.id for row in rows]) if with_attendance else {}
    found = []
    for row in rows:
        date = known[row.occurrence_id]
        whole = spread.get(row.occurrence.activity_id, ()) if row in courses else ()
        dates = tuple(known[number] for number in whole if known[number].starts_at >= date.starts_at)
        found.append(Entry(row, date, dates or (date,), offers.get(row.id), came.get(row.id, ())))
    return found


def _courses_dates(activity_ids: set[int]) -> dict[int, list[int]]:
    if not activity_ids:
        return {}
    query = select(Occurrence.activity_id, Occurrence.id).where(Occurrence.activity_id.in_(activity_ids))
    found: dict[int, list[int]] = {}
    for activity, number in db.session.execute(query.order_by(Occurrence.starts_at, Occurrence.id)):
        found.setdefault(activity, []).append(number)
    return found


def _open_offers(registration_ids: Sequence[int]) -> dict[int, Offer]:
    if not registration_ids:
        return {}
    query = select(Offer).where(Offer.registration_id.in_(registration_ids), Offer.answered == Answered.OPEN)
    return {offer.registration_id: offer for offer in db.session.scalars(query)}


def with_room(entry: Entry, now: datetime) -> Entry:
    """The same, with how its seats stand unless it is over."""
    if entry.over(now):
        return entry
    role = entry.registration.pool.role
    return replace(entry, room=pools.look(entry.registration.occurrence_id, role.public_id if role else ""))


def _begins(entry: Entry) -> tuple[datetime, int]:
    return entry.found.starts_at, entry.registration.id


def _is_coming(entry: Entry, others: Sequence[Entry], now: datetime) -> bool:
    if entry.over(now):
        return False
    if entry.live:
        return True
    # Who signed up again for the same is not told of the former time.
    again = any(other.live and other.registration.pool_id == entry.registration.pool_id for other in others)
    latest = max(each.registration.id for each in others if each.registration.pool_id == entry.registration.pool_id)
    return entry.registration.state in _TOLD and not again and entry.registration.id == latest
