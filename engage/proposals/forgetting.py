"""Letting go of who proposed something: at their wish, or when it is long over. Words that became public stay, without them."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, case, delete, select, update

from engage import outbox
from engage.base.config import current_settings
from engage.base.db import db
from engage.proposals import holdings, letters, proposing
from engage.proposals.models import OPEN, Proposal, ProposalInterest, ProposalNote, ProposalPicture, ProposalState

# Own choice: what nobody has done anything with for a year, nobody will.
_LONGEST_OPEN = timedelta(days=365)


def erase(person_id: int, now: datetime) -> None:
    """Empty all that this person proposed, and count them no more among those who would come."""
    db.session.execute(delete(ProposalInterest).where(holdings.would_come(person_id)))
    _let_go(Proposal.person_id == person_id, now)


def expire(now: datetime) -> int:
    """Delete what nobody confirmed in time, and let go of what is over or was left lying. Returns how many."""
    late = now - proposing.LASTS
    unproven = delete(Proposal).where(Proposal.state == ProposalState.UNPROVEN, Proposal.proposed_at < late)
    gone = len(db.session.scalars(unproven.returning(Proposal.id)).all())
    is_open = Proposal.state.in_(OPEN)
    over = ~is_open & (Proposal.changed_at < now - current_settings().city.keep_questions)
    left = is_open & (Proposal.changed_at < now - _LONGEST_OPEN)
    return gone + _let_go(over | left, now)


def _let_go(which: ColumnElement[bool], now: datetime) -> int:
    named = select(Proposal.id, Proposal.public_id).where(
        which, Proposal.forgotten_at.is_(None), Proposal.state != ProposalState.UNPROVEN
    )
    found = db.session.execute(named).all()
    if not found:
        return 0
    ids = [row.id for row in found]
    outbox.forget([f"proposal:{row.public_id}" for row in found])
    _tell_who_waits(ids, now)
    for table in (ProposalNote, ProposalPicture):
        db.session.execute(delete(table).where(table.proposal_id.in_(ids)))
    heard = update(ProposalInterest).where(ProposalInterest.proposal_id.in_(ids))
    db.session.execute(heard.values(hears=False, person_id=None))
    public = Proposal.state == ProposalState.PUBLISHED
    db.session.execute(
        update(Proposal)
        .where(Proposal.id.in_(ids))
        .values(
            person_id=None, email=None, name=None, shows_name=False, title="", text="", whom="", time="", place="",
            notice_version=None, forgotten_at=now,
            state=case((Proposal.state.in_(OPEN), ProposalState.WITHDRAWN), else_=Proposal.state),
            shown_at=case((public, Proposal.shown_at), else_=None),
            shown_title=case((public, Proposal.shown_title), else_=""),
            shown_text=case((public, Proposal.shown_text), else_=""),
        )
    )  # fmt: skip
    db.session.expire_all()
    return len(found)


def _tell_who_waits(ids: list[int], now: datetime) -> None:
    """Who was promised to hear how it ends hears it, in the words that were public, and nothing of why."""
    lying = select(Proposal).where(Proposal.id.in_(ids), Proposal.state.in_(OPEN), Proposal.shown_at.is_not(None))
    for proposal in db.session.scalars(lying.order_by(Proposal.id)):
        letters.not_held(proposal, now)
