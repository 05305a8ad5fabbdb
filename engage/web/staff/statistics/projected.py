"""The large view, for a projector: it leaves staff's circle, so each number on it is a released one (docs/decisions/0005).

Released are whole months that are closed, of the whole city or narrowed by what releases tell: kind, audience, common effort.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from flask import render_template, request, url_for

from engage.base import wording
from engage.base.clock import utc_now
from engage.base.config import current_settings
from engage.base.i18n import gettext as _
from engage.base.i18n import in_language
from engage.goals.reference import reference
from engage.registrations.facts import UNSAID
from engage.statistics.releases import OTHER, UNTOLD, Counts, Months, Released, before, counts_of, each_before, released
from engage.statistics.releases.freezing import after
from engage.statistics.releases.reading import LONGEST_PERIOD
from engage.statistics.report.names import spoken
from engage.web.staff import blueprint
from engage.web.staff.statistics import drawn, looked_at
from engage.web.staff.statistics.drawn import Cell
from engage.web.staff.statistics.looked_at import LookedAt

# What a release can be narrowed by, of what the statistics pages offer.
_TOLD = ("kind", "audience", "initiative")
# A part, and how many it was of the same months before.
Piece = tuple[drawn.Part, str]
# More columns than this stand for years.
_MOST_COLUMNS = 14


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a table: participants as a bar and a number; "–" where they are told in the totals alone. `before` are those of
    the same months before, '' where there is nothing to compare with."""

    name: str
    width: float
    participants: str
    sign_ups: str
    dates: str
    before: str = ""
    nothing: bool = False
    sdg: int = 0
    dimension: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A month (or a year) of the chart, as `charts.columns` draws it."""

    label: str
    middle: float
    left: float
    left_before: float
    width: float
    height: float
    value: str
    value_before: str
    dates: str
    name: str
    height_before: float = 0


@dataclass(frozen=True, slots=True)
class Told:
    """What is released of a period, narrowed by `only`; `earlier` is the same months before, if they are released."""

    found: Released
    only: Mapping[str, str] = field(default_factory=dict)
    earlier: Released | None = None

    @property
    def total(self) -> Counts:
        return self.found.total(**self.only)

    def by(self, axis: str) -> dict[str, Counts]:
        return self.found.by(axis, **self.only)

    def cell(self, **also: str) -> Counts:
        return self.found.total(**self.only, **also)

    @property
    def before(self) -> "Told | None":
        return Told(self.earlier, self.only) if self.earlier else None


def names() -> dict[str, str]:
    """The large pages and how they are called."""
    return {
        "overview": _("Overview"),
        "goals": _("The 4 and the 17"),
        "features": _("The 42"),
        "whom": _("Who and how"),
    }


@blueprint.get("/statistik/lysbillede")
def projected() -> str:
    """A page of released figures in large."""
    here, titles = looked_at.read(utc_now()), names()
    page = asked if (asked := request.args.get("side", "")) in titles else "overview"
    months = _months(here)
    told = _told(months, _only(here)) if months else None
    facts = _PAGES[page](told) if told and told.found.spans else {}
    return render_template(
        f"staff/statistics/large_{page}.html",
        here=here,
        page_name=titles[page],
        period=_said(told.found) if told else "",
        before=_said(told.earlier) if told and told.earlier else "",
        tags=[words for name, words in here.names.items() if name in _TOLD],
        left_out=[words for name, words in here.names.items() if name not in _TOLD],
        others=[
            (words, url_for(".projected", **{**here.kept, "side": key}), key == page) for key, words in titles.items()
        ],
        end_url=url_for(_ENDS[page], **here.kept),
        least=told.found.least(current_settings().city.suppress_below) if told else 0,
        days=current_settings().city.release_after_days,
        **facts,
    )


def _months(here: LookedAt) -> Months | None:
    """The whole months of the period; of a long one the last ten years."""
    scope = here.scope
    first = scope.from_ if scope.from_.day == 1 else after(scope.from_.replace(day=1))
    until = scope.to + timedelta(days=1)
    last = (until.replace(day=1) - timedelta(days=1)).replace(day=1)
    if last < first:
        return None
    years = LONGEST_PERIOD // 12
    return Months(max(first, after(last.replace(year=last.year - years))), last)


def _told(months: Months, only: Mapping[str, str]) -> Told:
    found = released(months)
    return Told(found, only, before(found))


def _only(here: LookedAt) -> dict[str, str]:
    return {name: str(here.kept[name]) for name in _TOLD if name in here.kept}


def _said(found: Released) -> str:
    """The months that are told, from the first to the last."""
    if not found.spans:
        return ""
    first, last = found.spans[0].months.first, found.spans[-1].months.last
    if first == last:
        return f"{wording.month(first)} {first.year}"
    return _(
        "%(first)s to %(last)s",
        first=f"{wording.month(first)} {first.year}",
        last=f"{wording.month(last)} {last.year}",
    )


def _overview(told: Told) -> dict[str, Any]:
    then = dict(_headline(told.before)) if told.before else {}
    columns, yearly = _columns(told)
    return {
        "tiles": [(value, name, then.get(name, "–") if told.before else "") for name, value in _headline(told)],
        "columns": columns,
        "yearly": yearly,
        "has_before": any(each.value_before for each in columns),
        "height": drawn.HEIGHT,
    }


def _headline(told: Told) -> list[tuple[str, str]]:
    """What is told in large: names and numbers. New people and hours only where something is told of them."""
    whole, volunteers = told.total, told.cell(kind="volunteer") if "kind" not in told.only else told.total
    new = told.by("newness").get("new")
    found = [
        (_("people with a place"), _number(whole.seats)),
        (_("sign-ups with a place"), _number(whole.sign_ups)),
        (_("dates held"), drawn.number(whole.dates)),
    ]
    if new is not None and new.sign_ups:
        found.append((_("sign-ups by somebody new, at least"), drawn.number(new.sign_ups)))
    if volunteers.hours:
        found.append((_("volunteer hours, at least"), drawn.one_decimal(volunteers.hours)))
    return found


def _columns(told: Told) -> tuple[list[Column], bool]:
    """Each release by its last month, or by its year where there are many; beside it the same months a year earlier."""
    yearly = len(told.found.spans) > _MOST_COLUMNS
    groups: dict[date, list[Any]] = {}
    for span in told.found.spans:
        last = span.months.last
        groups.setdefault(last.replace(month=1) if yearly else last, []).append(span)
    each = {day: Released(told.found.period, spans).total(**told.only) for day, spans in groups.items()}
    # Years stand beside each other in the chart as it is.
    earlier = [None for _span in groups] if yearly else each_before(told.found)
    then = [one.total(**told.only) if one else None for one in earlier]
    most = max([counts.seats or 0 for counts in (*each.values(), *then) if counts] + [1])
    return [
        Column(
            label=str(day.year) if yearly else wording.month_short(day),
            name=str(day.year) if yearly else f"{wording.month(day)} {day.year}",
            **drawn.across(place, len(each)),
            height=round(drawn.HEIGHT * (counts.seats or 0) / most, 1),
            height_before=round(drawn.HEIGHT * (old.seats or 0) / most, 1) if old else 0,
            value=_number(counts.seats),
            value_before=_number(old.seats) if old else "",
            dates=drawn.number(counts.dates),
        )
        for place, ((day, counts), old) in enumerate(zip(each.items(), then, strict=True))
    ], yearly


def _goals(told: Told) -> dict[str, Any]:
    facts = reference()
    cells = {
        (key, number): told.cell(dimension=key, sdg=f"{number:02}") for key in facts.dimensions for number in facts.sdgs
    }
    most = max((counts.seats or 0 for counts in cells.values()), default=0)
    return {
        "dimensions": _lines(told, "dimension", list(facts.dimensions)),
        "goals": _lines(told, "sdg", [f"{number:02}" for number in facts.sdgs]),
        "dimension_names": [(key, each.name) for key, each in facts.dimensions.items()],
        "matrix": [
            (each.number, each.title, [_cell("", cells[key, each.number], most) for key in facts.dimensions])
            for each in facts.sdgs.values()
        ],
    }


def _features(told: Told) -> dict[str, Any]:
    facts, found = reference(), told.by("key_feature")
    then = told.before.by("key_feature") if told.before else {}
    most = max((counts.seats or 0 for counts in found.values()), default=0)
    points: dict[str, list[tuple[str, list[Cell]]]] = {area: [] for area in facts.areas}
    for point in facts.focal_points.values():
        own = [each for each in facts.features.values() if each.focal_point == point.id]
        cells = [_cell(each.short_title, found.get(each.id, Counts()), most, then.get(each.id)) for each in own]
        points[point.area].append((point.title, cells))
    return {
        "areas": [(area, in_language(titles), points[area]) for area, titles in facts.areas.items()],
        "shades": range(1, drawn.SHADES + 1),
        "lit": sum(found[each].dates > 0 for each in facts.features if each in found),
        "of": len(facts.features),
    }


def _whom(told: Told) -> dict[str, Any]:
    tables = [
        (_("For whom"), _("For whom"), "audience"),
        (_("Learning and volunteering"), _("Kind"), "kind"),
        (_("Who held it"), _("Sector"), "sector"),
        (_("Where it was"), _("Town or village"), "place"),
    ]
    splits = [
        (_("How they signed up"), _("Way"), "channel"),
        (_("New participants"), _("Participants"), "newness"),
        (_("Whether they came, where it was noted"), _("Participants"), "attendance"),
        (_("Age, where somebody was asked"), _("Age"), "age"),
        (_("Part of town, where somebody was asked"), _("Part of town"), "area"),
    ]
    return {
        "tables": [(heading, first, _lines(told, axis)) for heading, first, axis in tables],
        "splits": [(heading, first, parts) for heading, first, axis in splits if (parts := _parts(told, axis))],
    }


def _lines(told: Told, axis: str, keys: Sequence[str] = ()) -> list[Line]:
    """What is told of an axis; first `keys`, which are known to be all, and what is told in the totals alone last."""
    found, then = told.by(axis), told.before.by(axis) if told.before else None
    rest = sorted((key for key in found if key not in keys and key != UNTOLD), key=lambda key: -(found[key].seats or 0))
    rest += [key for key in then or () if key not in found and key not in keys and key != UNTOLD]
    ordered = [*keys, *rest, *([UNTOLD] if UNTOLD in found else [])]
    most = max((found[key].seats or 0 for key in found), default=0)
    return [
        _line(
            axis, key, found.get(key, Counts()), most, "" if then is None else _number(counts_of(then, axis, key).seats)
        )
        for key in ordered
    ]


def _line(axis: str, key: str, counts: Counts, most: int, before: str) -> Line:
    return Line(
        _("Groups too small to be told apart") if key == UNTOLD else spoken(axis, key),
        drawn.width(counts.seats or 0, most),
        _number(counts.seats),
        _number(counts.sign_ups),
        drawn.number(counts.dates) if key != UNTOLD else "",
        before,
        nothing=not counts.dates and not counts.sign_ups,
        sdg=int(key) if axis == "sdg" and key.isdecimal() else 0,
        dimension=key if axis == "dimension" else "",
    )


def _parts(told: Told, axis: str) -> list[Piece]:
    """Pieces of what people differ in, as far as they are told, the largest first and ages in their order; what is told together
    or was not said is last. Nothing where no piece is told."""
    found, then = told.by(axis), told.before.by(axis) if told.before else {}
    last = (OTHER, UNSAID)
    keys = [key for key in found if key != UNTOLD]
    keys.sort(
        key=lambda key: (last.index(key) + 1 if key in last else 0, 0 if axis == "age" else -(found[key].sign_ups or 0))
    )
    lines = [(spoken(axis, key), found[key].sign_ups or 0) for key in keys]
    bars = drawn.parts(lines, sum(value for _name, value in lines))
    return [(bar, _number(counts_of(then, axis, key).sign_ups)) for bar, key in zip(bars, keys, strict=True)]


def _cell(name: str, counts: Counts, most: int, then: Counts | None = None) -> Cell:
    """A field of a map; `then` are the same months before, where there was something then."""
    earlier = _("%(number)s before", number=_number(then.seats)) if then is not None else ""
    before = f" ({earlier})" if earlier else ""
    dates = drawn.dates(counts.dates)
    if not counts.dates:
        return Cell(name, "", 0, "", "", _("no activity") + before)
    if counts.seats is None:
        return Cell(name, "", 1, "–", drawn.number(counts.dates), dates + before)
    shade = max(1, -(-drawn.SHADES * counts.seats // most)) if most else 1
    people = _("%(count)s with a place", count=drawn.number(counts.seats)) + before
    return Cell(name, "", shade, drawn.number(counts.seats), drawn.number(counts.dates), f"{people}, {dates}")


def _number(value: int | None) -> str:
    return "–" if value is None else drawn.number(value)


_PAGES = {"overview": _overview, "goals": _goals, "features": _features, "whom": _whom}
_ENDS = {
    "overview": "staff.statistics",
    "goals": "staff.statistics_goals",
    "features": "staff.statistics_features",
    "whom": "staff.statistics_whom",
}
