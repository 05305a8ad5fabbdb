"""Signing up in a talk.

(`choosing`) ------> start -> role? -> seats? | class -> dates? -> [notice] name -> email -> who comes? -> certificate?
                       start (full) -> waiting list? -> fewer? --^   -> questions? -> age, area? -> review -> confirm
                                                                                        |-> change -> revise (one thing) -^
every step can be left; only `confirm` takes a seat, though few ones left are held meanwhile
"""

from collections.abc import Callable
from typing import Any

from engage import registrations
from engage.activities import remembered, shifts
from engage.activities.facts import OccurrenceFacts
from engage.activities.models import SignUpMode
from engage.base.config import current_settings
from engage.base.errors import Refusal
from engage.base.i18n import gettext as _
from engage.base.i18n import in_language
from engage.dialog.answers import day_in, is_no, is_yes, plain
from engage.dialog.flows import asks, contact, find, menu, mine, party, questions, revising, signing, whom
from engage.dialog.flows.signing import FLOW, Draft, hold_key
from engage.dialog.turn import Turn
from engage.registrations import application as told
from engage.registrations import pools
from engage.registrations.pools import Room
from engage.registrations.refusals import WaitingListTooShort

_DECLINES = frozenset({"nej tak", "nejtak", "no thanks", "no thank you", "nein danke"})


def start(turn: Turn, public_id: str) -> None:
    """Begin for one date; when it is full, say so before anything is asked."""
    found = remembered.occurrence(public_id, turn.language)
    if found is None or not found.published or not find.takes_sign_ups(found):
        asks.say_closed(turn, found)
        return
    if entry := next((each for each in mine.of_talk(turn) if each.found.occurrence == public_id), None):
        asks.say_already(turn, entry)
        return
    before = turn.data.get("sign_up", {})
    again = before.get("occurrence") == public_id
    if before.get("held") and not again:
        registrations.release(hold_key(turn), now=turn.now)
    turn.data["sign_up"] = {"occurrence": public_id, "seats": turn.data.pop("party", None), "waits": False}
    if before.get("held") and again:
        turn.data["sign_up"]["held"] = before["held"]  # else what is held for them would count as taken
    turn.data["focus"] = [public_id]
    _next(turn)


def go_on(turn: Turn) -> None:
    """Ask for the first thing that is not known yet; when all is, show it for review."""
    _next(turn)


def _next(turn: Turn) -> None:
    _ask_next(turn)
    revising.offer_way_back(turn)


def _ask_next(turn: Turn) -> None:
    draft: Draft = turn.data["sign_up"]
    found = remembered.occurrence(draft["occurrence"], turn.language)
    room = pools.look(found.occurrence_id, draft.get("role", "")) if found is not None else None
    if found is None or room is None or not room.is_open(turn.now):
        asks.say_closed(turn, found, room)
    elif room.has_roles and not room.role:
        asks.ask_role(turn, found)
    elif not _may_go_on(turn, found, room, draft):
        return
    elif (step := party.missing(draft, room)) is not None:
        _ASKS[step](turn, room)
    elif not _refuses_size(turn, draft, room):
        _ask_the_rest(turn, found, room, draft)


def _may_go_on(turn: Turn, found: OccurrenceFacts, room: Room, draft: Draft) -> bool:
    """Whether there is room, or they agreed to wait; else that is asked, and what is asked before is waited for."""
    seats = draft.get("seats") or 1
    if signing.has_room(turn, room, draft, seats) or (draft["waits"] and room.may_wait(seats)):
        return True
    too_few = room.has_room_for(1, turn.now)
    if not too_few and room.left_in_line and not room.may_wait(seats):
        _ask_size_again(turn, room, draft, WaitingListTooShort(number=room.left_in_line))
    elif not room.may_wait(seats):
        asks.say_no_list(turn, found, room if too_few else None)
    else:
        asks.ask_to_wait(turn, room if too_few else None)
    return False


def _refuses_size(turn: Turn, draft: Draft, room: Room) -> bool:
    for _field, refusal in told.of_seats(room, draft["seats"]):
        _ask_size_again(turn, room, draft, refusal)
        return True
    return False


def _ask_size_again(turn: Turn, room: Room, draft: Draft, refusal: Refusal) -> None:
    draft["seats"] = draft["class"] = None
    turn.say(str(refusal))
    _ASKS[party.missing(draft, room) or "seats"](turn, room)


def _ask_the_rest(turn: Turn, found: OccurrenceFacts, room: Room, draft: Draft) -> None:
    if draft["waits"] and draft["seats"] > 1 and "takes_fewer" not in draft and not party.is_class(room):
        asks.ask_fewer(turn)
        return
    if found.sign_up == SignUpMode.SEVERAL_DATES and "dates" not in draft:
        if not asks.ask_dates(turn, found, draft.get("also") or []):
            dates(turn, "")
        return
    signing.hold(turn, room, draft)
    revising.fit_companions(draft)
    if (step := contact.missing(turn)) is not None:
        contact.ask_name(turn, FLOW, signing.page(turn)) if step == "name" else contact.ask_email(turn, FLOW)
    elif party.missing_companion(draft, room):
        party.ask_companion(turn, FLOW, draft, room)
    elif room.vetted and not draft.get("vetted_on"):
        asks.ask_certificate(turn, found, room)
    elif room.asks and "answers" not in draft and (room.asks_when_waiting or not draft["waits"]):
        questions.begin(turn, room.activity_id, FLOW)
    elif (part := whom.missing(draft, room)) is not None:
        whom.ask(turn, part)
    else:
        revising.is_over(draft)
        signing.review(turn, found, room, draft)


# -- a task


def role(turn: Turn, public_id: str) -> None:
    """A task was pressed."""
    if signing.going_on(turn):
        draft = turn.data["sign_up"]
        if draft.get("role") != public_id and draft.pop("held", None):
            registrations.release(hold_key(turn), now=turn.now)  # seats of another task
        draft["role"] = public_id
        _next(turn)


def take_role(turn: Turn) -> bool:
    """A task was typed, by its name."""
    found = remembered.occurrence(turn.data["sign_up"]["occurrence"], turn.language)
    for need in shifts.needs(found.occurrence_id) if found else ():
        if plain(in_language(need.role.names)) == plain(turn.text):
            role(turn, need.role.public_id)
            return True
    return False


def another(turn: Turn, _argument: str) -> None:
    """Another task, without a certificate."""
    if signing.going_on(turn):
        draft = turn.data["sign_up"]
        if draft.pop("held", None):
            registrations.release(hold_key(turn), now=turn.now)
        draft.pop("role", None)
        _next(turn)


def take_certificate(turn: Turn) -> bool:
    """The date on it."""
    day, today = day_in(turn.text), turn.now.astimezone(current_settings().city.zone).date()
    if day is None or day > today:
        turn.say(str(told.VettingMissing()), _("Write the date as 14.3.2026"), buttons=party.out(turn))
        return True
    turn.data["sign_up"]["vetted_on"] = day.isoformat()
    _next(turn)
    return True


# -- the waiting list


def wait(turn: Turn, _argument: str) -> None:
    """Yes to the waiting list."""
    if signing.going_on(turn):
        turn.data["sign_up"]["waits"] = True
        _next(turn)


def fewer(turn: Turn, answer: str) -> None:
    """Whether a part of the places would do."""
    if signing.going_on(turn):
        turn.data["sign_up"]["takes_fewer"] = answer == "yes"
        _next(turn)


# -- several dates


def date_(turn: Turn, public_id: str) -> None:
    """One more date, or one less."""
    if not signing.going_on(turn):
        return
    chosen = turn.data["sign_up"].get("also", [])
    chosen = [each for each in chosen if each != public_id] if public_id in chosen else [*chosen, public_id]
    found = remembered.occurrence(turn.data["sign_up"]["occurrence"], turn.language)
    if found is not None:
        asks.ask_dates(turn, found, chosen)


def dates(turn: Turn, _argument: str) -> None:
    """That is all."""
    if signing.going_on(turn):
        turn.data["sign_up"]["dates"] = turn.data["sign_up"].pop("also", [])
        _next(turn)


def take_dates(turn: Turn) -> bool:
    """No more, in words."""
    if is_no(turn.text):
        dates(turn, "")
        return True
    return False


# -- how many, and who


def seats(turn: Turn, number: str) -> None:
    """The number was pressed."""
    if signing.going_on(turn):
        turn.data["sign_up"]["seats"] = int(number) if number.isdecimal() and len(number) < 4 else 0
        _next(turn)


def take_seats(turn: Turn) -> bool:
    """The number was typed: "3", "tre", "2 voksne og 3 børn"."""
    number = party.typed_seats(turn)
    if number is None:
        party.ask_seats_again(turn)
    else:
        turn.data["sign_up"]["seats"] = number
        _next(turn)
    return True


def _taking(take: Callable[[Turn, Draft], bool | None]) -> Callable[[Turn], bool]:
    """A step that takes what was typed into the draft and goes on; None from `take` is another wish."""

    def step(turn: Turn) -> bool:
        """Take it, or say what is missing."""
        if "sign_up" not in turn.data:
            return False
        taken = take(turn, turn.data["sign_up"])
        if taken:
            _next(turn)
        return taken is not None

    return step


def _with_room(take: Callable[[Turn, Draft, Room], bool]) -> Callable[[Turn, Draft], bool]:
    def step(turn: Turn, draft: Draft) -> bool:
        found = remembered.occurrence(draft["occurrence"], turn.language)
        room = pools.look(found.occurrence_id, draft.get("role", "")) if found else None
        return room is not None and take(turn, draft, room)

    return step


def _answered(turn: Turn, answers: dict[str, Any]) -> None:
    if signing.going_on(turn):
        turn.data["sign_up"]["answers"] = answers
        _next(turn)


questions.then(FLOW, _answered)


def of_themselves(turn: Turn, argument: str) -> None:
    """An age band or a part of town was pressed, or that they would rather not say."""
    if signing.going_on(turn):
        whom.pressed(turn.data["sign_up"], argument)
        _next(turn)


# -- one thing said anew


def change(turn: Turn, _argument: str) -> None:
    """Ask which thing is to be another."""
    if not signing.going_on(turn):
        return
    draft = turn.data["sign_up"]
    found = remembered.occurrence(draft["occurrence"], turn.language)
    room = pools.look(found.occurrence_id, draft.get("role", "")) if found is not None else None
    if found is None or room is None or turn.conversation.step != "review":
        _next(turn)
    else:
        revising.ask_which(turn, found, room, draft)


def revise(turn: Turn, what: str) -> None:
    """Ask for this thing alone; all else stays as it was said."""
    if not signing.going_on(turn):
        return
    draft = turn.data["sign_up"]
    if revising.begin(draft, what):
        _next(turn)
        return
    if what == "name":
        contact.ask_name(turn, FLOW, signing.page(turn))
    elif what == "email":
        contact.ask_email(turn, FLOW)
    else:
        found = remembered.occurrence(draft["occurrence"], turn.language)
        questions.begin(turn, found.activity_id if found else 0, FLOW, draft.get("answers") or {}, again=what)
    revising.offer_way_back(turn)


def keep(turn: Turn, _argument: str) -> None:
    """Nothing is to be another: back to the review of what was said."""
    if signing.going_on(turn):
        turn.data["sign_up"] = revising.take_back(turn.data["sign_up"])
        turn.data.pop("asking", None)
        _next(turn)


def confirm(turn: Turn, argument: str) -> None:
    """Take the seat: the only step that does. If the last one went meanwhile, ask before putting anyone in line."""
    if not signing.going_on(turn):
        return
    draft: Draft = turn.data["sign_up"]
    found = remembered.occurrence(draft["occurrence"], turn.language)
    room = pools.look(found.occurrence_id, draft.get("role", "")) if found is not None else None
    if found is None or room is None:
        menu.stale(turn, "")
    elif turn.conversation.step != "review":
        _next(turn)  # a button from elsewhere: something may not be known yet
    elif not draft["waits"] and not signing.has_room(turn, room, draft, 1):
        asks.offer_waiting(turn, _("The last place went just now. Do you want to be on the waiting list?"))
    elif _may_go_on(turn, found, room, draft):
        signing.confirm(turn, found, draft, overlap_accepted=argument == "overlap")


def take_review(turn: Turn) -> bool:
    """Yes; no, which is about something that is wrong; or an address in the place of the one that is shown."""
    if is_yes(turn.text):
        confirm(turn, "")
    elif plain(turn.text) in _DECLINES:
        menu.leave(turn, "")
    elif is_no(turn.text):
        change(turn, "")
    elif contact.needs_email(turn) and "@" in turn.text and contact.take_email(turn, turn.data.get("sign_up", {})):
        _next(turn)
    else:
        return False
    return True


_ASKS: dict[str, Callable[[Turn, Room], None]] = {
    "seats": lambda turn, room: party.ask_seats(turn, FLOW, room),
    "school": lambda turn, _room: party.ask_school(turn, FLOW),
    "class": lambda turn, _room: party.ask_class(turn, FLOW),
    "numbers": lambda turn, _room: party.ask_numbers(turn, FLOW),
}
ACTIONS = {
    "start": start, "role": role, "another": another, "wait": wait, "fewer": fewer, "seats": seats, "date": date_,
    "dates": dates, "change": change, "revise": revise, "keep": keep, "confirm": confirm, "whom": of_themselves,
}  # fmt: skip
STEPS = {
    "role": take_role,
    "waiting": asks.yes_or_no(lambda turn: wait(turn, ""), lambda turn: menu.leave(turn, "")),
    "fewer": asks.yes_or_no(lambda turn: fewer(turn, "yes"), lambda turn: fewer(turn, "no")),
    "seats": take_seats,
    "school": _taking(party.take_school),
    "class": _taking(party.take_class),
    "numbers": _taking(_with_room(party.take_numbers)),
    "dates": take_dates,
    "name": _taking(contact.take_name),
    "email": _taking(contact.take_email),
    "companion": _taking(_with_room(party.take_companion)),
    "certificate": take_certificate,
    "age_band": _taking(whom.take_age),
    "area": _taking(whom.take_area),
    "which": lambda _turn: False,  # a button's words are heard as the button
    "review": take_review,
}
