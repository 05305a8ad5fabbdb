"""Open data: released figures of a calendar year for anybody, with what each column means."""

import hashlib

from flask import Response, abort, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from engage.base.config import current_settings
from engage.base.i18n import gettext as _
from engage.statistics import releases
from engage.statistics.report import open_data
from engage.web.public import blueprint

_KEEP = "public, max-age=3600"
_TYPES = {"csv": "text/csv", "json": "application/json"}


@blueprint.get("/data")
def data() -> str:
    """What there is, what it means, and how it may be used."""
    city = current_settings().city
    return render_template(
        "public/data.html",
        years=open_data.years(),
        least=open_data.least(city.suppress_below),
        days=city.release_after_days,
        columns=_columns(),
        breakdowns=_breakdowns(),
        licence=open_data.LICENCE,
        licence_url=open_data.LICENCE_URL,
    )


@blueprint.get("/data/<int(fixed_digits=4):year>.<any(csv, json):kind>")
def year_of_data(year: int, kind: str) -> AnyResponse:
    """A year's figures."""
    publisher, latest = current_settings().city.authority, releases.latest()
    if latest is None or year not in open_data.years():
        abort(404)
    response = Response(content_type=f"{_TYPES[kind]}; charset=utf-8")
    response.headers["Cache-Control"] = _KEEP
    response.headers["Access-Control-Allow-Origin"] = "*"  # anybody's page may read what anybody may read
    response.headers["Link"] = f'<{open_data.LICENCE_URL}>; rel="license"'
    response.set_etag(hashlib.sha256(repr((year, kind, publisher, latest)).encode()).hexdigest()[:32], weak=True)
    if response.make_conditional(request).status_code != 304:
        response.set_data(open_data.text(year, kind, publisher, latest))
    return response


def _columns() -> list[tuple[str, str]]:
    return [
        ("first_month", _("The first month the line is about, such as 2026-03.")),
        (
            "last_month",
            _(
                "The last one. Mostly the same: a month with too few people is told with the next, in the year of the last."
            ),
        ),
        ("breakdown", _("What the figures are divided by; total is all of them.")),
        ("key", _("The part the line is about. It stays the same over the years.")),
        ("name_en", _("What the part is called in English.")),
        ("dates", _("Dates held. Empty where it does not apply.")),
        (
            "sign_ups",
            _(
                "Sign-ups with a place. A family or a school class can be one. Empty where it is told in the totals alone."
            ),
        ),
        (
            "participants",
            _("The people in those sign-ups. Empty where sign-ups are, and in what people differ in."),
        ),
        (
            "volunteer_minutes",
            _("Volunteers' minutes: the length of the date for each who came. Empty where they would tell of few."),
        ),
        (
            "dates_before",
            _("The same months one year before. Empty where they are not released, or only together with others."),
        ),
        ("sign_ups_before", _("Likewise, and empty where it was told in the totals alone.")),
        ("participants_before", _("Likewise, and empty where it was told in the totals alone.")),
    ]


def _breakdowns() -> list[tuple[str, str]]:
    return [
        ("sector", _("What sort of organiser it is.")),
        ("kind", _("Learning, or volunteering.")),
        ("dimension", _("The 4 dimensions of sustainability.")),
        ("sdg", _("The 17 Sustainable Development Goals, by number.")),
        ("key_feature", _("The 42 Key Features of learning cities.")),
        ("audience", _("Whom the activity suits.")),
        ("initiative", _("The common effort it is part of.")),
        ("place", _("The town or village.")),
        ("channel", _("How people signed up.")),
        ("newness", _("Whether it was somebody's first time (new), their first that year (back), or not (again).")),
        ("attendance", _("Whether somebody came, as far as it was noted.")),
        ("age", _("The age band, where people were asked.")),
        ("area", _("The part of town, where people were asked.")),
    ]
