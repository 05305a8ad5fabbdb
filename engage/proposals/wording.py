"""Where a proposal stands, in words; the same for its proposer, the desk and the public."""

from engage.base.i18n import gettext as _
from engage.proposals.models import ProposalState


def state(code: str) -> str:
    """The state in two or three words."""
    words = {
        ProposalState.UNPROVEN: _("Waits for the button in your e-mail"),
        ProposalState.NEW: _("Waits to be taken up"),
        ProposalState.TAKEN_UP: _("Taken up"),
        ProposalState.ASKED_BACK: _("Waits for an answer"),
        ProposalState.ANSWERED: _("Answered"),
        ProposalState.DRAFT: _("Becomes an activity"),
        ProposalState.PUBLISHED: _("Became an activity"),
        ProposalState.DECLINED: _("Declined"),
        ProposalState.WITHDRAWN: _("Taken back"),
    }
    return words[ProposalState(code)]
