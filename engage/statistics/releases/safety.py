"""Which sign-ups of a month are counted together, so that no number that leaves staff's circle is about fewer than `least`.

Pure arithmetic, and all that the proof in docs/decisions/0005 is about: sign-ups become *atoms*, each of at least `least`
different people, and everything published is a sum of whole atoms. What an atom is told to consist of (its parts) is told only in
pieces that are themselves of at least `least` people, and never as one piece that would say the same of everybody in it.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

# What a sign-up's activity is, and tables and filters may ask for. Each has any number of values, so "no goal" is a value too.
ATTRIBUTES = ("sector", "kind", "dimension", "sdg", "key_feature", "audience", "initiative", "place")
# What is told of an atom: all of it, or where too few are alike, ever less. Of the last, nothing: it counts in totals alone.
LEVELS: tuple[tuple[str, ...], ...] = (
    ATTRIBUTES,
    ("sector", "kind", "dimension", "sdg", "key_feature"),
    ("sector", "kind", "dimension"),
    ("sector", "kind"),
    (),
)
# What people in an atom differ in.
SPLITS = ("channel", "newness", "attendance", "age", "area")
# The part that holds what is too little to be told by itself.
OTHER = "other"

Profile = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class SignUp:
    """What a release needs to know of a sign-up with a place. `person` is None where forgotten. `length` is a volunteers' date's
    in minutes, else 0; whether they `gave` it: all of it or nothing, since how long one stayed is told to nobody."""

    person: int | None
    occurrence: int
    seats: int
    length: int
    profile: Profile
    parts: Mapping[str, str]
    gave: bool = True

    @property
    def minutes(self) -> int:
        """The length of the date for each seat, where they gave it."""
        return self.seats * self.length if self.gave else 0


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of an atom: `value` of `split`, with its sign-ups. Its seats would be a second sum over the same people."""

    split: str
    value: str
    sign_ups: int


@dataclass(frozen=True, slots=True)
class Atom:
    """What is counted together. `profile` has what is told of it, `minutes` is None where they would tell of few."""

    profile: Profile
    sign_ups: int
    seats: int
    minutes: int | None
    parts: tuple[Part, ...] = field(default=())


Group = Sequence[SignUp]
IsSafe = Callable[[Group, int], bool]


def is_safe(group: Group, least: int) -> bool:
    """Whether a group may be counted by itself: enough people, and none with so many seats that the rest hide nothing."""
    return people(group) >= least and not _one_stands_out(_per_person(group, lambda each: each.seats))


def people(group: Group) -> int:
    """How many different people there are at least. Of who was forgotten it is unknown whether two are the same, but nobody has
    two sign-ups for one date without being one person."""
    known: set[int] = set()
    at_one: dict[int, set[int]] = defaultdict(set)
    forgotten: Counter[int] = Counter()
    for each in group:
        if each.person is None:
            forgotten[each.occurrence] += 1
        else:
            known.add(each.person)
            at_one[each.occurrence].add(each.person)
    of_a_date = (len(at_one[date]) + count for date, count in forgotten.items())
    return max(len(known), max(of_a_date, default=0))


def atoms(month: Sequence[SignUp], least: int, safe: IsSafe = is_safe) -> list[Atom] | None:
    """The month as atoms; None where all of it together is too little to be told, so that it waits for the next month."""
    grouped = partition(month, least, safe)
    return None if grouped is None else [_atom(profile, group, least, safe) for profile, group in grouped]


def partition(month: Sequence[SignUp], least: int, safe: IsSafe = is_safe) -> list[tuple[Profile, Group]] | None:
    """Each sign-up in exactly one group, with what is told of the group."""
    found: list[tuple[Profile, Group]] = []
    left: Group = month
    for told in LEVELS[:-1]:
        left_over: list[SignUp] = []
        for profile, group in _alike(left, told):
            if safe(group, least):
                found.append((profile, group))
            else:
                left_over.extend(group)
        left = left_over
    # What is left is told in totals alone; while it is too little for that, the smallest of the others joins it.
    found.sort(key=lambda each: (len(each[1]), sorted(each[0].items())), reverse=True)
    while left and not safe(left, least):
        if not found:
            return None
        left = [*left, *found.pop()[1]]
    return [*found, ({}, left)] if left else (found or None)


def _alike(group: Group, told: Sequence[str]) -> list[tuple[Profile, Group]]:
    alike: dict[Hashable, list[SignUp]] = defaultdict(list)
    for each in group:
        alike[tuple(each.profile[name] for name in told)].append(each)
    return [({name: members[0].profile[name] for name in told}, members) for members in alike.values()]


def _atom(profile: Profile, group: Group, least: int, safe: IsSafe) -> Atom:
    told = {split: pieces(split, group, least, safe) for split in SPLITS}
    parts = tuple(Part(split, value, len(piece)) for split in SPLITS for value, piece in told[split].items())
    given = minutes(profile, group, told["attendance"].values(), least, safe)
    return Atom(profile, len(group), sum(each.seats for each in group), given, parts)


def pieces(split: str, group: Group, least: int, safe: IsSafe = is_safe) -> Mapping[str, Group]:
    """An atom in pieces, by their values. None where only one would remain: that all in it are alike is nobody's business."""
    found: dict[str, list[SignUp]] = defaultdict(list)
    for each in group:
        found[each.parts.get(split, "")].append(each)
    small = [value for value in found if value == OTHER or not safe(found[value], least)]
    rest = [each for value in small for each in found.pop(value)]
    while rest and found and not safe(rest, least):
        smallest = min(found, key=lambda value: (len(found[value]), value))
        rest += found.pop(smallest)
    if rest:
        found[OTHER] = rest
    return dict(sorted(found.items())) if len(found) > 1 else {}


def minutes(
    profile: Profile, group: Group, attended: Iterable[Group], least: int, safe: IsSafe = is_safe
) -> int | None:
    """What an atom of volunteers gave, unless it would tell of few. Lengths are public: from the sum follows how many gave it.

    So it is written only where all gave it, or just those whom pieces of the attendance tell of anyway (each of one seat, or
    seats would be a second sum over them); and where of each length enough did, and enough or none did not.
    """
    if profile.get("kind") != ("volunteer",):
        return None if "kind" not in profile else 0
    gave = [each for each in group if each.gave and each.length]
    if not gave or _one_stands_out(_per_person(gave, lambda each: each.minutes)):
        return None
    alike: dict[Hashable, list[SignUp]] = defaultdict(list)
    for each in group:
        alike[each.length, each.gave].append(each)
    if not all(safe(members, least) for members in alike.values()):
        return None
    if len(gave) < len(group):
        told = list(attended)
        if not told or any(len({each.gave for each in piece}) > 1 for piece in told) or any(e.seats > 1 for e in group):
            return None
    return sum(each.minutes for each in gave)


def _per_person(group: Group, amount: Callable[[SignUp], int]) -> list[int]:
    """What each person has, at the most. Sign-ups are forgotten one by one, so those of different dates may all be one person's,
    who may be known by another still: the largest of each date are taken together, then the second ones, and so on."""
    known: Counter[int] = Counter()
    forgotten: dict[int, list[int]] = defaultdict(list)
    for each in group:
        if each.person is None:
            forgotten[each.occurrence].append(amount(each))
        else:
            known[each.person] += amount(each)
    of_a_date = (sorted(amounts, reverse=True) for amounts in forgotten.values())
    together = zip_longest(sorted(known.values(), reverse=True), *of_a_date, fillvalue=0)
    return [sum(amounts) for amounts in together]


def _one_stands_out(amounts: Sequence[int]) -> bool:
    """Whether the second largest, who knows their own, could tell the largest to within half of it (the p%-rule)."""
    largest, _second, *rest = [*sorted(amounts, reverse=True), 0, 0]
    return 2 * sum(rest) < largest
