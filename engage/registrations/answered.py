"""Questions that have been answered already: by how many, and what may still be changed about them."""

from datetime import datetime

from sqlalchemy import func, select

from engage.activities import question_draft, questionnaire
from engage.activities.asking import Question
from engage.activities.models import Occurrence
from engage.activities.question_draft import QuestionInput
from engage.base.db import db
from engage.base.errors import Refusal
from engage.base.i18n import lazy_gettext as _l
from engage.registrations.models import LIVE, Registration


class KindIsFixed(Refusal):
    """There are answers of one kind, which would be none of another."""

    code = "kind_is_fixed"
    message = _l(
        "People have answered already, so the way to answer has to stay. Take the question away and add a new one instead."
    )


def answered(activity_id: int, *, live: bool = True) -> dict[str, int]:
    """How many sign-ups have answered each question, by its public id; those that ended count when not `live` alone."""
    each = (
        select(func.jsonb_object_keys(Registration.answers).label("question"))
        .join(Occurrence, Registration.occurrence_id == Occurrence.id)
        .where(Occurrence.activity_id == activity_id)
        .where(Registration.state.in_(LIVE) if live else Registration.state.is_not(None))
        .subquery()
    )
    query = select(each.c.question, func.count()).group_by(each.c.question)
    return {row[0]: row[1] for row in db.session.execute(query)}


def problems(activity_id: int, wanted: QuestionInput, question: Question) -> list[tuple[str, Refusal]]:
    """All that keeps a question from being written so, as (field, refusal)."""
    found = question_draft.problems(activity_id, wanted, question)
    if wanted.kind != question.kind and question.public_id in answered(activity_id, live=False):
        found.append(("kind", KindIsFixed()))
    return found


def change_question(activity_id: int, question_public_id: str, wanted: QuestionInput, *, now: datetime) -> Question:
    """Write a question anew, as `questionnaire.change` does. Refuses with `KindIsFixed` besides."""
    question = questionnaire.find(activity_id, question_public_id, locked=True)
    for _field, refusal in problems(activity_id, wanted, question):
        raise refusal
    questionnaire.change(question, wanted, now=now)
    return question
