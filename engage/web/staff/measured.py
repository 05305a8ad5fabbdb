"""An indicator in words: numbers, days and sources as they are read, and the line of its values over time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from flask import url_for

from engage.base import wording
from engage.base.i18n import gettext as _
from engage.base.i18n import in_language
from engage.goals.cycle import amounts
from engage.goals.cycle.indicators import Line
from engage.goals.cycle.models import Better, Indicator, Measurement


@dataclass(frozen=True, slots=True)
class ValueView:
    """One value, in words. `name` is its public id, `struck` why it no longer counts."""

    name: str
    value: str
    day: str
    source: str
    note: str
    struck: str


@dataclass(frozen=True, slots=True)
class IndicatorLine:
    """An indicator in a list. `percent` is how far it is from the baseline to the target, None where that cannot be told."""

    url: str
    title: str
    unit: str
    baseline: str
    baseline_from: str
    latest: str
    latest_from: str
    target: str
    direction: str
    percent: int | None
    retired: bool
    points: Sequence[ValueView] = field(default=())


def indicator_line(line: Line) -> IndicatorLine:
    """What a page shows of an indicator."""
    found, unit = line.indicator, in_language(line.indicator.units)
    return IndicatorLine(
        url=url_for("staff.indicator", indicator=found.public_id),
        title=in_language(found.names),
        unit=unit,
        baseline=amount(found.baseline_value, found.units),
        baseline_from=_from(found.baseline_on, found.baseline_source),
        latest=amount(line.latest.value, found.units) if line.latest else "",
        latest_from=_from(line.latest.measured_on, line.latest.source) if line.latest else "",
        target=_target(found),
        direction=_("Higher is better") if found.better == Better.UP else _("Lower is better"),
        percent=round(line.progress * 100) if line.progress is not None else None,
        retired=found.retired_at is not None,
        points=[value_view(each, found) for each in reversed(line.values)],
    )


def value_view(each: Measurement, indicator: Indicator) -> ValueView:
    """A value in words."""
    return ValueView(
        each.public_id, amount(each.value, indicator.units), wording.dated(each.measured_on), each.source, each.note,
        each.struck_reason,
    )  # fmt: skip


def amount(value: Decimal | None, units: Mapping[str, str]) -> str:
    """A number with its unit; "" for none."""
    if value is None:
        return ""
    unit = in_language(units)
    return f"{amounts.said(value)} {unit}".strip()


def _from(day: date | None, source: str) -> str:
    return ", ".join(words for words in (wording.dated(day) if day else "", source) if words)


def _target(found: Indicator) -> str:
    if found.target_value is None or found.target_on is None:
        return ""
    return _("%(value)s by %(day)s", value=amount(found.target_value, found.units), day=wording.dated(found.target_on))
