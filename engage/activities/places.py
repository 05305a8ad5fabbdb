"""Places organisers may choose: those that are known, their own first, and new ones that are not kept twice."""

from dataclasses import dataclass

from sqlalchemy import exists, func, select

from engage.activities.models import Activity, Occurrence, Place
from engage.base import wording
from engage.base.db import db
from engage.base.identifiers import public_id


@dataclass(frozen=True, slots=True)
class KnownPlace:
    """A place to choose; `own` when this organisation has held something there."""

    id: int
    name: str
    street: str
    postal_code: str
    town: str
    own: bool

    @property
    def label(self) -> str:
        """ "Havnehuset, Nørre Havnegade 15, 9999 Havnby"."""
        town = f"{self.postal_code} {self.town}".strip()
        return ", ".join(part for part in (self.name, self.street, town) if part)


def known(organisation_id: int) -> tuple[KnownPlace, ...]:
    """Every place there is, this organisation's own first, then by name."""
    held = exists().where(
        Occurrence.place_id == Place.id,
        Occurrence.activity_id == Activity.id,
        Activity.organisation_id == organisation_id,
    )
    planned = exists().where(Activity.place_id == Place.id, Activity.organisation_id == organisation_id)
    rows = db.session.execute(
        select(Place.id, Place.name, Place.street, Place.postal_code, Place.town, (held | planned).label("own"))
    )
    places = [KnownPlace(*row) for row in rows]
    return tuple(sorted(places, key=lambda place: (not place.own, wording.alphabetical(place.name), place.id)))


def find_or_create(name: str, street: str = "", postal_code: str = "", town: str = "") -> int:
    """The id of the place with this name and address, however its letters are cased; made if there is none.

    Two who name the same new place at the same moment make two rows, which harms nobody.
    """
    told = {"name": name, "street": street, "postal_code": postal_code, "town": town}
    told = {field: " ".join(value.split()) for field, value in told.items()}
    same = (func.lower(getattr(Place, field)) == value.lower() for field, value in told.items())
    found = db.session.scalar(select(Place.id).where(*same).order_by(Place.id).limit(1))
    if found is not None:
        return found
    place = Place(public_id=public_id(), accessibility={}, **told)
    db.session.add(place)
    db.session.flush()
    return place.id
