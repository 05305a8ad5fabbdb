"""An activity's questions: add, change, put in another order, take away, copy. How they are answered stands in `asking`.

Nothing here lets the reason for asking a question disappear, or come after it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from engage.activities.asking import Question, asked
from engage.activities.models import Activity
from engage.activities.question_draft import (
    AskedBecauseOfThis,
    OptionInput,
    QuestionInput,
    because_of,
    problems,
    said,
    written,
)
from engage.activities.terms import WaitingMode
from engage.base.db import db
from engage.base.errors import Refusal
from engage.base.i18n import LazyText, in_language
from engage.base.i18n import lazy_gettext as _l
from engage.base.identifiers import public_id


class AskedTooEarly(Refusal):
    """A question would come before the answer that is the reason for asking it."""

    code = "asked_too_early"
    message = _l("“%(question)s” is asked because of the answer to “%(reason)s”, so it has to come after it.")


class NoSuchQuestion(Refusal):
    """The activity does not ask it, or not any more."""

    code = "no_such_question"
    message = _l("This question is not asked any more. Somebody may have taken it away.")


def find(activity_id: int, question_public_id: str, *, locked: bool = False) -> Question:
    """The question an activity asks by this name. Refuses with `NoSuchQuestion`."""
    if locked:
        _lock(activity_id)
    mine = (Question.activity_id == activity_id) & Question.removed_at.is_(None)
    query = select(Question).where(Question.public_id == question_public_id, mine)
    found = db.session.scalar(query.execution_options(populate_existing=locked))
    if found is None:
        raise NoSuchQuestion
    return found


def add(activity_id: int, wanted: QuestionInput, *, now: datetime) -> Question:
    """Add a question after all others. Refuses with the first of `problems`."""
    activity = _lock(activity_id)
    _refuse(problems(activity_id, wanted))
    last = db.session.scalar(select(func.max(Question.position)).where(Question.activity_id == activity_id))
    question = Question(
        public_id=public_id(),
        activity_id=activity_id,
        position=0 if last is None else last + 1,
        options=[],
        removed_at=None,
    )
    _write(question, wanted)
    db.session.add(question)
    _touch(activity, now)
    return question


def change(question: Question, wanted: QuestionInput, *, now: datetime) -> None:
    """Write a question anew. An option that is not wanted any more is not offered; who chose it keeps it.

    Refuses with the first of `problems`. Whether its kind may change is for who knows the answers: `registrations.answered`.
    """
    activity = _lock(question.activity_id)
    _refuse(problems(question.activity_id, wanted, question))
    _write(question, wanted)
    _touch(activity, now)


def move(question: Question, *, up: bool, now: datetime) -> None:
    """Ask it one place earlier or later; the first stays first. Refuses with `AskedTooEarly`."""
    activity = _lock(question.activity_id)
    order = asked(question.activity_id)
    place = next(number for number, each in enumerate(order) if each.id == question.id)
    other = place - 1 if up else place + 1
    if not 0 <= other < len(order):
        return
    first, second = sorted((place, other))
    if order[second].shown_when.get("question") == order[first].public_id:
        names = [LazyText(in_language, each.labels) for each in (order[second], order[first])]
        raise AskedTooEarly(question=names[0], reason=names[1])
    order[first], order[second] = order[second], order[first]
    for number, each in enumerate(order):
        each.position = number
    _touch(activity, now)


def remove(question: Question, *, now: datetime) -> None:
    """Ask it no more; what was answered stays readable. Refuses with `AskedBecauseOfThis`."""
    activity = _lock(question.activity_id)
    for other in because_of(question, asked(question.activity_id)):
        raise AskedBecauseOfThis(question=LazyText(in_language, other.labels))
    question.removed_at = now
    _touch(activity, now)


def copy(from_id: int, to_id: int) -> None:
    """Let another activity, which asks nothing yet, ask the same. What was removed is left behind."""
    names: dict[str, str] = {}
    for position, each in enumerate(asked(from_id)):
        names[each.public_id] = public_id()
        condition = dict(each.shown_when)
        if condition:
            condition["question"] = names[condition["question"]]  # a reason always comes before
        made = Question(
            public_id=names[each.public_id],
            activity_id=to_id,
            position=position,
            kind=each.kind,
            labels=dict(each.labels),
            hints=dict(each.hints),
            options=[{**option, "labels": dict(option["labels"])} for option in each.offered],
            required=each.required,
            shown_when=condition,
        )
        db.session.add(made)
    db.session.flush()


def _refuse(found: Sequence[tuple[str, Refusal]]) -> None:
    for _field, refusal in found:
        raise refusal


def _lock(activity_id: int) -> Activity:
    """The activity, held until the transaction ends, so that two who put its questions in order come one after the other."""
    return db.session.get_one(Activity, activity_id, with_for_update=True)


def _touch(activity: Activity, now: datetime) -> None:
    """Pages that are remembered are drawn anew, since the activity's row changed."""
    activity.updated_at = now
    db.session.flush()


def _write(question: Question, wanted: QuestionInput) -> None:
    question.labels, question.hints = said(wanted.labels), said(wanted.hints)
    if question.kind != wanted.kind:
        question.options = []
    question.kind, question.required = wanted.kind, wanted.required
    question.options = _options(question.options, written(wanted)) if wanted.kind.has_options else []
    condition = wanted.shown_when
    question.shown_when = {"question": condition.question, "is": condition.value} if condition else {}
    if wanted.required:
        ask_who_waits(db.session.get_one(Activity, question.activity_id), required=True)


def ask_who_waits(activity: Activity, *, required: bool) -> None:
    """Who gets a seat without being asked again must have answered before: then those who wait are asked at once."""
    if required and activity.waiting_mode == WaitingMode.AUTO:
        activity.asks_when_waiting = True


def _options(known: Sequence[Mapping[str, Any]], wanted: Sequence[OptionInput]) -> list[dict[str, Any]]:
    """Those wanted, in their order, then the removed. A new one that reads as one removed before is that one again."""
    keys = {each["key"] for each in known}
    gone = {_words(each["labels"]): each["key"] for each in known if each.get("removed")}
    last = max((int(key) for key in keys), default=0)
    found: list[dict[str, Any]] = []
    for each in wanted:
        key = each.key if each.key in keys else gone.get(_words(each.labels), "")
        if not key or key in [one["key"] for one in found]:
            last += 1
            key = str(last)
        found.append({"key": key, "labels": said(each.labels), "removed": False})
    offered = {each["key"] for each in found}
    return found + [{**each, "removed": True} for each in known if each["key"] not in offered]


def _words(labels: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((language, words.casefold()) for language, words in said(labels).items()))
