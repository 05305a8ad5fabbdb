"""Which date a found activity is shown at, and which of the found ones stand on a page."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from engage.activities import bits
from engage.activities.coming import Catalogue
from engage.activities.needs import Lack

# Looking at all dates of one activity costs as much as passing over so many dates.
_ONE_ACTIVITY = 16


@dataclass(frozen=True, slots=True)
class Hit:
    """An activity found, at its next date that fits; `more` counts its further ones, `missing` the hands it lacks there where
    that was asked for.
    """

    occurrence_id: int
    starts_at: datetime
    more: int
    missing: int = 0


@dataclass(frozen=True, slots=True)
class Fitting:
    """The dates that fit, by start: those of `among` that are held in one of `towns` (numbers; None: anywhere).

    One that is `called` what was asked for goes before the others of its activity.
    """

    memory: Catalogue
    among: Collection[int]
    towns: frozenset[int] | None
    called: frozenset[int] = frozenset()

    def of(self, activities: int) -> Iterator[int]:
        """Those of these activities (bits), by start."""
        memory, towns = self.memory.dates, self.towns
        indexes, held_in = memory.indexes, memory.towns
        wanted = bits.flags(activities, len(self.memory.activity_ids))
        for each in self.among:
            if wanted[indexes[each]] == "1" and (towns is None or held_in[each] in towns):
                yield each

    def shown(self, index: int) -> tuple[int, int]:
        """The date at which an activity is shown: its first one that stands, or a cancelled one when it has no other. And how
        many further ones of it stand.
        """
        among, towns, held_in = self.among, self.towns, self.memory.dates.towns
        cancelled, called = self.memory.dates.cancelled, self.called
        theirs = [
            each
            for each in self.memory.of_activity(index)
            if each in among and (towns is None or held_in[each] in towns)
        ]
        # False is before True: what stands, then what is called so; the first of those that are alike.
        first = min(theirs, key=lambda each: (cancelled[each], each not in called, each))
        return first, max(sum(not cancelled[each] for each in theirs) - 1, 0)


def page(dates: Fitting, activities: int, first_of_all: int, skip: int, most: int) -> tuple[Hit, ...]:
    """Of these activities (bits), each at the date it is shown at and by that date, as many as stand on a page.

    Those in `first_of_all` come before the others: they say themselves what was asked for.
    """
    indexes, chosen = dates.memory.dates.indexes, list[int]()
    for part in (activities & first_of_all, activities & ~first_of_all):
        count = part.bit_count()
        if skip < count and most > len(chosen):
            chosen += _first(dates, part, skip, skip + most - len(chosen))
        skip = max(skip - count, 0)
    hits = ((each, dates.shown(indexes[each])[1]) for each in chosen)
    occurrences, start = dates.memory.dates.occurrences, dates.memory.dates.start
    return tuple(Hit(occurrences[each], start(each), more) for each, more in hits)


def _first(dates: Fitting, activities: int, skip: int, until: int) -> list[int]:
    """The dates at which these are shown from the place `skip` to before `until`.

    A date's position tells its start, and of those that start together its id: so were they read. Where there are few, each is
    asked for its date; where there are many, the dates are gone through until there are enough.
    """
    count = activities.bit_count()
    if count * count * _ONE_ACTIVITY <= until * len(dates.among):
        return sorted(dates.shown(index)[0] for index in bits.each(activities))[skip:until]
    indexes, found = dates.memory.dates.indexes, list[int]()
    known: dict[int, int] = {}
    for each in dates.of(activities):
        index = indexes[each]
        shown = known.get(index)
        if shown is None:
            shown = known[index] = dates.shown(index)[0]
        if shown == each:
            found.append(each)
            if len(found) == until:
                break
    return found[skip:]


def by_need(
    dates: Fitting, activities: int, needed: Mapping[int, Lack], skip: int, most: int
) -> tuple[tuple[Hit, ...], int]:
    """Each of these activities at the date that needs hands most, in the order of `needed`; and how many there are."""
    place = {number: order for order, number in enumerate(needed)}
    memory = dates.memory.dates
    ids, indexes = memory.occurrences, memory.indexes
    first: dict[int, int] = {}
    more: dict[int, int] = {}
    for each in sorted(dates.of(activities), key=lambda date: place[ids[date]]):
        index = indexes[each]
        first.setdefault(index, each)
        more[index] = more.get(index, -1) + 1
    chosen = list(first.items())[skip : skip + most]
    hits = (Hit(ids[each], memory.start(each), more[index], needed[ids[each]].missing) for index, each in chosen)
    return tuple(hits), len(first)
