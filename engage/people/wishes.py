"""What a person wishes of us: in which language, of what they are reminded, and when it shall be quiet.

What is sent is decided elsewhere; here stands what they said. By which way they are reached stands in `reaching`.
"""

from dataclasses import dataclass, replace
from datetime import time
from enum import StrEnum
from typing import Any, Self

from engage.base.db import db
from engage.base.errors import Refusal
from engage.base.i18n import lazy_gettext as _l
from engage.people.models import Person


class Reminder(StrEnum):
    """A reminder of something one has signed up for: 7 days before, the day before, or 2 hours before it begins."""

    WEEK = "week"
    DAY = "day"
    HOURS = "hours"


class QuietNotUsable(Refusal):
    """The quiet hours leave no time at which anything could be sent."""

    code = "quiet_not_usable"
    message = _l("Choose quiet hours that begin and end at different times.")


@dataclass(frozen=True)
class Wishes:
    """`reminders`: those they want. `quiet`: local times between which nothing optional is
    sent, over midnight where the first is later than the last; None are the service's own. `feedback`: whether they may be
    asked afterwards how it was.

    Kept as `{"reminders": ["day"], "quiet": ["21:00", "08:00"], "feedback": true}`; who never chose has `{}`, and gets all.
    """

    reminders: frozenset[Reminder] = frozenset(Reminder)
    quiet: tuple[time, time] | None = None
    feedback: bool = True

    def to_json(self) -> dict[str, Any]:
        """What the column keeps."""
        return {
            "reminders": [each.value for each in Reminder if each in self.reminders],
            "quiet": self.quiet and [each.strftime("%H:%M") for each in self.quiet],
            "feedback": self.feedback,
        }

    @classmethod
    def from_json(cls, facts: dict[str, Any]) -> Self:
        """The wishes that `to_json` wrote; `{}` are those of who never chose."""
        found: dict[str, Any] = {}
        if "reminders" in facts:
            found["reminders"] = frozenset(map(Reminder, facts["reminders"]))
        if facts.get("quiet"):
            first, last = map(time.fromisoformat, facts["quiet"])
            found["quiet"] = (first, last)
        if "feedback" in facts:
            found["feedback"] = bool(facts["feedback"])
        return cls(**found)


def of(person_id: int) -> Wishes:
    """What this person wishes."""
    return Wishes.from_json(db.session.get_one(Person, person_id).wishes)


def wish(person_id: int, wishes: Wishes, *, language: str) -> None:
    """Keep what a person chose. Refuses with `QuietNotUsable`."""
    if wishes.quiet is not None and wishes.quiet[0] == wishes.quiet[1]:
        raise QuietNotUsable
    person = db.session.get_one(Person, person_id)
    person.wishes, person.language = wishes.to_json(), language
    db.session.flush()


def stop_reminders(person_id: int) -> None:
    """Remind them of nothing any more; all else they wish stays."""
    _replace(person_id, reminders=frozenset())


def stop_feedback(person_id: int) -> None:
    """Ask them no more how it was; all else they wish stays."""
    _replace(person_id, feedback=False)


def _replace(person_id: int, **values: Any) -> None:
    person = db.session.get_one(Person, person_id, with_for_update=True)
    person.wishes = replace(Wishes.from_json(person.wishes), **values).to_json()
    db.session.flush()
