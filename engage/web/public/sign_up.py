"""Signing up by the form on an activity's page, and what to do then.

The answer is the same whoever signs up, so that nobody learns who comes.
"""

from datetime import datetime

from flask import redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response as AnyResponse

from engage import registrations
from engage.activities import remembered as dates
from engage.activities.facts import OccurrenceFacts
from engage.activities.models import SignUpMode
from engage.base import i18n, links, wording
from engage.base.clock import utc_now
from engage.base.config import current_settings
from engage.base.db import transaction
from engage.base.errors import Refusal
from engage.base.i18n import gettext as _
from engage.base.i18n import ngettext
from engage.registrations import Application, Outcome, conditions
from engage.registrations.application import Problem
from engage.web import cards, party
from engage.web.public import blueprint, form, form_view, holding
from engage.web.public.activity import page
from engage.web.public.date import found
from engage.web.public.form import Asked, Filled

_NAME = "received"
_MOST_TOLD = 60  # dates of a course on one page


@blueprint.post(links.OCCURRENCE + "/tilmeld")
def sign_up(activity: str, slug: str, occurrence: str) -> AnyResponse | tuple[str, int]:
    """Send in the form."""
    now, (facts, revision) = utc_now(), found(occurrence)
    asked = form.asked(facts, conditions.of(facts, revision, now), now, holding.current(facts))
    filled = form.read(request.form, asked)
    application = form.application(filled, asked, holding.key(facts))
    problems = form.problems(filled, application, asked, now)
    if "keep" in request.form:
        problems = form.of_places(problems)
        return _again(filled, asked, problems, revision, now, keeps=True), 422 if problems else 200
    if not problems:
        try:
            with transaction():
                outcomes = _carry_out(filled, application, asked, now)
        except Refusal as refusal:
            problems = [("", refusal)]
        else:
            holding.used_up()
            return _received(filled, asked, outcomes)
    return _again(filled, asked, problems, revision, now), 422


def _carry_out(filled: Filled, application: Application, asked: Asked, now: datetime) -> list[Outcome]:
    if asked.several:
        ids = [each.occurrence_id for each in form.dates_of(filled, asked)]
        return registrations.sign_up_for_several(ids, application, now=now)
    return [registrations.sign_up(_first_date(asked), application, now=now)]


def _first_date(asked: Asked) -> int:
    """The date that is signed up for; a course begins for them with its next one, whichever date's page they are on."""
    if asked.facts.sign_up == SignUpMode.WHOLE_COURSE:
        coming = [each.occurrence_id for each in asked.dates if not each.cancelled]
        return (coming or [asked.facts.occurrence_id])[0]
    return asked.facts.occurrence_id


def _again(
    filled: Filled, asked: Asked, problems: list[Problem], revision: int, now: datetime, *, keeps: bool = False
) -> str:
    """The form with what is missing, and the places kept meanwhile where few are left, or where somebody asks for that."""
    rooms = form.worth_holding(filled, asked, problems)
    holds = holding.keep(asked.facts, rooms, form.seats_of(filled, asked)) if rooms else asked.holds
    asked = form.held(asked, holds)
    more_lines = party.is_only_more_lines(problems, filled.party)
    errors = () if more_lines else party.worded(problems)
    shown = form_view.view(
        asked,
        filled,
        now,
        errors,
        asks_to_wait=form.is_asked_to_wait(filled, problems),
        more_lines=more_lines,
        kept_in_vain=keeps and not problems,
    )
    return page(asked, dates.others(asked.facts, revision, now), now, shown, errors)


def _received(filled: Filled, asked: Asked, outcomes: list[Outcome]) -> AnyResponse:
    chosen = sorted(form.dates_of(filled, asked), key=lambda each: each.occurrence_id) if asked.several else []
    names = [each.occurrence for each in chosen] or [asked.facts.occurrence]
    session[_NAME] = {
        "email": filled.email.strip(),
        "dates": [[name, each.waiting, each.held] for name, each in zip(names, outcomes, strict=True)],
        "course": _course_dates(asked),
        "seats": form.seats_of(filled, asked),
        "approval": any(each.pending_approval for each in outcomes),
    }
    return redirect(url_for(".received"), 303)


def _course_dates(asked: Asked) -> list[str]:
    """The dates that one sign-up for a course counts on from now, which may begin after the one whose page it was on."""
    if asked.facts.sign_up != SignUpMode.WHOLE_COURSE:
        return []
    return [each.occurrence for each in asked.dates if not each.cancelled][:_MOST_TOLD]


@blueprint.get("/tilmelding/modtaget")
def received() -> str | AnyResponse:
    """What to do now: look in the mail."""
    known = session.get(_NAME)
    if not isinstance(known, dict) or not known.get("dates"):
        return redirect(url_for(".activities"))
    pairs = [(date, waits, held) for name, waits, held in known["dates"] if (date := _date(name)) is not None]
    if not pairs:
        return redirect(url_for(".activities"))
    first = pairs[0][0]
    course = [date for name in known.get("course", ()) if (date := _date(name)) is not None]
    return render_template(
        "public/received.html",
        email=known["email"],
        title=first.title,
        language_of_title=first.language,
        dates=tuple(_line(*each, seats=known.get("seats", 1), approval=known["approval"]) for each in pairs),
        course=tuple(wording.when(each.starts_at, each.ends_at, each.zone, utc_now()) for each in course),
        minutes=int(current_settings().confirm_within.total_seconds() // 60),
        back_url=cards.occurrence_url(first),
        mailbox_url=url_for("development.mails") if current_settings().development else "",
    )


def _date(name: str) -> OccurrenceFacts | None:
    known = dates.now_at(name, i18n.current_language())
    return known[0] if known is not None and known[0].published else None


def _line(facts: OccurrenceFacts, waits: bool, held: bool, *, seats: int, approval: bool) -> tuple[str, str]:
    """A date, and how it stands there."""
    return wording.when(facts.starts_at, facts.ends_at, facts.zone, utc_now()), _standing(waits, held, seats, approval)


def _standing(waits: bool, held: bool, seats: int, approval: bool) -> str:
    kept = ngettext("We keep your place until then.", "We keep your places until then.", seats)
    if approval:
        return (kept + " " if held else "") + _(
            "When you have confirmed, the organiser looks at your sign-up and says yes or no."
        )
    if waits:
        return _("All places are taken. When you have confirmed, you are on the waiting list.")
    if held:
        return kept
    return ngettext(
        "You have a place when you have confirmed, if there still is one.",
        "You have your places when you have confirmed, if there still are so many.",
        seats,
    )
