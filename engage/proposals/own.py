"""What a proposer does with their own: see where it stands, answer, take it back."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import exists, select

from engage import outbox
from engage.activities import typed
from engage.activities.pictures import Prepared
from engage.base.db import db
from engage.proposals import letters
from engage.proposals.models import OPEN, Proposal, ProposalNote, ProposalPicture, ProposalState
from engage.proposals.refusals import NoSuchProposal, NothingAsked, OverAlready, WordsMissing

LONGEST_ANSWER = 3000


def by_token(token: str) -> Proposal:
    """The proposal whose page a link opens. Raises `LinkNotValid`; refuses with `NoSuchProposal`."""
    found = db.session.scalar(select(Proposal).where(Proposal.public_id == letters.named(token)))
    if found is None or found.forgotten_at is not None or found.state == ProposalState.UNPROVEN:
        raise NoSuchProposal
    return found


def of_person(person_id: int) -> Sequence[Proposal]:
    """What this person proposed, the latest first."""
    query = select(Proposal).where(Proposal.person_id == person_id, Proposal.state != ProposalState.UNPROVEN)
    return db.session.scalars(query.order_by(Proposal.id.desc())).all()


def of_person_named(name: str, person_id: int | None) -> Proposal:
    """The proposal of this public id, if it is this person's. Refuses with `NoSuchProposal`."""
    found = db.session.scalar(select(Proposal).where(Proposal.public_id == name))
    if found is None or person_id is None or found.person_id != person_id:
        raise NoSuchProposal
    return found


def answer(proposal: Proposal, words: str, *, now: datetime) -> None:
    """Say what the desk asked; it stands there at once. Refuses with `NothingAsked` or `WordsMissing`."""
    _lock(proposal)
    if proposal.state != ProposalState.ASKED_BACK:
        raise NothingAsked
    text = typed.paragraphs(words)[:LONGEST_ANSWER]
    if not any(letter.isalnum() for letter in text):
        raise WordsMissing
    whose = proposal.organisation_id
    note = ProposalNote(proposal_id=proposal.id, from_citizen=True, words=text, organisation_id=whose, at=now)
    db.session.add(note)
    proposal.state, proposal.changed_at, proposal.step = ProposalState.ANSWERED, now, proposal.step + 1
    db.session.flush()
    db.session.expire(proposal, ["notes"])


def put_picture(proposal: Proposal, prepared: Prepared) -> None:
    """Have this picture go with it, in the place of one that did. Refuses with `OverAlready` what nobody goes on with."""
    _lock(proposal)
    if proposal.state not in OPEN:
        raise OverAlready
    keep_picture(proposal, prepared)


def keep_picture(proposal: Proposal, prepared: Prepared) -> None:
    """Keep a picture with a proposal."""
    kept = db.session.get(ProposalPicture, proposal.id) or ProposalPicture(proposal_id=proposal.id)
    kept.large, kept.small, kept.width, kept.height = prepared.large, prepared.small, prepared.width, prepared.height
    db.session.add(kept)
    db.session.flush()


def has_picture(proposal: Proposal) -> bool:
    """Whether one goes with it; it is not read."""
    return db.session.scalar(select(exists().where(ProposalPicture.proposal_id == proposal.id))) is True


def withdraw(proposal: Proposal, *, now: datetime) -> None:
    """Take it back: nobody goes on with it, it is shown no more, and who asked to hear how it ends is told. A draft that was
    made of it stays with its organisation.

    Twice changes nothing. Refuses with `OverAlready` what is published or declined.
    """
    _lock(proposal)
    if proposal.state == ProposalState.WITHDRAWN:
        return
    if proposal.state not in OPEN:
        raise OverAlready
    proposal.state, proposal.changed_at, proposal.shown_at = ProposalState.WITHDRAWN, now, None
    proposal.step += 1
    db.session.flush()
    outbox.withdraw(letters.about(proposal), now)
    letters.not_held(proposal, now)


def _lock(proposal: Proposal) -> None:
    """Read it anew and hold it, so that of an answer and a no at the same time the second is told."""
    db.session.refresh(proposal, with_for_update=True)
