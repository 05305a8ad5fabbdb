"""One sign-up in the organiser's room: all it tells, what happened to it, and what can be decided about it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from flask import flash, redirect, render_template, request
from sqlalchemy import select
from werkzeug.wrappers import Response

from engage import registrations
from engage.accounts import User
from engage.base import wording
from engage.base.clock import utc_now
from engage.base.db import db, transaction
from engage.base.errors import Refusal
from engage.base.i18n import gettext as _
from engage.registrations import LIVE, Registration, State, desk, guests
from engage.registrations.wording import reason_words, state_name
from engage.web import calling
from engage.web.organiser import blueprint, calls, guest_list
from engage.web.organiser.date_form import Fields
from engage.web.organiser.guest_list import PATH, Date
from engage.web.who import current_account

_GUEST = PATH + "/<sign_up>"
_MAY_BE_OFFERED = frozenset({State.WAITING, State.OFFER_EXPIRED, State.OFFER_DECLINED})


@dataclass(frozen=True, slots=True)
class Happened:
    """One step of a sign-up's life."""

    when: str
    what: str
    why: str
    who: str


@blueprint.get(_GUEST)
def guest_page(activity: str, occurrence: str, sign_up: str) -> str:
    """A sign-up, with what can be done about it now."""
    date, now = guest_list.seen(activity, occurrence), utc_now()
    guest_list.own_guest(date, sign_up)
    with transaction():
        date.record("one_seen", now, sign_up=sign_up)
    return _page(date, sign_up)


def _page(date: Date, sign_up: str) -> str:
    found = guest_list.own_guest(date, sign_up)
    offer = registrations.open_offer(found)
    zone, now = date.occurrence.timezone, utc_now()
    known = guest_list.known(date, [found], now)
    waits = found.state == State.WAITING and found.verified_at is not None
    return render_template(
        "organiser/guest.html",
        date=date,
        title=date.title,
        when=date.when(now),
        guest=guest_list.guest(date, found, guest_list.questions_of(date), known),
        calls=calls.of_date(date, found),
        may_be_marked=found.name is not None,
        mark=calling.mark(found),
        email=found.email or "",
        spoken=wording.spoken_name(found.language),
        takes_fewer=found.takes_fewer and waits,
        place=registrations.position(found) if waits else None,
        until=wording.deadline(offer.expires_at, zone) if offer else "",
        asks=found.state == State.PENDING_APPROVAL,
        may_be_offered=found.state in _MAY_BE_OFFERED and found.verified_at is not None,
        live=found.state in LIVE,
        happened=_history(found, date),
        list_url=date.url(".guests_page"),
        line_url=date.url(".line_page", opgave=found.pool.role.public_id if found.pool.role else None),
    )


def _history(registration: Registration, date: Date) -> list[Happened]:
    steps = guests.history(registration)
    by = {step.account_id for step in steps if step.account_id}
    names = {row.id: row.name for row in db.session.execute(select(User.id, User.name).where(User.id.in_(by)))}
    zone = date.occurrence.timezone
    return [
        Happened(
            when=_moment(step.at.astimezone(zone)),
            what="" if step.before == step.state and step.reason else state_name(State(step.state)),
            why=reason_words(step.reason),
            who=names.get(step.account_id or 0, ""),
        )
        for step in steps
    ]


def _moment(local: datetime) -> str:
    return f"{wording.long_date(local.date(), year=True)}, {wording.clock(local)}"


def _act(
    activity: str, occurrence: str, sign_up: str, action: str, act: Callable[..., Registration]
) -> Registration | None:
    """Do one thing to one sign-up and log it; a refusal is said on the page that follows, and None comes back."""
    date, now = guest_list.decided_on(activity, occurrence), utc_now()
    guest_list.own_guest(date, sign_up)
    try:
        with transaction():
            done = act(now=now)
            date.record(action, now, sign_up=sign_up)
    except Refusal as refusal:
        flash(str(refusal), "error")
        return None
    return done


def _back(activity: str, occurrence: str, sign_up: str) -> Response:
    return redirect(guest_list.decided_on(activity, occurrence).url(".guest_page", sign_up=sign_up), 303)


@blueprint.post(_GUEST + "/fjern")
def remove_guest(activity: str, occurrence: str, sign_up: str) -> Response:
    """Take a sign-up away; its person is told why."""
    reason = request.form.get("reason", "")
    act = partial(desk.remove, sign_up, by=current_account().id, reason=reason)
    if _act(activity, occurrence, sign_up, "removed", act) is not None:
        flash(_("The sign-up is removed."), "success")
    return _back(activity, occurrence, sign_up)


@blueprint.post(_GUEST + "/tilbyd")
def offer_place(activity: str, occurrence: str, sign_up: str) -> Response:
    """Offer a free place to one person, before others."""
    act = partial(desk.offer_to, sign_up, by=current_account().id)
    if _act(activity, occurrence, sign_up, "offered", act) is not None:
        flash(_("The place is offered, and kept until they answer."), "success")
    return _back(activity, occurrence, sign_up)


@blueprint.post(_GUEST + "/flyt")
def move_guest(activity: str, occurrence: str, sign_up: str) -> Response:
    """Put somebody in another place of the line, for a reason."""
    place, reason = Fields(request.form).number("place", 0), request.form.get("reason", "")
    if place < 1:
        flash(_("Write the place in line as a number, 1 is next."), "error")
        return _back(activity, occurrence, sign_up)
    act = partial(desk.move, sign_up, place, reason, by=current_account().id)
    done = _act(activity, occurrence, sign_up, "moved", act)
    if done is not None and done.state == State.WAITING:
        flash(_("Is number %(number)s in line now.", number=registrations.position(done)), "success")
    elif done is not None:
        flash(_("There was a place free, so it went on at once."), "success")
    return _back(activity, occurrence, sign_up)


@blueprint.post(_GUEST + "/svar")
def answer_for_guest(activity: str, occurrence: str, sign_up: str) -> Response:
    """Write down what somebody answered on the phone to the place they were offered."""
    takes_it = request.form.get("do") == "yes"
    act = partial(desk.answer_for, sign_up, takes_it=takes_it, by=current_account().id)
    if _act(activity, occurrence, sign_up, "offer_taken" if takes_it else "offer_let_go", act) is not None:
        flash(_("Their answer is written down."), "success")
    return _back(activity, occurrence, sign_up)
