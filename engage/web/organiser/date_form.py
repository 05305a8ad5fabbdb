"""The fields of a date: read as `Details`, and written back as one sees them. Used for one date, a series and its changes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, time, timedelta
from typing import TypeVar

from sqlalchemy import select

from engage.activities import dates, places, shifts
from engage.activities.dates import MOST_NIGHTS, Details
from engage.activities.draft import NewPlace
from engage.activities.models import Activity, Occurrence, Place
from engage.activities.typed import Unreadable, line, read_capacity, read_clock, read_day, read_online
from engage.base.db import db
from engage.base.errors import Refusal
from engage.base.i18n import LazyText
from engage.base.i18n import lazy_gettext as _l

Value = TypeVar("Value")
_PLACE = {"place_name": 160, "place_street": 160, "place_postal_code": 10, "place_town": 80}


@dataclass
class Fields:
    """A form that was sent, and what in it cannot be read, as (field, words)."""

    sent: Mapping[str, str]
    errors: list[tuple[str, str]] = field(default_factory=list)

    def text(self, name: str) -> str:
        return line(self.sent.get(name, ""))

    def fail(self, name: str, words: LazyText | Refusal) -> None:
        self.errors.append((name, str(words)))

    def read(self, name: str, reader: Callable[[str], Value], otherwise: Value) -> Value:
        """The field's value, or `otherwise` and an error."""
        try:
            return reader(self.text(name))
        except Refusal as refusal:
            self.fail(name, refusal)
            return otherwise

    def number(self, name: str, otherwise: int = 0) -> int:
        """A whole number, or `otherwise` where there is none."""
        text = self.text(name)
        digits = text.removeprefix("-")
        return int(text) if digits.isascii() and digits.isdecimal() and len(digits) < 6 else otherwise


@dataclass(frozen=True, slots=True)
class Told:
    """What a form tells of a date, its day apart."""

    details: Details
    new_place: NewPlace | None

    def kept(self) -> Details:
        """The details with a new place made, which only a form that is saved may do."""
        if self.new_place is None:
            return self.details
        new = self.new_place
        return replace(self.details, place_id=places.find_or_create(new.name, new.street, new.postal_code, new.town))


def day(fields: Fields, name: str = "day") -> date:
    """The day in this field; today's is only a stand-in beside an error."""
    if not fields.text(name):
        fields.fail(name, _l("Choose the day."))
        return date.min
    found = fields.read(name, read_day, date.min)
    if found != date.min and not 2000 <= found.year < 2200:
        fields.fail(name, _l("Check the year of the date."))
    return found


def read(fields: Fields, activity: Activity, on: date | None = None) -> Told:
    """The details that were filled in. `on` is the day it begins, where the form may name a later last one."""
    begins = _clock(fields, "begins", _l("Write when it begins."))
    ends = _clock(fields, "ends", _l("Write when it ends."))
    place, new = _place(fields)
    online = fields.read("online_url", read_online, "")
    if not (place or new or online):
        fields.fail("place", _l("Choose a place, or write the address for taking part online."))
    roles = shifts.roles(activity.id)
    people = tuple((each.id, fields.read(f"people_{each.public_id}", read_capacity, None)) for each in roles)
    capacity = None if roles else fields.read("capacity", read_capacity, None)
    details = Details(begins, ends, _nights(fields, on), place, online, capacity, tuple(sorted(people)))
    if details.nights == 0 and begins == ends and not fields.errors:
        fields.fail("ends", _l("Let it end after it begins."))
    return Told(dates.complete(details), new)


def _clock(fields: Fields, name: str, missing: LazyText) -> time:
    if not fields.text(name):
        fields.fail(name, missing)
        return time()
    return fields.read(name, read_clock, time())


def _nights(fields: Fields, on: date | None) -> int:
    if on is None or not fields.text("last_day"):
        return 0
    nights = (fields.read("last_day", read_day, on) - on).days
    if not 0 <= nights <= MOST_NIGHTS and on != date.min:
        fields.fail("last_day", Unreadable(_l("Choose a last day at most %(most)s days later."), most=MOST_NIGHTS))
    return max(0, nights)


def _place(fields: Fields) -> tuple[int | None, NewPlace | None]:
    parts = [fields.text(name)[:most] for name, most in _PLACE.items()]
    if parts[0]:
        return None, NewPlace(*parts)
    if any(parts):
        fields.fail("place_name", _l("Write what the place is called."))
    number = fields.number("place")
    return (db.session.scalar(select(Place.id).where(Place.id == number)) if number else None), None


def titles(fields: Fields, activity: Activity) -> dict[str, str]:
    """What this date alone is called, in the languages the activity is written in."""
    return {text.language: fields.text(f"own_title_{text.language}")[:160] for text in activity.texts}


def of_date(occurrence: Occurrence) -> dict[str, str]:
    """A date as the fields of its form."""
    on, details = dates.local_day(occurrence), dates.details(occurrence)
    last = on + timedelta(days=details.nights)
    usual = dates.complete(replace(details, nights=0)).nights == details.nights
    people = dict(details.people)
    names = {role.id: role.public_id for role in shifts.roles(occurrence.activity_id)}
    return {
        "day": on.isoformat(),
        "last_day": "" if usual else last.isoformat(),
        "seen": dates.as_seen(occurrence),
        **_of_details(details),
        **{f"own_title_{language}": title for language, title in occurrence.titles.items()},
        **{f"people_{names[role]}": _number(number) for role, number in people.items() if role in names},
    }


def _of_details(details: Details) -> dict[str, str]:
    """Clock times, place and number as the fields of a form."""
    return {
        "begins": f"{details.begins:%H:%M}",
        "ends": f"{details.ends:%H:%M}",
        "place": str(details.place_id or ""),
        "online_url": details.online_url,
        "capacity": _number(details.capacity),
    }


def of_activity(activity: Activity) -> dict[str, str]:
    """What a new date begins with, as the fields of its form: the last date's clock times, and the activity's own place."""
    coming = dates.of(activity.id)
    if coming:
        values = of_date(coming[-1])
        return {name: value for name, value in values.items() if name not in {"day", "last_day", "seen"}}
    usual = dates.usual(activity, time(), time())
    roles = {f"people_{role.public_id}": _number(role.capacity) for role in shifts.roles(activity.id)}
    return {**_of_details(usual), "begins": "", "ends": "", **roles}


def _number(number: int | None) -> str:
    return "" if number is None else str(number)
