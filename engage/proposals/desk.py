"""What organisations and staff do with a proposal: take it up, ask back, make a draft of it, decline it, show it to others.

new -> taken_up -> asked_back <-> answered -> draft -> published (`following_up`)      any of them -> declined, withdrawn (`own`)
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, false, func, or_, select
from sqlalchemy.orm import joinedload

from engage.accounts import Rights, User, access, audit
from engage.activities import publishing, typed
from engage.activities.draft import KEEP, LONGEST_SUMMARY, ActivityInput, Words
from engage.activities.models import Activity
from engage.activities.pictures import Prepared
from engage.base.db import db
from engage.base.i18n import gettext as _
from engage.base.i18n import speaking
from engage.proposals import letters
from engage.proposals.models import IN_HAND, OPEN, Proposal, ProposalNote, ProposalPicture, ProposalState
from engage.proposals.refusals import (
    MovedOn,
    NoSuchProposal,
    OrganisationMissing,
    OverAlready,
    TitleMissing,
    WordsMissing,
)

LONGEST_WORDS, PER_PAGE = 3000, 30


@dataclass(frozen=True)
class Found:
    """A page of proposals, and how many there are in all."""

    proposals: tuple[Proposal, ...]
    count: int
    number: int

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.count // PER_PAGE))


@dataclass(frozen=True)
class Waiting:
    """How many proposals nobody has taken up yet, and how many have an answer that was asked for."""

    new: int
    answered: int


def search(by: User, states: Collection[ProposalState], *, page: int = 1) -> Found:
    """Proposals in these states that `by` may see, those that wait the longest first, what is over the last first."""
    which = (Proposal.state.in_(tuple(states)), _visible(by))
    count = db.session.scalar(select(func.count()).select_from(Proposal).where(*which)) or 0
    number = min(max(1, page), max(1, -(-count // PER_PAGE)))
    order = Proposal.proposed_at.asc() if set(states) <= set(OPEN) else Proposal.changed_at.desc()
    rows = select(Proposal).options(joinedload(Proposal.organisation)).where(*which).order_by(order, Proposal.id)
    return Found(tuple(db.session.scalars(rows.offset((number - 1) * PER_PAGE).limit(PER_PAGE))), count, number)


def tally(by: User, groups: Mapping[str, Collection[ProposalState]]) -> dict[str, int]:
    """How many there are of each group of states, of those `by` may see."""
    query = select(Proposal.state, func.count()).where(_visible(by)).group_by(Proposal.state)
    counts = {str(row[0]): int(row[1]) for row in db.session.execute(query)}
    return {name: sum(counts.get(each, 0) for each in states) for name, states in groups.items()}


def waiting(by: User) -> Waiting:
    """What waits for the desk, of what `by` may see."""
    return Waiting(**tally(by, {"new": (ProposalState.NEW,), "answered": (ProposalState.ANSWERED,)}))


def by_public_id(name: str, by: User) -> Proposal:
    """The proposal of this name. Refuses with `NoSuchProposal` what is not for `by`."""
    found = db.session.scalar(select(Proposal).where(Proposal.public_id == name, _visible(by)))
    if found is None:
        raise NoSuchProposal
    return found


def may_handle(proposal: Proposal, by: User) -> bool:
    """Whether it is theirs to ask, decline and make a draft of: staff's, and the organisation's that took it up."""
    if access.may_review(by):
        return True
    return proposal.organisation_id is not None and access.may_edit(by, proposal.organisation_id)


def notes(proposal: Proposal, by: User) -> list[ProposalNote]:
    """What was said about it, as far as it is for `by`: what their own organisation asked and was answered; to staff all."""
    if access.may_review(by):
        return list(proposal.notes)
    own = {each.id for each in access.organisations_of(by, Rights.EDITOR)}
    return [each for each in proposal.notes if each.organisation_id in own]


def picture(proposal: Proposal) -> bytes | None:
    """The small picture that came along."""
    query = select(ProposalPicture.small).where(ProposalPicture.proposal_id == proposal.id)
    return db.session.scalar(query)


def has_picture(proposal: Proposal) -> bool:
    """Whether a picture came along."""
    return db.session.scalar(select(func.count()).where(ProposalPicture.proposal_id == proposal.id)) == 1


def take_up(name: str, organisation_id: int | None, *, by: User, now: datetime) -> Proposal:
    """Look after it, as an organisation or (None) as staff; the proposer is told. Refuses with `MovedOn` who comes second.

    Refuses with `OrganisationMissing` who has several and named none.
    """
    permitted = access.may_review(by) if organisation_id is None else access.may_edit(by, organisation_id)
    if organisation_id is None and not permitted and len(access.organisations_of(by, Rights.EDITOR)) > 1:
        raise OrganisationMissing
    access.allow(permitted)
    proposal = _locked(name, by)
    if proposal.state != ProposalState.NEW:
        raise MovedOn
    proposal.organisation_id = organisation_id
    _move(proposal, ProposalState.TAKEN_UP, by, now, {"organisation": organisation_id} if organisation_id else {})
    letters.taken_up(proposal, now)
    return proposal


def give_back(name: str, *, by: User, now: datetime) -> Proposal:
    """Let somebody else take it up, who does not read what was answered here. Nobody is written to."""
    proposal = _handled(name, by)
    _expect(proposal, IN_HAND)
    proposal.organisation_id = None
    db.session.expire(proposal, ["organisation"])
    _move(proposal, ProposalState.NEW, by, now, {})
    return proposal


def ask_back(name: str, words: str, *, by: User, now: datetime) -> Proposal:
    """Ask the proposer something, through us: nobody at the desk needs an address. Refuses with `WordsMissing`, `OverAlready`."""
    proposal = _handled(name, by)
    _expect(proposal, (ProposalState.TAKEN_UP, ProposalState.ANSWERED))
    text = _worded(words)
    _note(proposal, text, by, now)
    _move(proposal, ProposalState.ASKED_BACK, by, now, {})
    letters.asked_back(proposal, text, now)
    return proposal


def decline(name: str, words: str, *, by: User, now: datetime) -> Proposal:
    """Say no, and why, in words that the proposer reads. It is shown no more; a draft stays where it is."""
    proposal = _handled(name, by)
    _expect(proposal, OPEN)
    text = _worded(words)
    _note(proposal, text, by, now)
    proposal.shown_at = None
    _move(proposal, ProposalState.DECLINED, by, now, {})
    letters.declined(proposal, text, now)
    return proposal


def make_draft(name: str, organisation_id: int | None, *, by: User, now: datetime) -> Activity:
    """Make a draft of it, with its words, theme and picture, in the organisation that took it up, or the one staff name.

    Refuses with `OrganisationMissing` or `OverAlready`.
    """
    proposal = _handled(name, by)
    _expect(proposal, IN_HAND)
    owner = proposal.organisation_id or organisation_id
    if owner is None:
        raise OrganisationMissing
    access.allow(access.may_edit(by, owner))
    activity = publishing.create(owner, by.id, now)
    publishing.save(activity, carried_over(proposal), by.id, now)
    proposal.organisation_id, proposal.activity_id = owner, activity.id
    db.session.flush()
    db.session.expire(proposal, ["organisation", "activity"])
    _move(proposal, ProposalState.DRAFT, by, now, {"activity": activity.public_id})
    letters.became_draft(proposal, now)
    return activity


def show(name: str, title: str, text: str, *, by: User, now: datetime) -> Proposal:
    """Let everybody read these words, and say that they would come. The first time the proposer is told. Staff alone decide."""
    access.allow(access.may_review(by))
    proposal = _locked(name, by)
    _expect(proposal, OPEN)
    title, text = typed.line(title)[:160], typed.paragraphs(text)[:LONGEST_WORDS]
    if not title:
        raise TitleMissing
    if not text:
        raise WordsMissing
    first = proposal.shown_title == ""
    proposal.shown_title, proposal.shown_text, proposal.shown_at = title, text, proposal.shown_at or now
    db.session.flush()
    audit.record(by, "proposal.shown", letters.about(proposal), {}, now)
    if first:
        letters.shown(proposal, now)
    return proposal


def hide(name: str, *, by: User, now: datetime) -> Proposal:
    """Show it no more."""
    access.allow(access.may_review(by))
    proposal = _locked(name, by)
    if proposal.shown_at is not None:
        proposal.shown_at = None
        db.session.flush()
        audit.record(by, "proposal.hidden", letters.about(proposal), {}, now)
    return proposal


def _visible(by: User) -> ColumnElement[bool]:
    """Staff see all that is proven; organisers what nobody has taken up, and what theirs have."""
    proven = Proposal.state != ProposalState.UNPROVEN
    if access.may_review(by):
        return proven
    own: Sequence[int] = [each.id for each in access.organisations_of(by, Rights.EDITOR)]
    if not own or not by.is_active:
        return false()
    return and_(proven, or_(Proposal.state == ProposalState.NEW, Proposal.organisation_id.in_(own)))


def _locked(name: str, by: User) -> Proposal:
    query = select(Proposal).where(Proposal.public_id == name, _visible(by))
    found = db.session.scalar(query.with_for_update(of=Proposal).execution_options(populate_existing=True))
    if found is None:
        raise NoSuchProposal
    return found


def _handled(name: str, by: User) -> Proposal:
    proposal = _locked(name, by)
    access.allow(may_handle(proposal, by))
    return proposal


def _expect(proposal: Proposal, states: Collection[ProposalState]) -> None:
    if proposal.forgotten_at is not None or proposal.state not in OPEN:
        raise OverAlready
    if proposal.state not in states:
        raise MovedOn


def _worded(words: str) -> str:
    text = typed.paragraphs(words)[:LONGEST_WORDS]
    if not any(letter.isalnum() for letter in text):
        raise WordsMissing
    return text


def _note(proposal: Proposal, words: str, by: User, now: datetime) -> None:
    whose = proposal.organisation_id
    note = ProposalNote(
        proposal_id=proposal.id, from_citizen=False, words=words, organisation_id=whose, by_id=by.id, at=now
    )
    db.session.add(note)
    db.session.flush()
    db.session.expire(proposal, ["notes"])


def _move(proposal: Proposal, state: ProposalState, by: User, now: datetime, facts: dict[str, object]) -> None:
    proposal.state, proposal.changed_at, proposal.step = state, now, proposal.step + 1
    db.session.flush()
    action = "given_back" if state == ProposalState.NEW else state.value
    audit.record(by, f"proposal.{action}", letters.about(proposal), facts, now)


def carried_over(proposal: Proposal) -> ActivityInput:
    """The words, the theme and the picture of a proposal, as a draft begins with them."""
    with speaking(proposal.language):
        details = (
            (_("For whom: %(words)s", words=proposal.whom), proposal.whom),
            (_("When: %(words)s", words=proposal.time), proposal.time),
            (_("Where: %(words)s", words=proposal.place), proposal.place),
        )
        body = "\n\n".join([proposal.text, *(line for line, said in details if said)])
    first = " ".join(proposal.text.split("\n\n")[0].split())
    summary = first if len(first) <= LONGEST_SUMMARY else f"{first[: LONGEST_SUMMARY - 2].rsplit(' ', 1)[0]} …"
    row = db.session.get(ProposalPicture, proposal.id)
    return ActivityInput(
        words={proposal.language: Words(title=proposal.title, summary=summary, body=body)},
        dimensions=(proposal.dimension,) if proposal.dimension else KEEP,
        sdgs=(proposal.sdg,) if proposal.sdg else KEEP,
        picture=Prepared(row.large, row.small, row.width, row.height) if row is not None else KEEP,
    )
