"""The report for the network's progress report: Key Features with their indicators, and counts from releases alone."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from engage.base.i18n import LazyText
from engage.base.i18n import lazy_gettext as _l
from engage.goals.cycle import choosing, indicators
from engage.goals.reference import reference
from engage.goals.themes import THEMES
from engage.statistics.releases import (
    NONE,
    OTHER,
    SPLITS,
    UNTOLD,
    Counts,
    Months,
    Released,
    before,
    counts_of,
    released,
)
from engage.statistics.releases.freezing import after
from engage.statistics.report.contents import Both, Example, Report, Row, Table, Value
from engage.statistics.report.names import name
from engage.statistics.report.partners import partners

_COUNTED: tuple[tuple[str, LazyText], ...] = (
    ("dates", _l("Dates held")),
    ("sign_ups", _l("Sign-ups with a place")),
    ("seats", _l("Participants")),
)
_BEFORE: tuple[tuple[str, LazyText], ...] = (
    ("dates_before", _l("Dates held before")), ("sign_ups_before", _l("Sign-ups before")),
    ("seats_before", _l("Participants before")),
)  # fmt: skip
_OF_PEOPLE = slice(1, 2)
_BREAKDOWNS = (
    ("dimension", _l("Dimensions of sustainability"), _l("Dimension")),
    ("sdg", _l("Sustainable Development Goals"), _l("Goal")),
    ("key_feature", _l("Key Features that activities contribute to"), _l("Key Feature")),
    ("theme", _l("Themes of the network"), _l("Theme")),
    ("sector", _l("Sectors of organisers"), _l("Sector")),
    ("audience", _l("Audiences"), _l("Audience")),
    ("age", _l("Age bands, where people were asked"), _l("Age band")),
    ("newness", _l("New participants"), _l("Participants")),
    ("attendance", _l("Whether they came, where it was noted"), _l("Participants")),
)
# What is not in the order of its keys; Key Features are in UNESCO's.
_ORDER = {
    "audience": ("children", "youth", "adults", "families", "seniors"),
    "newness": ("new", "back", "again", OTHER),
    "attendance": ("came", "away", OTHER),
}
_MONTHS = _l(
    "A month with too few people is told with the next ones, where the last of them is. Others are not closed yet."
)
_THEMES = _l("Which goals and Key Features belong to which theme is our own reading: the network has no such list.")
_SEVERAL = _l("What belongs to several counts once in each, so this adds up to more than the whole.")


def report(period: Months, city: str, least: int, examples: Sequence[Example] = ()) -> Report:
    """All that can be told of a period of whole months. `least` is what is asked of releases now, for where there are none."""
    found = released(period)
    earlier = before(found)
    tables = [_months(found, earlier), _features(period), _totals(found, earlier)]
    tables += [_breakdown(found, earlier, axis, title, of, least) for axis, title, of in _BREAKDOWNS]
    tables.append(partners(found))
    title = Both.of(_l("Learning city progress"))
    return Report(title, city, period, tables, tuple(examples), earlier.period if earlier else None)


def _months(found: Released, earlier: Released | None) -> Table:
    by_month, together = str(Both.of(_l("Released, month by month"))), str(Both.of(_l("Released together")))
    stretches = [
        (span.months.first, span.months.last, by_month if len(span.months) == 1 else together) for span in found.spans
    ]
    stretches += [(month, month, _not_released(found, month)) for month in found.missing]
    rows = [
        Row(f"{first:%Y-%m}", Both(f"{first:%Y-%m}"), (f"{last:%Y-%m}", status))
        for first, last, status in _joined(sorted(stretches), together)
    ]
    return Table(
        "months", Both.of(_l("What is in this report")), Both.of(_l("From month")),
        (("last_month", Both.of(_l("To month"))), ("status", Both.of(_l("Status")))),
        rows, _together(_MONTHS, _compared(found, earlier)),
    )  # fmt: skip


def _compared(found: Released, earlier: Released | None) -> LazyText | None:
    if not found.spans:
        return None
    if earlier is None:
        return _l(
            "There is nothing to compare with: the same months before are not released, or only together with others."
        )
    first, last = earlier.period.first, earlier.period.last
    return _l(
        "“Before” is the same months before: %(first)s to %(last)s.", first=f"{first:%Y-%m}", last=f"{last:%Y-%m}"
    )


def _together(*sentences: LazyText | None) -> Both:
    """Sentences one after the other."""
    told = [Both.of(each) for each in sentences if each is not None]
    return Both(" ".join(each.english for each in told), " ".join(each.danish for each in told))


def _joined(stretches: Sequence[tuple[date, date, str]], apart: str) -> list[tuple[date, date, str]]:
    """Months one after the other of which the same is said are one line; what is said `apart` is of each by itself."""
    found: list[tuple[date, date, str]] = []
    for first, last, status in stretches:
        if found and found[-1][2] == status != apart and after(found[-1][1]) == first:
            first = found.pop()[0]
        found.append((first, last, status))
    return found


def _not_released(found: Released, month: date) -> str:
    if found.later is not None and found.told_from is not None and month >= found.told_from:
        return str(Both.of(_l("Told together with %(month)s", month=f"{found.later:%Y-%m}")))
    return str(Both.of(_l("Not released")))


def _features(period: Months) -> Table:
    chosen: dict[str, None] = {}
    for year in range(period.first.year, period.last.year + 1):
        chosen.update(dict.fromkeys(each.feature for each in choosing.chosen(year)))
    until = date.fromordinal(after(period.last).toordinal() - 1)
    known = [each for each in reference().features if each in chosen]
    rows = []
    for feature, lines in indicators.lines(known, until).items():
        rows += [Row(feature, name("key_feature", feature), _measured(line)) for line in lines]
        if not lines:
            rows.append(Row(feature, name("key_feature", feature), (None,) * len(_MEASURED)))
    return Table(
        "chosen_key_features", Both.of(_l("Chosen Key Features")), Both.of(_l("Key Feature")),
        tuple((key, Both.of(words)) for key, words in _MEASURED), rows,
    )  # fmt: skip


_MEASURED = (
    ("indicator", _l("Indicator")),
    ("unit", _l("Unit")),
    ("baseline", _l("Baseline")),
    ("baseline_on", _l("Day of the baseline")),
    ("baseline_source", _l("Source of the baseline")),
    ("latest", _l("Latest value")),
    ("latest_on", _l("Day of the latest value")),
    ("latest_source", _l("Source of the latest value")),
    ("note", _l("Note")),
)


def _measured(line: indicators.Line) -> tuple[Value, ...]:
    its, latest = line.indicator, line.latest
    return (
        str(Both.named(dict(its.names))),
        str(Both.named(dict(its.units))),
        _number(its.baseline_value),
        its.baseline_on.isoformat() if its.baseline_on else None,
        its.baseline_source or None,
        _number(latest.value) if latest else None,
        latest.measured_on.isoformat() if latest else None,
        latest.source if latest else None,
        (latest.note or None) if latest else None,
    )


def _number(value: Decimal | float | None) -> int | float | None:
    if value is None:
        return None
    return int(value) if value == int(value) else float(value)


def _totals(found: Released, earlier: Released | None) -> Table:
    now, then = _totalled(found), _totalled(earlier) if earlier else []
    note = Both.of(
        _l(
            "Participants are all in sign-ups with a place. Volunteers who are told in the totals alone are not among the "
            "volunteers. Hours are by the length of each date."
        )
    )
    rows = [Row(key, Both.of(words), (value if found.spans else None,)) for key, words, value in now]
    if then:
        rows = [
            Row(row.key, row.label, (*row.values, value)) for row, (_key, _words, value) in zip(rows, then, strict=True)
        ]
    columns = (("value", Both.of(_l("Number"))), ("value_before", Both.of(_l("Before"))))
    return Table(
        "totals", Both.of(_l("Participation")), Both.of(_l("Figure")), columns if then else columns[:1], rows, note
    )


def _totalled(found: Released) -> list[tuple[str, LazyText, Value]]:
    whole, volunteers = found.total(), found.total(kind="volunteer")
    return [
        *((key, words, getattr(whole, key)) for key, words in _COUNTED),
        ("volunteer_sign_ups", _l("Sign-ups of volunteers"), volunteers.sign_ups),
        ("volunteers", _l("Volunteers on dates"), volunteers.seats),
        ("volunteer_hours_of", _l("Sign-ups of volunteers whose hours are told"), volunteers.timed),
        ("volunteer_hours", _l("Volunteers' hours"), _number(volunteers.hours)),
    ]


def _breakdown(
    found: Released, earlier: Released | None, axis: str, title: LazyText, of: LazyText, least: int
) -> Table:
    shown = _OF_PEOPLE if axis in SPLITS else slice(None)
    counted = _COUNTED[shown]
    told, then = found.by(axis), earlier.by(axis) if earlier else {}
    rows = []
    for key in _keys(axis, [*told, *(key for key in then if key not in told)]):
        values = _values(key, counts_of(told, axis, key), counted)
        values += _values(key, counts_of(then, axis, key), counted) if earlier else ()
        rows.append(Row(key, name(axis, key), values))
    columns = counted + (_BEFORE[shown] if earlier else ())
    return Table(
        axis, Both.of(title), Both.of(of), tuple((key, Both.of(words)) for key, words in columns),
        # Where nothing is released, nothing is nobody's zero.
        rows if found.spans else (), _note(axis, found.least(least)),
    )  # fmt: skip


def _note(axis: str, least: int) -> Both:
    left_out = _l(
        "Left empty: fewer than %(least)s people, or told in the totals alone. Numbers can lack such groups too.",
        least=least,
    )
    several = axis in ("dimension", "sdg", "key_feature", "theme", "audience")
    return _together(_THEMES if axis == "theme" else None, _SEVERAL if several else None, left_out)


def _values(key: str, counts: Counts, counted: Sequence[tuple[str, LazyText]]) -> tuple[Value, ...]:
    """Dates are always told apart, so that none of them is among what is told in the totals alone."""
    return tuple(None if (key, name) == (UNTOLD, "dates") else getattr(counts, name) for name, _words in counted)


def _keys(axis: str, told: Sequence[str]) -> list[str]:
    """All there could be where that is known, so that what nothing is held for is seen; then what else there is, rest last."""
    whole = {
        "dimension": list(reference().dimensions),
        "sdg": [f"{number:02}" for number in reference().sdgs],
        "theme": list(THEMES),
    }.get(axis, [])
    order = {key: place for place, key in enumerate(_ORDER.get(axis) or reference().features)}
    rest = [key for key in told if key not in whole and key not in (NONE, UNTOLD)]
    rest.sort(key=lambda key: (order.get(key, len(order)), key))
    return [*whole, *rest, *(key for key in (NONE, UNTOLD) if key in told)]
