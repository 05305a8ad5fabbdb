"""What an organiser writes of a question, as values, and what is wrong with it. Keeping it stands in `questionnaire`.

A question may be asked only of who gave a certain answer to one before it: that answer is the reason for asking.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from engage.activities.asking import Question, QuestionKind, asked
from engage.base.errors import Refusal
from engage.base.i18n import LazyText, in_language
from engage.base.i18n import lazy_gettext as _l

# Each question costs sign-ups. What a page and a talk can bear is our own choice.
MOST_QUESTIONS, MOST_OPTIONS = 20, 20
LONGEST_LABEL, LONGEST_HINT, LONGEST_OPTION = 200, 300, 100


class QuestionWordsMissing(Refusal):
    """The question has no words in any language."""

    code = "question_words_missing"
    message = _l("Write what you ask.")


class TooFewOptions(Refusal):
    """There is nothing, or only one thing, to choose."""

    code = "too_few_options"
    message = _l("Write the answers to choose from, at least %(least)s.")


class TooManyOptions(Refusal):
    """More answers than a list can bear."""

    code = "too_many_options"
    message = _l("A question can have %(most)s answers. Put some of them together.")


class SameOptionTwice(Refusal):
    """Two answers read the same."""

    code = "same_option_twice"
    message = _l("Two answers are called “%(option)s”. Give one of them other words.")


class TooManyQuestions(Refusal):
    """The activity asks as much as a form can bear."""

    code = "too_many_questions"
    message = _l("An activity can ask %(most)s questions. Take one away first.")


class ConditionNotUsable(Refusal):
    """The answer that is the reason for asking is not one to a question before it."""

    code = "condition_not_usable"
    message = _l("Choose an answer to a question that is asked before this one.")


class AskedBecauseOfThis(Refusal):
    """Another question is asked only of who answered this one so."""

    code = "asked_because_of_this"
    message = _l("“%(question)s” is asked only of who gives a certain answer here. Change that question first.")


@dataclass(frozen=True, slots=True)
class Condition:
    """The answer to another question, by its public id, without which a question is not asked."""

    question: str
    value: str | bool


@dataclass(frozen=True, slots=True)
class OptionInput:
    """An answer to choose, per language; `key` is that of the option it was before, "" for a new one."""

    labels: Mapping[str, str]
    key: str = ""


@dataclass(frozen=True, slots=True)
class QuestionInput:
    """What an organiser writes of a question."""

    kind: QuestionKind
    labels: Mapping[str, str]
    hints: Mapping[str, str] = field(default_factory=dict)
    options: Sequence[OptionInput] = ()
    required: bool = False
    shown_when: Condition | None = None


def problems(activity_id: int, wanted: QuestionInput, question: Question | None = None) -> list[tuple[str, Refusal]]:
    """All that keeps a question from being written so, as (field, refusal); `question` is what it was until now."""
    there, found = asked(activity_id), list[tuple[str, Refusal]]()
    if question is None and len(there) >= MOST_QUESTIONS:
        found.append(("", TooManyQuestions(most=MOST_QUESTIONS)))
    if not said(wanted.labels):
        found.append(("label", QuestionWordsMissing()))
    if wanted.kind.has_options:
        found += [("options", refusal) for refusal in _wrong_options(wanted)]
    if wanted.shown_when is not None and not _is_reason(wanted.shown_when, before(there, question)):
        found.append(("shown_when", ConditionNotUsable()))
    if question is not None:
        kept = {each.key for each in written(wanted)} if wanted.kind == question.kind else set()
        for other in because_of(question, there):
            if other.shown_when["is"] not in kept and not (wanted.kind == question.kind == QuestionKind.YES_NO):
                where = "options" if wanted.kind == question.kind else "kind"
                found.append((where, AskedBecauseOfThis(question=LazyText(in_language, other.labels))))
    return found


def before(questions: Sequence[Question], question: Question | None) -> list[Question]:
    """The questions that are asked before this one; all of them for one that is yet to be added."""
    if question is None:
        return list(questions)
    return [each for each in questions if (each.position, each.id) < (question.position, question.id)]


def because_of(question: Question, questions: Sequence[Question]) -> list[Question]:
    """Those among `questions` that are asked only of who answered this one in some way."""
    return [each for each in questions if each.shown_when.get("question") == question.public_id]


def written(wanted: QuestionInput) -> list[OptionInput]:
    """The options that have words."""
    return [each for each in wanted.options if said(each.labels)]


def _is_reason(condition: Condition, questions: Sequence[Question]) -> bool:
    reason = next((each for each in questions if each.public_id == condition.question), None)
    if reason is None:
        return False
    if reason.kind == QuestionKind.YES_NO:
        return isinstance(condition.value, bool)
    return condition.value in [each["key"] for each in reason.offered]


def _wrong_options(wanted: QuestionInput) -> list[Refusal]:
    options = written(wanted)
    if len(options) > MOST_OPTIONS:
        return [TooManyOptions(most=MOST_OPTIONS)]
    for language in {language for each in options for language in each.labels}:
        words = [each.labels.get(language, "").strip() for each in options]
        folded = [each.casefold() for each in words if each]
        if twice := [each for each in words if folded.count(each.casefold()) > 1]:
            return [SameOptionTwice(option=twice[0])]
    # One box to tick makes sense; one answer to choose from does not.
    least = 1 if wanted.kind == QuestionKind.SEVERAL else 2
    return [TooFewOptions(least=least)] if len(options) < least else []


def said(texts: Mapping[str, str]) -> dict[str, str]:
    """The languages something is written in."""
    return {language: text.strip() for language, text in texts.items() if text.strip()}
