"""The desk of proposals in this room; what it shows and does stands in `web.proposals_desk`."""

from engage.web import proposals_desk
from engage.web.organiser import blueprint

proposals_desk.add_routes(blueprint)
