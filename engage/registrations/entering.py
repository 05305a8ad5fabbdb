"""Signing somebody up for them, as who phoned: what staff and organisers write down stands as proven, by e-mail or without."""

from datetime import date, datetime
from typing import Any

from engage import people
from engage.activities import asking
from engage.activities.terms import Party
from engage.base.config import current_settings
from engage.base.db import db
from engage.base.errors import Refusal
from engage.base.i18n import lazy_gettext as _l
from engage.base.identifiers import public_id
from engage.registrations import application as told
from engage.registrations import desk, notices, offers, pools, rows, steps, waiting
from engage.registrations.application import Application, Problem
from engage.registrations.models import Registration, State
from engage.registrations.offers import NoSeatLeft
from engage.registrations.pools import Room
from engage.registrations.refusals import NotOpen
from engage.registrations.steps import Because


class SignedUpAlready(Refusal):
    """The person has a live sign-up for this."""

    code = "signed_up_already"
    message = _l("This person is signed up already.")


class WhoComesMissing(told.NameMissing):
    """Nobody's name was written."""

    message = _l("Write the name of who signs up.")


def add(
    occurrence_id: int, application: Application, *, by: int, now: datetime, beyond: str | None = None, key: str = ""
) -> Registration:
    """Sign somebody up: they have their place when one is free and nobody waits for it, else they join the line.

    With a reason as `beyond` they get a place also when there is none. Who sends the same `key` twice adds them once. The e-mail
    may be left out, and so may answers. Refuses with what `problems` finds, `NotOpen`, `NoSeatLeft` where there is no line to
    join, `SignedUpAlready`, or `desk.ReasonMissing`.
    """
    room = _room(occurrence_id, application, now)
    earlier = rows.by_public_id(key) if key else None
    if earlier is not None and earlier.pool_id == room.pool_id:
        return earlier
    for _field, refusal in problems(application, room, today=told.local_day(room, now)):
        raise refusal
    has_place, reason = room.has_room_for(application.places, now), steps.coded(Because.ADDED_BY_HAND)
    if not has_place and beyond is not None:
        has_place, reason = True, desk.reason_of(beyond)
    if not has_place and not (room.waiting_list and room.is_open(now)):
        raise NoSeatLeft
    state, name = State.CONFIRMED if has_place else State.WAITING, key if earlier is None else ""
    registration = _entered(room, application, state, now, name or public_id(10))
    steps.because(registration, reason, by)
    if has_place:
        notices.confirmed([registration], now=now)
    elif registration.id not in waiting.serve(room.occurrence_id, now=now, role=room.role):
        notices.waits(registration, now=now)
    return registration


def problems(application: Application, room: Room, *, today: date) -> list[Problem]:
    """All that keeps it from being written down, as (field, refusal): fewer things than people are asked for themselves."""
    found: list[Problem] = []
    if not told.one_line(application.name):
        found.append(("name", WhoComesMissing()))
    if application.email.strip():
        found += [each for each in told.of_contact(application) if each[0] == "email"]
    if room.has_roles and not room.role:
        found.append(("role", told.RoleMissing()))
    if room.vetted and (application.vetted_on is None or application.vetted_on > today):
        found.append(("vetted_on", told.VettingMissing()))
    if room.party == Party.CLASS:
        found += told.of_school_class(application.school_class)
    most = current_settings().largest_class
    if not found and not 1 <= application.places <= most:
        found.append(("seats", told.SeatsNotPossible(least=1, most=most)))
    return [*found, *_of_answers(room, application)]


def _of_answers(room: Room, application: Application) -> list[Problem]:
    """What was answered must be an answer; what was not, the organiser can ask later."""
    refused = told.of_answers(room, application.answers, {})
    return [(field, refusal) for field, refusal in refused if not isinstance(refusal, asking.AnswerMissing)]


def _room(occurrence_id: int, application: Application, now: datetime) -> Room:
    room = pools.lock(occurrence_id, application.role)
    if room is None and application.role:
        raise told.RoleMissing
    if room is None or not room.stands or room.over_at <= now:
        raise NotOpen
    return room


def _answers(room: Room, application: Application) -> dict[str, Any]:
    if not room.asks:
        return {}
    questions = asking.shown(asking.asked(room.activity_id), application.answers)
    read = {each.public_id: asking.read(each, application.answers.get(each.public_id)) for each in questions}
    return {name: value for name, value in read.items() if value is not None}


def _entered(room: Room, application: Application, state: State, now: datetime, name: str) -> Registration:
    email = people.normalise_email(application.email) if application.email.strip() else None
    person = people.find_or_create("email", email, language=application.language, now=now) if email else None
    registration = Registration(
        public_id=name, pool_id=room.pool_id, occurrence_id=room.occurrence_id, person_id=person, state=state,
        seats=application.places, name=told.one_line(application.name), email=email, language=application.language,
        phone=told.one_line(application.phone)[:40] or None,
        channel=application.channel, notice_version=application.notice_version, answers=_answers(room, application),
        companions=told.listed(application.companions, application.places), takes_fewer=application.takes_fewer,
        school_class=told.of_class(application.school_class), vetted_on=application.vetted_on if room.vetted else None,
        joined_at=now, verified_at=now, changed_at=now,
        sequence=rows.next_sequence(person, email, room.occurrence_id, room.pool_id) if email else 0,
    )  # fmt: skip
    if email and offers.has_live_other(registration):
        raise SignedUpAlready
    db.session.add(registration)
    db.session.flush()
    return registration
