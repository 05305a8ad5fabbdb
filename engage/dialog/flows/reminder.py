"""Answering a reminder in a talk: one comes. Who cannot goes on to `cancel`, which asks once more.

coming
"""

from engage.base.i18n import gettext as _
from engage.base.message import Button
from engage.dialog.flows import menu, mine
from engage.dialog.turn import Turn
from engage.registrations.reminders import answers
from engage.registrations.reminders.answers import NotYoursToCome


def coming(turn: Turn, number: str) -> None:
    """Note it, and thank. A second press is thanked as well."""
    asked = answers.by_id(int(number)) if number.isdecimal() and len(number) < 10 else None
    person = turn.conversation.person_id
    if asked is None or person is None or asked.registration.person_id != person:
        menu.stale(turn, "")
        return
    try:
        answers.say_coming(asked, now=turn.now)
    except NotYoursToCome as refusal:
        turn.say(str(refusal), buttons=(Button(_("My sign-ups"), action="mine:show"),))
        return
    entry = next((each for each in mine.of_talk(turn) if each.key == asked.registration.public_id), None)
    turn.say(
        _("Good, see you there. We do not ask again."),
        cards=(mine.card(entry, turn.now).without_buttons(),) if entry else (),
        buttons=(
            Button(_("My sign-ups"), action="mine:show"),
            Button(_("I cannot come"), action=f"cancel:ask:{asked.registration.public_id}"),
        ),
    )


ACTIONS = {"coming": coming}
STEPS: dict[str, object] = {}
