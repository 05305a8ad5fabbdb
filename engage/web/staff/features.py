"""A Key Feature and by what the city measures it: indicators, their baseline and target, and the values that follow."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engage.accounts import audit
from engage.activities import typed
from engage.base import i18n
from engage.base.clock import utc_now
from engage.base.config import current_settings
from engage.base.db import transaction
from engage.base.errors import Refusal
from engage.base.i18n import gettext as _
from engage.goals import official
from engage.goals.cycle import amounts, choosing, indicators
from engage.goals.cycle.indicators import IndicatorChanged, IndicatorInput
from engage.goals.cycle.models import Better, Indicator
from engage.goals.models import KeyFeature
from engage.goals.reference import reference
from engage.web.staff import blueprint, measured, signalled
from engage.web.who import current_account

Answer = str | Response | tuple[str, int]
Errors = list[tuple[str, str]]
Value = TypeVar("Value")
# Which field of the form a refusal is about.
_FIELDS = {
    "indicator_name_missing": "name",
    "indicator_unit_missing": "unit",
    "baseline_incomplete": "baseline_value",
    "target_incomplete": "target_value",
    "value_missing": "value",
    "measured_day_missing": "measured_on",
    "measured_already": "measured_on",
    "source_missing": "source",
    "strike_reason_missing": "reason",
}


@dataclass(frozen=True, slots=True)
class ProposalView:
    """A measurement that the list proposes, in the reader's language."""

    name: str
    unit: str
    definition: str
    source: str


@blueprint.get("/key-features/<feature>")
def feature(feature: str) -> str:
    """One Key Feature: what it asks for, how the city measures it, and in which years it was chosen."""
    found = _feature(feature)
    facts, lines = reference(), indicators.lines([found.id], retired=True)[found.id]
    now = utc_now()
    year = now.astimezone(current_settings().city.zone).year
    return render_template(
        "staff/feature.html",
        feature=facts.features[found.id],
        original=found.titles.get("en", ""),
        point=facts.focal_points[found.focal_point_id].title,
        lines=[measured.indicator_line(each) for each in lines if each.indicator.retired_at is None],
        retired=[measured.indicator_line(each) for each in lines if each.indicator.retired_at is not None],
        proposals=[
            ProposalView(
                *(i18n.in_language(texts) for texts in (each.names, each.units, each.definitions, each.sources))
            )
            for each in official.proposals(found)
        ],
        hint=(found.details.get("data_source_hint") or {}).get("da", ""),
        years=[year for year in choosing.years() if found.id in {each.feature for each in choosing.chosen(year)}],
        year=year,
        signals=signalled.of_year([found.id], year, now=now)[found.id],
        log_url=url_for(".log", about=f"feature:{found.id}"),
    )


@blueprint.get("/key-features/<feature>/ny-indikator")
def new_indicator(feature: str) -> str:
    """An empty form, or one begun from a proposal of the list."""
    found, values = _feature(feature), dict[str, str]()
    proposals, number = official.proposals(found), request.args.get("proposal", "")
    if number.isascii() and number.isdecimal() and int(number) < len(proposals):
        proposal = proposals[int(number)]
        values["definition"] = i18n.in_language(proposal.definitions)
        for code in current_settings().city.languages:
            values[f"name_{code}"] = proposal.names.get(code, "")
            values[f"unit_{code}"] = proposal.units.get(code, "")
    return _form(found, None, values)


@blueprint.post("/key-features/<feature>/ny-indikator")
def make_indicator(feature: str) -> Answer:
    """Measure by one thing more."""
    found, now = _feature(feature), utc_now()
    wanted, errors = _wanted()
    try:
        if errors:
            return _form(found, None, request.form, errors), 422
        with transaction():
            made = indicators.add(found.id, wanted, now=now)
            name, facts = made.public_id, {"feature": found.id, "name": i18n.in_language(made.names)}
            audit.record(current_account(), "indicator.made", f"indicator:{name}", facts, now)
    except Refusal as refusal:
        return _form(found, None, request.form, [_said(refusal)]), 422
    flash(_("The indicator is there. Add the values you have."), "success")
    return redirect(url_for(".indicator", indicator=name), 303)


@blueprint.get("/key-features/indikator/<indicator>")
def indicator(indicator: str) -> str:
    """An indicator with its values over time."""
    return _page(_indicator(indicator))


@blueprint.get("/key-features/indikator/<indicator>/ret")
def edit_indicator(indicator: str) -> str:
    """The form with what is there."""
    found = _indicator(indicator)
    return _form(_feature(found.key_feature_id), found, _values(found))


@blueprint.post("/key-features/indikator/<indicator>/ret")
def change_indicator(indicator: str) -> Answer:
    """Write what was changed; a baseline that moves is kept in the log with what it was."""
    found, now = _indicator(indicator), utc_now()
    its_feature = _feature(found.key_feature_id)
    wanted, errors = _wanted()
    if errors:
        return _form(its_feature, found, request.form, errors), 422
    version = request.form.get("version", "")
    try:
        with transaction():
            number = int(version) if version.isascii() and version.isdecimal() else -1
            changed = indicators.change(found, wanted, version=number)
            if changed:
                name = f"indicator:{found.public_id}"
                facts = {"fields": sorted(changed), "was": {key: each[0] for key, each in changed.items()}}
                audit.record(current_account(), "indicator.changed", name, facts, now)
    except IndicatorChanged as refusal:
        return _form(its_feature, found, _values(found), [_said(refusal)]), 409
    except Refusal as refusal:
        return _form(its_feature, found, request.form, [_said(refusal)]), 422
    flash(_("Saved."), "success")
    return redirect(url_for(".indicator", indicator=indicator), 303)


@blueprint.post("/key-features/indikator/<indicator>/maaling")
def measure(indicator: str) -> Answer:
    """Add a value."""
    found, now, errors = _indicator(indicator), utc_now(), Errors()
    today = now.astimezone(current_settings().city.zone).date()
    value = _read("value", amounts.read, errors, None)
    day = _read("measured_on", _day, errors, None)
    source, note = (typed.line(request.form.get("source", "")), typed.paragraphs(request.form.get("note", ""))[:2000])
    if errors:
        return _page(found, errors), 422
    try:
        with transaction():
            made = indicators.follow_up(found, value, day, source, note, today=today, now=now)
            facts = {"value": str(made.value), "day": made.measured_on.isoformat(), "source": made.source}
            audit.record(current_account(), "indicator.measured", f"indicator:{found.public_id}", facts, now)
    except Refusal as refusal:
        return _page(found, [_said(refusal)]), 422
    flash(_("The value is added."), "success")
    return redirect(url_for(".indicator", indicator=indicator), 303)


@blueprint.post("/key-features/indikator/<indicator>/maaling/<value>/stryg")
def strike_value(indicator: str, value: str) -> Answer:
    """Strike a value out, with a reason. It counts no more, and stays to be seen."""
    found, now, reason = _indicator(indicator), utc_now(), typed.line(request.form.get("reason", ""))
    try:
        with transaction():
            struck = indicators.strike(found, value, reason, now=now)
            if struck is None:
                abort(404)
            facts = {"day": struck.measured_on.isoformat(), "value": str(struck.value), "reason": reason}
            audit.record(current_account(), "indicator.struck", f"indicator:{found.public_id}", facts, now)
    except Refusal as refusal:
        return _page(found, [(f"reason-{value}", str(refusal))]), 422
    flash(_("The value is struck out."), "success")
    return redirect(url_for(".indicator", indicator=indicator), 303)


@blueprint.post("/key-features/indikator/<indicator>/hvil")
def retire_indicator(indicator: str) -> Response:
    """Stop measuring by it, or begin again."""
    found, now = _indicator(indicator), utc_now()
    with transaction():
        again = request.form.get("do") == "again"
        if again:
            indicators.take_back(found)
        else:
            indicators.retire(found, now=now)
        action = "indicator.taken_back" if again else "indicator.retired"
        audit.record(current_account(), action, f"indicator:{found.public_id}", {}, now)
    return redirect(url_for(".indicator", indicator=indicator), 303)


def _feature(name: str) -> KeyFeature:
    found = official.find(name)
    if found is None or found.id not in reference().features:
        abort(404)
    return found


def _indicator(name: str) -> Indicator:
    found = indicators.by_public_id(name)
    if found is None:
        abort(404)
    return found


def _page(found: Indicator, errors: Sequence[tuple[str, str]] = ()) -> str:
    values = indicators.measurements(found, struck=True)
    live = [each for each in reversed(values) if each.struck_at is None]
    return render_template(
        "staff/indicator.html",
        indicator=found,
        line=measured.indicator_line(indicators.line(found, live)),
        values=[measured.value_view(each, found) for each in values],
        feature=reference().features[found.key_feature_id],
        feature_url=url_for(".feature", feature=found.key_feature_id),
        typed=request.form,
        errors=errors,
        example=amounts.said(amounts.read("12.5", "en") or 0),  # type: ignore[arg-type]
        log_url=url_for(".log", about=f"indicator:{found.public_id}"),
    )


def _form(
    its_feature: KeyFeature, found: Indicator | None, values: Mapping[str, str], errors: Sequence[tuple[str, str]] = ()
) -> str:
    return render_template(
        "staff/indicator_form.html",
        feature=reference().features[its_feature.id],
        feature_url=url_for(".feature", feature=its_feature.id),
        indicator=found,
        values=values,
        errors=errors,
        text_languages=[(code, i18n.NAMES.get(code, code)) for code in current_settings().city.languages],
    )


def _values(found: Indicator) -> dict[str, str]:
    def number(value: Any) -> str:
        return amounts.said(value) if value is not None else ""

    values = {
        "definition": found.definition, "better": str(found.better), "baseline_value": number(found.baseline_value),
        "baseline_on": found.baseline_on.isoformat() if found.baseline_on else "",
        "baseline_source": found.baseline_source, "target_value": number(found.target_value),
        "target_on": found.target_on.isoformat() if found.target_on else "", "version": str(found.version),
    }  # fmt: skip
    for code in current_settings().city.languages:
        values[f"name_{code}"] = found.names.get(code, "")
        values[f"unit_{code}"] = found.units.get(code, "")
    return values


def _wanted() -> tuple[IndicatorInput, Errors]:
    errors, languages = Errors(), current_settings().city.languages
    better = request.form.get("better", "")
    wanted = IndicatorInput(
        names={code: typed.line(request.form.get(f"name_{code}", "")) for code in languages},
        units={code: typed.line(request.form.get(f"unit_{code}", "")) for code in languages},
        definition=typed.paragraphs(request.form.get("definition", "")),
        better=Better(better) if better in set(Better) else Better.UP,
        baseline_value=_read("baseline_value", amounts.read, errors, None),
        baseline_on=_read("baseline_on", _day, errors, None),
        baseline_source=typed.line(request.form.get("baseline_source", "")),
        target_value=_read("target_value", amounts.read, errors, None),
        target_on=_read("target_on", _day, errors, None),
    )
    return wanted, errors


def _read(field: str, reader: Callable[[str], Value], errors: Errors, otherwise: Value) -> Value:
    try:
        return reader(typed.line(request.form.get(field, "")))
    except Refusal as refusal:
        errors.append((field, str(refusal)))
        return otherwise


def _day(words: str) -> date | None:
    return typed.read_day(words) if words else None


def _said(refusal: Refusal) -> tuple[str, str]:
    field = _FIELDS.get(refusal.code, "")
    if field in {"name", "unit"}:
        field = f"{field}_{current_settings().city.languages[0]}"
    return field, str(refusal)
