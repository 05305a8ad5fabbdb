"""The report for the network's progress report: Key Features with their indicators, and counts from releases alone."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from engage.base.i18n import LazyText
from engage.base.i18n import lazy_gettext as _l
from engage.goals.cycle import choosing, indicators
from engage.goals.reference import reference
from engage.goals.themes import THEMES
from engage.statistics.releases import NONE, SPLITS, UNTOLD, Counts, Months, Released, released
from engage.statistics.releases.freezing import after
from engage.statistics.report.contents import Both, Example, Report, Row, Table, Value
from engage.statistics.report.names import name
from engage.statistics.report.partners import partners

_COUNTED = (("dates", _l("Dates held")), ("sign_ups", _l("Sign-ups with a place")), ("seats", _l("Participants")))
_OF_PEOPLE = _COUNTED[1:2]
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
_THEMES = _l("Which goals and Key Features belong to which theme is our own reading: the network has no such list.")
_SEVERAL = _l("What belongs to several counts once in each, so this adds up to more than the whole.")


def report(period: Months, city: str, least: int, examples: Sequence[Example] = ()) -> Report:
    """All that can be told of a period of whole months. `least` is what is asked of releases now, for where there are none."""
    found = released(period)
    tables = [_months(found), _features(period), _totals(found)]
    tables += [_breakdown(found, axis, title, of, found.least(least)) for axis, title, of in _BREAKDOWNS]
    tables.append(partners(found))
    return Report(Both.of(_l("Learning city progress")), city, period, tables, tuple(examples))


def _months(found: Released) -> Table:
    by_month, together = str(Both.of(_l("Released, month by month"))), str(Both.of(_l("Released together")))
    stretches = [
        (span.months.first, span.months.last, by_month if len(span.months) == 1 else together) for span in found.spans
    ]
    stretches += [(month, month, _not_released(found, month)) for month in found.missing]
    rows = [
        Row(f"{first:%Y-%m}", Both(f"{first:%Y-%m}"), (f"{last:%Y-%m}", status))
        for first, last, status in _joined(sorted(stretches), together)
    ]
    note = _l(
        "A month with too few people is told with the next ones, where the last of them is. Others are not closed yet."
    )
    return Table(
        "months", Both.of(_l("What is in this report")), Both.of(_l("From month")),
        (("last_month", Both.of(_l("To month"))), ("status", Both.of(_l("Status")))),
        rows, Both.of(note),
    )  # fmt: skip


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


def _number(value: Decimal | None) -> int | float | None:
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)


def _totals(found: Released) -> Table:
    whole, volunteers = found.total(), found.total(kind="volunteer")
    lines: list[tuple[str, LazyText, Value]] = [(key, words, getattr(whole, key)) for key, words in _COUNTED]
    lines += [
        ("volunteer_sign_ups", _l("Sign-ups of volunteers"), volunteers.sign_ups),
        ("volunteers", _l("Volunteers on dates"), volunteers.seats),
        ("volunteer_hours_of", _l("Sign-ups of volunteers whose hours are told"), volunteers.timed),
        ("volunteer_hours", _l("Volunteers' hours"), volunteers.hours),
    ]
    note = Both.of(
        _l(
            "Participants are all in sign-ups with a place. Volunteers who are told in the totals alone are not among the "
            "volunteers. Hours are by the length of each date."
        )
    )
    rows = [Row(key, Both.of(words), (value if found.spans else None,)) for key, words, value in lines]
    return Table(
        "totals", Both.of(_l("Participation")), Both.of(_l("Figure")), (("value", Both.of(_l("Number"))),), rows, note
    )


def _breakdown(found: Released, axis: str, title: LazyText, of: LazyText, least: int) -> Table:
    counted = _OF_PEOPLE if axis in SPLITS else _COUNTED
    told = found.by(axis)
    rows = [Row(key, name(axis, key), _values(told.get(key, Counts()), counted)) for key in _keys(axis, told)]
    if not found.spans:  # where nothing is released, nothing is nobody's zero
        rows = []
    notes = [
        Both.of(
            _l(
                "Left empty: fewer than %(least)s people, or told in the totals alone. Numbers can lack such groups too.",
                least=least,
            )
        )
    ]
    if axis in ("dimension", "sdg", "key_feature", "theme", "audience"):
        notes.insert(0, Both.of(_SEVERAL))
    if axis == "theme":
        notes.insert(0, Both.of(_THEMES))
    note = Both(" ".join(each.english for each in notes), " ".join(each.danish for each in notes))
    columns = tuple((key, Both.of(words)) for key, words in counted)
    return Table(axis, Both.of(title), Both.of(of), columns, rows, note)


def _values(counts: Counts, counted: Sequence[tuple[str, LazyText]]) -> tuple[Value, ...]:
    return tuple(getattr(counts, key) for key, _words in counted)


def _keys(axis: str, told: dict[str, Counts]) -> list[str]:
    """All there could be where that is known, so that what nothing is held for is seen; then what else there is, rest last."""
    whole = {
        "dimension": list(reference().dimensions),
        "sdg": [f"{number:02}" for number in reference().sdgs],
        "theme": list(THEMES),
    }.get(axis, [])
    rest = [key for key in told if key not in whole and key not in (NONE, UNTOLD)]
    return [*whole, *rest, *(key for key in (NONE, UNTOLD) if key in told)]
