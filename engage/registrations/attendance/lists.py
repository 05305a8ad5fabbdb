"""The list at the door: who is expected on a date and who is there, for a page or for a device that may lose its connection."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from engage.activities import asking
from engage.activities.models import Occurrence, Pool
from engage.base.db import db
from engage.base.i18n import gettext as _
from engage.base.i18n import in_language
from engage.registrations import guests, tickets
from engage.registrations.attendance.answers import Code
from engage.registrations.attendance.checking import missing, who
from engage.registrations.attendance.models import Attendance, CheckIn
from engage.registrations.attendance.reckoning import Presence, presence
from engage.registrations.models import LIVE, Registration, State

LEAST_LETTERS = 3
# A date has at most as many sign-ups as the largest room; a list stays a page.
MOST = 3000
_NOTHING = (Presence(), "")


@dataclass(frozen=True, slots=True)
class Line:
    """A sign-up at the door. `came` None is not marked, 0 is absent. `at` is when the first came.

    `last` names what was noted last, which is what undoing takes back.
    """

    public_id: str
    name: str
    seats: int
    role: str
    state: State
    came: int | None
    inside: int
    at: datetime | None
    last: str
    minutes: int | None
    corrected: bool
    walk_in: bool

    @property
    def expected(self) -> bool:
        return self.state == State.CONFIRMED


@dataclass(frozen=True, slots=True)
class Numbers:
    """Seats of a date: expected, come, marked absent, and not marked; `inside` are there now."""

    expected: int
    came: int
    absent: int
    unmarked: int
    inside: int


@dataclass(frozen=True, slots=True)
class Conflict:
    """Somebody who was let in without a connection and would have been refused."""

    registration_public_id: str
    name: str
    code: Code
    at: datetime
    by: str


def lines(occurrence: Occurrence, *, full_names: bool) -> list[Line]:
    """Who is expected or was noted on a date, by name."""
    rows = _rows(occurrence)
    standing, kept = _standing(occurrence, rows), marks(occurrence.id)
    found = []
    for row in rows:
        here, last = standing.get(row.id, _NOTHING)
        mark = kept.get(row.id)
        if row.state != State.CONFIRMED and here.came is None:
            continue
        found.append(
            Line(
                row.public_id, name(row, full=full_names), row.seats,
                in_language(row.pool.role.names) if row.pool.role else "", State(row.state), here.came, here.inside,
                here.first_in_at, last, mark.hours_in_minutes if mark else None,
                bool(mark and mark.corrected_minutes is not None), row.walk_in,
            )
        )  # fmt: skip
    return sorted(found, key=lambda each: (each.name.casefold(), each.public_id))


def search(found: Sequence[Line], words: str) -> list[Line]:
    """Those whose name has all of `words`; nobody while fewer than three letters are typed.

    Where nobody is called that, those of whose surname the list shows a fitting initial: people say their whole name.
    """
    wanted = words.casefold().split()
    if len("".join(wanted)) < LEAST_LETTERS:
        return []
    called = [each for each in found if all(word in each.name.casefold() for word in wanted)]
    return called or [each for each in found if all(_fits(word, each.name.casefold()) for word in wanted)]


def _fits(word: str, name: str) -> bool:
    return word in name or (name.endswith(".") and word.startswith(name[-2]))


def numbers(found: Sequence[Line]) -> Numbers:
    """The sums over a list."""
    expected = [each for each in found if each.expected]
    return Numbers(
        expected=sum(each.seats for each in expected),
        came=sum(each.came or 0 for each in found),
        absent=sum(each.seats for each in expected if each.came == 0),
        unmarked=sum(each.seats for each in expected if each.came is None),
        inside=sum(each.inside for each in found),
    )


def conflicts(occurrence: Occurrence, *, full_names: bool) -> list[Conflict]:
    """What an organiser should look at: let in without a connection, and wrong; the last first."""
    query = (
        select(CheckIn)
        .where(CheckIn.occurrence_id == occurrence.id, CheckIn.conflict != "", CheckIn.undone_at.is_(None))
        .options(joinedload(CheckIn.registration))
        .order_by(CheckIn.happened_at.desc(), CheckIn.id.desc())
    )
    return [
        Conflict(
            each.registration.public_id, name(each.registration, full=full_names), Code(each.conflict),
            each.happened_at, who(each),
        )
        for each in db.session.scalars(query.limit(MOST))
    ]  # fmt: skip


def marks(occurrence_id: int) -> Mapping[int, Attendance]:
    """What is noted on a date, by the sign-up's id."""
    query = select(Attendance).where(Attendance.occurrence_id == occurrence_id)
    return {each.registration_id: each for each in db.session.scalars(query)}


def sheet(occurrence: Occurrence, *, full_names: bool) -> list[dict[str, Any]]:
    """The list for a device that may lose its connection: hashes of tickets and codes, names, seats, and how each stands.

    Of a ticket there is its SHA-256 only: it has 128 random bits and more, so nobody gets from there to the ticket. Who waits,
    was not confirmed or is cancelled stands in it without a name, so that the device can say so.
    """
    rows = _rows(occurrence)
    standing = _standing(occurrence, rows)
    questions = asking.asked(occurrence.activity_id)
    found = []
    for row in rows:
        here, last = standing.get(row.id, _NOTHING)
        expected = row.state == State.CONFIRMED
        shown = expected or here.came is not None
        found.append(
            {
                "id": row.public_id,
                "ticket": _hashed(tickets.token(row)),
                "code": _hashed(f"{occurrence.public_id} {tickets.code(row)}"),
                "name": name(row, full=full_names) if shown else "",
                "seats": row.seats,
                "role": in_language(row.pool.role.names) if row.pool.role else "",
                "code_if_refused": _refusal(row),
                "asks": [in_language(each.labels) for each in missing(questions, row)] if expected else [],
                "came": here.came,
                "inside": here.inside,
                "at": here.first_in_at.isoformat() if here.first_in_at else None,
                "last": last,
            }
        )
    return sorted(found, key=lambda each: (str(each["name"]).casefold(), str(each["id"])))


def edition(occurrence: Occurrence) -> str:
    """A word that changes with who stands on the list of a date, and is the same for as long as a loaded list is good."""
    known = (
        Registration.public_id,
        Registration.state,
        Registration.seats,
        Registration.ticket_turn,
        Registration.name,
    )
    query = (
        select(*known, Registration.answers)
        .join(Registration.occurrence)
        .where(
            Registration.pool_id.in_(guests.pool_ids(occurrence.id)), Occurrence.starts_at <= occurrence.starts_at
        )
    )  # fmt: skip
    return _hashed(repr([tuple(each) for each in db.session.execute(query.order_by(Registration.id))]))[:16]


def name(registration: Registration, *, full: bool) -> str:
    """A name as the door shows it: whole, or the first name and an initial."""
    words = (registration.name or "").split()
    if not words:
        return _("Somebody without a name")
    return " ".join(words) if full or len(words) < 2 else f"{words[0]} {words[-1][0]}."


def _refusal(registration: Registration) -> str:
    if registration.state not in LIVE:
        return Code.CANCELLED
    if registration.state in {State.WAITING, State.OFFERED}:
        return Code.WAITING
    return "" if registration.state == State.CONFIRMED else Code.PENDING


def _rows(occurrence: Occurrence) -> list[Registration]:
    """The sign-ups of a date. Where there are more than a list holds, those who are expected come before all others."""
    query = (
        select(Registration)
        .join(Registration.occurrence)
        .where(
            Registration.pool_id.in_(guests.pool_ids(occurrence.id)), Occurrence.starts_at <= occurrence.starts_at
        )
        .options(joinedload(Registration.pool).joinedload(Pool.role))
        .order_by((Registration.state == State.CONFIRMED).desc(), Registration.state.in_(LIVE).desc(), Registration.id)
        .limit(MOST)
    )  # fmt: skip
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def _standing(occurrence: Occurrence, rows: Sequence[Registration]) -> dict[int, tuple[Presence, str]]:
    """How those stand of whom anything is noted, by the sign-up's id, with the public id of what was noted last."""
    query = select(CheckIn).where(CheckIn.occurrence_id == occurrence.id, CheckIn.undone_at.is_(None))
    noted: dict[int, list[CheckIn]] = {}
    for each in db.session.scalars(query.order_by(CheckIn.happened_at, CheckIn.id)):
        noted.setdefault(each.registration_id, []).append(each)
    return {
        row.id: (presence(noted[row.id], row.seats), noted[row.id][-1].public_id) for row in rows if row.id in noted
    }


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
