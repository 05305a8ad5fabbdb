"""The terms of sign-up as the fields of their form: read as `TermsInput`, and written back as one sees them."""

from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from werkzeug.datastructures import MultiDict

from engage.activities import terms
from engage.activities.models import Activity, SignUpMode
from engage.activities.terms import AskedOfEach, Party, TermsInput, WaitingMode
from engage.activities.typed import read_clock, read_day
from engage.base.config import current_settings
from engage.base.i18n import lazy_gettext as _l
from engage.web.organiser.date_form import Fields

Values = MultiDict[str, str]

# Minutes in each unit a period is written in; the largest one that fits is shown.
UNITS = MappingProxyType({"weeks": 7 * 24 * 60, "days": 24 * 60, "hours": 60, "minutes": 1})
_FEWEST_WEEKS = 2
_NUMBERS = (
    "waiting_most", "offer_hours", "least_participants", "age_from", "age_to", "group_least", "group_most",
)  # fmt: skip
_TICKS = ("waiting_list", "approval", "approval_holds_seat", "approves_edits", "asks_when_waiting", "asks_whom")
# Where the form asks for one of the terms by several fields, what is wrong with it stands beside the first.
_PLACES = {"sign_up_opens_at": "opens_day", "sign_up_closes_before": "closes_number", "cancel_before": "cancel_number"}


def place(name: str) -> str:
    """The form's field for one of the terms."""
    return _PLACES.get(name, name)


def values_of(activity: Activity) -> Values:
    """The terms of an activity as the fields of the form."""
    told = terms.of(activity)
    values: Values = MultiDict({"sign_up": activity.sign_up, "opens": "day" if told.sign_up_opens_at else "at_once"})
    values["opens_clock"] = "10:00"
    if told.sign_up_opens_at:
        local = told.sign_up_opens_at.astimezone(current_settings().city.zone)
        values["opens_day"], values["opens_clock"] = local.date().isoformat(), f"{local:%H:%M}"
    for name, minutes in (("closes", told.sign_up_closes_before), ("cancel", told.cancel_before)):
        number, unit = period(minutes)
        values[f"{name}_number"], values[f"{name}_unit"] = str(number) if number else "", unit
    for name in _NUMBERS:
        value = getattr(told, name)
        values[name] = "" if value is None else str(value)
    values["join_until"] = str(told.join_until)
    for name in ("waiting_mode", "party", "asked_of_each"):
        values[name] = getattr(told, name).value
    for name in _TICKS:
        if getattr(told, name):
            values[name] = "1"
    return values


def period(minutes: int) -> tuple[int, str]:
    """A period in the largest unit in which it is a whole number; weeks are said from two on."""
    if not minutes:
        return 0, "days"
    fitting = [unit for unit, each in UNITS.items() if minutes % each == 0]
    unit = fitting[0] if fitting[0] != "weeks" or minutes // UNITS["weeks"] >= _FEWEST_WEEKS else "days"
    return minutes // UNITS[unit], unit


def read_mode(fields: Fields, activity: Activity) -> SignUpMode:
    """How people join; as before where nothing that exists was chosen."""
    chosen = fields.text("sign_up")
    return SignUpMode(chosen) if chosen in set(SignUpMode) else SignUpMode(activity.sign_up)


def read(fields: Fields) -> TermsInput:
    """The terms that were filled in; what cannot be read is an error beside its field."""
    told: dict[str, Any] = {name: _number(fields, name) for name in _NUMBERS}
    told |= {name: bool(fields.text(name)) for name in _TICKS}
    return TermsInput(
        sign_up_opens_at=_opens_at(fields),
        sign_up_closes_before=_minutes(fields, "closes"),
        cancel_before=_minutes(fields, "cancel"),
        waiting_mode=WaitingMode(_one_of(fields, "waiting_mode", [each.value for each in WaitingMode])),
        party=Party(_one_of(fields, "party", [each.value for each in Party])),
        asked_of_each=AskedOfEach(_one_of(fields, "asked_of_each", [each.value for each in AskedOfEach])),
        join_until=_number(fields, "join_until") or 1,
        **told,
    )


def _one_of(fields: Fields, name: str, known: list[str]) -> str:
    chosen = fields.text(name)
    return chosen if chosen in known else known[0]


def _number(fields: Fields, name: str) -> int | None:
    text = fields.text(name)
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 7):
        fields.fail(name, _l("Write a whole number in digits, for example 3."))
        return None
    return int(text)


def _minutes(fields: Fields, name: str) -> int:
    number = _number(fields, f"{name}_number") or 0
    return number * UNITS.get(fields.text(f"{name}_unit"), UNITS["days"])


def _opens_at(fields: Fields) -> datetime | None:
    if fields.text("opens") != "day":
        return None
    if not fields.text("opens_day"):
        fields.fail("opens_day", _l("Choose the day."))
        return None
    day, clock = fields.read("opens_day", read_day, None), fields.read("opens_clock", read_clock, None)
    if day is None or clock is None:
        return None
    if not 2000 <= day.year < 2200:
        fields.fail("opens_day", _l("Check the year of the date."))
        return None
    return datetime.combine(day, clock, current_settings().city.zone).astimezone(UTC)
