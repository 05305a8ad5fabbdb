"""Reading where something is from one line of text: a house, a street, a postal code and town, or an address on the net."""

import re

from engage.activities.importing.events import PlaceWords

_TOWN = re.compile(r"^(?:(?:DK|D|DE)[- ])?(\d{4,5})\s+(\D.{1,70})$")
_STREET = re.compile(r"^[^\d]{3,}\s\d{1,4}\s?[A-Za-zÆØÅæøå]?(?:\s?[-–]\s?\d{1,4}\s?[A-Za-z]?)?$")
_APART = re.compile(r"\s*(?:,|\n|;| @ | \| | · )\s*")
# A postal code that follows the house number without a comma.
_GLUED = re.compile(r"(?<=\d)\s+(?=\d{4,5}\s+[^\W\d])")
_COUNTRIES = frozenset(["danmark", "denmark", "dänemark", "deutschland", "germany", "tyskland"])
LINK = re.compile(r"https?://[^\s<>\"]{4,290}")


def place(text: str) -> tuple[PlaceWords | None, str]:
    """The place `text` speaks of, and the address on the net that stands in it, if any."""
    link = LINK.search(text)
    rest = LINK.sub(" ", text).strip(" ,;\n")
    return _words(rest), link.group().rstrip(".,;)") if link else ""


def _words(text: str) -> PlaceWords | None:
    parts = [" ".join(part.split()) for part in _APART.split(_GLUED.sub(", ", text))]
    parts = [part for part in parts if part and part.lower() not in _COUNTRIES]
    if not parts:
        return None
    town = next((part for part in reversed(parts) if _TOWN.match(part)), "")
    postal_code, locality = _TOWN.match(town).groups() if town and _TOWN.match(town) else ("", "")  # type: ignore[union-attr]
    left = [part for part in parts if part != town]
    street = next((part for part in left if _STREET.match(part)), "") if len(left) > 1 or town else ""
    names = [part for part in left if part != street]
    return told(", ".join(names) or street or town, street if names else "", postal_code, locality)


def told(
    name: str = "",
    street: str = "",
    postal_code: str = "",
    town: str = "",
    latitude: float | None = None,
    longitude: float | None = None,
) -> PlaceWords | None:
    """A place of these parts, cut to what the columns hold, or None where nothing is told. A place without a name is
    called by its street."""
    if not any((name, street, town)):
        return None
    if latitude is None or longitude is None or not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        latitude = longitude = None
    return PlaceWords((name or street or town)[:160], street[:160], postal_code[:10], town[:80], latitude, longitude)
