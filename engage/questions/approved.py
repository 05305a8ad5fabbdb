"""Writing, approving and withdrawing the answers that anybody may be given; and counting whether they help."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, func, select, update

from engage.accounts import User, access, audit
from engage.base.db import db
from engage.base.errors import Refusal
from engage.base.i18n import LazyText, current_language
from engage.base.i18n import lazy_gettext as _l
from engage.base.identifiers import public_id
from engage.questions.models import AnswerState, ApprovedAnswer, Topic
from engage.questions.refusals import ChangedMeanwhile, NothingToApprove

TOPICS: Mapping[Topic, LazyText] = {
    Topic.TAKING_PART: _l("Taking part"),
    Topic.SIGNING_UP: _l("Signing up and cancelling"),
    Topic.GETTING_THERE: _l("Getting there and around"),
    Topic.DATA: _l("Your data"),
    Topic.CITY: _l("The learning city"),
    Topic.ORGANISING: _l("Holding something yourself"),
}
LONGEST_QUESTION, LONGEST_ANSWER, MOST_WORDINGS = 200, 1500, 30


class LinkNotUsable(Refusal):
    """It leads nowhere, or to something that is no page."""

    code = "link_not_usable"
    message = _l("Write the link as https://example.org/page, or as a page of ours like /frivillig.")


@dataclass(frozen=True)
class Wanted:
    """What the editor says: texts by language, and other ways to ask, by language."""

    topic: Topic
    questions: Mapping[str, str]
    answers: Mapping[str, str]
    wordings: Mapping[str, Sequence[str]] = field(default_factory=dict)
    url: str = ""


def save(
    found: ApprovedAnswer | None, wanted: Wanted, *, by: User, now: datetime, read: str | None = None
) -> ApprovedAnswer:
    """Write a new draft, or change one that is there, which stays as approved as it was. `read` is what `as_read` said of it.

    Refuses with `ChangedMeanwhile`; an approved one that would be left half done with `NothingToApprove`.
    """
    access.allow(access.may_answer(by))
    if found is None:
        return _make(wanted, by, now)
    db.session.refresh(found, with_for_update=True)
    if read is not None and read != as_read(found):
        raise ChangedMeanwhile
    before = {name: getattr(found, name) for name in ("topic", "questions", "wordings", "answers", "url")}
    _write(found, wanted)
    if found.state == AnswerState.APPROVED and not is_whole(found):
        raise NothingToApprove
    changed = [name for name, value in before.items() if getattr(found, name) != value]
    if changed:
        found.changed_at = now
        db.session.flush()
        audit.record(by, "answer.changed", f"answer:{found.public_id}", {"fields": changed}, now)
    return found


def approve(found: ApprovedAnswer, *, by: User, now: datetime) -> None:
    """From now on anybody may be given it. Refuses with `NothingToApprove`."""
    access.allow(access.may_answer(by))
    db.session.refresh(found, with_for_update=True)
    if not is_whole(found):
        raise NothingToApprove
    if found.state == AnswerState.APPROVED:
        return
    found.state, found.approved_by_id, found.approved_at, found.withdrawn_at = AnswerState.APPROVED, by.id, now, None
    db.session.flush()
    audit.record(by, "answer.approved", f"answer:{found.public_id}", {}, now)


def withdraw(found: ApprovedAnswer, *, by: User, now: datetime) -> None:
    """Nobody is given it any more; it can be approved again."""
    access.allow(access.may_answer(by))
    db.session.refresh(found, with_for_update=True)
    if found.state != AnswerState.APPROVED:
        return
    found.state, found.withdrawn_at = AnswerState.WITHDRAWN, now
    db.session.flush()
    audit.record(by, "answer.withdrawn", f"answer:{found.public_id}", {}, now)


def by_public_id(name: str) -> ApprovedAnswer | None:
    """The answer with this public id, whatever its state."""
    return db.session.scalar(select(ApprovedAnswer).where(ApprovedAnswer.public_id == name))


def given(name: str) -> ApprovedAnswer | None:
    """The answer with this public id, if anybody may be given it."""
    found = by_public_id(name)
    return found if found is not None and found.state == AnswerState.APPROVED else None


def answers(state: AnswerState | None = None) -> list[ApprovedAnswer]:
    """All of them, or those in one state, by topic and then the order in which they were made."""
    query = select(ApprovedAnswer).order_by(ApprovedAnswer.id)
    if state is not None:
        query = query.where(ApprovedAnswer.state == state)
    order = list(Topic)
    return sorted(db.session.scalars(query), key=lambda each: order.index(Topic(each.topic)))


def counts() -> dict[AnswerState, int]:
    """How many answers there are in each state."""
    rows = db.session.execute(select(ApprovedAnswer.state, func.count()).group_by(ApprovedAnswer.state))
    found = {AnswerState(state): number for state, number in rows}
    return {state: found.get(state, 0) for state in AnswerState}


def in_words(found: ApprovedAnswer, language: str | None = None) -> tuple[str, str, str]:
    """(language, question, answer) in the language asked for, or one there is."""
    wanted = language or current_language()
    code = wanted if wanted in found.answers else next(iter(found.answers), wanted)
    return code, found.questions.get(code, ""), found.answers.get(code, "")


def count_shown(found: ApprovedAnswer) -> None:
    """Somebody was given it."""
    _count(ApprovedAnswer.id == found.id, shown=ApprovedAnswer.shown + 1)


def count_helped(found: ApprovedAnswer, helped: bool) -> None:
    """Somebody said that it helped, or that it did not."""
    if helped:
        _count(ApprovedAnswer.id == found.id, helped=ApprovedAnswer.helped + 1)
    else:
        _count(ApprovedAnswer.id == found.id, not_helped=ApprovedAnswer.not_helped + 1)


def as_read(found: ApprovedAnswer) -> str:
    """What the editor's form says it was made from."""
    return found.changed_at.isoformat()


def is_whole(found: ApprovedAnswer) -> bool:
    """Whether each language that has anything has both the question and the answer, and one has."""
    return bool(found.answers) and set(found.answers) == set(found.questions) >= set(found.wordings)


def _make(wanted: Wanted, by: User, now: datetime) -> ApprovedAnswer:
    found = ApprovedAnswer(
        public_id=public_id(), state=AnswerState.DRAFT, made_by_id=by.id, made_at=now, changed_at=now,
    )  # fmt: skip
    _write(found, wanted)
    db.session.add(found)
    db.session.flush()
    audit.record(by, "answer.made", f"answer:{found.public_id}", {}, now)
    return found


def _write(found: ApprovedAnswer, wanted: Wanted) -> None:
    if wanted.url and not (wanted.url.startswith(("https://", "http://")) or _is_own(wanted.url)):
        raise LinkNotUsable
    found.topic, found.url = wanted.topic, wanted.url[:300]
    found.questions = {code: text[:LONGEST_QUESTION] for code, text in wanted.questions.items() if text}
    found.answers = {code: text[:LONGEST_ANSWER] for code, text in wanted.answers.items() if text}
    found.wordings = {
        code: [each[:LONGEST_QUESTION] for each in dict.fromkeys(texts) if each][:MOST_WORDINGS]
        for code, texts in wanted.wordings.items()
        if any(texts)
    }


def _is_own(url: str) -> bool:
    """One page of ours. Two slashes, or a backslash, would lead a browser away."""
    return url.startswith("/") and not url.startswith("//") and "\\" not in url and not any(c.isspace() for c in url)


def _count(which: ColumnElement[bool], **number: ColumnElement[int]) -> None:
    # In the database, so that of two at once none is lost; `changed_at` is the text's alone.
    db.session.execute(update(ApprovedAnswer).where(which).values(**number))
