"""One's own calendar to follow: its secret address, renewed and taken back with a button."""

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from engage.base import links
from engage.base.clock import utc_now
from engage.base.db import transaction
from engage.base.i18n import gettext as _
from engage.registrations import own_calendar
from engage.web.mine import blueprint
from engage.web.who import current_visit

_HERE = links.MINE + "/kalender"


@blueprint.get(_HERE)
def calendar() -> str:
    """The address, if there is one."""
    address = own_calendar.address(current_visit().address.person_id) or ""
    return render_template(
        "mine/calendar.html", address=address, webcal=address.replace("http", "webcal", 1).replace("webcals", "webcal")
    )


@blueprint.post(_HERE)
def renew_calendar() -> Response:
    """A new address; the former one stops working."""
    person_id = current_visit().address.person_id
    with transaction():
        had = own_calendar.address(person_id) is not None
        own_calendar.renew(person_id, now=utc_now())
    if had:
        flash(_("You have a new address. The old one does not work any more."), "success")
    return redirect(url_for(".calendar"), 303)


@blueprint.post(_HERE + "/stop")
def stop_calendar() -> Response:
    """No address any more."""
    with transaction():
        own_calendar.revoke(current_visit().address.person_id)
    flash(_("The address does not work any more."), "success")
    return redirect(url_for(".calendar"), 303)
