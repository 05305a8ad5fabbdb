"""The attack on what is published: nothing that follows from it is about fewer than five people. See docs/decisions/0005."""

import random
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engage.statistics.releases.comparing import back, exactly
from engage.statistics.releases.reading import Months, Released, Span
from engage.statistics.releases.safety import (
    ATTRIBUTES,
    LEVELS,
    SPLITS,
    Profile,
    SignUp,
    atoms,
    is_safe,
    minutes,
    partition,
    people,
    pieces,
)
from tests.statistics.attack import Grouping, Splitting, Sum, disclosures, numbers, periods, published

LEAST = 5
MANY = settings().max_examples > 1000
few = settings(max_examples=300 if MANY else 6, deadline=None)
Group = Sequence[SignUp]


def town(seed: int, months: int = 3, most: int = 70) -> list[list[SignUp]]:
    """Some activities over some months: few profiles that overlap, so that there is something to subtract."""
    chance = random.Random(seed)
    activities = [_profile(chance) for _number in range(6)]
    weights = [chance.choice((1, 4, 20)) for _each in activities]
    return [
        [
            _sign_up(chance, number, activities)
            for number in chance.choices(range(len(activities)), weights, k=chance.randint(most // 4, most))
        ]
        for _month in range(months)
    ]


def _profile(chance: random.Random) -> Profile:
    return {
        "sector": (chance.choice(("association", "school")),),
        "kind": (chance.choice(("learning", "learning", "volunteer")),),
        "dimension": tuple(sorted(chance.sample(("cultural", "social"), chance.randint(0, 2)))),
        "sdg": tuple(sorted(chance.sample(("04", "13"), chance.randint(0, 2)))),
        "key_feature": tuple(chance.sample(("kf-esd",), chance.randint(0, 1))),
        "audience": (chance.choice(("adults", "families")),),
        "initiative": tuple(chance.sample(("week",), chance.randint(0, 1))),
        "place": (chance.choice(("Nord", "Syd")),),
    }


def _sign_up(chance: random.Random, number: int, activities: Sequence[Profile]) -> SignUp:
    parts = {
        "channel": chance.choice(("web", "web", "telegram")),
        "newness": chance.choice(("new", "again")),
        "attendance": chance.choice(("came", "came", "away")),
        "age": chance.choice(("", "25-44", "65+")),
        "area": "",
    }
    person = chance.choice((None, *range(60)))
    seats = chance.choices((1, 2, 28), (12, 4, chance.choice((0, 0.3))))[0]
    length = chance.choice((60, 60, 60, 90)) if activities[number]["kind"] == ("volunteer",) else 0
    gave = parts["attendance"] == "came"
    return SignUp(person, chance.randrange(9) * 10 + number, seats, length, activities[number], parts, gave)


@pytest.mark.parametrize("seed", range(4))
def test_nothing_published_is_about_fewer_than_five(seed: int) -> None:
    assert disclosures(published(town(seed), LEAST, partition)) == []


@given(st.integers(0, 2**32), st.integers(2, 9))
@few
def test_what_a_period_is_compared_with_is_a_period_that_is_attacked(seed: int, most: int) -> None:
    """Months that were told together are never compared in part, so that a comparison is no other sum than those of `periods`."""
    spans = published(town(seed, 26, most), LEAST, partition).spans
    asked = list(periods(spans))
    attacked = {tuple(id(span) for span in found.spans) for found in asked}
    for months in (found.period for found in asked):
        compared = exactly(Released(months, spans), back(months, -(-len(months) // 12)))
        assert compared is None or tuple(id(span) for span in compared.spans) in attacked
        beside = exactly(Released(months, spans), months)
        assert beside is not None and tuple(id(span) for span in beside.spans) in attacked


@given(st.integers(0, 2**32), st.integers(3, 7), st.integers(12, 60))
@few
def test_nor_in_towns_drawn_at_random(seed: int, least: int, most: int) -> None:
    assert disclosures(published(town(seed, 2, most), least, partition)) == []


def unsuppressed(month: Group, least: int) -> list[tuple[Profile, Group]] | None:
    """Broken: everything is told."""
    return partition(month, least, lambda _group, _least: True) or None


def uncomplemented(month: Group, least: int) -> list[tuple[Profile, Group]] | None:
    """Broken as it is mostly broken: small groups are left out of the tables, and the total tells them."""
    found: dict[tuple[object, ...], list[SignUp]] = {}
    for each in month:
        found.setdefault(tuple(each.profile[name] for name in ATTRIBUTES), []).append(each)
    told = [(group[0].profile, group) for group in found.values() if is_safe(group, least)]
    left = [each for group in found.values() if not is_safe(group, least) for each in group]
    return [*told, ({}, left)] if left else told or None


def unmerged_pieces(split: str, group: Group, _least: int) -> Mapping[str, Group]:
    """Broken: atoms are safe, and what people in them differ in is told to the last one."""
    found: dict[str, list[SignUp]] = {}
    for each in group:
        found.setdefault(each.parts[split], []).append(each)
    return found


def too_kind(month: Group, least: int) -> list[tuple[Profile, Group]] | None:
    """Broken by one: four are told where five are asked for."""
    return partition(month, least - 1)


@pytest.mark.parametrize(
    ("grouping", "splitting", "which"),
    [
        (unsuppressed, pieces, "a number"),
        (uncomplemented, pieces, "a number"),
        (partition, unmerged_pieces, "a number"),
        (too_kind, pieces, "a number"),
    ],
    ids=["unsuppressed", "uncomplemented", "unmerged-pieces", "too-kind"],
)
def test_the_same_attack_finds_what_is_broken(grouping: Grouping, splitting: Splitting, which: str) -> None:
    found = [
        each for seed in range(4) for each in disclosures(published(town(seed, 1, 30), LEAST, grouping, splitting))
    ]
    assert any(each.startswith(which) for each in found), found[:3]


def volunteers(gave: Sequence[bool], lengths: Sequence[int] = (), seats: Sequence[int] = ()) -> list[SignUp]:
    """One atom of sign-ups, of which only minutes tell who was there."""
    base = _alike(1, "association")[0]
    profile = {**base.profile, "kind": ("volunteer",)}
    parts = {**base.parts, "attendance": ""}
    return [
        SignUp(
            number, 1, seats[number] if seats else 1, lengths[number] if lengths else 120, profile,
            {**parts, "attendance": "came" if each else "away"}, each,
        )
        for number, each in enumerate(gave)
    ]  # fmt: skip


def summed(_profile: Profile, group: Group, _attended: object, least: int) -> int | None:
    """Broken as it was: only those who gave some are looked at, and who did not is what is left."""
    gave = [each for each in group if each.minutes]
    return sum(each.minutes for each in gave) if people(gave) >= least else None


MINUTES = {
    "one stayed away": ([True] * 9 + [False], (), ()),
    "one who was there has two seats": ([True] * 6 + [False] * 6, (), [2, *[1] * 10, 2]),
}


@pytest.mark.parametrize("case", MINUTES)
def test_minutes_that_tell_one_are_found_and_are_not_published(case: str) -> None:
    group = volunteers(*MINUTES[case])
    assert disclosures(published([group], LEAST, partition, timing=summed))
    world = published([group], LEAST, partition)
    assert disclosures(world) == [] and [each.minutes for each in world.spans[0].atoms] == [None]


def test_of_each_length_enough_gave_it_or_minutes_would_tell_who_was_where() -> None:
    """Ten who gave 1170 minutes on dates of 120 and 90 are nine and one: whole numbers tell more than elimination finds."""
    few_, enough = (volunteers([True] * 10, [120] * many + [90] * (10 - many)) for many in (9, 5))
    assert [[each.minutes for each in atoms(group, LEAST) or ()] for group in (few_, enough)] == [[None], [1050]]


def test_minutes_are_published_where_enough_gave_them_and_enough_did_not() -> None:
    for group, wanted in ((volunteers([True] * 10), 1200), (volunteers([True] * 6 + [False] * 6), 720)):
        assert disclosures(published([group], LEAST, partition)) == []
        assert [each.minutes for each in atoms(group, LEAST) or ()] == [wanted]


def test_seats_of_pieces_would_tell_who_came_of_those_with_two() -> None:
    group = volunteers([True] * 6 + [False] * 6, seats=[2, *[1] * 10, 2])
    assert disclosures(published([group], LEAST, partition, seats_in_parts=True))
    assert disclosures(published([group], LEAST, partition)) == []


def test_what_is_called_other_keeps_what_is_told_as_other() -> None:
    areas = ["6400"] * 6 + ["other"] * 6 + ["6300"] * 2
    group = [
        SignUp(each.person, 1, 1, 0, each.profile, {**each.parts, "area": area})
        for each, area in zip(_alike(14, "school"), areas, strict=True)
    ]
    assert {value: len(piece) for value, piece in pieces("area", group, LEAST).items()} == {"6400": 6, "other": 8}


def test_only_a_difference_tells_what_is_left_out_once() -> None:
    """A table that leaves small groups out beside a total that does not: neither is small, what is between them is."""
    few_, many = _alike(3, "school"), _alike(9, "association", first=20)

    def two_totals(month: Group, _least: int) -> list[tuple[Profile, Group]]:
        return [
            ({"sector": ("association",), "kind": ("learning",)}, [*month[:9]]),
            ({"kind": ("learning",)}, list(month)),
        ]

    world = published([[*many, *few_]], LEAST, two_totals)
    assert any(each.startswith("a difference") for each in disclosures(world))


def test_only_elimination_tells_what_three_totals_overlap_in() -> None:
    """Three groups of three, told two at a time: no number and no difference is small, and half of their sum less one is."""
    three = [_alike(3, name, first=10 * number) for number, name in enumerate(("association", "company", "school"))]

    def in_pairs(_month: Group, _least: int) -> list[tuple[Profile, Group]]:
        pairs = ((0, 1), (1, 2), (0, 2))
        return [({"place": (str(pair),)}, [*three[pair[0]], *three[pair[1]]]) for pair in pairs]

    found = disclosures(published([[each for group in three for each in group]], LEAST, in_pairs))
    assert found and all(each.startswith("elimination") for each in found)


def _alike(count: int, sector: str, first: int = 0) -> list[SignUp]:
    profile = {**_profile(random.Random(1)), "sector": (sector,)}
    parts = dict.fromkeys(SPLITS, "")
    return [SignUp(number, 1, 1, 0, profile, parts) for number in range(first, first + count)]


@pytest.mark.parametrize("seed", range(6))
def test_what_is_attacked_is_what_is_published(seed: int) -> None:
    """The sums the attacker sees are those that `atoms` writes as numbers, and nobody is lost or counted twice."""
    month = town(seed, 1)[0]
    world = published([month], LEAST, partition)
    plain = atoms(month, LEAST)
    assert (plain is None) == (world.spans == [])
    if plain is None:
        return
    assert sum(each.sign_ups for each in plain) == len(month)
    assert sum(each.seats for each in plain) == sum(each.seats for each in month)
    of_numbers = Released(Months(*[world.spans[0].months.first] * 2), [Span(world.spans[0].months, LEAST, plain)])
    of_sums = next(periods(world.spans))
    for axis in (*ATTRIBUTES, *SPLITS):
        numbers_, sums = of_numbers.by(axis), of_sums.by(axis)
        assert list(numbers_) == list(sums)
        for key, counts in numbers_.items():
            told = sums[key].sign_ups
            assert isinstance(told, Sum)
            assert counts.sign_ups >= LEAST and world.people(list(told.cells)) >= LEAST
            assert counts.sign_ups == sum(len(world.members[cell]) for cell in told.cells)


def test_what_is_told_of_few_is_ever_less() -> None:
    """Activities that are alike in what matters most are told together, before they are told in totals alone."""
    month = [*_alike(3, "school"), *_alike(3, "school", first=3), *_alike(7, "company", first=10)]
    month = [
        SignUp(each.person, 1, 1, 0, {**each.profile, "audience": (f"a{number % 2}",)}, each.parts)
        if number < 6
        else each
        for number, each in enumerate(month)
    ]
    found = atoms(month, LEAST)
    assert found is not None
    told = {each.profile["sector"]: (each.sign_ups, tuple(each.profile)) for each in found}
    assert told == {("school",): (6, LEVELS[1]), ("company",): (7, LEVELS[0])}


def test_five_sign_ups_of_one_are_one() -> None:
    alike = _alike(1, "school")[0]
    many = [SignUp(7, number, 1, 0, alike.profile, alike.parts) for number in range(9)]
    forgotten = [SignUp(None, number, 1, 0, alike.profile, alike.parts) for number in range(9)]
    assert people(many) == people(forgotten) == 1
    assert people([SignUp(None, 1, 1, 0, alike.profile, alike.parts)] * 9) == 9
    assert atoms(many, LEAST) is None and atoms(forgotten, LEAST) is None


def test_a_large_group_hides_nobody_and_is_not_hidden_by_few() -> None:
    small = _alike(5, "school")
    large = SignUp(99, 1, 28, 0, small[0].profile, small[0].parts)
    assert is_safe(small, LEAST) and not is_safe([*small, large], LEAST)
    assert is_safe([*_alike(20, "school"), large], LEAST)


def test_a_class_that_was_forgotten_date_by_date_may_be_one_class() -> None:
    """Its teacher signed it up for three dates. Sign-ups are forgotten one by one, so nothing says any more that they are theirs."""
    profile, parts = _alike(1, "school")[0].profile, _alike(1, "school")[0].parts

    def on_three_dates(teacher: tuple[int | None, ...]) -> list[SignUp]:
        others = [SignUp(None, date, 1, 0, profile, parts) for date in (1, 2, 3) for _each in range(6)]
        return [
            *others,
            *(SignUp(who, date, 28, 0, profile, parts) for date, who in zip((1, 2, 3), teacher, strict=True)),
        ]

    assert not is_safe(on_three_dates((7, 7, 7)), LEAST), "known to be one"
    assert not is_safe(on_three_dates((None, None, None)), LEAST)
    assert not is_safe(on_three_dates((None, None, 7)), LEAST), "still known by the last of them"
    at_one = [SignUp(None, 1, 28, 0, profile, parts) for _each in range(5)]
    assert is_safe(at_one, LEAST), "nobody has two sign-ups for one date"


def test_of_an_atom_it_is_never_told_that_all_are_alike() -> None:
    found = atoms(_alike(12, "school"), LEAST)
    assert found is not None and [each.parts for each in found] == [()]


def test_hours_are_told_only_of_enough_volunteers_none_of_whom_stands_out() -> None:
    base = volunteers([True])[0]

    def told(*lengths: int, gave: int = 99) -> int | None:
        group = [SignUp(n, 1, 1, each, base.profile, base.parts, n < gave) for n, each in enumerate(lengths)]
        found = atoms(group, LEAST)
        assert found is not None and len(found) == 1
        return found[0].minutes

    assert told(60, 60, 60, 60, 60) == 300
    assert told(60, 60, 60, 60, 60, gave=4) is None
    assert told(900, 60, 60, 60, 60) is None
    assert told(0, 0, 0, 0, 0) is None
    assert minutes({}, volunteers([True] * 9), (), LEAST) is None, (
        "of what is told in totals alone the kind is not told"
    )


def test_the_attacker_reads_every_kind_of_table() -> None:
    world = published(town(2), LEAST, partition)
    atoms_of = [len(span.atoms) for span in world.spans]
    assert len(atoms_of) == 3 and min(atoms_of) >= 3, atoms_of
    assert any(atom.parts for span in world.spans for atom in span.atoms)
    assert sum(1 for _each in numbers(world)) > 2000
