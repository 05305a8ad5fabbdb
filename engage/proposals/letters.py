"""What the proposer is told at each step, once, in their language and by their way; and who asked to hear of the end."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select

from engage import outbox, people
from engage.base import tokens, wording
from engage.base.config import current_settings
from engage.base.db import db
from engage.base.i18n import LazyText, speaking
from engage.base.i18n import gettext as _
from engage.base.i18n import lazy_gettext as _l
from engage.base.message import Button, Message
from engage.outbox import Priority
from engage.people import Person, reaching, unsubscribing
from engage.proposals.models import Proposal, ProposalInterest

_PURPOSE = "proposal"
HEARS = "proposals"  # the kind of letters to those who would come, as it is stopped


@dataclass(frozen=True, slots=True)
class _Said:
    """What is said at one step: `lines`, then the desk's own words where there are any, then `after`."""

    subject: LazyText
    lines: tuple[LazyText, ...]
    after: tuple[LazyText, ...] = ()
    button: LazyText | None = None


_STANDS = _l("Your proposal “%(title)s” now stands on our page, where others can say that they would come.")
_SHOWN = _Said(
    _l("Others can see your proposal: %(title)s"),
    (_STANDS, _l("Your name does not stand there.")),
    button=_l("See the page"),
)
_SAID = {
    "received": _Said(
        _l("We have your proposal: %(title)s"),
        (
            _l("Thank you for your proposal “%(title)s”."),
            _l("Organisers and the city can now read it. We write to you when somebody takes it up."),
        ),
    ),
    "taken_up": _Said(
        _l("Your proposal is taken up: %(title)s"),
        (
            _l("%(name)s has taken up your proposal “%(title)s”."),
            _l("They look at what can become of it. We write to you at the next step."),
        ),
    ),
    "asked_back": _Said(
        _l("A question about your proposal: %(title)s"),
        (_l("%(name)s asks about your proposal “%(title)s”:"),),
        (_l("Your answer goes to them, your address does not."),),
        _l("Answer"),
    ),
    "draft": _Said(
        _l("Your proposal becomes an activity: %(title)s"),
        (
            _l("%(name)s is making an activity of your proposal “%(title)s”."),
            _l("It is not public yet. We write to you with the link when it is."),
        ),
    ),
    "shown": _SHOWN,
    "shown_with_name": replace(_SHOWN, lines=(_STANDS, _l("Your name stands there, as you wished."))),
    "published": _Said(
        _l("Your proposal is now an activity: %(title)s"),
        (
            _l("Your proposal “%(title)s” has become an activity, held by %(name)s."),
            _l("Thank you for the idea."),
        ),
        button=_l("See the activity"),
    ),
    "declined": _Said(
        _l("About your proposal: %(title)s"),
        (_l("Your proposal “%(title)s” does not become an activity now. %(name)s writes:"),),
        (_l("You are welcome to propose something else."),),
    ),
}


def about(proposal: Proposal) -> str:
    """What the letters about a proposal are about."""
    return f"proposal:{proposal.public_id}"


def token(proposal: Proposal) -> str:
    """Opens the page of its proposer."""
    return tokens.sign(current_settings().secret_key, _PURPOSE, proposal.public_id)


def named(token: str) -> str:
    """The public id a token was made for. Raises `LinkNotValid`."""
    return str(tokens.unsign(current_settings().secret_key, _PURPOSE, token))


def page(proposal: Proposal) -> str:
    """The address of its proposer's page."""
    return current_settings().links.own_proposal(token(proposal))


def ways(person_id: int | None) -> list[tuple[str, str]]:
    """Where this person is written to, in order."""
    if person_id is None:
        return []
    emails = people.proven_emails(person_id)
    return reaching.ways(person_id, emails[0] if emails else None)


def received(proposal: Proposal, now: datetime) -> None:
    """It has arrived. Where a talk says so at this moment, no letter says it again."""
    emails = people.proven_emails(proposal.person_id) if proposal.person_id is not None else []
    if not reaching.hears_it_now(proposal.person_id, emails[0] if emails else None):
        _tell(proposal, "received", now)


def taken_up(proposal: Proposal, now: datetime) -> None:
    """Somebody looks after it."""
    _tell(proposal, "taken_up", now)


def asked_back(proposal: Proposal, words: str, now: datetime) -> None:
    """A question, which is answered in the chat or on the page."""
    _tell(proposal, "asked_back", now, words, leads_to=page(proposal), action=f"propose:answer:{proposal.public_id}")


def became_draft(proposal: Proposal, now: datetime) -> None:
    """An activity is being made of it."""
    _tell(proposal, "draft", now)


def shown(proposal: Proposal, now: datetime) -> None:
    """Others may say that they would come."""
    kind = "shown_with_name" if proposal.shows_name else "shown"
    _tell(proposal, kind, now, leads_to=current_settings().links.proposal(proposal.public_id))


def published(proposal: Proposal, now: datetime) -> None:
    """It can be found and signed up for; also for those who asked to hear of it."""
    activity = proposal.activity
    assert activity is not None, "what is published is there"
    link = current_settings().links.activity(activity.public_id, activity.slug)
    _tell(proposal, "published", now, leads_to=link)
    for interest, person in _who_hear(proposal):
        with speaking(person.language):
            text = _("“%(title)s” has become an activity, held by %(name)s. You said that you would come.",
                     title=proposal.shown_title, name=_taker(proposal))  # fmt: skip
            subject = _("It takes place: %(title)s", title=proposal.shown_title)
            _let_hear(proposal, interest, person, subject, (text,), now, Button(_("See the activity"), url=link))


def declined(proposal: Proposal, words: str, now: datetime) -> None:
    """It does not become an activity, and why; those who asked to hear of it are told too, without the words."""
    _tell(proposal, "declined", now, words)
    not_held(proposal, now)


def not_held(proposal: Proposal, now: datetime) -> None:
    """Whoever said no to it: those who asked to hear how it ends are told, in the words that were public, and nothing of why."""
    for interest, person in _who_hear(proposal):
        with speaking(person.language):
            text = _("“%(title)s”, where you said that you would come, does not become an activity now.",
                     title=proposal.shown_title)  # fmt: skip
            subject = _("It does not take place: %(title)s", title=proposal.shown_title)
            listing = Button(_("Find something else"), url=current_settings().links.listing())
            _let_hear(proposal, interest, person, subject, (text,), now, listing)


def _tell(
    proposal: Proposal, kind: str, now: datetime, quoted: str = "", *, leads_to: str = "", action: str = ""
) -> None:  # fmt: skip
    found = ways(proposal.person_id)
    if not found:
        return
    said = _SAID[kind]
    with speaking(proposal.language):
        facts = {"title": proposal.title, "name": _taker(proposal)}
        first, last = ([each % facts for each in lines] for lines in (said.lines, said.after))
        buttons = (Button(str(said.button), action=action or None, url=leads_to),) if said.button else ()
        message = Message(
            subject=said.subject % facts,
            text=(_("Hello,"), *first, *_paragraphs(quoted), *last),
            buttons=(*buttons, Button(_("See your proposal"), url=page(proposal))),
            language=proposal.language,
        )
    outbox.put(
        message,
        found,
        key=f"{about(proposal)}:{kind}:{proposal.step}",
        about=about(proposal),
        now=now,
        priority=Priority.AWAITED if kind == "received" else Priority.USUAL,
    )


def _let_hear(
    proposal: Proposal,
    interest: int,
    person: Person,
    subject: str,
    text: tuple[str, ...],
    now: datetime,
    button: Button,
) -> None:
    found = ways(person.id)
    if not found or person.optional_off_at is not None:
        return
    outbox.put(
        Message(
            subject=subject,
            text=(_("Hello,"), *text),
            buttons=(button,),
            language=person.language,
            unsubscribe=unsubscribing.link(HEARS, person.id),
        ),
        found,
        key=f"{about(proposal)}:heard:{interest}",
        about=about(proposal),
        now=now,
        priority=Priority.BULK,
    )


def _who_hear(proposal: Proposal) -> list[tuple[int, Person]]:
    """One row a person, also where they said it in a chat and on a page that they linked since; not the proposer, who knows."""
    hears = (ProposalInterest.proposal_id == proposal.id, ProposalInterest.hears)
    query = select(ProposalInterest.id, Person).join(Person, Person.id == ProposalInterest.person_id).where(*hears)
    found = {person.id: (number, person) for number, person in db.session.execute(query).all()}
    return [each for person, each in sorted(found.items()) if person != proposal.person_id]


def _taker(proposal: Proposal) -> str:
    city = current_settings().city
    return proposal.organisation.name if proposal.organisation is not None else str(city.title)


def _paragraphs(words: str) -> tuple[str, ...]:
    return tuple(wording.quoted(each) for each in words.split("\n\n") if each.strip())
