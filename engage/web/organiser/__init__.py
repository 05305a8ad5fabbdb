"""The room of those who organise: what needs them, what is coming, and the page on which an activity is written."""

from typing import Any

from flask import Blueprint, url_for

from engage.base.i18n import lazy_gettext as _l
from engage.web.who import current_account, organisers

_PAGES = (
    ("organiser.home", _l("Overview")),
    ("organiser.activities", _l("Your activities")),
    ("organiser.imports", _l("Import")),
)

blueprint = Blueprint("organiser", __name__, url_prefix="/organiser")
blueprint.before_request(organisers)


@blueprint.context_processor
def _head() -> dict[str, Any]:
    """What stands over every page of the room: its menu, and who is signed in."""
    return {"room_menu": [(url_for(endpoint), str(words)) for endpoint, words in _PAGES], "account": current_account()}


from engage.web.organiser import (  # noqa: E402  (they add routes)
    date,  # noqa: F401
    dates,  # noqa: F401
    feeds,  # noqa: F401
    home,  # noqa: F401
    imports,  # noqa: F401
    lifecycle,  # noqa: F401
    preview,  # noqa: F401
    publish,  # noqa: F401
    series,  # noqa: F401
    shifts,  # noqa: F401
)
