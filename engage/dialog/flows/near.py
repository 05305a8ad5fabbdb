"""What is near: somebody tells where they are, and that is forgotten when it has been answered.

ask -> (where they are) -> found (5 at a time) -> more
"""

from dataclasses import replace

from engage.activities import nearby, remembered
from engage.base.i18n import gettext as _
from engage.base.i18n import ngettext
from engage.base.message import Card, Message
from engage.dialog.flows import find, menu
from engage.dialog.turn import Turn

_FAR = 10  # kilometres from which on halves say nothing


def ask(turn: Turn, _argument: str) -> None:
    """Ask where they are, in a channel that can."""
    turn.done()
    if not turn.abilities.knows_where:
        turn.say(_("I cannot ask where you are here. Write the name of a town instead."), buttons=menu.first_buttons())
        return
    said = (
        _("Press the button below, and I look for what is near you in the coming two weeks."),
        _("I only learn roughly where you are, and forget it at once. You can also write the name of a town."),
    )
    turn.said.append(Message(text=said, language=turn.language, asks_where=_("Tell where I am")))


def found(turn: Turn, _argument: str) -> None:
    """Answer with the nearest. What is remembered is their order, never the place."""
    turn.done()
    turn.conversation.misunderstood = 0
    where = turn.incoming.where
    hits = nearby.find(where, now=turn.now) if where else ()
    known = {
        each.occurrence_id: each for each in remembered.occurrences([hit.occurrence_id for hit in hits], turn.language)
    }
    away = [(known[hit.occurrence_id].occurrence, _away(hit.kilometres)) for hit in hits if hit.occurrence_id in known]
    thanks = _("Thank you. I have forgotten already where you are.")
    turn.said.append(Message(text=(thanks,), language=turn.language, asked_where=True))
    if not away:
        turn.say(_("I found nothing near you in the coming two weeks."), buttons=menu.first_buttons()[:3])
        return
    turn.data["near"] = [list(pair) for pair in away]
    _show(turn, 1)


def more(turn: Turn, page: str) -> None:
    """The next few of the same list."""
    _show(turn, int(page) if page.isdecimal() and len(page) < 3 else 1)


def _show(turn: Turn, page: int) -> None:
    listed: list[list[str]] = turn.data.get("near", [])
    shown = listed[(page - 1) * find.PER_PAGE : page * find.PER_PAGE]
    if not shown:
        menu.stale(turn, "")
        return
    turn.done()
    cards = tuple(card for public_id, away in shown if (card := _card(turn, public_id, away)))
    turn.data["focus"] = [public_id for public_id, _away in shown]
    buttons = tuple(find.turning(turn, "near", page, len(listed)))
    count = ngettext("%(number)s activity near you", "%(number)s activities near you", len(listed))
    heading = " · ".join(part for part in (count, find.which_page(turn, page, len(listed))) if part)
    turn.say(heading, cards=cards, buttons=buttons)


def _card(turn: Turn, public_id: str, away: str) -> Card | None:
    known = remembered.occurrence(public_id, turn.language)
    if known is None or not known.published:
        return None
    card = find.card(known, turn.now)
    return replace(card, lines=(*card.lines, away))


def _away(kilometres: float) -> str:
    """How far, no more exactly than we know."""
    if kilometres < 1:
        return _("Less than a kilometre away")
    number = round(kilometres) if kilometres < _FAR else round(kilometres / 5) * 5
    return _("About %(number)s km away", number=number)


ACTIONS = {"ask": ask, "more": more}
STEPS: dict[str, object] = {}
