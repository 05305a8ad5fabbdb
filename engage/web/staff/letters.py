"""The letters the service sends: what became of each, without its text or its whole address; and trying one again."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engage.accounts import audit
from engage.base.clock import utc_now
from engage.base.db import transaction
from engage.base.errors import Refusal
from engage.base.i18n import LazyText, ngettext
from engage.base.i18n import gettext as _
from engage.base.i18n import lazy_gettext as _l
from engage.outbox import Letter, Status, enquiries
from engage.outbox.claiming import ABANDONED
from engage.web.staff import blueprint, said
from engage.web.who import current_account

# What keys begin with, by what the letters are about. What is not named here is found among all, under its own short name.
_KINDS: Mapping[str, tuple[LazyText, tuple[str, ...]]] = {
    "registration": (_l("Sign-up"), ("registration",)),
    "broadcast": (_l("Message to participants"), ("broadcast",)),
    "review": (_l("Review"), ("review",)),
    "invitation": (_l("Invitation"), ("invitation",)),
    "account": (
        _l("Account"),
        ("new-password", "password-changed", "second-step", "access", "membership", "email-change", "email-put-back"),
    ),
}
_STATES: Mapping[Status, LazyText] = {
    Status.SET_ASIDE: _l("Set aside"),
    Status.FAILED: _l("Failed"),
    Status.PLANNED: _l("Waiting"),
    Status.SENDING: _l("Being sent"),
    Status.SENT: _l("Sent"),
    Status.WITHDRAWN: _l("Taken back"),
    Status.MISSED: _l("Too late"),
    Status.HELD: _l("Held until they come back"),
}
_CHANNELS: Mapping[str, LazyText] = {"email": _l("by e-mail"), "webchat": _l("in the chat")}
_SEARCHED_BY = frozenset({"q", "kind", "state"})
_ADDRESS = re.compile(r"([^\s<>:;,\"'@])[^\s<>:;,\"'@]*@([^\s<>:;,\"']+)")


@dataclass(frozen=True, slots=True)
class LetterView:
    """One letter's biography. `to` is masked, `why` says what went wrong last; `again_url` is "" when it cannot be tried."""

    number: int
    kind: str
    state: str
    urgent: bool
    to: str
    created: str
    facts: tuple[tuple[str, str], ...]
    why: str
    again_url: str


@blueprint.get("/breve")
def letters() -> str:
    """What was set aside first, then the newest."""
    return _page()


@blueprint.post("/breve/<int:number>/igen")
def try_letter_again(number: int) -> Response | tuple[str, int]:
    """Queue it anew, which is recorded."""
    now = utc_now()
    try:
        with transaction():
            enquiries.try_again(number, now)
            audit.record(current_account(), "letter.tried_again", f"letter:{number}", {}, now)
    except Refusal as refusal:
        return _page([("", str(refusal))]), 409
    flash(_("Letter %(number)s is on its way again.", number=number), "success")
    return redirect(url_for(".letters", q=number), 303)


def masked(text: str) -> str:
    """The same words with every e-mail address shortened to its first letter and its domain."""
    return _ADDRESS.sub(r"\1•••@\2", text)


def _page(errors: list[tuple[str, str]] | None = None) -> str:
    asked, kind, state = said.asked_words(), request.args.get("kind", ""), request.args.get("state", "")
    status = Status(state) if state in set(Status) else None
    kinds = _KINDS[kind][1] if kind in _KINDS else ()
    found, now = enquiries.search(asked, kinds, status, said.asked_page()), utc_now()
    return render_template(
        "staff/letters.html",
        q=asked,
        kind=kind,
        state=state,
        kinds=[("", _("Whatever it is about")), *((code, str(words)) for code, (words, _keys) in _KINDS.items())],
        states=[("", _("All")), *((status.value, str(words)) for status, words in _STATES.items())],
        set_aside=enquiries.set_aside(),
        total=ngettext("%(number)s letter", "%(number)s letters", found.count),
        letters=[_view(each, now) for each in found.letters],
        pages=said.pages(".letters", found.number, found.pages, _SEARCHED_BY),
        errors=errors or [],
    )


def _view(letter: Letter, now: datetime) -> LetterView:
    return LetterView(
        number=letter.id,
        kind=_kind(letter.key),
        state=str(_STATES[letter.status]),
        urgent=letter.status in {Status.SET_ASIDE, Status.FAILED},
        to=_to(letter),
        created=said.moment(letter.created_at),
        facts=tuple(_facts(letter)),
        why=_why(letter),
        again_url=url_for(".try_letter_again", number=letter.id) if enquiries.may_be_tried(letter, now) else "",
    )


def _kind(key: str) -> str:
    prefix = key.partition(":")[0]
    return next((str(words) for words, keys in _KINDS.values() if prefix in keys), prefix)


def _to(letter: Letter) -> str:
    """To whom by which ways, in their order; nothing once the address was deleted."""
    ways = [(each["channel"], masked(each["identifier"])) for each in letter.addresses]
    named = [f"{each} ({_CHANNELS[way]})" if way == "email" else str(_CHANNELS.get(way, way)) for way, each in ways]
    return ", ".join(named) or _("address deleted")


def _facts(letter: Letter) -> list[tuple[str, str]]:
    waits = letter.status == Status.PLANNED
    instants = [
        (_("Next try") if letter.tries or letter.abandoned else _("To be sent"), letter.due_at if waits else None),
        (_("Last tried"), letter.claimed_at if letter.settled_at is None else None),
        (str(_STATES[letter.status]), letter.settled_at),
        (_("Useful until"), letter.good_until if waits else None),
    ]
    found = [(label, said.moment(instant)) for label, instant in instants if instant is not None]
    twice = letter.unanswered + (letter.abandoned if letter.status == Status.SENT else 0)
    if twice:
        said_twice = ngettext(
            "%(number)s time left without an answer", "%(number)s times left without an answer", twice
        )
        found.append((_("May have arrived twice"), said_twice))
    if letter.phoned_at is not None:
        found.append((_("Told by phone"), said.moment(letter.phoned_at)))
    if letter.tries:
        found.append((_("Refused"), ngettext("%(number)s time", "%(number)s times", letter.tries)))
    return found


def _why(letter: Letter) -> str:
    if letter.last_error == ABANDONED:
        return ngettext(
            "The program stopped while it was sending this letter, %(number)s time.",
            "The program stopped while it was sending this letter, %(number)s times.",
            letter.abandoned,
        )
    known = {"defect": _("A defect in our program stopped it."), "no address": _("There was no address to send it to.")}
    return known.get(letter.last_error) or masked(letter.last_error)
