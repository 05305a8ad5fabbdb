"""Moving and calling off dates that may have guests: the dates change, the guests are told, free places go to who waits.

The rules for the dates themselves stand in `activities.scopes`, what becomes of sign-ups for a course as a whole in `courses`;
every door comes through here.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import func, select

from engage.activities import dates, facts, scopes, series, shifts
from engage.activities.dates import Details, Field
from engage.activities.facts import OccurrenceFacts
from engage.activities.models import Activity, ActivityState, Occurrence, OccurrenceState, Pool, SignUpMode
from engage.activities.plans import Series, ShiftRole
from engage.activities.recurrence import Recurrence
from engage.activities.scopes import Changed, Scope
from engage.activities.shifts import RoleInput
from engage.base.db import db
from engage.base.errors import Refusal
from engage.base.i18n import current_language
from engage.base.i18n import lazy_gettext as _l
from engage.registrations import change_notices, courses, guests, leaving, pools, steps, waiting
from engage.registrations.change_notices import Guest
from engage.registrations.models import LIVE, Registration, State


class GuestsAreComing(Refusal):
    """People have signed up in one way, so that the activity cannot take sign-ups in another, or none."""

    code = "guests_are_coming"
    message = _l(
        "People have signed up already, so how they do it has to stay as it is until nobody is signed up for a coming date."
    )


class RolesAreByDate(Refusal):
    """Volunteers choose a role on a date, and a course has one list for all its dates."""

    code = "roles_are_by_date"
    message = _l("Volunteers sign up for a role on each date, so an activity with roles cannot be one whole course.")


class RoleIsTaken(Refusal):
    """People have signed up for the role."""

    code = "role_is_taken"
    message = _l("People have signed up for this task. Cancel or move their sign-ups first, or give it no more places.")


class NotPublished(Refusal):
    """Only what the public sees can be called off."""

    code = "not_published"
    message = _l("This activity is not published, or it is called off already.")


@dataclass(frozen=True, slots=True)
class Affected:
    """Whom a change would reach: dates people would see changed, sign-ups for them, and dates that would keep their own.

    `was` and `becomes` are the date itself, in the language spoken now; `to_phone` are the sign-ups that no letter reaches.
    """

    dates: int
    sign_ups: int
    kept: Mapping[Field, int]
    was: OccurrenceFacts
    becomes: OccurrenceFacts
    to_phone: int


@dataclass(frozen=True, slots=True)
class Removed:
    """How many dates went without a trace, how many were called off instead, and how many letters that made."""

    deleted: int
    called_off: int
    letters: int


def affected(
    occurrence_id: int, day: date, details: Details, scope: Scope, *, now: datetime, seen: str = ""
) -> Affected:
    """What `change` would do, without doing it; refuses as it does."""
    occurrence = db.session.get_one(Occurrence, occurrence_id)
    dates.refuse_changed(occurrence, seen)
    attempt = db.session.begin_nested()
    try:
        was = facts.occurrences([occurrence_id], current_language())[0]
        changed = scopes.change(occurrence, day, details, scope, now=now)
        becomes = facts.occurrences([occurrence_id], current_language())[0]
        number, to_phone = number_of_sign_ups(changed.seen), _unreached(changed.seen)
        return Affected(len(changed.seen), number, changed.kept, was, becomes, to_phone)
    finally:
        attempt.rollback()


@dataclass(slots=True)
class Gathered:
    """Guests of several changes made in one go, to be told of all of them at the end, in one letter each."""

    moved: list[Guest] = field(default_factory=list)
    called_off: list[Guest] = field(default_factory=list)

    def tell(self, now: datetime) -> int:
        """Tell them; a letter speaks of one activity. Returns the number of letters."""
        letters = 0
        for told, tell in ((self.moved, change_notices.moved), (self.called_off, change_notices.called_off)):
            for activity in dict.fromkeys(guest.before.activity_id for guest in told):
                letters += tell([guest for guest in told if guest.before.activity_id == activity], "", now=now)
        return letters


def change(
    occurrence_id: int,
    day: date,
    details: Details,
    scope: Scope = Scope.THIS,
    *,
    now: datetime,
    words: str = "",
    seen: str = "",
    gathered: Gathered | None = None,
) -> Changed:
    """Change a date, or with it the following or all coming ones of its series; see `scopes.change`.

    Guests of dates whose time or place is another are told once, with `words` of the organiser's, or kept in `gathered` for
    later. More places go to who waits. Refuses with `dates.DateIsOver`, `dates.DateIsCalledOff`, or
    `dates.DateChangedMeanwhile` when the date is no longer as it was `seen` (see `dates.as_seen`).
    """
    occurrence, chosen = _locked(occurrence_id, scope, now)
    dates.refuse_changed(occurrence, seen)
    course = courses.before(occurrence.activity_id, chosen)
    told = [] if course else change_notices.guests(chosen)
    changed = scopes.change(occurrence, day, details, scope, now=now)
    concerned = [guest for guest in told if guest.before.occurrence_id in changed.seen]
    _note_moved([*concerned, *(course.told if course else ())], changed.seen, now)
    if gathered is not None:
        gathered.moved += concerned
    else:
        change_notices.moved(concerned, words, now=now)
    if course:
        courses.moved(course, changed.seen, words, now=now)
    _serve(changed.resized, now)
    return changed


def call_off(
    occurrence_id: int,
    scope: Scope = Scope.THIS,
    *,
    now: datetime,
    words: str = "",
    gathered: Gathered | None = None,
) -> int:
    """Call off a date, the following ones too, or all that are to come. They stay, for all to see; their sign-ups end.

    Sign-ups for a course as a whole stand as long as something of it is left, see `courses.call_off`. Returns the number of
    letters; with `gathered` they are put later. Refuses with `dates.DateIsOver` or `dates.DateIsCalledOff`.
    """
    occurrence, chosen = _locked(occurrence_id, scope, now)
    _end_series(occurrence, chosen, scope)
    return _call_off(_by_id(chosen), words, now, gathered)


def name_date(occurrence_id: int, titles: Mapping[str, str], *, now: datetime) -> bool:
    """Give one date titles of its own, by language, see `dates.call`; calendars learn of it. Returns whether that is new.

    Refuses with `dates.DateIsOver` or `dates.DateIsCalledOff`.
    """
    occurrence = db.session.get_one(Occurrence, occurrence_id)
    if {language: title for language, title in titles.items() if title} == occurrence.titles:
        return False
    dates.refuse_unchangeable(occurrence, now)
    dates.call(occurrence, titles, now=now)
    occurrence.activity.updated_at = now
    db.session.flush()
    return True


def call_off_activity(activity_id: int, *, now: datetime, words: str = "") -> int:
    """Call off a whole activity with every coming date. Returns the number of letters. Refuses with `NotPublished`."""
    activity = db.session.get_one(Activity, activity_id)
    letters = call_off_all(activity_id, now=now, words=words)
    db.session.refresh(activity, with_for_update=True)  # after the pools, in the order everybody locks them in
    if activity.state != ActivityState.PUBLISHED:
        raise NotPublished
    activity.state, activity.called_off_at, activity.updated_at = ActivityState.CALLED_OFF, now, now
    db.session.flush()
    return letters


def call_off_all(activity_id: int, *, now: datetime, words: str = "") -> int:
    """Call off every coming date of an activity. Returns the number of letters."""
    coming = [each.id for each in dates.of(activity_id) if _stands(each, now)]
    courses.lock(coming)
    return _call_off(_by_id(coming), words, now)


def remove(occurrence_id: int, scope: Scope = Scope.THIS, *, now: datetime, words: str = "") -> Removed:
    """Take dates away. One that somebody has signed up for is called off instead; see `call_off`."""
    occurrence, chosen = _locked(occurrence_id, scope, now)
    _end_series(occurrence, chosen, scope)
    return _remove(chosen, words, now, by_rule=scope == Scope.FOLLOWING)


def change_rule(series_id: int, rule: Recurrence, *, now: datetime, words: str = "") -> Removed:
    """Let a series follow another rule: dates it lacks are added, coming ones it no longer has are removed as by `remove`.

    `series.plan` shows both beforehand. Refuses with `recurrence.RuleNotUsable`.
    """
    # Pools first, then the series, as `change` does: in the other order the two would wait for each other.
    courses.lock([each.id for each in series.coming(series_id, now)])
    courses.lock_whole(db.session.get_one(Series, series_id).activity_id)
    db.session.expire_all()
    whole = db.session.get_one(Series, series_id, with_for_update=True)
    gone = [each.id for each in series.plan(whole, rule, now=now).removed]
    made = series.follow(whole, rule, now=now)
    courses.added(whole.activity_id, [each.id for each in made], now=now)
    return _remove(gone, words, now, by_rule=True)


def add_role(activity_id: int, wanted: RoleInput, *, now: datetime) -> ShiftRole:
    """Add a role to an activity, see `shifts.add_role`; places it adds go to who waits. Refuses with `RolesAreByDate`."""
    if db.session.get_one(Activity, activity_id).sign_up == SignUpMode.WHOLE_COURSE:
        raise RolesAreByDate
    role = shifts.add_role(activity_id, wanted, now=now)
    serve_waiting(activity_id, now=now)
    return role


def change_role(role: ShiftRole, wanted: RoleInput, *, now: datetime) -> None:
    """Change a role, see `shifts.change_role`; places it adds go to who waits."""
    shifts.change_role(role, wanted, now=now)
    serve_waiting(role.activity_id, now=now)


# What people have signed up for in one of these ways they have in the other too: a seat on each date they chose.
_BY_DATE = {SignUpMode.REGISTRATION, SignUpMode.SEVERAL_DATES}


def remove_role(role: ShiftRole, *, now: datetime) -> None:
    """Take a role away, see `shifts.remove_role`. Refuses with `RoleIsTaken` while somebody is signed up for it."""
    coming = select(Pool.id).join(Occurrence, Pool.occurrence_id == Occurrence.id)
    ids = db.session.scalars(coming.where(Pool.role_id == role.id, Occurrence.starts_at > now)).all()
    pools.lock_all([each.id for each in dates.of(role.activity_id) if each.starts_at > now])
    named = select(Registration.pool_id, func.bool_or(Registration.state.in_(LIVE))).where(
        Registration.pool_id.in_(ids)
    )
    live = {row[0]: row[1] for row in db.session.execute(named.group_by(Registration.pool_id))}
    if any(live.values()):
        raise RoleIsTaken
    shifts.remove_role(role, now=now, kept=live)


def choose_sign_up(activity_id: int, mode: SignUpMode, *, now: datetime) -> None:
    """Say how people join. Refuses with `GuestsAreComing` when sign-ups there are would not fit any more, or `RolesAreByDate`."""
    activity = db.session.get_one(Activity, activity_id)
    ids = [each.id for each in dates.of(activity_id) if each.ends_at > now]
    courses.lock(ids)
    db.session.refresh(activity)  # another organiser may have chosen while we waited for the lock
    if activity.sign_up == mode:
        return
    if {activity.sign_up, mode} != _BY_DATE and number_of_sign_ups(ids):
        raise GuestsAreComing
    if mode == SignUpMode.WHOLE_COURSE and shifts.roles(activity_id):
        raise RolesAreByDate
    activity.sign_up, activity.updated_at = mode, now
    db.session.flush()


def sign_ups(occurrence_ids: Collection[int]) -> dict[int, int]:
    """How many live sign-ups each of these dates has, those for its course included; dates without any are left out."""
    return {number: len(found) for number, found in _signed_up(occurrence_ids).items()}


def number_of_sign_ups(occurrence_ids: Collection[int]) -> int:
    """How many live sign-ups these dates have together. One for a course is counted once, on however many of them it counts."""
    return len(set[int]().union(*_signed_up(occurrence_ids).values()))


def _unreached(occurrence_ids: Collection[int]) -> int:
    """How many of the sign-ups for these dates have nobody whom a letter or a chat reaches."""
    ids = set[int]().union(*_signed_up(occurrence_ids).values())
    query = select(Registration).where(Registration.id.in_(ids), Registration.email.is_(None))
    return sum(guests.must_be_phoned(each) for each in db.session.scalars(query) if each.name is not None)


def _signed_up(occurrence_ids: Collection[int]) -> dict[int, set[int]]:
    """The ids of the live sign-ups of each date."""
    by_course = select(Pool.id).where(Pool.id == Registration.pool_id, Pool.course_id.is_not(None)).exists()
    mine = Registration.occurrence_id.in_(occurrence_ids) & Registration.state.in_(LIVE) & ~by_course
    found: dict[int, set[int]] = {}
    for number, registration in db.session.execute(select(Registration.occurrence_id, Registration.id).where(mine)):
        found.setdefault(number, set()).add(registration)
    activities = select(Occurrence.activity_id).join(Activity, Occurrence.activity_id == Activity.id)
    whole = Occurrence.id.in_(occurrence_ids) & (Activity.sign_up == SignUpMode.WHOLE_COURSE)
    for activity_id in db.session.scalars(activities.where(whole).distinct()):
        found |= courses.sign_ups(activity_id, occurrence_ids)
    return found


def _stands(occurrence: Occurrence, now: datetime) -> bool:
    return occurrence.starts_at > now and occurrence.state == OccurrenceState.SCHEDULED


def _locked(occurrence_id: int, scope: Scope, now: datetime) -> tuple[Occurrence, list[int]]:
    """The date and those in scope with it, their pools locked: no one signs up or cancels until it is done."""
    occurrence = db.session.get_one(Occurrence, occurrence_id)
    chosen = scopes.in_scope(occurrence, scope, now=now)
    courses.lock([each.id for each in chosen])
    # What was read before the lock may have changed while we waited for it. Only that is read anew: an import changes
    # hundreds of dates one after the other, and would read all of them with each.
    for each in chosen:
        for stale in (each.pool, *each.role_pools, each):
            db.session.expire(stale)
    dates.refuse_unchangeable(occurrence, now)
    return occurrence, [each.id for each in scopes.in_scope(occurrence, scope, now=now)]


def _note_moved(told: Sequence[Guest], moved: Collection[int], now: datetime) -> None:
    """Note with each sign-up that it is for another time or place now; see `leaving.may_leave`."""
    for each in {g.registration.id: g.registration for g in told if g.before.occurrence_id in moved}.values():
        steps.note(each, steps.coded(steps.Because.DATE_MOVED), now)


def _by_id(ids: Collection[int]) -> list[Occurrence]:
    return list(db.session.scalars(select(Occurrence).where(Occurrence.id.in_(ids)).order_by(Occurrence.id)))


def _end_series(occurrence: Occurrence, chosen: Collection[int], scope: Scope) -> None:
    """Of what is taken away to the end no rule speaks any more, or its later dates would be made as time goes by."""
    if scope == Scope.FOLLOWING:
        series.end_before(occurrence)
    elif scope == Scope.ALL:
        days = [each for each in _by_id(chosen) if each.series_day is not None]
        series.end_before(min(days, key=lambda each: each.series_day or date.max, default=occurrence))


def _remove(ids: Collection[int], words: str, now: datetime, *, by_rule: bool) -> Removed:
    known = set(db.session.scalars(select(Registration.occurrence_id).where(Registration.occurrence_id.in_(ids))))
    known |= set(_signed_up(ids))
    found = _by_id(ids)
    kept, gone = [each for each in found if each.id in known], [each for each in found if each.id not in known]
    letters = _call_off(kept, words, now)
    series.delete(gone, now=now, by_rule=by_rule)
    return Removed(len(gone), len(kept), letters)


def _call_off(occurrences: Sequence[Occurrence], words: str, now: datetime, gathered: Gathered | None = None) -> int:
    """These dates, which are one activity's, are not held."""
    ids = [each.id for each in occurrences]
    course = courses.before(occurrences[0].activity_id, ids) if occurrences else None
    if course:
        letters = courses.call_off(course, occurrences, words, now=now)
        serve_waiting(course.activity_id, now=now)  # the date with the fewest places may have been one of them
        return letters
    told = change_notices.guests(ids)
    dates.cancel(occurrences, now=now)
    for activity in {each.activity for each in occurrences}:
        activity.updated_at = now
    for guest in told:
        leaving.end(guest.registration, State.CANCELLED_WITH_EVENT, now)
    db.session.flush()
    if gathered is not None:
        gathered.called_off += told
        return 0
    return change_notices.called_off(told, words, now=now)


def _serve(occurrence_ids: Collection[int], now: datetime) -> None:
    for number in sorted(occurrence_ids):
        waiting.serve_date(number, now=now)


def serve_waiting(activity_id: int, *, now: datetime) -> None:
    """Give free places of an activity's coming dates to who waits for them."""
    waited_for = select(Pool.occurrence_id).join(Occurrence, Pool.occurrence_id == Occurrence.id)
    mine = (Occurrence.activity_id == activity_id) & (Occurrence.starts_at > now) & (Pool.waiting > 0)
    found = db.session.scalars(waited_for.where(mine)).all()
    _serve({number for number in found if number is not None}, now)
