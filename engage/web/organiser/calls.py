"""Whom an organiser phones: who could not be told otherwise, whom they marked so, and that it is done."""

from flask import flash, redirect, request
from werkzeug.wrappers import Response

from engage.base.clock import utc_now
from engage.base.db import transaction
from engage.base.errors import Refusal
from engage.base.i18n import gettext as _
from engage.registrations import Registration, calling, phone_marks
from engage.web import calling as words
from engage.web.calling import CallView
from engage.web.organiser import blueprint, guest_list
from engage.web.organiser.guest_list import PATH, Date
from engage.web.who import current_account


def of_date(date: Date, one: Registration | None = None) -> list[CallView]:
    """The guests of a date who are to be phoned, or `one` of them."""

    def page(registration: Registration) -> str:
        return date.url(".guest_page", sign_up=registration.public_id)

    def done(registration: Registration) -> str:
        return date.url(".guest_called", sign_up=registration.public_id)

    return [words.view(each, page, done) for each in calling.waiting(utc_now(), date.occurrence.id, one)]


@blueprint.post(PATH + "/<sign_up>/ringet-op")
def guest_called(activity: str, occurrence: str, sign_up: str) -> Response:
    """Write down that they were told, with a note."""
    date, now, letters = guest_list.decided_on(activity, occurrence), utc_now(), words.chosen_letters()
    guest_list.own_guest(date, sign_up)
    by, note = current_account().id, request.form.get("note", "")
    try:
        with transaction():
            calling.phoned(sign_up, letters, note, by=by, now=now, marked_at=words.chosen_mark())
            date.record("phoned", now, sign_up=sign_up)
        flash(words.done(letters), "success")
    except Refusal as refusal:
        flash(str(refusal), "error")
    one = date.url(".guest_page", sign_up=sign_up)
    return redirect(one if request.form.get("back") == "guest" else date.url(".guests_page"), 303)


@blueprint.post(PATH + "/<sign_up>/ringes-op")
def mark_to_phone(activity: str, occurrence: str, sign_up: str) -> Response:
    """Mark somebody as to be phoned, with a word why, or take that away."""
    date, now, by = guest_list.decided_on(activity, occurrence), utc_now(), current_account().id
    guest_list.own_guest(date, sign_up)
    wanted = request.form.get("do") != "take_away"
    try:
        with transaction():
            if wanted:
                phone_marks.mark(sign_up, request.form.get("why", ""), by=by, now=now)
            else:
                phone_marks.unmark(sign_up, by=by, now=now)
            date.record("to_phone" if wanted else "not_to_phone", now, sign_up=sign_up)
        flash(_("They stand among those to phone.") if wanted else _("They are not to be phoned any more."), "success")
    except Refusal as refusal:
        flash(str(refusal), "error")
    return redirect(date.url(".guest_page", sign_up=sign_up), 303)
