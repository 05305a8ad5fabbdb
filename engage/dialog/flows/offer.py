"""A free seat that was offered to who waits: yes, fewer, no; and joining the line again when it was too late.

show -> accept (-> questions?) | fewer -> accept | decline
take: the first of all who wait has it ; rejoin
"""

from dataclasses import replace
from typing import Any

from engage import registrations
from engage.base import wording
from engage.base.i18n import gettext as _
from engage.base.i18n import ngettext
from engage.base.message import Button
from engage.dialog.answers import either, is_no, is_yes
from engage.dialog.flows import menu, mine, questions
from engage.dialog.turn import Turn
from engage.registrations import Registration, State, offer_notices, offers, pools
from engage.registrations.models import Offer
from engage.registrations.offers import NoSeatLeft, OfferOver

FLOW = "offer"


def show(turn: Turn, public_id: str) -> None:
    """What is offered, until when, and the answers there are."""
    offer = _own(turn, public_id)
    if offer is None:
        menu.stale(turn, "")
        return
    if not offers.is_open(offer, turn.now):
        _say_over(turn, offer.registration)
        return
    entry = next((each for each in mine.of_talk(turn) if each.key == offer.registration.public_id), None)
    turn.ask(FLOW, "answer")
    turn.data["offer"] = public_id
    until = wording.deadline(offer.expires_at, offer.registration.occurrence.timezone)
    places = ngettext("%(number)s place", "%(number)s places", offer.seats)
    yes = turn.once(_("Yes, I take it") if offer.seats == 1 else _("Yes, all of them"), f"offer:accept:{public_id}")
    some = (turn.once(_("Fewer"), f"offer:fewer:{public_id}"),) if offer.seats > 1 else ()
    turn.say(
        _("There is room for you: %(places)s. We keep it until %(until)s.", places=places, until=until),
        *(words for words in [offer_notices.fewer_than_asked(offer.registration, offer)] if words),
        cards=(mine.card(replace(entry, state=""), turn.now).without_buttons(),) if entry else (),
        buttons=(yes, *some, turn.once(_("No, thank you"), f"offer:decline:{public_id}")),
    )


def take_answer(turn: Turn) -> bool:
    """A typed yes or no."""
    public_id = str(turn.data.get("offer", ""))
    return either(turn.text, yes=lambda: accept(turn, public_id), no=lambda: decline(turn, public_id))


def heard(turn: Turn) -> bool:
    """A yes or no that answers no question of the talk: whoever is offered a seat means that, and is shown it once more."""
    person = turn.conversation.person_id
    if person is None or not (is_yes(turn.text) or is_no(turn.text)):
        return False
    asked = [entry.offer for entry in mine.of_talk(turn) if entry.offer]
    if len(asked) == 1:
        show(turn, asked[0])
    return len(asked) == 1


def fewer(turn: Turn, public_id: str) -> None:
    """Ask how many of them."""
    offer = _own(turn, public_id)
    if offer is None:
        menu.stale(turn, "")
        return
    numbers = range(1, min(offer.seats, 6))
    turn.say(
        _("How many places do you want?"),
        buttons=tuple(turn.once(str(each), f"offer:accept:{public_id}.{each}") for each in numbers),
    )


def accept(turn: Turn, argument: str) -> None:
    """Yes, to all or to some; what the organiser asks and was not asked before, is asked first."""
    public_id, _point, number = argument.partition(".")
    offer = _own(turn, public_id)
    if offer is None:
        menu.stale(turn, "")
        return
    seats = int(number) if number.isdecimal() else offer.seats
    if (room := _asks(offer.registration)) is not None and offers.is_open(offer, turn.now):
        turn.data["accepting"] = [public_id, seats]
        questions.begin(turn, room.activity_id, FLOW, offer.registration.answers)
        return
    _accept(turn, public_id, seats, None)


def _asks(registration: Registration) -> pools.Room | None:
    """The seats' room, where its activity asks something that is not answered yet."""
    role = registration.pool.role
    room = pools.look(registration.occurrence_id, role.public_id if role else "")
    return room if room is not None and room.asks and not registration.answers else None


def _answered(turn: Turn, answers: dict[str, Any]) -> None:
    pending = turn.data.pop("accepting", None)
    if pending is None:
        menu.stale(turn, "")
        return
    if len(pending) == 1:
        _take(turn, pending[0], answers)
    else:
        _accept(turn, pending[0], int(pending[1]), answers)


questions.then(FLOW, _answered)


def _accept(turn: Turn, public_id: str, seats: int, answers: dict[str, Any] | None) -> None:
    try:
        registration = registrations.accept(public_id, seats=seats, answers=answers, now=turn.now)
    except OfferOver:
        offer = _own(turn, public_id)
        _say_over(turn, offer.registration if offer else None)
        return
    _say_yours(turn, registration)


def _say_yours(turn: Turn, registration: Registration) -> None:
    turn.done()
    places = ngettext("%(number)s place is yours.", "%(number)s places are yours.", registration.seats)
    turn.say(places + " " + _("I have sent you the details."), buttons=(Button(_("My sign-ups"), action="mine:show"),))


def decline(turn: Turn, public_id: str) -> None:
    """No: it goes to the next in line."""
    offer = _own(turn, public_id)
    if offer is None:
        menu.stale(turn, "")
        return
    try:
        registrations.decline(public_id, now=turn.now)
    except OfferOver:
        _say_over(turn, offer.registration)
        return
    turn.done()
    turn.say(_("All right. The place goes to the next in line."), buttons=menu.first_buttons()[:3])


def _say_over(turn: Turn, registration: Registration | None) -> None:
    turn.done()
    if registration is not None and registration.state == State.CONFIRMED:
        _say_yours(turn, registration)
        return
    again = (
        (turn.once(_("Join the waiting list again"), f"offer:rejoin:{registration.public_id}"),)
        if registration is not None and registration.state in {State.OFFER_EXPIRED, State.OFFER_DECLINED, State.OFFERED}
        else ()
    )
    turn.say(
        _("This offer has run out, and the place went on to the next."), buttons=(*again, *menu.first_buttons()[:2])
    )


def take(turn: Turn, public_id: str) -> None:
    """A seat that all in line were told of."""
    registration = _own_sign_up(turn, public_id)
    if registration is None:
        menu.stale(turn, "")
        return
    if (room := _asks(registration)) is not None and registration.state == State.WAITING:
        turn.data["accepting"] = [public_id]
        questions.begin(turn, room.activity_id, FLOW, registration.answers)
        return
    _take(turn, public_id, None)


def _take(turn: Turn, public_id: str, answers: dict[str, Any] | None) -> None:
    try:
        registration = registrations.take(public_id, answers=answers, now=turn.now)
    except NoSeatLeft:
        turn.done()
        turn.say(
            _("Somebody else was faster. You keep your place on the waiting list."),
            buttons=(Button(_("My sign-ups"), action="mine:show"),),
        )
        return
    _say_yours(turn, registration)


def rejoin(turn: Turn, public_id: str) -> None:
    """In line again, at its end."""
    if _own_sign_up(turn, public_id) is None:
        menu.stale(turn, "")
        return
    registration = registrations.rejoin(public_id, now=turn.now)
    turn.done()
    if (offer := offers.open_offer(registration)) is not None:
        show(turn, offer.public_id)
        return
    place = registrations.position(registration)
    turn.say(
        _("You are number %(number)s on the waiting list.", number=place),
        buttons=(Button(_("My sign-ups"), action="mine:show"),),
    )


def _own_sign_up(turn: Turn, public_id: str) -> Registration | None:
    """A sign-up only if it is of this talk's person: a button may be made up by anybody."""
    registration = registrations.by_public_id(public_id)
    person = turn.conversation.person_id
    return (
        registration if registration is not None and person is not None and registration.person_id == person else None
    )


def _own(turn: Turn, public_id: str) -> Offer | None:
    offer = offers.by_public_id(public_id)
    return offer if offer is not None and _own_sign_up(turn, offer.registration.public_id) is not None else None


ACTIONS = {"show": show, "accept": accept, "fewer": fewer, "decline": decline, "take": take, "rejoin": rejoin}
STEPS = {"answer": take_answer}
