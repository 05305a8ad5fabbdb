"""The desk of questions: what citizens ask, who of us answers it, and the answer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engage.accounts import User
from engage.base import links, wording
from engage.base.clock import utc_now
from engage.base.config import current_settings
from engage.base.db import transaction
from engage.base.errors import Refusal
from engage.base.i18n import NAMES, LazyText, in_language, ngettext
from engage.base.i18n import gettext as _
from engage.base.i18n import lazy_gettext as _l
from engage.people.holdings import channel_words
from engage.questions import CitizenQuestion, QuestionState, desk
from engage.questions.letters import message
from engage.questions.models import WAITING
from engage.questions.refusals import NoAnswer, NoSuchQuestion
from engage.web.staff import blueprint, said
from engage.web.who import current_account

Answer = str | Response | tuple[str, int]
_MINE = "mine"
_STATES: dict[str, LazyText] = {
    QuestionState.OPEN: _l("Waiting"),
    _MINE: _l("Mine"),
    QuestionState.ANSWERED: _l("Answered"),
    QuestionState.CLOSED: _l("Put away"),
}
_SEARCHED_BY = frozenset({"q", "state", "language"})
_SHORT = 160


@dataclass(frozen=True, slots=True)
class LineView:
    """A question in the list."""

    url: str
    text: str
    language: str
    spoken: str
    channel: str
    since: str
    taken_by: str
    late: bool
    helped: bool | None


@blueprint.get(links.DESK.removeprefix("/staff"))
def questions() -> str:
    """Those that wait, the longest first; or one's own, those answered, those put away."""
    state, language = request.args.get("state", QuestionState.OPEN), request.args.get("language", "")
    state = state if state in _STATES else QuestionState.OPEN
    words, by = said.asked_words(), current_account()
    found = (
        desk.search(QuestionState.TAKEN, mine=by, language=language, words=words, page=said.asked_page())
        if state == _MINE
        else desk.search(QuestionState(state), language=language, words=words, page=said.asked_page())
    )
    now, helped = utc_now(), desk.usefulness()
    return render_template(
        "staff/questions.html",
        q=words,
        state=state,
        language_asked=language,
        states=[(code, str(name), _count(code, by)) for code, name in _STATES.items()],
        languages_asked=[("", _("All languages")), *((code, NAMES.get(code, code)) for code in _languages())],
        total=ngettext("%(number)s question", "%(number)s questions", found.count),
        lines=[_line(each, now) for each in found.questions],
        pages=said.pages(".questions", found.number, found.pages, _SEARCHED_BY),
        useful=helped[0],
        useless=helped[1],
    )


@blueprint.get("/spoergsmaal/<question>")
def question(question: str) -> str:
    """One question, who answers it, and the form for the answer."""
    return _page(_found(question))


@blueprint.post("/spoergsmaal/<question>/tag")
def take_question(question: str) -> Answer:
    """Say that one answers it; `from` names a colleague it is taken over from."""
    over_from = request.form.get("from", "")
    return _done(question, lambda by, now: desk.take_on(question, by=by, now=now, over_from=over_from))


@blueprint.post("/spoergsmaal/<question>/giv-tilbage")
def give_question_back(question: str) -> Answer:
    """Let somebody else answer it."""
    return _done(question, lambda by, now: desk.give_back(question, by=by, now=now))


@blueprint.post("/spoergsmaal/<question>/luk")
def close_question(question: str) -> Answer:
    """Put it away without an answer."""
    return _done(question, lambda by, now: desk.close(question, by=by, now=now), _("Put away. Nobody was written to."))


@blueprint.post("/spoergsmaal/<question>/genaabn")
def reopen_question(question: str) -> Answer:
    """Take it out again."""
    return _done(question, lambda by, now: desk.reopen(question, by=by, now=now))


@blueprint.post("/spoergsmaal/<question>/svar")
def answer_question(question: str) -> Answer:
    """Show the answer as it will be read, or send it; afterwards it may be approved for everybody."""
    found, words, do = _found(question), request.form.get("answer", ""), request.form.get("do", "")
    if do == "preview":
        return _page(found, words=words, preview=True)
    try:
        with transaction():
            desk.answer(question, words, by=current_account(), now=utc_now())
    except NoAnswer as refusal:
        return _page(found, [("answer", str(refusal))]), 422
    except NoSuchQuestion:
        abort(404)
    except Refusal as refusal:
        return _page(_found(question), [("", str(refusal))], words=words), 409
    flash(_("The answer is on its way."), "success")
    if do == "send_and_keep":
        return redirect(url_for(".new_answer", question=question), 303)
    return redirect(url_for(".questions"), 303)


def _done(name: str, act: Callable[[User, datetime], CitizenQuestion], words: str = "") -> Answer:
    try:
        with transaction():
            act(current_account(), utc_now())
    except NoSuchQuestion:
        abort(404)
    except Refusal as refusal:
        return _page(_found(name), [("", str(refusal))]), 409
    if words:
        flash(words, "success")
    return redirect(url_for(".question", question=name), 303)


def _found(name: str) -> CitizenQuestion:
    found = desk.by_public_id(name)
    if found is None:
        abort(404)
    return found


def _page(
    found: CitizenQuestion, errors: Sequence[tuple[str, str]] = (), words: str = "", preview: bool = False
) -> str:
    by = current_account()
    holder = found.taken_by if found.state == QuestionState.TAKEN else None
    return render_template(
        "staff/question.html",
        question=found,
        line=_line(found, utc_now()),
        asked=said.moment(found.asked_at),
        waits=found.state in WAITING,
        mine=holder is not None and holder.id == by.id,
        holder=holder,
        answered=_answered(found),
        about=_about(found),
        before=found.after if found.after is not None and found.after.forgotten_at is None else None,
        reachable=desk.is_reachable(found),
        way=_way(found),
        words=words,
        preview=_preview(found, words) if preview else None,
        longest=desk.LONGEST_ANSWER,
        log_url=url_for(".log", about=f"question:{found.public_id}"),
        errors=errors,
    )


def _preview(found: CitizenQuestion, words: str) -> tuple[str, tuple[str, ...]]:
    """(subject, paragraphs) of the letter; worded from a copy, as nothing is written."""
    as_answered = CitizenQuestion(
        public_id=found.public_id, text=found.text, language=found.language, answer=words.replace("\r\n", "\n").strip()
    )
    letter = message(as_answered, quoted=bool(found.identifier) or desk.has_proven_address(found))
    return letter.subject, letter.text


def _line(found: CitizenQuestion, now: datetime) -> LineView:
    text = " ".join(found.text.split())
    holder = found.taken_by if found.state == QuestionState.TAKEN else None
    days = weekdays_since(found.asked_at, now)
    return LineView(
        url=url_for(".question", question=found.public_id),
        text=(text if len(text) <= _SHORT else f"{text[:_SHORT].rstrip()} …") or _("The text is deleted"),
        language=found.language,
        spoken=wording.spoken_name(found.language),
        channel=channel_words(found.channel),
        since=said.moment(found.asked_at),
        taken_by=holder.name if holder is not None else "",
        late=found.state in WAITING and days > current_settings().city.answer_weekdays,
        helped=found.helped,
    )


def weekdays_since(since: datetime, now: datetime) -> int:
    """How many weekdays have begun after an instant, in the city's zone."""
    zone = current_settings().city.zone
    first, last = since.astimezone(zone).date().toordinal(), now.astimezone(zone).date().toordinal()
    return sum(1 for day in range(first + 1, last + 1) if datetime.fromordinal(day).weekday() < 5)


def _answered(found: CitizenQuestion) -> str:
    if found.answered_at is None:
        return ""
    name = found.answered_by.name if found.answered_by is not None else _("An account that is erased")
    return _("%(who)s answered on %(time)s.", who=name, time=said.moment(found.answered_at))


def _about(found: CitizenQuestion) -> tuple[str, str]:
    if found.activity is None:
        return "", ""
    titles = {each.language: each.title for each in found.activity.texts}
    url = url_for("public.activity", activity=found.activity.public_id, slug=found.activity.slug)
    return in_language(titles), url


def _way(found: CitizenQuestion) -> str:
    if found.identifier and found.email:
        return _("To the chat, and to %(email)s", email=found.email)
    return _("To the chat") if found.identifier else found.email or ""


def _count(state: str, by: User) -> int:
    if state == _MINE:
        return desk.waiting(by)
    if state == QuestionState.OPEN:
        return desk.waiting()
    return desk.counts()[QuestionState(state)]


def _languages() -> tuple[str, ...]:
    return current_settings().city.languages
