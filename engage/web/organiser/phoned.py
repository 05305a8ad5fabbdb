"""Signing somebody up for them, in the organiser's room: who phoned, or stands at the counter."""

from dataclasses import replace
from datetime import datetime

from flask import flash, redirect, render_template, request
from werkzeug.datastructures import MultiDict

from engage.activities import asking
from engage.activities.models import Activity
from engage.activities.terms import AskedOfEach, Party
from engage.activities.typed import read_day
from engage.base.clock import utc_now
from engage.base.config import current_settings
from engage.base.db import transaction
from engage.base.errors import Refusal
from engage.base.i18n import NAMES, current_language, in_language
from engage.base.i18n import gettext as _
from engage.base.identifiers import ALPHABET, public_id
from engage.registrations import Application, Companion, Registration, SchoolClass, State, desk, entering, guests, pools
from engage.registrations.application import RoleMissing
from engage.web import asked
from engage.web.organiser import blueprint, guest_list
from engage.web.organiser.date import Answer
from engage.web.organiser.date_form import Fields
from engage.web.organiser.guest_list import PATH, Date
from engage.web.who import current_account

_KEY = 10
# Lines for those who come besides; whoever brings more is written down as a class, or counted alone.
_MOST_NAMED = 12
Values = MultiDict[str, str]


@blueprint.get(PATH + "/ny")
def add_page(activity: str, occurrence: str) -> str:
    """Where somebody is written down."""
    date = guest_list.decided_on(activity, occurrence)
    usual = {"seats": "1", "language": current_language(), "otherwise": "wait", "key": public_id(_KEY)}
    return _page(date, Values({**usual, "role": request.args.get("opgave", "")[:12]}), ())


@blueprint.post(PATH + "/ny")
def add_guest(activity: str, occurrence: str) -> Answer:
    """Write somebody down; the same form sent twice does so once."""
    date, now, fields = guest_list.decided_on(activity, occurrence), utc_now(), Fields(request.form)
    application = _read(date.activity, fields)
    beyond = fields.text("reason") if fields.text("otherwise") == "beyond" else None
    if not fields.errors:
        _check(date, application, fields, now)
    if not fields.errors:
        try:
            with transaction():
                done = _added(date, application, beyond, fields, now)
            flash(_said(done), "success")
            return redirect(date.url(".guest_page", sign_up=done.public_id), 303)
        except desk.ReasonMissing as refusal:
            fields.fail("reason", refusal)
        except Refusal as refusal:
            fields.fail("otherwise", refusal)
    return _page(date, Values(request.form), tuple(fields.errors)), 422


def _added(date: Date, application: Application, beyond: str | None, fields: Fields, now: datetime) -> Registration:
    by, key = current_account().id, fields.text("key")
    usable = len(key) == _KEY and set(key) <= set(ALPHABET)
    known = usable and guests.of_date(date.occurrence.id, key) is not None
    done = entering.add(
        date.occurrence.id, application, by=by, now=now, beyond=beyond, key=key if usable else public_id(_KEY)
    )
    if not known:
        date.record("added", now, sign_up=done.public_id, seats=done.seats)
    return done


def _said(done: Registration) -> str:
    if done.state == State.CONFIRMED:
        return _("They have a place.")
    return _("They are on the waiting list.") if done.state == State.WAITING else _("A place is offered to them.")


def _check(date: Date, application: Application, fields: Fields, now: datetime) -> None:
    """Say beside its field what is missing, as far as that can be known before the seats are locked."""
    room = pools.look(date.occurrence.id, application.role)
    if room is None:
        fields.fail("role", RoleMissing())
        return
    today = now.astimezone(room.local).date()
    for field, refusal in entering.problems(application, room, today=today):
        fields.fail(field, refusal)


def _read(activity: Activity, fields: Fields) -> Application:
    answers = asking.filled_in(asking.asked(activity.id), dict(request.form.lists()))
    given = fields.text("vetted_on")
    language = fields.text("language")
    return Application(
        name=fields.text("name"),
        email=fields.text("email"),
        phone=fields.text("phone"),
        seats=fields.number("seats"),
        language=language if language in NAMES else current_language(),
        channel="desk",
        role=fields.text("role")[:12],
        answers=answers,
        companions=tuple(_companions(fields)),
        school_class=_class(fields) if activity.party == Party.CLASS else None,
        takes_fewer="takes_fewer" in request.form,
        vetted_on=fields.read("vetted_on", read_day, None) if given else None,
    )


def _companions(fields: Fields) -> list[Companion]:
    lines = [
        (fields.text(f"companion-{each}-name"), fields.text(f"companion-{each}-age")) for each in range(_MOST_NAMED)
    ]
    return [
        Companion(name, int(age) if age.isascii() and age.isdecimal() and len(age) < 4 else None)
        for name, age in lines
        if name or age
    ]


def _class(fields: Fields) -> SchoolClass:
    return SchoolClass(
        fields.text("school_class-school"),
        fields.text("school_class-class_name"),
        fields.number("school_class-pupils"),
        fields.number("school_class-adults", -1),
    )


def _page(date: Date, values: Values, errors: tuple[tuple[str, str], ...]) -> str:
    activity, roles = date.activity, guests.roles(date.occurrence.id)
    questions = asking.asked(activity.id)
    answers = asking.filled_in(questions, dict(values.lists()))
    each = AskedOfEach(activity.asked_of_each)
    ages = each.asks_age or activity.age_from is not None or activity.age_to is not None
    people = activity.party == Party.PEOPLE
    return render_template(
        "organiser/guest_add.html",
        date=date,
        title=date.title,
        when=date.when(utc_now()),
        values=values,
        errors=errors,
        missing={},
        roles=[(role.public_id, in_language(role.names)) for role in roles],
        vetting=[in_language(role.vetting) for role in roles if any(role.vetting.values())],
        # Who phones may answer later.
        questions=[replace(view, required=False) for view in asked.views(questions, answers)],
        party_class=not people,
        companions=range(_MOST_NAMED) if people and (each.asks_name or ages) else (),
        asks_name=each.asks_name,
        asks_age=ages,
        waiting_list=activity.waiting_list,
        letter_languages=[(code, NAMES.get(code, code)) for code in current_settings().city.languages],
        list_url=date.url(".guests_page"),
    )
