"""Calling a whole activity off, and taking a calling-off back while there is still time. One date's own page is `date`."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engage.accounts import audit
from engage.activities import dates as activity_dates
from engage.activities.models import Activity, ActivityState, Occurrence, OccurrenceState
from engage.base import wording
from engage.base.clock import utc_now
from engage.base.db import transaction
from engage.base.i18n import gettext as _
from engage.base.i18n import ngettext
from engage.registrations import changes, reinstating
from engage.web.organiser import blueprint, doors
from engage.web.organiser.date import Answer, found_date, told, words_to_guests
from engage.web.organiser.dates import PATH, changeable, record, title
from engage.web.who import current_account

_ACTIVITY = "/aktiviteter/<activity>"


@blueprint.get(_ACTIVITY + "/aflys")
def call_off_page(activity: str) -> Answer:
    """Say whom it concerns before everything is called off."""
    own, now = doors.own_activity(activity), utc_now()
    if own.state != ActivityState.PUBLISHED:
        return redirect(url_for(".activity", activity=activity))
    coming = [each for each in activity_dates.of(own.id) if _stands(each) and each.starts_at > now]
    number = sum(changes.sign_ups([each.id for each in coming]).values())
    return render_template(
        "organiser/off.html",
        title=title(own),
        dates=[_when(each) for each in coming],
        guests=ngettext("%(number)s sign-up", "%(number)s sign-ups", number) if number else _("nobody signed up"),
        back_url=url_for(".activity", activity=activity),
    )


@blueprint.post(_ACTIVITY + "/aflys")
def call_off(activity: str) -> Response:
    """Call the activity off with every date that is to come, and tell who has signed up."""
    own, now = doors.own_activity(activity), utc_now()
    with transaction():
        letters = changes.call_off_activity(own.id, now=now, words=words_to_guests())
        _record("called_off", own)
    flash(_("The activity is called off.") + told(letters), "success")
    return redirect(url_for(".activity", activity=activity), 303)


@blueprint.get(_ACTIVITY + "/genoptag")
def reinstate_activity_page(activity: str) -> Answer:
    """Say which dates come back and whom we write to."""
    own, now = doors.own_activity(activity), utc_now()
    fell = reinstating.fallen(own, now) if own.state == ActivityState.CALLED_OFF else []
    if not fell:
        return redirect(url_for(".activity", activity=activity))
    return _page(own, fell, url_for(".activity", activity=activity))


@blueprint.post(_ACTIVITY + "/genoptag")
def reinstate_activity(activity: str) -> Response:
    """Let the activity go ahead after all."""
    own, now = doors.own_activity(activity), utc_now()
    with transaction():
        letters = reinstating.reinstate_activity(own.id, now=now, words=words_to_guests())
        _record("reinstated", own)
    flash(_("It goes ahead after all.") + told(letters), "success")
    return redirect(url_for(".activity", activity=activity), 303)


@blueprint.get(PATH + "/<occurrence>/genoptag")
def reinstate_page(activity: str, occurrence: str) -> Answer:
    """Ask whether this date alone comes back or all that fell with it, and say whom we write to."""
    own, now = changeable(activity), utc_now()
    found, back_url = found_date(own, occurrence), url_for(".dates", activity=activity)
    if _stands(found) or found.starts_at <= now:
        return redirect(back_url)
    others = reinstating.together(found, now)
    choices = [("this", _("This date alone") + f": {_guests([found])}")]
    if len(others) > 1:
        number = ngettext("%(number)s date", "%(number)s dates", len(others))
        choices.append(("together", _("All that were called off with it") + f" ({number}): {_guests(others)}"))
    return _page(own, [found], back_url, choices=choices)


@blueprint.post(PATH + "/<occurrence>/genoptag")
def reinstate(activity: str, occurrence: str) -> Response:
    """Let a date go ahead after all."""
    own, now = changeable(activity), utc_now()
    found, with_others = found_date(own, occurrence), request.form.get("scope") == "together"
    number = found.id
    with transaction():
        letters = reinstating.reinstate(number, with_others=with_others, now=now, words=words_to_guests())
        record("reinstated", own, now, occurrence=occurrence, together=with_others)
    flash(_("It goes ahead after all.") + told(letters), "success")
    return redirect(url_for(".dates", activity=activity), 303)


def _page(own: Activity, found: list[Occurrence], back_url: str, **more: Any) -> str:
    return render_template(
        "organiser/off_taken_back.html",
        title=title(own),
        dates=[_when(each) for each in found],
        guests=_guests(found),
        back_url=back_url,
        values={"scope": "this"},
        errors=(),
        missing={},
        **more,
    )


def _guests(found: list[Occurrence]) -> str:
    ids = [each.id for each in found]
    # Who is signed up for a course as a whole stays so while a date of it falls.
    number = len(reinstating.former_guests(ids)) + changes.number_of_sign_ups(ids)
    if not number:
        return _("nobody had signed up")
    return ngettext("%(number)s person had signed up", "%(number)s people had signed up", number)


def _stands(occurrence: Occurrence) -> bool:
    return occurrence.state == OccurrenceState.SCHEDULED


def _when(occurrence: Occurrence) -> str:
    return wording.when(occurrence.starts_at, occurrence.ends_at, occurrence.timezone, utc_now())


def _record(what: str, own: Activity) -> None:
    audit.record(current_account(), f"activity.{what}", f"activity:{own.public_id}", {}, utc_now())
