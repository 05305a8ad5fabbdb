"""Finding what is coming: filters, the page they lead to, counts beside every choice, and what to loosen."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from engage.activities import showing
from engage.activities.catalogue import FACETS, catalogue
from engage.activities.coming import Catalogue
from engage.activities.daytime import in_part
from engage.activities.needs import Lack
from engage.activities.search import Search, search
from engage.activities.showing import Fitting, Hit
from engage.base import wording

PER_PAGE = 20
_BY_TOPIC = ("goal", "dimension")
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
    there = look.held_in(filters.of("town"))
    fitting, skip = look.base & there, (page - 1) * per_page
    dates = look.fitting(filters.of("town"))
    if look.needed is None:
        hits, total = showing.page(dates, fitting, look.topic, skip, per_page), fitting.bit_count()
    else:
        hits, total = showing.by_need(dates, fitting, look.needed, skip, per_page)
    words = look.words
    loosenings = () if total else _loosenings(filters, look, now, zone)
    counts: dict[str, dict[str, int]] = {}
    if counting:
        counts = _counts(memory, words.mask & there, look.facets)
        counts["town"] = {
            town: (mask & look.base).bit_count() for town, mask in zip(memory.towns, look.held, strict=True)
        }
    return Found(hits, total, counts, words.corrected, words.partly, loosenings)


def every_date(
    filters: Filters, *, now: datetime, zone: ZoneInfo, most: int, lacks: Sequence[Lack] | None = None
) -> tuple[list[int], frozenset[int]]:
    """The ids of all dates that fit, called off or not, the earliest first and at most so many; and of their activities."""
    memory = catalogue(now)
    look = _look(filters, memory, now, zone, lacks)
    fitting = list(islice(look.fitting(filters.of("town")).of(look.base), most))
    dates = memory.dates
    activities = {memory.activity_ids[dates.indexes[each]] for each in fitting}
    return [dates.occurrences[each] for each in fitting], frozenset(activities)


@dataclass(frozen=True, slots=True)
class _Look:
    """What a look through the memory comes to: dates by the filters on dates, activities (bits) by all the others."""

    memory: Catalogue
    words: Search
    needed: dict[int, Lack] | None
    dates: Collection[int]  # wherever they are held
    held: list[int]  # for each town the activities with one of the dates there
    facets: dict[str, int]
    topic: int
    base: int

    def held_in(self, towns: frozenset[str]) -> int:
        """The activities with one of the dates in one of these towns; all with one of the dates when none is named."""
        return _in_any(self.held, self.memory, towns)

    def fitting(self, towns: frozenset[str]) -> Fitting:
        """The dates in these towns, or in all. A town is a date's, not an activity's: what is held in two is found in each."""
        numbers = frozenset(number for number, town in enumerate(self.memory.towns) if town in towns)
        return Fitting(self.memory, self.dates, numbers if towns else None, self.words.dates)


def _look(filters: Filters, memory: Catalogue, now: datetime, zone: ZoneInfo, lacks: Sequence[Lack] | None) -> _Look:
    words = search(filters.words, memory) if filters.words else Search(memory.everything)
    needed = {each.occurrence_id: each for each in lacks} if lacks is not None else None
    dates = _dates(filters, memory, now, zone, needed)
    facets = {facet: _facet(memory, facet, filters.of(facet)) for facet in FACETS if facet != "town"}
    topic = search(filters.topic, memory).mask if filters.topic else 0
    for facet in _BY_TOPIC:
        if filters.of(facet):
            facets[facet] |= topic
    base = words.mask
    for mask in facets.values():
        base &= mask
    return _Look(memory, words, needed, dates, memory.held(dates), facets, topic, base)


def _dates(
    filters: Filters, memory: Catalogue, now: datetime, zone: ZoneInfo, needed: Mapping[int, Lack] | None
) -> Collection[int]:
    """The dates that fit, wherever they are held: a span of time, or single ones out of it."""
    first, last = _instants(filters, now, zone)
    if needed is not None:  # needs are near, and what is coming may reach far beyond them
        after = max((each.starts_at for each in needed.values()), default=now) + timedelta(microseconds=1)
        last = after if last is None else min(last, after)
    in_time = memory.between(first, last)
    if not filters.part and needed is None:
        return in_time
    dates, ids = memory.dates, memory.dates.occurrences
    chosen: Iterable[int] = in_time
    if filters.part:
        chosen = in_part(dates, chosen, filters.part, zone)
    # By start, and asked whether a date is among them.
    return dict.fromkeys(each for each in chosen if needed is None or ids[each] in needed).keys()


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


def _in_any(held: Sequence[int], memory: Catalogue, towns: frozenset[str]) -> int:
    found = 0
    for town, mask in zip(memory.towns, held, strict=True):
        if not towns or town in towns:
            found |= mask
    return found


def _facet(memory: Catalogue, facet: str, values: frozenset[str]) -> int:
    if not values:
        return memory.everything
    mask = 0
    for value in values:
        mask |= memory.masks[facet].get(value, 0)
    return mask


def _counts(memory: Catalogue, base: int, facets: dict[str, int]) -> dict[str, dict[str, int]]:
    counts = {}
    for facet in facets:
        others = base
        for name, mask in facets.items():
            if name != facet:
                others &= mask
        counts[facet] = {value: (mask & others).bit_count() for value, mask in memory.masks[facet].items()}
    return counts


def _loosenings(filters: Filters, look: _Look, now: datetime, zone: ZoneInfo) -> tuple[Loosening, ...]:
    """What finds the most when it alone is dropped; at most three."""
    memory, towns = look.memory, filters.of("town")
    chosen = {facet for facet in FACETS if filters.of(facet)}
    chosen |= {"words"} if filters.words else set()
    chosen |= {"dates"} if filters.first or filters.last or filters.part else set()
    chosen |= {"needed"} if look.needed is not None else set()
    found = []
    for dropped in chosen:
        held = look.held
        if dropped == "dates":
            whenever = replace(filters, first=None, last=None, part="")
            held = memory.held(_dates(whenever, memory, now, zone, look.needed))
        elif dropped == "needed":
            held = memory.held(_dates(filters, memory, now, zone, None))
        mask = _in_any(held, memory, frozenset() if dropped == "town" else towns)
        for name, part in {"words": look.words.mask, **look.facets}.items():
            if name != dropped:
                mask &= part
        if count := mask.bit_count():
            found.append(Loosening(dropped, count))
    return tuple(sorted(found, key=lambda loosening: (-loosening.count, loosening.what))[:3])
