"""What is kept of who proposes something, and of who would come."""

from sqlalchemy import ColumnElement, or_, select

from engage.base.declared import Holding, Purpose
from engage.base.i18n import lazy_gettext as _l
from engage.proposals import interest, wording
from engage.proposals.models import Proposal, ProposalInterest, ProposalNote, ProposalPicture


def theirs(person_id: int) -> ColumnElement[bool]:
    """What they proposed as themselves; what was written with their address and not confirmed is nobody's yet."""
    return Proposal.person_id == person_id


def _notes(person_id: int) -> ColumnElement[bool]:
    return ProposalNote.proposal_id.in_(select(Proposal.id).where(theirs(person_id)))


def would_come(person_id: int) -> ColumnElement[bool]:
    """Where they said that they would come, also where they did not ask to hear of it and only a hash stands for them."""
    return or_(ProposalInterest.person_id == person_id, ProposalInterest.key.in_(interest.keys_of(person_id)))


HOLDINGS = (
    Holding(
        "proposal",
        plain="id public_id channel language state step organisation_id activity_id proposed_at changed_at shown_at shown_title "
        "shown_text dimension sdg forgotten_at notice_version",
        personal={Purpose.PROPOSALS: "person_id email name shows_name title text whom time place can_help"},
        theirs=theirs,
        title=_l("What you proposed"),
        labels={
            "proposed_at": _l("Proposed"),
            "title": _l("Title"),
            "text": _l("Your words"),
            "whom": _l("For whom"),
            "time": _l("When"),
            "place": _l("Where"),
            "name": _l("Name"),
            "shows_name": _l("Your name may be shown"),
            "can_help": _l("You can help"),
            "state": _l("How it stands"),
        },
        words={"state": wording.state},
    ),
    Holding(
        "proposal_note",
        plain="id proposal_id from_citizen organisation_id by_id at",
        personal={Purpose.PROPOSALS: "words"},
        theirs=_notes,
        title=_l("What was said about what you proposed"),
        labels={"at": _l("Written"), "words": _l("Text")},
    ),
    Holding(
        "proposal_picture",
        plain="proposal_id width height",
        personal={Purpose.PROPOSALS: "large small"},
        theirs=lambda person_id: ProposalPicture.proposal_id.in_(select(Proposal.id).where(theirs(person_id))),
        title=_l("Pictures that came along with what you proposed"),
        labels={"width": _l("Width in pixels"), "height": _l("Height in pixels")},
    ),
    Holding(
        "proposal_interest",
        plain="id proposal_id said_at",
        personal={Purpose.PROPOSALS: "person_id key hears"},
        unshown="key",
        theirs=would_come,
        title=_l("Proposals of others to which you would come"),
        labels={"said_at": _l("Since")},
    ),
)
