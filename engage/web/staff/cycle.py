"""The yearly cycle: which Key Features the city works with this year, what it wants to reach, and how far it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engage.accounts import audit
from engage.activities import typed
from engage.base.clock import utc_now
from engage.base.config import current_settings
from engage.base.db import transaction
from engage.base.errors import Refusal
from engage.base.i18n import gettext as _
from engage.base.i18n import in_language, ngettext
from engage.goals.cycle import choosing, indicators
from engage.goals.reference import FeatureFacts, reference
from engage.web.staff import blueprint, measured, signalled
from engage.web.staff.measured import IndicatorLine
from engage.web.who import current_account

Answer = str | Response | tuple[str, int]
_FIRST_YEAR = 2013  # the network's first year


@dataclass(frozen=True, slots=True)
class ChosenView:
    """A chosen Key Feature on the year's page."""

    url: str
    title: str
    point: str
    verified: bool
    aim: str
    lines: Sequence[IndicatorLine]


@dataclass(frozen=True, slots=True)
class PointView:
    """A focal point with its Key Features, to choose among."""

    title: str
    features: Sequence[tuple[FeatureFacts, bool]]


@blueprint.get("/key-features")
def cycle() -> str:
    """This year's."""
    return _year_page(_this_year())


@blueprint.get("/key-features/<int:year>")
def cycle_year(year: int) -> str:
    """What is chosen for a year, how each is measured, and how far the city is."""
    return _year_page(_checked(year))


@blueprint.get("/key-features/<int:year>/vaelg")
def choose_features(year: int) -> str:
    """The 42 in their 12 focal points, with the year's ticked; a new year starts from the one before."""
    start = choosing.suggested(_open(year))
    return _choose_page(year, {each.feature for each in start}, started_from=bool(start) and not choosing.chosen(year))


@blueprint.post("/key-features/<int:year>/vaelg")
def save_chosen_features(year: int) -> Answer:
    """Let exactly what is ticked be the year's."""
    wanted, now = set(request.form.getlist("feature")), utc_now()
    try:
        with transaction():
            came, went = choosing.choose(_open(year), wanted, this_year=_this_year(), now=now)
            if came or went:
                facts = {"year": year, "came": came, "went": went}
                audit.record(current_account(), "features.chosen", f"year:{year}", facts, now)
    except Refusal as refusal:
        return _choose_page(year, wanted, errors=[("", str(refusal))]), 409
    count = len(wanted)
    words = ngettext(
        "%(number)s Key Feature is chosen for %(year)s.",
        "%(number)s Key Features are chosen for %(year)s.",
        count,
        year=year,
    )
    flash(words, "success")
    return redirect(url_for(".cycle_year", year=year), 303)


@blueprint.post("/key-features/<int:year>/<feature>/maal")
def note_aim(year: int, feature: str) -> Answer:
    """Write what the city wants to reach with a chosen Key Feature."""
    aim, now = typed.paragraphs(request.form.get("aim", "")), utc_now()
    try:
        with transaction():
            if choosing.note_aim(_open(year), feature, aim, this_year=_this_year()):
                facts = {"year": year, "words": aim}
                audit.record(current_account(), "feature.aim", f"feature:{feature}", facts, now)
    except Refusal as refusal:
        return _year_page(year, errors=[("", str(refusal))]), 409
    flash(_("Saved."), "success")
    return redirect(url_for(".cycle_year", year=year) + f"#{feature}", 303)


def _year_page(year: int, errors: Sequence[tuple[str, str]] = ()) -> str:
    facts, choices = reference(), choosing.chosen(year)
    lines = indicators.lines([each.feature for each in choices], until=date(year, 12, 31))
    views = [
        ChosenView(
            url=url_for(".feature", feature=each.feature),
            title=facts.features[each.feature].title,
            point=facts.focal_points[facts.features[each.feature].focal_point].title,
            verified=facts.features[each.feature].verified,
            aim=each.aim,
            lines=[measured.indicator_line(line) for line in lines[each.feature]],
        )
        for each in choices
        if each.feature in facts.features
    ]
    this_year = _this_year()
    return render_template(
        "staff/cycle.html",
        year=year,
        years=_years(year),
        signals=signalled.of_year([each.feature for each in choices], year, now=utc_now()),
        features=list(zip((each.feature for each in choices), views, strict=False)),
        may_change=choosing.may_change(year, this_year),
        next_year=year + 1 if choosing.may_change(year + 1, this_year) and not choosing.chosen(year + 1) else None,
        unverified=sum(not each.verified for each in facts.features.values()),
        errors=errors,
    )


def _choose_page(
    year: int, ticked: set[str], *, started_from: bool = False, errors: Sequence[tuple[str, str]] = ()
) -> str:
    facts = reference()
    areas = [
        (
            in_language(titles),
            [
                PointView(
                    point.title,
                    [(each, each.id in ticked) for each in facts.features.values() if each.focal_point == point.id],
                )
                for point in facts.focal_points.values()
                if point.area == area
            ],
        )
        for area, titles in facts.areas.items()
    ]
    return render_template(
        "staff/cycle_choose.html", year=year, areas=areas, started_from=started_from, errors=errors,
        chosen=len(ticked), unverified=any(not each.verified for each in facts.features.values()),
    )  # fmt: skip


def _this_year() -> int:
    return utc_now().astimezone(current_settings().city.zone).year


def _checked(year: int) -> int:
    if not _FIRST_YEAR <= year <= _this_year() + 1:
        abort(404)
    return year


def _open(year: int) -> int:
    if not choosing.may_change(_checked(year), _this_year()):
        abort(404)
    return year


def _years(shown: int) -> list[int]:
    """The years one can go to: those with a choice, and those that are open, the latest first."""
    this_year = _this_year()
    return sorted({*choosing.years(), this_year - 1, this_year, this_year + 1, shown}, reverse=True)
