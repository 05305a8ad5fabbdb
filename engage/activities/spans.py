"""Dates of a span of time, and which activities have one there, without looking at every date.

A date is its position by start, as in `catalogue.Dates`. Of each town's dates the activities are put together block by block
beforehand, so that a span looks at single dates only where it begins and ends.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from engage.activities import bits

# Dates put together: fewer make a span's edges shorter, and take more memory (a block of 30,000 activities 4 KB).
_BLOCK = 256
# Of what is longer each date is looked at, to find what is on at some moment.
_LONG = 24 * 60 * 60.0


@dataclass(frozen=True, slots=True)
class Span(Collection[int]):
    """The dates from `low` to before `high`, after those of `running`: they began before and are not over."""

    low: int
    high: int
    running: tuple[int, ...] = ()

    def __len__(self) -> int:
        return len(self.running) + self.high - self.low

    def __iter__(self) -> Iterator[int]:
        return chain(self.running, range(self.low, self.high))

    def __contains__(self, position: object) -> bool:
        return position in range(self.low, self.high) or position in self.running


def long_ones(starts: Sequence[float], ends: Sequence[float]) -> "array[int]":
    """The dates of which `span` has to look at each."""
    both = enumerate(zip(starts, ends, strict=True))
    return array("I", (position for position, (start, end) in both if end - start > _LONG))


def span(starts: Sequence[float], ends: Sequence[float], long: Sequence[int], first: float, last: float | None) -> Span:
    """The dates that are not over at `first` and begin before `last`."""
    low = bisect_right(starts, first)
    high = len(starts) if last is None else bisect_left(starts, last)
    near = bisect_left(starts, first - _LONG)
    before = chain(long[: bisect_left(long, near)], range(near, min(low, high)))
    running = tuple(position for position in before if ends[position] > first and position < high)
    return Span(low, max(low, high), running)


@dataclass(frozen=True, slots=True)
class Row:
    """Some dates by their start, and for each whole block of them the bits of their activities."""

    positions: "array[int]"
    blocks: tuple[int, ...]

    @classmethod
    def of(cls, positions: "array[int]", indexes: Sequence[int], size: int) -> "Row":
        """The row of these dates; `indexes` are the bits of the activities of all dates, `size` how many bits there are."""
        whole = range(0, len(positions) - _BLOCK + 1, _BLOCK)
        blocks = (bits.of((indexes[each] for each in positions[begin : begin + _BLOCK]), size) for begin in whole)
        return cls(positions, tuple(blocks))

    def activities(self, there: Span, indexes: Sequence[int], size: int) -> int:
        """The bits of the activities with a date of this row in the span, apart from those that are `running` there."""
        first, last = bisect_left(self.positions, there.low), bisect_left(self.positions, there.high)
        begin, end = -(-first // _BLOCK), last // _BLOCK
        if begin >= end:
            return bits.of((indexes[each] for each in self.positions[first:last]), size)
        edges = chain(self.positions[first : begin * _BLOCK], self.positions[end * _BLOCK : last])
        found = bits.of((indexes[each] for each in edges), size)
        for block in self.blocks[begin:end]:
            found |= block
        return found
