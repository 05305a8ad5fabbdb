"""What is coming, as a process remembers it: dates as rows of numbers, activities as bits. How it is read is `catalogue`."""

import sys
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Any

from engage.activities import bits, spans
from engage.activities.spans import Row, Span
from engage.activities.wordlist import Words


@dataclass(frozen=True, slots=True)
class Dates:
    """Dates by their start, one row of numbers for each fact; a date is its position in them.

    Ten thousand take a third of a megabyte so. As objects they took six times as much, and in each process: looking at an
    object writes into it, and so into a page of memory that was shared until then.
    """

    starts: "array[float]"  # seconds since 1970
    ends: "array[float]"
    occurrences: "array[int]"  # their ids
    indexes: "array[int]"  # their activities' bits
    towns: "array[int]"  # positions in `Catalogue.towns`
    cancelled: bytes  # 1 when it is

    def __len__(self) -> int:
        return len(self.starts)

    def start(self, position: int, zone: tzinfo = UTC) -> datetime:
        """When this date begins, as clocks in `zone` show it."""
        return datetime.fromtimestamp(self.starts[position], zone)

    def end(self, position: int, zone: tzinfo = UTC) -> datetime:
        """When this date is over."""
        return datetime.fromtimestamp(self.ends[position], zone)


@dataclass(frozen=True, slots=True)
class Order:
    """The same dates in other orders, for questions that would otherwise be asked of each."""

    ends: "array[float]"  # when they are over, the first one first
    long: "array[int]"  # those that take long, see `spans`
    towns: tuple[Row, ...]  # those of each town
    begins: "array[int]"  # where in `activities` the dates of each bit's activity begin, and at last where all end
    activities: "array[int]"


@dataclass(frozen=True, slots=True)
class Hands:
    """The dates on which volunteers may help, by start, with all that decides whether one may sign up besides the seats: those
    change with every sign-up and are read when they are asked for, see `needs`.
    """

    positions: "array[int]"
    opens: "array[float]"  # seconds since 1970; 0 where one always could
    closes: "array[float]"

    def open_at(self, position: int, moment: float) -> bool:
        """Whether it is one of these dates, and one may sign up for it at this moment."""
        row = bisect_left(self.positions, position)
        there = row < len(self.positions) and self.positions[row] == position
        return there and self.opens[row] <= moment < self.closes[row]


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a word that somebody looks for is taken for, and the bits of the activities that say so."""

    spelled: str
    lexemes: tuple[str, ...]
    names: tuple[str, ...]
    mask: int = 0


@dataclass(frozen=True)
class Catalogue:
    """Activities with a date that is not over, by bit; `masks[facet][value]` has the bits of those that carry a value."""

    revision: int
    texts: int  # the revision of the words that are published
    read_at: datetime
    dates: Dates
    order: Order
    hands: Hands
    towns: tuple[str, ...]  # values of that facet
    activity_ids: tuple[int, ...]
    index: dict[int, int]
    masks: dict[str, dict[str, int]]
    names: dict[str, int]  # words of places, towns, organisers, initiatives and what one date alone is called
    called: dict[str, frozenset[int]]  # the dates that have a word in a title of their own
    lexemes: Words  # stems that stand in the published texts
    name_words: Words  # the keys of `names`
    words: Words  # those, and words as they stand in titles and summaries: to correct a spelling by
    meanings: dict[str, Meaning] = field(default_factory=dict)  # what was looked for, see `search`

    @property
    def everything(self) -> int:
        return (1 << len(self.activity_ids)) - 1

    def next_end(self, now: datetime) -> datetime:
        """When the next of these dates is over, which changes what there is; the end of time when all are."""
        ends = self.order.ends
        position = bisect_right(ends, now.timestamp())
        return datetime.fromtimestamp(ends[position], UTC) if position < len(ends) else datetime.max.replace(tzinfo=UTC)

    def bits(self, activity_ids: Iterable[int]) -> int:
        """The bits of these activities; those with no coming date have none."""
        index = self.index
        return bits.of((index[number] for number in activity_ids if number in index), len(self.activity_ids))

    def between(self, first: datetime, last: datetime | None) -> Span:
        """Dates that are not over at `first` and begin before `last`, by start."""
        dates, until = self.dates, None if last is None else last.timestamp()
        return spans.span(dates.starts, dates.ends, self.order.long, first.timestamp(), until)

    def of_activity(self, index: int) -> "array[int]":
        """The dates of the activity with this bit, by start."""
        begins = self.order.begins
        return self.order.activities[begins[index] : begins[index + 1]]

    def held(self, dates: Collection[int]) -> list[int]:
        """For each of the `towns` the bits of the activities that have one of these dates there."""
        indexes, towns, size = self.dates.indexes, self.dates.towns, len(self.activity_ids)
        by_town: list[list[int]] = [[] for _town in self.towns]
        for each in dates.running if isinstance(dates, Span) else dates:
            by_town[towns[each]].append(indexes[each])
        found = [bits.of(there, size) for there in by_town]
        if isinstance(dates, Span):
            rows = zip(found, self.order.towns, strict=True)
            found = [mask | row.activities(dates, indexes, size) for mask, row in rows]
        return found


def numbers(kind: str, sent: bytes | None) -> "array[Any]":
    """A row of numbers of one kind (see `array`) as PostgreSQL puts it together: each as it would send it by itself."""
    found = array(kind, sent or b"")
    if sys.byteorder == "little":  # it sends the other order
        found.byteswap()
    return found
