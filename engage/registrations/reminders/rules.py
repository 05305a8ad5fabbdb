"""What people are reminded of when nobody says anything else, and what an activity says instead."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time
from typing import Self

from sqlalchemy import select

from engage.base.db import db
from engage.people.wishes import Reminder
from engage.registrations.reminders.models import Anchor, Dates, ReminderRule, Unit, Way

FEEDBACK = "feedback"
# Who signed up so lately still knows.
_EARLY_DAYS = 10
# Which of a person's wishes a rule falls under, by how many hours ahead it is.
_WEEK_HOURS, _DAY_HOURS = 72, 12


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule, usual or an activity's own; see `models.ReminderRule` for what each part means."""

    key: str
    anchor: Anchor = Anchor.START
    number: int = 1
    unit: Unit = Unit.DAYS
    after: bool = False
    clock: time | None = None
    on_at: datetime | None = None
    early_days: int | None = None
    roles: tuple[str, ...] = ()
    unanswered_only: bool = False
    way: Way = Way.BEST
    dates: Dates = Dates.FIRST
    texts: Mapping[str, str] = field(default_factory=dict)
    asks: bool = False
    enabled: bool = True
    release_hours: int | None = None
    release_since: datetime | None = None
    changed_at: datetime | None = None
    send_late_at: datetime | None = None

    @property
    def usual(self) -> bool:
        """Whether it is one of those every activity has."""
        return self.key in USUAL

    @property
    def asks_feedback(self) -> bool:
        return self.key == FEEDBACK

    @property
    def gives_on_hours(self) -> int | None:
        """How many hours before the start the place of who did not answer is given on; None where it is not."""
        return self.release_hours if self.enabled and self.asks else None

    @property
    def wish(self) -> Reminder:
        """Which of the reminders that a person can do without this is."""
        hours = self.number * (24 if self.unit == Unit.DAYS else 1)
        if self.anchor != Anchor.START or self.after or _DAY_HOURS <= hours < _WEEK_HOURS:
            return Reminder.DAY
        return Reminder.WEEK if hours >= _WEEK_HOURS else Reminder.HOURS

    def same_as(self, other: Self) -> bool:
        """Whether it says the same, whenever it was said."""
        one, two = (replace(each, changed_at=None, send_late_at=None, release_since=None) for each in (self, other))
        return one == two


# Rules of the product, not rows: what is changed here counts for every activity that has none of its own (behaviour.md, C2).
# Feedback is asked for an hour after the end, between the 15 minutes and the 2 hours.
USUAL: Mapping[str, Rule] = {
    rule.key: rule
    for rule in (
        Rule("week", number=7, clock=time(10), early_days=_EARLY_DAYS),
        Rule("day", number=1, clock=time(17), asks=True),
        Rule("hours", number=2, unit=Unit.HOURS, way=Way.CHAT, dates=Dates.EVERY),
        Rule(FEEDBACK, Anchor.END, 1, Unit.HOURS, after=True, dates=Dates.LAST),
    )
}


def of(activity_id: int) -> list[Rule]:
    """The rules of an activity, switched off or not: the usual ones or what stands in their place, then its own."""
    return of_many([activity_id])[activity_id]


def of_many(activity_ids: Sequence[int]) -> dict[int, list[Rule]]:
    """The rules of several activities, in one query."""
    found: dict[int, dict[str, Rule]] = {each: dict(USUAL) for each in activity_ids}
    own = select(ReminderRule).where(ReminderRule.activity_id.in_(activity_ids)).order_by(ReminderRule.id)
    for row in db.session.scalars(own):
        found[row.activity_id][row.key] = _rule(row)
    return {activity: list(rules.values()) for activity, rules in found.items()}


def _rule(row: ReminderRule) -> Rule:
    return Rule(
        key=row.key,
        anchor=Anchor(row.anchor),
        number=row.number,
        unit=Unit(row.unit),
        after=row.after,
        clock=row.clock,
        on_at=row.on_at,
        early_days=row.early_days,
        roles=tuple(row.roles),
        unanswered_only=row.unanswered_only,
        way=Way(row.way),
        dates=Dates(row.dates),
        texts=dict(row.texts),
        asks=row.asks,
        enabled=row.enabled,
        release_hours=row.release_hours,
        release_since=row.release_since,
        changed_at=row.changed_at,
        send_late_at=row.send_late_at,
    )
