"""Figures as they are drawn and read: bars, columns, shades; numbers, shares and sentences in the reader's language.

Everything drawn is told by a number and words as well, and has its place and size in attributes, so that no style is needed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from babel.numbers import format_percent

from engage.base import wording
from engage.base.i18n import current_language, ngettext
from engage.base.i18n import gettext as _
from engage.goals.cycle import amounts
from engage.statistics import Figures, Month

SHADES = 4
# How high the columns of a chart are, in pixels.
HEIGHT = 160


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table: a name that leads to its activities, how many took part as a bar, and what stands beside it.

    `width` is the bar in hundredths of the longest. `sdg` and `dimension` say which mark stands before the name.
    """

    name: str
    url: str
    width: float
    took_part: str
    places: str
    activities: str
    dates: str
    nothing: bool = False
    sdg: int = 0
    dimension: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a map or a matrix: its number, how dark it is (0 is nothing, not even an activity), and what it says in words."""

    name: str
    url: str
    shade: int
    took_part: str
    activities: str
    words: str


@dataclass(frozen=True, slots=True)
class Stretch:
    """A month or a year of a period, as far as the period has it, beside the same one before."""

    first: date
    last: date
    figures: Figures
    before: Figures


@dataclass(frozen=True, slots=True)
class Column:
    """A month (or a year) of the chart beside the same one before. Places across are in hundredths of the chart's width."""

    label: str
    name: str
    url: str
    middle: float
    left: float
    left_before: float
    width: float
    height: float
    height_before: float
    value: str
    value_before: str
    places: str
    activities: str


@dataclass(frozen=True, slots=True)
class Part:
    """A bar with a number and words: a step of the funnel, a way of signing up, an answer."""

    name: str
    value: str
    share: str
    width: float


def number(value: float) -> str:
    """A whole number as it is written in the language."""
    return amounts.said(Decimal(round(value)))


def one_decimal(value: float) -> str:
    """A number with one decimal at most."""
    return amounts.said(Decimal(str(round(value, 1))))


def share(value: float | None) -> str:
    """A share as a percentage; a dash where there is nothing to share."""
    return format_percent(value, locale=current_language()) if value is not None else "–"


def times(count: int) -> str:
    """How often somebody took part."""
    return ngettext("%(count)s took part", "%(count)s took part", count, count=number(count))


def activities(count: int) -> str:
    """So many activities."""
    return ngettext("%(count)s activity", "%(count)s activities", count, count=number(count))


def dates(count: int) -> str:
    """So many dates."""
    return ngettext("%(count)s date", "%(count)s dates", count, count=number(count))


def compared(now: float, before: float | None) -> str:
    """How a number stands to the one of the same period before."""
    if before is None:
        return ""
    if now == before:
        return _("as many as in the same period before")
    difference = number(abs(now - before))
    if now > before:
        return _("%(number)s more than in the same period before", number=difference)
    return _("%(number)s fewer than in the same period before", number=difference)


def row(name: str, url: str, figures: Figures, most: int, *, sdg: int = 0, dimension: str = "") -> Row:
    """A line of a table of figures."""
    return Row(
        name, url, width(figures.took_part, most), number(figures.took_part), number(figures.places),
        number(figures.activities), number(figures.dates), not figures.dates, sdg, dimension,
    )  # fmt: skip


def cell(name: str, url: str, figures: Figures, most: int) -> Cell:
    """A cell; one with activities and nobody yet has the lightest shade."""
    shade = 0
    if figures.dates:
        shade = max(1, -(-SHADES * figures.took_part // most)) if most else 1
    words = f"{times(figures.took_part)}, {activities(figures.activities)}" if figures.dates else _("no activity")
    return Cell(name, url, shade, number(figures.took_part), number(figures.activities), words)


def parts(lines: Iterable[tuple[str, float]], whole: float | None = None) -> list[Part]:
    """Bars with their shares of `whole` (by default of the first line)."""
    found = list(lines)
    if not found:
        return []
    of = found[0][1] if whole is None else whole
    most = max([each[1] for each in found] + [of])
    return [
        Part(name, number(value), share(value / of) if of else "", width(value, most)) for name, value in found
    ]  # fmt: skip


def most(figures: Iterable[Figures]) -> int:
    """The number of the longest bar."""
    return max((each.took_part for each in figures), default=0)


def width(value: float, most: float) -> float:
    """How long a bar is, in hundredths. Something is never drawn as nothing."""
    return max(0.8, round(100 * value / most, 1)) if most and value else 0


def by_month(now: Sequence[Month], before: Sequence[Month], first: date, last: date, back: int) -> list[Stretch]:
    """The months of a period, each with the one so many years before; also those without anything."""
    these = {each.first_day: each.figures for each in now}
    those = {each.first_day: each.figures for each in before}
    return [
        Stretch(
            max(month, first), min(end, last), these.get(month, Figures()), those.get(_earlier(month, back), Figures())
        )
        for month, end in _months(first, last)
    ]


def across(place: int, count: int) -> dict[str, float]:
    """Where the column at `place` of `count` stands in the chart, in hundredths of its width, with room for the one before."""
    slot = 100 / max(1, count)
    return {
        "middle": round(place * slot + slot / 2, 2),
        "left": round(place * slot + slot * 0.5, 2),
        "left_before": round(place * slot + slot * 0.16, 2),
        "width": round(slot * 0.34, 2),
    }


def chart(found: Sequence[Stretch], urls: Mapping[date, str], *, yearly: bool) -> list[Column]:
    """The columns of months (or years) with their places and heights."""
    highest = max([each.figures.took_part for each in found] + [each.before.took_part for each in found] + [1])
    return [
        Column(
            label=str(each.first.year) if yearly else wording.month_short(each.first),
            name=str(each.first.year) if yearly else f"{wording.month(each.first)} {each.first.year}",
            url=urls.get(each.first, ""),
            **across(place, len(found)),
            height=round(HEIGHT * each.figures.took_part / highest, 1),
            height_before=round(HEIGHT * each.before.took_part / highest, 1),
            value=number(each.figures.took_part),
            value_before=number(each.before.took_part),
            places=number(each.figures.places),
            activities=number(each.figures.activities),
        )
        for place, each in enumerate(found)
    ]


def _months(first: date, last: date) -> Iterable[tuple[date, date]]:
    here = first.replace(day=1)
    while here <= last:
        following = (here.replace(day=28) + timedelta(days=4)).replace(day=1)
        yield here, following - timedelta(days=1)
        here = following


def _earlier(month: date, years: int) -> date:
    return month.replace(year=month.year - years)
