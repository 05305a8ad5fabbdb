"""The approved answers: the list with what they are worth, the box to try them, and the editor."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engage import dialog
from engage.activities import typed
from engage.base import i18n
from engage.base.clock import utc_now
from engage.base.config import current_settings
from engage.base.db import transaction
from engage.base.errors import Refusal
from engage.base.i18n import LazyText
from engage.base.i18n import gettext as _
from engage.base.i18n import lazy_gettext as _l
from engage.questions import AnswerState, ApprovedAnswer, QuestionState, Topic, approved, desk
from engage.questions.approved import Wanted
from engage.questions.refusals import ChangedMeanwhile
from engage.web.staff import blueprint, said
from engage.web.who import current_account

Answer = str | Response | tuple[str, int]
_STATES: dict[AnswerState, LazyText] = {
    AnswerState.APPROVED: _l("Approved"),
    AnswerState.DRAFT: _l("Draft"),
    AnswerState.WITHDRAWN: _l("Withdrawn"),
}


@dataclass(frozen=True, slots=True)
class AnswerLine:
    """One answer in the list, with how often it was shown, and said to have helped or not."""

    url: str
    question: str
    language: str
    topic: str
    languages: str
    shown: int
    helped: int
    not_helped: int


@blueprint.get("/svar")
def answers() -> str:
    """All of them by state; and what the chat would answer to what is typed."""
    words = said.asked_words("q")
    counts = approved.counts()
    return render_template(
        "staff/answers.html",
        q=words,
        tried=[_line(each.answer) for each in dialog.approved_for(words, i18n.current_language(), utc_now())]
        if words
        else None,
        groups=[
            (state.value, str(name), [_line(each) for each in approved.answers(state)])
            for state, name in _STATES.items()
            if counts[state]
        ],
    )


@blueprint.get("/svar/nyt")
def new_answer() -> str:
    """An empty form; or one filled in from a question that was answered, to be made one for everybody."""
    values: dict[str, str] = {"topic": Topic.TAKING_PART.value}
    asked = desk.by_public_id(request.args.get("question", ""))
    if asked is not None and asked.state == QuestionState.ANSWERED and asked.forgotten_at is None:
        values[f"question_{asked.language}"] = " ".join(asked.text.split())[: approved.LONGEST_QUESTION]
        values[f"answer_{asked.language}"] = asked.answer[: approved.LONGEST_ANSWER]
    return _form(None, values, from_question=len(values) > 1)


@blueprint.post("/svar/nyt")
def make_answer() -> Answer:
    """Write it."""
    return _save(None)


@blueprint.get("/svar/<answer>")
def answer(answer: str) -> str:
    """The editor with what is there."""
    return _form(_found(answer), _values(_found(answer)))


@blueprint.post("/svar/<answer>")
def change_answer(answer: str) -> Answer:
    """Write what was changed, and approve it where that was pressed."""
    return _save(_found(answer))


@blueprint.post("/svar/<answer>/traek-tilbage")
def withdraw_answer(answer: str) -> Answer:
    """Nobody is given it any more."""
    with transaction():
        approved.withdraw(_found(answer), by=current_account(), now=utc_now())
    flash(_("Withdrawn. Nobody is given this answer any more."), "success")
    return redirect(url_for(".answers"), 303)


def _found(name: str) -> ApprovedAnswer:
    found = approved.by_public_id(name)
    if found is None:
        abort(404)
    return found


def _save(found: ApprovedAnswer | None) -> Answer:
    by, now = current_account(), utc_now()
    try:
        with transaction():
            saved = approved.save(found, _wanted(), by=by, now=now, read=request.form.get("read"))
            if request.form.get("do") == "approve":
                approved.approve(saved, by=by, now=now)
            name, is_given = saved.public_id, saved.state == AnswerState.APPROVED
    except ChangedMeanwhile as refusal:
        return _form(found, request.form, [("", str(refusal))]), 409
    except Refusal as refusal:
        field = "url" if isinstance(refusal, approved.LinkNotUsable) else ""
        return _form(found, request.form, [(field, str(refusal))]), 422
    flash(_("Saved. Everybody may be given this answer.") if is_given else _("Saved as a draft."), "success")
    return redirect(url_for(".answer", answer=name), 303)


def _wanted() -> Wanted:
    topic = request.form.get("topic", "")
    return Wanted(
        topic=Topic(topic) if topic in set(Topic) else Topic.TAKING_PART,
        questions={code: typed.line(request.form.get(f"question_{code}", "")) for code in _languages()},
        answers={code: typed.paragraphs(request.form.get(f"answer_{code}", "")) for code in _languages()},
        wordings={code: _lines(request.form.get(f"wordings_{code}", "")) for code in _languages()},
        url=typed.line(request.form.get("url", "")),
    )


def _lines(text: str) -> list[str]:
    return [words for each in typed.paragraphs(text).split("\n") if (words := typed.line(each))]


def _values(found: ApprovedAnswer) -> dict[str, str]:
    values = {"topic": str(found.topic), "url": found.url}
    for code in _languages():
        values[f"question_{code}"] = found.questions.get(code, "")
        values[f"answer_{code}"] = found.answers.get(code, "")
        values[f"wordings_{code}"] = "\n".join(found.wordings.get(code, ()))
    return values


def _form(
    found: ApprovedAnswer | None,
    values: Mapping[str, str],
    errors: Sequence[tuple[str, str]] = (),
    from_question: bool = False,
) -> str:
    return render_template(
        "staff/answer.html",
        answer=found,
        state=str(_STATES[AnswerState(found.state)]) if found is not None else "",
        approved=found is not None and found.state == AnswerState.APPROVED,
        read=request.form.get("read") or (approved.as_read(found) if found is not None else ""),
        values=values,
        errors=errors,
        from_question=from_question,
        topics=[(topic.value, str(name)) for topic, name in approved.TOPICS.items()],
        text_languages=[(code, i18n.NAMES.get(code, code)) for code in _languages()],
        longest_question=approved.LONGEST_QUESTION,
        longest_answer=approved.LONGEST_ANSWER,
        log_url=url_for(".log", about=f"answer:{found.public_id}") if found is not None else "",
    )


def _line(found: ApprovedAnswer) -> AnswerLine:
    language, question, _answer = approved.in_words(found)
    if not question:
        language, question = next(iter(found.questions.items()), (language, _("Without a question")))
    return AnswerLine(
        url=url_for("staff.answer", answer=found.public_id),
        question=question,
        language=language,
        topic=str(approved.TOPICS[Topic(found.topic)]),
        languages=", ".join(code for code in _languages() if code in found.answers),
        shown=found.shown,
        helped=found.helped,
        not_helped=found.not_helped,
    )


def _languages() -> tuple[str, ...]:
    return current_settings().city.languages
