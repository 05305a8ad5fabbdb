"""What a person wishes of us: in which language, of what they are reminded, when it shall be quiet, and for how long.

What is sent is decided elsewhere; here stands what they said. By which way they are reached stands in `reaching`.
"""

from dataclasses import dataclass, replace
from datetime import date, time, timedelta
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


class PauseNotUsable(Refusal):
    """The day until which nothing optional shall come is over, or too far away to be meant."""

    code = "pause_not_usable"
    message = _l("Choose a day between tomorrow and a year from now.")


# Thursday at 16: before the weekend, and when most have time to read. Ours, so that nobody has to choose.
DIGEST = (3, time(16))
LONGEST_PAUSE = timedelta(days=366)


@dataclass(frozen=True)
class Wishes:
    """`reminders`: those they want. `quiet`: local times between which nothing optional is
    sent, over midnight where the first is later than the last; None are the service's own. `digest`: the weekday (Monday is 0)
    and the local hour of the letter about what they follow. `feedback`: whether they may be asked afterwards how it was.
    `paused_until`: the local day on which optional letters begin again.

    Kept as `{"reminders": ["day"], "quiet": ["21:00", "08:00"], "digest": [3, "16:00"], "feedback": true, "paused_until":
    "2026-12-24"}`; who never chose has `{}`, and gets all reminders.
    """

    reminders: frozenset[Reminder] = frozenset(Reminder)
    quiet: tuple[time, time] | None = None
    digest: tuple[int, time] = DIGEST
    feedback: bool = True
    paused_until: date | None = None

    def paused(self, today: date) -> bool:
        """Whether nothing optional is sent on this local day."""
        return self.paused_until is not None and today < self.paused_until

    def to_json(self) -> dict[str, Any]:
        """What the column keeps."""
        return {
            "reminders": [each.value for each in Reminder if each in self.reminders],
            "quiet": self.quiet and [each.strftime("%H:%M") for each in self.quiet],
            "digest": [self.digest[0], self.digest[1].strftime("%H:%M")],
            "feedback": self.feedback,
            "paused_until": self.paused_until and self.paused_until.isoformat(),
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
        if facts.get("digest"):
            weekday, hour = facts["digest"]
            found["digest"] = (int(weekday), time.fromisoformat(hour))
        if facts.get("paused_until"):
            found["paused_until"] = date.fromisoformat(facts["paused_until"])
        if "feedback" in facts:
            found["feedback"] = bool(facts["feedback"])
        return cls(**found)


def of(person_id: int) -> Wishes:
    """What this person wishes."""
    return Wishes.from_json(db.session.get_one(Person, person_id).wishes)


def wish(person_id: int, wishes: Wishes, *, language: str | None = None) -> None:
    """Keep what a person chose; without a `language` theirs stays. Refuses with `QuietNotUsable`."""
    if wishes.quiet is not None and wishes.quiet[0] == wishes.quiet[1]:
        raise QuietNotUsable
    person = db.session.get_one(Person, person_id)
    person.wishes, person.language = wishes.to_json(), language or person.language
    db.session.flush()


def speak(person_id: int, language: str) -> None:
    """Write to a person in this language from now on."""
    db.session.get_one(Person, person_id).language = language
    db.session.flush()


def pause(person_id: int, until: date | None, *, today: date) -> None:
    """Send nothing optional before `until`, or go on now. Refuses with `PauseNotUsable`."""
    if until is not None and not today < until <= today + LONGEST_PAUSE:
        raise PauseNotUsable
    _replace(person_id, paused_until=until)


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
