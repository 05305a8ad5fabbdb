"""What others propose, and saying that one would come.

show -> come | not ;  come -> hear
"""

from collections.abc import Callable

from engage import people, proposals
from engage.base.config import current_settings
from engage.base.i18n import gettext as _
from engage.base.i18n import ngettext
from engage.base.message import Button, Card
from engage.dialog.turn import Turn
from engage.proposals import interest
from engage.registrations import linking

_MOST_SHOWN, _SHORT = 5, 160


def show(turn: Turn, _argument: str) -> None:
    """What others propose, and whether one would come."""
    turn.done()
    found = interest.shown(_MOST_SHOWN)
    if not found:
        turn.say(
            _("Nobody's proposal is shown just now."), buttons=(Button(_("Propose something"), action="propose:start"),)
        )
        return
    counts, names = interest.counts(found), _names(turn)
    turn.say(
        _("This is what others propose. Say if you would come: we count it, and keep no list of names."),
        cards=tuple(_card(turn, each, counts[each.id], interest.said(each, *names)) for each in found),
        buttons=(Button(_("Propose something"), action="propose:start"),),
    )


def _card(turn: Turn, proposal: proposals.Proposal, count: int, said: bool) -> Card:
    come = Button(_("I would come"), action=f"ideas:come:{proposal.public_id}")
    not_ = Button(_("I would not come after all"), action=f"ideas:not:{proposal.public_id}")
    is_open = proposal.state != proposals.ProposalState.PUBLISHED
    return Card(
        title=proposal.shown_title,
        lines=(
            _short(proposal.shown_text.split("\n\n")[0]),
            ngettext("%(number)s would come", "%(number)s would come", count),
        ),
        url=current_settings().links.proposal(proposal.public_id),
        buttons=(not_ if said else come,) if is_open else (),
        language=proposal.language if proposal.language != turn.language else None,
    )


def come(turn: Turn, public_id: str) -> None:
    """Count them; they are told how it ends only if they say so."""
    who, before = _names(turn)
    proposal = interest.would_come(public_id, who, before=before, now=turn.now, client=turn.incoming.client or "")
    tell = (Button(_("Tell me when it is settled"), action=f"ideas:hear:{public_id}"),) if _reached(turn) else ()
    turn.say(
        _("You are counted for “%(title)s”.", title=proposal.shown_title),
        _("It is no sign-up yet: that comes when there is a date."),
        buttons=(*tell, Button(_("I would not come after all"), action=f"ideas:not:{public_id}")),
    )


def hear(turn: Turn, public_id: str) -> None:
    """They want to be told how it ends."""
    whose = person(turn)
    who, before = _names(turn)
    proposal = interest.would_come(public_id, who, before=before, now=turn.now, person_id=whose, hears=True)
    if whose is None:  # a button from when the chat was linked with somebody's page
        page = current_settings().links.proposal(public_id)
        turn.say(
            _("You are counted for “%(title)s”.", title=proposal.shown_title),
            _(
                "I cannot write to you here later. Leave your e-mail address on its page, and we tell you when it is settled."
            ),
            buttons=(Button(_("See the page"), url=page),),
        )
        return
    turn.say(_("Good. We write to you once, when we know whether “%(title)s” takes place.", title=proposal.shown_title))


def not_after_all(turn: Turn, public_id: str) -> None:
    """Count them no more."""
    interest.take_back(public_id, *_names(turn))
    turn.say(_("You are not counted any more."), buttons=(Button(_("See what others propose"), action="ideas:show"),))


def _reached(turn: Turn) -> bool:
    return turn.abilities.reaches_later or linked(turn)


def linked(turn: Turn) -> bool:
    """Whether this chat is linked with somebody's own page."""
    return linking.linked_email(turn.conversation.person_id) is not None


def person(turn: Turn) -> int | None:
    """Who writes, where this chat shows it: it reaches its owner, or is linked with their page."""
    talk = turn.conversation
    if turn.abilities.reaches_later:
        if talk.person_id is None:
            talk.person_id = people.find_or_create(talk.channel, talk.identifier, language=talk.language, now=turn.now)
        # Who writes from a chat that reaches them has shown that it is theirs.
        people.verify(talk.channel, talk.identifier, turn.now)
        return talk.person_id
    return talk.person_id if linked(turn) else None


def _names(turn: Turn) -> tuple[str, str]:
    """What stands for who writes, and what stood for them before the chat was linked with their page."""
    chat = f"{turn.conversation.channel}:{turn.conversation.identifier}"
    return (f"person:{turn.conversation.person_id}", chat) if linked(turn) else (chat, "")


def _short(text: str) -> str:
    return text if len(text) <= _SHORT else f"{text[:_SHORT].rstrip()} …"


ACTIONS = {"show": show, "come": come, "hear": hear, "not": not_after_all}
STEPS: dict[str, Callable[[Turn], bool]] = {}
