"""The staff's first page: what waits for them."""

from flask import render_template

from engage.accounts import declarations, invitations
from engage.activities import reviewing
from engage.base.clock import utc_now
from engage.base.config import current_settings
from engage.outbox import enquiries
from engage.proposals import desk as proposals_desk
from engage.questions import desk
from engage.registrations import calling
from engage.web.staff import blueprint
from engage.web.staff.reviews import lines
from engage.web.who import current_account

_MOST = 5


@blueprint.get("/")
def home() -> str:
    """The reviews that have waited longest, the questions nobody has answered, what citizens propose, the declarations that lack,
    the invitations nobody has answered, letters that stopped the program, and people to phone."""
    now = utc_now()
    year = now.astimezone(current_settings().city.zone).year
    waiting = lines(reviewing.waiting(), now)
    return render_template(
        "staff/home.html",
        waiting=waiting[:_MOST],
        more=max(0, len(waiting) - _MOST),
        year=year,
        questions=desk.waiting(),
        own_questions=desk.waiting(current_account()),
        proposals=proposals_desk.waiting(current_account()),
        lacking=len(declarations.lacking(year)),
        invited=len(invitations.pending(now=now)),
        set_aside=enquiries.set_aside(),
        to_phone=calling.count(now),
    )
