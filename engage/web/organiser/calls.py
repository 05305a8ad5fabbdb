"""Telling a guest by phone what nothing else told them, in the organiser's room."""

from flask import flash, redirect, request
from werkzeug.wrappers import Response

from engage.base.clock import utc_now
from engage.base.db import transaction
from engage.base.errors import Refusal
from engage.base.i18n import gettext as _
from engage.registrations import Registration, calling
from engage.web import calling as words
from engage.web.calling import CallView
from engage.web.organiser import blueprint, guest_list
from engage.web.organiser.guest_list import PATH, Date
from engage.web.who import current_account


def of_date(date: Date) -> list[CallView]:
    """The guests of a date who are to be phoned."""

    def page(registration: Registration) -> str:
        return date.url(".guest_page", sign_up=registration.public_id)

    def done(registration: Registration) -> str:
        return date.url(".guest_called", sign_up=registration.public_id)

    return [words.view(each, page, done) for each in calling.waiting(utc_now(), date.occurrence.id)]


@blueprint.post(PATH + "/<sign_up>/ringet-op")
def guest_called(activity: str, occurrence: str, sign_up: str) -> Response:
    """Write down that they were told, with a note."""
    date, now, letters = guest_list.decided_on(activity, occurrence), utc_now(), words.chosen_letters()
    guest_list.own_guest(date, sign_up)
    try:
        with transaction():
            calling.phoned(sign_up, letters, request.form.get("note", ""), by=current_account().id, now=now)
            date.record("phoned", now, sign_up=sign_up)
        flash(_("It is written down that they know."), "success")
    except Refusal as refusal:
        flash(str(refusal), "error")
    return redirect(date.url(".guests_page"), 303)
