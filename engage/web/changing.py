"""The form of one sign-up: who comes, how many, and the organiser's questions; to change it, or to take an offered place."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from werkzeug.datastructures import MultiDict

from engage import registrations
from engage.activities import asking
from engage.activities.asking import Question
from engage.activities.terms import Party
from engage.base.db import transaction
from engage.base.errors import Refusal
from engage.registrations import Changes, State, application, editing
from engage.registrations.application import Problem
from engage.registrations.mine import Entry
from engage.registrations.pools import Room
from engage.web import party
from engage.web.party import Errors, PartyView, Typed


@dataclass(frozen=True, slots=True)
class Form:
    """What stands in the form, as typed; `errors` are (field, words). `more_lines`: nothing is wrong, but for lines for who
    comes that the form did not have yet.
    """

    name: str
    party: Typed
    takes_fewer: bool
    errors: Errors = ()
    more_lines: bool = False

    @property
    def refused(self) -> bool:
        return bool(self.errors) or self.more_lines


# Stands in each form that shows the questions, as one of which nothing is ticked sends nothing.
_ASKED = "asked"


@dataclass(frozen=True, slots=True)
class FormView:
    """What the template of the form is given. What is not asked of this sign-up is empty."""

    name: str
    party: PartyView
    may_take_fewer: bool
    takes_fewer: bool
    errors: Errors
    more_lines: bool


def form(entry: Entry) -> Form:
    """The form as the sign-up stands."""
    own = entry.registration
    return Form(name=own.name or "", party=party.of(own), takes_fewer=own.takes_fewer)


def read(fields: MultiDict[str, str], entry: Entry) -> Form:
    """The form as it was sent; what it does not hold stays as the sign-up has it."""
    now = form(entry)
    typed = party.read(fields, _questions(entry), fields.get("take", now.party.seats))
    if not any(name.startswith("companions-") for name in fields):
        typed = replace(typed, companions=now.party.companions, shown=now.party.shown)
    if not any(name.startswith("school_class-") for name in fields):
        typed = replace(typed, school_class=now.party.school_class)
    if typed.whom is None:
        typed = replace(typed, whom=now.party.whom)
    if _ASKED not in fields:  # a button alone, such as "yes" to an offer: what was answered before stands
        typed = replace(typed, answers=entry.registration.answers)
    fewer = "takes_fewer" in fields if "may_take_fewer" in fields else now.takes_fewer
    return Form(name=fields.get("name", now.name), party=typed, takes_fewer=fewer)


def send(form: Form, entry: Entry, now: datetime) -> Form:
    """Change the sign-up; the form comes back with what kept it from being changed."""
    room, changes = _room(entry), _changes(form, entry)
    if not form.party.number and room.party != Party.CLASS:
        least, most = application.group(room)
        return _with(form, [("seats", registrations.SeatsNotPossible(least=least, most=most))])
    try:
        with transaction():
            problems = party.shown_problems(
                editing.problems(entry.registration.public_id, changes), room.party == Party.CLASS
            )
            if not problems:
                registrations.change(entry.registration.public_id, changes, now=now)
    except Refusal as refusal:
        return _with(form, [("", refusal)])
    return _with(form, problems)


def accept(form: Form, entry: Entry, offer_public_id: str, seats: int | None, now: datetime) -> Form:
    """Take what was offered, or so many of it; the form comes back with what is still asked before."""
    kept = entry.offer.seats if entry.offer else entry.registration.seats
    act = partial(registrations.accept, offer_public_id, now=now, seats=seats)
    return _answer(form, entry, act, kept if seats is None else seats)


def take(form: Form, entry: Entry, now: datetime) -> Form:
    """Take a free place that all in line were told of; the form comes back with what is still asked before."""
    act = partial(registrations.take, entry.registration.public_id, now=now)
    return _answer(form, entry, act, entry.seats_to_take(now) or entry.registration.seats)


def wanted(fields: MultiDict[str, str]) -> int | None:
    """How many of the offered places are wanted; None is all of them, as is what cannot be read."""
    return party.read_number(fields.get("take", ""))


def _answer(form: Form, entry: Entry, act: Callable[..., object], seats: int) -> Form:
    room = _room(entry)
    companions = form.party.told_companions()
    problems = [*application.of_companions(room, companions, seats)]
    problems += application.of_answers(room, form.party.answers, entry.registration.answers)
    told: dict[str, Any] = {"answers": form.party.answers} if room.asks else {}
    if companions and any(application.of_each(room)):
        told["companions"] = companions
    if not problems:
        try:
            with transaction():
                act(**told)
        except Refusal as refusal:
            problems = [("", refusal)]
    return _with(form, problems)


def view(form: Form, entry: Entry, now: datetime) -> FormView | None:
    """The form as the page shows it; None where nothing can be changed or answered any more."""
    own, room = entry.registration, entry.room
    answers_offer = entry.offer is not None or entry.may_take(now)
    if room is None or own.verified_at is None or not (entry.may_change(now) or answers_offer):
        return None
    return FormView(
        name=form.name,
        party=party.view(room, form.party, _questions(entry), kept=own.answers, seats=own.seats),
        may_take_fewer=own.state == State.WAITING and own.seats > 1,
        takes_fewer=form.takes_fewer,
        errors=form.errors,
        more_lines=form.more_lines,
    )


def _questions(entry: Entry) -> Sequence[Question]:
    """What is asked of this sign-up. Who waits is asked when there is a place, unless the organiser wants to know before."""
    room, own = entry.room, entry.registration
    put_off = own.state == State.WAITING and entry.offer is None and not own.answers
    if room is None or not room.asks or (put_off and not room.asks_when_waiting and not _takes_all(entry)):
        return ()
    return asking.asked(room.activity_id)


def _takes_all(entry: Entry) -> bool:
    """Whether somebody in line may just take a place, and is then asked all at once."""
    return entry.registration.invited_at is not None


def _changes(form: Form, entry: Entry) -> Changes:
    room, own = _room(entry), entry.registration
    is_class = room.party == Party.CLASS and bool(own.school_class)
    each = any(application.of_each(room))
    return Changes(
        name=form.name,
        seats=None if is_class else form.party.number,
        answers=form.party.answers if _questions(entry) else None,
        companions=form.party.told_companions() if each else None,
        school_class=form.party.told_class() if is_class else None,
        takes_fewer=form.takes_fewer if form.takes_fewer != own.takes_fewer else None,
        whom=form.party.whom,
    )


def _room(entry: Entry) -> Room:
    if entry.room is None:
        raise registrations.AlreadyBegun
    return entry.room


def _with(form: Form, problems: Sequence[Problem]) -> Form:
    if party.is_only_more_lines(problems, form.party):
        return replace(form, more_lines=True)
    return replace(form, errors=party.worded(problems))
