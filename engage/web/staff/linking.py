"""Chats that were linked with somebody's own page in the last week: found by their address, and undone when it was a mistake."""

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engage import dialog, people
from engage.accounts import audit
from engage.base.clock import utc_now
from engage.base.db import transaction
from engage.base.errors import Refusal
from engage.base.i18n import gettext as _
from engage.base.i18n import ngettext
from engage.registrations import merging
from engage.registrations.merging import PersonMerge
from engage.web.mine.views import channel_name
from engage.web.staff import blueprint, said
from engage.web.who import current_account


@blueprint.get("/chats")
def linked_chats() -> str:
    """Ask for the address. It is sent in a form, so that it stands in no address bar and no log."""
    return render_template("staff/linked_chats.html", email="", errors=(), found=None)


@blueprint.post("/chats")
def find_linked_chats() -> str | tuple[str, int]:
    """What was linked with this address in the last week."""
    typed = request.form.get("email", "")
    try:
        email = people.normalise_email(typed)
    except Refusal as refusal:
        errors = (("email", str(refusal)),)
        return render_template("staff/linked_chats.html", email=typed, errors=errors, found=None), 422
    person = people.person_at("email", email)
    found = [_line(each) for each in merging.recent(person, utc_now())] if person is not None else []
    return render_template("staff/linked_chats.html", email=email, errors=(), found=found)


@blueprint.post("/chats/<merged>/fortryd")
def undo_link(merged: str) -> Response:
    """Take them apart; the talk ends, since it may hold what is the other's."""
    now = utc_now()
    with transaction():
        chat = merging.undo(merged, now=now)
        if chat is not None:
            dialog.end(*chat)
        audit.record(current_account(), "person.link_undone", f"link:{merged}", {}, now)
    flash(_("The chat and the page are two again. Each has what was theirs."), "success")
    return redirect(url_for(".linked_chats"), 303)


def _line(merged: PersonMerge) -> tuple[str, str, str, str]:
    """(name in an address, channel, when, what came along)."""
    count = len(merged.moved.get("registration", []))
    words = ngettext("%(number)s sign-up came along.", "%(number)s sign-ups came along.", count)
    if merged.doubles:
        words += " " + ngettext("%(number)s was there twice.", "%(number)s were there twice.", len(merged.doubles))
    return merged.public_id, channel_name(merged.channel), said.moment(merged.made_at), words
