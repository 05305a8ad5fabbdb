"""What one does with an activity besides writing it: copy it, take it back from review, delete a draft."""

from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response

from engage.activities import publishing
from engage.activities.models import ActivityState
from engage.base.clock import utc_now
from engage.base.db import transaction
from engage.web.organiser import blueprint, doors
from engage.web.who import current_account


@blueprint.post("/aktiviteter/<activity>/kopi")
def copy(activity: str) -> Response:
    """A new draft that begins with everything of this one but its dates."""
    own = doors.own_activity(activity)
    with transaction():
        made = publishing.copy(own, current_account().id, utc_now())
        address = url_for(".activity", activity=made.public_id)
    return redirect(address, 303)


@blueprint.post("/aktiviteter/<activity>/tag-tilbage")
def withdraw(activity: str) -> Response:
    """Take it back from review, to go on writing."""
    own = doors.own_activity(activity)
    with transaction():
        publishing.withdraw(own, current_account().id, utc_now())
    return redirect(url_for(".activity", activity=activity), 303)


@blueprint.get("/aktiviteter/<activity>/slet")
def delete_page(activity: str) -> str | Response:
    """Ask once more before a draft is gone for good."""
    own = doors.own_activity(activity)
    if own.state != ActivityState.DRAFT or own.published_at is not None:
        return redirect(url_for(".activity", activity=activity))
    title = next((text.title for text in own.texts if text.title), "")
    return render_template("organiser/delete.html", title=title, address=url_for(".activity", activity=activity))


@blueprint.post("/aktiviteter/<activity>/slet")
def delete(activity: str) -> Response:
    """Delete a draft."""
    own = doors.own_activity(activity)
    with transaction():
        publishing.delete_draft(own, current_account().id, utc_now())
    return redirect(url_for(".home"), 303)
