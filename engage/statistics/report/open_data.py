"""A calendar year of released figures for anybody: one line a number's place, with column names that stay as they are."""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date
from functools import lru_cache

from engage.statistics.releases import (
    ATTRIBUTES,
    SPLITS,
    Counts,
    Months,
    Released,
    counts_of,
    each_before,
    least_by_year,
    released,
)
from engage.statistics.releases.reading import Span
from engage.statistics.report.files import plain
from engage.statistics.report.names import name

LICENCE, LICENCE_URL = "CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the file. A number is None where it cannot be told of a breakdown, or may not be."""

    first_month: str
    last_month: str
    breakdown: str
    key: str
    name_en: str
    dates: int | None
    sign_ups: int | None
    participants: int | None
    volunteer_minutes: int | None
    dates_before: int | None
    sign_ups_before: int | None
    participants_before: int | None


def years() -> list[int]:
    """The calendar years to which a release belongs (by its last month), the latest first."""
    return sorted(least_by_year(), reverse=True)


def least(otherwise: int) -> int:
    """How many people every number in the files is about at least."""
    return min(least_by_year().values(), default=otherwise)


def of_year(year: int) -> Released:
    """A calendar year's releases."""
    return released(Months(date(year, 1, 1), date(year, 12, 1)))


def lines(found: Released) -> list[Line]:
    """Each release with all its breakdowns, in order. Empty where nothing is released."""
    pairs = zip(found.spans, each_before(found), strict=True)
    return [line for span, earlier in pairs for line in _of(span, earlier)]


@lru_cache(maxsize=64)
def text(year: int, kind: str, publisher: str, _latest: tuple[int, str]) -> str:
    """A year's file, made once for each latest release."""
    found = of_year(year)
    if kind == "csv":
        return as_csv(lines(found))
    return as_json(lines(found), year, publisher, found.least(0))


def _of(span: Span, earlier: Released | None) -> Iterator[Line]:
    alone = Released(span.months, [span])
    told = [("total", "", alone.total(), earlier.total() if earlier else None)]
    for axis in (*ATTRIBUTES, *SPLITS):
        then = earlier.by(axis) if earlier else None
        told += [
            (axis, key, counts, None if then is None else counts_of(then, axis, key))
            for key, counts in alone.by(axis).items()
        ]
    for axis, key, counts, before in told:
        split = axis in SPLITS
        yield Line(
            first_month=f"{span.months.first:%Y-%m}",
            last_month=f"{span.months.last:%Y-%m}",
            breakdown=axis,
            key=key,
            name_en=name(axis, key).english if key else "Total",
            dates=None if split else counts.dates,
            sign_ups=counts.sign_ups,
            participants=counts.seats,
            volunteer_minutes=None if split else _minutes(counts),
            dates_before=None if split or before is None else before.dates,
            sign_ups_before=before.sign_ups if before else None,
            participants_before=before.seats if before else None,
        )


def _minutes(counts: Counts) -> int | None:
    return None if counts.minutes_missing else counts.minutes


def as_csv(found: Sequence[Line]) -> str:
    """As a file of values separated by commas (RFC 4180)."""
    out = io.StringIO()
    write = csv.writer(out)
    write.writerow([each.name for each in fields(Line)])
    for line in found:
        write.writerow(["" if value is None else plain(value) for value in asdict(line).values()])
    return out.getvalue()


def as_json(found: Sequence[Line], year: int, city: str, least: int) -> str:
    """The same as JSON, with what must be known to use it."""
    told = {
        "publisher": city,
        "licence": LICENCE,
        "licence_url": LICENCE_URL,
        "year": year,
        "suppressed_below": least,
        "rows": [asdict(line) for line in found],
    }
    return json.dumps(told, ensure_ascii=False, indent=1)
