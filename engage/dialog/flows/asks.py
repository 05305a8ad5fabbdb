"""What is said and asked while somebody signs up in a talk; what follows from the answers stands in `sign_up`."""

from collections.abc import Callable, Iterator

from engage.activities import remembered, shifts, upcoming
from engage.activities.facts import OccurrenceFacts
from engage.activities.models import SignUpMode
from engage.base import wording
from engage.base.i18n import gettext as _
from engage.base.i18n import in_language, ngettext
from engage.base.message import Button
from engage.dialog.answers import is_no, is_yes
from engage.dialog.flows import dates, find, mine
from engage.dialog.flows.signing import FLOW
from engage.dialog.turn import Turn
from engage.registrations import conditions, pools
from engage.registrations.conditions import Way
from engage.registrations.pools import Room

_MOST_DATES = 6


def say_closed(turn: Turn, found: OccurrenceFacts | None, room: Room | None = None) -> None:
    """One cannot sign up, now or any more."""
    turn.done()
    turn.data.pop("sign_up", None)
    if room is not None and room.stands and room.opens_at is not None and room.opens_at > turn.now:
        opens = _("Sign-up opens %(when)s.", when=wording.deadline(room.opens_at, room.local))
        turn.say(opens, buttons=dates.ways_on(turn, found))
        return
    if found is not None and found.sign_up == SignUpMode.DROP_IN and not found.called_off and found.ends_at > turn.now:
        turn.say(
            _("You need no sign-up for this, just come."),
            cards=(find.card(found, turn.now, full=True),),
            buttons=dates.ways_on(turn, found),
        )
        return
    words = _("You cannot sign up for this date any more. See whether another date suits you.")
    turn.say(words, buttons=dates.ways_on(turn, found))


def say_already(turn: Turn, entry: mine.Entry) -> None:
    """They have signed up, and how it stands."""
    turn.done()
    turn.say(
        _("You have signed up already.") + " " + entry.state,
        cards=(find.card(entry.found, turn.now, full=True).without_buttons(),),
        buttons=(Button(_("My sign-ups"), action="mine:show"),),
    )


def ask_to_wait(turn: Turn, room: Room | None) -> None:
    """The waiting list, for who is one too many; `room` is there where some places are left, too few for all of them."""
    if room is None:
        offer_waiting(turn, _("All places are taken at the moment. Do you want to be on the waiting list?"))
        return
    words = ngettext(
        "Only %(number)s place is left, too few for all of you. Do you want to be on the waiting list together?",
        "Only %(number)s places are left, too few for all of you. Do you want to be on the waiting list together?",
        room.left or 0,
    )
    offer_waiting(turn, words)


def say_no_list(turn: Turn, found: OccurrenceFacts, room: Room | None) -> None:
    """It is full, and there is no line to stand in."""
    turn.done()
    del turn.data["sign_up"]
    buttons = dates.ways_on(turn, found)
    if room is not None:
        words = ngettext("Only %(number)s place is left.", "Only %(number)s places are left.", room.left or 0)
        turn.say(words + " " + _("Come fewer, or see whether another date suits you."), buttons=buttons)
        return
    turn.say(
        _("All places are taken, and the waiting list is closed. See whether another date suits you."), buttons=buttons
    )


def ask_role(turn: Turn, found: OccurrenceFacts) -> None:
    """Which task, what lacks most first."""
    turn.ask(FLOW, "role")
    needs = sorted(shifts.needs(found.occurrence_id), key=lambda need: -((need.capacity or 99) - need.occupied))
    lines = [f"{in_language(need.role.names)}: {_needed(need)}" for need in needs]
    buttons = tuple(
        turn.once(in_language(need.role.names), f"sign_up:role:{need.role.public_id}") for need in needs[:8]
    )
    turn.say(_("What do you want to help with?"), *lines, buttons=(*buttons, turn.once(_("Cancel"), "menu:leave")))


def _needed(need: shifts.Need) -> str:
    if need.capacity is None:
        return _("as many as come")
    left = max(0, need.capacity - need.occupied)
    return ngettext("%(number)s still needed", "%(number)s still needed", left) if left else _("waiting list")


def ask_certificate(turn: Turn, found: OccurrenceFacts, room: Room) -> None:
    """The date on what must be shown for a task."""
    turn.ask(FLOW, "certificate")
    need = next((each for each in shifts.needs(found.occurrence_id) if each.role.public_id == room.role), None)
    words = in_language(need.role.vetting) if need is not None else ""
    turn.say(
        *([words] if words else []),
        _("Which date is on your certificate? We keep the date alone, never the paper. Write it as 14.3.2026"),
        buttons=(
            turn.once(_("I have none: choose another task"), "sign_up:another"),
            turn.once(_("Cancel"), "menu:leave"),
        ),
    )


def offer_waiting(turn: Turn, words: str) -> None:
    """Say that there is no place, and ask whether they wait."""
    turn.ask(FLOW, "waiting")
    public_id = turn.data["sign_up"]["occurrence"]
    found = remembered.occurrence(public_id, turn.language)
    turn.say(
        words,
        buttons=(
            turn.once(_("Join the waiting list"), "sign_up:wait"),
            *(dates.button(turn, found) if found is not None else ()),
            Button(_("Find something else"), action="find:again"),
            Button(_("More about it"), action=f"find:show:{public_id}"),
        ),
    )


def ask_fewer(turn: Turn) -> None:
    """Whether a part of the places would do."""
    turn.ask(FLOW, "fewer")
    yes, no = (
        turn.once(_("Yes, also fewer"), "sign_up:fewer:yes"),
        turn.once(_("No, all of us or none"), "sign_up:fewer:no"),
    )
    turn.say(_("If fewer places get free than you are: shall we offer you those?"), buttons=(yes, no))


def _other_days(turn: Turn, found: OccurrenceFacts) -> Iterator[tuple[str, str]]:
    """The other dates one can come on, with their public ids; those with a waiting list alone are told as such."""
    draft = turn.data["sign_up"]
    for each in upcoming.coming(found.activity_id, turn.now, 2 * _MOST_DATES):
        room = pools.look(each.occurrence_id, draft.get("role", ""))
        if each.occurrence_id == found.occurrence_id or each.cancelled or room is None or not room.is_open(turn.now):
            continue
        day = wording.short_date(each.starts_at.astimezone(found.zone))
        way = conditions.way_into(room, draft["seats"], turn.now)
        if way == Way.LINE:
            yield each.occurrence, _("%(day)s (waiting list)", day=day)
        elif way == Way.SEATS:
            yield each.occurrence, day


def ask_dates(turn: Turn, found: OccurrenceFacts, chosen: list[str]) -> bool:
    """Which other dates as well; whether there is any to ask for."""
    days = list(_other_days(turn, found))[:_MOST_DATES]
    if not days:
        return False
    turn.ask(FLOW, "dates")
    turn.data["sign_up"]["also"] = chosen
    named = [(name, _("%(label)s (chosen)", label=day) if name in chosen else day) for name, day in days]
    buttons = tuple(turn.once(day, f"sign_up:date:{name}") for name, day in named)
    turn.say(
        _("Do you want to come on more dates? Press those too, then: That is all."),
        buttons=(turn.once(_("That is all"), "sign_up:dates"), *buttons),
    )
    return True


def yes_or_no(yes: Callable[[Turn], None], no: Callable[[Turn], None]) -> Callable[[Turn], bool]:
    """A step that waits for a yes or a no."""

    def take(turn: Turn) -> bool:
        """A typed yes or no."""
        if not (is_yes(turn.text) or is_no(turn.text)):
            return False
        (yes if is_yes(turn.text) else no)(turn)
        return True

    return take
