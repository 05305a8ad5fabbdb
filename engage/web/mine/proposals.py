"""What one has proposed, and where each stands."""

from flask import render_template, url_for

from engage.proposals import letters, own
from engage.proposals.wording import state
from engage.web.mine import blueprint
from engage.web.who import current_visit


@blueprint.get("/mine/forslag")
def proposals() -> str:
    """One's proposals, the latest first; each has a page of its own."""
    found = own.of_person(current_visit().address.person_id)
    lines = [
        (url_for("public.own_proposal", token=letters.token(each)), each.title, state(each.state)) for each in found
    ]
    return render_template("mine/proposals.html", lines=lines)
