"""Who is not reached: what people said of themselves beside the city's population, and that population brought in from a file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engage import statistics
from engage.accounts import audit
from engage.activities.importing.events import CannotRead
from engage.activities.importing.wording import reason
from engage.base import wording
from engage.base.clock import utc_now
from engage.base.config import current_settings
from engage.base.db import transaction
from engage.base.errors import Refusal
from engage.base.i18n import gettext as _
from engage.base.i18n import ngettext
from engage.registrations import whom
from engage.registrations.facts import AGE, AREA
from engage.statistics import Reach, Reached, Scope, Verdict, population
from engage.statistics.whom import LEAST_ANSWERS, OTHER
from engage.web.party import read_number
from engage.web.security import larger_body
from engage.web.staff import blueprint
from engage.web.staff.statistics import drawn
from engage.web.who import current_account

Answer = str | Response | tuple[str, int]
Errors = Sequence[tuple[str, str]]
LARGEST_FILE = 1024 * 1024
_FIRST_YEAR = 2013  # the network's first year
_LONGEST_NUMBER = 9


@dataclass(frozen=True, slots=True)
class PartLine:
    """An age band or a part of town in the table, in words."""

    name: str
    made_of: str  # the small parts of town it is made of
    sign_ups: str
    share: str
    inhabitants: str
    population_share: str
    verdict: str
    few: bool


@dataclass(frozen=True, slots=True)
class ReachView:
    """One of the two tables, with what it says in a sentence."""

    kind: str
    title: str
    lead: str
    about: str  # how many answered, and of when the population is
    lines: Sequence[PartLine]
    years: Sequence[tuple[int, str]]  # of the population, to remove


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
        reaches=[_reach(kind, titles[kind], statistics.reached(scope, kind, now=now)) for kind in population.KINDS],
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


def _reach(kind: str, title: str, reach: Reach) -> ReachView:
    parts = [part for part in reach.parts if part.sign_ups or part.inhabitants is not None]
    return ReachView(
        kind=kind,
        title=title,
        lead=_lead(reach),
        about=_about(reach),
        lines=[_line(part) for part in parts],
        years=[(year, drawn.number(number)) for year, number in population.years(kind).items()],
    )


def _lead(reach: Reach) -> str:
    """What the table says."""
    if reach.year is None:
        return _("Bring in the population below to see whom the activities do not reach.")
    if reach.answered < LEAST_ANSWERS:
        return _(
            "Too few have answered to say whom the activities do not reach. It takes %(least)s.", least=LEAST_ANSWERS
        )
    if not reach.few:
        return _("Nobody is clearly missing: those who sign up are spread as the population is.")
    names = wording.listing([_name(part.key) for part in reach.few])
    return _("Fewer sign up than one would expect from the population: %(names)s.", names=names)


def _about(reach: Reach) -> str:
    told = [
        ngettext("%(number)s sign-up tells it.", "%(number)s sign-ups tell it.", reach.answered),
        ngettext("%(number)s would rather not say.", "%(number)s would rather not say.", reach.unsaid),
    ]
    if reach.outside:
        told.append(
            ngettext(
                "%(number)s comes from outside the municipality.",
                "%(number)s come from outside the municipality.",
                reach.outside,
            )
        )
    if reach.year is not None:
        told.append(_("Population: %(year)s.", year=reach.year) + (f" {reach.source}" if reach.source else ""))
    return " ".join(told)


def _line(part: Reached) -> PartLine:
    return PartLine(
        name=_name(part.key),
        made_of=", ".join(whom.named(key) for key in part.keys) if part.key == OTHER else "",
        sign_ups=drawn.number(part.sign_ups),
        share=_percent(part.share),
        inhabitants="\u2013" if part.inhabitants is None else drawn.number(part.inhabitants),
        population_share=_percent(part.population_share),
        verdict=_verdict(part.verdict),
        few=part.verdict == Verdict.FEW,
    )


def _verdict(verdict: Verdict) -> str:
    words = {
        Verdict.FEW: _("Fewer than expected"),
        Verdict.MANY: _("More than expected"),
        Verdict.AS_EXPECTED: _("As expected"),
        Verdict.UNKNOWN: _("Not known"),
    }
    return words[verdict]


def _name(key: str) -> str:
    return _("Smaller parts of town together") if key == OTHER else whom.named(key)


def _percent(share: float | None) -> str:
    return "\u2013" if share is None else _("%(percent)s%%", percent=round(100 * share))


def _number(key: str) -> int | None:
    text = request.form.get(f"number-{key}", "").strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _LONGEST_NUMBER else None


def _this_year() -> int:
    return utc_now().astimezone(current_settings().city.zone).year
