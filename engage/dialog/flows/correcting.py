"""Somebody who signs up thinks better of something in the middle of it: another number, a step back, or a moment to think.

Without this their words would be taken for the answer to what was asked, such as a name. Part of signing up.
"""

import re

from engage.base.i18n import gettext as _
from engage.base.i18n import ngettext
from engage.dialog.answers import plain
from engage.dialog.flows import menu, party, revising, sign_up
from engage.dialog.flows.signing import FLOW
from engage.dialog.turn import Turn

_HESITATES = re.compile(
    r"(?:nej|næ|nå|hov|ups|vent|øh|faktisk|stop|no|nope|wait|hang on|hold on|oops|sorry|actually|nein|warte|halt"
    r"|moment|ach|doch)\b"
)
_NUMBERED_STEPS = frozenset({
    "name", "email", "companion", "review", "which", "dates", "certificate", "age_band", "area", "waiting", "fewer",
})  # fmt: skip
_BACK = re.compile(
    r"(?:kan jeg |jeg vil |can i |i want to |kann ich |ich will )?(?:gå |et skridt |go |step |geh |einen schritt )*"
    r"(?:tilbage|back|zurück)(?: (?:en gang|et skridt|one step|please|tak|bitte|gehen))*|forrige|previous|vorherige"
)
# What was asked before each step.
_BEFORE = {"email": "name", "name": "seats", "companion": "seats"}


def takes(turn: Turn) -> bool:
    """Whether a text is about the form, and no answer to its question; then it is done."""
    said, talk = plain(turn.text), turn.conversation
    if _BACK.fullmatch(said):
        _go_back(turn)
        return True
    if talk.flow != FLOW or "sign_up" not in turn.data:
        return False
    hesitates = _HESITATES.match(said) is not None
    if talk.step in _NUMBERED_STEPS and (hesitates or party.counts(turn.text)) and _another_number(turn):
        return True
    if hesitates and talk.step in {"name", "email"} and "@" not in turn.text:
        turn.say(_("All right, take your time."))
        menu.ask_again(turn)
        return True
    return False


def _another_number(turn: Turn) -> bool:
    draft, number = turn.data["sign_up"], party.typed_seats(turn)
    if number is None or draft.get("class"):
        return False
    revising.begin(draft, "seats")
    revising.is_over(draft)
    draft["seats"] = number
    turn.say(ngettext("All right, %(number)s place.", "All right, %(number)s places.", number))
    sign_up.go_on(turn)
    return True


def _go_back(turn: Turn) -> None:
    talk = turn.conversation
    if talk.flow == FLOW and talk.step == "review":
        sign_up.change(turn, "")
    elif talk.flow == FLOW and talk.step in _BEFORE and "sign_up" in turn.data:
        what = _BEFORE[talk.step]
        if what == "seats" and (turn.data["sign_up"].get("class") or not turn.data["sign_up"].get("seats")):
            what = "name"
        sign_up.revise(turn, what)
    else:
        turn.say(_("I cannot go back here. You can answer the question, or leave it with Cancel."))
        menu.ask_again(turn)
