"""What other services post to us: kept as rows, and answered once they are safe. Nothing is handled here."""

from flask import Blueprint

from engage.web.security import csrf
from engage.web.who import telegram

blueprint = Blueprint("hooks", __name__)
blueprint.before_request(telegram)
# No browser and no session: whoever posts shows a secret instead.
csrf.exempt(blueprint)

from engage.web.hooks import updates  # noqa: E402, F401  (it adds the route)
