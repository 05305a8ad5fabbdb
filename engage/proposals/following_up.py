"""What becomes of drafts that were proposals, found in rows, so that it is told however an activity is published."""

from datetime import datetime

from sqlalchemy import or_, select

from engage.accounts import audit
from engage.activities.models import Activity, ActivityState
from engage.base.db import db
from engage.proposals import letters
from engage.proposals.models import Proposal, ProposalState

_MOST = 50


def due() -> list[int]:
    """Proposals whose draft was published, or deleted."""
    published = Activity.state == ActivityState.PUBLISHED
    query = select(Proposal.id).outerjoin(Activity, Activity.id == Proposal.activity_id)
    settled = or_(published, Proposal.activity_id.is_(None))
    return list(
        db.session.scalars(
            query.where(Proposal.state == ProposalState.DRAFT, settled)
            .order_by(Proposal.changed_at, Proposal.id)
            .limit(_MOST)
        )
    )


def settle(proposal_id: int, now: datetime) -> bool:
    """Note and tell that it is published; where the draft is gone, it is theirs again who took it up. Twice is harmless."""
    query = select(Proposal).where(Proposal.id == proposal_id, Proposal.state == ProposalState.DRAFT)
    locked = query.with_for_update(of=Proposal, skip_locked=True).execution_options(populate_existing=True)
    proposal = db.session.scalars(locked).one_or_none()
    if proposal is None:
        return False
    activity = proposal.activity
    if activity is not None and activity.state != ActivityState.PUBLISHED:
        return False
    proposal.state = ProposalState.PUBLISHED if activity is not None else ProposalState.TAKEN_UP
    proposal.step, proposal.changed_at = proposal.step + 1, now
    db.session.flush()
    if activity is not None:
        audit.record(None, "proposal.published", letters.about(proposal), {"activity": activity.public_id}, now)
        letters.published(proposal, now)
    return True
