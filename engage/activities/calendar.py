"""Finding what is coming: filters, the page they lead to, counts beside every choice, and what to loosen."""

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from engage.activities.catalogue import FACETS, Catalogue, Dates, catalogue
from engage.activities.needs import Lack
from engage.activities.search import Search, search
from engage.base import wording

PER_PAGE = 20
_BY_TOPIC = ("goal", "dimension")
# Local hours in which something begins that is "in the evening": what starts at 17 after work counts.
_PARTS = {"morning": (0, 12), "afternoon": (12, 17), "evening": (17, 24)}
_FOR_EVER = date.max - timedelta(days=1)


@dataclass(frozen=True)
class Filters:
    """What a person looks for. Choices of one facet are alternatives; facets, dates and words must all be met.

    `first` and `last` are inclusive local dates; `chosen[facet]` holds values as text, see `catalogue.FACETS`. Where a goal
    or dimension was chosen by a word somebody wrote, that `topic` counts as well: what says "klima" is about climate, also
    when it was filed under another goal. `part` is "morning", "afternoon", "evening" or a time of day such as "19:00". `needed`:
    only where hands are missing, which `find` is told by its `lacks`.
    """

    words: str = ""
    first: date | None = None
    last: date | None = None
    chosen: dict[str, frozenset[str]] = field(default_factory=dict)
    topic: str = ""
    part: str = ""
    needed: bool = False

    def of(self, facet: str) -> frozenset[str]:
        return self.chosen.get(facet, frozenset())

    def without(self, facet: str) -> "Filters":
        """The same filters with nothing chosen of `facet`."""
        return replace(self, chosen={name: values for name, values in self.chosen.items() if name != facet})


@dataclass(frozen=True, slots=True)
class Hit:
    """An activity found, at its next date that fits; `more` counts its further ones, `missing` the hands it lacks there where
    that was asked for.
    """

    occurrence_id: int
    starts_at: datetime
    more: int
    missing: int = 0


@dataclass(frozen=True)
class Loosening:
    """A way to find something after all: drop `facet` (or "words", "dates", "needed"), and there are `count`."""

    what: str
    count: int


@dataclass(frozen=True)
class Found:
    """A page of hits, how many there are in all, and `counts[facet][value]`: what each choice would show."""

    hits: tuple[Hit, ...]
    total: int
    counts: dict[str, dict[str, int]]
    corrected: str
    partly: bool  # no activity had all the words searched for
    loosenings: tuple[Loosening, ...]


def find(
    filters: Filters,
    *,
    now: datetime,
    zone: ZoneInfo,
    page: int = 1,
    per_page: int = PER_PAGE,
    lacks: Sequence[Lack] | None = None,
    counting: bool = True,
) -> Found:
    """Activities with a date that is not over and fits `filters`, each once, at its next such date; by date.

    With `lacks` only dates that need hands are looked at, see `needs.most_needed`, and what stands first there is first. Without
    `counting` nothing is said of how many each choice has: for who shows no choices.
    """
    memory = catalogue(now)
    look = _look(filters, memory, now, zone, lacks)
    fitting, skip = look.base & _bits(look.dates, memory), (page - 1) * per_page
    if look.needed is None:
        hits, total = _page(memory.dates, look.dates, fitting, look.topic, skip, per_page, look.words.dates)
    else:
        hits, total = _by_need(memory.dates, look.dates, fitting, look.needed, skip, per_page)
    words = look.words
    loosenings = () if total else _loosenings(filters, memory, words, look.in_time, look.facets, look.needed)
    counts: dict[str, dict[str, int]] = {}
    if counting:
        counts = _counts(memory, words.mask & _bits(look.dates, memory), look.facets)
        counts["town"] = _towns(memory, look.base, look.anywhere)
    return Found(hits, total, counts, words.corrected, words.partly, loosenings)


def every_date(
    filters: Filters, *, now: datetime, zone: ZoneInfo, most: int, lacks: Sequence[Lack] | None = None
) -> tuple[list[int], frozenset[int]]:
    """The ids of all dates that fit, called off or not, the earliest first and at most so many; and of their activities."""
    memory = catalogue(now)
    look = _look(filters, memory, now, zone, lacks)
    dates, fits = memory.dates, look.base
    fitting = [each for each in look.dates if fits >> dates.indexes[each] & 1][:most]
    activities = {memory.activity_ids[dates.indexes[each]] for each in fitting}
    return [dates.occurrences[each] for each in fitting], frozenset(activities)


@dataclass(frozen=True, slots=True)
class _Look:
    """What a look through the memory comes to: dates by the filters on dates, activities (bits) by all the others."""

    words: Search
    in_time: list[int]
    needed: dict[int, Lack] | None
    anywhere: list[int]
    dates: list[int]
    facets: dict[str, int]
    topic: int
    base: int


def _look(filters: Filters, memory: Catalogue, now: datetime, zone: ZoneInfo, lacks: Sequence[Lack] | None) -> _Look:
    words = search(filters.words, memory) if filters.words else Search(memory.everything)
    in_time = memory.between(*_instants(filters, now, zone))
    if filters.part:
        in_time = [each for each in in_time if _in_part(memory.dates, each, filters.part, zone)]
    needed = {each.occurrence_id: each for each in lacks} if lacks is not None else None
    anywhere = in_time if needed is None else _lacking(in_time, needed, memory)
    # A town is a date's, not an activity's: what is held in two towns is found in each at its date there.
    dates = _in_towns(anywhere, filters.of("town"), memory)
    facets = {facet: _facet(memory, facet, filters.of(facet)) for facet in FACETS if facet != "town"}
    topic = search(filters.topic, memory).mask if filters.topic else 0
    for facet in _BY_TOPIC:
        if filters.of(facet):
            facets[facet] |= topic
    base = words.mask
    for mask in facets.values():
        base &= mask
    return _Look(words, in_time, needed, anywhere, dates, facets, topic, base)


def good_until(*, now: datetime, zone: ZoneInfo) -> datetime:
    """Until when `find` finds the same and calls the days the same: the next date's end, or midnight in `zone`."""
    return min(catalogue(now).next_end(now), wording.midnight(now, zone))


def count_by(facet: str, *, now: datetime) -> dict[str, int]:
    """How many coming activities carry each value of `facet`."""
    return {value: mask.bit_count() for value, mask in catalogue(now).masks[facet].items()}


def _instants(filters: Filters, now: datetime, zone: ZoneInfo) -> tuple[datetime, datetime | None]:
    first, last = now, None
    # date.max and its eve are for ever: there is no day after them to end with.
    if filters.first is not None:
        first = max(now, datetime.combine(filters.first, time(), zone))
    if filters.last is not None and filters.last < _FOR_EVER:
        last = datetime.combine(filters.last + timedelta(days=1), time(), zone)
    return first, last


def _in_part(dates: Dates, each: int, part: str, zone: ZoneInfo) -> bool:
    """Whether a date begins in a part of the day, or is on at a time of day."""
    start = dates.start(each, zone)
    if part in _PARTS:
        return _PARTS[part][0] <= start.hour < _PARTS[part][1]
    hour, _colon, minute = part.partition(":")
    if not (hour.isdecimal() and minute.isdecimal() and int(hour) < 24 and int(minute) < 60):
        return True
    asked = start.replace(hour=int(hour), minute=int(minute))
    return start - timedelta(minutes=59) <= asked < max(dates.end(each, zone), start + timedelta(minutes=1))


def _in_towns(dates: list[int], towns: frozenset[str], memory: Catalogue) -> list[int]:
    """Those of `dates` that are held in one of `towns`; all of them when none is named."""
    if not towns:
        return dates
    held_in, wanted = memory.dates.towns, {number for number, town in enumerate(memory.towns) if town in towns}
    return [each for each in dates if held_in[each] in wanted]


def _bits(dates: Iterable[int], memory: Catalogue) -> int:
    """The activities of these dates."""
    indexes = memory.dates.indexes
    return _mask({indexes[each] for each in dates}, memory)


def _mask(indexes: set[int], memory: Catalogue) -> int:
    """These bits. Written as binary digits first: setting bits in a long integer copies it each time."""
    most = len(memory.activity_ids)
    digits = bytearray(b"0") * (most + 1)
    for index in indexes:
        digits[most - index] = 49  # the digit 1
    return int(digits, 2)


def _towns(memory: Catalogue, base: int, dates: list[int]) -> dict[str, int]:
    """How many of the activities in `base` have one of `dates` in each town."""
    by_town: list[set[int]] = [set() for _town in memory.towns]
    indexes, held_in = memory.dates.indexes, memory.dates.towns
    for each in dates:
        by_town[held_in[each]].add(indexes[each])
    there = zip(memory.towns, by_town, strict=True)
    return {town: (_mask(indexes, memory) & base).bit_count() for town, indexes in there}


def _facet(memory: Catalogue, facet: str, values: frozenset[str]) -> int:
    if not values:
        return memory.everything
    mask = 0
    for value in values:
        mask |= memory.masks[facet].get(value, 0)
    return mask


def _page(
    memory: Dates, dates: list[int], fitting: int, first_of_all: int, skip: int, most: int, called: frozenset[int]
) -> tuple[tuple[Hit, ...], int]:
    """Each fitting activity at its first date that stands, or at a cancelled one when it has no other; by that date. One that
    is `called` what was asked for goes before the others of its activity.

    Those in `first_of_all` come before the others: they say themselves what was asked for.
    """
    first: dict[int, int] = {}
    more: dict[int, int] = {}
    indexes, cancelled = memory.indexes, memory.cancelled
    for each in dates:
        index = indexes[each]
        if not fitting >> index & 1:
            continue
        known = first.get(index)
        if known is None:
            first[index], more[index] = each, 0
            continue
        more[index] += not (cancelled[known] or cancelled[each])
        # False is before True: what stands, then what is called so; the first of those that are alike stays.
        if (cancelled[each], each not in called) < (cancelled[known], known not in called):
            first[index] = each
    # A date's position tells its start, and of those that start together its id: so were they read.
    ordered = sorted(first.items(), key=lambda found: (not first_of_all >> found[0] & 1, found[1]))
    chosen = ordered[skip : skip + most]
    hits = (Hit(memory.occurrences[each], memory.start(each), more[index]) for index, each in chosen)
    return tuple(hits), len(ordered)


def _lacking(dates: list[int], needed: Container[int], memory: Catalogue) -> list[int]:
    """Those of `dates` that need hands."""
    ids = memory.dates.occurrences
    return [each for each in dates if ids[each] in needed]


def _by_need(
    memory: Dates, dates: list[int], fitting: int, needed: dict[int, Lack], skip: int, most: int
) -> tuple[tuple[Hit, ...], int]:
    """Each fitting activity at the date that needs hands most, in the order of `needed`."""
    place = {number: order for order, number in enumerate(needed)}
    ids, indexes = memory.occurrences, memory.indexes
    first: dict[int, int] = {}
    more: dict[int, int] = {}
    for each in sorted(dates, key=lambda date: place[ids[date]]):
        index = indexes[each]
        if fitting >> index & 1:
            first.setdefault(index, each)
            more[index] = more.get(index, -1) + 1
    chosen = list(first.items())[skip : skip + most]
    hits = (Hit(ids[each], memory.start(each), more[index], needed[ids[each]].missing) for index, each in chosen)
    return tuple(hits), len(first)


def _counts(memory: Catalogue, base: int, facets: dict[str, int]) -> dict[str, dict[str, int]]:
    counts = {}
    for facet in facets:
        others = base
        for name, mask in facets.items():
            if name != facet:
                others &= mask
        counts[facet] = {value: (mask & others).bit_count() for value, mask in memory.masks[facet].items()}
    return counts


def _loosenings(
    filters: Filters,
    memory: Catalogue,
    words: Search,
    in_time: list[int],
    facets: dict[str, int],
    needed: Container[int] | None,
) -> tuple[Loosening, ...]:
    """What finds the most when it alone is dropped; at most three."""
    towns, limited = filters.of("town"), bool(filters.first or filters.last or filters.part)
    chosen = {facet for facet in FACETS if filters.of(facet)}
    chosen |= {"words"} if filters.words else set()
    chosen |= {"dates"} if limited else set()
    chosen |= {"needed"} if needed is not None else set()
    found = []
    for dropped in chosen:
        dates = list(range(len(memory.dates))) if dropped == "dates" else in_time
        if needed is not None and dropped != "needed":
            dates = _lacking(dates, needed, memory)
        mask = _bits(_in_towns(dates, frozenset() if dropped == "town" else towns, memory), memory)
        for name, part in {"words": words.mask, **facets}.items():
            if name != dropped:
                mask &= part
        if count := mask.bit_count():
            found.append(Loosening(dropped, count))
    return tuple(sorted(found, key=lambda loosening: (-loosening.count, loosening.what))[:3])
