"""What the person of this talk has signed up for.

show -> cards, each with a way to cancel
"""

from datetime import datetime

from engage import registrations
from engage.activities import facts
from engage.activities.facts import OccurrenceFacts
from engage.base import wording
from engage.base.config import current_settings
from engage.base.i18n import gettext as _
from engage.base.i18n import ngettext
from engage.base.message import Button, Card
from engage.dialog.flows import find, menu
from engage.dialog.turn import Turn
from engage.registrations import Registration, State

_SHOWN = 8


def of_talk(turn: Turn) -> list[tuple[Registration, OccurrenceFacts]]:
    """The live sign-ups of this talk's person with what they are for, the next first."""
    person = turn.conversation.person_id
    found = registrations.of_person(person, now=turn.now) if person else []
    known = {each.occurrence_id: each for each in facts.occurrences([r.occurrence_id for r in found], turn.language)}
    return [(each, known[each.occurrence_id]) for each in found if each.occurrence_id in known]


def show(turn: Turn, _argument: str) -> None:
    """List them, or say where the others are."""
    turn.done()
    turn.conversation.misunderstood = 0
    found = of_talk(turn)
    if not found:
        turn.say(
            _("I know of no sign-ups from this chat."),
            _("What you signed up for on the web is in the e-mails we sent you. Each has a link to see and cancel it."),
            buttons=menu.first_buttons()[:3],
        )
        return
    turn.say(
        ngettext("You have %(number)s sign-up.", "You have %(number)s sign-ups.", len(found)),
        cards=tuple(card(registration, each, turn.now) for registration, each in found[:_SHOWN]),
    )


def card(registration: Registration, found: OccurrenceFacts, now: datetime) -> Card:
    """A sign-up: when, where, how many, and how it stands."""
    when = wording.when(found.starts_at, found.ends_at, found.zone, now)
    number = ngettext("%(number)s place", "%(number)s places", registration.seats)
    url = current_settings().links.occurrence(found.activity, found.slug, found.occurrence)
    lines = (when[0].upper() + when[1:], find.place(found), number, state(registration, found))
    buttons = () if found.called_off else (Button(_("I cannot come"), action=f"cancel:ask:{registration.public_id}"),)
    return Card(found.title, tuple(line for line in lines if line), url, buttons, found.language)


def state(registration: Registration, found: OccurrenceFacts) -> str:
    """How a sign-up stands, in a sentence."""
    if found.called_off:
        return _("The activity is called off.")
    if registration.verified_at is None:
        return _("Waiting for you to press the button in the e-mail we sent.")
    if registration.state == State.WAITING:
        return _("You are number %(number)s on the waiting list.", number=registrations.position(registration))
    return _("You have your place.")


ACTIONS = {"show": show}
STEPS: dict[str, object] = {}
