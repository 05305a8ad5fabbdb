"""The desk of proposals in this room; what it shows and does stands in `web.proposals_desk`."""

from flask import Response

from engage.web import proposals_desk
from engage.web.organiser import blueprint
from engage.web.proposals_desk import Answer


@blueprint.get("/forslag")
def proposals() -> str:
    """What citizens propose."""
    return proposals_desk.list_page("organiser")


@blueprint.get("/forslag/<proposal>")
def proposal(proposal: str) -> str:
    """One proposal, and what can be done with it."""
    return proposals_desk.page("organiser", proposal)


@blueprint.post("/forslag/<proposal>/<step>")
def act_on_proposal(proposal: str, step: str) -> Answer:
    """Take it up, ask, decline, make a draft of it, and so on."""
    return proposals_desk.act("organiser", proposal, step)


@blueprint.get("/forslag/<proposal>/billede")
def proposal_picture(proposal: str) -> Response:
    """The picture that came along."""
    return proposals_desk.picture(proposal)
