"""The numbers of a scope, which pages, exports and releases all take as they are; and how true they are."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Figures:
    """What the dates of a scope add up to; each number is explained in `registrations.facts.MEASURES`.

    `activities` is how many activities held a date. What can only be told of a date that is over (`expected`, `marked`, `absent`,
    `unchecked`, `presumed`, `planned_minutes`) counts those that are over.
    """

    activities: int = 0
    dates: int = 0
    called_off_dates: int = 0
    capacity: int = 0
    filled: int = 0
    full_dates: int = 0
    waited_dates: int = 0
    signed_up: int = 0
    placed: int = 0
    confirmed: int = 0
    places: int = 0
    waiting: int = 0
    waiting_seats: int = 0
    pending: int = 0
    cancelled: int = 0
    gave_up: int = 0
    gave_up_late: int = 0
    removed: int = 0
    called_off: int = 0
    declined: int = 0
    offers_lost: int = 0
    expected: int = 0
    marked: int = 0
    attended: int = 0
    absent: int = 0
    unchecked: int = 0
    came: int = 0
    presumed: int = 0
    new_people: int = 0
    first_this_year: int = 0
    by_web: int = 0
    by_telegram: int = 0
    by_webchat: int = 0
    by_phone: int = 0
    by_door: int = 0
    minutes: int = 0
    planned_minutes: int = 0
    answers: int = 0
    rated_1: int = 0
    rated_2: int = 0
    rated_3: int = 0
    rated_4: int = 0
    rated_5: int = 0
    pledges: int = 0
    deed_tell: int = 0
    deed_home: int = 0
    deed_again: int = 0
    deed_help: int = 0
    deed_learn: int = 0

    @classmethod
    def read(cls, row: Mapping[str, Any]) -> Self:
        """From a row with any of the names; what it does not have is 0."""
        return cls(**{each.name: int(row.get(each.name) or 0) for each in fields(cls)})

    @property
    def took_part(self) -> int:
        """How many times somebody came. Where nobody was noted on a date, all who had a place count; see `presumes`."""
        return self.attended + self.unchecked

    @property
    def presumes(self) -> bool:
        """Whether `took_part` counts places, since on some dates nobody was noted."""
        return self.unchecked > 0

    @property
    def unmarked(self) -> int:
        """Seats of dates on which others were noted and these were not."""
        return max(0, self.expected - self.marked - self.unchecked)

    @property
    def cancelled_rate(self) -> float | None:
        """The share of sign-ups with a place whose person gave it up."""
        return _share(self.gave_up, self.placed)

    @property
    def no_show_rate(self) -> float | None:
        """The share of the noted seats that stayed away."""
        return _share(self.absent, self.marked)

    @property
    def fill_rate(self) -> float | None:
        """The share of the seats that were taken, where there was a limit."""
        return _share(self.filled, self.capacity)

    @property
    def hours(self) -> float:
        """Volunteers' hours: as noted, and the length of the date where nobody was; see `presumes_hours`."""
        return (self.minutes + self.planned_minutes) / 60

    @property
    def presumes_hours(self) -> bool:
        """Whether `hours` takes lengths of dates for hours that were not noted."""
        return self.planned_minutes > 0

    @property
    def by_other(self) -> int:
        """Seats of sign-ups that came another way than those named."""
        return self.places - self.by_web - self.by_telegram - self.by_webchat - self.by_phone - self.by_door

    @property
    def stars(self) -> float | None:
        """What people said of it on average, from 1 to 5."""
        said = sum(number * getattr(self, f"rated_{number}") for number in range(1, 6))
        return said / self.answers if self.answers else None


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


@dataclass(frozen=True, slots=True)
class Freshness:
    """How true the figures are: to the last sign-up while `as_of` is None, else as everything was then.

    `backlog` is how many dates are still to be counted anew.
    """

    as_of: datetime | None = None
    backlog: int = 0
