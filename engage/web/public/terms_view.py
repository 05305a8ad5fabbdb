"""What is told of the terms of a sign-up before anybody fills in the form, in short sentences."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from engage.activities.models import SignUpMode
from engage.activities.upcoming import ComingDate
from engage.base import wording
from engage.base.i18n import gettext as _
from engage.base.i18n import ngettext
from engage.registrations import promises, silence, standing
from engage.registrations.conditions import Conditions, Way
from engage.registrations.pools import Room


def lines(conditions: Conditions, dates: Sequence[ComingDate], now: datetime) -> tuple[str, ...]:
    """What one should know before signing up, the most important first; nothing where all is as usual."""
    return tuple(_lines(conditions, dates, now))


def _lines(conditions: Conditions, dates: Sequence[ComingDate], now: datetime) -> Iterator[str]:
    room = conditions.room
    if conditions.standing is not None:
        yield standing.words(conditions.standing)
    if room.sign_up == SignUpMode.WHOLE_COURSE:
        yield from _of_course(room, dates)
    if conditions.way(now) == Way.LINE:
        yield promises.waiting_rule(room)
        if room.waiting:
            yield ngettext(
                "%(number)s place is asked for before you.", "%(number)s places are asked for before you.", room.waiting
            )
    if not room.course and (words := silence.told(room.activity_id, room.revision)):
        yield words
    if room.closes_before and room.closes_at > now:
        yield _("Sign up before %(when)s.", when=wording.deadline(room.closes_at, room.local))
    if room.approval:
        yield _("The organiser says yes or no to each sign-up, and we write to you.")
    if words := promises.deadline(room, now):
        yield words


def _of_course(room: Room, dates: Sequence[ComingDate]) -> Iterator[str]:
    number = sum(not each.cancelled for each in dates)
    yield ngettext(
        "You sign up for the whole course. There is %(number)s date.",
        "You sign up for the whole course. There are %(number)s dates.",
        number,
    )
    if dates and room.joins_until > dates[0].starts_at:
        yield _("You can join until %(when)s.", when=wording.deadline(room.joins_until, room.local))
