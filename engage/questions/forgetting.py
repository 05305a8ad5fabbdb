"""Letting go of who asked: at their wish, or when the answer is long ago. That somebody asked, and whether it helped, stays."""

from datetime import datetime

from sqlalchemy import ColumnElement, case, func, select, update

from engage import outbox
from engage.base.config import current_settings
from engage.base.db import db
from engage.questions import holdings
from engage.questions.models import WAITING, CitizenQuestion, QuestionState


def erase(person_id: int, now: datetime) -> None:
    """Empty all that this person asked; what still waits for an answer is closed."""
    _let_go(holdings.theirs(person_id), now)


def forget_chat(channel: str, identifier: str, now: datetime) -> None:
    """Empty all that was asked in a chat, whoever its person is."""
    _let_go((CitizenQuestion.channel == channel) & (CitizenQuestion.identifier == identifier), now)


def expire(now: datetime) -> int:
    """Empty what was answered, closed, or asked and never answered, longer ago than the city keeps it. Returns how many."""
    last = func.coalesce(CitizenQuestion.answered_at, CitizenQuestion.closed_at, CitizenQuestion.asked_at)
    return _let_go(last < now - current_settings().city.keep_questions, now)


def _let_go(which: ColumnElement[bool], now: datetime) -> int:
    named = (which, CitizenQuestion.forgotten_at.is_(None))
    found = db.session.execute(select(CitizenQuestion.id, CitizenQuestion.public_id).where(*named)).all()
    if not found:
        return 0
    waits = CitizenQuestion.state.in_(WAITING)
    db.session.execute(
        update(CitizenQuestion)
        .where(CitizenQuestion.id.in_([row.id for row in found]))
        .values(
            person_id=None,
            identifier=None,
            email=None,
            name=None,
            text="",
            answer="",
            notice_version=None,
            forgotten_at=now,
            state=case((waits, QuestionState.CLOSED), else_=CitizenQuestion.state),
            closed_at=case((waits, now), else_=CitizenQuestion.closed_at),
        )
    )
    db.session.expire_all()
    outbox.forget([f"question:{row.public_id}" for row in found])
    return len(found)
