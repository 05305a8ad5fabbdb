"""Co-creation: citizens propose an activity; an organisation or staff take it up, and its proposer is told each step."""

from engage.proposals import desk, following_up, interest, own
from engage.proposals.models import IN_HAND, OPEN, Proposal, ProposalState
from engage.proposals.proposing import Proposed, confirm, propose

__all__ = [
    "IN_HAND", "OPEN", "Proposal", "ProposalState", "Proposed", "confirm", "desk", "following_up", "interest", "own", "propose",
]  # fmt: skip
