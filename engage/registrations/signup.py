"""Signing up, and proving the e-mail address: how a sign-up begins. How it ends stands in `leaving`, the line in `waiting`.

A sign-up made with an unproven address is confirmed by a link in a mail. Until then it holds its seats for a bounded
time, and only as many unproven ones as the caps allow, so that invented addresses cannot empty an activity.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import structlog
from psycopg.types.json import Jsonb
from sqlalchemy import or_, select

from engage import people
from engage.activities.models import Occurrence, Pool
from engage.base import wording
from engage.base.config import current_settings
from engage.base.db import ask, db
from engage.base.identifiers import public_id
from engage.registrations import applicants, caps, courses, holds, notices, overlaps, pools, rows, waiting, whom
from engage.registrations import application as told
from engage.registrations.applicants import Applicant
from engage.registrations.application import Application, Problem
from engage.registrations.letters import Newcomer
from engage.registrations.models import LIVE, Registration, State
from engage.registrations.pools import Room
from engage.registrations.refusals import (
    DateMissing,
    NoSuchSignUp,
    NotOpen,
    NotOpenYet,
    WaitingListClosed,
    WaitingListTooShort,
)
from engage.registrations.rows import by_public_id, locked

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a sign-up led to. It says the same whether or not the person had signed up before: a stranger who types
    somebody's address must not learn who comes. `registration_id` is for a door that knows the person.
    """

    waiting: bool
    held: bool  # seats are kept meanwhile
    proven: bool
    pending_approval: bool  # the organiser is asked, once the address is proven
    registration_id: int


# What came of it, for its letter: None when they had signed up before, and were told so.
_Joined = Newcomer | Registration | None


# By hand, since the mapper's way of inserting holds the lock for several times as long.
_JOIN = """
INSERT INTO registration (public_id, pool_id, occurrence_id, person_id, state, seats, holds_seat, takes_fewer, name, email,
                          language, channel, client, notice_version, bundle, answers, companions, school_class, vetted_on,
                          age_band, area, joined_at, verified_at, expires_at, changed_at, sequence)
VALUES (%(public_id)s, %(pool_id)s, %(occurrence_id)s, %(person_id)s, %(state)s, %(seats)s, %(holds_seat)s,
        %(takes_fewer)s, %(name)s, %(email)s, %(language)s, %(channel)s, %(client)s, %(notice_version)s, %(bundle)s,
        %(answers)s, %(companions)s, %(school_class)s, %(vetted_on)s, %(age_band)s, %(area)s, %(joined_at)s, %(verified_at)s,
        %(expires_at)s, %(changed_at)s,
        -- An entry in a calendar keeps its name, so one that was cancelled comes back only with a higher number.
        (SELECT coalesce(max(sequence) + 1, 0) FROM registration
          WHERE (person_id = %(person_id)s OR email = %(email)s::varchar)
            AND (occurrence_id = %(occurrence_id)s OR pool_id = %(pool_id)s)))
ON CONFLICT DO NOTHING RETURNING id, sequence
"""
_EMPTY = {"answers": "{}", "companions": "[]", "school_class": "{}"}
_OF_NEWCOMER = ("public_id", "occurrence_id", "person_id", "seats", "email", "language", "expires_at")


def sign_up(occurrence_id: int, application: Application, *, now: datetime) -> Outcome:
    """Sign somebody up for an occurrence (or the course it belongs to), or put them on its waiting list when it is full.

    Queues the mail that belongs to it (confirm your address, you have a place, you wait, or you had signed up already).
    Refuses with what `problems` finds, `NotOpen`, `WaitingListClosed`, `TooManyUnconfirmed`, `TooManySignUps`, or for a shift
    that overlaps another.
    """
    if application.hold:
        applicant = applicants.known(application, now)
        holds.lock_with(application.hold, [occurrence_id])
        room = pools.lock(occurrence_id, application.role)
    else:
        applicant, room = applicants.locked(application, occurrence_id, now)
    outcome, joined = _join(room, applicant, now)
    if application.hold:
        holds.drop(application.hold)
    _write_about([joined], _known(room), now)
    return outcome


def sign_up_for_several(occurrence_ids: Collection[int], application: Application, *, now: datetime) -> list[Outcome]:
    """Sign somebody up for several dates in one go, each as `sign_up` does, with one letter and one proof for all.

    All or nothing: what one date refuses, nobody is signed up for. In the order of the dates' ids.
    """
    ids = sorted(set(occurrence_ids))
    if not ids:
        raise DateMissing
    applicant = replace(applicants.known(application, now), bundle=public_id(12))
    holds.lock_with(application.hold, ids)
    rooms = [pools.lock(number, application.role) for number in ids]
    pairs = [_join(room, applicant, now) for room in rooms]
    holds.drop(application.hold)
    _write_about([joined for _outcome, joined in pairs], _known(rooms[0]), now)
    return [outcome for outcome, _registration in pairs]


def problems(
    application: Application,
    occurrence_id: int | None = None,
    *,
    now: datetime | None = None,
    room: Room | None = None,
) -> list[Problem]:
    """All that keeps an application from being sent in, as (field, refusal), so that a form can tell it at once.

    With the date, or its `room` where a door has looked at it, also what its activity asks for; without, what every sign-up
    needs. Fields are the application's own, with
    `companions-<number>-name`, `companions-<number>-age`, `school_class-<part>` and `answers-<question>`.
    """
    found = list(told.of_contact(application))
    if room is None and occurrence_id is not None:
        room = pools.look(occurrence_id, application.role)
    if room is None and occurrence_id is not None and application.role:
        return [*found, ("role", told.RoleMissing())]
    if room is None:
        return found
    assert now is not None, "what is asked may depend on the day"
    found += told.of_party(room, application, told.local_day(room, now))
    if room.asks_when_waiting or room.has_room_for(application.places, now):
        found += told.of_answers(room, application.answers, {})
    return found


def _known(room: Room | None) -> Room:
    if room is None:
        raise NotOpen
    return room


def _join(room: Room | None, applicant: Applicant, now: datetime) -> tuple[Outcome, _Joined]:
    """Add a row for a date whose seats are locked. None instead of it when they were signed up already, and told so."""
    application = applicant.application
    if room is None:
        raise told.RoleMissing if application.role else NotOpen
    _refuse_unfit(room, applicant, now)
    room, waits = _with_seats(room, application, now)
    of_them = whom.kept(room, whom.Said(application.age_band, application.area))
    held = not waits and (applicant.proven or _may_hold(room, application.places, now))
    state = _first_state(room, held=held, proven=applicant.proven)
    row: dict[str, Any] = {
        "public_id": public_id(10),
        "pool_id": room.pool_id,
        "occurrence_id": courses.begins_with(room, now) if room.course else room.occurrence_id,
        "person_id": applicant.person,
        "state": state,
        "seats": application.places,
        "holds_seat": held and room.approval_holds_seat,
        "takes_fewer": application.takes_fewer,
        "name": applicant.name,
        "email": applicant.email or None,
        "language": application.language,
        "channel": application.channel,
        "client": None if applicant.proven else application.client,
        "notice_version": application.notice_version,
        "bundle": applicant.bundle,
        "answers": _answers(room, application, waits),
        "companions": told.listed(application.companions, application.places),
        "school_class": told.of_class(application.school_class),
        "vetted_on": application.vetted_on if room.vetted else None,
        "age_band": of_them.age_band,
        "area": of_them.area,
        "joined_at": now,
        "verified_at": now if applicant.proven else None,
        "expires_at": None if applicant.proven else now + current_settings().confirm_within,
        "changed_at": now,
    }
    # The two unique indexes on live sign-ups (person, address) decide; nothing is asked first that could be overtaken.
    joined = ask(_JOIN, _plain(row)).fetchone()
    if joined is None:
        known = _greet_again(room.pool_id, applicant.person, applicant.email, now)
        return Outcome(waits, held, applicant.proven, room.approval, known), None
    outcome = Outcome(waits, held, applicant.proven, room.approval, joined[0])
    # Letters name a course's dates, or the role.
    pool = db.session.get_one(Pool, room.pool_id) if room.course or room.role else None
    if not applicant.proven:
        return outcome, Newcomer(**{name: row[name] for name in _OF_NEWCOMER}, pool=pool)
    # What the database filled in is said here too: a ticket is made of it.
    registration = Registration(id=joined[0], sequence=joined[1], ticket_turn=0, **row)
    if pool is not None:
        registration.pool = pool
    return outcome, registration


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """The row in what the driver sends as it is; what is empty, as nearly always, it need not put into JSON."""
    written = {name: Jsonb(row[name]) if row[name] else empty for name, empty in _EMPTY.items()}
    return {**row, **written, "state": row["state"].value}


def _write_about(joined: Sequence[_Joined], room: Room, now: datetime) -> None:
    """One letter about what was signed up for in one go; none about what they had signed up for before."""
    newcomers = [each for each in joined if isinstance(each, Newcomer)]
    if newcomers:
        notices.ask_to_confirm(newcomers, revision=room.revision, now=now)
    proven = [each for each in joined if isinstance(each, Registration)]
    if proven:
        notices.after_sign_up(proven, now=now)


def _refuse_unfit(room: Room, applicant: Applicant, now: datetime) -> None:
    if not room.is_open(now):
        if room.stands and room.opens_at is not None and room.opens_at > now:
            raise NotOpenYet(when=wording.deadline(room.opens_at, room.local))
        raise NotOpen
    for _field, refusal in told.of_party(room, applicant.application, told.local_day(room, now)):
        raise refusal
    # Only to who has shown to be themselves: a stranger must not learn what else somebody does. Others learn it on confirming.
    if room.volunteer and applicant.proven:
        overlaps.refuse(applicant.person, room, accepted=applicant.application.overlap_accepted, now=now)


def _with_seats(room: Room, application: Application, now: datetime) -> tuple[Room, bool]:
    """The room without what was held for them, and whether they must wait. Refuses with `WaitingListClosed`."""
    own = holds.use_up(application.hold, room)
    if own:
        room = replace(room, occupied=room.occupied - own, unverified=room.unverified - own)
    seats = application.places
    if not room.fits(seats) and room.unverified and holds.drop_expired(room, now):
        room = _known(pools.lock(room.occurrence_id, room.role))
    if room.has_room_for(seats, now) or (seats <= own and room.fits(seats)):
        return room, False
    if not room.may_wait(seats):
        raise WaitingListTooShort(number=room.left_in_line) if room.left_in_line else WaitingListClosed
    return room, True


def _may_hold(room: Room, seats: int, now: datetime) -> bool:
    """Whether seats may be kept for an address nobody has shown to be theirs, as far as the share for those goes."""
    if room.may_hold_unverified(seats):
        return True
    date = db.session.scalar(select(Occurrence.public_id).where(Occurrence.id == room.occurrence_id)) or ""
    return not caps.stops(caps.date(date), now)


def _answers(room: Room, application: Application, waits: bool) -> dict[str, Any]:
    """The answers, checked where a seat is given; who waits is asked when there is one, and nothing is kept before."""
    if not room.asks or (waits and not room.asks_when_waiting):
        return {}
    return told.checked_answers(room, application.answers, {})


def _first_state(room: Room, *, held: bool, proven: bool) -> State:
    if not proven:
        return State.PENDING_EMAIL if held else State.WAITING
    if room.approval:
        return State.PENDING_APPROVAL
    return State.CONFIRMED if held else State.WAITING


def _greet_again(pool_id: int, person_id: int, email: str, now: datetime) -> int:
    """Tell the owner of the address kindly that they are signed up already; returns that sign-up's id."""
    mine = or_(Registration.person_id == person_id, Registration.email == email)
    query = select(Registration).where(Registration.pool_id == pool_id, Registration.state.in_(LIVE), mine)
    registration = db.session.scalars(query.order_by(Registration.id).limit(1)).one()
    notices.signed_up_already(registration, now=now)
    return registration.id


def confirm(registration_public_id: str, *, now: datetime, overlap_accepted: bool = False) -> Registration:
    """Take the press of the button in the mail as proof of the address, for all that was signed up for in one go.

    A held seat becomes a confirmed one, or waits for the organiser's approval; somebody waiting takes their turn in the line, and
    gets a place at once when there is one. Doing it again changes nothing. Refuses with `NoSuchSignUp` or `NotOpen`, or for a
    shift that overlaps another, a short overlap only until it is accepted.
    """
    found = by_public_id(registration_public_id)
    if found is None:
        raise NoSuchSignUp
    together = rows.together(found)
    pools.lock_all([each.occurrence_id for each in together])
    names = [each.public_id for each in together]
    proven = [each for name in names if (each := _prove(name, overlap_accepted, now)) is not None]
    _tell(proven, now)
    registration = by_public_id(registration_public_id)
    if registration is None or registration.state not in LIVE:
        raise NoSuchSignUp
    return registration


def _prove(registration_public_id: str, overlap_accepted: bool, now: datetime) -> Registration | None:
    """Take one sign-up's address as proven; None when it was before, or is over."""
    registration, room = locked(registration_public_id)
    if registration.state not in LIVE or registration.verified_at is not None:
        return None
    if not room.is_open(now):
        raise NotOpen
    if room.volunteer and registration.person_id is not None:
        person, email = registration.person_id, registration.email
        overlaps.refuse(person, room, email=email, accepted=overlap_accepted, now=now)
    registration.verified_at, registration.changed_at = now, now
    registration.expires_at = registration.client = None
    if registration.email:
        people.verify("email", registration.email, now)
    held = registration.state == State.PENDING_EMAIL
    if room.approval:
        registration.holds_seat = room.approval_holds_seat and (held or room.has_room_for(registration.seats, now))
        registration.state = State.PENDING_APPROVAL
    elif held or _gets_seat(registration, room, now):
        registration.state = State.CONFIRMED
    db.session.flush()
    return registration


def _gets_seat(registration: Registration, room: Room, now: datetime) -> bool:
    """Whether there is a seat by now; who has not answered the questions yet is offered one, so that they are asked."""
    return room.has_room_for(registration.seats, now) and not any(told.of_answers(room, registration.answers, {}))


def _tell(proven: Sequence[Registration], now: datetime) -> None:
    """One letter for all places, one for each that waits and was not served at once."""
    have = [each for each in proven if each.state == State.CONFIRMED]
    if have:
        notices.confirmed(have, now=now)
    for each in proven:
        if each.state == State.PENDING_APPROVAL:
            notices.awaits_approval(each, now=now)
        elif each.state == State.WAITING:
            room = pools.lock_of(each.public_id)
            if room is not None and each.id not in waiting.serve(room.occurrence_id, now=now, role=room.role):
                notices.waits(each, now=now)
