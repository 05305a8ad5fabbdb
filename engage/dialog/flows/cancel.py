"""Cancelling a sign-up in a talk.

wanted -> (which?) -> ask -> confirm | together (all that was signed up for in one go)
"""

from engage import registrations
from engage.base.i18n import gettext as _
from engage.base.i18n import ngettext
from engage.base.message import Button
from engage.dialog.answers import either
from engage.dialog.flows import find, menu, mine
from engage.dialog.flows.mine import PENDING, Entry
from engage.dialog.turn import Turn
from engage.registrations import leaving, promises
from engage.registrations import mine as registrations_mine

FLOW = "cancel"
_SHOWN = 4


def wanted(turn: Turn, _argument: str) -> None:
    """Somebody cannot come: to the only one there is, or to one of several."""
    turn.conversation.misunderstood = 0
    found = mine.of_talk(turn)
    if not found:
        mine.show(turn, "")
    elif len(found) == 1:
        ask(turn, found[0].key)
    else:
        buttons = tuple(Button(find.named(entry.found), action=f"cancel:ask:{entry.key}") for entry in found[:_SHOWN])
        rest = (Button(_("My sign-ups"), action="mine:show"),) if len(found) > _SHOWN else ()
        turn.say(_("Which one can you not come to?"), buttons=(*buttons, *rest))


def out(turn: Turn, _argument: str) -> None:
    """Out of what is being asked; where nothing is, out of a sign-up."""
    (menu.leave if turn.conversation.flow else wanted)(turn, "")


def ask(turn: Turn, key: str) -> None:
    """Ask once more, and say what is lost."""
    entry = _own(turn, key)
    if entry is None:
        menu.stale(turn, "")
        return
    until = _refuse_late(turn, entry)
    turn.ask(FLOW, "sure")
    turn.data["cancel"] = key
    turn.say(
        _lost(entry),
        *(words for words in (until,) if words),
        cards=(mine.card(entry, turn.now).without_buttons(),),
        buttons=(
            turn.once(ngettext("Yes, cancel it", "Yes, cancel for all of us", entry.seats), f"cancel:confirm:{key}"),
            *_all_of_them(turn, entry),
            *_some_of_them(turn, entry),
            turn.once(_("No, keep it"), "cancel:keep"),
        ),
    )


def _refuse_late(turn: Turn, entry: Entry) -> str:
    """Until when it may be cancelled, in words; where it is too late for that, say so before asking anything."""
    if entry.own is None:
        return ""
    own = registrations_mine.with_room(entry.own, turn.now)
    if own.room is not None:
        leaving.refuse_late(own.registration, own.room, turn.now)
    return promises.deadline_of(own.registration, turn.now, own.room)


def _lost(entry: Entry) -> str:
    if entry.waits:
        return _("Cancel this? You lose your turn in the waiting list.")
    if entry.asked:
        return _("Cancel this? You take your sign-up back, before the organiser has answered.")
    return ngettext(
        "Cancel this? Your place goes to somebody else.",
        "Cancel this? Your places go to others.",
        entry.seats,
    )


def _all_of_them(turn: Turn, entry: Entry) -> tuple[Button, ...]:
    """The way out of all dates that were signed up for in one go, where there are more than this one."""
    if entry.own is None or not entry.bundled:
        return ()
    number = 1 + len(registrations_mine.leaving_with(entry.own, now=turn.now))
    if number == 1:
        return ()
    return (turn.once(_("Cancel all %(number)s dates", number=number), f"cancel:together:{entry.key}"),)


def _some_of_them(turn: Turn, entry: Entry) -> tuple[Button, ...]:
    """The way to fewer places, for who signed up for several."""
    if entry.seats < 2 or entry.key.startswith(PENDING):
        return ()
    return (turn.once(_("Only some of us"), f"change:fewer:{entry.key}"),)


def together(turn: Turn, key: str) -> None:
    """Cancel it with all that was signed up for in one go."""
    if _own(turn, key) is None or key.startswith(PENDING):
        menu.stale(turn, "")
        return
    registrations.cancel_together(key, now=turn.now)
    turn.done()
    turn.say(_("All of them are cancelled. Thank you for telling us."), buttons=menu.first_buttons()[:3])


def take_sure(turn: Turn) -> bool:
    """A typed yes or no."""
    return either(turn.text, yes=lambda: confirm(turn, str(turn.data.get("cancel", ""))), no=lambda: keep(turn, ""))


def confirm(turn: Turn, key: str) -> None:
    """Cancel it. What waits for its mail is taken back in the same words, whether or not a row was made for it."""
    entry = _own(turn, key)
    if entry is None:
        menu.stale(turn, "")
        return
    mine.forget_pending(turn, entry.found.occurrence)
    if key.startswith(PENDING):
        key = _unproven(turn, entry) or ""
    if key:
        registrations.cancel(key, now=turn.now)
    turn.done()
    said = ngettext(
        "It is cancelled. Thank you for telling us.",
        "It is cancelled for all of you. Thank you for telling us.",
        entry.seats,
    )
    turn.say(said, buttons=menu.first_buttons()[:3])


def _unproven(turn: Turn, entry: Entry) -> str | None:
    """The public id of this talk's own sign-up that waits for its mail, if there is one."""
    person = turn.conversation.person_id
    own = registrations.of_person(person, now=turn.now) if person else []
    return next((each.public_id for each in own if each.occurrence_id == entry.found.occurrence_id), None)


def keep(turn: Turn, _argument: str) -> None:
    """Nothing was cancelled."""
    turn.done()
    turn.say(_("Good, you keep it."), buttons=(Button(_("My sign-ups"), action="mine:show"),))


def _own(turn: Turn, key: str) -> Entry | None:
    """A sign-up only if it is of this talk's person: a button may be made up by anybody."""
    return next((entry for entry in mine.of_talk(turn) if entry.key == key), None)


ACTIONS = {"out": out, "wanted": wanted, "ask": ask, "confirm": confirm, "together": together, "keep": keep}
STEPS = {"sure": take_sure}
