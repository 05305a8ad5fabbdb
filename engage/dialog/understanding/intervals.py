"""Calendar arithmetic behind the words: weeks, parts of months, seasons, holidays. Knows no language.

Every function takes local dates and returns inclusive local dates.
"""

from dataclasses import dataclass
from datetime import date, timedelta

DAY = timedelta(days=1)
WEEK = timedelta(weeks=1)

# Meteorological seasons: first month of three.
_SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "winter": 12}

# Feasts counted in days from Easter Sunday, first and last day.
_FROM_EASTER = {
    "palm_sunday": (-7, -7),
    "maundy_thursday": (-3, -3),
    "good_friday": (-2, -2),
    "easter_sunday": (0, 0),
    "easter_monday": (1, 1),
    "easter_break": (-8, 1),  # Danish schools: the Saturday before Palm Sunday to Easter Monday
    "ascension": (39, 39),
    "ascension_break": (39, 42),
    "whitsun": (49, 50),
    "whit_sunday": (49, 49),
    "whit_monday": (50, 50),
    "carnival": (-49, -49),
}
# Feasts on fixed days: (month, day) of the first and last day.
_FIXED = {
    "christmas": ((12, 24), (12, 26)),
    "christmas_eve": ((12, 24), (12, 24)),
    "christmas_day": ((12, 25), (12, 25)),
    "boxing_day": ((12, 26), (12, 26)),
    "new_years_eve": ((12, 31), (12, 31)),
    "new_years_day": ((1, 1), (1, 1)),
    "midsummer": ((6, 23), (6, 23)),
    "may_day": ((5, 1), (5, 1)),
    "womens_day": ((3, 8), (3, 8)),
    "constitution": ((6, 5), (6, 5)),
    "martinmas": ((11, 10), (11, 10)),
    "lucia": ((12, 13), (12, 13)),
    "nicholas": ((12, 6), (12, 6)),
    "halloween": ((10, 31), (10, 31)),
    "valentine": ((2, 14), (2, 14)),
}


@dataclass(frozen=True)
class Span:
    """Days from `first` to `last` (None: open). `kind` is day, week, weekend, month or other."""

    first: date
    last: date | None
    kind: str = "other"
    others: tuple["Span", ...] = ()  # other honest readings
    part: str | None = None  # part of the day, or a time "19:00"


def one_day(day: date) -> Span:
    return Span(day, day, "day")


def week_of(day: date) -> Span:
    """Monday to Sunday around `day` (ISO 8601)."""
    monday = day - DAY * day.weekday()
    return Span(monday, monday + DAY * 6, "week")


def weekend_of(day: date) -> Span:
    """Saturday and Sunday of the week of `day`."""
    monday = day - DAY * day.weekday()
    return Span(monday + DAY * 5, monday + DAY * 6, "weekend")


def iso_week(number: int, today: date) -> Span | None:
    """ISO week `number`, the next one that is not over; None if no such week exists."""
    for year in (today.year, today.year + 1, today.year + 2):
        try:
            monday = date.fromisocalendar(year, number, 1)
        except ValueError:
            continue
        if monday + DAY * 6 >= today:
            return Span(monday, monday + DAY * 6, "week")
    return None


def month_of(year: int, month: int) -> Span:
    first = date(year, month, 1)
    return Span(first, add_months(first, 1) - DAY, "month")


def coming_month(month: int, today: date) -> Span:
    """The next month of that number that is not over; the running one included."""
    return month_of(today.year + (month < today.month), month)


def part_of_month(span: Span, part: str) -> Span:
    """The first ten days, the next ten, or the rest of a month ("begin", "mid", "end")."""
    first, last = span.first, span.last or span.first
    bounds = {"begin": (1, 10), "mid": (11, 20), "end": (21, last.day)}[part]
    return Span(first.replace(day=bounds[0]), first.replace(day=bounds[1]))


def part_of_week(span: Span, part: str) -> Span:
    """Monday-Tuesday, Wednesday-Thursday or Friday-Sunday of a week."""
    first, last = {"begin": (0, 1), "mid": (2, 3), "end": (4, 6)}[part]
    return Span(span.first + DAY * first, span.first + DAY * last)


def add_months(day: date, months: int) -> date:
    """The same day `months` later, or the last day of that month."""
    years, month = divmod(day.month - 1 + months, 12)
    for back in range(4):
        try:
            return date(day.year + years, month + 1, day.day - back)
        except ValueError:
            continue
    raise ValueError(f"no such month after {day}")


def coming_day(day: int, month: int, today: date) -> date | None:
    """The next such day, today included; 29 February may take up to eight years. None if there is none (31 June)."""
    for year in range(today.year, today.year + 9):
        try:
            found = date(year, month, day)
        except ValueError:
            continue
        if found >= today:
            return found
    return None


def coming_day_of_month(day: int, today: date) -> date | None:
    """The next day with that number: "the 12th"; months that are too short are passed over."""
    for ahead in range(4):
        month = add_months(today.replace(day=1), ahead)
        try:
            found = month.replace(day=day)
        except ValueError:
            continue
        if found >= today:
            return found
    return None


def weekday_after(weekday: int, start: date) -> date:
    """The first such weekday strictly after `start`."""
    return start + DAY * ((weekday - start.weekday() - 1) % 7 + 1)


def nth_weekday(span: Span, weekday: int, nth: int) -> date | None:
    """The nth (from 1; -1 the last) such weekday of a span, None if there are fewer."""
    if span.last is None:
        return None
    days = [span.first + DAY * n for n in range((span.last - span.first).days + 1)]
    found = [day for day in days if day.weekday() == weekday]
    return found[nth - 1 if nth > 0 else nth] if abs(nth) <= len(found) else None


def season(name: str, year: int) -> Span:
    """The season that begins in `year`."""
    first = date(year, _SEASONS[name], 1)
    return Span(first, add_months(first, 3) - DAY)


def coming_season(name: str, today: date) -> Span:
    """The running season of that name, else the next."""
    spans = (season(name, today.year + ahead) for ahead in (-1, 0, 1))
    return next(span for span in spans if span.last and span.last >= today)


def holiday(key: str, year: int, country: str) -> Span:
    """The feast or school break `key` of `year`. School breaks follow the Danish school calendar."""
    easter = easter_sunday(year)
    if key in _FROM_EASTER:
        first, last = _FROM_EASTER[key]
        return Span(easter + DAY * first, easter + DAY * last)
    if key == "easter":  # where Maundy Thursday is a public holiday the feast is a day longer
        return Span(easter - DAY * (3 if country in {"DK", "NO", "IS"} else 2), easter + DAY)
    if key in _FIXED:
        (month, day), (last_month, last_day) = _FIXED[key]
        return Span(date(year, month, day), date(year, last_month, last_day))
    return _break(key, year)


def coming_holiday(key: str, today: date, country: str, nth: int | None = None) -> Span | None:
    """The next feast `key` that is not over. `nth`: the second day of a feast, or the nth Sunday of Advent."""
    if key == "public":
        return _coming_public_holiday(today, country)
    for year in (today.year - 1, today.year, today.year + 1):
        span = holiday(key, year, country)
        if nth is not None:
            step = WEEK if key == "advent" else DAY
            span = one_day(span.first + step * (nth - 1))
        if span.last and span.last >= today:
            return span
    return None


def easter_sunday(year: int) -> date:
    """Western Easter, by the anonymous Gregorian computus (Meeus, Astronomical Algorithms, chapter 8)."""
    golden, (century, in_century) = year % 19, divmod(year, 100)
    correction = (century + 8) // 25
    epact = (19 * golden + century - century // 4 - (century - correction + 1) // 3 + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (in_century // 4) - epact - in_century % 4) % 7
    shift = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * shift + 114, 31)
    return date(year, month, day + 1)


def _break(key: str, year: int) -> Span:
    christmas = date(year, 12, 25)
    fourth_advent = christmas - DAY * (christmas.weekday() + 1)
    if key == "advent":
        return Span(fourth_advent - WEEK * 3, date(year, 12, 24))
    if key == "new_year":
        return Span(date(year, 12, 31), date(year + 1, 1, 1))
    if key == "christmas_break":  # the Saturday before Christmas to the first Sunday of January
        first = weekday_after(5, date(year, 12, 17))
        return Span(first, weekday_after(6, date(year, 12, 31)))
    if key == "summer_break":  # the last Saturday of June, six weeks
        last_of_june = date(year, 6, 30)
        first = last_of_june - DAY * ((last_of_june.weekday() - 5) % 7)
        return Span(first, first + WEEK * 6 + DAY)
    monday = date.fromisocalendar(year, {"autumn_break": 42, "winter_break": 7}[key], 1)
    return Span(monday, monday + DAY * 6)


def _coming_public_holiday(today: date, country: str) -> Span | None:
    # Inside the function: 0.2 s and several MB for a question asked a few times a year.
    import holidays

    days = holidays.country_holidays(country, years=[today.year, today.year + 1])
    upcoming = sorted(day for day in days if day >= today)
    return one_day(upcoming[0]) if upcoming else None
