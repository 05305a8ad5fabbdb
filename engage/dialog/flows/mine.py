"""What the person of this talk has signed up for.

show -> cards, each with its ways (five at a time) -> one, where a list has room for a number alone
"""

from dataclasses import dataclass, replace
from datetime import datetime

from engage import registrations
from engage.activities import remembered
from engage.activities.facts import OccurrenceFacts
from engage.base import wording
from engage.base.config import current_settings
from engage.base.i18n import gettext as _
from engage.base.i18n import ngettext
from engage.base.message import Button, Card, Message
from engage.dialog.flows import find, menu
from engage.dialog.turn import Turn
from engage.registrations import State, letters, linking, tickets
from engage.registrations import mine as registrations_mine
from engage.registrations.wording import state_words

_SHOWN = find.PER_PAGE
FLOW = "mine"
PENDING = "p-"  # before a date's name: a sign-up that waits for its mail


@dataclass(frozen=True)
class Entry:
    """A sign-up as this talk may know of it. `key` is what a button names it by."""

    key: str
    seats: int
    state: str
    waits: bool  # in the waiting list
    found: OccurrenceFacts
    offer: str = ""  # the public id of what is offered now
    confirmed: bool = False
    asked: bool = False  # the organiser, who has not answered yet
    bundled: bool = False  # made in one go with others
    own: registrations_mine.Entry | None = None  # as it was read; None for what waits for its mail


def of_talk(turn: Turn) -> list[Entry]:
    """What this talk's person has signed up for, the next first.

    A sign-up whose address is not proven is told from the talk's own words, never from the rows: whether there is one
    depends on whether the address's owner had signed up before, and that is nobody else's business.
    """
    person = turn.conversation.person_id
    own = registrations_mine.coming(person, now=turn.now) if person else []
    entries = [_proven(each) for each in own if each.live and each.registration.verified_at is not None]
    for entry in entries:
        forget_pending(turn, entry.found.occurrence)
    entries += _waiting_for_mail(turn)
    return sorted(entries, key=lambda entry: entry.found.starts_at)


def _proven(own: registrations_mine.Entry) -> Entry:
    registration = own.registration
    waits = registration.state == State.WAITING
    words = state_words(registration, called_off=own.called_off)
    offer = own.offer.public_id if own.offer is not None else ""
    confirmed, asked = (registration.state == each for each in (State.CONFIRMED, State.PENDING_APPROVAL))
    bundled = registration.bundle is not None
    return Entry(
        registration.public_id, registration.seats, words, waits, own.next, offer, confirmed, asked, bundled, own
    )


def _waiting_for_mail(turn: Turn) -> list[Entry]:
    words = _("Waits for you to press the button in the e-mail we sent.")
    entries = []
    for pending in turn.data.get("pending", []):
        found = remembered.occurrence(pending["occurrence"], turn.language)
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
        _say_nothing(turn)
        return
    _list(turn, found, 1)


def more(turn: Turn, page: str) -> None:
    """The next few."""
    found, number = of_talk(turn), int(page) if page.isdecimal() and len(page) < 3 else 1
    turn.done()
    _list(turn, found, number) if found[(number - 1) * _SHOWN :] else show(turn, "")


def _list(turn: Turn, found: list[Entry], page: int) -> None:
    count = ngettext("You have %(number)s sign-up.", "You have %(number)s sign-ups.", len(found))
    shown = found[(page - 1) * _SHOWN : page * _SHOWN]
    turn.data["mine_page"], tickets = page, turn.abilities.shows_codes
    turn.say(
        " · ".join(part for part in (count, find.which_page(turn, page, len(found))) if part),
        cards=tuple(
            _listed(turn, entry) if len(shown) > 1 else card(entry, turn.now, ticket=tickets) for entry in shown
        ),
        buttons=tuple(find.turning(turn, FLOW, page, len(found))),
    )


def _listed(turn: Turn, entry: Entry) -> Card:
    """One of several: where a number is all that a card has room for, it opens the sign-up with all its ways."""
    whole = card(entry, turn.now)
    if not turn.abilities.numbers_cards or not whole.buttons:
        return whole
    return replace(whole, buttons=(Button(_("More about it"), action=f"{FLOW}:one:{entry.key}"), *whole.buttons))


def one(turn: Turn, key: str) -> None:
    """One sign-up, with all that one can do with it."""
    turn.done()
    entry = next((each for each in of_talk(turn) if each.key == key), None)
    if entry is None:
        menu.stale(turn, "")
        return
    back = Button(_("Back to the list"), action=f"{FLOW}:more:{turn.data.get('mine_page', 1)}")
    turn.say(cards=(card(entry, turn.now, ticket=turn.abilities.shows_codes),), buttons=(back,))


def ticket(turn: Turn, key: str) -> None:
    """The code for the door once more, to be kept: what was shown stays."""
    turn.done()
    entry = next((each for each in of_talk(turn) if each.key == key), None)
    registration = registrations.by_public_id(key) if entry is not None else None
    if entry is None or registration is None or registration.state != State.CONFIRMED:
        menu.stale(turn, "")
        return
    ticket = Message(
        subject=_("Your ticket: %(title)s", title=entry.found.title),
        text=(
            _("Show this code at the door."),
            _("Or say it: %(code)s", code=tickets.spoken(tickets.code(registration))),
        ),
        cards=(card(entry, turn.now).without_buttons(),),
        code=tickets.link(registration),
        buttons=letters.see(registration),
        language=turn.language,
        aside=True,
    )
    turn.said.append(ticket)


def _say_nothing(turn: Turn) -> None:
    if linking.linked_email(turn.conversation.person_id):
        turn.say(_("You have no sign-ups at the moment."), buttons=menu.first_buttons()[:3])
        return
    turn.say(
        _("I know of no sign-ups from this chat."),
        _("Did you sign up on the web? Link this chat with your e-mail address, and I show you those too."),
        buttons=(Button(_("Link it"), action="link:start"), *menu.first_buttons()[:2]),
    )


def card(entry: Entry, now: datetime, *, ticket: bool = False) -> Card:
    """A sign-up: when, where, how many, and how it stands."""
    found = entry.found
    when = wording.when(found.starts_at, found.ends_at, found.zone, now)
    number = ngettext("%(number)s place", "%(number)s places", entry.seats)
    url = current_settings().links.occurrence(found.activity, found.slug, found.occurrence)
    lines = (when[0].upper() + when[1:], find.place(found), number, entry.state)
    buttons = () if found.called_off else _ways(entry)
    if ticket and entry.confirmed:
        buttons = (Button(_("Ticket"), action=f"{FLOW}:ticket:{entry.key}"), *buttons)
    return Card(found.title, tuple(line for line in lines if line), url, buttons, found.language)


def _ways(entry: Entry) -> tuple[Button, ...]:
    leave = Button(_("I cannot come"), action=f"cancel:ask:{entry.key}")
    if entry.offer:
        return Button(_("Answer: yes or no"), action=f"offer:show:{entry.offer}"), leave
    if entry.key.startswith(PENDING):
        return (leave,)
    return Button(_("Change"), action=f"change:ask:{entry.key}"), leave


ACTIONS = {"show": show, "more": more, "one": one, "ticket": ticket}
STEPS: dict[str, object] = {}
