"""What somebody may say of themselves for the city's statistics: their age band and part of town. Part of signing up.

age_band -> area ; each may be left with "I'd rather not say", and nothing else depends on them
"""

import re

from engage.base.i18n import gettext as _
from engage.dialog.answers import is_no, plain
from engage.dialog.flows.signing import FLOW, Draft
from engage.dialog.turn import Turn
from engage.registrations import whom
from engage.registrations.application import OLDEST
from engage.registrations.facts import UNSAID
from engage.registrations.pools import Room

PARTS = ("age_band", "area")
_AGE = re.compile(r"\d{1,3}")


def missing(draft: Draft, room: Room) -> str | None:
    """The one of the two to ask for next."""
    if not whom.asks(room):
        return None
    return next((part for part in PARTS if part not in draft and _choices(part)), None)


def ask(turn: Turn, part: str) -> None:
    """Ask one of the two; what it is for is said with the first."""
    turn.ask(FLOW, part)
    words = {
        "age_band": _("How old are you? It is for the city's statistics only, and the organiser does not see it."),
        "area": _("And where do you live? That too is for the city's statistics only."),
    }
    buttons = [turn.once(label, f"{FLOW}:whom:{part}={value}") for value, label in _choices(part).items()]
    rather_not = turn.once(whom.named(UNSAID), f"{FLOW}:whom:{part}={UNSAID}")
    turn.say(words[part], buttons=(rather_not, *buttons))


def pressed(draft: Draft, argument: str) -> None:
    """One of the answers was pressed."""
    part, _sign, value = argument.partition("=")
    if part in PARTS:
        draft[part] = value if value in _choices(part) else UNSAID


def take_age(turn: Turn, draft: Draft) -> bool | None:
    """An age or a band, as it is typed; anything else is taken as one who would rather not say, save another wish."""
    ages = [int(each) for each in _AGE.findall(turn.text)]
    if not ages or ages[0] > OLDEST:
        return _otherwise(turn, draft, "age_band")
    draft["age_band"] = whom.band_of(ages[0])
    return True


def take_area(turn: Turn, draft: Draft) -> bool | None:
    """A part of town by its postal code or its name."""
    typed = plain(turn.text)
    for key, name in whom.areas().items():
        alone = plain(name.removeprefix(key))
        if key in typed.split() or typed == plain(name) or alone in typed:
            draft["area"] = key
            return True
    return _otherwise(turn, draft, "area")


def _otherwise(turn: Turn, draft: Draft, part: str) -> bool | None:
    """No to the question is an answer; what means something else is heard as that, and all else asks once more."""
    heard = turn.understanding
    if is_no(turn.text) or plain(turn.text) == plain(whom.named(UNSAID)) or part == draft.get("whom_asked"):
        draft[part] = UNSAID
        return True
    if heard is not None and heard.intent.value not in {"unknown", "browse"}:
        return None
    draft["whom_asked"] = part
    turn.say(_("I did not understand that. Press one of the answers, or write no."))
    ask(turn, part)
    return False


def things(room: Room) -> list[tuple[str, str, bool]]:
    """What may be said anew, as the review offers it: name, words, and whether it is asked."""
    asked = whom.asks(room)
    return [("age_band", _("My age"), asked), ("area", _("Where I live"), asked and bool(_choices("area")))]


def _choices(part: str) -> dict[str, str]:
    return whom.bands() if part == "age_band" else whom.areas()
