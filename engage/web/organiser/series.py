"""A series in the organiser's room: its rule, the dates it gives before they are saved, and another rule later."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from sqlalchemy import select

from engage.activities import recurrence, series
from engage.activities.models import Activity
from engage.activities.plans import Series
from engage.activities.recurrence import Frequency, Recurrence
from engage.activities.series import Plan, Preview, PreviewDay
from engage.base import wording
from engage.base.clock import utc_now
from engage.base.config import current_settings
from engage.base.db import db, transaction
from engage.base.errors import Refusal
from engage.base.i18n import gettext as _
from engage.base.i18n import ngettext
from engage.registrations import adding, changes
from engage.web.organiser import blueprint, date_form, rhythm, rule_form
from engage.web.organiser.date import Answer, fields_of, told, words_to_guests
from engage.web.organiser.date_form import Fields, Told
from engage.web.organiser.dates import PATH, Values, changeable, record, title


@blueprint.get(PATH + "/serie")
def new_series(activity: str) -> Answer:
    """Where a series is written, with the dates it gives once something is filled in. Nothing is saved by looking."""
    own = changeable(activity)
    if "frequency" not in request.args:
        return _page(own, rule_form.of_first_date(own, utc_now()), ())
    fields = Fields(request.args)
    rule, details = rule_form.read(fields), date_form.read(fields, own)
    shown = None
    if not fields.errors:
        try:
            shown = series.preview(own.id, rule, details.details, now=utc_now())
        except Refusal as refusal:
            fields.fail("frequency", refusal)
    answer = _page(own, Values(request.args), tuple(fields.errors), shown)
    return (answer, 422) if fields.errors else answer


@blueprint.post(PATH + "/serie")
def add_series(activity: str) -> Answer:
    """Save the series with the days that are still ticked."""
    own, now, fields = changeable(activity), utc_now(), Fields(request.form)
    rule, details = rule_form.read(fields), date_form.read(fields, own)
    if not fields.errors:
        try:
            _add(own, rule, details, now)
            return redirect(url_for(".dates", activity=activity), 303)
        except Refusal as refusal:
            fields.fail("frequency", refusal)
    return _page(own, Values(request.form), tuple(fields.errors)), 422


def _add(own: Activity, rule: Recurrence, details: Told, now: datetime) -> None:
    kept = set(request.form.getlist("keep"))
    shown = series.preview(own.id, rule, details.details, now=now)
    left_out = tuple(each.day for each in shown.days if each.fits and each.day.isoformat() not in kept)
    with transaction():
        made = adding.add_series(own.id, replace(rule, excluded=left_out), details.kept(), now=now)
        record("series_added", own, now, series=made.public_id, rule=made.rule)
        count = len(series.coming(made.id, now))
    flash(ngettext("%(number)s date is added.", "%(number)s dates are added.", count), "success")


@blueprint.get(PATH + "/serie/<series>")
def series_page(activity: str, series: str) -> Answer:
    """The rule of a series, and what another one would add and take away, with whom that concerns."""
    own = changeable(activity)
    found = _found(own, series)
    if "frequency" not in request.args:
        return _rule_page(own, found, rule_form.of_series(found), ())
    fields = Fields(request.args)
    rule, planned = rule_form.read(fields), None
    if not fields.errors:
        try:
            planned = _plan(found, rule)
        except Refusal as refusal:
            fields.fail("frequency", refusal)
    answer = _rule_page(own, found, Values(request.args), tuple(fields.errors), planned)
    return (answer, 422) if fields.errors else answer


@blueprint.post(PATH + "/serie/<series>")
def change_rule(activity: str, series: str) -> Answer:
    """Let the series follow the other rule."""
    own, now, fields = changeable(activity), utc_now(), Fields(request.form)
    found, rule = _found(own, series), rule_form.read(fields)
    if fields.errors:
        return _rule_page(own, found, Values(request.form), tuple(fields.errors)), 422
    with transaction():
        done = changes.change_rule(found.id, rule, now=now, words=words_to_guests())
        record("series_changed", own, now, series=series, rule=recurrence.text(rule), called_off=done.called_off)
    flash(_("The series is changed.") + told(done.letters), "success")
    return redirect(url_for(".dates", activity=activity), 303)


def _plan(found: Series, rule: Recurrence) -> Plan:
    return series.plan(found, rule, now=utc_now())


def _found(own: Activity, public_id: str) -> Series:
    query = select(Series).where(Series.public_id == public_id, Series.activity_id == own.id)
    found = db.session.scalar(query)
    if found is None:
        abort(404)
    return found


def _page(own: Activity, values: Values, errors: tuple[tuple[str, str], ...], shown: Preview | None = None) -> str:
    return render_template(
        "organiser/dates_series.html",
        title=title(own),
        rule_only=False,
        days=[_day(each) for each in shown.days] if shown else None,
        removed=(),
        remarks=_remarks(shown),
        action=url_for(".new_series", activity=own.public_id),
        **_choices(),
        **fields_of(own, values, errors),
    )


def _rule_page(
    own: Activity, found: Series, values: Values, errors: tuple[tuple[str, str], ...], planned: Plan | None = None
) -> str:
    removed = planned.removed if planned else ()
    guests = changes.sign_ups([each.id for each in removed])
    return render_template(
        "organiser/dates_series.html",
        title=title(own),
        rule_only=True,
        days=[_day(each) for each in planned.added] if planned else None,
        removed=[(_when(each.starts_at, each.ends_at), _guests(guests.get(each.id, 0))) for each in removed],
        remarks=_remarks(planned),
        action=url_for(".series_page", activity=own.public_id, series=found.public_id),
        **_choices(),
        **fields_of(own, values, errors),
    )


def _guests(number: int) -> str:
    return ngettext("%(number)s sign-up", "%(number)s sign-ups", number) if number else _("nobody signed up")


def _choices() -> dict[str, Any]:
    return {
        "frequencies": [
            (Frequency.WEEKLY, _("Every week, or every few weeks")),
            (Frequency.DAILY, _("Every day, or every few days")),
            (Frequency.MONTHLY_DAY, _("Every month, on the same day of the month")),
            (Frequency.MONTHLY_WEEKDAY, _("Every month, on the same weekday")),
            (Frequency.DATES, _("On days I choose one by one")),
        ],
        "weekdays": [(str(number), rhythm.weekday(number)) for number in range(7)],
        "month_days": [(str(number), rhythm.month_day(number)) for number in (*range(1, 32), -1)],
        "nths": [(str(number), rhythm.nth(number)) for number in (1, 2, 3, 4, -1)],
    }


def _day(each: PreviewDay) -> dict[str, Any]:
    return {
        "iso": each.day.isoformat(),
        "when": _when(each.starts_at, each.ends_at),
        "holiday": each.holiday,
        "fits": each.fits,
        "joins": each.joins,
    }


def _when(starts_at: datetime, ends_at: datetime) -> str:
    return wording.when(starts_at, ends_at, current_settings().city.zone, utc_now())


def _remarks(shown: Preview | Plan | None) -> list[str]:
    """What an organiser should know of the days, beside the days themselves."""
    if shown is None:
        return []
    remarks = []
    if months := [f"{wording.month(month)} {month.year}" for month in shown.skipped_months]:
        named = wording.listing(months)
        remarks.append(_("These months have no such day and are passed over: %(months)s.", months=named))
    if shown.cut:
        remarks.append(
            _(
                "Dates are made for a year ahead, at most %(most)s. The later ones come by themselves as time goes by.",
                most=recurrence.MOST_DAYS,
            )
        )
    return remarks
