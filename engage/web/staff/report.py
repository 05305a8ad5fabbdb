"""The report for the network: a page to print, and the same as files. It is made of released figures alone."""

from collections.abc import Sequence
from datetime import date

from flask import Response, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from engage.accounts import audit
from engage.activities import typed
from engage.base.clock import utc_now
from engage.base.config import current_settings
from engage.base.db import transaction
from engage.base.errors import Refusal
from engage.base.i18n import gettext as _
from engage.statistics import releases
from engage.statistics import report as reports
from engage.statistics.releases import Months
from engage.web.staff import blueprint
from engage.web.who import current_account

_FIRST_YEAR = 2013  # the network's first year
_FIELDS = {"example_unknown": "address", "example_words_missing": "danish", "example_too_long": "danish"}


@blueprint.get("/rapport")
def report() -> tuple[str, int]:
    """The report of a period, to read and to print."""
    return _page()


@blueprint.get("/rapport.<kind>")
def report_file(kind: str) -> AnyResponse:
    """The same as a file."""
    if kind not in reports.TYPES:
        abort(404)
    try:
        period = _period()
    except Refusal:
        return redirect(f"{url_for('.report')}?{request.query_string.decode()}")
    name = f"report-{period.first:%Y-%m}-{period.last:%Y-%m}.{kind}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(reports.written(_report(period), kind), content_type=reports.TYPES[kind], headers=headers)


@blueprint.post("/rapport/eksempler")
def put_example() -> AnyResponse | tuple[str, int]:
    """Make an activity a good example, or write its text anew."""
    now = utc_now()
    address, danish, english = (request.form.get(field, "") for field in ("address", "danish", "english"))
    try:
        with transaction():
            words = typed.paragraphs(danish), typed.paragraphs(english)
            row = reports.put(typed.line(address), *words, now=now)
            audit.record(current_account(), "example.written", f"activity:{row.activity_id}", {}, now)
    except Refusal as refusal:
        return _page([(_FIELDS.get(refusal.code, "address"), str(refusal))], 409)
    flash(_("Saved."), "success")
    return redirect(url_for(".report") + "#examples", 303)


@blueprint.post("/rapport/eksempler/<activity>/fjern")
def take_out_example(activity: str) -> AnyResponse:
    """An activity is a good example no more."""
    now = utc_now()
    with transaction():
        if reports.take_out(activity):
            audit.record(current_account(), "example.taken_out", f"activity:{activity}", {}, now)
    flash(_("It is taken out of the report."), "success")
    return redirect(url_for(".report") + "#examples", 303)


def _page(errors: Sequence[tuple[str, str]] = (), status: int = 200) -> tuple[str, int]:
    try:
        period = _period()
    except Refusal as refusal:
        errors, period, status = [*errors, ("fra", str(refusal))], _usual(), 400
    told = _report(period)
    page = render_template(
        "staff/report.html",
        report=told,
        shown=reports.shown,
        told=any(table.name == "totals" and table.rows[0].values[0] is not None for table in told.tables),
        days=current_settings().city.release_after_days,
        values=request.form or _to_correct(told.examples),
        errors=errors,
        months=_choices(),
        kinds=list(reports.TYPES),
        most=reports.MOST,
        most_words=reports.MOST_WORDS,
    )
    return page, status


def _to_correct(examples: Sequence[reports.Example]) -> dict[str, str]:
    """The form filled in with the example that is to be corrected, if one is."""
    chosen = request.args.get("eksempel", "")
    found = [
        {"address": each.url, "danish": each.words.danish, "english": each.words.english}
        for each in examples
        if each.key == chosen
    ]
    return found[0] if found else {}


def _report(period: Months) -> reports.Report:
    settings = current_settings()
    city = settings.city
    return reports.report(period, city.name, city.suppress_below, reports.examples(settings.links))


def _period() -> Months:
    """What is asked for, else the usual. Raises `MonthsBackwards` and `PeriodTooLong`."""
    usual = _usual()
    return Months(_month("fra", usual.first), _month("til", usual.last))


def _month(name: str, usual: date) -> date:
    try:
        found = date.fromisoformat(f"{request.args.get(name, '')}-01")
    except ValueError:
        return usual
    return found if _FIRST_YEAR <= found.year <= utc_now().year + 1 else usual


def _usual() -> Months:
    """The two calendar years the network asks for: last year and the one before. While nothing of them is released, what is."""
    this_year = utc_now().astimezone(current_settings().city.zone).year
    usual, whole = Months(date(this_year - 2, 1, 1), date(this_year - 1, 12, 1)), releases.all_months()
    return whole if whole and whole.first > usual.last else usual


def _choices() -> list[str]:
    """The months to choose among."""
    whole, usual = releases.all_months(), _usual()
    first = min(whole.first, usual.first) if whole else usual.first
    until = utc_now().astimezone(current_settings().city.zone).date().replace(day=1)
    return [f"{year}-{month:02}" for year in range(first.year, until.year + 1) for month in range(1, 13)]
