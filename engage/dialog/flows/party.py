"""Who comes: how many, their names and ages, or a class with its school. Part of signing up and of changing a sign-up.

seats | school -> class -> numbers ; each of those who come, one at a time
"""

import re
from typing import Any

from engage.activities.terms import AskedOfEach, Party
from engage.base.i18n import gettext as _
from engage.base.message import Button
from engage.dialog.answers import plain
from engage.dialog.turn import Turn
from engage.dialog.understanding.party import count_party
from engage.dialog.understanding.tokens import tokenise
from engage.registrations import Companion, SchoolClass
from engage.registrations import application as told
from engage.registrations.pools import Room

_NUMBER = re.compile(r"\d{1,3}")
# What stands around a name and an age: "Ida på 7 år", "Ida (7)", "Ida, 7 Jahre alt".
_AROUND_AGE = re.compile(r"\b(er|på|år|is|aged|years?|old|ist|jahre?|alt)\b", re.IGNORECASE)

Draft = dict[str, Any]


def is_class(room: Room) -> bool:
    """Whether a class signs up with its teacher."""
    return room.party == Party.CLASS


def asks_names(room: Room) -> bool:
    """Whether everybody's name is asked for."""
    return AskedOfEach(room.asked_of_each).asks_name and not is_class(room)


def asks_ages(room: Room) -> bool:
    """Whether everybody's age is asked for, by the organiser or because there is a lowest or highest one."""
    limited = room.age_from is not None or room.age_to is not None
    return (AskedOfEach(room.asked_of_each).asks_age or limited) and not is_class(room)


def missing(draft: Draft, room: Room) -> str | None:
    """The step that asks for the first thing that is not known of the party yet, before and after the contact is known."""
    if is_class(room):
        of_class = draft.get("class") or {}
        return next((step for step in ("school", "class", "numbers") if step not in of_class), None)
    return None if draft.get("seats") else "seats"


def missing_companion(draft: Draft, room: Room) -> bool:
    """Whether somebody who comes is not known yet as the organiser asks."""
    return (asks_names(room) or asks_ages(room)) and len(draft.get("companions") or ()) < (draft.get("seats") or 0)


def out(turn: Turn) -> tuple[Button, ...]:
    """The way out of what is being asked; also where an answer was none, as the question's own buttons are gone then."""
    return (turn.once(_("Cancel"), "menu:leave"),)


def ask_school(turn: Turn, flow: str) -> None:
    """Which school, for a class."""
    turn.ask(flow, "school")
    turn.say(_("Which school do you come from?"), buttons=out(turn))


def ask_class(turn: Turn, flow: str) -> None:
    """Which class."""
    turn.ask(flow, "class")
    turn.say(_("Which class is it? For example: 5.b"), buttons=out(turn))


def ask_numbers(turn: Turn, flow: str) -> None:
    """How many of each."""
    turn.ask(flow, "numbers")
    turn.say(_("How many pupils and how many adults come? For example: 22 and 2"), buttons=out(turn))


def ask_seats(turn: Turn, flow: str, room: Room) -> None:
    """How many come, with the numbers most people press."""
    turn.ask(flow, "seats")
    least = room.group_least or 1
    shown = [number for number in range(least, least + 4) if room.group_most is None or number <= room.group_most]
    buttons = tuple(turn.once(str(number), f"{flow}:seats:{number}") for number in shown)
    turn.say(
        _("How many are you, with yourself? Press or write the number."),
        buttons=(*buttons, *out(turn)),
    )


def ask_seats_again(turn: Turn) -> None:
    """What was typed is no number."""
    turn.say(_("Write how many you are as a number, for example 2."), buttons=out(turn))


def typed_seats(turn: Turn) -> int | None:
    """ "3", "tre", "2 voksne og 3 børn"."""
    return count_party(tokenise(turn.text), turn.language, frozenset(), signing_up=True)


_COUNTS = re.compile(
    r"\b(?:vi er|vi bliver|vi kommer|vi skal være|we are|we re|we will be|we ll be|there are|wir sind|wir werden|wir kommen"
    r"|make it|make that|gør det til|lad os sige|machen wir|sagen wir)\b"
)


def counts(text: str) -> bool:
    """Whether somebody says how many they are, and not only a number."""
    return _COUNTS.search(plain(text)) is not None


def take_school(turn: Turn, draft: Draft) -> bool:
    """The name of the school."""
    return _keep_words(turn, draft, "school", _("Write the name of the school."))


def take_class(turn: Turn, draft: Draft) -> bool:
    """The name of the class."""
    return _keep_words(turn, draft, "class", _("Write the class, for example: 5.b"))


def _keep_words(turn: Turn, draft: Draft, part: str, words: str) -> bool:
    said = told.one_line(turn.text, 40 if part == "class" else told.LONGEST_NAME)
    if not said:
        turn.say(words, buttons=out(turn))
        return False
    draft["class"] = {**(draft.get("class") or {}), part: said}
    return True


def take_numbers(turn: Turn, draft: Draft, room: Room) -> bool:
    """Pupils, then adults; their sum is the number of seats."""
    numbers = [int(each) for each in _NUMBER.findall(turn.text)]
    if len(numbers) != 2 or not numbers[0]:
        turn.say(_("Write two numbers, first the pupils, then the adults, for example: 22 and 2"), buttons=out(turn))
        return False
    seats = sum(numbers)
    for _field, refusal in told.of_seats(room, seats):
        turn.say(str(refusal), buttons=out(turn))
        return False
    draft["class"] = {**draft["class"], "numbers": numbers}
    draft["seats"] = seats
    return True


def ask_companion(turn: Turn, flow: str, draft: Draft, room: Room) -> None:
    """Who the next one is. Where only ages are asked, all may be told at once."""
    turn.ask(flow, "companion")
    number, count = len(draft.get("companions") or ()) + 1, draft["seats"]
    place = _("Person %(number)s of %(count)s.", number=number, count=count) + " " if count > 1 else ""
    if asks_names(room) and asks_ages(room):
        turn.say(place + _("What is the name and the age? For example: Ida, 7"), buttons=out(turn))
    elif asks_names(room):
        turn.say(place + _("What is the name?"), buttons=out(turn))
    else:
        turn.say(place + _("How old? You can write all ages at once, for example: 34, 7, 5"), buttons=out(turn))


def take_companion(turn: Turn, draft: Draft, room: Room) -> bool:
    """A name, an age, both, or all ages; whether it could be taken."""
    before = list(draft.get("companions") or ())
    found = _read_companions(turn.text, room, draft["seats"] - len(before))
    companions = tuple(Companion(**each) for each in [*before, *found])
    for field, refusal in told.of_companions(room, companions, len(before) + max(1, len(found))):
        if int(field.split("-")[1]) >= len(before):
            turn.say(str(refusal), buttons=out(turn))
            return False
    draft["companions"] = [*before, *found]
    return True


def _read_companions(text: str, room: Room, most: int) -> list[dict[str, Any]]:
    ages = [int(each) for each in _NUMBER.findall(text)]
    if not asks_names(room):
        return [{"name": "", "age": age} for age in ages[:most]]
    name = _NUMBER.sub(" ", text)
    if asks_ages(room):
        name = _AROUND_AGE.sub(" ", name)
    return [{"name": told.one_line(name).strip(" ,.;:()-"), "age": ages[0] if ages and asks_ages(room) else None}]


def companions(draft: Draft) -> tuple[Companion, ...]:
    """Those who come, as far as they were asked for."""
    return tuple(Companion(**each) for each in draft.get("companions") or ())


def school_class(draft: Draft) -> SchoolClass | None:
    """The class, if one signs up."""
    told_class = draft.get("class")
    if not told_class:
        return None
    pupils, adults = told_class["numbers"]
    return SchoolClass(told_class["school"], told_class["class"], pupils, adults)
