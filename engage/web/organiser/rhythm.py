"""How a rule is said: "Every 2 weeks: Tuesday and Thursday, until 22 April"."""

from datetime import date, timedelta

from engage.activities.recurrence import Frequency, Recurrence
from engage.base import wording
from engage.base.i18n import gettext as _
from engage.base.i18n import ngettext

_A_MONDAY = date(2024, 1, 1)


def weekday(number: int) -> str:
    """The name of a weekday, 0 being Monday."""
    return wording.weekday(_A_MONDAY + timedelta(days=number))


def said(rule: Recurrence, today: date) -> str:
    """The rule in words, with its end."""
    often, which = _often(rule), _which(rule)
    return ", ".join(part for part in (f"{often}: {which}" if which else often, _ends(rule, today)) if part)


def _often(rule: Recurrence) -> str:
    number = rule.interval
    if rule.frequency == Frequency.DATES:
        return ngettext("%(number)s chosen day", "%(number)s chosen days", len(rule.days))
    if rule.frequency == Frequency.DAILY:
        return ngettext("Every day", "Every %(number)s days", number)
    if rule.frequency == Frequency.WEEKLY:
        return ngettext("Every week", "Every %(number)s weeks", number)
    return ngettext("Every month", "Every %(number)s months", number)


def _which(rule: Recurrence) -> str:
    if rule.frequency == Frequency.WEEKLY:
        return wording.listing([weekday(day) for day in sorted(rule.weekdays)])
    if rule.frequency == Frequency.MONTHLY_DAY:
        return month_day(rule.month_day)
    if rule.frequency == Frequency.MONTHLY_WEEKDAY:
        return f"{nth(rule.nth)} {weekday(rule.weekdays[0])}"
    return ""


def month_day(number: int) -> str:
    """A day of a month, -1 being the last."""
    return _("the last day") if number == -1 else _("day %(number)s", number=number)


def nth(number: int) -> str:
    """Which of a month's weekdays, -1 being the last."""
    names = {1: _("the first"), 2: _("the second"), 3: _("the third"), 4: _("the fourth"), -1: _("the last")}
    return names[number]


def _ends(rule: Recurrence, today: date) -> str:
    if rule.frequency == Frequency.DATES:
        return ""
    if rule.until is not None:
        return _("until %(day)s", day=wording.long_date(rule.until, year=rule.until.year != today.year))
    return ngettext("%(number)s time", "%(number)s times", rule.count or 0)
