"""The same months of the years before, to compare with. They are releases like any other, which may be asked for by themselves: a
number set beside another tells nothing that the two do not tell (docs/decisions/0005).
"""

from engage.statistics.releases.reading import LONGEST_PERIOD, Counts, Months, Released, released
from engage.statistics.releases.safety import SPLITS

_YEAR = 12


def before(found: Released) -> Released | None:
    """The months that `found` tells of, so many whole years earlier as it takes not to overlap: autumn is compared with autumn.
    None where they are not all released, or only together with other months.
    """
    told = _told(found)
    if told is None:
        return None
    earlier = back(told, -(-len(told) // _YEAR))
    return exactly(released(earlier), earlier)


def each_before(found: Released) -> list[Released | None]:
    """For each release of `found` the same months one year earlier, or None as above; also where it is more than a year."""
    told = _told(found)
    if told is None:
        return [None for _span in found.spans]
    wide = released(back(told, 1))
    return [exactly(wide, back(span.months, 1)) if len(span.months) <= _YEAR else None for span in found.spans]


def counts_of(told: dict[str, Counts], axis: str, key: str) -> Counts:
    """What `told` has of a key that it may lack: where activities differ, nothing was held then; where people do, nothing is told
    of it, since it may be among what is told together."""
    return told.get(key, Counts(sign_ups=None, seats=None) if axis in SPLITS else Counts())


def _told(found: Released) -> Months | None:
    """From the first to the last month that is told; None where nothing is, or more than may be asked for at once."""
    if not found.spans:
        return None
    first, last = found.spans[0].months.first, found.spans[-1].months.last
    many = (last.year - first.year) * _YEAR + last.month - first.month + 1
    return Months(first, last) if many <= LONGEST_PERIOD else None


def back(months: Months, years: int) -> Months:
    """The same months so many years earlier."""
    first, last = (day.replace(year=day.year - years) for day in (months.first, months.last))
    return Months(first, last)


def exactly(found: Released, months: Months) -> Released | None:
    """What is released of these months alone."""
    spans = [each for each in found.spans if months.first <= each.months.first and each.months.last <= months.last]
    return Released(months, spans) if sum(len(each.months) for each in spans) == len(months) else None
