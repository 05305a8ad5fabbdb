"""The room of those who organise: what needs them, what is coming, and the page on which an activity is written."""

from typing import Any

from flask import Blueprint

from engage.base.i18n import lazy_gettext as _l
from engage.web.login.signed_in import account_or_none
from engage.web.organiser import doors
from engage.web.room_menu import menu
from engage.web.who import organisers

_PAGES = (
    ("organiser.home", _l("Overview")),
    ("organiser.activities", _l("Your activities")),
)
_EDITORS_PAGES = (
    ("organiser.proposals", _l("Proposals")),
    ("organiser.imports", _l("Import")),
    ("organiser.members", _l("Members")),
)

blueprint = Blueprint("organiser", __name__, url_prefix="/organiser")
blueprint.before_request(organisers)


@blueprint.context_processor
def _head() -> dict[str, Any]:
    """What stands over every page of the room: its menu, and who is signed in. Nothing over a refusal before its gate."""
    account = account_or_none()
    if account is None:
        return {}
    pages = (*_PAGES, *(_EDITORS_PAGES if doors.may_edit_here(account) else ()))
    return {"room_menu": menu((words, [(endpoint, words)]) for endpoint, words in pages), "account": account}


from engage.web.organiser import (  # noqa: E402  (they add routes)
    broadcast,  # noqa: F401
    calls,  # noqa: F401
    check_in,  # noqa: F401
    date,  # noqa: F401
    dates,  # noqa: F401
    feeds,  # noqa: F401
    guest,  # noqa: F401
    guest_export,  # noqa: F401
    guests,  # noqa: F401
    home,  # noqa: F401
    imports,  # noqa: F401
    lifecycle,  # noqa: F401
    line,  # noqa: F401
    members,  # noqa: F401
    off,  # noqa: F401
    phoned,  # noqa: F401
    poster,  # noqa: F401
    preview,  # noqa: F401
    proposals,  # noqa: F401
    publish,  # noqa: F401
    questions,  # noqa: F401
    reminders,  # noqa: F401
    series,  # noqa: F401
    shifts,  # noqa: F401
    sign_up,  # noqa: F401
    told,  # noqa: F401
)
