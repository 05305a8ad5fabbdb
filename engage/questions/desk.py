"""The desk: a citizen asks, one of the staff takes the question and answers it, and says when it is over."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select, update

from engage.accounts import User, access, audit
from engage.activities import typed
from engage.base import tokens
from engage.base.config import current_settings
from engage.base.db import db
from engage.base.identifiers import public_id
from engage.base.limits import Rate, TooOften, take
from engage.people import has_proven, identity
from engage.questions import letters
from engage.questions.models import WAITING, CitizenQuestion, QuestionState
from engage.questions.refusals import (
    NoAnswer,
    NoQuestion,
    NoSuchQuestion,
    NotReachable,
    NoWayBack,
    OverAlready,
    TakenByOther,
    TooManyQuestions,
)

LONGEST_TEXT, LONGEST_ANSWER, PER_PAGE = 2000, 4000, 30
_DAY = 24 * 60 * 60


@dataclass(frozen=True)
class Asked:
    """What a citizen tells with a question. `channel` and `identifier` are the chat it comes from, "web" and "" a form.

    `client` is a keyed hash of where it came from; `after` the public id of the question they ask on from.
    """

    text: str
    language: str
    channel: str
    identifier: str = ""
    person_id: int | None = None
    email: str = ""
    name: str = ""
    activity_id: int | None = None
    after: str = ""
    client: str = ""
    notice_version: str | None = None


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


def ask(asked: Asked, *, now: datetime) -> CitizenQuestion:
    """Put a question to staff, who are told once a day; the citizen is not written to. The same once more is the same question.

    Refuses with `NoQuestion`, `NoWayBack`, `TooManyQuestions`, `people.EmailNotUsable`.
    """
    text = typed.paragraphs(asked.text)[:LONGEST_TEXT]
    if not any(letter.isalpha() for letter in text):
        raise NoQuestion
    email = identity.normalise_email(asked.email) if asked.email else None
    if email is None and not asked.identifier:
        raise NoWayBack
    if (same := _asked_before(asked, email, text, now)) is not None:
        return same
    _count(asked, email, now)
    before = _own(asked.after, asked.channel, asked.identifier, asked.person_id) if asked.after else None
    question = CitizenQuestion(
        public_id=public_id(12),
        person_id=asked.person_id,
        channel=asked.channel,
        identifier=asked.identifier or None,
        email=email,
        name=typed.line(asked.name)[:120] or None,
        language=asked.language,
        text=text,
        notice_version=asked.notice_version,
        activity_id=asked.activity_id,
        after_id=before.id if before else None,
        state=QuestionState.OPEN,
        asked_at=now,
    )
    db.session.add(question)
    db.session.flush()
    letters.tell_desk(waiting(), now)
    return question


def may_ask(channel: str, identifier: str, *, now: datetime) -> None:
    """Whether one more question from this chat would be taken. Refuses with `TooManyQuestions`; counts nothing."""
    since = select(func.count()).where(
        CitizenQuestion.channel == channel,
        CitizenQuestion.identifier == identifier,
        CitizenQuestion.asked_at > now - letters.A_DAY,
    )
    if (db.session.scalar(since) or 0) >= current_settings().questions_per_day:
        raise _too_many()


def helped(name: str, channel: str, identifier: str, person_id: int | None, useful: bool) -> bool:
    """Note whether the answer helped who asked; the first word counts. Returns whether this was it.

    Refuses with `NoSuchQuestion` whoever asks about somebody else's.
    """
    question = _own(name, channel, identifier, person_id)
    if question is None or question.state != QuestionState.ANSWERED:
        raise NoSuchQuestion
    noted = db.session.execute(
        update(CitizenQuestion)
        .where(CitizenQuestion.id == question.id, CitizenQuestion.helped.is_(None))
        .values(helped=useful)
    )
    return bool(noted.rowcount)  # type: ignore[attr-defined]


def of_chat(name: str, channel: str, identifier: str, person_id: int | None) -> CitizenQuestion:
    """The question of this name, asked in this chat or by its person. Refuses with `NoSuchQuestion`."""
    found = _own(name, channel, identifier, person_id)
    if found is None:
        raise NoSuchQuestion
    return found


def asked_in(channel: str, identifier: str) -> list[CitizenQuestion]:
    """What was asked in a chat and is still kept, the oldest first."""
    here = (CitizenQuestion.channel == channel, CitizenQuestion.identifier == identifier)
    return list(db.session.scalars(select(CitizenQuestion).where(*here).order_by(CitizenQuestion.id)))


# What staff do ----------------------------------------------------------------------------------------------------------


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


def _own(name: str, channel: str, identifier: str, person_id: int | None) -> CitizenQuestion | None:
    found = by_public_id(name)
    if found is None:
        return None
    here = bool(identifier) and (found.channel, found.identifier) == (channel, identifier)
    return found if here or (person_id is not None and found.person_id == person_id) else None


def _asked_before(asked: Asked, email: str | None, text: str, now: datetime) -> CitizenQuestion | None:
    """The same words from the same chat or address that still wait: a form sent twice. Of two at once both may be kept."""
    return db.session.scalars(
        select(CitizenQuestion).where(
            CitizenQuestion.state.in_(WAITING),
            CitizenQuestion.channel == asked.channel,
            CitizenQuestion.identifier.is_not_distinct_from(asked.identifier or None),
            CitizenQuestion.email.is_not_distinct_from(email),
            CitizenQuestion.text == text,
            CitizenQuestion.asked_at > now - letters.A_DAY,
        )
    ).first()


def _count(asked: Asked, email: str | None, now: datetime) -> None:
    """By the chat or the browser it comes from, and by the address it would be answered to: nobody is written to for others."""
    most, key = current_settings().questions_per_day, current_settings().secret_key
    who = f"{asked.channel}:{asked.identifier}" if asked.identifier else f"client:{asked.client}"
    for each in [who, *([f"email:{email}"] if email else [])]:
        try:
            take(f"question:{tokens.stand_in(key, each)}", Rate(most, most / _DAY), now)
        except TooOften as full:
            raise _too_many() from full


def _too_many() -> TooManyQuestions:
    return TooManyQuestions(phone=current_settings().city.contact.get("phone", ""))
