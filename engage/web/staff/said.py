"""Small things the pages of this room say alike: days, moments, and what is wrong with a form."""

from collections.abc import Callable
from datetime import date, datetime
from typing import TypeVar

from flask import request

from engage.activities import typed
from engage.base import wording
from engage.base.config import current_settings
from engage.base.errors import Refusal

Value = TypeVar("Value")
# (field, words) for each thing that is wrong; the field is "" when it is about the whole.
Errors = list[tuple[str, str]]


def day(instant: datetime | date) -> str:
    """A day in words, always with its year: these pages look back over years."""
    local = instant.astimezone(current_settings().city.zone).date() if isinstance(instant, datetime) else instant
    return wording.long_date(local, year=True)


def moment(instant: datetime) -> str:
    """A day and a time, as the city's clocks show them."""
    return f"{day(instant)}, {wording.clock(instant.astimezone(current_settings().city.zone))}"


def read(field: str, reader: Callable[[str], Value], errors: Errors, otherwise: Value) -> Value:
    """What stands in a field of the form, read by `reader`; what it refuses is added to `errors`."""
    try:
        return reader(typed.line(request.form.get(field, "")))
    except Refusal as refusal:
        errors.append((field, str(refusal)))
        return otherwise


def asked_words(name: str = "q") -> str:
    """What was typed into the search of a list."""
    return typed.line(request.args.get(name, ""))[:100]


def asked_page() -> int:
    """The page asked for, counted from 1."""
    asked = request.args.get("page", "")
    return max(1, int(asked)) if asked.isdecimal() and asked.isascii() and len(asked) < 6 else 1
