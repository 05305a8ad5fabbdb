"""Others say that they would come: a number for whoever takes it up, and never a list of names."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import joinedload

from engage import people
from engage.base import tokens, wording
from engage.base.config import current_settings
from engage.base.db import db
from engage.base.i18n import gettext as _
from engage.base.i18n import speaking
from engage.base.limits import Rate, take
from engage.base.message import Button, Message
from engage.people import Address, Purpose, onetime
from engage.proposals.models import Proposal, ProposalInterest, ProposalState
from engage.proposals.refusals import NotShown
from engage.registrations import entrance

# A network says it of one proposal as often as a family or a class does, so that a count means something.
_NETWORK = Rate(burst=10, per_second=10 / 86_400)
_LASTS = timedelta(days=1)


def key(who: str) -> str:
    """What stands for who says it ("person:7", "browser:x", "telegram:77")."""
    return tokens.stand_in(current_settings().secret_key, f"would-come:{who}")


def keys_of(person_id: int) -> list[str]:
    """What stands for this person: as themselves, and in each chat that is theirs."""
    own = select(Address.channel, Address.identifier).where(Address.person_id == person_id)
    chats = [f"{channel}:{identifier}" for channel, identifier in db.session.execute(own)]
    return [key(who) for who in (f"person:{person_id}", *chats)]


def shown(most: int = 100) -> Sequence[Proposal]:
    """What the public may read, the latest first; a proposal that became an activity stays and leads there."""
    query = select(Proposal).where(Proposal.shown_at.is_not(None))
    query = query.options(joinedload(Proposal.activity))  # a list leads there
    return db.session.scalars(query.order_by(Proposal.shown_at.desc(), Proposal.id).limit(most)).all()


def one_shown(name: str) -> Proposal:
    """One of those. Refuses with `NotShown`."""
    found = db.session.scalar(select(Proposal).where(Proposal.public_id == name, Proposal.shown_at.is_not(None)))
    if found is None:
        raise NotShown
    return found


def counts(proposals: Sequence[Proposal]) -> Mapping[int, int]:
    """How many would come to each."""
    ids = [each.id for each in proposals]
    query = select(ProposalInterest.proposal_id, func.count()).where(ProposalInterest.proposal_id.in_(ids))
    rows = db.session.execute(query.group_by(ProposalInterest.proposal_id)).all()
    return {**dict.fromkeys(ids, 0), **{row[0]: int(row[1]) for row in rows}}


def said(proposal: Proposal, *names: str) -> bool:
    """Whether they have said it, under any of their names."""
    return db.session.scalar(select(ProposalInterest.id).where(*_said_as(proposal, names)).limit(1)) is not None


def would_come(
    name: str,
    who: str,
    *,
    now: datetime,
    person_id: int | None = None,
    hears: bool = False,
    client: str = "",
    before: str = "",
) -> Proposal:
    """Count them, once. With `hears` the person is told how it ends. Refuses with `NotShown` or `limits.TooOften`.

    `before` is what stood for them until they showed who they are (their browser, their chat): it counts no more beside them.
    """
    proposal = one_shown(name)
    if proposal.state == ProposalState.PUBLISHED:
        raise NotShown
    if client and not said(proposal, who, before):
        take(f"would-come:{name}:{client}", _NETWORK, now)
    if before:
        was = delete(ProposalInterest).where(*_said_as(proposal, (before,))).returning(ProposalInterest.person_id)
        told = db.session.scalar(was)
        if told is not None and not hears:
            person_id, hears = told, True  # what they were promised holds
    hears = hears and person_id is not None
    row = {"proposal_id": proposal.id, "key": key(who), "person_id": person_id if hears else None, "hears": hears}
    counted = insert(ProposalInterest).values(**row, said_at=now)
    same = ["proposal_id", "key"]
    if hears:
        db.session.execute(
            counted.on_conflict_do_update(index_elements=same, set_={"person_id": person_id, "hears": True})
        )
    else:
        db.session.execute(counted.on_conflict_do_nothing(index_elements=same))
    return proposal


def take_back(name: str, *names: str) -> Proposal:
    """They would not come after all, under none of their names. Refuses with `NotShown`."""
    proposal = one_shown(name)
    db.session.execute(delete(ProposalInterest).where(*_said_as(proposal, names)))
    return proposal


def _said_as(proposal: Proposal, names: Sequence[str]) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    keys = [key(each) for each in names if each]
    return ProposalInterest.proposal_id == proposal.id, ProposalInterest.key.in_(keys)


def ask_to_hear(name: str, who: str, typed: str, *, language: str, client: str, now: datetime) -> str:
    """Send a link with which the reader of `typed` is told how it ends; returns the address as it was understood.

    Refuses with `NotShown`, `people.EmailNotUsable`, `limits.TooOften`.
    """
    proposal, email = one_shown(name), people.normalise_email(typed)
    entrance.count(email, client, now)
    facts = {"hear": proposal.public_id, "key": who}
    made, secret = onetime.make(Purpose.PROPOSE, email, now=now, lasts=_LASTS, facts=facts)
    settings = current_settings()
    with speaking(language):
        until = wording.deadline(made.expires_at, settings.city.zone)
        message = Message(
            subject=_("Hear what becomes of it: %(title)s", title=proposal.shown_title),
            text=(
                _("Hello,"),
                _("Press the button, and we write to you once, when we know whether “%(title)s” takes place.",
                  title=proposal.shown_title),
                _("The link works once, until %(time)s. You can always ask for a new one.", time=until),
                _("Was it not you who asked? Then you need not do anything. You get nothing without pressing the button."),
            ),
            buttons=(Button(_("Yes, tell me"), url=settings.links.confirm_proposal(secret)),),
            language=language,
        )  # fmt: skip
    entrance.post(message, made, now)
    return email


def hear(secret: str, *, language: str, browser: str, now: datetime) -> tuple[str, str]:
    """The reader of that letter says yes. Returns the name of a visit, and the proposal's. Raises `LinkUsedUp`."""
    made = onetime.use(Purpose.PROPOSE, secret, now, browser=browser, ends_others=False)
    visit = entrance.let_in(made.email, language=language, now=now)
    name, person = str(made.facts["hear"]), people.person_at("email", made.email)
    would_come(name, f"person:{person}", now=now, person_id=person, hears=True, before=str(made.facts["key"]))
    return visit, name


def stop(person_id: int) -> None:
    """Tell them of none of it; that they would come still counts."""
    theirs = update(ProposalInterest).where(ProposalInterest.person_id == person_id)
    db.session.execute(theirs.values(hears=False, person_id=None))
