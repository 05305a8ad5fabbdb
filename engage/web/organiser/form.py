"""The publish page's fields: what stands in them, what may be chosen, and what differs when two have written."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from engage.activities import writing
from engage.activities.choices import audience_name
from engage.activities.draft import ARENAS, AUDIENCES, FOR_WHOM
from engage.activities.filled_in import SPOKEN
from engage.activities.models import Activity, Initiative, SignUpMode
from engage.activities.proposals import Proposals, Proposed
from engage.base import i18n, wording
from engage.base.config import current_settings
from engage.base.db import db
from engage.base.i18n import gettext as _
from engage.base.i18n import in_language
from engage.goals.reference import reference
from engage.web.public.activity_view import for_whom_name

Values = MultiDict[str, str]
_BY_LANGUAGE = {"price_note": "price_notes", "accessibility": "accessibility", "picture_alt": "picture_alt"}


@dataclass(frozen=True, slots=True)
class Tick:
    """A box to tick; `reason` says why it is proposed, and `number` is a goal's."""

    value: str
    label: str
    reason: str = ""
    number: int = 0


@dataclass(frozen=True, slots=True)
class Ticks:
    """What is proposed or chosen, and everything else there is."""

    first: tuple[Tick, ...]
    rest: tuple[Tick, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """A field in which two who wrote at once differ, and what the other one wrote."""

    label: str
    theirs: str


def values_of(activity: Activity) -> Values:
    """The activity as the fields of its form, named as `filled_in.read` reads them."""
    values: Values = MultiDict()
    for text in activity.texts:
        for name in ("title", "summary", "body"):
            values[f"{name}_{text.language}"] = getattr(text, name)
    for name, column in _BY_LANGUAGE.items():
        notes: Mapping[str, str] = getattr(activity, column)
        for code, words in notes.items():
            values[f"{name}_{code}"] = words
    values["kind"], values["sign_up"] = activity.kind, activity.sign_up
    groups: dict[str, Iterable[object]] = {
        "audiences": activity.audiences,
        "for_whom": activity.for_whom,
        "arenas": activity.arenas,
        "spoken": activity.spoken_languages,
        "dimensions": activity.dimensions,
        "sdgs": activity.sdgs,
        "key_features": activity.key_features,
    }
    for name, ticked in groups.items():
        values.setlist(name, [str(each) for each in ticked])
    values["initiative"] = str(activity.initiative_id or "")
    values["price"] = _price(activity.price)
    values["contact_email"], values["contact_phone"] = activity.contact_email, activity.contact_phone
    place_id, online_url, capacity = writing.shown(activity)
    values["capacity"] = "" if capacity is None else str(capacity)
    values["where"] = "online" if online_url and place_id is None else "known"
    values["place"], values["online_url"] = str(place_id or ""), online_url
    values.update(_date(activity))
    values["version"] = str(activity.version)
    return values


def _price(amount: int) -> str:
    whole, rest = divmod(amount, 100)
    if not amount:
        return ""
    return f"{whole},{rest:02d}" if rest else str(whole)


def _date(activity: Activity) -> dict[str, str]:
    if not activity.occurrences:
        return {}
    zone = current_settings().city.zone
    date = activity.occurrences[0]
    begins, ends = date.starts_at.astimezone(zone), date.ends_at.astimezone(zone)
    return {"day": begins.date().isoformat(), "begins": f"{begins:%H:%M}", "ends": f"{ends:%H:%M}"}


def languages_of(activity: Activity | None) -> tuple[str, ...]:
    """The languages one writes in: the one it is written in first, or the page's own, before the city's others."""
    known = current_settings().city.languages
    written = {text.language for text in activity.texts} if activity else set()
    order = [i18n.current_language(), *known, *sorted(written)]
    first = next((code for code in order if code in written), i18n.current_language())
    return tuple(dict.fromkeys((first, *known, *sorted(written))))


def choices() -> dict[str, Sequence[tuple[str, str]]]:
    """Value and label of every choice that is the same for all activities."""
    goals = reference()
    arenas = {"public_space": _("Public life"), "work": _("Working life"), "private_life": _("Private life")}
    initiatives = db.session.execute(select(Initiative.id, Initiative.names)).all()
    return {
        "kind": [("learning", _("Learn something")), ("volunteer", _("Lend a hand"))],
        "audiences": [(code, audience_name(code)) for code in AUDIENCES],
        "for_whom": [(code, for_whom_name(code)) for code in FOR_WHOM],
        "arenas": [(code, arenas[code]) for code in ARENAS],
        "spoken": [(code, _capital(wording.spoken_name(code))) for code in SPOKEN],
        "dimensions": [(each.id, each.name) for each in goals.dimensions.values()],
        "sdgs": [(str(each.number), each.title) for each in goals.sdgs.values()],
        "key_features": [(each.id, each.title) for each in goals.features.values()],
        "initiative": sorted(
            ((str(number), in_language(names)) for number, names in initiatives),
            key=lambda each: wording.alphabetical(each[1]),
        ),
    }


def sign_up_choices(dates: int, chosen: str) -> list[tuple[str, str]]:
    """The ways to join; with one date, one signs up for it or does not."""
    several = [
        (SignUpMode.REGISTRATION, _("People sign up for one date")),
        (SignUpMode.SEVERAL_DATES, _("People sign up for several dates in one go")),
        (SignUpMode.WHOLE_COURSE, _("People sign up for the whole course")),
    ]
    single = [(SignUpMode.REGISTRATION, _("People sign up"))]
    plain = dates < 2 and chosen in {"", SignUpMode.REGISTRATION, SignUpMode.DROP_IN}
    return [*(single if plain else several), (SignUpMode.DROP_IN, _("No sign-up, people just come"))]


def _capital(word: str) -> str:
    return word[:1].upper() + word[1:]


def ticks(known: Mapping[str, Sequence[tuple[str, str]]], values: Values, found: Proposals) -> dict[str, Ticks]:
    """Dimensions, goals and Key Features: the proposed and chosen ones first, each proposal with its reason. Of the
    languages spoken, the city's own come first."""
    usual = tuple(Proposed(code) for code in current_settings().city.languages)
    return {
        "dimensions": _ticks(known["dimensions"], values.getlist("dimensions"), found.dimensions),
        "sdgs": _ticks(known["sdgs"], values.getlist("sdgs"), found.sdgs, numbered=True),
        "key_features": _ticks(known["key_features"], values.getlist("key_features"), found.features),
        "spoken": _ticks(known["spoken"], values.getlist("spoken"), usual),
    }


def _ticks(
    known: Sequence[tuple[str, str]], ticked: list[str], proposed: tuple[Proposed, ...], *, numbered: bool = False
) -> Ticks:
    reasons = {each.key: _reason(each) for each in proposed}
    every = {value: Tick(value, label, reasons.get(value, ""), int(value) if numbered else 0) for value, label in known}
    first = [key for key in (*reasons, *ticked) if key in every]
    chosen = tuple(every[key] for key in dict.fromkeys(first))
    return Ticks(chosen, tuple(each for key, each in every.items() if key not in set(first)))


def _reason(proposed: Proposed) -> str:
    if proposed.volunteering:
        return _("Suggested, because people lend a hand.")
    if proposed.words:
        named = wording.listing([wording.quoted(word) for word in proposed.words])
        return _("Suggested, because you write %(words)s.", words=named)
    return _("Suggested, because it belongs to goal %(number)s.", number=proposed.sdg) if proposed.sdg else ""


def differences(typed: Values, stored: Values, labels: Mapping[str, str]) -> tuple[Difference, ...]:
    """Where what was typed is not what is stored, with the stored value in words."""
    return tuple(
        Difference(label, ", ".join(each for each in stored.getlist(name) if each) or _("(empty)"))
        for name, label in labels.items()
        if name in typed and sorted(typed.getlist(name)) != sorted(stored.getlist(name) or [""])
    )


def labels(languages: Iterable[str]) -> dict[str, str]:
    """What each field of text is called, for telling where two writers differ."""
    words = {
        "title": _("Title"),
        "summary": _("In short"),
        "body": _("In full"),
        "price_note": _("What the price covers"),
        "accessibility": _("How to get in and take part"),
        "picture_alt": _("What the picture shows"),
    }
    found = {
        f"{name}_{code}": f"{label} ({wording.spoken_name(code)})"
        for code in languages
        for name, label in words.items()
    }
    return {
        **found,
        "day": _("Date"),
        "begins": _("From"),
        "ends": _("To"),
        "price": _("Price in kroner"),
        "capacity": _("How many places?"),
        "contact_email": _("E-mail"),
        "contact_phone": _("Telephone"),
    }


def said_at(instant: datetime) -> str:
    """The local time of day, as it is said after saving."""
    return wording.clock(instant.astimezone(current_settings().city.zone))
