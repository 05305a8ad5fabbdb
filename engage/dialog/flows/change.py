"""Changing a sign-up in a talk: how many come, and what was answered.

ask -> seats -> (who comes?) -> done | (which answer?) -> questions -> done
"""

from dataclasses import replace
from typing import Any

from engage import registrations
from engage.base.i18n import gettext as _
from engage.base.i18n import ngettext
from engage.base.message import Button
from engage.dialog.answers import either
from engage.dialog.flows import menu, mine, party, questions
from engage.dialog.turn import Turn
from engage.registrations import Changes, Registration, State, leaving, notices, pools
from engage.registrations.offers import NoSeatLeft
from engage.registrations.pools import Room
from engage.registrations.wording import state_words

FLOW = "change"


def ask(turn: Turn, public_id: str) -> None:
    """What is to be another."""
    found = _own(turn, public_id)
    if found is None:
        menu.stale(turn, "")
        return
    registration, room = found
    leaving.refuse_late(registration, room, turn.now)
    turn.data["change"] = {"sign_up": public_id, "seats": None}
    more = [turn.once(_("How many come"), "change:number")] if not party.is_class(room) else []
    more += [turn.once(_("My answers"), "change:answers")] if room.asks else []
    if not more:
        turn.say(_("A class is changed on its page."), buttons=(_page(registration),))
        return
    if len(more) == 1 and not room.asks:
        number(turn, "")
        return
    turn.say(
        ngettext("You have asked for %(number)s place.", "You have asked for %(number)s places.", registration.seats)
        if registration.state != State.CONFIRMED
        else ngettext(
            "You are signed up with %(number)s place.", "You are signed up with %(number)s places.", registration.seats
        ),
        _("What do you want to change?"),
        buttons=(*more, _page(registration), turn.once(_("Cancel"), "menu:leave")),
    )


def _page(registration: Registration) -> Button:
    """All else, such as the name and a class with its school."""
    return Button(_("Change more on its page"), url=notices.page_link(registration))


def fewer(turn: Turn, public_id: str) -> None:
    """Some of them cannot come: how many come now."""
    found = _own(turn, public_id)
    if found is None or party.is_class(found[1]):
        ask(turn, public_id)
        return
    leaving.refuse_late(*found, turn.now)
    turn.data["change"] = {"sign_up": public_id}
    number(turn, "")


def heard(turn: Turn) -> bool:
    """ "We are only two now", said while nothing is asked: of the only sign-up of several places, or to several, there is."""
    wanted = party.typed_seats(turn) if party.counts(turn.text) else None
    own = [each for each in mine.of_talk(turn) if not each.key.startswith(mine.PENDING)]
    found = _own(turn, own[0].key) if wanted is not None and len(own) == 1 and own[0].seats != wanted else None
    if found is None or party.is_class(found[1]):
        return False
    leaving.refuse_late(*found, turn.now)
    turn.data["change"] = {"sign_up": own[0].key, "heard": wanted}
    turn.ask(FLOW, "sure")
    turn.say(
        _("%(title)s: you are signed up for %(before)s. Shall it be %(number)s?",
          title=own[0].found.title, before=own[0].seats, number=wanted),
        buttons=(turn.once(_("Yes"), f"{FLOW}:seats:{wanted}"), turn.once(_("No, keep it"), "menu:leave")),
    )  # fmt: skip
    return True


def take_sure(turn: Turn) -> bool:
    """A typed yes or no."""
    wanted = str(turn.data.get("change", {}).get("heard", ""))
    return either(turn.text, yes=lambda: seats(turn, wanted), no=lambda: menu.leave(turn, ""))


def number(turn: Turn, _argument: str) -> None:
    """Ask how many come now."""
    found = _current(turn)
    if found is not None:
        party.ask_seats(turn, FLOW, found[1])


def seats(turn: Turn, argument: str) -> None:
    """The number was pressed."""
    if _current(turn) is not None:
        turn.data["change"]["seats"] = int(argument) if argument.isdecimal() and len(argument) < 4 else 0
        _next(turn)


def take_seats(turn: Turn) -> bool:
    """The number was typed."""
    wanted = party.typed_seats(turn)
    if wanted is None or "change" not in turn.data:
        party.ask_seats_again(turn)
        return True
    turn.data["change"]["seats"] = wanted
    _next(turn)
    return True


def take_companion(turn: Turn) -> bool:
    """One more of those who come."""
    found = _current(turn)
    if found is None:
        return True
    if party.take_companion(turn, turn.data["change"], found[1]):
        _next(turn)
    return True


def _next(turn: Turn) -> None:
    found, draft = _current(turn), turn.data.get("change", {})
    if found is None:
        return
    registration, room = found
    if "companions" not in draft and party.asks_names(room) | party.asks_ages(room):
        draft["companions"] = registration.companions[: draft["seats"]]
    if party.missing_companion(draft, room):
        party.ask_companion(turn, FLOW, draft, room)
        return
    companions = party.companions(draft) if "companions" in draft else None
    _change(turn, registration, Changes(seats=draft["seats"], companions=companions))


def answers(turn: Turn, _argument: str) -> None:
    """Ask which answer is to be another, where there are several."""
    found = _current(turn)
    if found is None:
        return
    registration, room = found
    several = questions.each(room.activity_id, registration.answers)
    if not registration.answers or len(several) < 2:
        questions.begin(turn, room.activity_id, FLOW, registration.answers)
        return
    turn.say(
        _("Which answer do you want to change?"),
        *questions.in_words(room.activity_id, registration.answers),
        buttons=(
            *(turn.once(label, f"change:answer:{name}") for name, label in several),
            turn.once(_("Cancel"), "menu:leave"),
        ),
    )


def answer(turn: Turn, name: str) -> None:
    """Ask one question anew."""
    found = _current(turn)
    if found is not None:
        questions.begin(turn, found[1].activity_id, FLOW, found[0].answers, again=name)


def _answered(turn: Turn, given: dict[str, Any]) -> None:
    found = _current(turn)
    if found is not None:
        _change(turn, found[0], Changes(answers=given))


questions.then(FLOW, _answered)


def _change(turn: Turn, registration: Registration, changes: Changes) -> None:
    problems = registrations.editing.problems(registration.public_id, changes)
    if problems:
        turn.say(str(problems[0][1]), buttons=party.out(turn))
        return
    try:
        changed = registrations.change(registration.public_id, replace(changes), now=turn.now)
    except NoSeatLeft:
        turn.done()
        turn.say(
            _("There are not so many free places. Nothing was changed."),
            buttons=(Button(_("My sign-ups"), action="mine:show"),),
        )
        return
    turn.data.pop("change", None)
    turn.done()
    places = ngettext("%(number)s place", "%(number)s places", changed.seats)
    stands = state_words(changed) if changed.state != State.CONFIRMED else ""
    turn.say(
        " ".join(part for part in (_("It is changed: %(places)s.", places=places), stands) if part),
        buttons=(Button(_("My sign-ups"), action="mine:show"),),
    )


def _current(turn: Turn) -> tuple[Registration, Room] | None:
    found = _own(turn, str(turn.data.get("change", {}).get("sign_up", "")))
    if found is None:
        menu.stale(turn, "")
    return found


def _own(turn: Turn, public_id: str) -> tuple[Registration, Room] | None:
    """A live sign-up with its room, only if it is of this talk's person: a button may be made up by anybody."""
    entry = next((each for each in mine.of_talk(turn) if each.key == public_id), None)
    registration = registrations.by_public_id(public_id) if entry is not None else None
    if registration is None or registration.state == State.OFFERED:
        return None
    role = registration.pool.role
    room = pools.look(registration.occurrence_id, role.public_id if role else "")
    return (registration, room) if room is not None else None


ACTIONS = {"ask": ask, "fewer": fewer, "number": number, "seats": seats, "answers": answers, "answer": answer}
STEPS = {"sure": take_sure, "seats": take_seats, "companion": take_companion}
