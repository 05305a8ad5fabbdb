"""Who is to be phoned, in words: for staff, who see everybody, and for organisers, who see their own dates' guests."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import request

from engage.accounts import User
from engage.base import wording
from engage.base.db import db
from engage.base.i18n import gettext as _
from engage.registrations import Registration
from engage.registrations.calling import Call, Untold
from engage.web.organiser.dates import title

_MOST_LETTERS = 20


@dataclass(frozen=True, slots=True)
class UntoldView:
    """Something they do not know: as it was to be read, and why it was not."""

    subject: str
    lines: tuple[str, ...]
    language: str
    since: str
    why: str


@dataclass(frozen=True, slots=True)
class MarkView:
    """That somebody marked them: why, when and who. `at` tells this mark from a later one."""

    why: str
    since: str
    by: str
    at: str


@dataclass(frozen=True, slots=True)
class CallView:
    """Somebody to phone. `letters` are the numbers of what they do not know."""

    sign_up: str
    name: str
    phones: tuple[str, ...]
    email: str
    title: str
    when: str
    spoken: str
    guest_url: str
    done_url: str
    letters: tuple[int, ...]
    untold: tuple[UntoldView, ...]
    mark: MarkView | None


def view(call: Call, guest_url: Callable[[Registration], str], done_url: Callable[[Registration], str]) -> CallView:
    """One call; the doors know where its pages are."""
    registration, occurrence = call.registration, call.registration.occurrence
    when = wording.when(occurrence.starts_at, occurrence.ends_at, occurrence.timezone)
    return CallView(
        sign_up=registration.public_id,
        name=registration.name or "",
        phones=call.phones,
        email=registration.email or "",
        title=title(occurrence.activity),
        when=when[:1].upper() + when[1:],
        spoken=wording.spoken_name(registration.language),
        guest_url=guest_url(registration),
        done_url=done_url(registration),
        letters=tuple(each.letter_id for each in call.untold),
        untold=tuple(_untold(each, call) for each in call.untold),
        mark=mark(registration),
    )


def mark(registration: Registration) -> MarkView | None:
    """The mark that was set by hand, if there is one."""
    if registration.to_phone_at is None:
        return None
    by = db.session.get(User, registration.to_phone_by_id) if registration.to_phone_by_id else None
    return MarkView(
        why=registration.to_phone_why,
        since=wording.dated_instant(registration.to_phone_at, registration.occurrence.timezone),
        by=by.name if by else "",
        at=registration.to_phone_at.isoformat(),
    )


def _untold(untold: Untold, call: Call) -> UntoldView:
    message, zone = untold.message, call.registration.occurrence.timezone
    # Without the greeting; a card says what is new of a date.
    lines = [*message.text[1:], *(line for card in message.cards for line in card.lines)]
    return UntoldView(
        subject=message.subject,
        lines=tuple(lines),
        language=message.language,
        since=wording.dated_instant(untold.since, zone),
        why=_why(untold.why),
    )


def _why(error: str) -> str:
    if error == "no address":
        return _("We have no e-mail address and no chat of theirs.")
    if error in {"address is off", "blocked"} or error.startswith("told when"):
        return _("They have closed the chat, and there is no other address.")
    if error.startswith("uncertain"):
        return _("It may have arrived, but nobody said so.")
    return _("None of their addresses took it.")


def done(letters: Sequence[int]) -> str:
    """What is said when a call is written down."""
    return _("It is written down that they know.") if letters else _("It is written down that they were phoned.")


def chosen_letters() -> list[int]:
    """The numbers of the letters that a form says were told."""
    sent = request.form.getlist("letter")[:_MOST_LETTERS]
    return [int(each) for each in sent if each.isascii() and each.isdecimal() and len(each) < 10]


def chosen_mark() -> datetime | None:
    """Since when somebody was marked, as the form was made; None where it is about letters alone."""
    try:
        return datetime.fromisoformat(request.form.get("mark", ""))
    except ValueError:
        return None
