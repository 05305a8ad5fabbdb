"""The chat on the web: a page that works by plain forms, and a drawer where there is JavaScript."""

from flask import Blueprint

from engage.web.who import everybody

blueprint = Blueprint("chat", __name__)
blueprint.before_request(everybody)

from engage.web.chat import page  # noqa: E402, F401  (it adds the routes)
