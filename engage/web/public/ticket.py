"""A ticket, opened by the address in its code: who holds it sees it, and who stands at the door is led to check-in.

Nothing is changed by opening it, and nothing but the ticket is shown: it lets nobody cancel or change a sign-up, so that it may
be handed on to who comes along.
"""

import io

import segno
from flask import Response, redirect, render_template
from werkzeug.wrappers import Response as AnyResponse

from engage.base import links
from engage.base.clock import utc_now
from engage.base.tokens import LinkNotValid
from engage.registrations import Registration, State, mine, tickets
from engage.web import at_door, own
from engage.web.own import Addresses
from engage.web.public import blueprint

_NOWHERE = Addresses(page="", confirm="", cancel="", take="", rejoin="", calendar="")


@blueprint.get(links.TICKET)
def ticket(token: str) -> str | AnyResponse:
    """The ticket. Who may check in on its date comes to the check-in page instead."""
    registration, now = _opened(token), utc_now()
    if door := at_door.way_in(registration, token, now):
        return redirect(door)
    entry = mine.opened(registration.public_id, now=now)
    view = own.view(entry, _NOWHERE, now)
    good = registration.state == State.CONFIRMED and not entry.called_off
    return render_template("public/ticket.html", entry=view, good=good)


@blueprint.get(links.TICKET + "/kode.svg")
def ticket_code(token: str) -> Response:
    """The code itself, as a picture."""
    image, address = io.BytesIO(), tickets.link(_opened(token))
    segno.make(address, error="m", micro=False).save(image, kind="svg", border=4, omitsize=True, light="#FFFFFF")
    return Response(image.getvalue(), mimetype="image/svg+xml", headers={"Cache-Control": "private, max-age=3600"})


def _opened(token: str) -> Registration:
    """The sign-up of this ticket. Raises `LinkNotValid` when there is none, or a newer one was made."""
    shown = tickets.opened(token)
    if shown is None or shown.replaced:
        raise LinkNotValid
    return shown.registration
