"""The page at the door: a form for a code or a name, the answer, the list with its buttons; all of it without JavaScript."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Response, make_response, render_template, request
from flask_wtf.csrf import generate_csrf

from engage.activities import asking
from engage.activities.models import Kind, SignUpMode
from engage.base import wording
from engage.base.clock import utc_now
from engage.base.config import current_settings
from engage.base.db import transaction
from engage.base.i18n import gettext as _
from engage.base.i18n import in_language, ngettext
from engage.registrations import guests
from engage.registrations.application import SeatsNotPossible
from engage.registrations.attendance import (
    Answer,
    Code,
    DoorShut,
    Keeper,
    LinkState,
    door_links,
    lists,
    scan_of,
    words_of,
)
from engage.registrations.attendance.checking import found as found_by
from engage.registrations.attendance.checking import unanswered, window
from engage.web.assets import CHECK_IN
from engage.web.at_door.posts import Post, remember

# The camera is for this page alone.
_CAMERA = "camera=(self), microphone=(), geolocation=()"


@dataclass(frozen=True, slots=True)
class LineView:
    """A sign-up in the list, with what can be done."""

    public_id: str
    name: str
    facts: str
    state: str
    look: str  # "in", "part", "absent", "open" or "off"
    left: int  # of the group, not there yet
    inside: int
    choices: tuple[int, ...]
    leaving: tuple[int, ...]  # how many of a group may leave
    may_enter: bool
    may_leave: bool
    may_be_absent: bool
    undoes: str  # what "Undo" takes back


@dataclass(frozen=True, slots=True)
class AnswerView:
    """What became of a scan: words, colour, icon, and for the loudspeaker a sound."""

    code: str
    look: str
    icon: str
    words: str
    name: str
    facts: tuple[str, ...]
    again: tuple[str, str, str] | None  # a button: the sign-up it is for, its words, and how many were to come
    sign_up: str = ""


def show(post: Post, answer: Answer | None = None, error: str = "", status: int = 200) -> Response:
    """The page. Looking at its list stands in the log; what is shown after a press is told by what was pressed."""
    now, shell = utc_now(), "skal" in request.args
    names = post.shows_names and not shell
    if names and request.method == "GET":
        with transaction():
            post.record("door_seen", now)
    if post.link is not None:
        remember(post)
    every = lists.lines(post.occurrence, full_names=post.full_names) if names else []
    asked = "" if shell else _asked()
    named, found = _narrowed(post, every, asked)
    page = render_template(
        "at_door/check_in.html",
        **frame(post, now),
        numbers=_numbers(lists.numbers(every)),
        lines=[line(each) for each in found],
        named=named,
        asked=asked,
        too_short=bool(named and not found and len("".join(asked.split())) < lists.LEAST_LETTERS),
        answer=view(post, answer) if answer else None,
        error=error,
        conflicts=[_conflict(post, each) for each in lists.conflicts(post.occurrence, full_names=post.full_names)]
        if names
        else [],
        nonce=secrets.token_hex(6),
        shell=shell,
        modules=CHECK_IN,
    )
    response = make_response(page, status)
    response.headers["Permissions-Policy"] = _CAMERA
    return response


def frame(post: Post, now: datetime) -> dict[str, Any]:
    """What every page at the door shows."""
    date = post.occurrence
    return {
        "post": post,
        "title": post.title,
        "when": post.when(now),
        "opening": post.opening(now),
        "helper": post.link is not None,
        "layout": "at_door/helper.html" if post.link is not None else "organiser/base.html",
        "roles": [(each.public_id, in_language(each.names)) for each in guests.roles(date.id)],
        "drop_in": date.activity.sign_up == SignUpMode.DROP_IN,
        "volunteer": date.activity.kind == Kind.VOLUNTEER,
        "settings": settings(post),
    }


def settings(post: Post) -> dict[str, Any]:
    """What the page's script is told: addresses, times, and the words it says."""
    date = post.occurrence
    opens, closes = window(date, post.keeper)
    return {
        "date": date.public_id,
        "list": post.url("listed"),
        "sync": post.url("sync"),
        "worker": post.url("worker"),
        "page": post.url(),
        "who": post.link.public_id if post.link else post.account.public_id if post.account else "",
        "opensAt": int(opens.timestamp() * 1000),
        "closesAt": int(closes.timestamp() * 1000),
        "actsUntil": int(window(date, Keeper())[1].timestamp() * 1000),
        "mostSeats": current_settings().largest_class,
        "zone": date.timezone.key,
        "wipeAt": int(date.ends_at.timestamp() * 1000) + 24 * 3600 * 1000,
        "csrf": generate_csrf(),
        "codes": {code.value: {"words": words_of(code), "look": Answer(code).look.value} for code in Code},
        "words": _spoken(),
    }


def _spoken() -> dict[str, str]:
    """What the script says by itself; `{...}` is filled in there."""
    return {
        "online": _("Connected"),
        "offline": _("No connection. Go on: everything is kept on this device and sent later."),
        "waiting": _("{n} waiting to be sent"),
        "age": _("List from {time}"),
        "noList": _("This device has no list yet. It needs a connection once before it works without one."),
        "noted": _("Noted on this device, not sent yet"),
        "signIn": _("You are signed out. What is waiting is kept; sign in again to send it."),
        "shut": _("This link is closed. {n} could not be sent; tell the organiser."),
        "shutBare": str(DoorShut.message),
        "notSent": _("{n} could not be sent. They are kept here; try again or tell the organiser."),
        "camera": _("Scan with the camera"),
        "cameraOff": _("Stop the camera"),
        "noCamera": _("The camera cannot be used here. Type the code or the name instead."),
        "of": _("{inside} of {of} are in"),
        "places": _("{n} places"),
        "noName": _("Nobody on the list is called that."),
        "notHere": _("Not on the list of this device (from {time})."),
        "conflict": _("Let in without a connection, but: {why}"),
        "wiped": _("The names were deleted from this device."),
        "again": _("Try again"),
        "seatsPossible": str(SeatsNotPossible(least=1, most=current_settings().largest_class)),
        "enter": _("Check in"),
        "leave": _("Check out"),
        "absent": _("Not there"),
        "undo": _("Undo"),
        "inState": _("In"),
        "absentState": _("Not there"),
        "openState": _("Not marked"),
        "howMany": _("How many of {n} came?"),
        "howManyLeave": _("How many of {n} leave?"),
        "left": _("Has left"),
        "tooShort": _("Type at least three letters."),
        "anyway": _("Let them in anyway"),
        "expected": _("expected"),
        "came": _("came"),
        "unmarked": _("not marked"),
        "notThere": _("not there"),
        "inside": _("inside now"),
    }


def _asked() -> str:
    """What the address asks for: a ticket from a code, or what was typed before."""
    return " ".join((request.args.get("billet") or request.values.get("find") or "").split())[:200]


def _narrowed(post: Post, every: Sequence[lists.Line], asked: str) -> tuple[str, Sequence[lists.Line]]:
    """What the list is narrowed to: one sign-up by its ticket or code, or names; and what was asked for by name."""
    if not asked:
        return "", every
    scan = scan_of(asked, "")
    registration, code = found_by(post.occurrence, scan) if scan.ticket or scan.code else (None, Code.UNKNOWN)
    if registration is not None and code == Code.OK:
        return asked, [each for each in every if each.public_id == registration.public_id]
    return asked, lists.search(every, asked)


def line(each: lists.Line) -> LineView:
    """A sign-up of the list, in words."""
    left = max(0, each.seats - each.inside)
    seats = ngettext("%(number)s place", "%(number)s places", each.seats)
    facts = [seats] if each.seats > 1 else []
    facts += [each.role] if each.role else []
    facts += [_("walk-in")] if each.walk_in else []
    if each.minutes is not None and each.came:
        facts.append(wording.duration(each.minutes))
    return LineView(
        each.public_id, each.name, ", ".join(facts), _state(each), _look(each), left, each.inside,
        tuple(range(1, left + 1)) if each.seats > 1 else (), tuple(range(1, each.inside + 1)),
        each.expected and left > 0, each.inside > 0,
        each.expected and each.came is None, each.last,
    )  # fmt: skip


def _look(each: lists.Line) -> str:
    if not each.expected:
        return "off"
    if each.came is None:
        return "open"
    if each.came == 0:
        return "absent"
    return "in" if each.inside >= each.seats else "part"


def _state(each: lists.Line) -> str:
    if each.came is None:
        return _("Not marked")
    if each.came == 0:
        return _("Not there")
    if each.inside == 0:
        return _("Has left")
    if each.inside < each.seats:
        return _("%(inside)s of %(of)s are in", inside=each.inside, of=each.seats)
    return _("In")


def _numbers(numbers: lists.Numbers) -> list[tuple[str, str]]:
    found = [(_("expected"), numbers.expected), (_("came"), numbers.came), (_("not marked"), numbers.unmarked)]
    found += [(_("not there"), numbers.absent)] if numbers.absent else []
    found += [(_("inside now"), numbers.inside)] if numbers.inside != numbers.came else []
    return [(words, str(number)) for words, number in found]


def view(post: Post, answer: Answer) -> AnswerView:
    """An answer in words. Of a ticket for something else nobody is told whose it is, nor who it was when the date is over."""
    known = answer.registration if answer.code != Code.WRONG_DATE else None
    zone, facts = post.occurrence.timezone, []
    if answer.of > 1 and known is not None:
        facts.append(_("%(inside)s of %(of)s are in", inside=answer.inside, of=answer.of))
    if answer.at is not None and not answer.good:
        facts.append(f"{_moment(answer.at.astimezone(zone))}, {answer.by}".strip(" ,"))
    if answer.conflict:
        facts.append(_("Let in without a connection, but: %(why)s", why=words_of(Code(answer.conflict))))
    if answer.code == Code.QUESTION_MISSING and known is not None:
        facts += _questions(post, answer)
    asks = known is not None and answer.code == Code.QUESTION_MISSING
    return AnswerView(
        answer.code.value, answer.look.value, answer.icon, answer.words,
        lists.name(known, full=post.full_names) if known is not None and post.shows_names else "", tuple(facts),
        (known.public_id, _("Let them in anyway"), str(answer.seats or "")) if known is not None and asks else None,
        known.public_id if known is not None else "",
    )  # fmt: skip


def _questions(post: Post, answer: Answer) -> list[str]:
    assert answer.registration is not None
    missing = set(unanswered(answer.registration, post.occurrence))
    labels = {each.public_id: in_language(each.labels) for each in asking.asked(post.occurrence.activity_id)}
    return [labels[name] for name in labels if name in missing]


def _moment(local: datetime) -> str:
    return f"{wording.long_date(local.date())} {wording.clock(local)}"


def _conflict(post: Post, each: lists.Conflict) -> tuple[str, str, str]:
    """(sign-up, name, what was wrong) of somebody let in without a connection."""
    local = each.at.astimezone(post.occurrence.timezone)
    by = f", {each.by}" if each.by else ""
    return each.registration_public_id, each.name, f"{words_of(each.code)} ({wording.clock(local)}{by})"


def links(post: Post, new: str) -> str:
    """The links for helpers, with how they stand; `new` is the address of the one just made, shown once."""
    now, date = utc_now(), post.occurrence
    words = {
        LinkState.EARLY: _("Opens the day before"),
        LinkState.ACTIVE: _("Active"),
        LinkState.SYNCS: _("Over. Still takes what was noted without a connection"),
        LinkState.EXPIRED: _("Over"),
        LinkState.REVOKED: _("Closed by the organiser"),
    }
    found = [
        (each, words[state], state in {LinkState.EARLY, LinkState.ACTIVE})
        for each in door_links.of_date(date.id)
        for state in [door_links.state(each, date, now)]
    ]
    return render_template("at_door/links.html", **frame(post, now), found=found, new=new)


def hours(post: Post) -> str:
    """Volunteers' hours, by name and never by number."""
    now = utc_now()
    with transaction():
        post.record("hours_seen", now)
    came = [each for each in lists.lines(post.occurrence, full_names=True) if each.came and each.minutes is not None]
    marks = lists.marks(post.occurrence.id)
    ids = {each.registration.public_id: each for each in marks.values()}
    found = [(each, ids[each.public_id], wording.duration(each.minutes or 0)) for each in came]
    return render_template("at_door/hours.html", **frame(post, now), found=found)
