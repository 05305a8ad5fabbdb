"""Questions and answers as tests need them."""

from typing import Any

from engage import questions
from engage.base.db import db, transaction
from engage.base.identifiers import public_id
from engage.questions import AnswerState, ApprovedAnswer, Asked, CitizenQuestion, Topic
from engage.questions import demo as demo_questions
from tests.conftest import NOW


def asked(text: str = "Er der plads til en barnevogn?", **facts: Any) -> CitizenQuestion:
    """A question from a form, unless told otherwise."""
    said: dict[str, Any] = {"text": text, "language": "da", "channel": "web", "email": "anna@example.org", **facts}
    now = said.pop("now", NOW)
    with transaction():
        return questions.ask(Asked(**said), now=now)


def approved(question: str = "Må jeg tage hund med?", answer: str = "Ja, i snor.", **facts: Any) -> ApprovedAnswer:
    """An approved answer in Danish alone, unless told otherwise."""
    values: dict[str, Any] = {
        "public_id": public_id(), "topic": Topic.TAKING_PART, "state": AnswerState.APPROVED, "questions": {"da": question},
        "wordings": {}, "answers": {"da": answer}, "made_at": NOW, "changed_at": NOW, "approved_at": NOW,
    }  # fmt: skip
    found = ApprovedAnswer(**{**values, **facts})
    with transaction():
        db.session.add(found)
    return found


def demo() -> None:
    """The demo city's answers and questions."""
    with transaction():
        demo_questions.load(NOW)
