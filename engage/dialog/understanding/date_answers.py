"""What several date rules share: from a match to the days it means, and the choices made where people differ."""

from dataclasses import replace
from datetime import date

from engage.dialog.understanding import intervals as calendar
from engage.dialog.understanding.date_grammar import Item, Match
from engage.dialog.understanding.intervals import DAY, WEEK, Span


def month_number(match: Match) -> int:
    item = match.named("month_name", "month_weak", "month_short")
    return int(item.value) if item else 0


def dated(day: int, month: int, year: int | None, today: date) -> Span | None:
    if year is None:
        found = calendar.coming_day(day, month, today) if 1 <= month <= 12 and 1 <= day <= 31 else None
        return calendar.one_day(found) if found else None
    try:
        return calendar.one_day(date(year, month, day))
    except ValueError:
        return None


def days_between(first: int, last: int, month: int, years: list[int] | None, today: date) -> Span | None:
    """From day to day of a month; a range that has begun keeps its year."""
    end = dated(last, month, years[0] if years else None, today)
    if end is None or not 1 <= first <= last:
        return None
    return Span(end.first.replace(day=first), end.last)


def part_of(match: Match, span: Span) -> Span:
    part = match.named("begin", "mid", "end")
    if part is None or span.last is None:
        return span
    if span.kind == "month":
        return calendar.part_of_month(span, part.tag)
    if span.kind == "week":
        return calendar.part_of_week(span, part.tag)
    month = {"begin": 1, "mid": 6, "end": 12}[part.tag]
    return calendar.month_of(span.first.year, month) if span.kind == "year" else span


def whole_unit(today: date, unit: str, ahead: int) -> Span:
    if unit == "week":
        return calendar.week_of(today + WEEK * ahead)
    if unit == "weekend":
        return calendar.weekend_of(today + WEEK * ahead)
    if unit == "month":
        month = calendar.add_months(today.replace(day=1), ahead)
        return calendar.month_of(month.year, month.month)
    return Span(date(today.year + ahead, 1, 1), date(today.year + ahead, 12, 31), "year")


def later(today: date, unit: Item, number: int) -> date:
    if unit.tag in {"month", "months"}:
        return calendar.add_months(today, number)
    return today + DAY * {"days": 1, "weeks": 7, "week": 7, "fortnight": 14}[unit.tag] * number


def nth_day(match: Match, month: Span) -> Span | None:
    weekday = 5 if match.named("weekend") else match.number("weekday")
    day = calendar.nth_weekday(month, weekday, match.number("nth"))
    if day is None:
        return None
    return calendar.weekend_of(day) if match.named("weekend") else calendar.one_day(day)


def coming_weekday(match: Match, weekday: int) -> Span:
    """The coming one. Said on that very day it means a week later (people say "today" for today), with today beside it.

    "Next Friday" is the Friday of next week, the nearer one stands beside it; "this Friday" may be today.
    """
    today = match.today
    nearest = calendar.weekday_after(weekday, today)
    if match.named("this"):
        return calendar.one_day(today if weekday == today.weekday() else nearest)
    if match.named("next", "after_next"):
        weeks = 2 if match.named("after_next") else 1
        day = calendar.week_of(today + WEEK * weeks).first + DAY * weekday
        return replace(calendar.one_day(day), others=(calendar.one_day(nearest),) if nearest < day else ())
    others = (calendar.one_day(today),) if weekday == today.weekday() else ()
    return replace(calendar.one_day(nearest), others=others)


def with_part(match: Match, span: Span, ignore: str = "") -> Span:
    item = match.named("time", "part", "dawn")
    if item is None or item.tag == ignore:
        item = match.named("part")
    if item is None:
        return span
    return replace(span, part="morning" if item.tag == "dawn" else item.value)


def closes_message(match: Match) -> bool:
    """A month as the last word: "courses May", but not "you may" or "the march"."""
    return not match.after and match.before == "x" and match.items[0].tag == "month_weak"
