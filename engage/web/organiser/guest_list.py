"""Whose list of sign-ups this is, who may see it, and a sign-up in words: shared by the pages about a date's guests."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import abort, url_for
from sqlalchemy import select

from engage.accounts import access, audit
from engage.activities import asking
from engage.activities.asking import Question
from engage.activities.models import Activity, Occurrence, SignUpMode
from engage.base import wording
from engage.base.db import db
from engage.base.i18n import gettext as _
from engage.base.i18n import in_language, ngettext
from engage.registrations import Registration, State, calling, guests
from engage.registrations.attendance import Attendance, lists
from engage.registrations.attendance.checking import OPENS_BEFORE
from engage.registrations.reminders import said_coming
from engage.registrations.wording import state_name
from engage.web.organiser.dates import PATH as DATES
from engage.web.organiser.dates import title
from engage.web.who import current_account

PATH = DATES + "/<occurrence>/tilmeldte"
_URGENT = frozenset({State.PENDING_APPROVAL, State.OFFERED})


@dataclass(frozen=True, slots=True)
class Date:
    """The date whose guests are looked after; `course` when its list is that of all dates together."""

    activity: Activity
    occurrence: Occurrence

    @property
    def course(self) -> bool:
        return self.activity.sign_up == SignUpMode.WHOLE_COURSE

    @property
    def title(self) -> str:
        return title(self.activity)

    def when(self, now: datetime) -> str:
        """The date in words, or that it is the whole course."""
        if self.course:
            return _("The whole course")
        words = wording.when(self.occurrence.starts_at, self.occurrence.ends_at, self.occurrence.timezone, now)
        return words[:1].upper() + words[1:]

    def url(self, endpoint: str, **more: Any) -> str:
        """The address of one of the pages about this date's guests."""
        return url_for(endpoint, activity=self.activity.public_id, occurrence=self.occurrence.public_id, **more)

    def record(self, action: str, now: datetime, **facts: Any) -> None:
        """Write into the log what was seen or decided: ids only, never a guest's name, address or words."""
        about = f"activity:{self.activity.public_id}"
        facts = {"occurrence": self.occurrence.public_id, **facts}
        audit.record(current_account(), f"guests.{action}", about, facts, now)


def seen(activity: str, occurrence: str) -> Date:
    """The date whose sign-ups may be seen. Answers 404 when there is none, or it is not theirs to see."""
    found = _found(activity, occurrence)
    if found is None or not access.may_see_sign_ups(current_account(), found.activity.organisation_id):
        abort(404)
    return found


def decided_on(activity: str, occurrence: str) -> Date:
    """The date on whose sign-ups may be decided. Answers 404 as `seen` does."""
    found = _found(activity, occurrence)
    if found is None or not access.may_decide_on_sign_ups(current_account(), found.activity.organisation_id):
        abort(404)
    return found


def at_the_door(activity: str, occurrence: str) -> Date:
    """The date whose people one may receive, without seeing all they told. Answers 404 as `seen` does."""
    found = _found(activity, occurrence)
    if found is None or not access.may_check_in(current_account(), found.activity.organisation_id):
        abort(404)
    return found


def _found(activity: str, occurrence: str) -> Date | None:
    query = select(Occurrence).join(Activity).where(Occurrence.public_id == occurrence)
    found = db.session.scalar(query.where(Activity.public_id == activity))
    return Date(found.activity, found) if found is not None else None


def own_guest(date: Date, sign_up: str) -> Registration:
    """The sign-up with this public id on this date. Answers 404 when there is none."""
    found = guests.of_date(date.occurrence.id, sign_up)
    if found is None:
        abort(404)
    return found


@dataclass(frozen=True, slots=True)
class Guest:
    """A sign-up in a list, in words."""

    public_id: str
    url: str
    name: str
    state: str
    urgent: bool
    seats: str
    role: str
    comes: str  # names and ages of those who come, or the class
    certificate: str
    answers: tuple[tuple[str, str], ...]
    only_by_phone: bool  # no letter reaches them
    joined: str
    to_phone: bool = False  # something is to be told them, or they are marked
    phone_why: str = ""
    phones: tuple[str, ...] = ()
    coming: bool = False  # said so when they were reminded
    attended: str = ""  # how it was marked at the door, "" before that is known


def questions_of(date: Date) -> dict[str, Question]:
    """Every question the activity asks or has asked, by its public id."""
    rows = select(Question).where(Question.activity_id == date.activity.id).order_by(Question.position, Question.id)
    return {each.public_id: each for each in db.session.scalars(rows)}


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a date's sign-ups besides themselves, by their ids, read for all of them at once."""

    coming: Collection[int]  # who have said that they come
    to_phone: Collection[int]
    only_by_phone: Collection[int]
    phones: Mapping[int, tuple[str, ...]]
    marks: Mapping[int, Attendance] | None


def known(date: Date, registrations: Sequence[Registration], now: datetime) -> Known:
    """What is known of these sign-ups of a date."""
    return Known(
        coming=said_coming([date.occurrence.id]),
        to_phone=calling.to_phone(now, date.occurrence.id),
        only_by_phone=guests.only_by_phone(registrations),
        phones=calling.phones(registrations),
        marks=_marks(date, now),
    )


def guest(
    date: Date,
    registration: Registration,
    questions: Mapping[str, Question],
    known: Known,
) -> Guest:
    """A sign-up as its organiser reads it."""
    zone, to_phone = date.occurrence.timezone, registration.id in known.to_phone
    own, only = (registration.phone,) if registration.phone else (), registration.id in known.only_by_phone
    return Guest(
        public_id=registration.public_id,
        url=date.url(".guest_page", sign_up=registration.public_id),
        name=registration.name or _("A person who is erased"),
        state=state_name(State(registration.state)),
        urgent=registration.state in _URGENT,
        seats=seats(registration.offered_seats or registration.seats),
        role=in_language(registration.pool.role.names) if registration.pool.role else "",
        comes=_class(registration.school_class) or _people(registration.companions),
        certificate=wording.long_date(registration.vetted_on, year=True) if registration.vetted_on else "",
        answers=tuple(_answers(registration.answers, questions)),
        only_by_phone=only,
        joined=wording.long_date(registration.joined_at.astimezone(zone).date()),
        to_phone=to_phone,
        phone_why=registration.to_phone_why,
        phones=known.phones.get(registration.id, ()) if to_phone or only else own,
        coming=registration.id in known.coming,
        attended=_attended(registration, known.marks),
    )


def _marks(date: Date, now: datetime) -> Mapping[int, Attendance] | None:
    """Who came and who did not, by the sign-up's id; None while nobody can be checked in yet."""
    return lists.marks(date.occurrence.id) if date.occurrence.starts_at - OPENS_BEFORE <= now else None


def _attended(registration: Registration, marks: Mapping[int, Attendance] | None) -> str:
    """Came, not there, or not marked, which are three things; "" where nothing is known of it."""
    if marks is None:
        return ""
    mark = marks.get(registration.id)
    if mark is None:
        return _("not marked") if registration.state == State.CONFIRMED else ""
    if not mark.seats:
        return _("not there")
    if registration.seats == 1:
        return _("came")
    return _("%(came)s of %(seats)s came", came=mark.seats, seats=registration.seats)


def seats(number: int) -> str:
    """A number of places in words."""
    return ngettext("%(number)s place", "%(number)s places", number)


def _people(companions: list[dict[str, Any]]) -> str:
    return wording.listing([words for each in companions if (words := _companion(each))])


def _companion(each: dict[str, Any]) -> str:
    name, age = each.get("name") or "", each.get("age")
    if age is None:
        return str(name)
    years = ngettext("%(number)s year", "%(number)s years", age)
    return f"{name} ({years})" if name else years


def _class(told: dict[str, Any]) -> str:
    if not told:
        return ""
    pupils = ngettext("%(number)s pupil", "%(number)s pupils", told["pupils"])
    adults = ngettext("%(number)s adult", "%(number)s adults", told["adults"])
    return f"{told['class']}, {told['school']}: {pupils}, {adults}"


def answers_by_question(answers: Mapping[str, Any], questions: Mapping[str, Question]) -> dict[str, str]:
    """What somebody answered, in words, by the question's public id."""
    return {
        name: asking.answer_words(question, answers[name]) for name, question in questions.items() if name in answers
    }


def _answers(answers: Mapping[str, Any], questions: Mapping[str, Question]) -> list[tuple[str, str]]:
    """(question, answer) in the organiser's order."""
    found = []
    for name, question in questions.items():
        if name in answers:
            found.append((in_language(question.labels), asking.answer_words(question, answers[name])))
    return found
