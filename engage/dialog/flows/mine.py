"""What the person of this talk has signed up for.

show -> cards, each with a way to cancel
"""

from dataclasses import dataclass
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
PENDING = "p-"  # before a date's name: a sign-up that waits for its mail


@dataclass(frozen=True)
class Entry:
    """A sign-up as this talk may know of it. `key` is what a button names it by."""

    key: str
    seats: int
    state: str
    waits: bool  # in the waiting list
    found: OccurrenceFacts


def of_talk(turn: Turn) -> list[Entry]:
    """What this talk's person has signed up for, the next first.

    A sign-up whose address is not proven is told from the talk's own words, never from the rows: whether there is one
    depends on whether the address's owner had signed up before, and that is nobody else's business.
    """
    person = turn.conversation.person_id
    own = registrations.of_person(person, now=turn.now) if person else []
    proven = {each.occurrence_id: each for each in own if each.verified_at is not None}
    known = facts.occurrences(list(proven), turn.language)
    entries = [_proven(proven[each.occurrence_id], each) for each in known]
    for entry in entries:
        forget_pending(turn, entry.found.occurrence)
    entries += _waiting_for_mail(turn)
    return sorted(entries, key=lambda entry: entry.found.starts_at)


def _proven(registration: Registration, found: OccurrenceFacts) -> Entry:
    waits = registration.state == State.WAITING
    return Entry(registration.public_id, registration.seats, state(registration, found), waits, found)


def _waiting_for_mail(turn: Turn) -> list[Entry]:
    words = _("Waits for you to press the button in the e-mail we sent.")
    entries = []
    for pending in turn.data.get("pending", []):
        found = facts.occurrence(pending["occurrence"], turn.language)
        if found and datetime.fromisoformat(pending["until"]) > turn.now:
            entries.append(Entry(PENDING + pending["occurrence"], pending["seats"], words, False, found))
    return entries


def remember_pending(turn: Turn, occurrence: str, seats: int) -> None:
    """Note that a mail is on its way for this date, as long as its button works."""
    until = (turn.now + current_settings().confirm_within).isoformat()
    others = [each for each in turn.data.get("pending", []) if each["occurrence"] != occurrence]
    turn.data["pending"] = [*others, {"occurrence": occurrence, "seats": seats, "until": until}]


def forget_pending(turn: Turn, occurrence: str) -> None:
    """The person does not want it any more."""
    turn.data["pending"] = [each for each in turn.data.get("pending", []) if each["occurrence"] != occurrence]


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
        cards=tuple(card(entry, turn.now) for entry in found[:_SHOWN]),
    )


def card(entry: Entry, now: datetime) -> Card:
    """A sign-up: when, where, how many, and how it stands."""
    found = entry.found
    when = wording.when(found.starts_at, found.ends_at, found.zone, now)
    number = ngettext("%(number)s place", "%(number)s places", entry.seats)
    url = current_settings().links.occurrence(found.activity, found.slug, found.occurrence)
    lines = (when[0].upper() + when[1:], find.place(found), number, entry.state)
    buttons = () if found.called_off else (Button(_("I cannot come"), action=f"cancel:ask:{entry.key}"),)
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
