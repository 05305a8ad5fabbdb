"""One's own page: all one has signed up for, whichever door it came through, and what one wishes of us. There is no password."""

from flask import Blueprint, url_for

from engage.base.i18n import gettext as _
from engage.web.who import citizens

blueprint = Blueprint("mine", __name__)
blueprint.before_request(citizens)


@blueprint.context_processor
def _menu() -> dict[str, object]:
    """The parts of one's own page."""
    return {
        "own_menu": (
            (url_for("mine.overview"), _("My sign-ups")),
            (url_for("mine.calendar"), _("Calendar")),
            (url_for("mine.own_certificates"), _("Certificates")),
            (url_for("mine.topics"), _("Topics")),
            (url_for("mine.proposals"), _("Proposals")),
            (url_for("mine.settings"), _("Wishes")),
            (url_for("mine.chats"), _("Chat")),
            (url_for("mine.data"), _("Data")),
        )
    }


from engage.web.mine import (  # noqa: E402, F401  (they add routes)
    calendar,
    certificates,
    chats,
    data,
    overview,
    phone,
    proposals,
    registration,
    settings,
    telling,
    topics,
)
