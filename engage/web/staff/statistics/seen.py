"""How a page of the statistics comes up: the look is written to the log first, then the page is made."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import render_template, url_for

from engage import statistics
from engage.accounts import audit
from engage.base.clock import utc_now
from engage.base.db import transaction
from engage.base.i18n import gettext as _
from engage.statistics import Figures
from engage.web.staff import said
from engage.web.staff.statistics import drawn, looked_at, projected
from engage.web.staff.statistics.looked_at import LookedAt
from engage.web.who import current_account

# Each page: its endpoint, and its name in the log.
PAGES = {
    "overview": "staff.statistics",
    "goals": "staff.statistics_goals",
    "features": "staff.statistics_features",
    "whom": "staff.statistics_whom",
    "attendance": "staff.statistics_attendance",
    "voices": "staff.statistics_voices",
    "activities": "staff.statistics_activities",
}


def names() -> dict[str, str]:
    """How the pages are called."""
    return {
        "overview": _("Overview"),
        "goals": _("The 4 and the 17"),
        "features": _("The 42"),
        "whom": _("Who and how"),
        "attendance": _("From sign-up to attendance"),
        "voices": _("What people said"),
        "activities": _("Activities"),
    }


def look(page: str, also: Mapping[str, Any] | None = None) -> tuple[LookedAt, datetime]:
    """What is looked at, and when. From now on it stands in the log; `also` is what the address says besides."""
    now = utc_now()
    here = looked_at.read(now)
    with transaction():
        audit.record(current_account(), "statistics.seen", f"statistics:{page}", {**here.facts, **(also or {})}, now)
    return here, now


def shown(page: str, here: LookedAt, figures: Figures, **facts: Any) -> str:
    """A page with all that each has: the other pages, the filters, how it was counted and how fresh it is. `figures` are those
    of the whole scope."""
    fresh, others = statistics.freshness(), names()
    return render_template(
        f"staff/statistics/{page}.html",
        page=page,
        page_name=others[page],
        here=here,
        others=[
            (others[name], url_for(endpoint, **here.kept), name == page)
            for name, endpoint in PAGES.items()
            if name != "activities"
        ],
        choices=looked_at.choices(here),
        tags=[(each.words, url_for(PAGES[page], **each.without)) for each in here.tags],
        slide_url=url_for("staff.projected", **here.kept, side=page) if page in projected.names() else "",
        action=url_for(PAGES[page]),
        fresh=said.moment(fresh.as_of) if fresh.as_of else "",
        presumed=drawn.number(figures.unchecked) if figures.presumes else "",
        noted=drawn.number(figures.attended),
        figures=figures,
        **facts,
    )


def activities_url(here: LookedAt, **also: Any) -> str:
    """Where a number leads: to the activities behind it."""
    return url_for(PAGES["activities"], **{**here.kept, **also})
