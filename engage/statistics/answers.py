"""What the questions are answered with: plain, frozen, and without anybody's name."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from engage.statistics.figures import Figures, Freshness
from engage.statistics.scope import Scope


@dataclass(frozen=True, slots=True)
class Participation:
    """The headline, and the same period before (None where nothing is known of it).

    `people` is how many different people had a place. That can be told for a calendar year and the whole city alone, since it is
    counted without knowing who: elsewhere it is None, and `figures.first_this_year` says for how many it was the first place of
    the year. Who signs up anew after `known_for_days` of which nothing is left is counted anew.
    """

    scope: Scope
    figures: Figures
    before: Figures | None
    people: int | None
    known_for_days: int
    freshness: Freshness


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a table: `key` is a stable name or a number, `name` how people call it."""

    key: str
    name: str
    figures: Figures


@dataclass(frozen=True, slots=True)
class Behind:
    """A page of the activities behind a number, the how manyth of how many pages it is, and how many activities there are."""

    lines: tuple[Line, ...]
    whole: int
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class Matrix:
    """Dimension by goal. An activity counts in each cell of its dimensions and goals; cells without any are left out."""

    cells: Mapping[tuple[str, int], Figures]

    def cell(self, dimension: str, sdg: int) -> Figures:
        """One cell, of zeros where there is nothing."""
        return self.cells.get((dimension, sdg), Figures())


@dataclass(frozen=True, slots=True)
class WhiteSpots:
    """What nothing is held for, and what something is held for that nobody has a place in: dimensions, goals, Key Features."""

    no_activity: Mapping[str, tuple[Line, ...]]
    no_people: Mapping[str, tuple[Line, ...]]


@dataclass(frozen=True, slots=True)
class Channel:
    """A way of signing up, the seats with a place that came by it, and its share."""

    key: str
    seats: int
    share: float | None


@dataclass(frozen=True, slots=True)
class Funnel:
    """From sign-up to attendance, in sign-ups, of dates that are over: each number is part of the one before it.

    `came` are those that were noted, and `presumed` those that had a place on a date on which nobody was noted at all.
    """

    signed_up: int
    placed: int
    kept: int
    came: int
    presumed: int
    figures: Figures

    @property
    def took_part(self) -> int:
        """Sign-ups that came, or are taken to have come."""
        return self.came + self.presumed


@dataclass(frozen=True, slots=True)
class Pressure:
    """How full it was, and who got nothing; `wanted` are the activities with the longest lines, the longest first."""

    figures: Figures
    wanted: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Voices:
    """What people said, and what they mean to do. `deeds` by the keys of `feedback.DEEDS`."""

    answers: int
    average: float | None
    ratings: Mapping[int, int]
    pledges: int
    deeds: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Whom:
    """How many with a place said which age band or part of town; `value` "unsaid" is who would rather not say."""

    value: str
    sign_ups: int
    seats: int


class Verdict(StrEnum):
    """How many take part of one part of the population, beside how many live there. FEW: fewer than its share of the
    population, more clearly than chance would have it. UNKNOWN: too few have answered, or the population is not known.
    """

    FEW = "few"
    AS_EXPECTED = "as_expected"
    MANY = "many"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Reached:
    """One age band or part of town: its sign-ups and its share of those that tell, beside its share of the population.

    `keys` are what it is made of: several where small parts of town are shown together, with the key "other".
    """

    key: str
    keys: tuple[str, ...]
    sign_ups: int
    share: float | None
    inhabitants: int | None
    population_share: float | None
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Reach:
    """Who is reached, and who is not. `answered` sign-ups tell one of the parts, `unsaid` would rather not, `outside` come from
    another municipality; `year` and `source` are those of the population, None and "" where it is not known.
    """

    parts: tuple[Reached, ...]
    answered: int
    unsaid: int
    outside: int
    year: int | None
    source: str

    @property
    def few(self) -> tuple[Reached, ...]:
        """The parts that are under-represented."""
        return tuple(each for each in self.parts if each.verdict == Verdict.FEW)


@dataclass(frozen=True, slots=True)
class Year:
    """One calendar year of a scope, as far as the scope covers it."""

    number: int
    figures: Figures


@dataclass(frozen=True, slots=True)
class Month:
    """One calendar month of a scope, as far as the scope covers it."""

    first_day: date
    figures: Figures
