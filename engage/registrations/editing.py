"""Changing a sign-up: more seats or fewer, other answers, other people. To another date one cancels and signs up."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engage.base.db import db
from engage.registrations import application as told
from engage.registrations import notices, rows, waiting
from engage.registrations import whom as of_themselves
from engage.registrations.application import Companion, NameMissing, Problem, SchoolClass
from engage.registrations.leaving import refuse_late
from engage.registrations.models import LIVE, Registration, State
from engage.registrations.offers import NoSeatLeft
from engage.registrations.pools import Room
from engage.registrations.refusals import NoSuchSignUp
from engage.registrations.rows import locked
from engage.registrations.whom import Said


@dataclass(frozen=True, slots=True)
class Changes:
    """What is to be another; None stays as it is. `companions` is everybody who comes, `answers` those that are new."""

    seats: int | None = None
    name: str | None = None
    answers: Mapping[str, Any] | None = None
    companions: tuple[Companion, ...] | None = None
    school_class: SchoolClass | None = None
    takes_fewer: bool | None = None
    whom: Said | None = None


def change(registration_public_id: str, changes: Changes, *, now: datetime) -> Registration:
    """Change a sign-up for its person. What is freed goes to who waits; more seats are given only where a newcomer got them.

    Where the activity looks again at what changes after approval, it waits for that and keeps its seats. Nothing happens when all
    is as it was. Refuses with `NoSuchSignUp`, `AlreadyBegun`, `CancellingClosed`, `NoSeatLeft`, or what `problems` finds.
    """
    registration, room = locked(registration_public_id)
    if registration.state not in LIVE:
        raise NoSuchSignUp
    refuse_late(registration, room, now)
    for _field, refusal in _problems(registration, room, changes):
        raise refusal
    _keep_whom(registration, room, changes.whom)
    before, values = registration.seats, _values(registration, room, changes)
    if all(getattr(registration, name) == value for name, value in values.items()):
        return registration
    _refuse_more(registration, room, values["seats"], now)
    for name, value in values.items():
        setattr(registration, name, value)
    registration.changed_at = now
    if registration.state == State.CONFIRMED and room.approval and room.approves_edits:
        registration.state, registration.holds_seat = State.PENDING_APPROVAL, True
    if registration.offered_seats is not None:
        registration.offered_seats = min(registration.offered_seats, registration.seats)
    rows.raise_sequence(registration)
    db.session.flush()
    notices.changed(registration, now=now)
    if registration.seats < before or registration.state == State.WAITING:
        waiting.serve(room.occurrence_id, now=now, role=room.role)
    return registration


def _keep_whom(registration: Registration, room: Room, said: Said | None) -> None:
    """What is for statistics alone: nobody is told of it, and nothing is approved again."""
    if said is not None and of_themselves.asks(room):
        kept = of_themselves.kept(room, said)
        registration.age_band, registration.area = kept.age_band, kept.area
        db.session.flush()


def problems(registration_public_id: str, changes: Changes) -> list[Problem]:
    """All that keeps these changes from being made, as (field, refusal); fields are those of `signup.problems`."""
    registration, room = locked(registration_public_id)
    return list(_problems(registration, room, changes))


def _problems(registration: Registration, room: Room, changes: Changes) -> list[Problem]:
    found: list[Problem] = []
    if changes.name is not None and not told.one_line(changes.name):
        found.append(("name", NameMissing()))
    seats = _seats(registration, changes)
    if changes.school_class is not None:
        found += told.of_school_class(changes.school_class)
    if seats != registration.seats:
        found += told.of_seats(room, seats)
    if changes.companions is not None or seats > registration.seats:
        found += told.of_companions(room, _companions(registration, changes), seats)
    if changes.answers is not None:
        found += told.of_answers(room, {**registration.answers, **changes.answers}, registration.answers)
    return found


def _seats(registration: Registration, changes: Changes) -> int:
    if changes.school_class is not None:
        return changes.school_class.seats
    return registration.seats if changes.seats is None else changes.seats


def _companions(registration: Registration, changes: Changes) -> tuple[Companion, ...]:
    if changes.companions is not None:
        return changes.companions
    return tuple(Companion(**each) for each in registration.companions)


def _values(registration: Registration, room: Room, changes: Changes) -> dict[str, Any]:
    seats = _seats(registration, changes)
    values: dict[str, Any] = {"seats": seats}
    if changes.name is not None:
        values["name"] = told.one_line(changes.name)
    if changes.companions is not None or seats < len(registration.companions):
        values["companions"] = told.listed(_companions(registration, changes), seats)
    if changes.school_class is not None:
        values["school_class"] = told.of_class(changes.school_class)
    if changes.answers is not None:
        given = {**registration.answers, **changes.answers}
        values["answers"] = told.checked_answers(room, given, registration.answers)
    if changes.takes_fewer is not None:
        values["takes_fewer"] = changes.takes_fewer
    return values


def _refuse_more(registration: Registration, room: Room, seats: int, now: datetime) -> None:
    """More seats than before are taken as a newcomer takes them. An offer is answered first."""
    more = seats - registration.seats
    if more <= 0 or registration.state == State.WAITING:
        return
    holds = registration.state != State.PENDING_APPROVAL or registration.holds_seat
    if holds and (registration.state == State.OFFERED or not room.has_room_for(more, now)):
        raise NoSeatLeft
