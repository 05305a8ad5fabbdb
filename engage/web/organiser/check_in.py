"""Check-in in the organiser's room: the door of one date, and the links for helpers who have no account."""

from flask import Response, abort, flash, redirect, request, session
from werkzeug.wrappers import Response as AnyResponse

from engage.activities.typed import line
from engage.base.clock import utc_now
from engage.base.config import current_settings
from engage.base.db import transaction
from engage.base.errors import Refusal
from engage.base.i18n import gettext as _
from engage.registrations.attendance import correct, door_links
from engage.web.at_door import Post, acting, of_organiser, syncing
from engage.web.at_door import page as pages
from engage.web.organiser import blueprint
from engage.web.organiser.dates import PATH as DATES
from engage.web.who import current_account

PATH = DATES + "/<occurrence>/tjek-ind"
# The address of a link that was just made, shown once on the page that follows.
_NEW = "new_door_link"


def _post(activity: str, occurrence: str) -> Post:
    return of_organiser(current_account(), activity, occurrence)


def _decides(activity: str, occurrence: str) -> Post:
    post = _post(activity, occurrence)
    if not post.may_override:
        abort(404)
    return post


@blueprint.get(PATH)
def door_page(activity: str, occurrence: str) -> Response:
    """The check-in page of a date."""
    return pages.show(_post(activity, occurrence))


@blueprint.post(PATH)
def door_act(activity: str, occurrence: str) -> Response:
    """Check somebody in, as the form says."""
    return acting.act(_post(activity, occurrence))


@blueprint.get(PATH + "/liste.json")
def door_listed(activity: str, occurrence: str) -> Response:
    """The list for a device that may lose its connection."""
    return syncing.listed(_post(activity, occurrence))


@blueprint.post(PATH + "/synk")
def door_sync(activity: str, occurrence: str) -> Response:
    """What such a device has noted."""
    return syncing.sync(_post(activity, occurrence))


@blueprint.get(PATH + "/arbejder.js")
def door_worker(activity: str, occurrence: str) -> Response:
    """The script that keeps the page on the device."""
    return syncing.worker(_post(activity, occurrence))


@blueprint.get(PATH + "/links")
def door_links_page(activity: str, occurrence: str) -> str:
    """The links for helpers at this door."""
    new = session.pop(_NEW, None)
    return pages.links(_decides(activity, occurrence), new if isinstance(new, str) else "")


@blueprint.post(PATH + "/links")
def make_door_link(activity: str, occurrence: str) -> AnyResponse:
    """Make a link for a helper. Its address is shown once."""
    post, now = _decides(activity, occurrence), utc_now()
    try:
        with transaction():
            link, secret = door_links.make(
                post.occurrence.id, line(request.form.get("label", "")), by=current_account().id, now=now
            )
            post.record("door_link_made", now, link=link.public_id)
        session[_NEW] = current_settings().links.door(secret)
    except Refusal as refusal:
        flash(str(refusal), "error")
    return redirect(post.url("links_page"), 303)


@blueprint.post(PATH + "/links/<link>/tilbage")
def revoke_door_link(activity: str, occurrence: str, link: str) -> AnyResponse:
    """Take a link back; it opens nothing from now on."""
    post, now = _decides(activity, occurrence), utc_now()
    with transaction():
        if door_links.revoke(post.occurrence.id, link, now=now) is None:
            abort(404)
        post.record("door_link_revoked", now, link=link)
    flash(_("The link is closed."), "success")
    return redirect(post.url("links_page"), 303)


@blueprint.get(PATH + "/timer")
def door_hours(activity: str, occurrence: str) -> str:
    """Volunteers' hours of this date, by name."""
    return pages.hours(_decides(activity, occurrence))


@blueprint.post(PATH + "/timer/<sign_up>")
def correct_hours(activity: str, occurrence: str, sign_up: str) -> AnyResponse:
    """Put somebody's hours right, with a reason that they read."""
    post, now = _decides(activity, occurrence), utc_now()
    try:
        with transaction():
            minutes = None if request.form.get("do") == "reckoned" else _minutes()
            correct(
                post.occurrence.id, sign_up, minutes, request.form.get("reason", ""), by=current_account().id, now=now
            )
            post.record("hours_corrected", now, sign_up=sign_up)
        flash(_("The hours are saved."), "success")
    except Refusal as refusal:
        flash(str(refusal), "error")
    return redirect(post.url("hours"), 303)


def _minutes() -> int:
    """Hours and minutes as they were typed; -1 for what is no time, which the rule refuses."""
    hours, minutes = request.form.get("hours", "").strip() or "0", request.form.get("minutes", "").strip() or "0"
    if not all(each.isascii() and each.isdecimal() and len(each) < 4 for each in (hours, minutes)):
        return -1
    return int(hours) * 60 + int(minutes)
