"""Who comes to a date, in the organiser's room: the list with its numbers, and the answers to who asks for a place."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask import flash, redirect, render_template, request
from werkzeug.wrappers import Response

from engage.activities.typed import line, paragraphs
from engage.base.clock import utc_now
from engage.base.db import transaction
from engage.base.errors import Refusal
from engage.base.i18n import gettext as _
from engage.base.i18n import in_language, ngettext
from engage.registrations import LIVE, State, calling, desk, guests, standing
from engage.registrations.guests import ENDED, Numbers, Wanted
from engage.registrations.standing import Standing
from engage.web.organiser import blueprint, calls, guest_list
from engage.web.organiser.guest_list import PATH, Date
from engage.web.who import current_account

_TO_PHONE = "ringes"
# What the list can be narrowed to: the address's word, and the states it stands for.
_SHOWN: dict[str, tuple[State, ...]] = {
    "": LIVE,
    "svar": (State.PENDING_APPROVAL,),
    "plads": (State.CONFIRMED,),
    "tilbud": (State.OFFERED,),
    "venter": (State.WAITING,),
    "mail": (State.PENDING_EMAIL,),
    "slut": ENDED,
    _TO_PHONE: tuple(State),
}
_LONGEST_WORDS, _MOST_AT_ONCE = 500, 200


@dataclass(frozen=True, slots=True)
class Choice:
    """A filter over the list, with how many it shows."""

    url: str
    words: str
    count: int
    chosen: bool


@blueprint.get(PATH)
def guests_page(activity: str, occurrence: str) -> str:
    """The list, with the numbers over it and what needs an answer first."""
    date, now = guest_list.seen(activity, occurrence), utc_now()
    wanted = wanted_now(date, now)
    with transaction():
        date.record("seen", now)
    number, questions = date.occurrence.id, guest_list.questions_of(date)
    found = guests.page(number, wanted)
    asks = guests.page(number, replace(wanted, states=(State.PENDING_APPROVAL,), page=1)).registrations
    shows_asking = wanted.page == 1 and request.args.get("vis", "") in {"", "svar"}
    listed = [each for each in found.registrations if not (shows_asking and each.state == State.PENDING_APPROVAL)]
    known = guest_list.known(date, [*asks, *listed], now)
    besides = found.count - (len(asks) if shows_asking else 0)  # who asks stands above
    return render_template(
        "organiser/guests.html",
        **frame(date, now, wanted.role),
        choices=_choices(date, wanted, now),
        calls=calls.of_date(date) if wanted.page == 1 else [],
        asks=[guest_list.guest(date, each, questions, known) for each in asks] if shows_asking else [],
        guests=[guest_list.guest(date, each, questions, known) for each in listed],
        total=ngettext("%(number)s sign-up", "%(number)s sign-ups", besides) if besides or not found.count else "",
        any_found=bool(found.count),
        q=wanted.words,
        newer_url=_page_url(date, found.number - 1) if found.number > 1 else "",
        older_url=_page_url(date, found.number + 1) if found.number < found.pages else "",
        here=_here(date),
        files=[(date.url(".guests_file", kind=kind, **_here(date)), kind) for kind in ("xlsx", "csv")],
        paper_url=date.url(".print_guests", **_here(date)),
        short_url=date.url(".print_names"),
    )


def wanted_now(date: Date, now: datetime) -> Wanted:
    """What the list is narrowed to, as the address says."""
    shown, page = request.args.get("vis", ""), request.args.get("page", "")
    return Wanted(
        states=_SHOWN.get(shown, LIVE),
        role=request.args.get("opgave", "")[:12],
        words=line(request.args.get("q", ""))[:100],
        page=max(1, int(page)) if page.isascii() and page.isdecimal() and len(page) < 5 else 1,
        among=calling.to_phone(now, date.occurrence.id) if shown == _TO_PHONE else None,
    )


def frame(date: Date, now: datetime, role: str = "") -> dict[str, Any]:
    """What every page about a date's guests shows: what it is, its numbers, whether it goes ahead, and its roles."""
    numbers, stands = guests.numbers(date.occurrence.id, role), standing.standing(date.occurrence.id)
    roles = guests.roles(date.occurrence.id)
    return {
        "date": date,
        "title": date.title,
        "when": date.when(now),
        "numbers": _numbers(numbers) if numbers else [],
        "over": ngettext("%(number)s place too many is taken.", "%(number)s places too many are taken.", numbers.over)
        if numbers and numbers.over
        else "",
        "standing": _standing(stands) if stands else "",
        "goes_ahead": bool(stands and stands.goes_ahead),
        "role": role,
        "roles": [(each.public_id, in_language(each.names)) for each in roles],
        "list_url": date.url(".guests_page"),
        "line_url": date.url(".line_page", opgave=role or None),
        "add_url": date.url(".add_page", opgave=role or None),
        "waiting": numbers.waiting if numbers else 0,
        "has_free": bool(numbers and numbers.free != 0),
    }


def _numbers(numbers: Numbers) -> list[tuple[str, str]]:
    """(words, number) for each number that says something; places taken and free always."""
    capacity = _("of %(number)s", number=numbers.capacity) if numbers.capacity is not None else ""
    found = [(_("have a place"), f"{numbers.confirmed} {capacity}".strip())]
    more = {
        ngettext("asks for your answer", "ask for your answer", numbers.to_approve): numbers.to_approve,
        _("offered"): numbers.offered,
        _("places waited for"): numbers.waiting,
        _("e-mail not confirmed"): numbers.unproven,
        _("being filled in"): numbers.held,
        _("kept back"): numbers.reserved,
    }
    found += [(words, str(number)) for words, number in more.items() if number]
    return [*found, (_("free"), str(numbers.free) if numbers.free is not None else _("no limit"))]


def _standing(standing: Standing) -> str:
    if standing.goes_ahead:
        return _("It goes ahead: at least %(least)s were needed.", least=standing.least)
    return ngettext(
        "%(number)s more participant is needed for it to go ahead.",
        "%(number)s more participants are needed for it to go ahead.",
        standing.missing,
    )


def _choices(date: Date, wanted: Wanted, now: datetime) -> list[Choice]:
    shown, number = request.args.get("vis", ""), date.occurrence.id
    counts = guests.counts(number, replace(wanted, among=None))
    to_phone = guests.counts(number, replace(wanted, among=calling.to_phone(now, number)))
    words = {
        "": _("All"),
        "svar": _("Ask for your answer"),
        "plads": _("Have a place"),
        "tilbud": _("Offered a place"),
        "venter": _("Waiting"),
        "mail": _("E-mail not confirmed"),
        "slut": _("Cancelled and turned down"),
        _TO_PHONE: _("To phone"),
    }
    found = [
        Choice(
            url=date.url(".guests_page", vis=name or None, opgave=wanted.role or None, q=wanted.words or None),
            words=words[name],
            count=sum((to_phone if name == _TO_PHONE else counts).get(state, 0) for state in states),
            chosen=name == (shown if shown in _SHOWN else ""),
        )
        for name, states in _SHOWN.items()
    ]
    # One that shows nobody only makes the others harder to find.
    return [each for number, each in enumerate(found) if each.count or each.chosen or not number]


def _page_url(date: Date, number: int) -> str:
    return date.url(".guests_page", **_here(date), page=number)


def _here(date: Date) -> dict[str, str]:
    """What narrows the list now, for forms that lead back to it."""
    return {name: value for name in ("vis", "opgave", "q") if (value := request.args.get(name, ""))}


@blueprint.post(PATH + "/svar")
def decide(activity: str, occurrence: str) -> Response:
    """Say yes or no to those who are ticked, each by itself: one that cannot be decided on leaves the others done."""
    date, now = guest_list.decided_on(activity, occurrence), utc_now()
    chosen = [guest_list.own_guest(date, each).public_id for each in request.form.getlist("who")[:_MOST_AT_ONCE]]
    yes, back = request.form.get("do") == "approve", date.url(".guests_page")
    if not chosen:
        flash(_("Tick at least one of those who ask."), "error")
        return redirect(back, 303)
    words = paragraphs(request.form.get("words", ""))[:_LONGEST_WORDS]
    became: Counter[State] = Counter()
    refused: Counter[str] = Counter()
    for public_id in dict.fromkeys(chosen):
        try:
            with transaction():
                act = desk.approve if yes else desk.turn_down
                done = act(public_id, by=current_account().id, words=words, now=now)
                date.record("approved" if yes else "turned_down", now, sign_up=public_id)
                became[State(done.state)] += 1
        except Refusal as refusal:
            refused[str(refusal)] += 1
    if became:
        flash(" ".join(_became(became)), "success")
    for refusal_words in refused:
        flash(refusal_words, "error")
    return redirect(back, 303)


def _became(became: Counter[State]) -> list[str]:
    placed, declined = became[State.CONFIRMED], became[State.DECLINED]
    waits = sum(became.values()) - placed - declined
    found = []
    if placed:
        found.append(ngettext("%(number)s has a place.", "%(number)s have a place.", placed))
    if waits:
        found.append(ngettext("%(number)s waits for a place.", "%(number)s wait for a place.", waits))
    if declined:
        found.append(ngettext("%(number)s is turned down.", "%(number)s are turned down.", declined))
    return [*found, _("We have written to them.")]
