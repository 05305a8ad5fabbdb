"""Dates, times, numbers and lists as people write them in Danish, English and German.

Danish: Retskrivningsordbogen ("lørdag den 4. marts kl. 10.00-14.00", no leading zeros, a point in the time). The names
come from CLDR through Babel, read once: parsing its patterns for every item is what makes other event lists slow.
"""

import unicodedata
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from babel import Locale

from engage.base.i18n import current_language
from engage.base.i18n import gettext as _

_SPELLED_OUT = str.maketrans(dict(zip("æøåäöüß", ("ae", "oe", "aa", "ae", "oe", "ue", "ss"), strict=True)))
_LAST_DANISH_LETTERS = str.maketrans({"æ": "{", "ø": "|", "å": "}"})


@cache
def _names(language: str) -> tuple[dict[int, str], dict[int, str], dict[int, str], dict[int, str]]:
    """Weekdays and months, wide and abbreviated, as `language` writes them inside a sentence."""
    locale = Locale.parse(language)
    days, months = locale.days["format"], locale.months["format"]
    return days["wide"], days["abbreviated"], months["wide"], months["abbreviated"]


def weekday(day: date) -> str:
    r""""lørdag"."""
    return _names(current_language())[0][day.weekday()]


def weekday_short(day: date) -> str:
    r""""lør", without the point."""
    return _names(current_language())[1][day.weekday()].rstrip(".")


def month(day: date) -> str:
    r""""marts"."""
    return _names(current_language())[2][day.month]


def month_short(day: date) -> str:
    r""""mar", without the point."""
    return _names(current_language())[3][day.month].rstrip(".")


def long_date(day: date, *, year: bool = False) -> str:
    r""""lørdag den 4. marts", with the year when `year` is true."""
    language = current_language()
    tail = f" {day.year}" if year else ""
    if language == "da":
        return f"{weekday(day)} den {day.day}. {month(day)}{tail}"
    if language == "de":
        return f"{weekday(day)}, {day.day}. {month(day)}{tail}"
    return f"{weekday(day)} {day.day} {month(day)}{tail}"


def short_date(day: date) -> str:
    r""""lør 4. mar", for buttons and tight places."""
    point = "" if current_language() == "en" else "."
    return f"{weekday_short(day)} {day.day}{point} {month_short(day)}"


def clock(instant: datetime) -> str:
    """The time of day of a local `instant`: "9.30" in Danish, "9:30" elsewhere."""
    point = "." if current_language() == "da" else ":"
    return f"{instant.hour}{point}{instant.minute:02d}"


def _clock_range(start: str, end: str | None) -> str:
    span = f"{start}-{end}" if end else start
    return {"da": f"kl. {span}", "de": f"{span} Uhr"}.get(current_language(), span)


def time_range(starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> str:
    r""""kl. 10.00-14.00": only the times; a longer activity names both days."""
    start, end = starts_at.astimezone(zone), ends_at.astimezone(zone)
    if last_day(start, end) == start.date():
        return _clock_range(clock(start), clock(end) if end > start else None)
    return f"{_clock_range(clock(start), None)} - {long_date(end.date())} {_clock_range(clock(end), None)}"


def last_day(start: datetime, end: datetime) -> date:
    """The last calendar day of a local interval; an end at midnight still belongs to the day before."""
    if end > start and end.hour == end.minute == 0:
        return (end - timedelta(minutes=1)).date()
    return end.date()


def when(starts_at: datetime, ends_at: datetime, zone: ZoneInfo, now: datetime | None = None) -> str:
    r""""lørdag den 4. marts kl. 10.00-14.00"; the year is named when it is not that of `now`."""
    start = starts_at.astimezone(zone)
    year = now is None or now.astimezone(zone).year != start.year
    comma = "," if current_language() in {"en", "de"} else ""
    return f"{long_date(start.date(), year=year)}{comma} {time_range(starts_at, ends_at, zone)}"


def day_heading(day: date, today: date) -> str:
    r""""I dag", "I morgen" or the day in words, as a heading over its activities."""
    if day == today:
        return _("Today")
    if day == today + timedelta(days=1):
        return _("Tomorrow")
    words = long_date(day, year=day.year != today.year)
    return words[0].upper() + words[1:]


def week_number(day: date) -> int:
    """The ISO week; Danes plan by it."""
    return day.isocalendar().week


def deadline(instant: datetime, zone: ZoneInfo) -> str:
    r""""lørdag den 4. marts kl. 10.00": one exact local instant."""
    local = instant.astimezone(zone)
    return f"{long_date(local.date())} {_clock_range(clock(local), None)}"


def period(first: date | None, last: date | None, today: date) -> str:
    """A period as it is said back to a person: "lørdag den 7. marts", "9.-15. marts (uge 11)", "fra 3. april"."""
    if first and last and first == last:
        return day_heading(first, today).lower() if first - today < timedelta(days=2) else long_date(first)
    if first and last:
        return _("%(first)s to %(last)s", first=_plain_day(first, last), last=_plain_day(last))
    if first:
        return _("from %(day)s", day=_plain_day(first))
    return _("until %(day)s", day=_plain_day(last)) if last else ""


def _plain_day(day: date, other: date | None = None) -> str:
    number = str(day.day) if current_language() == "en" else f"{day.day}."
    return number if other and (day.year, day.month) == (other.year, other.month) else f"{number} {month(day)}"


def listing(items: Sequence[str]) -> str:
    r""""a, b og c"."""
    if len(items) < 2:
        return "".join(items)
    return _("%(most)s and %(last)s", most=", ".join(items[:-1]), last=items[-1])


def price(amount: int) -> str:
    """`amount` in øre (hundredths of a krone) as "Gratis", "40 kr." or "12,50 kr."."""
    if amount == 0:
        return _("Free of charge")
    whole, rest = divmod(amount, 100)
    point = "." if current_language() == "en" else ","
    return _("%(amount)s kr.", amount=f"{whole}{point}{rest:02d}" if rest else str(whole))


def alphabetical(text: str) -> tuple[str, str]:
    """A sort key that puts æ, ø and å last, as Danes expect; the embedded PostgreSQL has no collation that does."""
    folded = text.casefold().translate(_LAST_DANISH_LETTERS)
    plain = "".join(c for c in unicodedata.normalize("NFD", folded) if not unicodedata.combining(c))
    return plain, text


def slug(title: str) -> str:
    """A readable part of an address: "Rent vand i åen" becomes "rent-vand-i-aaen"."""
    spelled = title.casefold().translate(_SPELLED_OUT)
    plain = "".join(c for c in unicodedata.normalize("NFKD", spelled) if c.isascii())
    words = "".join(c if c.isalnum() else " " for c in plain).split()
    return "-".join(words)[:60].strip("-") or "-"
