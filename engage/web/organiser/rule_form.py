"""The fields of a series' rule: read as a `Recurrence`, and written back as one sees them."""

from dataclasses import replace
from datetime import date, datetime

from engage.activities import dates, recurrence, series
from engage.activities.models import Activity
from engage.activities.plans import Series
from engage.activities.recurrence import Frequency, Recurrence
from engage.activities.typed import Unreadable, read_day
from engage.base.errors import Refusal
from engage.base.i18n import lazy_gettext as _l
from engage.web.organiser import date_form
from engage.web.organiser.date_form import Fields
from engage.web.organiser.dates import Values

BLANK = {"frequency": Frequency.WEEKLY, "interval": "1", "end": "count", "count": "10", "month_day": "1", "nth": "1"}
_NO_DAY = date.min


def read(fields: Fields) -> Recurrence:
    """The rule that was filled in; what belongs to another rhythm than the chosen one is passed over."""
    asked = fields.text("frequency")
    if asked not in set(Frequency):
        fields.fail("frequency", _l("Choose how the dates follow each other."))
        return Recurrence(Frequency.DAILY, _NO_DAY)
    frequency = Frequency(asked)
    if frequency == Frequency.DATES:
        days = _days(fields)
        return Recurrence(frequency, min(days, default=_NO_DAY), days=days)
    rule = Recurrence(
        frequency,
        date_form.day(fields, "first"),
        interval=fields.number("interval", 1),
        weekdays=_weekdays(fields, frequency),
        month_day=fields.number("month_day") if frequency == Frequency.MONTHLY_DAY else 0,
        nth=fields.number("nth") if frequency == Frequency.MONTHLY_WEEKDAY else 0,
    )
    if fields.text("end") == "until":
        return replace(rule, until=date_form.day(fields, "until"))
    return replace(rule, count=_count(fields))


def _weekdays(fields: Fields, frequency: Frequency) -> tuple[int, ...]:
    if frequency == Frequency.MONTHLY_WEEKDAY:
        return (fields.number("nth_weekday"),)
    if frequency != Frequency.WEEKLY:
        return ()
    ticked = Values(fields.sent).getlist("weekdays")
    days = tuple(number for number in range(7) if str(number) in ticked)
    if not days:
        fields.fail("weekdays", _l("Choose at least one weekday."))
    return days


def _count(fields: Fields) -> int:
    number = fields.number("count")
    if not 1 <= number <= recurrence.MOST_DAYS:
        words = _l("Write a number from 1 to %(most)s.")
        fields.fail("count", Unreadable(words, most=recurrence.MOST_DAYS))
    return number


def _days(fields: Fields) -> tuple[date, ...]:
    """The days of a list, each on a line of its own or with commas between."""
    written = [part.strip() for part in fields.sent.get("days", "").replace(",", "\n").splitlines()]
    try:
        days = tuple(sorted({read_day(part) for part in written[:1000] if part}))
    except Refusal as refusal:
        fields.fail("days", refusal)
        return ()
    if not days:
        fields.fail("days", _l("Write at least one day."))
    return days


def of_first_date(activity: Activity, now: datetime) -> Values:
    """What a new series begins with: the rhythm of the date that stands alone so far, if there is one, and its hours."""
    values = Values({**BLANK, **date_form.of_activity(activity)})
    single = next((each for each in dates.of(activity.id) if each.series_id is None and each.starts_at > now), None)
    if single is not None:
        day = dates.local_day(single)
        values.update(on_day(day))
        values.setlist("weekdays", [str(day.weekday())])
    return values


def on_day(day: date) -> dict[str, str]:
    """The fields of a rhythm that begins on this day; the fifth of a weekday is its month's last."""
    nth = (day.day - 1) // 7 + 1
    return {
        "first": day.isoformat(),
        "month_day": str(day.day),
        "nth": str(nth if nth < 5 else -1),
        "nth_weekday": str(day.weekday()),
    }


def of_series(found: Series) -> Values:
    """The series' rule as the fields of its form."""
    rule = series.rule_of(found)
    values = Values(
        {
            **BLANK,
            "first": rule.first.isoformat(),
            "frequency": rule.frequency,
            "interval": str(rule.interval),
            "month_day": str(rule.month_day or 1),
            "nth": str(rule.nth or 1),
            "nth_weekday": str(rule.weekdays[0]) if rule.nth else "",
            "days": "\n".join(day.isoformat() for day in rule.days),
            "end": "until" if rule.until else "count",
            "count": str(rule.count or 10),
            "until": rule.until.isoformat() if rule.until else "",
        }
    )
    values.setlist("weekdays", [str(day) for day in rule.weekdays])
    return values
