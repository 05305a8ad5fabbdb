"""The page itself: what is coming, what was offered, and what is over; and leaving it."""

from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response

from engage.base import links
from engage.base.clock import utc_now
from engage.registrations import mine
from engage.web import telling, visiting
from engage.web.mine import blueprint
from engage.web.mine.views import entry_view
from engage.web.who import current_visit


@blueprint.get(links.MINE)
def overview() -> str:
    """What is still to come. What waits for an answer stands first."""
    now, visit = utc_now(), current_visit()
    found = [entry_view(each, now) for each in mine.entries(visit.address.person_id, now=now)]
    asked = [each for each in found if each.offer or each.take_url or each.confirm_url or each.again_url]
    return render_template(
        "mine/overview.html",
        email=visit.address.identifier,
        asked=asked,
        coming=[each for each in found if each not in asked],
        has_past=bool(mine.entries(visit.address.person_id, now=now, past=True)),
    )


@blueprint.get(links.MINE + "/tidligere")
def past() -> str:
    """What is over, and what was given up."""
    now = utc_now()
    found = mine.entries(current_visit().address.person_id, now=now, past=True)
    shown = [(entry_view(each, now), telling.way(each.registration, now)) for each in found]
    return render_template("mine/past.html", entries=shown)


@blueprint.post(links.MINE + "/forlad")
def leave() -> Response:
    """Leave: this browser knows nothing of the citizen afterwards."""
    visiting.leave()
    return redirect(url_for("entrance.left"), 303)
