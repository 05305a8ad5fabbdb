"""Moving and calling off dates that may have guests: the dates change, the guests are told, free places go to who waits.

The rules for the dates themselves stand in `activities.scopes`; every door comes through here.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select

from engage import outbox
from engage.activities import dates, scopes, series, shifts
from engage.activities.dates import Details, Field
from engage.activities.models import Activity, Occurrence, OccurrenceState, Pool, SignUpMode
from engage.activities.plans import Series, ShiftRole
from engage.activities.recurrence import Recurrence
from engage.activities.scopes import Changed, Scope
from engage.activities.shifts import RoleInput
from engage.base.db import db
from engage.base.errors import Refusal
from engage.base.i18n import lazy_gettext as _l
from engage.registrations import change_notices, pools, waiting
from engage.registrations.models import LIVE, Registration, State


class GuestsAreComing(Refusal):
    """People have signed up, so that the activity cannot become one without sign-up."""

    code = "guests_are_coming"
    message = _l(
        "People have signed up already. Sign-up can only be dropped when nobody is signed up for a coming date."
    )


@dataclass(frozen=True, slots=True)
class Affected:
    """Whom a change would reach: dates people would see changed, sign-ups for them, and dates that would keep their own."""

    dates: int
    sign_ups: int
    kept: Mapping[Field, int]


@dataclass(frozen=True, slots=True)
class Removed:
    """How many dates went without a trace, how many were called off instead, and how many letters that made."""

    deleted: int
    called_off: int
    letters: int


def affected(occurrence_id: int, day: date, details: Details, scope: Scope, *, now: datetime) -> Affected:
    """What `change` would do, without doing it; refuses as it does."""
    occurrence = db.session.get_one(Occurrence, occurrence_id)
    attempt = db.session.begin_nested()
    try:
        changed = scopes.change(occurrence, day, details, scope, now=now)
        return Affected(len(changed.seen), sum(sign_ups(changed.seen).values()), changed.kept)
    finally:
        attempt.rollback()


def change(
    occurrence_id: int, day: date, details: Details, scope: Scope = Scope.THIS, *, now: datetime, words: str = ""
) -> Changed:
    """Change a date, or with it the following or all coming ones of its series; see `scopes.change`.

    Guests of dates whose time or place is another are told once, with `words` of the organiser's. More places go to who waits.
    Refuses with `dates.DateIsOver` or `dates.DateIsCalledOff`.
    """
    occurrence, chosen = _locked(occurrence_id, scope, now)
    told = change_notices.guests(chosen)
    changed = scopes.change(occurrence, day, details, scope, now=now)
    change_notices.moved([guest for guest in told if guest.before.occurrence_id in changed.seen], words, now=now)
    _serve(changed.resized, now)
    return changed


def call_off(occurrence_id: int, scope: Scope = Scope.THIS, *, now: datetime, words: str = "") -> int:
    """Call off a date, the following ones too, or all that are to come. They stay, for all to see; their sign-ups end.

    Returns the number of letters. Refuses with `dates.DateIsOver` or `dates.DateIsCalledOff`.
    """
    occurrence, chosen = _locked(occurrence_id, scope, now)
    _end_series(occurrence, scope)
    return _call_off(_by_id(chosen), words, now)


def call_off_all(activity_id: int, *, now: datetime, words: str = "") -> int:
    """Call off every coming date of an activity. Returns the number of letters."""
    coming = [each.id for each in dates.of(activity_id) if _stands(each, now)]
    pools.lock_all(coming)
    return _call_off(_by_id(coming), words, now)


def remove(occurrence_id: int, scope: Scope = Scope.THIS, *, now: datetime, words: str = "") -> Removed:
    """Take dates away. One that somebody has signed up for is called off instead; see `call_off`."""
    occurrence, chosen = _locked(occurrence_id, scope, now)
    _end_series(occurrence, scope)
    return _remove(chosen, words, now)


def change_rule(series_id: int, rule: Recurrence, *, now: datetime, words: str = "") -> Removed:
    """Let a series follow another rule: dates it lacks are added, coming ones it no longer has are removed as by `remove`.

    `series.plan` shows both beforehand. Refuses with `recurrence.RuleNotUsable`.
    """
    whole = db.session.get_one(Series, series_id, with_for_update=True)
    gone = [each.id for each in series.plan(whole, rule, now=now).removed]
    pools.lock_all(gone)
    series.follow(whole, rule, now=now)
    return _remove(gone, words, now)


def add_role(activity_id: int, wanted: RoleInput, *, now: datetime) -> ShiftRole:
    """Add a role to an activity, see `shifts.add_role`; places it adds go to who waits."""
    role = shifts.add_role(activity_id, wanted, now=now)
    _serve_waiting(activity_id, now)
    return role


def change_role(role: ShiftRole, wanted: RoleInput, *, now: datetime) -> None:
    """Change a role, see `shifts.change_role`; places it adds go to who waits."""
    shifts.change_role(role, wanted, now=now)
    _serve_waiting(role.activity_id, now)


def choose_sign_up(activity_id: int, mode: SignUpMode, *, now: datetime) -> None:
    """Say how people join. Refuses with `GuestsAreComing` when sign-up would be dropped while people are signed up."""
    activity = db.session.get_one(Activity, activity_id)
    ids = [each.id for each in dates.of(activity_id) if each.ends_at > now]
    pools.lock_all(ids)
    if mode == SignUpMode.DROP_IN and any(sign_ups(ids).values()):
        raise GuestsAreComing
    activity.sign_up, activity.updated_at = mode, now
    db.session.flush()


def sign_ups(occurrence_ids: Collection[int]) -> dict[int, int]:
    """How many live sign-ups each of these dates has; those without any are left out."""
    mine = Registration.occurrence_id.in_(occurrence_ids) & Registration.state.in_(LIVE)
    query = select(Registration.occurrence_id, func.count()).where(mine).group_by(Registration.occurrence_id)
    return {row[0]: row[1] for row in db.session.execute(query)}


def _stands(occurrence: Occurrence, now: datetime) -> bool:
    return occurrence.starts_at > now and occurrence.state == OccurrenceState.SCHEDULED


def _locked(occurrence_id: int, scope: Scope, now: datetime) -> tuple[Occurrence, list[int]]:
    """The date and those in scope with it, their pools locked: no one signs up or cancels until it is done."""
    occurrence = db.session.get_one(Occurrence, occurrence_id)
    pools.lock_all([each.id for each in scopes.in_scope(occurrence, scope, now=now)])
    db.session.expire_all()  # what was read before the lock may have changed while we waited for it
    dates.refuse_unchangeable(occurrence, now)
    return occurrence, [each.id for each in scopes.in_scope(occurrence, scope, now=now)]


def _by_id(ids: Collection[int]) -> list[Occurrence]:
    return list(db.session.scalars(select(Occurrence).where(Occurrence.id.in_(ids)).order_by(Occurrence.id)))


def _end_series(occurrence: Occurrence, scope: Scope) -> None:
    if scope == Scope.FOLLOWING:
        series.end_before(occurrence)


def _remove(ids: Collection[int], words: str, now: datetime) -> Removed:
    known = set(db.session.scalars(select(Registration.occurrence_id).where(Registration.occurrence_id.in_(ids))))
    found = _by_id(ids)
    kept, gone = [each for each in found if each.id in known], [each for each in found if each.id not in known]
    letters = _call_off(kept, words, now)
    series.delete(gone, now=now)
    return Removed(len(gone), len(kept), letters)


def _call_off(occurrences: Sequence[Occurrence], words: str, now: datetime) -> int:
    told = change_notices.guests([each.id for each in occurrences])
    dates.cancel(occurrences, now=now)
    for activity in {each.activity for each in occurrences}:
        activity.updated_at = now
    for guest in told:
        registration = guest.registration
        registration.state, registration.changed_at = State.CANCELLED_WITH_EVENT, now
        registration.sequence += 1
        outbox.withdraw(f"registration:{registration.public_id}", now)
    db.session.flush()
    return change_notices.called_off(told, words, now=now)


def _serve(occurrence_ids: Collection[int], now: datetime) -> None:
    for number in sorted(occurrence_ids):
        waiting.serve(number, now=now)


def _serve_waiting(activity_id: int, now: datetime) -> None:
    waited_for = select(Pool.occurrence_id).join(Occurrence, Pool.occurrence_id == Occurrence.id)
    mine = (Occurrence.activity_id == activity_id) & (Pool.waiting > 0) & Pool.role_id.is_(None)
    _serve(db.session.scalars(waited_for.where(mine)).all(), now)
