"""The room of those who look after the whole city: reviews, organisations, accounts, and the log."""

from typing import Any

from flask import Blueprint

from engage.base.i18n import lazy_gettext as _l
from engage.web.login.signed_in import account_or_none
from engage.web.room_menu import menu
from engage.web.who import staff

_SUBJECTS = (
    (_l("Overview"), [("staff.home", _l("Overview"))]),
    (_l("Activities"), [("staff.reviews", _l("Reviews")), ("staff.proposals", _l("Proposals"))]),
    (
        _l("Statistics and goals"),
        [
            ("staff.statistics", _l("Statistics")),
            ("staff.cycle", _l("Key Features")),
            ("staff.official_list", _l("UNESCO's list")),
            ("staff.report", _l("Report")),
            ("staff.population_page", _l("Who is not reached")),
        ],
    ),
    (
        _l("Citizens"),
        [
            ("staff.questions", _l("Questions")),
            ("staff.answers", _l("Answers")),
            ("staff.calls", _l("To phone")),
            ("staff.letters", _l("Letters")),
            ("staff.linked_chats", _l("Linked chats")),
            ("staff.find_certificate", _l("Certificates")),
            ("staff.limits", _l("Limits")),
        ],
    ),
    (
        _l("Organisers"),
        [
            ("staff.organisations", _l("Organisations")),
            ("staff.declarations", _l("Declarations")),
            ("staff.users", _l("Accounts")),
            ("staff.log", _l("Log")),
        ],
    ),
)

blueprint = Blueprint("staff", __name__, url_prefix="/staff")
blueprint.before_request(staff)


@blueprint.context_processor
def _head() -> dict[str, Any]:
    """What stands over every page of the room: its menu, and who is signed in. Nothing over a refusal before its gate."""
    account = account_or_none()
    return {} if account is None else {"room_menu": menu(_SUBJECTS), "account": account}


from engage.web.staff import (  # noqa: E402, F401  (they add routes)
    access,
    answers,
    calls,
    certificates,
    cycle,
    declarations,
    features,
    home,
    letters,
    limits,
    linking,
    log,
    members,
    official_list,
    organisations,
    population,
    proposals,
    questions,
    report,
    reviews,
    statistics,
    users,
)
