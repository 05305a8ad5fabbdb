"""The form on which people tell how it was, the same behind a link and on one's own page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import request

from engage.activities import facts
from engage.base import wording
from engage.base.db import transaction
from engage.base.errors import Refusal
from engage.base.i18n import current_language
from engage.registrations import Registration, feedback
from engage.registrations.feedback import Answer

Errors = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class FormView:
    """What the form shows. `open` is whether it can be sent now, `said` whether something was said before."""

    title: str
    language: str
    when: str
    open: bool
    said: bool
    answer: Answer
    ratings: Sequence[tuple[int, str]]
    deeds: Sequence[tuple[str, str, bool]]
    errors: Errors
    longest_words: int
    longest_pledge: int


@dataclass(frozen=True, slots=True)
class Way:
    """What somebody said of what is over, with the way to say it or change it while that is possible."""

    registration: str
    form: FormView


def way(registration: Registration, now: datetime) -> Way | None:
    """What stands under something that is over; None where nothing was said and nothing can be."""
    found = form(registration, now)
    return Way(registration.public_id, found) if found.said or found.open else None


def form(registration: Registration, now: datetime, sent: Answer | None = None, errors: Errors = ()) -> FormView:
    """The form as it stands, filled with what was said, or with what was just sent."""
    said = feedback.given(registration)
    before = Answer(said.rating, said.words, tuple(said.deeds), said.pledge, said.named) if said else Answer(None)
    answer = sent or before
    (date,) = facts.occurrences([registration.occurrence_id], current_language())
    words = feedback.ratings()
    return FormView(
        title=date.title,
        language=date.language,
        when=wording.long_date(date.starts_at.astimezone(date.zone).date()),
        open=feedback.may_answer(registration, now),
        said=said is not None,
        answer=answer,
        ratings=[(number, words[number]) for number in feedback.SCALE],
        deeds=[(key, text, key in answer.deeds) for key, text in feedback.deed_words().items()],
        errors=errors,
        longest_words=feedback.LONGEST_WORDS,
        longest_pledge=feedback.LONGEST_PLEDGE,
    )


def read() -> Answer:
    """What was filled in."""
    rating = request.form.get("rating", "")
    return Answer(
        rating=int(rating) if rating in set("12345") else None,
        words=request.form.get("words", ""),
        deeds=frozenset(request.form.getlist("deeds")),
        pledge=request.form.get("pledge", ""),
        named=bool(request.form.get("named")),
    )


def send(registration: Registration, now: datetime) -> FormView | None:
    """Keep what was filled in; the form again where that cannot be."""
    answer = read()
    try:
        with transaction():
            feedback.give(registration, answer, now=now)
    except Refusal as refusal:
        return form(registration, now, answer, (("rating", str(refusal)),))
    return None
