"""The waiting list of a date in the organiser's room: who is next, why somebody is not, and what more places would do."""

from dataclasses import dataclass
from datetime import datetime

from flask import abort, flash, redirect, render_template, request
from werkzeug.wrappers import Response

from engage.activities.models import OccurrenceState
from engage.activities.typed import read_capacity
from engage.base import wording
from engage.base.clock import utc_now
from engage.base.db import transaction
from engage.base.errors import Refusal
from engage.base.i18n import gettext as _
from engage.base.i18n import ngettext
from engage.registrations import desk, pools, queue, sizes
from engage.registrations.queue import Entry, Idle, Queue
from engage.registrations.wording import reason_words
from engage.web.organiser import blueprint, guest_list, guests
from engage.web.organiser.date_form import Fields
from engage.web.organiser.guest_list import PATH, Date, Guest

_MOST_RESERVED = 9999


@dataclass(frozen=True, slots=True)
class Place:
    """One who waits or was asked: where in line, until when they may answer, and what was noted about them."""

    guest: Guest
    number: int | None
    until: str
    reasons: tuple[str, ...]
    offer_url: str


@blueprint.get(PATH + "/venteliste")
def line_page(activity: str, occurrence: str) -> str:
    """Who waits, in order; with roles, for one of them at a time."""
    date, now = guest_list.seen(activity, occurrence), utc_now()
    with transaction():
        date.record("line_seen", now)
    shown = guests.frame(date, now, request.args.get("opgave", "")[:12])
    if shown["roles"] and not shown["role"]:
        shown = guests.frame(date, now, shown["roles"][0][0])
    found = queue.queue(date.occurrence.id, now=now, role=shown["role"])
    if found is None:
        abort(404)
    return render_template(
        "organiser/line.html",
        **shown,
        entries=_entries(date, found, now),
        idle=_idle(found.idle) if found.idle else "",
        serving=[_serving(each) for each in found.serving[:3]],
        sums=_sums(found),
        more_url=_more_url(date, shown["role"], now),
        reserved=_reserved(date, shown["role"]),
        places=sizes.places_of(date.occurrence.id) if date.course else None,
    )


def _entries(date: Date, found: Queue, now: datetime) -> list[Place]:
    questions = guest_list.questions_of(date)
    known = guest_list.known(date, [each.registration for each in found.entries], now)
    return [_place(date, each, guest_list.guest(date, each.registration, questions, known)) for each in found.entries]


def _place(date: Date, entry: Entry, guest: Guest) -> Place:
    asked = entry.offer is not None
    return Place(
        guest=guest,
        number=entry.position,
        until=wording.deadline(entry.offer.expires_at, date.occurrence.timezone) if entry.offer else "",
        reasons=tuple(dict.fromkeys(reason_words(each) for each in entry.reasons))[:3],
        offer_url="" if asked else date.url(".offer_place", sign_up=guest.public_id),
    )


def _sums(found: Queue) -> str:
    """The line's numbers in a sentence."""
    parts = [ngettext("%(number)s sign-up waits", "%(number)s sign-ups wait", found.waiting)]
    if found.offered:
        parts.append(ngettext("%(number)s is offered a place", "%(number)s are offered a place", found.offered))
    if found.expired:
        parts.append(ngettext("%(number)s did not answer", "%(number)s did not answer", found.expired))
    if found.converted:
        parts.append(ngettext("%(number)s said yes to an offer", "%(number)s said yes to an offer", found.converted))
    return wording.listing(parts) + "."


def _idle(idle: Idle) -> str:
    words = {
        Idle.NO_SEAT: _("Nobody is asked now, because no place is free."),
        Idle.TOO_LARGE: _(
            "The first in line need more places than are free. Smaller groups may go before them after a day."
        ),
        Idle.CLOSED: _("Nobody is asked now, because sign-up is closed."),
        Idle.TOO_LATE: _("Nobody is asked now, because it begins too soon."),
        Idle.MANUAL: _("Nobody is asked by itself. You choose who is offered a place."),
        Idle.FIRST_COME: _(
            "Time is short, so all who wait are told of free places, and the first to answer gets them."
        ),
    }
    return words[idle]


def _serving(serving: queue.Serving) -> str:
    """ "6 more places would serve 5 sign-ups." """
    groups = ngettext("%(number)s sign-up", "%(number)s sign-ups", serving.sign_ups)
    return ngettext(
        "%(number)s more place would serve %(groups)s.",
        "%(number)s more places would serve %(groups)s.",
        serving.places,
        groups=groups,
    )


def _more_url(date: Date, role: str, now: datetime) -> str:
    """Where the number of places is raised; "" when it cannot be any more."""
    if date.occurrence.starts_at <= now or date.occurrence.state != OccurrenceState.SCHEDULED:
        return ""
    if date.course:
        return date.url(".line_page") + "#places-wanted"
    return date.url(".date_page") + (f"#people_{role}" if role else "#capacity")


def _reserved(date: Date, role: str) -> int | None:
    """How many seats are kept back; None where there is no limit, so that nothing can be."""
    room = pools.look(date.occurrence.id, role)
    return room.reserved if room is not None and room.capacity is not None else None


@blueprint.post(PATH + "/pladser")
def resize_course(activity: str, occurrence: str) -> Response:
    """Give all dates of a course another number of places. Where each date has its own, that is changed with the date."""
    date, now, fields = guest_list.decided_on(activity, occurrence), utc_now(), Fields(request.form)
    if not date.course:
        return redirect(date.url(".date_page") + "#capacity", 303)
    wanted = fields.read("places", read_capacity, None)
    try:
        if not fields.errors:
            with transaction():
                sizes.resize_course(date.activity.id, wanted, now=now)
                date.record("resized", now, seats=wanted)
            flash(_("Saved."), "success")
    except Refusal as refusal:
        fields.fail("places", refusal)
    for _field, words in fields.errors:
        flash(words, "error")
    return redirect(date.url(".line_page"), 303)


@blueprint.post(PATH + "/hold-tilbage")
def reserve_seats(activity: str, occurrence: str) -> Response:
    """Keep seats back for the organiser's own guests, or let them go to who waits."""
    date, now, fields = guest_list.decided_on(activity, occurrence), utc_now(), Fields(request.form)
    role, wanted = request.form.get("opgave", "")[:12], fields.number("reserved", -1)
    if not 0 <= wanted <= _MOST_RESERVED:
        flash(_("Write a whole number of places, for example 2."), "error")
    else:
        try:
            with transaction():
                words = request.form.get("reason", "")
                reason = desk.reserve(date.occurrence.id, wanted, reason=words, now=now, role=role)
                date.record("reserved", now, seats=wanted, reason=reason, **({"role": role} if role else {}))
            flash(_("Saved."), "success")
        except Refusal as refusal:
            flash(str(refusal), "error")
    return redirect(date.url(".line_page", opgave=role or None), 303)
