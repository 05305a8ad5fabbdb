"""Who comes without a sign-up, let in from a chat: as many as come, under one name, where there is room.

start | "two without a sign-up" -> [seats] -> [role] -> [name] -> [reason, where all places are taken] -> who (`at_door`)
"""

from typing import Any

from engage.activities.models import SignUpMode
from engage.base.db import savepoint
from engage.base.errors import Refusal
from engage.base.i18n import gettext as _
from engage.base.i18n import in_language, ngettext
from engage.dialog.flows.door_answers import go_on, told
from engage.dialog.flows.posts import FLOW as DOOR
from engage.dialog.flows.posts import WHO, Post, here, nonce
from engage.dialog.turn import Turn
from engage.dialog.understanding.at_door import heard, number
from engage.registrations import guests
from engage.registrations.application import LONGEST_NAME, SeatsNotPossible
from engage.registrations.attendance import walk_in as let_in
from engage.registrations.desk import ReasonMissing

FLOW = "walk_in"
_DRAFT = "walk_in"
_MOST_SEATS = 6
# Such a name is that of several people, so it is asked how many.
_TOGETHER = {"og", "and", "und", "+", "&", "familien", "family", "familie"}


def start(turn: Turn, _argument: str) -> None:
    """A button: somebody stands there who is not on the list."""
    post = here(turn)
    if post is not None:
        begin(turn, post, "", None)


def named(turn: Turn, _argument: str) -> None:
    """A button: who was searched for in vain is let in under that name."""
    post = here(turn)
    if post is not None:
        draft = _draft(turn)
        begin(turn, post, str(draft.get("name", "")), draft.get("seats"))


def begin(turn: Turn, post: Post, name: str, seats: int | None) -> None:
    """So many come under a name; what was not said is asked for."""
    alone = name and len(name.split()) < 3 and not _TOGETHER & set(name.casefold().split())
    turn.data[_DRAFT] = {"name": name[:LONGEST_NAME], "seats": seats or (1 if alone else None)}
    _next(turn, post)


def seats_(turn: Turn, argument: str) -> None:
    """A button: so many."""
    _went_on(turn, "seats", int(argument) if argument.isdecimal() else None)


def role(turn: Turn, argument: str) -> None:
    """A button: what they help with."""
    _went_on(turn, "role", argument[:12])


def take_seats(turn: Turn) -> bool:
    """A number; with a name beside it both are known."""
    told_of = heard(turn.text)
    seats = number(turn.text) or (told_of.seats if told_of else None)
    if seats is None:
        return False
    if told_of is not None and told_of.name:
        _draft(turn)["name"] = told_of.name[:LONGEST_NAME]
    _went_on(turn, "seats", seats)
    return True


def take_name(turn: Turn) -> bool:
    """Any words are a name."""
    _went_on(turn, "name", turn.text[:LONGEST_NAME] if any(each.isalpha() for each in turn.text) else "")
    return True


def take_reason(turn: Turn) -> bool:
    """Any words are a reason."""
    _went_on(turn, "reason", turn.text[:300])
    return True


def cancel(turn: Turn, _argument: str) -> None:
    """Nobody is let in; the list goes on."""
    turn.data.pop(_DRAFT, None)
    turn.ask(DOOR, WHO)
    turn.say(_("All right, nobody was let in."), buttons=go_on())


def leave(turn: Turn) -> None:
    """A typed "cancel"."""
    cancel(turn, "")


def _went_on(turn: Turn, what: str, value: Any) -> None:
    post = here(turn)
    if post is not None:
        _draft(turn)[what] = value
        _next(turn, post)


def _next(turn: Turn, post: Post) -> None:
    """Ask for the first thing that is not known, or let them in."""
    draft, date = _draft(turn), post.occurrence
    roles = guests.roles(date.id)
    cancels = turn.once(_("Cancel"), "walk_in:cancel")
    if roles and draft.get("role") not in {each.public_id for each in roles}:
        turn.ask(FLOW, "role")
        choices = (turn.once(in_language(each.names), f"walk_in:role:{each.public_id}") for each in roles)
        turn.say(_("What do they help with?"), buttons=(*choices, cancels))
    elif not draft.get("seats"):
        turn.ask(FLOW, "seats")
        numbers = (turn.once(str(each), f"walk_in:seats:{each}") for each in range(1, _MOST_SEATS + 1))
        turn.say(_("How many come without a sign-up?"), buttons=(*numbers, cancels))
    elif not draft.get("name") and date.activity.sign_up != SignUpMode.DROP_IN:
        turn.ask(FLOW, "name")
        turn.say(
            ngettext("What is their name?", "Under which name do they come? One is enough.", int(draft["seats"])),
            buttons=(cancels,),
        )
    else:
        _let_in(turn, post)


def _let_in(turn: Turn, post: Post) -> None:
    draft = _draft(turn)
    try:
        # What the rule refuses is undone alone: the organiser stays at the door.
        with savepoint():
            answer = let_in(
                post.occurrence.id, str(draft.get("name") or ""), int(draft["seats"]), keeper=post.keeper,
                nonce=nonce(turn), now=turn.now, role=str(draft.get("role") or ""), language=turn.language,
                may_override=post.may_override, reason=str(draft.get("reason") or ""),
            )  # fmt: skip
    except ReasonMissing:
        turn.ask(FLOW, "reason")
        turn.say(
            _("All places are taken. Why shall they come in all the same? The reason is noted."),
            buttons=(turn.once(_("Cancel"), "walk_in:cancel"),),
        )
        return
    except SeatsNotPossible as refusal:
        draft["seats"] = None
        turn.say(str(refusal))
        _next(turn, post)
        return
    except Refusal as refusal:
        turn.data.pop(_DRAFT, None)
        turn.ask(DOOR, WHO)
        turn.say(f"⛔ {refusal}", buttons=go_on(), aside=True)
        return
    turn.data.pop(_DRAFT, None)
    told(turn, post, answer, action="walked_in")


def _draft(turn: Turn) -> dict[str, Any]:
    found: dict[str, Any] = turn.data.setdefault(_DRAFT, {})
    return found


ACTIONS = {"start": start, "named": named, "seats": seats_, "role": role, "cancel": cancel}
STEPS = {"seats": take_seats, "name": take_name, "reason": take_reason}
