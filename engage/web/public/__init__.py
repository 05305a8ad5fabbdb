"""The pages of citizens: find an activity, sign up, confirm, see and cancel."""

from flask import Blueprint

from engage.web.who import everybody

blueprint = Blueprint("public", __name__)
blueprint.before_request(everybody)

from engage.web.public import (  # noqa: E402, F401  (they add routes)
    activity,
    asking,
    calendars,
    certificate,
    coming,
    data,
    feedback,
    follow,
    health,
    home,
    in_telegram,
    listing,
    offer,
    organisation,
    pictures,
    proposals,
    propose,
    registration,
    sign_up,
    texts,
    ticket,
    unsubscribe,
)
