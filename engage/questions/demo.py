"""The demo city's approved answers, and a few questions that wait for one. Nobody real stands behind them."""

import tomllib
from datetime import datetime, timedelta
from importlib.resources import files
from typing import Any

from sqlalchemy import select

from engage.base.db import db
from engage.base.identifiers import public_id
from engage.questions.models import AnswerState, ApprovedAnswer, CitizenQuestion, QuestionState, Topic


def load(now: datetime) -> int:
    """Add what is missing; returns how many answers were. Questions come with the first load alone."""
    said = tomllib.loads((files("engage") / "demo" / "questions.toml").read_text("utf-8"))
    known = set(db.session.scalars(select(ApprovedAnswer.key).where(ApprovedAnswer.key.is_not(None))))
    fresh = [entry for entry in said["answer"] if entry["key"] not in known]
    db.session.add_all([_answer(entry, now) for entry in fresh])
    if not known:
        db.session.add_all([_question(entry, now) for entry in said["question"]])
    db.session.flush()
    return len(fresh)


def _answer(entry: dict[str, Any], now: datetime) -> ApprovedAnswer:
    return ApprovedAnswer(
        public_id=public_id(),
        key=entry["key"],
        topic=Topic(entry["topic"]),
        state=AnswerState.APPROVED,
        questions=entry["question"],
        wordings=entry.get("wordings", {}),
        answers=entry["text"],
        url=entry.get("url", ""),
        made_at=now,
        changed_at=now,
        approved_at=now,
    )


def _question(entry: dict[str, Any], now: datetime) -> CitizenQuestion:
    name = public_id(12)
    return CitizenQuestion(
        public_id=name,
        channel="web",
        email=f"spoerger-{name}@example.org",
        language=entry["language"],
        text=entry["text"],
        state=QuestionState.OPEN,
        asked_at=now - timedelta(hours=entry["hours_ago"]),
    )
