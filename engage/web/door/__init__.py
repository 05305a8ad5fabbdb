"""The door of helpers: who has a link, and no account, checks people in on one date and does nothing else."""

from flask import Blueprint, Response

from engage.base import links
from engage.base.clock import utc_now
from engage.web.at_door import Post, acting, of_helper, syncing
from engage.web.at_door import page as pages
from engage.web.who import door_helpers

blueprint = Blueprint("door", __name__)
blueprint.before_request(door_helpers)


def _post(token: str) -> Post:
    return of_helper(token, utc_now())


@blueprint.get(links.DOOR)
def page(token: str) -> Response:
    """The check-in page of the date this link is for."""
    return pages.show(_post(token))


@blueprint.post(links.DOOR)
def act(token: str) -> Response:
    """Check somebody in, as the form says."""
    return acting.act(_post(token))


@blueprint.get(links.DOOR + "/liste.json")
def listed(token: str) -> Response:
    """The list for a device that may lose its connection."""
    return syncing.listed(_post(token))


@blueprint.post(links.DOOR + "/synk")
def sync(token: str) -> Response:
    """What such a device has noted."""
    return syncing.sync(_post(token))


@blueprint.get(links.DOOR + "/arbejder.js")
def worker(token: str) -> Response:
    """The script that keeps the page on the device."""
    return syncing.worker(_post(token))
