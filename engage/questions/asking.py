"""A citizen asks: the question is kept for staff, within bounds, and whoever asked says whether the answer helped."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update

from engage.activities import typed
from engage.base import tokens
from engage.base.config import current_settings
from engage.base.db import db
from engage.base.identifiers import public_id
from engage.base.limits import Rate, TooOften, take
from engage.people import identity
from engage.questions import letters
from engage.questions.models import WAITING, CitizenQuestion, QuestionState
from engage.questions.refusals import NoQuestion, NoSuchQuestion, NoWayBack, TooManyQuestions

LONGEST_TEXT = 2000
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
    letters.tell_desk(_waiting(), now)
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


def _own(name: str, channel: str, identifier: str, person_id: int | None) -> CitizenQuestion | None:
    found = db.session.scalar(select(CitizenQuestion).where(CitizenQuestion.public_id == name))
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


def _waiting() -> int:
    waits = CitizenQuestion.state.in_(WAITING)
    return db.session.scalar(select(func.count()).select_from(CitizenQuestion).where(waits)) or 0
