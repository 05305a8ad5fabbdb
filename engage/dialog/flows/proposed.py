"""What the desk asks about a proposal, and its proposer answers in the chat. Part of `propose`.

answer (a button under a letter) -> sent
"""

from engage.base import wording
from engage.base.i18n import gettext as _
from engage.dialog.flows import ideas, menu
from engage.dialog.turn import Turn
from engage.proposals import own
from engage.proposals.refusals import WordsMissing

FLOW, ANSWER = "propose", "answer"


def answer(turn: Turn, public_id: str) -> None:
    """Their answer is asked for; the button stands under a letter."""
    proposal = own.of_person_named(public_id, ideas.person(turn))
    turn.data["proposal_asked"] = public_id
    turn.ask(FLOW, ANSWER)
    asked = next((each.words for each in reversed(proposal.notes) if not each.from_citizen), "")
    turn.say(
        _("Write your answer in one message."),
        *([wording.quoted(short(asked))] if asked else []),
        buttons=(turn.once(_("Cancel"), "menu:leave"),),
    )


def take_answer(turn: Turn) -> bool:
    """Whatever was typed is the answer."""
    if not any(letter.isalnum() for letter in turn.text):
        turn.say(str(WordsMissing.message), buttons=(turn.once(_("Cancel"), "menu:leave"),))
        return True
    turn.done()
    proposal = own.of_person_named(str(turn.data.pop("proposal_asked", "")), ideas.person(turn))
    own.answer(proposal, turn.incoming.text, now=turn.now)
    turn.say(_("Thank you. Your answer is sent, and you hear of the next step here."), buttons=menu.first_buttons()[:2])
    return True


def short(text: str, most: int = 300) -> str:
    """As much of a longer text as a message shows well."""
    return text if len(text) <= most else f"{text[:most].rstrip()} …"
