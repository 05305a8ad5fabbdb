"""Cancelling a sign-up in a talk.

wanted -> (which?) -> ask -> confirm
"""

from engage import registrations
from engage.activities.facts import OccurrenceFacts
from engage.base import wording
from engage.base.i18n import gettext as _
from engage.base.message import Button
from engage.dialog.answers import is_no, is_yes
from engage.dialog.flows import menu, mine
from engage.dialog.turn import Turn
from engage.registrations import Registration, State

FLOW = "cancel"
_SHOWN = 4


def wanted(turn: Turn, _argument: str) -> None:
    """Somebody cannot come: to the only one there is, or to one of several."""
    turn.conversation.misunderstood = 0
    found = mine.of_talk(turn)
    if not found:
        mine.show(turn, "")
    elif len(found) == 1:
        ask(turn, found[0][0].public_id)
    else:
        buttons = tuple(
            Button(f"{each.title}, {wording.short_date(each.starts_at.astimezone(each.zone))}",
                   action=f"cancel:ask:{registration.public_id}")
            for registration, each in found[:_SHOWN]
        )  # fmt: skip
        turn.say(_("Which one can you not come to?"), buttons=buttons)


def ask(turn: Turn, public_id: str) -> None:
    """Ask once more, and say what is lost."""
    found = _own(turn, public_id)
    if found is None:
        menu.stale(turn, "")
        return
    registration, each = found
    turn.ask(FLOW, "sure")
    turn.data["cancel"] = public_id
    turn.say(
        _("Cancel this? You lose your turn in the waiting list.")
        if registration.state == State.WAITING
        else _("Cancel this? Your place goes to somebody else."),
        cards=(mine.card(registration, each, turn.now).without_buttons(),),
        buttons=(
            turn.once(_("Yes, cancel it"), f"cancel:confirm:{public_id}"),
            turn.once(_("No, keep it"), "cancel:keep"),
        ),
    )


def take_sure(turn: Turn) -> bool:
    """A typed yes or no."""
    if is_yes(turn.text):
        confirm(turn, str(turn.data.get("cancel", "")))
    elif is_no(turn.text):
        keep(turn, "")
    else:
        return False
    return True


def confirm(turn: Turn, public_id: str) -> None:
    """Cancel it."""
    if _own(turn, public_id) is None:
        menu.stale(turn, "")
        return
    registrations.cancel(public_id, now=turn.now)
    turn.done()
    turn.say(_("It is cancelled. Thank you for telling us."), buttons=menu.first_buttons()[:3])


def keep(turn: Turn, _argument: str) -> None:
    """Nothing was cancelled."""
    turn.done()
    turn.say(_("Good, you keep it."), buttons=(Button(_("My sign-ups"), action="mine:show"),))


def _own(turn: Turn, public_id: str) -> tuple[Registration, OccurrenceFacts] | None:
    """A sign-up only if it is of this talk's person: a button may be made up by anybody."""
    return next((pair for pair in mine.of_talk(turn) if pair[0].public_id == public_id), None)


ACTIONS = {"ask": ask, "confirm": confirm, "keep": keep}
STEPS = {"sure": take_sure}
