"""A citizen proposes an activity: within bounds, and seen by nobody before there is a way to tell its proposer."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from engage import people
from engage.activities import typed
from engage.activities.draft import LONGEST_TITLE
from engage.activities.pictures import Prepared
from engage.base import wording
from engage.base.config import current_settings
from engage.base.db import db
from engage.base.i18n import gettext as _
from engage.base.i18n import speaking
from engage.base.identifiers import public_id
from engage.base.limits import Rate, TooOften
from engage.base.message import Button, Message
from engage.goals.reference import reference
from engage.people import Purpose, onetime
from engage.proposals import letters
from engage.proposals.models import OPEN, Proposal, ProposalState
from engage.proposals.own import keep_picture
from engage.proposals.refusals import NameMissing, NoWayToYou, TextMissing, TitleMissing, TooManyProposals
from engage.registrations import caps, entrance

LONGEST_TEXT, LONGEST_DETAIL, LONGEST_NAME = 3000, 300, 120
# The button in the mail: whoever writes in the evening reads their mail the next day.
LASTS = timedelta(days=1)
# The same form again this soon is the same press; later, its mail was not found.
_SAME_PRESS = timedelta(minutes=1)
# Own choice: as many as somebody with many ideas has on one day; a whole household or library shares a network.
_ADDRESS, _NETWORK = Rate(burst=3, per_second=3 / 86_400), Rate(burst=20, per_second=20 / 86_400)


@dataclass(frozen=True, kw_only=True)
class Proposed:
    """What a citizen tells. `person_id` is who has shown who they are; without, the link goes to `email` first.

    `client` is a keyed hash of where it came from. `dimension` and `sdg` count only where they are known; a `name` is kept only
    where it may be shown.
    """

    title: str
    text: str
    language: str
    channel: str
    person_id: int | None = None
    email: str = ""
    whom: str = ""
    time: str = ""
    place: str = ""
    dimension: str = ""
    sdg: int | None = None
    can_help: bool = False
    name: str = ""
    shows_name: bool = False
    picture: Prepared | None = None
    client: str = ""
    notice_version: str | None = None


def propose(said: Proposed, *, now: datetime) -> Proposal:
    """Keep a proposal: seen by the desk at once, or once the button in the mail to `email` is pressed; the same twice is one,
    and the mail is sent again.

    Refuses with `TitleMissing`, `TextMissing`, `NameMissing`, `NoWayToYou`, `TooManyProposals`, `people.EmailNotUsable`.
    """
    title, text = typed.line(said.title)[:LONGEST_TITLE], typed.paragraphs(said.text)[:LONGEST_TEXT]
    _refuse_unworded(title, text, said)
    email = None if said.person_id is not None else _email(said.email)
    if (same := _proposed_before(said.person_id, email, title, text)) is not None:
        if email is not None and now - same.changed_at >= _SAME_PRESS:
            # The mail was lost, or its link is about to be over: another one, and a whole day for it.
            same.proposed_at = same.changed_at = now
            _ask_to_prove(same, email, said.client, now)
        return same
    count(said, email, now)
    proposal = _row(said, title, text, email, now)
    db.session.add(proposal)
    db.session.flush()
    if said.picture is not None:
        keep_picture(proposal, said.picture)
    if email is None:
        letters.received(proposal, now)
    else:
        _ask_to_prove(proposal, email, said.client, now)
    return proposal


def confirm(secret: str, *, language: str, browser: str, now: datetime) -> tuple[str, Proposal | None]:
    """The reader of the mail says that it was they: the desk sees the proposal. Returns the name of a visit, as they have shown
    who they are, and the proposal, if it is still there. Raises `LinkUsedUp`.
    """
    key = onetime.use(Purpose.PROPOSE, secret, now, browser=browser, ends_others=False)
    name = entrance.let_in(key.email, language=language, now=now)
    person = people.person_at("email", key.email)
    query = select(Proposal).where(Proposal.public_id == key.facts.get("proposal", ""), Proposal.forgotten_at.is_(None))
    proposal = db.session.scalar(query.with_for_update().execution_options(populate_existing=True))
    if proposal is not None and proposal.state == ProposalState.UNPROVEN and proposal.email == key.email:
        proposal.person_id, proposal.email = person, None
        proposal.state, proposal.changed_at = ProposalState.NEW, now
        db.session.flush()
        letters.received(proposal, now)
    return name, proposal


def look(secret: str, *, now: datetime) -> Proposal | None:
    """The proposal behind a link, changing nothing. Raises `LinkUsedUp`."""
    key = onetime.look(Purpose.PROPOSE, secret, now)
    return db.session.scalar(select(Proposal).where(Proposal.public_id == key.facts.get("proposal", "")))


def count(said: Proposed, email: str | None, now: datetime) -> None:
    """Take what one more proposal costs its proposer and their network. Refuses with `TooManyProposals`."""
    who = caps.address(email) if email else caps.person(said.person_id or 0, "", said.channel)
    try:
        caps.take_pace(f"proposal:{who.key}", _ADDRESS, who, now)
        if said.client:
            network = caps.network(said.client)
            caps.take_pace(f"proposal:{network.key}", _NETWORK, network, now)
    except TooOften as full:
        raise TooManyProposals from full


def _refuse_unworded(title: str, text: str, said: Proposed) -> None:
    if not any(letter.isalpha() for letter in title):
        raise TitleMissing
    if not any(letter.isalpha() for letter in text):
        raise TextMissing
    if said.shows_name and not any(letter.isalpha() for letter in said.name):
        raise NameMissing


def _email(text: str) -> str:
    if not text.strip():
        raise NoWayToYou
    return people.normalise_email(text)


def _proposed_before(person_id: int | None, email: str | None, title: str, text: str) -> Proposal | None:
    """The same words of the same person, still open: a form sent twice. Of two at once both may be kept."""
    whose = Proposal.person_id == person_id if email is None else Proposal.email == email
    states = (*OPEN, ProposalState.UNPROVEN)
    same = select(Proposal).where(whose, Proposal.state.in_(states), Proposal.title == title, Proposal.text == text)
    return db.session.scalars(same.limit(1)).one_or_none()


def _row(said: Proposed, title: str, text: str, email: str | None, now: datetime) -> Proposal:
    goals = reference()
    return Proposal(
        public_id=public_id(12),
        person_id=said.person_id,
        email=email,
        name=typed.line(said.name)[:LONGEST_NAME] or None if said.shows_name else None,
        shows_name=said.shows_name,
        channel=said.channel,
        language=said.language,
        title=title,
        text=text,
        whom=typed.line(said.whom)[:LONGEST_DETAIL],
        time=typed.line(said.time)[:LONGEST_DETAIL],
        place=typed.line(said.place)[:LONGEST_DETAIL],
        dimension=said.dimension if said.dimension in goals.dimensions else "",
        sdg=said.sdg if said.sdg in goals.sdgs else None,
        can_help=said.can_help,
        notice_version=said.notice_version,
        state=ProposalState.NEW if email is None else ProposalState.UNPROVEN,
        proposed_at=now,
        changed_at=now,
    )


def _ask_to_prove(proposal: Proposal, email: str, client: str, now: datetime) -> None:
    """As on every way in: the letter is the same whether we know the address or not, and quotes nothing."""
    entrance.count(email, client, now)
    facts = {"proposal": proposal.public_id}
    key, secret = onetime.make(Purpose.PROPOSE, email, now=now, lasts=LASTS, facts=facts)
    settings = current_settings()
    with speaking(proposal.language):
        until = wording.deadline(key.expires_at, settings.city.zone)
        message = Message(
            subject=_("Send your proposal?"),
            text=(
                _("Hello,"),
                _(
                    "Press the button to send us the proposal that was written with this address. Then we write to you here "
                    "about what becomes of it."
                ),
                _("The link works once, until %(time)s. You can always ask for a new one.", time=until),
                _("Was it not you? Then you need not do anything. Nobody sees the proposal without the button."),
            ),
            buttons=(Button(_("Yes, send my proposal"), url=settings.links.confirm_proposal(secret)),),
            language=proposal.language,
        )  # fmt: skip
    entrance.post(message, key, now)
