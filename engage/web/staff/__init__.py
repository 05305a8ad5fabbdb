"""The room of those who look after the whole city: reviews, organisations, accounts, and the log."""

from typing import Any

from flask import Blueprint, url_for

from engage.base.i18n import lazy_gettext as _l
from engage.web.who import current_account, staff

_PAGES = (
    ("staff.home", _l("Overview")),
    ("staff.reviews", _l("Reviews")),
    ("staff.questions", _l("Questions")),
    ("staff.answers", _l("Answers")),
    ("staff.organisations", _l("Organisations")),
    ("staff.declarations", _l("Declarations")),
    ("staff.users", _l("Accounts")),
    ("staff.letters", _l("Letters")),
    ("staff.calls", _l("To phone")),
    ("staff.linked_chats", _l("Linked chats")),
    ("staff.limits", _l("Limits")),
    ("staff.log", _l("Log")),
)

blueprint = Blueprint("staff", __name__, url_prefix="/staff")
blueprint.before_request(staff)


@blueprint.context_processor
def _head() -> dict[str, Any]:
    """What stands over every page of the room: its menu, and who is signed in."""
    return {"room_menu": [(url_for(endpoint), str(words)) for endpoint, words in _PAGES], "account": current_account()}


from engage.web.staff import (  # noqa: E402, F401  (they add routes)
    access,
    answers,
    calls,
    declarations,
    home,
    letters,
    limits,
    linking,
    log,
    members,
    organisations,
    questions,
    reviews,
    users,
)
