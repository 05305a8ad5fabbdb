"""Choosing on what terms one may sign up: checked against the activity's dates and questions, kept, and the line served.

What the terms are stands in `activities.terms`; how people join at all is chosen by `changes.choose_sign_up`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from engage.activities import asking, dates, terms
from engage.activities.models import Activity, Occurrence, OccurrenceState, SignUpMode
from engage.activities.terms import AskedOfEach, Party, TermNotUsable, TermsInput, WaitingMode
from engage.base import wording
from engage.base.db import db
from engage.base.errors import Refusal
from engage.base.i18n import LazyText, ngettext
from engage.base.i18n import lazy_gettext as _l
from engage.registrations import changes, pools


def problems(
    activity_id: int, wanted: TermsInput, *, now: datetime, mode: SignUpMode | None = None
) -> list[tuple[str, Refusal]]:
    """All that keeps these terms from being chosen, as (field, refusal). `mode` is how people will join, if not as now."""
    activity = db.session.get_one(Activity, activity_id)
    if (mode or activity.sign_up) == SignUpMode.DROP_IN:
        return terms.problems(wanted)
    standing = [each for each in dates.of(activity_id) if each.state == OccurrenceState.SCHEDULED]
    course = (mode or activity.sign_up) == SignUpMode.WHOLE_COURSE
    return [*terms.problems(wanted), *_against(standing, wanted, course, now)]


def choose_terms(activity_id: int, wanted: TermsInput, *, now: datetime) -> frozenset[str]:
    """Keep these terms; returns the names of what is another now. Seats that are free by them go to who waits.

    Who is signed up stays so, whatever the new terms are. A class is not asked for each child. Where who waits gets a seat at
    once, the questions that must be answered are asked when they join the line. Refuses with the first of `problems`.
    """
    activity = db.session.get_one(Activity, activity_id)
    pools.lock_all([each.id for each in dates.of(activity_id) if each.ends_at > now])
    db.session.refresh(activity)
    for _field, refusal in problems(activity_id, wanted, now=now):
        raise refusal
    told = usable(activity_id, wanted)
    changed = frozenset(name for name in terms.NAMES if getattr(activity, name) != getattr(told, name))
    for name in changed:
        setattr(activity, name, getattr(told, name))
    if changed:
        activity.updated_at = now
        db.session.flush()
        changes.serve_waiting(activity_id, now=now)
    return changed


def usable(activity_id: int, wanted: TermsInput) -> TermsInput:
    """The terms with what follows from them."""
    told = wanted
    if wanted.party == Party.CLASS:  # a teacher's age says nothing of who comes
        told = replace(wanted, asked_of_each=AskedOfEach.NOTHING, asks_whom=False)
    must = told.waiting_mode == WaitingMode.AUTO and any(each.required for each in asking.asked(activity_id))
    return replace(told, asks_when_waiting=True) if must else told


def _against(
    standing: Sequence[Occurrence], wanted: TermsInput, course: bool, now: datetime
) -> Iterator[tuple[str, Refusal]]:
    """What an activity's dates make impossible. Without dates, everything is still possible."""
    if course and standing and wanted.join_until > len(standing):
        yield "join_until", TermNotUsable(_dates(len(standing)))
        return
    coming = [each for each in standing if each.starts_at > now]
    if not coming:
        return
    last = standing[wanted.join_until - 1] if course else coming[-1]
    closes_at = last.starts_at - timedelta(minutes=wanted.sign_up_closes_before)
    if wanted.sign_up_opens_at and wanted.sign_up_opens_at >= closes_at:
        words = LazyText(wording.deadline, closes_at, last.timezone)
        yield (
            "sign_up_opens_at",
            TermNotUsable(
                _l("Sign-up would open when it is closed already, %(deadline)s. Let it open earlier or close later."),
                deadline=words,
            ),
        )
    capacities = [each.pool.capacity for each in coming]
    most = None if None in capacities else max(number for number in capacities if number is not None)
    for name in ("least_participants", "group_least"):
        value = getattr(wanted, name)
        if most is not None and value is not None and value > most:
            yield name, TermNotUsable(_places(most))


def _dates(number: int) -> LazyText:
    return LazyText(
        lambda: ngettext("The course has only %(number)s date.", "The course has only %(number)s dates.", number)
    )


def _places(number: int) -> LazyText:
    return LazyText(
        lambda: ngettext(
            "There is only %(number)s place on a date.", "There are only %(number)s places on a date.", number
        )
    )
