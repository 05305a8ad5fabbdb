"""What an organiser asks of who signs up for an activity: the questions as rows, and the rules of answering them.

How the questions are written and put in order stands in `questionnaire`; what is answered is kept with the sign-up, and a
question never with a person. Answers are by a question's public id. What somebody types or ticks is *raw*; what `checked`
returns is kept.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Select, SmallInteger, String, select, text
from sqlalchemy.orm import Mapped, mapped_column

from engage.activities import remembered
from engage.activities.typed import line, paragraphs
from engage.base import wording
from engage.base.db import Base, db
from engage.base.errors import Refusal
from engage.base.i18n import LazyText, in_language
from engage.base.i18n import gettext as _
from engage.base.i18n import lazy_gettext as _l

# A few sentences; who has more to say writes to the organiser. Both are our own choice.
LONGEST_ANSWER, HIGHEST_NUMBER = 1_000, 1_000_000

Answers = Mapping[str, Any]
_NONE: Answers = MappingProxyType({})


class QuestionKind(StrEnum):
    """How a question is answered; the value kept is a str, an option's key, a list of keys, a bool, or an int."""

    TEXT = "text"
    CHOICE = "choice"
    SEVERAL = "several"
    YES_NO = "yes_no"
    NUMBER = "number"

    @property
    def has_options(self) -> bool:
        return self in {QuestionKind.CHOICE, QuestionKind.SEVERAL}


class Question(Base):
    """One question, per language, in the organiser's order.

    `options` are `{"key", "labels": {language: words}, "removed": bool}`; a removed one is not offered any more, and stays what
    it was for those who chose it. `shown_when` is `{}` or `{"question": public id, "is": value}`: asked only of who answered so
    (for SEVERAL: who chose that key among others). `removed_at`: not asked any more; its answers stay readable.
    """

    __tablename__ = "sign_up_question"
    __table_args__ = (
        CheckConstraint("position >= 0", name="position_not_negative"),
        Index("ix_sign_up_question_asked", "activity_id", "position", postgresql_where=text("removed_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(12), unique=True)
    activity_id: Mapped[int] = mapped_column(ForeignKey("activity.id", ondelete="CASCADE"), index=True)
    position: Mapped[int] = mapped_column(SmallInteger)
    kind: Mapped[QuestionKind] = mapped_column(String(12))
    labels: Mapped[dict[str, str]]
    hints: Mapped[dict[str, str]]
    options: Mapped[list[dict[str, Any]]]
    required: Mapped[bool] = mapped_column(default=False, server_default="false")
    shown_when: Mapped[dict[str, Any]]
    removed_at: Mapped[datetime | None]

    @property
    def field(self) -> str:
        """What its field is called in a form, and in `registrations.problems`."""
        return f"answers-{self.public_id}"

    @property
    def offered(self) -> list[dict[str, Any]]:
        """The options one may choose now."""
        return [each for each in self.options if not each.get("removed")]

    def offered_to(self, kept: Any = None) -> list[dict[str, Any]]:
        """The options one may choose whose earlier answer was `kept`: what they chose stays, also when it was removed."""
        chosen = kept if isinstance(kept, list) else [kept]
        return [each for each in self.options if not each.get("removed") or each["key"] in chosen]


class AnswerMissing(Refusal):
    """A question that must be answered is not."""

    code = "answer_missing"

    def __init__(self, question: Question) -> None:
        super().__init__(question=LazyText(in_language, question.labels))
        self.message = _MISSING[QuestionKind(question.kind)]


class AnswerNotUsable(Refusal):
    """What was answered does not fit the question."""

    code = "answer_not_usable"

    def __init__(self, question: Question, message: LazyText | None = None, **facts: Any) -> None:
        super().__init__(question=LazyText(in_language, question.labels), **facts)
        self.message = message or _NOT_USABLE[QuestionKind(question.kind)]


_MISSING = {
    QuestionKind.TEXT: _l("Write an answer to “%(question)s”."),
    QuestionKind.CHOICE: _l("Choose an answer to “%(question)s”."),
    QuestionKind.SEVERAL: _l("Tick at least one answer to “%(question)s”."),
    QuestionKind.YES_NO: _l("Answer yes or no to “%(question)s”."),
    QuestionKind.NUMBER: _l("Write a number as the answer to “%(question)s”."),
}
_NOT_USABLE = {
    QuestionKind.TEXT: _l("Write the answer to “%(question)s” in words."),
    QuestionKind.CHOICE: _l("Choose one of the answers there are to “%(question)s”."),
    QuestionKind.SEVERAL: _l("Choose among the answers there are to “%(question)s”."),
    QuestionKind.YES_NO: _l("Answer yes or no to “%(question)s”."),
    QuestionKind.NUMBER: _l("Write a whole number as the answer to “%(question)s”, for example 3."),
}
_TOO_LONG = _l("Your answer to “%(question)s” is %(length)s characters long, and there is room for %(most)s.")


def asked(activity_id: int) -> list[Question]:
    """The questions an activity asks now, in the organiser's order."""
    return list(db.session.scalars(_asks(select(Question), activity_id)))


def asked_at(activity_id: int, revision: int) -> Sequence[Question]:
    """The same at the `revision` of what is published, which each change of a published activity's questions raises: read once
    for all who sign up, some of whom hold the seats' lock. They are of no session: to be read, never to be changed.
    """
    return remembered.noted("questions", activity_id, revision, lambda: _apart(activity_id))


def _apart(activity_id: int) -> tuple[Question, ...]:
    rows = db.session.execute(_asks(select(*Question.__table__.columns), activity_id)).mappings()
    return tuple(Question(**row) for row in rows)


def _asks(query: Select[Any], activity_id: int) -> Select[Any]:
    asks = query.where(Question.activity_id == activity_id, Question.removed_at.is_(None))
    return asks.order_by(Question.position, Question.id)


def visible(question: Question, answers: Answers) -> bool:
    """Whether it is asked of who answered so. `answers` hold none to questions that are not shown themselves: see `shown`."""
    condition = question.shown_when
    if not condition:
        return True
    wanted, given = condition["is"], answers.get(condition["question"])
    if isinstance(wanted, bool):
        given = _TRUTHS.get(given, given) if isinstance(given, str) else given
    return wanted in given if isinstance(given, list) else given is not None and given == wanted


def shown(questions: Sequence[Question], answers: Answers, kept: Answers = _NONE) -> list[Question]:
    """The questions asked of who answered so, raw or kept. One whose own condition is not shown is not either."""
    return [question for question, _value, _refusal in _walk(questions, answers, kept)]


def following(questions: Sequence[Question], answers: Answers) -> Question | None:
    """The next question of a talk that asks one at a time: the first that is asked and has no entry in `answers`.

    An entry None is a question that was passed over.
    """
    return next((each for each in shown(questions, answers) if each.public_id not in answers), None)


def problems(questions: Sequence[Question], answers: Answers, kept: Answers = _NONE) -> list[tuple[str, Refusal]]:
    """All that keeps these answers from being taken, as (question's public id, refusal), in the organiser's order.

    `kept` is what this very sign-up answered before: an option that was removed since stays valid for who chose it.
    """
    return [(question.public_id, refusal) for question, _value, refusal in _walk(questions, answers, kept) if refusal]


def checked(questions: Sequence[Question], answers: Answers, kept: Answers = _NONE) -> dict[str, Any]:
    """The answers as they are kept. Raises the first of `problems`.

    Left out are answers to questions that are not asked of who answers so, and to what is no question here. What was `kept`
    of questions that are not asked any more stays.
    """
    now = {question.public_id for question in questions}
    found = {name: value for name, value in kept.items() if name not in now}
    for question, value, refusal in _walk(questions, answers, kept):
        if refusal:
            raise refusal
        if value is not None:
            found[question.public_id] = value
    return found


def read(question: Question, raw: Any, kept: Any = None) -> Any:
    """One answer as it is kept; None when there is none. Refuses with `AnswerNotUsable`. `kept` is the earlier one."""
    if raw is None:
        return None
    return _READERS[QuestionKind(question.kind)](question, raw, kept)


def filled_in(questions: Sequence[Question], fields: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """The raw answers in a form that was sent: `fields` are its values by name, as `request.form.lists()` tells them."""
    found: dict[str, Any] = {}
    for question in questions:
        values = list(fields.get(question.field, ()))
        if question.kind == QuestionKind.SEVERAL:
            found[question.public_id] = [value for value in values if value]
        elif values:
            found[question.public_id] = values[0]
    return found


def _walk(
    questions: Sequence[Question], answers: Answers, kept: Answers
) -> Iterator[tuple[Question, Any, Refusal | None]]:
    """Each question that is asked, with its answer or what is wrong with it. A condition stands only on what was answered."""
    given: dict[str, Any] = {}
    for question in questions:
        if not visible(question, given):
            continue
        name, value = question.public_id, None
        refusal: Refusal | None = None
        try:
            value = read(question, answers.get(name), kept.get(name))
        except AnswerNotUsable as not_usable:
            refusal = not_usable
        if refusal is None and value is None and question.required:
            refusal = AnswerMissing(question)
        given[name] = value
        yield question, value, refusal


def _text(question: Question, raw: Any, _kept: Any) -> str | None:
    if not isinstance(raw, str):
        raise AnswerNotUsable(question)
    words = paragraphs(raw)
    if len(words) > LONGEST_ANSWER:
        raise AnswerNotUsable(question, _TOO_LONG, length=len(words), most=LONGEST_ANSWER)
    return words or None


def _choice(question: Question, raw: Any, kept: Any) -> str | None:
    if raw == "":
        return None
    if raw not in [each["key"] for each in question.offered_to(kept)]:
        raise AnswerNotUsable(question)
    return str(raw)


def _several(question: Question, raw: Any, kept: Any) -> list[str] | None:
    wanted = [raw] if isinstance(raw, str) else raw
    if not isinstance(wanted, list | tuple):
        raise AnswerNotUsable(question)
    ticked, keys = [each for each in wanted if each != ""], [each["key"] for each in question.offered_to(kept)]
    if any(each not in keys for each in ticked):
        raise AnswerNotUsable(question)
    return [key for key in keys if key in ticked] or None


# What the two radio buttons of a form send.
_TRUTHS = {"yes": True, "no": False}


def _yes_no(question: Question, raw: Any, _kept: Any) -> bool | None:
    if isinstance(raw, bool):
        return raw
    if raw == "":
        return None
    if not isinstance(raw, str) or raw not in _TRUTHS:
        raise AnswerNotUsable(question)
    return _TRUTHS[raw]


def _number(question: Question, raw: Any, _kept: Any) -> int | None:
    if isinstance(raw, str):
        digits = line(raw)
        if not digits:
            return None
        raw = int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 10 else None
    if not isinstance(raw, int) or isinstance(raw, bool) or not 0 <= raw <= HIGHEST_NUMBER:
        raise AnswerNotUsable(question)
    return raw


_READERS = {
    QuestionKind.TEXT: _text,
    QuestionKind.CHOICE: _choice,
    QuestionKind.SEVERAL: _several,
    QuestionKind.YES_NO: _yes_no,
    QuestionKind.NUMBER: _number,
}


def answer_words(question: Question, value: Any) -> str:
    """A kept answer as it is shown to people; an option keeps its words when it is not offered any more."""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if not QuestionKind(question.kind).has_options:
        return str(value)
    labels = {each["key"]: in_language(each["labels"]) for each in question.options}
    keys = value if isinstance(value, list) else [value]
    return wording.listing([labels.get(key, str(key)) for key in keys])
