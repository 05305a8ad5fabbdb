"""Somebody wants to sign up: for what is on the screen, for one of several, or for what is searched first. Part of `sign_up`.

wanted -> (which?) -> sign_up.start
"""

from engage.activities import remembered
from engage.base.i18n import gettext as _
from engage.base.message import Button
from engage.dialog.answers import picked
from engage.dialog.flows import find, menu, sign_up
from engage.dialog.turn import Turn

_SHOWN = 4
_OF_DATES = ("find:show:", "sign_up:start:")


def wanted(turn: Turn, _argument: str) -> None:
    """Somebody wants to sign up: for what is in focus, or for one of what was shown last."""
    heard = turn.understanding
    assert heard is not None
    turn.conversation.misunderstood = 0
    turn.data["party"] = heard.party
    focus = turn.data.get("focus", [])
    several = [action.rpartition(":")[2] for action in turn.data.get("several", []) if action.startswith(_OF_DATES)]
    pointed = None if heard.first else picked(turn.text, several)
    # "Sign up me and my neighbour", said of the one thing that is shown: a topic among the people is no search.
    meant = len(focus) == 1 and heard.party is not None and not (heard.first or heard.words)
    if not (pointed or meant) and (heard.first or heard.sdgs or heard.words or heard.audience):
        find.search(turn, "")
        return
    if pointed or len(focus) == 1:
        sign_up.start(turn, pointed or focus[0])
        return
    known = [remembered.occurrence(public_id, turn.language) for public_id in focus]
    shown = [found for found in known if found and find.may_sign_up(found, turn.now)][:_SHOWN]
    if shown:
        buttons = tuple(Button(find.named(each), action=f"sign_up:start:{each.occurrence}") for each in shown)
        turn.say(_("Which one do you want to sign up for?"), buttons=buttons)
        return
    turn.say(_("Find something first, then I can sign you up."), buttons=menu.first_buttons()[:3])
