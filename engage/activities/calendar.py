"""Finding what is coming: filters, the page they lead to, counts beside every choice, and what to loosen."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from engage.activities.catalogue import FACETS, Catalogue, Date, catalogue
from engage.activities.search import Search, search

PER_PAGE = 20


@dataclass(frozen=True)
class Filters:
    """What a person looks for. Choices of one facet are alternatives; facets, dates and words must all be met.

    `first` and `last` are inclusive local dates; `chosen[facet]` holds values as text, see `catalogue.FACETS`.
    """

    words: str = ""
    first: date | None = None
    last: date | None = None
    chosen: dict[str, frozenset[str]] = field(default_factory=dict)

    def of(self, facet: str) -> frozenset[str]:
        return self.chosen.get(facet, frozenset())

    def without(self, facet: str) -> "Filters":
        """The same filters with nothing chosen of `facet`."""
        return replace(self, chosen={name: values for name, values in self.chosen.items() if name != facet})


@dataclass(frozen=True, slots=True)
class Hit:
    """An activity found, at its next date that fits; `more` counts its further ones."""

    occurrence_id: int
    starts_at: datetime
    more: int


@dataclass(frozen=True)
class Loosening:
    """A way to find something after all: drop `facet` (or "words", "dates"), and there are `count`."""

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


def find(filters: Filters, *, now: datetime, zone: ZoneInfo, page: int = 1, per_page: int = PER_PAGE) -> Found:
    """Activities with a date that is not over and fits `filters`, each once, at its next such date; by date."""
    memory = catalogue(now)
    words = search(filters.words, memory) if filters.words else Search(memory.everything)
    dates = memory.between(*_instants(filters, now, zone))
    in_time = _bits(dates)
    facets = {facet: _facet(memory, facet, filters.of(facet)) for facet in FACETS}
    fitting = words.mask & in_time
    for mask in facets.values():
        fitting &= mask
    hits, total = _page(dates, fitting, (page - 1) * per_page, per_page)
    loosenings = () if total else _loosenings(filters, memory, words, in_time, facets)
    return Found(hits, total, _counts(memory, words.mask & in_time, facets), words.corrected, words.partly, loosenings)


def count_by(facet: str, *, now: datetime) -> dict[str, int]:
    """How many coming activities carry each value of `facet`."""
    return {value: mask.bit_count() for value, mask in catalogue(now).masks[facet].items()}


def _instants(filters: Filters, now: datetime, zone: ZoneInfo) -> tuple[datetime, datetime | None]:
    first, last = now, None
    if filters.first is not None:
        first = max(now, datetime.combine(filters.first, time(), zone))
    if filters.last is not None:
        last = datetime.combine(filters.last + timedelta(days=1), time(), zone)
    return first, last


def _bits(dates: list[Date]) -> int:
    mask = 0
    for index in {each.index for each in dates}:
        mask |= 1 << index
    return mask


def _facet(memory: Catalogue, facet: str, values: frozenset[str]) -> int:
    if not values:
        return memory.everything
    mask = 0
    for value in values:
        mask |= memory.masks[facet].get(value, 0)
    return mask


def _page(dates: list[Date], fitting: int, skip: int, most: int) -> tuple[tuple[Hit, ...], int]:
    """Each fitting activity at its first date that stands, or at a cancelled one when it has no other; by that date."""
    first: dict[int, Date] = {}
    more: dict[int, int] = {}
    for each in dates:
        index = each.index
        if not fitting >> index & 1:
            continue
        known = first.get(index)
        if known is None or (known.cancelled and not each.cancelled):
            first[index] = each
            more.setdefault(index, 0)
        elif not each.cancelled:
            more[index] += 1
    ordered = sorted(first.values(), key=lambda each: (each.starts_at, each.occurrence_id))
    chosen = ordered[skip : skip + most]
    return tuple(Hit(each.occurrence_id, each.starts_at, more[each.index]) for each in chosen), len(ordered)


def _counts(memory: Catalogue, base: int, facets: dict[str, int]) -> dict[str, dict[str, int]]:
    counts = {}
    for facet in FACETS:
        others = base
        for name, mask in facets.items():
            if name != facet:
                others &= mask
        counts[facet] = {value: (mask & others).bit_count() for value, mask in memory.masks[facet].items()}
    return counts


def _loosenings(
    filters: Filters, memory: Catalogue, words: Search, in_time: int, facets: dict[str, int]
) -> tuple[Loosening, ...]:
    """What finds the most when it alone is dropped; at most three."""
    parts = {"words": words.mask, "dates": in_time, **facets}
    chosen = {facet for facet in FACETS if filters.of(facet)}
    chosen |= {"words"} if filters.words else set()
    chosen |= {"dates"} if filters.first or filters.last else set()
    found = []
    for dropped in chosen:
        mask = memory.everything
        for name, part in parts.items():
            if name != dropped:
                mask &= part
        if count := mask.bit_count():
            found.append(Loosening(dropped, count))
    return tuple(sorted(found, key=lambda loosening: (-loosening.count, loosening.what))[:3])
