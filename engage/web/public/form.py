"""The sign-up form of a date: what it asks, what was filled in, and what is missing of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from werkzeug.datastructures import MultiDict

from engage import registrations
from engage.activities import asking, shifts, typed, upcoming
from engage.activities.asking import Question
from engage.activities.facts import OccurrenceFacts
from engage.activities.models import SignUpMode
from engage.activities.shifts import Need
from engage.activities.terms import Party
from engage.activities.upcoming import ComingDate
from engage.base import i18n
from engage.base.config import current_settings
from engage.registrations import Application, conditions
from engage.registrations.application import Problem, of_each
from engage.registrations.conditions import Conditions, Way
from engage.registrations.models import Hold
from engage.registrations.pools import FEW, Room
from engage.registrations.refusals import DateMissing, OnlyFewLeft, WaitingListClosed, WaitingListTooShort
from engage.web import party
from engage.web.party import Typed
from engage.web.who import client_key


@dataclass(frozen=True, slots=True)
class Asked:
    """A date as its form is made from it: its seats as this visitor sees them, roles, questions, other dates."""

    facts: OccurrenceFacts
    conditions: Conditions
    needs: Sequence[Need] = ()
    questions: Sequence[Question] = ()
    dates: Sequence[ComingDate] = ()  # those to choose from, or those of the course
    holds: Sequence[Hold] = ()

    @property
    def is_class(self) -> bool:
        return self.conditions.room.party == Party.CLASS

    @property
    def several(self) -> bool:
        return self.facts.sign_up == SignUpMode.SEVERAL_DATES

    def room_on(self, date: ComingDate) -> Room:
        """The seats of one of the dates to choose from."""
        return self.conditions.on(date)

    def rooms_on(self, date: ComingDate) -> tuple[Room, ...]:
        """What one can sign up for on one of the dates: each role, or the date itself."""
        return self.conditions.roles_on(date) or (self.room_on(date),)


@dataclass(frozen=True, slots=True)
class Filled:
    """What was filled in, as it was typed."""

    name: str
    email: str
    role: str
    dates: tuple[str, ...]
    vetted_on: str
    takes_fewer: bool
    waits: bool
    party: Typed


def asked(facts: OccurrenceFacts, present: Conditions, now: datetime, holds: Sequence[Hold] = ()) -> Asked:
    """All that the form of a date asks, read anew; a date that takes no sign-ups asks nothing."""
    seen = present.without(holds) if holds else present
    facts = replace(facts, seats=seen.room.seats)
    if seen.way(now) not in {Way.SEATS, Way.LINE}:
        return Asked(facts, seen, shifts.needs(facts.occurrence_id) if seen.roles else ())
    listed = facts.sign_up in {SignUpMode.SEVERAL_DATES, SignUpMode.WHOLE_COURSE}
    return Asked(
        facts=facts,
        conditions=seen,
        needs=shifts.needs(facts.occurrence_id) if seen.roles else (),
        questions=asking.asked_at(facts.activity_id, seen.room.revision) if seen.room.asks else (),
        dates=upcoming.coming(facts.activity_id, now) if listed else (),
        holds=holds,
    )


def held(form: Asked, holds: Sequence[Hold]) -> Asked:
    """The same with what is held for this visitor by now; they see its seats as free."""
    return replace(form, holds=holds)


def empty(form: Asked) -> Filled:
    """The form before anybody wrote in it."""
    roles = form.conditions.roles
    seats = str(form.conditions.smallest)
    return Filled(
        name="",
        email="",
        role=roles[0].role if len(roles) == 1 else "",
        dates=(form.facts.occurrence,),
        vetted_on="",
        takes_fewer=False,
        waits=False,
        party=Typed(seats=seats),
    )


def read(fields: MultiDict[str, str], form: Asked) -> Filled:
    """The form as it was sent."""
    return Filled(
        name=fields.get("name", ""),
        email=fields.get("email", ""),
        role=fields.get("role", ""),
        dates=tuple(fields.getlist("dates")),
        vetted_on=fields.get("vetted_on", "").strip(),
        takes_fewer="takes_fewer" in fields,
        waits="waits" in fields,
        party=party.read(fields, form.questions),
    )


def application(filled: Filled, form: Asked, hold: str) -> Application:
    """What was filled in, as a rule takes it."""
    return Application(
        name=filled.name,
        email=filled.email,
        seats=filled.party.number,
        language=i18n.current_language(),
        channel="web",
        client=client_key(),
        notice_version=current_settings().city.notice_version,
        role=filled.role,
        answers=filled.party.answers,
        companions=filled.party.told_companions() if any(of_each(form.conditions.room)) else (),
        school_class=filled.party.told_class() if form.is_class else None,
        takes_fewer=filled.takes_fewer,
        vetted_on=_day(filled.vetted_on),
        hold=hold,
        age_band=filled.party.whom.age_band if filled.party.whom else "",
        area=filled.party.whom.area if filled.party.whom else "",
    )


def problems(filled: Filled, wanted: Application, form: Asked, now: datetime) -> list[Problem]:
    """All that keeps the form from being sent in, by its fields."""
    refused = form.conditions.refusal(now)
    if refused is not None:
        return [("", refused)]
    rooms = chosen(filled, form)
    found: list[Problem] = [("dates", DateMissing())] if not rooms else []
    for room in rooms or [form.conditions.room]:
        known = {name for name, _refusal in found}
        found += [each for each in registrations.problems(wanted, now=now, room=room) if each[0] not in known]
    found = party.shown_problems(found, form.is_class)
    if not {name for name, _refusal in found} & {"seats", "role", "dates", "school_class-pupils"}:
        found += _of_seats(filled, wanted, form, rooms, now)
    return found


def chosen(filled: Filled, form: Asked) -> list[Room]:
    """The seats that are asked for: of a role, or of each of the dates; a date that is not there is left out."""
    own = form.conditions.of_role(filled.role)
    if not form.several:
        return [own]
    dates = dates_of(filled, form)
    rooms = [{room.role: room for room in form.rooms_on(each)} for each in dates]
    return [each.get(own.role) or next(iter(each.values())) for each in rooms]


def dates_of(filled: Filled, form: Asked) -> list[ComingDate]:
    """The dates that are asked for, of those there are to choose from."""
    return [each for each in form.dates if each.occurrence in filled.dates and not each.cancelled]


def _of_seats(
    filled: Filled, wanted: Application, form: Asked, rooms: Sequence[Room], now: datetime
) -> Iterator[Problem]:
    """Nobody who expects places finds themselves in the waiting list, and nobody in a list that is not there."""
    seats, smallest = wanted.places, form.conditions.smallest
    field = "school_class-pupils" if form.is_class else "seats"
    for room in rooms:
        alone, together = (conditions.way_into(room, number, now) for number in (smallest, seats))
        if not room.is_open(now):
            yield "dates" if form.several else "", registrations.NotOpen()
        elif alone == Way.FULL:
            yield "dates" if form.several else "role" if room.role else "", WaitingListClosed()
        elif alone == Way.SEATS and together == Way.FULL:
            yield field, OnlyFewLeft()
        elif alone == Way.SEATS and together == Way.LINE and not filled.waits:
            yield field, registrations.TooFewLeft()
        elif alone == Way.LINE and together == Way.FULL:
            yield field, WaitingListTooShort(number=room.left_in_line)
        else:
            continue
        return


def is_asked_to_wait(filled: Filled, found: Sequence[Problem]) -> bool:
    """Whether the group must say that it joins the waiting list together."""
    few = any(
        isinstance(refusal, registrations.TooFewLeft) and not isinstance(refusal, OnlyFewLeft)
        for _name, refusal in found
    )
    return few or filled.waits


def of_places(found: Sequence[Problem]) -> list[Problem]:
    """What is wrong with what is to be kept: the number, the task or the dates."""
    return [each for each in found if each[0] in {"", "seats", "role", "dates", "school_class-pupils"}]


def worth_holding(filled: Filled, form: Asked, found: Sequence[Problem]) -> list[Room]:
    """The seats to keep while somebody fills in or mends their form, of each date or the role on it; none where there are many,
    or something is wrong with the number.
    """
    if of_places(found):
        return []
    rooms = chosen(filled, form)
    few = [room for room in rooms if room.left is not None and room.left - seats_of(filled, form) < FEW]
    return rooms if few else []


def may_be_kept(form: Asked, now: datetime) -> bool:
    """Whether there are so few places that some can be kept for who has much to fill in."""
    asks_much = form.several or form.is_class or any(of_each(form.conditions.room)) or bool(form.questions)
    rooms = [room for each in form.dates for room in form.rooms_on(each)] if form.several else form.conditions.rooms
    few = any(room.left is not None and 0 <= room.left - form.conditions.smallest < FEW for room in rooms)
    return asks_much and few and not form.holds and form.conditions.way(now) == Way.SEATS


def seats_of(filled: Filled, form: Asked) -> int:
    """How many seats are asked for."""
    return filled.party.told_class().seats if form.is_class else filled.party.number


def _day(text: str) -> date | None:
    try:
        return typed.read_day(text)
    except typed.Unreadable:
        return None
