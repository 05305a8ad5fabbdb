"""Where help is most needed: the coming volunteer dates that lack hands, the most urgent first."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import nsmallest
from itertools import islice

from engage.activities.catalogue import catalogue
from engage.activities.coming import Catalogue
from engage.base.db import ask

_Place = tuple[float, datetime, int]

# Nobody plans an evening of helping further ahead, and by then others may have come.
HORIZON = timedelta(days=60)
_WEEK = timedelta(days=7)

# Dates looked at first, of those that are coming; then four times as many each time. Mostly the first few decide.
_AT_FIRST = 64

# Where a date has roles, what each of them lacks counts; one that has too many helps no other. What has no limit lacks nothing:
# `greatest` passes over NULL.
_LACKING = """
SELECT occurrence_id,
       CASE WHEN bool_or(of_role) THEN sum(missing) FILTER (WHERE of_role) ELSE sum(missing) END,
       CASE WHEN bool_or(of_role) THEN sum(wanted) FILTER (WHERE of_role) ELSE sum(wanted) END
  FROM (SELECT occurrence_id, role_id IS NOT NULL AS of_role,
               greatest(0, pool.capacity - reserved - occupied) AS missing,
               greatest(0, pool.capacity - reserved) AS wanted
          FROM pool LEFT JOIN shift_role ON shift_role.id = role_id
         WHERE occurrence_id = ANY(%(dates)s) AND removed_at IS NULL) AS each
 GROUP BY occurrence_id
"""


@dataclass(frozen=True, slots=True)
class Lack:
    """A date on which `missing` of the `wanted` hands are not there yet."""

    occurrence_id: int
    starts_at: datetime
    missing: int
    wanted: int

    def urgency(self, now: datetime) -> float:
        """The share that is missing; it counts half in a week's time, a third in two. Our own rule, so that it can be told."""
        return self.missing / self.wanted / (1 + (self.starts_at - now) / _WEEK)

    def place(self, now: datetime) -> _Place:
        """What tells where it stands among others: the most urgent first, then the one that comes first."""
        return -self.urgency(now), self.starts_at, self.occurrence_id


def most_needed(now: datetime) -> tuple[Lack, ...]:
    """All dates that lack somebody and can still be signed up for, the most urgent first."""
    memory = catalogue(now)
    return _by_urgency(_lacking(memory, _open(memory, now)), now)


def most_urgent(now: datetime, activities: int) -> tuple[Lack, ...]:
    """Of `most_needed` what is of the first so many activities, at a cost that does not grow with how many dates lack somebody.

    No date is more urgent than one on which everybody is missing. So they are looked at by their start, until what comes after
    could not be among the first whatever it lacks.
    """
    memory, size = catalogue(now), _AT_FIRST
    coming, best = _open(memory, now), dict[int, _Place]()
    while part := tuple(islice(coming, size)):
        for position, lack in _lacking(memory, part).items():
            index = memory.dates.indexes[position]
            best[index] = min(best.get(index, lack.place(now)), lack.place(now))
        last = nsmallest(activities, best.values())[activities - 1 :]
        everybody = Lack(0, memory.dates.start(part[-1]), missing=1, wanted=1)
        if last and last[0] < everybody.place(now):
            break
        size *= 4
    leading = nsmallest(activities, best, key=best.__getitem__)
    theirs = [
        each for index in leading for each in memory.of_activity(index) if memory.hands.open_at(each, now.timestamp())
    ]
    until = (now + HORIZON).timestamp()
    return _by_urgency(_lacking(memory, [each for each in theirs if memory.dates.starts[each] < until]), now)


def _open(memory: Catalogue, now: datetime) -> Iterator[int]:
    """The dates near enough on which one may help and sign up now, by start."""
    hands, starts = memory.hands, memory.dates.starts
    moment, until = now.timestamp(), (now + HORIZON).timestamp()
    for position, opens, closes in zip(hands.positions, hands.opens, hands.closes, strict=True):
        if starts[position] >= until:
            return
        if opens <= moment < closes:
            yield position


def _lacking(memory: Catalogue, positions: Iterable[int]) -> dict[int, Lack]:
    """Those of these dates that lack somebody at this moment: the seats are read, not remembered."""
    ids = {memory.dates.occurrences[each]: each for each in positions}
    rows = ask(_LACKING, {"dates": list(ids)}).fetchall() if ids else ()
    return {
        ids[number]: Lack(number, memory.dates.start(ids[number]), int(missing), int(wanted))
        for number, missing, wanted in rows
        if missing
    }


def _by_urgency(lacks: Mapping[int, Lack], now: datetime) -> tuple[Lack, ...]:
    return tuple(sorted(lacks.values(), key=lambda each: each.place(now)))
