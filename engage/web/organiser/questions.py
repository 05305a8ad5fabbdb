"""One question to who signs up, in the organiser's room: written per language, put in order, taken away; and the whole form."""

from dataclasses import replace
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from engage.activities import asking, question_draft, questionnaire, terms
from engage.activities.asking import Question, QuestionKind
from engage.activities.models import Activity
from engage.activities.question_draft import (
    LONGEST_HINT,
    LONGEST_LABEL,
    LONGEST_OPTION,
    MOST_OPTIONS,
    Condition,
    OptionInput,
    QuestionInput,
)
from engage.activities.terms import AskedOfEach, Party
from engage.activities.typed import line
from engage.base.clock import utc_now
from engage.base.db import transaction
from engage.base.errors import Refusal
from engage.base.i18n import NAMES, in_language, ngettext
from engage.base.i18n import gettext as _
from engage.registrations import answered
from engage.web import asked
from engage.web.organiser import blueprint, form
from engage.web.organiser.dates import changeable, title
from engage.web.organiser.sign_up import PATH, Answer, Errors, kinds, record

Values = MultiDict[str, str]
_PATH = PATH + "/spoergsmaal"
_EMPTY_LINES, _MORE_LINES = 2, 3


@blueprint.get(_PATH + "/ny")
def new_question(activity: str) -> str:
    """Where a question is written."""
    own = changeable(activity)
    return _page(own, None, Values({"kind": QuestionKind.TEXT}), ())


@blueprint.post(_PATH + "/ny")
def add_question(activity: str) -> Answer:
    """Add the question after all others."""
    return _save(changeable(activity), None)


@blueprint.get(_PATH + "/<question>")
def question_page(activity: str, question: str) -> str:
    """A question, to change or take away."""
    own = changeable(activity)
    found = _found(own, question)
    return _page(own, found, _values(found), ())


@blueprint.post(_PATH + "/<question>")
def change_question(activity: str, question: str) -> Answer:
    """Change a question. Answers there are stay what they are."""
    own = changeable(activity)
    return _save(own, _found(own, question))


@blueprint.post(_PATH + "/<question>/flyt")
def move_question(activity: str, question: str) -> Response:
    """Ask it one place earlier or later."""
    own, now = changeable(activity), utc_now()
    found, up = _found(own, question), request.form.get("do") == "up"
    try:
        with transaction():
            questionnaire.move(found, up=up, now=now)
            record("question_moved", own, now, question=question)
    except Refusal as refusal:
        flash(str(refusal), "error")
    return redirect(url_for(".sign_up", activity=activity) + "#questions", 303)


@blueprint.post(_PATH + "/<question>/fjern")
def remove_question(activity: str, question: str) -> Response:
    """Ask it no more. What was answered stays with the sign-ups."""
    own, now = changeable(activity), utc_now()
    found = _found(own, question)
    try:
        with transaction():
            questionnaire.remove(found, now=now)
            record("question_removed", own, now, question=question)
        flash(_("The question is not asked any more. Answers there are stay with the sign-ups."), "success")
    except Refusal as refusal:
        flash(str(refusal), "error")
    return redirect(url_for(".sign_up", activity=activity) + "#questions", 303)


@blueprint.get(PATH + "/forhaandsvisning")
def sign_up_preview(activity: str) -> str:
    """The form as people will see it; nothing on it can be sent."""
    own = changeable(activity)
    told = terms.of(own)
    return render_template(
        "organiser/sign_up_preview.html",
        title=title(own),
        framed=bool(request.args.get("frame")),
        back_url=url_for(".sign_up", activity=own.public_id),
        views=asked.views(asking.asked(own.id)),
        drop_in=own.sign_up == "drop_in",
        party_is_class=told.party == Party.CLASS,
        asks_name=AskedOfEach(told.asked_of_each).asks_name,
        asks_age=AskedOfEach(told.asked_of_each).asks_age or told.age_from is not None or told.age_to is not None,
        approval=told.approval,
        values={},
        errors=(),
    )


def _found(own: Activity, question: str) -> Question:
    try:
        return questionnaire.find(own.id, question)
    except questionnaire.NoSuchQuestion:
        abort(404)


def _save(own: Activity, question: Question | None) -> Answer:
    now, languages = utc_now(), form.languages_of(own)
    if request.form.get("do") == "more":
        return _page(own, question, Values(request.form), (), more=True)
    wanted = _read(languages)
    problems = (
        answered.problems(own.id, wanted, question) if question else question_draft.problems(own.id, wanted, None)
    )
    errors = [(_place(name, languages[0]), str(refusal)) for name, refusal in problems]
    if not errors:
        try:
            with transaction():
                if question is None:
                    made = questionnaire.add(own.id, wanted, now=now)
                    record("question_added", own, now, question=made.public_id)
                else:
                    answered.change_question(own.id, question.public_id, wanted, now=now)
                    record("question_changed", own, now, question=question.public_id)
            flash(_("Saved."), "success")
            return redirect(url_for(".sign_up", activity=own.public_id) + "#questions", 303)
        except Refusal as refusal:
            errors = [("", str(refusal))]
    return _page(own, question, Values(request.form), tuple(errors)), 422


def _place(name: str, first_language: str) -> str:
    return f"label_{first_language}" if name == "label" else name


def _read(languages: tuple[str, ...]) -> QuestionInput:
    kind = request.form.get("kind", "")
    wanted = QuestionInput(
        kind=QuestionKind(kind) if kind in set(QuestionKind) else QuestionKind.TEXT,
        labels=_words("label", LONGEST_LABEL, languages),
        hints=_words("hint", LONGEST_HINT, languages),
        options=tuple(
            OptionInput(
                _words(f"option_{number}", LONGEST_OPTION, languages), request.form.get(f"option_{number}_key", "")
            )
            for number in range(_lines_sent())
        ),
        required="required" in request.form,
    )
    chosen = request.form.get("shown_when", "")
    return replace(wanted, shown_when=_condition(chosen)) if chosen else wanted


def _words(name: str, longest: int, languages: tuple[str, ...]) -> dict[str, str]:
    return {code: line(request.form.get(f"{name}_{code}", ""))[:longest] for code in languages}


def _lines_sent() -> int:
    """How many lines for options the form had; a line more is asked for than may be filled in, so that too many are seen."""
    numbers = [name.split("_")[1] for name in request.form if name.startswith("option_")]
    known = [int(number) for number in numbers if number.isascii() and number.isdecimal() and len(number) < 4]
    return min(max(known, default=-1) + 1, MOST_OPTIONS * 2)


def _condition(chosen: str) -> Condition:
    question, _equals, value = chosen.partition("=")
    return Condition(question, {"yes": True, "no": False}.get(value, value))


def _values(question: Question) -> Values:
    condition = question.shown_when
    values: Values = MultiDict({"kind": question.kind})
    for name, texts in (("label", question.labels), ("hint", question.hints)):
        values.update({f"{name}_{code}": words for code, words in texts.items()})
    for number, option in enumerate(question.offered):
        values[f"option_{number}_key"] = option["key"]
        values.update({f"option_{number}_{code}": words for code, words in option["labels"].items()})
    if question.required:
        values["required"] = "1"
    if condition:
        values["shown_when"] = f"{condition['question']}={_spelled(condition['is'])}"
    return values


def _spelled(value: Any) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _reasons(own: Activity, question: Question | None) -> list[tuple[str, list[tuple[str, str]]]]:
    """The answers that may be the reason for asking: of each question before this one, as (words, [(value, words)])."""
    found = []
    for each in question_draft.before(asking.asked(own.id), question):
        if each.kind == QuestionKind.YES_NO:
            answers = [(f"{each.public_id}=yes", _("Yes")), (f"{each.public_id}=no", _("No"))]
        else:
            answers = [(f"{each.public_id}={option['key']}", in_language(option["labels"])) for option in each.offered]
        if answers:
            found.append((in_language(each.labels), answers))
    return found


def _written(own: Activity, values: Values) -> set[str]:
    """The languages whose fields are shown: those the activity is written in, and those something stands in."""
    parts = ("label", "hint", "option")
    filled = {name for name, words in values.items(multi=True) if words and name.startswith(parts)}
    return {text.language for text in own.texts if text.title} | {name.rpartition("_")[2] for name in filled}


def _page(own: Activity, question: Question | None, values: Values, errors: Errors, *, more: bool = False) -> str:
    languages = form.languages_of(own)
    lines = range(MOST_OPTIONS * 2)
    filled = [number for number in lines if any(values.get(f"option_{number}_{code}") for code in languages)]
    number = answered.answered(own.id).get(question.public_id, 0) if question else 0
    return render_template(
        "organiser/question.html",
        title=title(own),
        question=question,
        values=values,
        errors=errors,
        missing={},
        text_languages=languages,
        language_names={code: NAMES.get(code, code) for code in languages},
        written=_written(own, values),
        kinds=[(kind.value, words) for kind, words in kinds().items()],
        option_lines=max(filled, default=0) + 1 + _EMPTY_LINES if not more else _lines_sent() + _MORE_LINES,
        reasons=_reasons(own, question),
        answered=ngettext(
            "%(number)s person has answered. What they answered stays as it is.",
            "%(number)s people have answered. What they answered stays as it is.",
            number,
        )
        if number
        else "",
        remove_url=url_for(".remove_question", activity=own.public_id, question=question.public_id) if question else "",
        back_url=url_for(".sign_up", activity=own.public_id) + "#questions",
    )
