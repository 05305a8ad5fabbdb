"""An activity's own page, one for each of its dates, with the sign-up form on it."""

from collections.abc import Callable
from datetime import datetime

from flask import Response, abort, redirect, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from engage.activities import facts as activity_facts
from engage.activities import ics
from engage.activities import remembered as dates
from engage.activities.facts import OccurrenceFacts, OtherDate
from engage.base import links, wording
from engage.base.clock import utc_now
from engage.base.config import current_settings
from engage.registrations import conditions
from engage.registrations.conditions import Conditions
from engage.web import remembered
from engage.web.party import Errors
from engage.web.public import activity_view, blueprint, form_view, holding, in_telegram
from engage.web.public import form as sign_up_form
from engage.web.public.date import found
from engage.web.public.form import Asked
from engage.web.public.form_view import FormView
from engage.web.remembered import Rendered


@blueprint.get(links.ACTIVITY)
def activity(activity: str, slug: str) -> AnyResponse:
    """An address without a date leads to the next one."""
    occurrence = activity_facts.next_date(activity, utc_now())
    if occurrence is None:
        abort(404)
    return redirect(url_for(".occurrence", activity=activity, slug=slug, occurrence=occurrence))


@blueprint.get(links.OCCURRENCE)
def occurrence(activity: str, slug: str, occurrence: str) -> Response:
    """One date of an activity."""
    facts, revision = found(occurrence)
    present = conditions.of(facts, revision)
    if hold := holding.current(facts):  # for them alone
        now = utc_now()
        form = sign_up_form.asked(facts, present, now, hold)
        return Response(page(form, dates.others(facts, revision, now), now), mimetype="text/html")
    # What shows the seats of other dates too asks for them all.
    standing = None if present.lists_dates else (revision, ((facts.occurrence_id, facts.seats),))
    return remembered.page(lambda: _rendered(facts, revision, present), standing, present)


def _rendered(facts: OccurrenceFacts, revision: int, present: Conditions) -> Rendered:
    now = utc_now()
    others = dates.others(facts, revision, now)
    form = sign_up_form.asked(facts, present, now)
    ends = (facts.starts_at, facts.ends_at, *(ends_at for _name, _starts_at, ends_at, _cancelled in others))
    closes = (form.room_on(each).closes_at for each in form.dates)
    instants = (*ends, *closes, *present.changes_at())
    until = min([wording.midnight(now, facts.zone), *(instant for instant in instants if instant > now)])
    html = page(form, others, now, functions={"csrf_token": remembered.token})
    besides = [each for each in form.dates if present.lists_dates and each.occurrence_id != facts.occurrence_id]
    return Rendered(html, revision, [facts, *besides], until)


def page(
    form: Asked,
    others: list[OtherDate],
    now: datetime,
    shown: FormView | None = None,
    errors: Errors = (),
    functions: dict[str, Callable[[], str]] | None = None,
) -> str:
    """The page of a date, with the form as it is `shown`, empty without."""
    view = activity_view.view(form.facts, others, now, form)
    return render_template(
        "public/activity.html",
        **(functions or {}),
        activity=view,
        form=shown or form_view.view(form, sign_up_form.empty(form), now),
        errors=errors,
        privacy_url=links.PRIVACY,
        telegram_url=in_telegram.link(form.facts, "web") if view.takes_sign_ups else "",
        telegram_code_url=url_for(
            ".telegram_code",
            activity=form.facts.activity,
            slug=form.facts.slug,
            occurrence=form.facts.occurrence,
        ),
    )


@blueprint.get(links.OCCURRENCE + "/kalender.ics")
def calendar_file(activity: str, slug: str, occurrence: str) -> Response:
    """The date as a file for a calendar."""
    facts, _revision = found(occurrence)
    entry = ics.entry(
        facts,
        method=ics.Method.PUBLISH,
        host=current_settings().host,
        url=current_settings().links.occurrence(facts.activity, facts.slug, facts.occurrence),
        note="",
        sequence=0,
        now=ics.changed_at(facts),
    )
    headers = {"Content-Disposition": f'attachment; filename="{facts.slug}.ics"'}
    return Response(entry, content_type=ics.MIME_TYPE, headers=headers)
