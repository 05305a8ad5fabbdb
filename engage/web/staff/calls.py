"""Whom staff phone, because nothing else told them what they must know or somebody marked them; every look is logged."""

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engage.accounts import audit
from engage.base.clock import utc_now
from engage.base.db import transaction
from engage.base.errors import Refusal
from engage.base.i18n import ngettext
from engage.registrations import Registration, calling, looked
from engage.web import calling as words
from engage.web.staff import blueprint
from engage.web.who import current_account


@blueprint.get("/ringes-op")
def calls() -> str:
    """Whose date comes first stands first."""
    now = utc_now()
    waiting = calling.waiting(now)
    found = [words.view(each, _guest_url, _done_url) for each in waiting]
    shown = {"sign_ups": [each.registration.public_id for each in waiting]} if waiting else {}
    with transaction():
        audit.record(current_account(), "phone.list_seen", looked.PHONE_LIST, shown, now)
    total = ngettext("%(number)s person", "%(number)s people", len(found))
    return render_template("staff/calls.html", calls=found, total=total)


@blueprint.post("/ringes-op/<sign_up>")
def called(sign_up: str) -> Response:
    """Somebody was told, which is recorded; the note stands in the history of the sign-up."""
    now, letters = utc_now(), words.chosen_letters()
    by, note = current_account().id, request.form.get("note", "")
    try:
        with transaction():
            done = calling.phoned(sign_up, letters, note, by=by, now=now, marked_at=words.chosen_mark())
            facts = {"occurrence": done.occurrence.public_id, "sign_up": sign_up}
            audit.record(
                current_account(), "guests.phoned", f"activity:{done.occurrence.activity.public_id}", facts, now
            )
        flash(words.done(letters), "success")
    except Refusal as refusal:
        flash(str(refusal), "error")
    return redirect(url_for(".calls"), 303)


def _guest_url(registration: Registration) -> str:
    occurrence = registration.occurrence
    return url_for(
        "organiser.guest_page",
        activity=occurrence.activity.public_id,
        occurrence=occurrence.public_id,
        sign_up=registration.public_id,
    )


def _done_url(registration: Registration) -> str:
    return url_for(".called", sign_up=registration.public_id)
