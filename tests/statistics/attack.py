"""Who reads all that is published and knows how it is made: tables of every period and filter, and all that follows from them.

Numbers go through the code that publishes as sums of *cells* (what an attacker may tell apart), so that what is attacked is what
is read, and not a model of it. The attacker even knows which activities are in which number, how long each date is, and how many
sign-ups of an atom have how many seats. Disclosed is what holds for fewer than `least` people and was not known: a number, the
difference of two, or anything that exact elimination over all numbers leaves.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import combinations, product
from math import gcd
from typing import Any

from engage.statistics.releases.reading import THEME, Months, Released, Span
from engage.statistics.releases.safety import ATTRIBUTES, SPLITS, Atom, Part, Profile, SignUp, minutes, people, pieces

# A release, and what is alike in a cell: activity, seats, length, whether they gave it, and pieces.
Cell = tuple[int, tuple[Any, ...]]
Row = Mapping[Cell, int]
Grouping = Callable[[Sequence[SignUp], int], "list[tuple[Profile, Sequence[SignUp]]] | None"]
Splitting = Callable[[str, Sequence[SignUp], int], Mapping[str, Sequence[SignUp]]]
Timing = Callable[..., "int | None"]


class Sum:
    """A number that remembers what it is the sum of; equal only to itself."""

    def __init__(self, cells: Mapping[Cell, int]) -> None:
        self.cells = dict(cells)

    def __bool__(self) -> bool:
        return bool(self.cells)

    def __radd__(self, other: int) -> "Sum":
        assert other == 0
        return self

    def __add__(self, other: "Sum") -> "Sum":
        cells = defaultdict(int, self.cells)
        for cell, times in other.cells.items():
            cells[cell] += times
        return Sum(cells)


@dataclass
class World:
    """What really happened, by month, and what is published of it."""

    months: Sequence[Sequence[SignUp]]
    least: int
    spans: list[Span]
    members: dict[Cell, list[SignUp]]
    more: list[Row]
    # Of each atom, its cells by the number of seats.
    seats: list[dict[int, set[Cell]]]

    def people(self, cells: Sequence[Cell]) -> int:
        return people([each for cell in cells for each in self.members[cell]])

    def known(self) -> list[Row]:
        """How many sign-ups of each number of seats an atom has, which is mostly public."""
        return [dict.fromkeys(cells, 1) for atom in self.seats for cells in atom.values()]


def published(
    months: Sequence[Sequence[SignUp]], least: int, partition: Grouping, split: Splitting = pieces,
    timing: Timing = minutes, *, seats_in_parts: bool = False,
) -> World:  # fmt: skip
    """The months released one after the other, with sums for numbers."""
    world = World(months, least, [], {}, [], [])
    waiting: list[SignUp] = []
    first = None
    for number, month in enumerate(months):
        day = date(2026 + number // 12, number % 12 + 1, 1)
        first = first or day
        waiting += month
        groups = partition(waiting, least)
        if groups is None:
            continue
        atoms = [_atom(world, number, profile, group, split, timing, seats_in_parts) for profile, group in groups]
        world.spans.append(Span(Months(first, day), least, atoms))
        waiting, first = [], None
    return world


def _atom(
    world: World, number: int, profile: Profile, group: Sequence[SignUp], split: Splitting, timing: Timing,
    seats_in_parts: bool,
) -> Atom:  # fmt: skip
    """An atom, of which the attacker knows the activities and the pieces, but not how pieces of two splits overlap: each of the
    ways in which they could is a cell, also where there is nobody in it. Who came gave it, and who stayed away did not."""
    told = {name: split(name, group, world.least) for name in SPLITS}
    names = [list(told[name]) or ["*"] for name in SPLITS]
    cells: dict[Cell, list[SignUp]] = {
        (number, (*kind, gave, combination)): []
        for kind in sorted({(_whose(each), each.seats, each.length) for each in group})
        for gave in ((True, False) if kind[2] else (False,))
        for combination in product(*names)
        if not kind[2] or (gave, combination[SPLITS.index("attendance")]) not in ((False, "came"), (True, "away"))
    }
    where = [{id(each): value for value, piece in told[name].items() for each in piece} for name in SPLITS]
    for each in group:
        alike = _whose(each), each.seats, each.length, bool(each.length and each.gave)
        cells[number, (*alike, tuple(piece.get(id(each), "*") for piece in where))].append(each)
    world.members.update(cells)
    world.seats.append(
        {size: {cell for cell in cells if cell[1][1] == size} for size in {each.seats for each in group}}
    )
    parts = tuple(
        Part(name, value, Sum(dict.fromkeys(_piece(cells, at, value), 1)))  # type: ignore[arg-type]
        for at, name in enumerate(SPLITS)
        for value in told[name]
    )
    if seats_in_parts:
        world.more += [
            {cell: cell[1][1] for cell in _piece(cells, at, value)}
            for at, name in enumerate(SPLITS)
            for value in told[name]
        ]
    given: Any = timing(profile, group, told["attendance"].values(), world.least)
    if given is not None:
        given = Sum({cell: cell[1][1] * cell[1][2] for cell in cells if cell[1][3]})
    seats: Any = Sum({cell: cell[1][1] for cell in cells})
    whole: Any = Sum(dict.fromkeys(cells, 1))
    return Atom(profile, whole, seats, given, parts)


def _piece(cells: Mapping[Cell, object], at: int, value: str) -> list[Cell]:
    return [cell for cell in cells if cell[1][4][at] == value]


def _whose(each: SignUp) -> tuple[Any, ...]:
    return tuple(each.profile[name] for name in ATTRIBUTES)


def periods(spans: Sequence[Span]) -> Iterator[Released]:
    """What is read of each period one can ask for."""
    for start in range(len(spans)):
        for end in range(start, len(spans)):
            chosen = spans[start : end + 1]
            yield Released(Months(chosen[0].months.first, chosen[-1].months.last), chosen)


def numbers(world: World) -> Iterator[Row]:
    """Every number in every table, for every period and every filter of none, one or two attributes."""
    for found in periods(world.spans):
        values = {name: list(found.by(name)) for name in ATTRIBUTES}
        filters: list[dict[str, str]] = [{}]
        filters += [{name: value} for name in ATTRIBUTES for value in values[name]]
        filters += [
            {one: first, other: second}
            for one, other in combinations(ATTRIBUTES, 2)
            for first in values[one]
            for second in values[other]
        ]
        for only in filters:
            yield from _rows(found.total(**only))
            if len(only) < 2:
                for axis in (*ATTRIBUTES, THEME, *SPLITS):
                    for counts in found.by(axis, **only).values():
                        yield from _rows(counts)
    yield from world.more


def _rows(counts: Any) -> Iterator[Row]:
    yield from (each.cells for each in (counts.sign_ups, counts.seats, counts.timed) if isinstance(each, Sum))
    if counts.minutes:  # 1080 minutes of 120 each are nine
        unit = gcd(*counts.minutes.cells.values())
        yield {cell: times // unit for cell, times in counts.minutes.cells.items()}


def disclosures(world: World) -> list[str]:
    """What follows for fewer than `least` people, but more than none, from all that is published."""
    rows = {tuple(sorted(each.items())): each for each in numbers(world) if each}
    distinct = list(rows.values())
    found = [f"a number: {_worded(each)}" for each in distinct if _small(world, each)]
    for one, other in combinations(distinct, 2):
        both = (_less(one, other), _less(other, one))
        found += [f"a difference: {_worded(row)}" for row in both if row and _small(world, row)]
    found += [
        f"elimination: {_worded(each)}" for each in eliminated([*world.known(), *distinct]) if _small(world, each)
    ]
    return found


def _small(world: World, row: Mapping[Cell, Any]) -> bool:
    """Whether it is a sum over people (each cell as often) who are fewer than `least`, and not what was known of them anyway."""
    return len(set(row.values())) == 1 and 0 < world.people(list(row)) < world.least and not _known(world, row)


def _known(world: World, row: Row) -> bool:
    """Whether it is all with some numbers of seats in some atoms, but no whole atom."""
    cells = set(row)
    seats = [each for atom in world.seats for each in atom.values() if each <= cells]
    whole = any(cells.issuperset(set().union(*atom.values())) for atom in world.seats)
    return cells == set().union(*seats) and not whole


def _less(one: Row, other: Row) -> dict[Cell, int]:
    """One less the other, where nothing negative is left."""
    if any(times > one.get(cell, 0) for cell, times in other.items()):
        return {}
    left = {cell: times - other.get(cell, 0) for cell, times in one.items()}
    return {cell: times for cell, times in left.items() if times}


def eliminated(rows: Sequence[Row]) -> list[dict[Cell, Fraction]]:
    """The reduced row echelon form, exact: what the smallest statements are that follow from all numbers together."""
    reduced: dict[Cell, dict[Cell, Fraction]] = {}
    for row in rows:
        left = {cell: Fraction(times) for cell, times in row.items()}
        for pivot in [cell for cell in left if cell in reduced]:
            if pivot in left:
                _subtract(left, reduced[pivot], left[pivot])
        if not left:
            continue
        pivot = min(left)
        scale = left[pivot]
        left = {cell: times / scale for cell, times in left.items()}
        for other in reduced.values():
            if pivot in other:
                _subtract(other, left, other[pivot])
        reduced[pivot] = left
    return list(reduced.values())


def _subtract(left: dict[Cell, Fraction], row: Mapping[Cell, Fraction], times: Fraction) -> None:
    for cell, amount in row.items():
        value = left.get(cell, Fraction(0)) - times * amount
        if value:
            left[cell] = value
        else:
            left.pop(cell, None)


def _worded(row: Mapping[Cell, Any]) -> str:
    return ", ".join(str(cell) for cell in row)
