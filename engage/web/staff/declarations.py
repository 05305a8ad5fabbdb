"""Yearly declarations: who lacks this year's, keep one that came, take back one kept by mistake."""

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engage.accounts import declarations as rules
from engage.activities import typed
from engage.base.clock import utc_now
from engage.base.config import current_settings
from engage.base.db import transaction
from engage.base.errors import Refusal
from engage.base.i18n import gettext as _
from engage.web.staff import blueprint, said
from engage.web.staff.organisations import Answer, found_organisation, organisation_page
from engage.web.staff.said import Errors
from engage.web.who import current_account


@blueprint.get("/erklaeringer")
def declarations() -> str:
    """The associations that have not declared for a year, this one unless another is asked for."""
    this_year = utc_now().astimezone(current_settings().city.zone).year
    years = range(this_year + 1, this_year - 5, -1)
    asked = request.args.get("year", "")
    year = int(asked) if asked.isdecimal() and asked.isascii() and int(asked[:5]) in years else this_year
    return render_template(
        "staff/declarations.html",
        year=year,
        years=years,
        lacking=rules.lacking(year),
        declared=len(rules.declared(year)),
    )


@blueprint.post("/organisationer/<organisation>/erklaeringer")
def declare(organisation: str) -> Answer:
    """Keep that it was declared, by whom, when and for which year."""
    found = found_organisation(organisation)
    errors: Errors = []
    declared_on = said.read("declared_on", typed.read_day, errors, None)
    declared_by = typed.line(request.form.get("declared_by", ""))
    year = request.form.get("year", "")
    if not declared_by:
        errors.append(("declared_by", _("Write who declared it.")))
    if not errors and declared_on is not None:
        try:
            with transaction():
                number = int(year) if year.isdecimal() and len(year) == 4 else 0
                rules.declare(found, number, declared_by, declared_on, by=current_account(), now=utc_now())
        except Refusal as refusal:
            errors.append(("year", str(refusal)))
        else:
            flash(_("Kept. Thank you."), "success")
            return redirect(url_for(".organisation", organisation=organisation), 303)
    return organisation_page(found, errors, request.form), 422


@blueprint.post("/organisationer/<organisation>/erklaeringer/<int:year>/slet")
def take_back_declaration(organisation: str, year: int) -> Response:
    """It was kept by mistake."""
    found = found_organisation(organisation)
    with transaction():
        rules.take_back(found, year, by=current_account(), now=utc_now())
    flash(_("Taken back."), "success")
    return redirect(url_for(".organisation", organisation=organisation), 303)
