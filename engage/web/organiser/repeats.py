"""Whether a new activity repeats, asked where it begins: the answer leads on to the preview of its dates."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import url_for

from engage.activities import dates, recurrence
from engage.activities.draft import ActivityInput, Problem, When
from engage.activities.models import Activity
from engage.activities.recurrence import Frequency
from engage.activities.typed import Unreadable
from engage.base.i18n import gettext as _
from engage.base.i18n import lazy_gettext as _l
from engage.web.organiser import date_form, rule_form

ONCE = "once"
# What is chosen -> frequency and how far apart.
_RHYTHMS = {
    "weekly": (Frequency.WEEKLY, 1),
    "fortnightly": (Frequency.WEEKLY, 2),
    "monthly": (Frequency.MONTHLY_WEEKDAY, 1),
}


def choices() -> Sequence[tuple[str, str]]:
    """Value and label of each choice."""
    return (
        (ONCE, _("No, only this once")),
        ("weekly", _("Every week")),
        ("fortnightly", _("Every other week")),
        ("monthly", _("Every month, on the same weekday")),
    )


def problems(form: Mapping[str, str], told: ActivityInput) -> tuple[Problem, ...]:
    """What is missing for it to repeat."""
    if form.get("repeats", ONCE) not in _RHYTHMS:
        return ()
    found = []
    if not isinstance(told.when, When):
        found.append(Problem("day", Unreadable(_l("Write the day and the hours of the first date."))))
    if _times(form) is None:
        words = _l("Write a number from 2 to %(most)s.")
        found.append(Problem("times", Unreadable(words, most=recurrence.MOST_DAYS)))
    return tuple(found)


def _times(form: Mapping[str, str]) -> int | None:
    text = form.get("times", "").strip()
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 4 else 0
    return number if 2 <= number <= recurrence.MOST_DAYS else None


def preview_url(activity: Activity, form: Mapping[str, str]) -> str:
    """Where the dates it would have are shown, holidays flagged, before they are added; "" for what is held once."""
    rhythm = _RHYTHMS.get(form.get("repeats", ONCE))
    if rhythm is None or not activity.occurrences:
        return ""
    first = activity.occurrences[0]
    day = dates.local_day(first)
    asked: dict[str, Any] = {
        **{name: value for name, value in date_form.of_date(first).items() if name not in {"day", "last_day"}},
        **rule_form.on_day(day),
        "frequency": rhythm[0].value,
        "interval": rhythm[1],
        "weekdays": day.weekday(),
        "end": "count",
        "count": _times(form),
    }
    return url_for(".new_series", activity=activity.public_id, _anchor="days-shown", **asked)
