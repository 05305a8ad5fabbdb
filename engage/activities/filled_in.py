"""A filled-in form read as values. What can be read is told; what cannot is a problem beside its field, and what is stored
of it stays as it was. Where nobody pressed a button yet, nothing is lost that way.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from sqlalchemy import select

from engage.activities.draft import (
    ARENAS,
    AUDIENCES,
    FOR_WHOM,
    KEEP,
    LATEST_NIGHT,
    LONGEST_BODY,
    LONGEST_NOTE,
    LONGEST_SUMMARY,
    LONGEST_TITLE,
    ActivityInput,
    Keep,
    NewPlace,
    Problem,
    When,
    Where,
    Words,
)
from engage.activities.models import OFFERED, Initiative, Kind, Place, SignUpMode
from engage.activities.typed import (
    Unreadable,
    line,
    paragraphs,
    read_capacity,
    read_clock,
    read_day,
    read_email,
    read_online,
    read_phone,
    read_price,
)
from engage.base.config import current_settings
from engage.base.db import db
from engage.base.errors import Refusal
from engage.base.i18n import lazy_gettext as _l
from engage.goals.reference import reference

Fields = Mapping[str, Sequence[str]]
Value = TypeVar("Value")
Choice = TypeVar("Choice", bound=StrEnum)

# Spoken in the city's schools and associations; the names come from CLDR.
SPOKEN = ("da", "en", "de", "ar", "fa", "fr", "lt", "pl", "ro", "so", "ti", "tr", "uk")
_LONGEST = {
    "title": LONGEST_TITLE,
    "summary": LONGEST_SUMMARY,
    "body": LONGEST_BODY,
    "price_note": LONGEST_NOTE,
    "accessibility": LONGEST_NOTE,
    "picture_alt": LONGEST_NOTE,
}


@dataclass
class _Reader:
    fields: Fields
    problems: list[Problem] = field(default_factory=list)

    def has(self, name: str) -> bool:
        return name in self.fields

    def text(self, name: str) -> str:
        values = self.fields.get(name)
        return line(values[0]) if values else ""

    def ticked(self, name: str) -> list[str]:
        return list(dict.fromkeys(self.fields.get(name, ())))

    def given(self, name: str) -> bool:
        """Whether the form showed this group of boxes; a browser sends nothing for boxes that are not ticked."""
        return name in self.fields.get("given", ())

    def tried(self, name: str, read: Callable[[str], Value]) -> Value | Keep:
        """The value of a field the form has; what cannot be read becomes a problem."""
        if not self.has(name):
            return KEEP
        try:
            return read(self.text(name))
        except Refusal as refusal:
            self.problems.append(Problem(name, refusal))
            return KEEP


def read(fields: Fields, languages: Iterable[str]) -> tuple[ActivityInput, tuple[Problem, ...]]:
    """What a form tells, and what of it cannot be kept. A field the form does not have is left alone."""
    form = _Reader(fields)
    goals = reference()
    version = form.text("version")
    told = ActivityInput(
        words={code: _words(form, code) for code in languages if form.has(f"title_{code}")},
        kind=_choice(form, "kind", Kind, tuple(Kind)),
        sign_up=_choice(form, "sign_up", SignUpMode, OFFERED),
        audiences=_some(form, "audiences", AUDIENCES),
        for_whom=_some(form, "for_whom", FOR_WHOM),
        arenas=_some(form, "arenas", ARENAS),
        spoken_languages=_some(form, "spoken", SPOKEN),
        dimensions=_some(form, "dimensions", goals.dimensions),
        sdgs=_numbers(_some(form, "sdgs", [str(number) for number in goals.sdgs])),
        key_features=_some(form, "key_features", goals.features),
        initiative_id=_initiative(form),
        price=form.tried("price", read_price),
        contact_email=form.tried("contact_email", read_email),
        contact_phone=form.tried("contact_phone", read_phone),
        where=_where(form),
        when=_when(form),
        capacity=form.tried("capacity", read_capacity),
        version=int(version) if version.isdecimal() and len(version) < 9 else None,
        automatic=bool(form.text("automatic")),
    )
    return told, tuple(form.problems)


def _words(form: _Reader, language: str) -> Words:
    values: dict[str, str | Keep] = {}
    for name, most in _LONGEST.items():
        key = f"{name}_{language}"
        if not form.has(key):
            values[name] = KEEP
            continue
        raw = form.fields[key][0]
        text = paragraphs(raw) if name == "body" else line(raw)
        values[name] = text
        if len(text) > most:
            too_long = _l("This is %(length)s characters long, and there is room for %(most)s. Make it shorter.")
            form.problems.append(Problem(key, Unreadable(too_long, length=len(text), most=most)))
            values[name] = KEEP
    return Words(**values)


def _choice(form: _Reader, name: str, kind: type[Choice], known: Sequence[Choice]) -> Choice | Keep:
    value = form.text(name)
    return kind(value) if value in known else KEEP


def _some(form: _Reader, name: str, known: Iterable[str]) -> tuple[str, ...] | Keep:
    """The boxes that are ticked, in their own order; a value nobody offered is passed over."""
    if not form.given(name):
        return KEEP
    ticked = set(form.ticked(name))
    return tuple(value for value in known if value in ticked)


def _numbers(values: tuple[str, ...] | Keep) -> tuple[int, ...] | Keep:
    return values if isinstance(values, Keep) else tuple(int(value) for value in values)


def _initiative(form: _Reader) -> int | Keep | None:
    if not form.has("initiative"):
        return KEEP
    number = _id(form.text("initiative"))
    return db.session.scalar(select(Initiative.id).where(Initiative.id == number)) if number else None


def _id(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def _where(form: _Reader) -> Where | Keep:
    kind = form.text("where")
    if kind == "online":
        url = form.tried("online_url", read_online)
        return KEEP if isinstance(url, Keep) else Where(online_url=url)
    if kind == "new":
        name = form.text("place_name")
        parts = [form.text(f"place_{part}") for part in ("street", "postal_code", "town")]
        if name:
            return Where(new=NewPlace(name[:160], parts[0][:160], parts[1][:10], parts[2][:80]))
        if any(parts):
            form.problems.append(Problem("place_name", Unreadable(_l("Write what the place is called."))))
        return KEEP
    if kind == "known":
        number = _id(form.text("place"))
        return Where(place_id=db.session.scalar(select(Place.id).where(Place.id == number)) if number else None)
    return KEEP


def _when(form: _Reader) -> When | Keep | None:
    if not form.has("day"):
        return KEEP
    if not any(form.text(name) for name in ("day", "begins", "ends")):
        return None
    before = len(form.problems)
    for name, words in _WANTED.items():
        if not form.text(name):
            form.problems.append(Problem(name, Unreadable(words)))
    if len(form.problems) > before:
        return KEEP
    day, begins, ends = form.tried("day", read_day), form.tried("begins", read_clock), form.tried("ends", read_clock)
    if isinstance(day, Keep) or isinstance(begins, Keep) or isinstance(ends, Keep):
        return KEEP
    if begins >= ends > LATEST_NIGHT or begins == ends:
        form.problems.append(Problem("ends", Unreadable(_l("Let it end after it begins."))))
        return KEEP
    if not 2000 <= day.year < 2200:
        form.problems.append(Problem("day", Unreadable(_l("Check the year of the date."))))
        return KEEP
    zone = current_settings().city.zone
    last = day + timedelta(days=1) if ends < begins else day
    return When(datetime.combine(day, begins, zone), datetime.combine(last, ends, zone))


_WANTED = {
    "day": _l("Choose the day."),
    "begins": _l("Write when it begins."),
    "ends": _l("Write when it ends."),
}
