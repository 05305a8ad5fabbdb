"""What somebody may say of themselves for the city's statistics: an age band, and a part of town. Never asked for, never a birth
date; "I'd rather not say" is an answer like any other, and nothing said keeps nobody from signing up.

It is asked of who signs up, not of each who comes along, and of no class.
"""

from dataclasses import dataclass
from typing import Final

from engage.activities.terms import Party
from engage.base.config import current_settings
from engage.base.i18n import gettext as _
from engage.registrations.facts import UNSAID
from engage.registrations.pools import Room

# The highest age of each band; what is above the last one has a band of its own.
_UP_TO = {"0-12": 12, "13-17": 17, "18-29": 29, "30-49": 49, "50-64": 64, "65-79": 79}
_OLDEST_BAND = "80+"
BANDS: Final = (*_UP_TO, _OLDEST_BAND)
# Who lives in another municipality.
OUTSIDE = "outside"


@dataclass(frozen=True, slots=True)
class Said:
    """What was said, by the keys of `BANDS` and `areas()`; '' is nothing."""

    age_band: str = ""
    area: str = ""


def asks(room: Room) -> bool:
    """Whether the activity asks."""
    return room.asks_whom and room.party != Party.CLASS


def band_of(age: int) -> str:
    """The band an age lies in."""
    return next((band for band, most in _UP_TO.items() if age <= most), _OLDEST_BAND)


def areas() -> dict[str, str]:
    """The parts of town by their keys, in the order of the city file, and who lives outside; empty where the city names none."""
    named = current_settings().city.areas
    return {**named, OUTSIDE: _("Outside the municipality")} if named else {}


def bands() -> dict[str, str]:
    """The age bands in words, by their keys."""
    words = {band: _("%(band)s years", band=band.replace("-", "\u2013")) for band in _UP_TO}
    return {**words, _OLDEST_BAND: _("80 years and over")}


def named(value: str) -> str:
    """An age band or a part of town in words; what it was when the city file no longer has it."""
    if value == UNSAID:
        return _("I'd rather not say")
    return {**bands(), **areas()}.get(value, value)


def kept(room: Room, said: Said) -> Said:
    """What is stored of what was said: nothing where nothing is asked, and "unsaid" for what is none of the answers."""
    if not asks(room):
        return Said()
    places = areas()
    return Said(
        age_band=said.age_band if said.age_band in BANDS else UNSAID,
        area=said.area if said.area in places else UNSAID if places else "",
    )
