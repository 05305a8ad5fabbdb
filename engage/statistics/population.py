"""The city's population, by age band and by part of town, as staff brought it in from a table of the statistical office.

What is compared with it stands in `whom`. Figures are of a year; a comparison takes the latest that are not of a later year.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import CheckConstraint, SmallInteger, String, delete, func, select
from sqlalchemy.orm import Mapped, mapped_column

from engage.activities.importing.reading import plain
from engage.base.config import current_settings
from engage.base.db import Base, db
from engage.base.errors import Refusal
from engage.base.i18n import lazy_gettext as _l
from engage.registrations import whom
from engage.registrations.facts import AGE, AREA

KINDS = (AGE, AREA)
_FIRST_YEAR, _MOST, _OLDEST = 1990, 100_000_000, 150
_LONGEST_SOURCE = 200
_DIGITS = re.compile(r"\d+")
_BAND = re.compile(r"(\d{1,3})\s*(?:-|\u2013|til|to|bis)\s*(\d{1,3})")
_OPEN = re.compile(r"(\d{1,3})\s*(?:\+|\u00e5r og|years and|jahre und|og derover|and over|und \u00e4lter)")
_THOUSANDS = re.compile(r"\d{1,3}(?:[. \u00a0]\d{3})+|\d+")


class Population(Base):
    """How many live in a part of the city, or are of an age band, in a year; `key` as in `whom.BANDS` and the city file."""

    __tablename__ = "population"
    __table_args__ = (CheckConstraint("number >= 0", name="no_less_than_nobody"),)

    year: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(4), primary_key=True)
    key: Mapped[str] = mapped_column(String(40), primary_key=True)
    number: Mapped[int]
    source: Mapped[str] = mapped_column(String(200), default="", server_default="")


class YearNotUsable(Refusal):
    """The figures are of a year that cannot be."""

    code = "population_year"
    message = _l("Write the year the figures are of, from %(first)s to %(last)s.")


class NothingFits(Refusal):
    """The table has no line that is one of the city's age bands or parts of town."""

    code = "population_nothing_fits"
    message = _l(
        "No line of the table is one of our age bands or parts of town. The first column must hold them, the last one the number."
    )


class PartsMissing(Refusal):
    """Some of the parts have no number, so that no share would be right."""

    code = "population_parts_missing"
    message = _l("There is no number for %(parts)s. All of them are needed, or the shares would be wrong.")


@dataclass(frozen=True, slots=True)
class Read:
    """What a table holds: numbers by key in the order of the city, and the lines that are none of its parts."""

    kind: str
    numbers: Mapping[str, int]
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """The figures of one kind and year."""

    kind: str
    year: int
    numbers: Mapping[str, int]
    source: str

    @property
    def total(self) -> int:
        """All inhabitants."""
        return sum(self.numbers.values())


def keys(kind: str) -> tuple[str, ...]:
    """The parts there are figures of, in order."""
    return whom.BANDS if kind == AGE else tuple(current_settings().city.areas)


def read(content: bytes, kind: str) -> Read:
    """The figures in a CSV or XLSX file: what is counted in its first column, the number in its last.

    Ages may be our bands, narrower ones within them or single years, which are added up; parts of town their key (a postal
    code), with their name or without. Refuses with `NothingFits`; raises `CannotRead` for what is no table.
    """
    numbers: dict[str, int] = {}
    left_out = []
    for row in plain.table(content):
        cells = [words for words in row.values() if words]
        if len(cells) < 2:
            continue
        key, number = _key(cells[0], kind), _number(cells[-1])
        if key is None or number is None:
            left_out.append(cells[0])
        else:
            numbers[key] = numbers.get(key, 0) + number
    if not numbers:
        raise NothingFits
    return Read(kind, {key: numbers[key] for key in keys(kind) if key in numbers}, tuple(left_out))


def _number(words: str) -> int | None:
    """A whole number, with points or blanks between thousands."""
    return int("".join(_DIGITS.findall(words))) if _THOUSANDS.fullmatch(words) else None


def _key(words: str, kind: str) -> str | None:
    return _band(words.casefold()) if kind == AGE else _area(words)


def _band(words: str) -> str | None:
    """The band that all of these ages lie in; what lies in two is in none."""
    if span := _BAND.match(words):
        first, last = int(span[1]), int(span[2])
        return whom.band_of(first) if first <= last and whom.band_of(first) == whom.band_of(last) else None
    if above := _OPEN.match(words):
        return whom.BANDS[-1] if whom.band_of(int(above[1])) == whom.BANDS[-1] else None
    ages = _DIGITS.findall(words)
    return whom.band_of(int(ages[0])) if len(ages) == 1 and int(ages[0]) <= _OLDEST else None


def _area(words: str) -> str | None:
    plainly = words.casefold()
    for key, name in current_settings().city.areas.items():
        alone = name.removeprefix(key).strip().casefold()
        if plainly in {key.casefold(), name.casefold(), alone} or plainly.split()[0] == key.casefold():
            return key
    return None


def keep(kind: str, year: int | None, numbers: Mapping[str, int], source: str, *, this_year: int) -> None:
    """Keep the figures of a year in the place of what was there of it. Refuses with `YearNotUsable` or `PartsMissing`."""
    if year is None or not _FIRST_YEAR <= year <= this_year + 1:
        raise YearNotUsable(first=_FIRST_YEAR, last=this_year + 1)
    wanted = keys(kind)
    if missing := [whom.named(key) for key in wanted if not 0 <= numbers.get(key, -1) <= _MOST]:
        raise PartsMissing(parts=", ".join(missing))
    db.session.execute(delete(Population).where(Population.year == year, Population.kind == kind))
    words = " ".join(source.split())[:_LONGEST_SOURCE]
    db.session.add_all(Population(year=year, kind=kind, key=key, number=numbers[key], source=words) for key in wanted)
    db.session.flush()


def forget(kind: str, year: int) -> bool:
    """Take the figures of a year away; whether there were any."""
    gone = db.session.execute(
        delete(Population).where(Population.year == year, Population.kind == kind).returning(Population.key)
    )
    return bool(gone.all())


def known(kind: str, on: date) -> Known | None:
    """The latest figures that were there on a day; of several years later, the first. None where there are none."""
    years = db.session.scalars(select(Population.year).where(Population.kind == kind).distinct()).all()
    if not years:
        return None
    year = max((each for each in years if each <= on.year), default=min(years))
    rows: Sequence[Population] = db.session.scalars(
        select(Population).where(Population.kind == kind, Population.year == year)
    ).all()
    found = {each.key: each for each in rows}
    return Known(
        kind, year, {key: found[key].number for key in keys(kind) if key in found}, next(iter(rows)).source
    )  # fmt: skip


def years(kind: str) -> dict[int, int]:
    """How many inhabitants are told of each year there are figures of, the latest first."""
    rows = db.session.execute(
        select(Population.year, func.sum(Population.number))
        .where(Population.kind == kind)
        .group_by(Population.year)
        .order_by(Population.year.desc())
    )
    return {year: int(number) for year, number in rows}
