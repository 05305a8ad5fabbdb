"""How it was, and what one will do now: said once for an activity, changed for two weeks, and shown without who said it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import aliased

from engage.activities.models import Occurrence, OccurrenceState
from engage.base import tokens
from engage.base.config import current_settings
from engage.base.db import db
from engage.base.errors import Refusal
from engage.base.i18n import gettext as _
from engage.base.i18n import lazy_gettext as _l
from engage.base.identifiers import public_id
from engage.registrations import mine
from engage.registrations.application import one_line
from engage.registrations.attendance import Attendance
from engage.registrations.feedback_models import Feedback
from engage.registrations.models import Registration, State
from engage.registrations.refusals import NoSuchSignUp

ANSWER = "give-feedback"
SCALE = (5, 4, 3, 2, 1)
LONGEST_WORDS, LONGEST_PLEDGE = 1000, 300
# How long somebody may answer after the end, and change it after that. Below so many answers there is no average: it would tell
# who said what (the same threshold as in statistics).
ASKED_FOR, CHANGED_FOR = timedelta(days=14), timedelta(days=14)
LEAST_FOR_AVERAGE = 5
# What one can do afterwards in one press; all else in one's own words. Keys are kept, words are said.
DEEDS = ("tell", "home", "again", "help", "learn")


class RatingMissing(Refusal):
    """Nothing was chosen from 1 to 5."""

    code = "rating_missing"
    message = _l("Choose how it was, from 1 to 5.")


class FeedbackClosed(Refusal):
    """It is too early, too long ago, or they did not come."""

    code = "feedback_closed"
    message = _l("You can tell how it was from the end of the activity until two weeks after.")


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody says. `named` lets the organiser see who said the words."""

    rating: int | None
    words: str = ""
    deeds: Collection[str] = ()
    pledge: str = ""
    named: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """What somebody wrote, with their name only where they said so."""

    words: str
    pledge: str
    name: str


@dataclass(frozen=True, slots=True)
class Summary:
    """What is said of an activity. `average` is None, and `counts` are empty, while too few have answered."""

    asked: int
    answers: int
    average: float | None
    counts: Mapping[int, int]
    deeds: Mapping[str, int]
    words: Sequence[Words]


def ratings() -> dict[int, str]:
    """The five answers, in words."""
    return {5: _("Very good"), 4: _("Good"), 3: _("So-so"), 2: _("Not so good"), 1: _("Bad")}


def deed_words() -> dict[str, str]:
    """What one can do afterwards, in words."""
    return {
        "tell": _("Tell somebody what I learned"),
        "home": _("Do something differently at home"),
        "again": _("Come again"),
        "help": _("Lend a hand myself"),
        "learn": _("Learn more about it"),
    }


def token(registration_public_id: str) -> str:
    """What lets its holder say how it was, without login."""
    return tokens.sign(current_settings().secret_key, ANSWER, registration_public_id)


def opened(link: str) -> Registration:
    """The sign-up that a link is for. Refuses with `LinkNotValid` or `NoSuchSignUp`."""
    return of_sign_up(tokens.unsign(current_settings().secret_key, ANSWER, link))


def of_sign_up(registration_public_id: str) -> Registration:
    """The sign-up with this public id. Refuses with `NoSuchSignUp`."""
    found = db.session.scalar(select(Registration).where(Registration.public_id == registration_public_id))
    if found is None:
        raise NoSuchSignUp
    return found


def given(registration: Registration) -> Feedback | None:
    """What was said for this sign-up, or for another of the same person's for the same activity: a family answers once."""
    same = Feedback.registration_id == registration.id
    if registration.person_id is not None:
        theirs = (
            select(Registration.id)
            .join(Occurrence, Registration.occurrence_id == Occurrence.id)
            .where(
                Registration.person_id == registration.person_id,
                Occurrence.activity_id == registration.occurrence.activity_id,
            )
        )
        same = or_(same, Feedback.registration_id.in_(theirs))
    return db.session.scalar(select(Feedback).where(same).order_by(Feedback.id).limit(1))


def may_answer(registration: Registration, now: datetime) -> bool:
    """Whether they can say it now, or change what they said."""
    if registration.state != State.CONFIRMED or registration.verified_at is None:
        return False
    said = given(registration)
    if said is not None:
        return now <= said.given_at + CHANGED_FOR
    return registration.occurrence.ends_at <= now <= _last_end(registration) + ASKED_FOR


def _last_end(registration: Registration) -> datetime:
    """When all of it is over, after which the letter asks: of a course, one may speak once one has been there, and until two
    weeks after its last date that takes place.
    """
    first, course = registration.occurrence, registration.pool.course_id
    if course is None:
        return first.ends_at
    held = (Occurrence.activity_id == course) & (Occurrence.state == OccurrenceState.SCHEDULED)
    last = db.session.scalar(select(func.max(Occurrence.ends_at)).where(held))
    return max(first.ends_at, last or first.ends_at)


def give(registration: Registration, answer: Answer, *, now: datetime) -> Feedback:
    """Keep what somebody says, in the place of what they said before. Refuses with `RatingMissing` or `FeedbackClosed`."""
    if answer.rating not in SCALE:
        raise RatingMissing
    # One at a time for each sign-up: two presses at once are one answer.
    db.session.execute(select(Registration.id).where(Registration.id == registration.id).with_for_update())
    if not may_answer(registration, now):
        raise FeedbackClosed
    said = given(registration)
    if said is None:
        said = _begun(registration, now)
        db.session.add(said)
    said.rating = answer.rating
    said.words = answer.words.strip()[:LONGEST_WORDS]
    said.pledge = one_line(answer.pledge, LONGEST_PLEDGE)
    said.deeds = [each for each in DEEDS if each in answer.deeds]
    said.named, said.changed_at = answer.named, now
    db.session.flush()
    return said


def _begun(registration: Registration, now: datetime) -> Feedback:
    activity = registration.occurrence.activity
    return Feedback(
        public_id=public_id(12),
        occurrence_id=registration.occurrence_id,
        registration_id=registration.id,
        dimensions=list(activity.dimensions),
        sdgs=list(activity.sdgs),
        given_at=now,
    )


def of_person(person_id: int) -> list[Feedback]:
    """What this person has said, the last first."""
    own = select(Registration.id).where(mine.theirs(person_id))
    query = select(Feedback).where(Feedback.registration_id.in_(own)).order_by(Feedback.given_at.desc(), Feedback.id)
    return list(db.session.scalars(query))


def summary(activity_id: int, *, now: datetime) -> Summary:
    """What was said of an activity, all its dates that are over together. Small numbers stay unsaid."""
    of_it = select(Occurrence.id).where(Occurrence.activity_id == activity_id)
    said = db.session.execute(
        select(Feedback, Registration.name)
        .outerjoin(Registration, Feedback.registration_id == Registration.id)
        .where(Feedback.occurrence_id.in_(of_it))
        # By what is random: the order in which people answered may tell who they are.
        .order_by(Feedback.public_id)
    ).all()  # fmt: skip
    answers = [feedback for feedback, _name in said]
    enough = len(answers) >= LEAST_FOR_AVERAGE
    return Summary(
        asked=_asked(activity_id, now),
        answers=len(answers),
        average=sum(each.rating for each in answers) / len(answers) if enough else None,
        counts={number: sum(each.rating == number for each in answers) for number in SCALE} if enough else {},
        deeds={deed: sum(deed in each.deeds for each in answers) for deed in DEEDS} if enough else {},
        words=[
            Words(each.words, each.pledge, (name or "") if each.named else "")
            for each, name in said
            if each.words or each.pledge
        ],
    )


def _asked(activity_id: int, now: datetime) -> int:
    """How many were asked: who came, or all who had a place where nobody was checked in."""
    from_it = select(Occurrence.id).where(Occurrence.activity_id == activity_id, Occurrence.ends_at <= now)
    coming = (Registration.occurrence_id.in_(from_it), Registration.state == State.CONFIRMED)
    came = select(Attendance.id).where(Attendance.seats > 0)
    theirs = came.where(Attendance.registration_id == Registration.id).exists()
    other = aliased(Registration)
    anybody = (
        came.join(other, Attendance.registration_id == other.id)
        .where(other.occurrence_id == Registration.occurrence_id)
        .exists()
    )
    asked = select(func.count()).select_from(Registration).where(*coming, or_(theirs, ~anybody))
    return db.session.scalar(asked) or 0


def let_go(registration_ids: Sequence[int]) -> None:
    """Cut the thread to who said it, and take their words; the number, the deeds and the goals stay countable."""
    if registration_ids:
        own = Feedback.registration_id.in_(registration_ids)
        nobody = {"registration_id": None, "words": "", "pledge": "", "named": False}
        db.session.execute(update(Feedback).where(own).values(**nobody))
