"""An organiser's questions as fields of a form: in words of one language, with what was answered before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from engage.activities.asking import Question, QuestionKind, answer_words
from engage.base import i18n, wording
from engage.base.i18n import gettext as _
from engage.base.i18n import in_language

_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class QuestionView:
    """A question to be answered. `field` is its name in the form; `given` is what stands in it, as the form sends it.

    A question that is asked only of some names the field and the value that are the reason, and says so in words, for a
    browser without a script.
    """

    field: str
    kind: QuestionKind
    label: str
    hint: str
    language: str  # of the words, which may not be the page's
    required: bool
    options: tuple[tuple[str, str], ...]
    given: tuple[str, ...]
    because: str = ""
    reason_field: str = ""
    reason_value: str = ""


def views(
    questions: Sequence[Question], answers: Mapping[str, Any] = _NOTHING, kept: Mapping[str, Any] = _NOTHING
) -> tuple[QuestionView, ...]:
    """The questions in their order. `answers` are raw or kept ones, by public id; `kept` those of the sign-up until now."""
    known = {each.public_id: each for each in questions}
    return tuple(_view(each, known, answers.get(each.public_id), kept.get(each.public_id)) for each in questions)


def _view(question: Question, known: Mapping[str, Question], given: Any, kept: Any) -> QuestionView:
    condition = question.shown_when
    reason = known.get(condition["question"]) if condition else None
    return QuestionView(
        field=question.field,
        kind=QuestionKind(question.kind),
        label=in_language(question.labels),
        hint=in_language(question.hints),
        language=_language(question.labels),
        required=question.required,
        options=_options(question, kept),
        given=_given(given),
        because=said_condition(question, reason) if reason else "",
        reason_field=reason.field if reason else "",
        reason_value=_given(condition["is"])[0] if reason else "",
    )


def said_condition(question: Question, reason: Question) -> str:
    """Of whom a question is asked, in words."""
    answer = answer_words(reason, question.shown_when["is"])
    return _("Only if you answered %(answer)s to %(question)s.",
             answer=wording.quoted(answer), question=wording.quoted(in_language(reason.labels)))  # fmt: skip


def _options(question: Question, kept: Any) -> tuple[tuple[str, str], ...]:
    if question.kind == QuestionKind.YES_NO:
        return ("yes", _("Yes")), ("no", _("No"))
    return tuple((each["key"], in_language(each["labels"])) for each in question.offered_to(kept))


def _given(value: Any) -> tuple[str, ...]:
    if isinstance(value, bool):
        return ("yes" if value else "no",)
    if isinstance(value, list | tuple):
        return tuple(str(each) for each in value)
    return () if value is None else (str(value),)


def _language(texts: Mapping[str, str]) -> str:
    wanted = i18n.current_language()
    return wanted if texts.get(wanted) else next((code for code, words in texts.items() if words), wanted)
