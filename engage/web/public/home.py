"""The start page: what is on in the next days, and ways in by dimension, goal and hand to lend."""

from datetime import timedelta

from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response

from engage.activities import calendar, facts, needs
from engage.activities.calendar import Filters
from engage.base import i18n
from engage.base.clock import utc_now
from engage.base.config import current_settings
from engage.base.i18n import gettext as _
from engage.base.i18n import ngettext
from engage.goals.reference import reference
from engage.web import cards
from engage.web.public import blueprint

_SHOWN, _VOLUNTEER_SHOWN = 6, 3


@blueprint.get("/")
def home() -> str:
    """The start page."""
    now, zone = utc_now(), current_settings().city.zone
    today = now.astimezone(zone).date()
    soon = calendar.find(Filters(), now=now, zone=zone, per_page=_SHOWN)
    helping = Filters(chosen={"kind": frozenset({"volunteer"})})
    lacks = needs.most_urgent(now, _VOLUNTEER_SHOWN)
    # Where nobody is missing, what comes next; also there one may lend a hand.
    lend = calendar.find(helping, now=now, zone=zone, per_page=_VOLUNTEER_SHOWN, lacks=lacks or None, counting=False)
    ids = [hit.occurrence_id for hit in (*soon.hits, *lend.hits)]
    known = {found.occurrence_id: found for found in facts.occurrences(ids, i18n.current_language())}
    saturday = today + timedelta(days=(5 - today.weekday()) % 7) if today.weekday() < 5 else today
    sunday = saturday + timedelta(days=6 - saturday.weekday())
    goals = reference()
    by_dimension, by_goal = soon.counts["dimension"], soon.counts["goal"]
    return render_template(
        "public/home.html",
        activities_url=url_for(".activities"),
        days=cards.days([(known[hit.occurrence_id], hit.more) for hit in soon.hits], now),
        volunteer=tuple(cards.card(known[hit.occurrence_id], more=hit.more, missing=hit.missing) for hit in lend.hits),
        needed_url=url_for(".activities", kind="volunteer", needed="1") if lacks else "",
        dimensions=tuple(
            (each, by_dimension.get(each.id, 0), url_for(".activities", dimension=each.id))
            for each in goals.dimensions.values()
        ),
        sdgs=tuple(
            (each, by_goal.get(str(each.number), 0), url_for(".activities", goal=each.number))
            for each in goals.sdgs.values()
        ),
        total=ngettext("%(number)s activity", "%(number)s activities", soon.total),
        quick=(
            (_("Today"), url_for(".activities", fra=today.isoformat(), til=today.isoformat())),
            (_("This weekend"), url_for(".activities", fra=saturday.isoformat(), til=sunday.isoformat())),
            (_("For children"), url_for(".activities", audience="children")),
            (_("Volunteer"), url_for(".activities", kind="volunteer")),
        ),
    )


@blueprint.get("/frivillig")
def volunteer() -> Response:
    """A short address for posters."""
    return redirect(url_for(".activities", kind="volunteer"))
