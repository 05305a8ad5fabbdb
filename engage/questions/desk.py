"""The desk: one of the staff takes a citizen's question, answers it, or puts it away."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select

from engage.accounts import User, access, audit
from engage.activities import typed
from engage.base.db import db
from engage.people import has_proven
from engage.questions import letters
from engage.questions.models import WAITING, CitizenQuestion, QuestionState
from engage.questions.refusals import (
    NoAnswer,
    NoSuchQuestion,
    NotReachable,
    OverAlready,
    TakenByOther,
)

LONGEST_ANSWER, PER_PAGE = 4000, 30


@dataclass(frozen=True)
class Found:
    """A page of questions, and how many there are in all."""

    questions: tuple[CitizenQuestion, ...]
    count: int
    number: int

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.count // PER_PAGE))


def by_public_id(name: str) -> CitizenQuestion | None:
    """The question with this public id."""
    return db.session.scalar(select(CitizenQuestion).where(CitizenQuestion.public_id == name))


def search(
    state: QuestionState | None = None, *, mine: User | None = None, language: str = "", words: str = "", page: int = 1
) -> Found:
    """Questions, those that wait the longest first, the others the last first. `mine` are those an account has taken."""
    found: list[ColumnElement[bool]] = []
    if state == QuestionState.OPEN and mine is None:
        found.append(CitizenQuestion.state.in_(WAITING))
    elif state is not None:
        found.append(CitizenQuestion.state == state)
    if mine is not None:
        found.append(CitizenQuestion.taken_by_id == mine.id)
    if language:
        found.append(CitizenQuestion.language == language)
    found += [CitizenQuestion.text.icontains(word, autoescape=True) for word in words.split()]
    count = db.session.scalar(select(func.count()).select_from(CitizenQuestion).where(*found)) or 0
    number = min(max(1, page), max(1, -(-count // PER_PAGE)))
    waits = state in {None, *WAITING}
    order = CitizenQuestion.asked_at.asc() if waits else CitizenQuestion.asked_at.desc()
    rows = select(CitizenQuestion).where(*found).order_by(order, CitizenQuestion.id)
    return Found(tuple(db.session.scalars(rows.offset((number - 1) * PER_PAGE).limit(PER_PAGE))), count, number)


def waiting(by: User | None = None) -> int:
    """How many questions wait for an answer; with `by`, how many of them this account has taken."""
    query = select(func.count()).select_from(CitizenQuestion).where(CitizenQuestion.state.in_(WAITING))
    if by is not None:
        query = query.where(CitizenQuestion.state == QuestionState.TAKEN, CitizenQuestion.taken_by_id == by.id)
    return db.session.scalar(query) or 0


def counts() -> dict[QuestionState, int]:
    """How many questions there are in each state."""
    rows = db.session.execute(select(CitizenQuestion.state, func.count()).group_by(CitizenQuestion.state))
    found = {QuestionState(state): number for state, number in rows}
    return {state: found.get(state, 0) for state in QuestionState}


def usefulness() -> tuple[int, int]:
    """Of the answers to citizens' own questions: how many helped, and how many did not, as they said."""
    query = select(CitizenQuestion.helped, func.count()).where(CitizenQuestion.helped.is_not(None))
    found = {bool(useful): number for useful, number in db.session.execute(query.group_by(CitizenQuestion.helped))}
    return found.get(True, 0), found.get(False, 0)


def take_on(name: str, *, by: User, now: datetime, over_from: str = "") -> CitizenQuestion:
    """Note that `by` answers it. Refuses with `TakenByOther`, unless it is taken over from the account of that public id."""
    question = _locked(name, by)
    _still_waits(question)
    if question.taken_by_id == by.id:
        return question
    holder = question.taken_by
    if holder is not None and holder.public_id != over_from:
        raise TakenByOther(name=holder.name)
    question.state, question.taken_by_id, question.taken_at = QuestionState.TAKEN, by.id, now
    db.session.flush()
    audit.record(by, "question.taken", f"question:{name}", {}, now)
    return question


def give_back(name: str, *, by: User, now: datetime) -> CitizenQuestion:
    """Let somebody else answer it. Refuses with `TakenByOther` where it is not theirs to give."""
    question = _locked(name, by)
    _still_waits(question)
    if question.state == QuestionState.TAKEN:
        _not_anothers(question, by)
        question.state, question.taken_by_id, question.taken_at = QuestionState.OPEN, None, None
        db.session.flush()
        audit.record(by, "question.given_back", f"question:{name}", {}, now)
    return question


def answer(name: str, words: str, *, by: User, now: datetime) -> CitizenQuestion:
    """Answer it: the answer is on its way to where the question came from.

    Of two who answer at the same time the second is told: refuses with `TakenByOther`, `OverAlready`, `NoAnswer`, and with
    `NotReachable` where nobody would read it.
    """
    question = _locked(name, by)
    _still_waits(question)
    _not_anothers(question, by)
    text = typed.paragraphs(words)[:LONGEST_ANSWER]
    if not text:
        raise NoAnswer
    question.state, question.answer = QuestionState.ANSWERED, text
    question.answered_by_id, question.answered_at = by.id, now
    if not letters.answered(question, now):
        raise NotReachable
    db.session.flush()
    audit.record(by, "question.answered", f"question:{name}", {}, now)
    return question


def close(name: str, *, by: User, now: datetime) -> CitizenQuestion:
    """Put it away without an answer: it was answered on the phone, or is no question. Nobody is written to."""
    question = _locked(name, by)
    _still_waits(question)
    _not_anothers(question, by)
    question.state, question.closed_at = QuestionState.CLOSED, now
    db.session.flush()
    audit.record(by, "question.closed", f"question:{name}", {}, now)
    return question


def reopen(name: str, *, by: User, now: datetime) -> CitizenQuestion:
    """Take back that it was put away; not once its text was deleted."""
    question = _locked(name, by)
    if question.state != QuestionState.CLOSED or question.forgotten_at is not None:
        raise OverAlready
    question.state, question.closed_at, question.taken_by_id, question.taken_at = QuestionState.OPEN, None, None, None
    db.session.flush()
    audit.record(by, "question.reopened", f"question:{name}", {}, now)
    return question


def is_reachable(question: CitizenQuestion) -> bool:
    """Whether an answer would arrive somewhere."""
    return bool(letters.ways(question))


def has_proven_address(question: CitizenQuestion) -> bool:
    """Whether the e-mail address is known to be theirs."""
    if question.email is None or question.person_id is None:
        return False
    return has_proven(question.person_id, "email", question.email)


def _locked(name: str, by: User) -> CitizenQuestion:
    access.allow(access.may_answer(by))
    query = select(CitizenQuestion).where(CitizenQuestion.public_id == name)
    found = db.session.scalar(query.with_for_update().execution_options(populate_existing=True))
    if found is None:
        raise NoSuchQuestion
    return found


def _still_waits(question: CitizenQuestion) -> None:
    if question.state not in WAITING:
        raise OverAlready


def _not_anothers(question: CitizenQuestion, by: User) -> None:
    holder = question.taken_by
    if question.state == QuestionState.TAKEN and holder is not None and holder.id != by.id:
        raise TakenByOther(name=holder.name)
