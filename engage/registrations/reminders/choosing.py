"""What an organiser chooses of an activity's reminders: kept as its own rules, checked, and told whom it would reach at once."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select

from engage.activities.models import Occurrence
from engage.base.db import db
from engage.base.errors import Refusal
from engage.base.i18n import lazy_gettext as _l
from engage.base.identifiers import public_id
from engage.registrations.reminders import planning, rules, timing
from engage.registrations.reminders.models import Anchor, ReminderRule, Unit
from engage.registrations.reminders.rules import Rule

# More is a flood for who gets them. Longer ahead nobody remembers; longer texts nobody reads. All our own choice.
MOST_OWN, MOST_DAYS, MOST_HOURS, LONGEST_TEXT = 6, 60, 72, 500
_LONGEST_AFTER_HOURS = 48
# A place that is given on later helps nobody; one given on earlier leaves no time to answer the day before.
MOST_RELEASE = 12


class TooManyReminders(Refusal):
    """There are as many as anybody wants to get."""

    code = "too_many_reminders"
    message = _l("An activity can have %(most)s reminders of its own. Change or remove one of them.")


class NumberNotPossible(Refusal):
    """Too long before or after."""

    code = "reminder_number_not_possible"
    message = _l("Write a number between %(least)s and %(most)s.")


class ClockMissing(Refusal):
    """Days need a time on the clock."""

    code = "reminder_clock_missing"
    message = _l("Write at what time it is sent, for example 17:00.")


class DayMissing(Refusal):
    """A reminder for a day of its own needs the day."""

    code = "reminder_day_missing"
    message = _l("Choose the day on which it is sent.")


class TextTooLong(Refusal):
    """Nobody reads that much in a reminder."""

    code = "reminder_text_too_long"
    message = _l("Write at most %(most)s characters.")


@dataclass(frozen=True, slots=True)
class Planned:
    """When a rule falls due next, for which date, and how many it would reach as things are."""

    at: datetime
    starts_at: datetime
    people: int


def problems(rule: Rule) -> list[tuple[str, Refusal]]:
    """What cannot be kept, as (field, refusal)."""
    found: list[tuple[str, Refusal]] = []
    least, most = _possible(rule)
    if rule.anchor != Anchor.ABSOLUTE and not least <= rule.number <= most:
        found.append(("number", NumberNotPossible(least=least, most=most)))
    if rule.anchor == Anchor.ABSOLUTE and rule.on_at is None:
        found.append(("day", DayMissing()))
    if rule.anchor != Anchor.ABSOLUTE and rule.unit == Unit.DAYS and rule.clock is None:
        found.append(("clock", ClockMissing()))
    if rule.early_days is not None and not 1 <= rule.early_days <= MOST_DAYS:
        found.append(("early_days", NumberNotPossible(least=1, most=MOST_DAYS)))
    if rule.release_hours is not None and not 1 <= rule.release_hours <= MOST_RELEASE:
        found.append(("release_hours", NumberNotPossible(least=1, most=MOST_RELEASE)))
    found += [
        (f"text_{language}", TextTooLong(most=LONGEST_TEXT))
        for language, words in rule.texts.items()
        if len(words) > LONGEST_TEXT
    ]
    return found


def _possible(rule: Rule) -> tuple[int, int]:
    if rule.anchor == Anchor.END:
        return (1, _LONGEST_AFTER_HOURS) if rule.unit == Unit.HOURS else (0, 7)
    return (1, MOST_HOURS) if rule.unit == Unit.HOURS else (0, MOST_DAYS)


def reached_at_once(activity_id: int, rule: Rule, *, now: datetime) -> int:
    """How many people would get it at once if it were kept now: its time is over for a date, and it is still of use."""
    number = 0
    for date in _coming(activity_id, now):
        late = timing.due(replace(rule, changed_at=now, send_late_at=now), date)
        usual = timing.due(replace(rule, changed_at=None, send_late_at=None), date)
        if late is not None and usual is not None and usual.at < now <= late.useful_until:
            number += planning.reach(rule, date, now)
    return number


def next_of(activity_id: int, rule: Rule, *, now: datetime) -> Planned | None:
    """When it is sent next, and to how many as things are now; None where it is not."""
    found = []
    for date in _coming(activity_id, now):
        due = timing.due(replace(rule, changed_at=None, send_late_at=None), date)
        if due is not None and due.due_at > now:
            found.append((due.due_at, date))
    if not found:
        return None
    at, date = min(found, key=lambda each: each[0])
    return Planned(at, date.span.starts_at, planning.reach(rule, date, at))


def _coming(activity_id: int, now: datetime) -> list[timing.Dated]:
    query = select(Occurrence.id).where(
        Occurrence.activity_id == activity_id, Occurrence.ends_at > now - timedelta(days=7)
    )
    return timing.dates(db.session.scalars(query).all())


def keep(activity_id: int, rule: Rule, *, now: datetime, send_late: bool = False) -> str:
    """Keep a rule of an activity, in the place of the one with its key or as a new one (key ""). Returns its key.

    With `send_late` it also goes to those for whom its time is over, while it is of use. Keeping what is kept already changes
    nothing. Refuses with the first of `problems`, or `TooManyReminders`.
    """
    for _field, refusal in problems(rule):
        raise refusal
    known = {each.key: each for each in rules.of(activity_id)}
    before = known.get(rule.key)
    if before is not None and rule.same_as(before) and not send_late:
        return rule.key
    if before is None:
        own = select(func.count()).where(ReminderRule.activity_id == activity_id, ReminderRule.key.not_in(rules.USUAL))
        if (db.session.scalar(own) or 0) >= MOST_OWN:
            raise TooManyReminders(most=MOST_OWN)
    key = rule.key or public_id(12)
    same = select(ReminderRule).where(ReminderRule.activity_id == activity_id, ReminderRule.key == key)
    row = db.session.scalar(same) or ReminderRule(activity_id=activity_id, key=key)
    for name in (
        "anchor", "number", "unit", "after", "clock", "on_at", "early_days", "unanswered_only", "way", "dates", "asks", "enabled",
    ):  # fmt: skip
        setattr(row, name, getattr(rule, name))
    row.release_hours = rule.release_hours
    # It counts for those who sign up from when it was told, anew each time that it begins to count.
    if before is None or before.gives_on_hours != rule.gives_on_hours:
        row.release_since = None if rule.gives_on_hours is None else now
    row.roles, row.texts = list(rule.roles), _written(rule.texts)
    row.changed_at, row.send_late_at = now, now if send_late else None
    db.session.add(row)
    db.session.flush()
    return key


def _written(texts: Mapping[str, str]) -> dict[str, str]:
    return {language: words.strip() for language, words in texts.items() if words.strip()}


def remove(activity_id: int, key: str) -> None:
    """Take an activity's own rule away; in the place of a usual one, that counts again."""
    db.session.execute(delete(ReminderRule).where(ReminderRule.activity_id == activity_id, ReminderRule.key == key))
