"""An invented guest of the demo city."""

from datetime import datetime, timedelta
from typing import Any

from engage.activities import asking
from engage.activities.models import Occurrence
from engage.base.db import db
from engage.base.identifiers import public_id
from engage.people import find_or_create
from engage.registrations import Registration, State

# What they answered to the organiser's questions, by the kind of question.
_SAID = {asking.QuestionKind.NUMBER: "1", asking.QuestionKind.YES_NO: False}


def guest(
    occurrence: Occurrence, name: str, state: State, seats: int, now: datetime, *, words: str = "Intet særligt"
) -> Registration:
    """Somebody who signed up three days ago, with an answer to each question; `words` where one answers in words."""
    email = f"{name.lower().replace(' ', '.')}@example.org"
    joined = min(now, occurrence.starts_at) - timedelta(days=3)
    found = Registration(
        public_id=public_id(12), pool_id=occurrence.pool.id, occurrence_id=occurrence.id,
        person_id=find_or_create("email", email, language="da", now=now), state=state, seats=seats, name=name, email=email,
        language="da", channel="web", joined_at=joined, verified_at=joined, changed_at=joined,
        answers=_answers(occurrence.activity_id, words),
    )  # fmt: skip
    db.session.add(found)
    return found


def _answers(activity_id: int, words: str) -> dict[str, Any]:
    questions, said = asking.asked(activity_id), {**_SAID, asking.QuestionKind.TEXT: words}
    raw = {each.public_id: each.offered[0]["key"] if each.offered else said.get(each.kind) for each in questions}
    return asking.checked(questions, raw)
