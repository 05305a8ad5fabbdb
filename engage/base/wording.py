"""Dates, times, numbers and lists as people write them in Danish, English and German.

Danish: Retskrivningsordbogen ("lørdag den 4. marts kl. 10.00-14.00", no leading zeros, a point in the time). The names
come from CLDR through Babel, read once: parsing its patterns for every item is what makes other event lists slow.
"""

import unicodedata
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

from babel import Locale

from engage.base.i18n import current_language, ngettext
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
    r""" "lørdag"."""
    return _names(current_language())[0][day.weekday()]


def weekday_short(day: date) -> str:
    r""" "lør", without the point."""
    return _names(current_language())[1][day.weekday()].rstrip(".")


def month(day: date) -> str:
    r""" "marts"."""
    return _names(current_language())[2][day.month]


def month_short(day: date) -> str:
    r""" "mar", without the point."""
    return _names(current_language())[3][day.month].rstrip(".")


def long_date(day: date, *, year: bool = False) -> str:
    r""" "lørdag den 4. marts", with the year when `year` is true."""
    language = current_language()
    tail = f" {day.year}" if year else ""
    if language == "da":
        return f"{weekday(day)} den {day.day}. {month(day)}{tail}"
    if language == "de":
        return f"{weekday(day)}, {day.day}. {month(day)}{tail}"
    return f"{weekday(day)} {day.day} {month(day)}{tail}"


def short_date(day: date) -> str:
    r""" "lør 4. mar", for buttons and tight places."""
    point = "" if current_language() == "en" else "."
    return f"{weekday_short(day)} {day.day}{point} {month_short(day)}"


def clock(instant: datetime | time) -> str:
    """The time of day of a local `instant`: "9.30" in Danish, "9:30" elsewhere."""
    point = "." if current_language() == "da" else ":"
    return f"{instant.hour}{point}{instant.minute:02d}"


def _end_clock(end: datetime) -> str:
    """The time of day of a local end; midnight ends the day before, so it is that day's 24.00."""
    return clock(end).replace("0", "24", 1) if end.hour == end.minute == 0 else clock(end)


def clock_range(begins: time, ends: time) -> str:
    r""" "kl. 17.30-19.00": two times of day, wherever they belong."""
    return _clock_range(clock(begins), clock(ends))


def _clock_range(start: str, end: str | None) -> str:
    # German sets the longer dash between two times; Danish and British official texts write a hyphen.
    dash = "–" if current_language() == "de" else "-"
    span = f"{start}{dash}{end}" if end else start
    return {"da": f"kl. {span}", "de": f"{span} Uhr"}.get(current_language(), span)


def time_range(starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> str:
    r""" "kl. 10.00-14.00": only the times; a longer activity names both days."""
    start, end = starts_at.astimezone(zone), ends_at.astimezone(zone)
    last = last_day(start, end)
    if last == start.date():
        # The instants are compared, not the clocks: in the hour that winter time repeats, the end may read earlier.
        return _clock_range(clock(start), _end_clock(end) if ends_at > starts_at else None)
    return f"{_clock_range(clock(start), None)} - {long_date(last)}{_comma()} {_clock_range(_end_clock(end), None)}"


def last_day(start: datetime, end: datetime) -> date:
    """The last calendar day of a local interval; an end at midnight still belongs to the day before."""
    if end > start and end.hour == end.minute == 0:
        return (end - timedelta(minutes=1)).date()
    return end.date()


def when(starts_at: datetime, ends_at: datetime, zone: ZoneInfo, now: datetime | None = None) -> str:
    r""" "lørdag den 4. marts kl. 10.00-14.00"; the year is named when it is not that of `now`."""
    year = now is None or now.astimezone(zone).year != starts_at.astimezone(zone).year
    return _when(starts_at, ends_at, zone, year, current_language())


# The same dates are said again and again, in lists and in letters.
@lru_cache(maxsize=2_000)
def _when(starts_at: datetime, ends_at: datetime, zone: ZoneInfo, year: bool, _language: str) -> str:
    day = long_date(starts_at.astimezone(zone).date(), year=year)
    return f"{day}{_comma()} {time_range(starts_at, ends_at, zone)}"


def _comma() -> str:
    """What stands between a date and its time."""
    return "" if current_language() == "da" else ","


def duration(minutes: int) -> str:
    r""" "2 hours 30 minutes"."""
    hours, rest = divmod(minutes, 60)
    parts = [ngettext("%(number)s hour", "%(number)s hours", hours)] if hours else []
    if rest or not hours:
        parts.append(ngettext("%(number)s minute", "%(number)s minutes", rest))
    return " ".join(parts)


def day_heading(day: date, today: date) -> str:
    r""" "I dag", "I morgen" or the day in words, as a heading over its activities."""
    if day == today:
        return _("Today")
    if day == today + timedelta(days=1):
        return _("Tomorrow")
    words = long_date(day, year=day.year != today.year)
    return words[0].upper() + words[1:]


def midnight(now: datetime, zone: ZoneInfo) -> datetime:
    """When the local day ends, and "today" means another one."""
    return datetime.combine(now.astimezone(zone).date() + timedelta(days=1), time(), zone)


def week_number(day: date) -> int:
    """The ISO week; Danes plan by it."""
    return day.isocalendar().week


def dated(day: date) -> str:
    r""" "4. marts 2026": a day one looks far back at, or ahead to."""
    dot = "" if current_language() == "en" else "."
    return f"{day.day}{dot} {month(day)} {day.year}"


def dated_instant(instant: datetime, zone: ZoneInfo) -> str:
    r""" "4. marts 2026 kl. 10.00": an instant as a record tells it."""
    local = instant.astimezone(zone)
    return f"{dated(local.date())}{_comma()} {_clock_range(clock(local), None)}"


def deadline(instant: datetime, zone: ZoneInfo) -> str:
    r""" "lørdag den 4. marts kl. 10.00": one exact local instant."""
    local = instant.astimezone(zone)
    return f"{long_date(local.date())}{_comma()} {_clock_range(clock(local), None)}"


def period(first: date | None, last: date | None, today: date) -> str:
    """A period as it is said back to a person: "i morgen", "lørdag den 7. marts", "9. til 15. marts", "fra 3. april".

    The year is named when it is not that of `today`.
    """
    if first and last and first == last:
        near = timedelta(0) <= first - today < timedelta(days=2)
        return day_heading(first, today).lower() if near else long_date(first, year=first.year != today.year)
    if first and last:
        return _("%(first)s to %(last)s", first=_plain_day(first, today, before=last), last=_plain_day(last, today))
    if first:
        return _("from %(day)s", day=_plain_day(first, today))
    return _("until %(day)s", day=_plain_day(last, today)) if last else ""


def _plain_day(day: date, today: date, before: date | None = None) -> str:
    r""" "7. marts"; what the day `before` which it stands tells as well is left out."""
    number = str(day.day) if current_language() == "en" else f"{day.day}."
    if before and (day.year, day.month) == (before.year, before.month):
        return number
    named = day.year != today.year and not (before and before.year == day.year)
    return f"{number} {month(day)} {day.year}" if named else f"{number} {month(day)}"


def listing(items: Sequence[str]) -> str:
    r""" "a, b og c"."""
    if len(items) < 2:
        return "".join(items)
    return _("%(most)s and %(last)s", most=", ".join(items[:-1]), last=items[-1])


def spoken_name(code: str) -> str:
    """A spoken language's name inside a sentence."""
    names = {"da": _("Danish"), "en": _("English"), "de": _("German")}
    return names.get(code) or str(Locale.parse(current_language()).languages.get(code, code))


def held_in(codes: Sequence[str]) -> str:
    r""" "foregår på engelsk og tysk"."""
    return _("held in %(languages)s", languages=listing([spoken_name(code) for code in codes]))


def quoted(words: str) -> str:
    r""" "»klima«": somebody's own words, said back."""
    return _("“%(words)s”", words=words)


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
