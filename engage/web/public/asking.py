"""Asking us something on the web: the contact page with its form, and the answers staff have approved."""

from dataclasses import dataclass

from flask import Response, abort, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from engage import people, questions
from engage.activities import typed
from engage.activities.models import Activity, ActivityState
from engage.base import i18n, links, tokens, wording
from engage.base.clock import utc_now
from engage.base.config import current_settings
from engage.base.db import db, transaction
from engage.base.i18n import ngettext
from engage.base.limits import Rate, TooOften, take
from engage.questions import AnswerState, ApprovedAnswer, Asked, approved, asking
from engage.questions.refusals import NoQuestion, NoWayBack, TooManyQuestions
from engage.web import visiting
from engage.web.public import blueprint
from engage.web.who import client_key

Answer = str | Response | AnyResponse | tuple[str, int]
# One browser says once a day of an answer whether it helped.
_ONCE_A_DAY = Rate(burst=1, per_second=1 / (24 * 60 * 60))


@dataclass(frozen=True, slots=True)
class AnswerView:
    """An approved answer in the page's language, or in one there is; `in_words` names that one where it is another."""

    name: str
    language: str
    in_words: str
    question: str
    paragraphs: tuple[str, ...]
    url: str


@blueprint.get(links.CONTACT)
def contact() -> str:
    """Where a citizen reaches a human being, and a form to write to one."""
    return _page({"activity": request.args.get("aktivitet", "")})


@blueprint.post(links.CONTACT)
def ask() -> Answer:
    """Put the question to staff. Nothing is sent to the address before somebody answers."""
    values = {name: request.form.get(name, "") for name in ("name", "email", "question", "activity")}
    visit = visiting.current()
    activity, email = _activity(values["activity"]), typed.line(values["email"])
    asked = Asked(
        text=values["question"],
        language=i18n.current_language(),
        channel="web",
        person_id=visit.address.person_id if visit and visit.address.identifier == email.lower() else None,
        email=email,
        name=values["name"],
        activity_id=activity.id if activity else None,
        client=client_key(),
        notice_version=current_settings().city.notice_version,
    )
    try:
        with transaction():
            questions.ask(asked, now=utc_now())
    except TooManyQuestions as refusal:
        return _page(values, [("", str(refusal))]), 429
    except NoQuestion as refusal:
        return _page(values, [("question", str(refusal))]), 422
    except (NoWayBack, people.EmailNotUsable):
        return _page(values, [("email", str(NoWayBack.message))]), 422
    return redirect(url_for(".asked"), 303)


@blueprint.get(links.CONTACT + "/sendt")
def asked() -> str:
    """What happens next."""
    return render_template("public/asked.html", within=_within())


@blueprint.get(links.QUESTIONS)
def answers() -> str:
    """The approved answers, by topic, or those that fit what was typed."""
    words = typed.line(request.args.get("q", ""))[:200]
    found = [match.answer for match in questions.fitting(words, i18n.current_language())] if words else []
    every = approved.answers(AnswerState.APPROVED)
    # A page is searched more freely than a chat answers: whoever looks may judge for themselves.
    if words and not found:
        found = [each for each in every if _holds(each, words)]
    shown = found if words else every
    return render_template(
        "public/answers.html",
        q=words,
        nothing=bool(words) and not found,
        topics=[
            (topic.value, str(name), views)
            for topic, name in approved.TOPICS.items()
            if (views := [_view(each) for each in shown if each.topic == topic])
        ],
        thanks=request.args.get("tak", ""),
    )


@blueprint.post(links.QUESTIONS + "/<answer>/hjalp")
def said_helped(answer: str) -> AnyResponse:
    """Count that an answer helped, or that it did not; then a person may."""
    found = approved.given(answer)
    if found is None:
        abort(404)
    useful = request.form.get("helped") == "1"
    browser = tokens.stand_in(current_settings().secret_key, f"{client_key()}:{answer}")
    try:
        take(f"helped:{browser}", _ONCE_A_DAY, utc_now())
    except TooOften:
        pass  # counted before; thanked all the same
    else:
        with transaction():
            approved.count_helped(found, useful)
    thanks = url_for(".answers", tak=answer) + f"#{answer}"
    return redirect(thanks if useful else url_for(".contact") + "#ask", 303)


def _page(values: dict[str, str], errors: list[tuple[str, str]] | None = None) -> str:
    visit = visiting.current()
    activity = _activity(values.get("activity", ""))
    return render_template(
        "public/contact.html",
        values={"email": visit.address.identifier if visit else "", **values},
        errors=errors or [],
        activity=_title(activity) if activity else "",
        within=_within(),
        days=current_settings().city.keep_questions.days,
        longest=asking.LONGEST_TEXT,
    )


def _within() -> str:
    return ngettext(
        "A person answers within %(number)s weekday.",
        "A person answers within %(number)s weekdays.",
        current_settings().city.answer_weekdays,
    )


def _activity(name: str) -> Activity | None:
    if not name:
        return None
    shown = (ActivityState.PUBLISHED, ActivityState.CALLED_OFF)
    return db.session.scalar(select(Activity).where(Activity.public_id == name, Activity.state.in_(shown)))


def _title(activity: Activity) -> str:
    return i18n.in_language({each.language: each.title for each in activity.texts})


def _view(found: ApprovedAnswer) -> AnswerView:
    language, question, answer = approved.in_words(found)
    other = language != i18n.current_language()
    return AnswerView(
        name=found.public_id,
        language=language,
        in_words=wording.spoken_name(language) if other else "",
        question=question,
        paragraphs=tuple(each for each in answer.split("\n\n") if each.strip()),
        url=found.url,
    )


def _holds(found: ApprovedAnswer, words: str) -> bool:
    _language, question, answer = approved.in_words(found)
    text = f"{question} {answer}".casefold()
    return all(word in text for word in words.casefold().split())
