"""How people sign up, on which terms and what they are asked, in the organiser's room. One question is written in `questions`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engage.accounts import audit
from engage.activities import asking, shifts, terms
from engage.activities import dates as activity_dates
from engage.activities.asking import Question, QuestionKind
from engage.activities.models import Activity, SignUpMode
from engage.base import i18n
from engage.base.clock import utc_now
from engage.base.config import current_settings
from engage.base.db import transaction
from engage.base.errors import Refusal
from engage.base.i18n import gettext as _
from engage.base.i18n import in_language, ngettext
from engage.registrations import changes
from engage.registrations import terms as choosing
from engage.registrations.answered import answered
from engage.web import asked
from engage.web.organiser import blueprint, terms_form, terms_words
from engage.web.organiser.date_form import Fields
from engage.web.organiser.dates import changeable, title
from engage.web.organiser.terms_form import Values
from engage.web.who import current_account

PATH = "/aktiviteter/<activity>/tilmelding"
Answer = str | Response | tuple[str, int]
Errors = Sequence[tuple[str, str]]

# Which part of the page each field stands in: a part that something is wrong with is shown unfolded.
_PARTS = {
    "window": {"opens_day", "opens_clock", "closes_number", "cancel_number"},
    "waiting": {"waiting_most", "offer_hours"},
    "approval": set[str](),
    "who": {"group_least", "group_most", "age_from", "age_to", "least_participants"},
}


@dataclass(frozen=True, slots=True)
class QuestionLine:
    """A question in the list: what is asked, how, of whom, and how many have answered."""

    label: str
    language: str
    kind: str
    options: str
    condition: str
    answered: str
    url: str
    first: bool
    last: bool


@blueprint.get(PATH)
def sign_up(activity: str) -> str:
    """The page on which all this stands."""
    own = changeable(activity)
    return _page(own, terms_form.values_of(own), ())


@blueprint.post(PATH)
def save_sign_up(activity: str) -> Answer:
    """Keep how people join and the terms. Both or neither is kept."""
    own, now, fields = changeable(activity), utc_now(), Fields(request.form)
    mode, wanted = terms_form.read_mode(fields, own), terms_form.read(fields)
    for name, refusal in choosing.problems(own.id, wanted, now=now, mode=mode):
        fields.fail(terms_form.place(name), refusal)
    if not fields.errors:
        try:
            _keep(own, mode, wanted, now)
            flash(_("Saved."), "success")
            return redirect(url_for(".sign_up", activity=own.public_id), 303)
        except Refusal as refusal:
            fields.fail("sign_up", refusal)
    return _page(own, Values(request.form), tuple(fields.errors)), 422


def _keep(own: Activity, mode: SignUpMode, wanted: terms.TermsInput, now: datetime) -> None:
    with transaction():
        before = own.sign_up
        changes.choose_sign_up(own.id, mode, now=now)
        changed = set(choosing.choose_terms(own.id, wanted, now=now))
        if before != mode:
            changed.add("sign_up")
        if changed:
            record("terms_changed", own, now, fields=sorted(changed), mode=mode)


def record(action: str, activity: Activity, now: datetime, **facts: Any) -> None:
    """Write what was done with an activity's sign-up into the log."""
    audit.record(current_account(), f"sign_up.{action}", f"activity:{activity.public_id}", facts, now)


def modes() -> list[tuple[str, str, str]]:
    """The ways to join: value, name, and what it means."""
    return [
        (SignUpMode.REGISTRATION, _("For one date"), _("Each date has its own places and its own waiting list.")),
        (SignUpMode.SEVERAL_DATES, _("For several dates in one go"), _("People tick the dates that suit them.")),
        (
            SignUpMode.WHOLE_COURSE,
            _("For the whole course"),
            _("One sign-up counts on every date, and there is one waiting list."),
        ),
        (SignUpMode.DROP_IN, _("No sign-up"), _("People just come.")),
    ]


def _page(own: Activity, values: Values, errors: Errors) -> str:
    told, wrong = terms.of(own), {field for field, _words in errors}
    occurrences = activity_dates.of(own.id)
    number = changes.number_of_sign_ups([each.id for each in occurrences if each.ends_at > utc_now()])
    return render_template(
        "organiser/sign_up.html",
        activity=own,
        title=title(own),
        values=values,
        errors=errors,
        missing={},
        modes=modes(),
        said=terms_words.said(told),
        usual=terms_words.usual(told),
        advice=terms_words.advice(told),
        open={part: bool(fields & wrong) for part, fields in _PARTS.items()},
        units=_units(),
        join_choices=_join_choices(len(occurrences)),
        waiting_modes=_waiting_modes(),
        parties=[("people", _("People")), ("class", _("School classes, with their teacher"))],
        asked_of_each=_asked_of_each(),
        has_roles=bool(shifts.roles(own.id)),
        may_ask_whom=bool(current_settings().city.areas) or told.asks_whom,
        signed_up=ngettext("%(number)s sign-up", "%(number)s sign-ups", number) if number else "",
        questions=_lines(own),
        new_url=url_for(".new_question", activity=own.public_id),
        preview_url=url_for(".sign_up_preview", activity=own.public_id),
        back_url=url_for(".activity", activity=own.public_id),
    )


def _units() -> list[tuple[str, str]]:
    words = {"weeks": _("weeks"), "days": _("days"), "hours": _("hours"), "minutes": _("minutes")}
    return [(unit, words[unit]) for unit in ("hours", "days", "weeks", "minutes")]


def _join_choices(dates: int) -> list[tuple[str, str]]:
    """Until which date a course can be joined."""
    first = [("1", _("Before it begins"))]
    return first + [
        (str(number), _("Until date number %(number)s begins", number=number)) for number in range(2, max(dates, 1) + 1)
    ]


def _waiting_modes() -> list[tuple[str, str, str]]:
    return [
        ("offer", _("The first in line is asked"), _("They say yes or no within a time. Then the next is asked.")),
        (
            "auto",
            _("The first in line gets it"),
            _("They have it at once, and cancel with one press if they cannot come."),
        ),
        ("broadcast", _("Everybody in line is told"), _("The first to take it has it. Good when time is short.")),
        ("manual", _("You choose"), _("Nobody gets it by itself. You see who waits, and offer it to whom you want.")),
    ]


def _asked_of_each() -> list[tuple[str, str]]:
    return [
        ("nothing", _("Nothing, their number is enough")),
        ("age", _("Age")),
        ("name", _("Name")),
        ("name_and_age", _("Name and age")),
    ]


def _lines(own: Activity) -> list[QuestionLine]:
    questions, numbers = asking.asked(own.id), answered(own.id)
    known = {each.public_id: each for each in questions}
    return [
        _line(own, each, known, numbers.get(each.public_id, 0), place, len(questions))
        for place, each in enumerate(questions)
    ]


def _line(
    own: Activity, question: Question, known: dict[str, Question], number: int, place: int, count: int
) -> QuestionLine:
    reason = known.get(question.shown_when.get("question", ""))
    label = in_language(question.labels)
    wanted = i18n.current_language()
    must = _("must be answered") if question.required else _("may be left out")
    return QuestionLine(
        label=label,
        language=wanted if question.labels.get(wanted) else next(iter(question.labels), wanted),
        kind=f"{kinds()[QuestionKind(question.kind)]}, {must}",
        options=" · ".join(in_language(each["labels"]) for each in question.offered),
        condition=asked.said_condition(question, reason) if reason else "",
        answered=ngettext("%(number)s has answered", "%(number)s have answered", number) if number else "",
        url=url_for(".question_page", activity=own.public_id, question=question.public_id),
        first=place == 0,
        last=place == count - 1,
    )


def kinds() -> dict[QuestionKind, str]:
    """What each kind of answer is called."""
    return {
        QuestionKind.TEXT: _("In their own words"),
        QuestionKind.YES_NO: _("Yes or no"),
        QuestionKind.CHOICE: _("One of several answers"),
        QuestionKind.SEVERAL: _("Any of several answers"),
        QuestionKind.NUMBER: _("A number"),
    }
