"""The other dates of one activity, for whom this one does not suit or has no place.

others (five at a time) -> find.show | sign_up.start
"""

from engage.activities import remembered, upcoming
from engage.activities.facts import OccurrenceFacts
from engage.activities.models import SignUpMode
from engage.base.i18n import gettext as _
from engage.base.i18n import ngettext
from engage.base.message import Button
from engage.dialog.flows import menu
from engage.dialog.turn import Turn
from engage.registrations import cards

FLOW = "dates"
_SHOWN = 5
_MOST = 50


def button(turn: Turn, found: OccurrenceFacts) -> tuple[Button, ...]:
    """The way to the other dates, where there is one that is held; a course is signed up for as a whole."""
    if found.sign_up == SignUpMode.WHOLE_COURSE or not _ids(turn, found, 2):
        return ()
    return (Button(_("Other dates"), action=f"{FLOW}:others:{found.occurrence}"),)


def ways_on(turn: Turn, found: OccurrenceFacts | None) -> tuple[Button, ...]:
    """Where to from a date one cannot sign up for."""
    return (*(button(turn, found) if found is not None else ()), *menu.first_buttons()[:2])


def others(turn: Turn, argument: str) -> None:
    """The dates to come besides this one, the next first."""
    public_id, _point, page = argument.partition(".")
    found = remembered.occurrence(public_id, turn.language)
    if found is None or not found.published:
        menu.stale(turn, "")
        return
    number = int(page) if page.isdecimal() and 0 < int(page[:4]) < _MOST else 1
    ids = _ids(turn, found, _MOST)
    shown = remembered.occurrences(ids[(number - 1) * _SHOWN : number * _SHOWN], turn.language)
    turn.done()
    turn.data["focus"] = [each.occurrence for each in shown]
    back = Button(_("Back"), action=f"find:show:{public_id}")
    if not shown:
        turn.say(_("There are no other dates at the moment."), buttons=(back, *menu.first_buttons()[:2]))
        return
    more = Button(_("Show more"), action=f"{FLOW}:others:{public_id}.{number + 1}")
    turn.say(
        ngettext("%(number)s other date", "%(number)s other dates", len(ids)),
        cards=tuple(cards.card(each, turn.now) for each in shown),
        buttons=(*((more,) if len(ids) > number * _SHOWN else ()), back),
    )


def _ids(turn: Turn, found: OccurrenceFacts, most: int) -> list[int]:
    """The dates that are held besides this one, by start."""
    coming = upcoming.coming(found.activity_id, turn.now, most + 1)
    return [each.occurrence_id for each in coming if not each.cancelled and each.occurrence_id != found.occurrence_id]


ACTIONS = {"others": others}
STEPS: dict[str, object] = {}
