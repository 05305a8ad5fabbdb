"""The days a rule gives: a subset of RFC 5545's recurrence, worked out by dateutil, and what an organiser is told of them.

Days alone stand here; the clock times that make dates of them are in `series`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache

from dateutil.rrule import rrulestr

from engage.base.errors import Refusal
from engage.base.i18n import lazy_gettext as _l

# How far ahead dates are made, and how many of one series (behaviour C4). What lies further is added nearer the time, by
# `extending`.
MOST_DAYS = 200
MOST_INTERVAL = 52
_CODES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


class RuleNotUsable(Refusal):
    """The rule names no day, or an interval, number or day that there is not."""

    code = "rule_not_usable"
    message = _l("These choices give no date. Look at the days, the interval and where the series ends.")


class Frequency(StrEnum):
    """How the days of a series follow each other."""

    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY_DAY = "monthly_day"
    MONTHLY_WEEKDAY = "monthly_weekday"
    DATES = "dates"


@dataclass(frozen=True, slots=True)
class Recurrence:
    """A rule, from `first` on. Weekdays count from 0, Monday. `count` or `until` (inclusive) ends it; a list ends by itself.

    `month_day` is 1 to 31, or -1 for the last day; `nth` is 1 to 4, or -1 for the last such weekday of a month. `excluded` days
    count towards `count`, as RFC 5545's EXDATE does.
    """

    frequency: Frequency
    first: date
    interval: int = 1
    weekdays: tuple[int, ...] = ()
    month_day: int = 0
    nth: int = 0
    count: int | None = None
    until: date | None = None
    days: tuple[date, ...] = ()
    excluded: tuple[date, ...] = ()

    def before(self, day: date) -> "Recurrence":
        """The part of it that ends before `day`."""
        earlier = tuple(each for each in self.days if each < day)
        return replace(self, count=None, until=day - timedelta(days=1), days=earlier, excluded=self._excluded(upto=day))

    def starting(self, day: date, last: date) -> "Recurrence":
        """The part of it from `day`, one of its days, to `last`."""
        later = tuple(each for each in self.days if each >= day)
        return replace(self, first=day, count=None, until=last, days=later, excluded=self._excluded(since=day))

    def shifted(self, by: int) -> "Recurrence | None":
        """The same rhythm so many days later; None where a rule of this kind has none, as by the days of months."""
        if self.frequency not in {Frequency.DAILY, Frequency.WEEKLY}:
            return None
        step = timedelta(days=by)
        return replace(
            self,
            first=self.first + step,
            weekdays=tuple((weekday + by) % 7 for weekday in self.weekdays),
            until=self.until + step if self.until else None,
            excluded=tuple(day + step for day in self.excluded),
        )

    def _excluded(self, *, upto: date = date.max, since: date = date.min) -> tuple[date, ...]:
        return tuple(day for day in self.excluded if since <= day < upto)


@dataclass(frozen=True, slots=True)
class Days:
    """What a rule gives: its days in order, the months passed over because they lack its day, and whether days were cut off."""

    days: tuple[date, ...]
    skipped_months: tuple[date, ...]  # the first of each
    cut: bool


def days(rule: Recurrence, today: date) -> Days:
    """The days of `rule`, at most `MOST_DAYS` from `today` on and none later than a year after its beginning.

    Refuses with `RuleNotUsable` when the rule makes no sense or has no day.
    """
    _check(rule)
    latest = horizon(rule.first, today)
    coming, found, cut = 0, [], False
    for day in _all(rule):
        if day > latest or coming == MOST_DAYS:
            cut = True
            break
        coming += day >= today
        found.append(day)
    kept = tuple(day for day in found if day not in rule.excluded)
    if not kept:
        raise RuleNotUsable
    return Days(kept, tuple(_skipped(rule, found)), cut)


def last_day(rule: Recurrence) -> date:
    """The last day the rule speaks of, however far it lies. Refuses with `RuleNotUsable`."""
    _check(rule)
    if rule.until is not None and rule.frequency != Frequency.DATES:
        return rule.until
    found = max(_all(rule), default=None)  # at most `count` days, which a form bounds
    if found is None:
        raise RuleNotUsable
    return found


def horizon(first: date, today: date) -> date:
    """The last day dates are made for: a year from the later of `first` and `today`."""
    begin = max(first, today)
    try:
        return begin.replace(year=begin.year + 1)
    except ValueError:  # the 29th of February
        return begin.replace(year=begin.year + 1, day=28)


def _check(rule: Recurrence) -> None:
    usable = {
        Frequency.DAILY: True,
        Frequency.WEEKLY: bool(rule.weekdays) and set(rule.weekdays) <= set(range(7)),
        Frequency.MONTHLY_DAY: rule.month_day == -1 or 1 <= rule.month_day <= 31,
        Frequency.MONTHLY_WEEKDAY: rule.nth in {-1, 1, 2, 3, 4}
        and len(rule.weekdays) == 1
        and 0 <= rule.weekdays[0] < 7,
        Frequency.DATES: bool(rule.days),
    }[rule.frequency]
    ends = rule.frequency == Frequency.DATES or (rule.count or rule.until) is not None
    counts = rule.count is None or rule.count > 0
    in_range = date.min.year < rule.first.year < date.max.year - 1
    if not (usable and ends and counts and in_range and 1 <= rule.interval <= MOST_INTERVAL):
        raise RuleNotUsable


def _all(rule: Recurrence) -> Iterator[date]:
    """The days without end of the horizon, with those excluded. The first day is one of the rule, as RFC 5545 recommends."""
    if rule.frequency == Frequency.DATES:
        yield from (day for day in sorted(set(rule.days)) if rule.until is None or day <= rule.until)
        return
    begin = next(_expanded(replace(rule, interval=1, count=1, until=None)), None)
    if begin is not None:
        yield from _expanded(replace(rule, first=begin))


def _expanded(rule: Recurrence) -> Iterator[date]:
    for instant in rrulestr(text(rule), dtstart=datetime.combine(rule.first, time())):
        yield instant.date()


def _skipped(rule: Recurrence, found: list[date]) -> Iterator[date]:
    """Months between the first day and the last that the rule speaks of but that are too short for its day."""
    if rule.frequency != Frequency.MONTHLY_DAY or rule.month_day < 29 or not found:
        return
    there = {(day.year, day.month) for day in found}
    month, last = found[0].replace(day=1), found[-1]
    while month <= last:
        if (month.year, month.month) not in there:
            yield month
        ahead = month.month - 1 + rule.interval
        month = date(month.year + ahead // 12, ahead % 12 + 1, 1)


def text(rule: Recurrence) -> str:
    """The rule as an RFC 5545 RRULE; "" for a list of days."""
    codes = ",".join(_CODES[day] for day in sorted(set(rule.weekdays)))
    parts = {
        Frequency.DAILY: "FREQ=DAILY",
        Frequency.WEEKLY: f"FREQ=WEEKLY;BYDAY={codes}",
        Frequency.MONTHLY_DAY: f"FREQ=MONTHLY;BYMONTHDAY={rule.month_day}",
        Frequency.MONTHLY_WEEKDAY: f"FREQ=MONTHLY;BYDAY={rule.nth}{codes}",
        Frequency.DATES: "",
    }[rule.frequency]
    if not parts:
        return ""
    interval = f";INTERVAL={rule.interval}" if rule.interval > 1 else ""
    count = f";COUNT={rule.count}" if rule.count else ""
    until = f";UNTIL={rule.until:%Y%m%d}" if rule.until else ""
    return parts + interval + (count or until)


def read(rule: str, first: date, listed: Iterable[date], excluded: Iterable[date]) -> Recurrence:
    """The rule that `text` wrote."""
    dates, without = tuple(listed), tuple(excluded)
    if not rule:
        return Recurrence(Frequency.DATES, first, days=dates, excluded=without)
    parts = dict(part.split("=", 1) for part in rule.split(";"))
    weekday, month_day = parts.get("BYDAY", ""), int(parts.get("BYMONTHDAY", 0))
    monthly = Frequency.MONTHLY_DAY if month_day else Frequency.MONTHLY_WEEKDAY
    nth = weekday[:-2] if parts["FREQ"] == "MONTHLY" else ""
    return Recurrence(
        monthly if parts["FREQ"] == "MONTHLY" else Frequency(parts["FREQ"].lower()),
        first,
        interval=int(parts.get("INTERVAL", 1)),
        weekdays=tuple(_CODES.index(code[-2:]) for code in weekday.split(",") if code),
        month_day=month_day,
        nth=int(nth or 0),
        count=int(parts["COUNT"]) if "COUNT" in parts else None,
        until=datetime.strptime(parts["UNTIL"], "%Y%m%d").date() if "UNTIL" in parts else None,  # noqa: DTZ007
        excluded=without,
    )


def holiday(day: date, country: str, language: str) -> str:
    """The name of the public holiday on `day` in `country` (ISO 3166-1), in `language` or the country's own; "" on other days."""
    return _holidays(country, language, day.year).get(day, "")


@lru_cache(maxsize=64)
def _holidays(country: str, language: str, year: int) -> dict[date, str]:
    """One year, since working out a country's takes milliseconds. A country the package does not know has none."""
    import holidays  # 3 MB, needed only where dates are planned

    try:
        calendar = holidays.country_holidays(country, years=year)
    except NotImplementedError:
        return {}
    # Without a name the package would follow the machine's own language.
    fitting = (name for name in calendar.supported_languages if name.split("_")[0] == language)
    spoken = next(fitting, calendar.default_language)
    return dict(holidays.country_holidays(country, years=year, language=spoken))
