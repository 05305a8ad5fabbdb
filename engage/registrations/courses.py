"""Sign-ups for a course as a whole, when dates of it move, fall or are added: who keeps what, and who is told.

Such a sign-up counts on every date of the course from the first one its person comes to, which is its `occurrence_id`. A date
that falls ends no sign-up: one ends only when nothing of the course is left for its person. What they are told stands in
`course_notices`.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from engage.activities import dates
from engage.activities.models import Activity, Occurrence, OccurrenceState, Pool, SignUpMode
from engage.base.db import ask, db
from engage.registrations import course_notices, leaving, pools
from engage.registrations.change_notices import Guest
from engage.registrations.models import LIVE, Registration, State
from engage.registrations.pools import Room


@dataclass(frozen=True, slots=True)
class Course:
    """A course before something of it changes: when each date began, its guests, and each with the dates that are to change."""

    activity_id: int
    starts: Mapping[int, datetime]
    guests: tuple[Registration, ...]
    told: tuple[Guest, ...] = ()

    def comes_to(self, registration: Registration) -> set[int]:
        """The dates this sign-up counts on: its first one, and all that began later."""
        first = self.starts[registration.occurrence_id]
        return {number for number, start in self.starts.items() if start >= first}


# A course's pool is made when it is first needed. Made here, it can be locked before anybody signs up.
_MAKE_POOL = """
INSERT INTO pool (course_id)
SELECT DISTINCT activity.id FROM occurrence JOIN activity ON activity.id = occurrence.activity_id
 WHERE occurrence.id = ANY(%(ids)s) AND activity.sign_up = 'whole_course'
ON CONFLICT DO NOTHING
"""


def lock(occurrence_ids: Collection[int]) -> None:
    """Lock the pools of these dates, and of the courses they belong to, until the transaction ends; see `pools.lock_all`."""
    ask(_MAKE_POOL, {"ids": list(occurrence_ids)})
    pools.lock_all(occurrence_ids)


def lock_whole(activity_id: int) -> None:
    """Lock a course before dates are added to it: they begin with its seats, which nobody may change meanwhile."""
    if db.session.get_one(Activity, activity_id).sign_up == SignUpMode.WHOLE_COURSE:
        lock([each.id for each in dates.of(activity_id)])


def begins_with(room: Room, now: datetime) -> int:
    """The date with which somebody who joins the course now begins, whichever of its dates they looked at."""
    mine = (Occurrence.activity_id == room.activity_id) & (Occurrence.state == OccurrenceState.SCHEDULED)
    query = select(Occurrence.id).where(mine, Occurrence.starts_at > now)
    first = db.session.scalar(query.order_by(Occurrence.starts_at, Occurrence.id).limit(1))
    return room.occurrence_id if first is None else first


def before(activity_id: int, occurrence_ids: Collection[int] = ()) -> Course | None:
    """A course as it stands, before a change of these dates; None for an activity that people sign up to by date."""
    activity = db.session.get_one(Activity, activity_id)
    if activity.sign_up != SignUpMode.WHOLE_COURSE:
        return None
    starts = {each.id: each.starts_at for each in dates.of(activity_id)}
    mine = (Pool.course_id == activity_id) & Registration.state.in_(LIVE)
    query = select(Registration).join(Pool, Registration.pool_id == Pool.id).where(mine).order_by(Registration.id)
    guests = tuple(db.session.scalars(query.execution_options(populate_existing=True)))
    course = Course(activity_id, starts, guests)
    return Course(activity_id, starts, guests, _told(course, occurrence_ids))


def sign_ups(activity_id: int, occurrence_ids: Collection[int]) -> dict[int, set[int]]:
    """The live sign-ups for a course that count on each of these dates; dates without any are left out."""
    found: dict[int, set[int]] = defaultdict(set)
    course = before(activity_id)
    for each in course.guests if course else ():
        for number in course.comes_to(each) & set(occurrence_ids) if course else ():
            found[number].add(each.id)
    return dict(found)


def moved(course: Course, seen: Collection[int], words: str, *, now: datetime) -> int:
    """After dates of the course moved: everybody stays, and who comes to one of those in `seen` is told."""
    _begin_anew(course)
    return course_notices.moved([each for each in course.told if each.before.occurrence_id in seen], words, now=now)


def added(
    activity_id: int, occurrence_ids: Collection[int], words: str = "", *, again: bool = False, now: datetime
) -> int:
    """After dates to come were added to an activity, or are held `again` after they were called off: who is signed up for all
    of it comes to them too, and is told so. Returns the number of letters.
    """
    course = before(activity_id)
    if course is None:
        return 0
    first = min(occurrence_ids, key=lambda number: (course.starts[number], number), default=None)
    for each in course.guests:
        if first is not None and course.starts[first] < course.starts[each.occurrence_id]:
            each.occurrence_id = first
    db.session.flush()
    return course_notices.added(_told(course, occurrence_ids), words, again=again, now=now)


def call_off(course: Course, occurrences: Sequence[Occurrence], words: str, *, now: datetime) -> int:
    """Call off dates of the course. A sign-up ends when none of the dates it counts on is left; for who has no seat yet, when
    none is left to come. Returns the number of letters.
    """
    dates.cancel(occurrences, now=now)
    db.session.get_one(Activity, course.activity_id).updated_at = now
    left = {each.id: each.starts_at for each in _standing(course)}
    to_come = {number for number, starts_at in left.items() if starts_at > now}
    ended = [
        each
        for each in course.guests
        if not course.comes_to(each) & (set(left) if each.state == State.CONFIRMED else to_come)
    ]
    _begin_anew(course)
    for each in ended:
        leaving.end(each, State.CANCELLED_WITH_EVENT, now)
    gone = {each.id for each in ended}
    over = [guest for guest in course.told if guest.registration.id in gone]
    stay = [guest for guest in course.told if guest.registration.id not in gone]
    return course_notices.ended(over, words, now=now) + course_notices.fallen(
        stay, words, goes_on=bool(to_come), now=now
    )


def _standing(course: Course) -> list[Occurrence]:
    return [each for each in dates.of(course.activity_id) if each.state == OccurrenceState.SCHEDULED]


def _told(course: Course, occurrence_ids: Collection[int]) -> tuple[Guest, ...]:
    """Each guest with each of these dates they come to, by date, in their language."""
    languages = {each.language for each in course.guests}
    known = {language: course_notices.facts(occurrence_ids, language) for language in languages}
    return tuple(
        Guest(each, each.state, found)
        for each in course.guests
        for found in known[each.language]
        if found.occurrence_id in course.comes_to(each)
    )


def _begin_anew(course: Course) -> None:
    """Let each sign-up begin with the first that is held of the dates it counts on, after they moved or fell."""
    left = sorted(_standing(course), key=lambda each: (each.starts_at, each.id))
    for each in course.guests:
        mine = course.comes_to(each)
        first = next((occurrence.id for occurrence in left if occurrence.id in mine), each.occurrence_id)
        each.occurrence_id = first
    db.session.flush()
