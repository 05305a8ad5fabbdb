"""Where certificates are asked for.

show -> My page, which proves who asks
"""

from engage.base.config import current_settings
from engage.base.i18n import gettext as _
from engage.base.message import Button
from engage.dialog.turn import Turn


def show(turn: Turn, _argument: str) -> None:
    """Lead to the page: it asks for the name that shall stand on one, and gives the file."""
    turn.done()
    turn.conversation.misunderstood = 0
    turn.say(
        _(
            "Certificates are on My page: that you came, and your hours as a volunteer. You ask for them there, and can print "
            "and delete them."
        ),
        buttons=(
            Button(_("Open my certificates"), url=current_settings().links.own_certificates()),
            Button(_("My sign-ups"), action="mine:show"),
        ),
    )


ACTIONS = {"show": show}
STEPS: dict[str, object] = {}
