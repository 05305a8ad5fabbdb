"""Who is not reached: what people said of themselves beside the city's population, and that population brought in from a file."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engage import statistics
from engage.accounts import audit
from engage.activities.importing.events import CannotRead
from engage.activities.importing.wording import reason
from engage.base.clock import utc_now
from engage.base.config import current_settings
from engage.base.db import transaction
from engage.base.errors import Refusal
from engage.base.i18n import gettext as _
from engage.registrations import whom
from engage.registrations.facts import AGE, AREA
from engage.statistics import Scope, population
from engage.web.party import read_number
from engage.web.security import larger_body
from engage.web.staff import blueprint, reached
from engage.web.staff.statistics import drawn
from engage.web.who import current_account

Answer = str | Response | tuple[str, int]
Errors = Sequence[tuple[str, str]]
LARGEST_FILE = 1024 * 1024
_FIRST_YEAR = 2013  # the network's first year
_LONGEST_NUMBER = 9


@blueprint.get("/befolkning")
def population_page() -> str:
    """A year, this one unless another is asked for. That somebody looked is logged."""
    this_year = _this_year()
    year = read_number(request.args.get("aar", "")) or this_year
    if not _FIRST_YEAR <= year <= this_year + 1:
        abort(404)
    with transaction():
        audit.record(current_account(), "population.seen", "population", {"year": year}, utc_now())
    return _page(year)


@blueprint.post("/befolkning")
@larger_body(LARGEST_FILE + 64 * 1024)
def read_population() -> Answer:
    """Show what a file holds before anything is kept."""
    kind, file = request.form.get("kind", ""), request.files.get("file")
    content = file.read(LARGEST_FILE + 1) if file else b""
    errors: list[tuple[str, str]] = []
    if kind not in population.KINDS:
        errors.append(("kind-age", _("Choose what the table is about.")))
    if not content:
        errors.append(("file", _("Choose the file with the population.")))
    elif len(content) > LARGEST_FILE:
        errors.append(("file", _("The file is larger than %(size)s MB.", size=1)))
    if not errors:
        try:
            found = population.read(content, kind)
            return _preview(kind, found.numbers, found.left_out)
        except CannotRead as error:
            errors.append(("file", reason(error.note)))
        except Refusal as refusal:
            errors.append(("file", str(refusal)))
    return _page(_this_year(), errors), 422


@blueprint.post("/befolkning/gem")
def keep_population() -> Answer:
    """Keep the figures as the preview showed them."""
    kind, now = request.form.get("kind", ""), utc_now()
    if kind not in population.KINDS:
        abort(404)
    numbers = {key: number for key in population.keys(kind) if (number := _number(key)) is not None}
    year, source = read_number(request.form.get("year", "")), request.form.get("source", "")
    try:
        with transaction():
            population.keep(kind, year, numbers, source, this_year=_this_year())
            facts = {"year": year, "source": source.strip()}
            audit.record(current_account(), "population.brought", "population", facts, now)
    except population.YearNotUsable as refusal:
        return _preview(kind, numbers, (), [("year", str(refusal))]), 422
    except Refusal as refusal:
        return _preview(kind, numbers, (), [("", str(refusal))]), 422
    flash(_("The population of %(year)s is kept.", year=year), "success")
    return redirect(url_for(".population_page") + f"#{kind}", 303)


@blueprint.post("/befolkning/<kind>/<int:year>/slet")
def remove_population(kind: str, year: int) -> Answer:
    """Take the figures of a year away."""
    with transaction():
        if not population.forget(kind, year):
            abort(404)
        audit.record(current_account(), "population.removed", "population", {"year": year}, utc_now())
    flash(_("The population of %(year)s is removed.", year=year), "success")
    return redirect(url_for(".population_page"), 303)


def _page(year: int, errors: Errors = ()) -> str:
    this_year = _this_year()
    scope, now = Scope(date(year, 1, 1), date(year, 12, 31)), utc_now()
    titles = {AGE: _("Age"), AREA: _("Parts of town")}
    return render_template(
        "staff/population.html",
        year=year,
        years=sorted({this_year, this_year - 1, this_year - 2, year}, reverse=True),
        reaches=[
            reached.view(
                kind,
                titles[kind],
                statistics.reached(scope, kind, now=now),
                _("Bring in the population below to see whom the activities do not reach."),
            )
            for kind in population.KINDS
        ],
        kinds=[(AGE, titles[AGE]), (AREA, titles[AREA])],
        chosen=request.form.get("kind", ""),
        bands=", ".join(whom.bands().values()),
        areas=", ".join(current_settings().city.areas.values()),
        small=drawn.number(current_settings().city.small_area),
        errors=errors,
    )


def _preview(kind: str, numbers: Mapping[str, int], left_out: Sequence[str], errors: Errors = ()) -> str:
    lines = [(key, whom.named(key), numbers.get(key)) for key in population.keys(kind)]
    values: dict[str, Any] = {name: request.form.get(name, "") for name in ("year", "source")}
    return render_template(
        "staff/population_preview.html",
        kind=kind,
        title=_("Age") if kind == AGE else _("Parts of town"),
        lines=[(key, name, number, "" if number is None else drawn.number(number)) for key, name, number in lines],
        missing=[name for _key, name, number in lines if number is None],
        total=drawn.number(sum(numbers.values())),
        left_out=left_out,
        values=values,
        errors=errors,
    )


def _number(key: str) -> int | None:
    text = request.form.get(f"number-{key}", "").strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _LONGEST_NUMBER else None


def _this_year() -> int:
    return utc_now().astimezone(current_settings().city.zone).year
