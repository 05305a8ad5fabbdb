"""The closed grammar of dates: which words in a row say which days. Order is meaning: larger units come first."""

from dataclasses import replace

from engage.dialog.understanding import intervals as calendar
from engage.dialog.understanding.date_answers import (
    closes_message,
    coming_weekday,
    dated,
    days_between,
    later,
    month_number,
    nth_day,
    part_of,
    whole_unit,
    with_part,
)
from engage.dialog.understanding.date_grammar import ANCHORS, RULES, Match, rule
from engage.dialog.understanding.intervals import DAY, WEEK, Span

__all__ = ["RULES"]

_SUNDAY = 6


# -- times ---------------------------------------------------------------------------------------------------------


@rule(
    "at dot? num ((dot|colon) num)? CLOCK (TO at? num ((dot|colon) num)?)? CLOCK (?!slash|th|of)",
    "num ((dot|colon) num)? (clock|clock_pm|clock_am)",
    "num colon num",
)
def _time(match: Match) -> str | None:
    hour = match.number("num", 99) + (12 if match.named("clock_pm") and match.number("num") < 12 else 0)
    parted = (len(match.items) > 2 and match.items[-2].tag in {"dot", "colon"}) or match.named("colon", "dot")
    minute = match.values("num")[1] if parted and len(match.values("num")) > 1 else 0
    return f"{hour:02}:{minute:02}" if hour < 25 and minute < 60 else None


# -- dates with numbers --------------------------------------------------------------------------------------------


@rule("year4 dash num dash num")
def _iso_date(match: Match) -> Span | None:
    month, day = match.values("num")
    return dated(day, month, match.number("year4"), match.today)


@rule("num dot? dash num dot num dot?")
def _days_dotted(match: Match) -> Span | None:
    first, last, month = match.values("num")
    whole = first < last and match.before != "dot"  # not the tail of "15.3.-20.3."
    return days_between(first, last, month, None, match.today) if whole else None


@rule("num slash num (slash (year4|num))?", "num dot num dot? year4?", "num dash num dash year4")
def _numbered_date(match: Match) -> Span | None:
    day, month, *short_year = match.values("num")
    year = match.number("year4", 2000 + short_year[0] if short_year else 0)
    if month > 12 and match.named("slash"):  # an American date
        day, month = month, day
    return dated(day, month, year or None, match.today)


@rule("WEEKNO dot? num (TO|and|or|comma) WEEKNO? num", "WEEKNO dot? num", "num dot (week|week_number)")
def _week_number(match: Match) -> Span | None:
    found = [calendar.iso_week(number, match.today) for number in match.values("num")]
    weeks = [week for week in found if week]
    if not weeks or len(weeks) < len(found):
        return None
    return Span(weeks[0].first, weeks[-1].last, "week" if len(weeks) == 1 else "other")


@rule(
    "(from|between)? ARTICLE DAYNUM (TO|and|or) ARTICLE DAYNUM of? MONTH comma? year4?",
    "(from|between)? MONTH the? DAYNUM (TO|and) the? DAYNUM (?!MONTH)",
)
def _days_of_month(match: Match) -> Span | None:
    first, last = match.values("num")
    return days_between(first, last, month_number(match), match.values("year4"), match.today)


@rule(
    "ARTICLE DAYNUM (comma|of)? MONTH comma? year4?",
    "MONTH the? num th comma? year4?",
    "MONTH the? num (comma? year4)? (?!x|dot|slash|th|weeks|days|TO num)",
    "the? nth of? MONTH",
)
def _day_of_month(match: Match) -> Span | None:
    day = match.number("num", match.number("nth", 0))
    years = match.values("year4")
    return dated(day, month_number(match), years[0] if years else None, match.today)


@rule(
    "(begin|mid|end|rest) (of|in|the)* (next|this|coming)? MONTH year4?",
    "(next|this|coming)? MONTH year4?",
)
def _whole_month(match: Match) -> Span | None:
    month = match.named("month_name", "month_weak", "month_short")
    anchored = match.before in ANCHORS or len(match.items) > 1 or match.alone
    if month is None or (month.tag != "month_name" and not anchored and not closes_message(match)):
        return None
    years = match.values("year4")
    span = (
        calendar.month_of(years[0], int(month.value)) if years else calendar.coming_month(int(month.value), match.today)
    )
    return part_of(match, span)


# -- units ---------------------------------------------------------------------------------------------------------


@rule("weekday in (num|one) (week|weeks)", "(num|one) (week|weeks) (on|from) weekday")
def _weekday_weeks_ahead(match: Match) -> Span:
    coming = calendar.weekday_after(match.number("weekday"), match.today)
    return calendar.one_day(coming + WEEK * match.number("num"))


@rule("(num|one) (week|weeks) (from)? day", "day in (num|one) (week|weeks)")
def _day_weeks_ahead(match: Match) -> Span:
    return calendar.one_day(match.today + DAY * match.number("day") + WEEK * match.number("num"))


@rule(
    "(the|in)* (next|coming) (num|one? few)? (days|weeks|months|fortnight)",
    "(the|in)* num (next|coming) (days|weeks|months)",
)
def _the_next_so_many(match: Match) -> Span:
    """From now until that much later; "the next days" are a week, "the next weeks" three, "the next months" three."""
    unit = match.named("days", "weeks", "months", "fortnight")
    assert unit is not None
    usual = {"days": 7, "weeks": 3, "months": 3, "fortnight": 1}[unit.tag]
    return Span(match.today, later(match.today, unit, match.number("num", usual)))


@rule("in the? (num|one? few|one)? (days|weeks|week|months|month|fortnight|year)")
def _so_far_ahead(match: Match) -> Span | None:
    unit = match.named("days", "weeks", "week", "months", "month", "fortnight")
    if unit is None or not match.named("num", "one", "few", "fortnight"):
        return None
    if match.named("few"):
        return Span(later(match.today, unit, 2), later(match.today, unit, 3))
    day = later(match.today, unit, match.number("num"))
    # "in two weeks" is a day by the calendar, and often meant as that week.
    others = (calendar.week_of(day),) if unit.tag in {"week", "weeks", "fortnight"} else ()
    return replace(calendar.one_day(day), others=others)


@rule("(in|the)* week_after_next", "(in|the)* after_next week")
def _week_after_next(match: Match) -> Span:
    return calendar.week_of(match.today + WEEK * 2)


@rule("(in|the|on)* weekend_after_next", "(in|the|on)* after_next weekend")
def _weekend_after_next(match: Match) -> Span:
    return replace(calendar.weekend_of(match.today + WEEK * 2), others=(calendar.weekend_of(match.today + WEEK),))


@rule("nth (weekday|weekend) (in|of|the|this|next|coming)* (month_span|month)")
def _nth_weekday(match: Match) -> Span | None:
    months = match.spans() or [whole_unit(match.today, "month", 1 if match.named("next") else 0)]
    if not match.spans() and not match.named("next") and (nth_day(match, months[0]) or months[0]).first < match.today:
        months = [whole_unit(match.today, "month", 1)]
    return nth_day(match, months[0])


@rule(
    "(begin|mid|end|rest) (of|in|the|on)* (next|this|coming)? (week|month|year|weekend)",
    "(in|the|on)* (next|this|coming) (week|month|year|weekend)",
    "(in|the|on|this)* weekend",
)
def _calendar_unit(match: Match) -> Span:
    unit = match.named("week", "month", "year", "weekend")
    assert unit is not None
    ahead = 1 if match.named("next") or (match.named("coming") and unit.tag != "weekend") else 0
    span = whole_unit(match.today, unit.tag, ahead)
    if unit.tag == "weekend" and match.named("next") and match.today.weekday() < 5:
        span = replace(span, others=(calendar.weekend_of(match.today),))
    elif unit.tag == "weekend" and not ahead and match.today.weekday() == _SUNDAY:
        # Little is left of it, at night nothing: who says it then may mean the coming one.
        span = replace(span, others=(calendar.weekend_of(match.today + WEEK),))
    return part_of(match, span)


@rule("(next|this|coming|in|to|the|of|on)* (season|season_weak) year4?")
def _season(match: Match) -> Span | None:
    item = match.named("season", "season_weak")
    assert item is not None
    if item.tag == "season_weak" and not match.named("in", "this", "next", "coming", "year4") and not match.alone:
        return None
    if match.named("year4"):
        return calendar.season(item.value, match.number("year4"))
    coming = calendar.coming_season(item.value, match.today)
    if match.named("next"):
        running = coming.first <= match.today
        after = calendar.season(item.value, coming.first.year + 1)
        return after if running else replace(coming, others=(after,))
    return coming


@rule("(num dot?|nth)? (weekday (in|of))? holiday year4?")
def _feast(match: Match) -> Span | None:
    item = match.named("holiday")
    assert item is not None
    if match.named("weekday") and (item.value != "advent" or match.number("weekday") != 6 or match.before == "num"):
        return None
    if match.named("year4"):
        return calendar.holiday(item.value, match.number("year4"), match.country)
    counted = item.value in {"advent", "easter_sunday", "whit_sunday", "christmas_day"}
    nth = match.number("num", match.number("nth", 0)) if counted else 0
    return calendar.coming_holiday(item.value, match.today, match.country, nth if nth > 0 else None)


# -- days ----------------------------------------------------------------------------------------------------------


@rule("day PART", "day", "now")
def _named_day(match: Match) -> Span:
    return with_part(match, calendar.one_day(match.today + DAY * match.number("day", 0)))


@rule("today_part")
def _today_part(match: Match) -> Span:
    return replace(calendar.one_day(match.today), part=match.items[0].value)


@rule("weekday (comma|in|of|the|on)* week_span", "week_span (comma|on|the|in)* weekday")
def _weekday_in_week(match: Match) -> Span | None:
    week = match.spans()[0]
    if week.last is None or (week.last - week.first).days > 6:
        return None
    return calendar.one_day(calendar.week_of(week.first).first + DAY * match.number("weekday"))


@rule("(weekday|weekday_short) dot? comma? (the|on dot?)* span")
def _weekday_with_date(match: Match) -> Span | None:
    span = match.spans()[0]
    return span if span.kind == "day" and span.first == span.last else None


@rule("weekday comma? (the|on)* ORDINAL", "weekday comma? (the|on)+ num (?!x|year|colon)")
def _weekday_with_number(match: Match) -> Span | None:
    day = calendar.coming_day_of_month(match.number("num"), match.today)
    return calendar.one_day(day) if day else None


@rule("weekday in month_span", "month_span on? weekday")
def _weekdays_of_month(match: Match) -> Span:
    return match.spans()[0]


@rule(
    "(on|in|the|of)* (next|this|coming|after_next)? weekday",
    "(on|next|this|coming) weekday_short dot?",
    "weekday_short dot? (?=TO weekday_short|slash weekday_short|(and|or) weekday_short|time|PART)",
    "weekday_short dot?",
)
def _weekday(match: Match) -> Span | None:
    item = match.named("weekday", "weekday_short")
    assert item is not None
    after_another = match.before in {"dash", "slash", "and", "or", "to", "until"}
    alone = match.alone and len(item.text) > 2  # "sun" is a day, "so" is a word
    certain = item.tag == "weekday" or len(match.items) > 1 or alone or after_another
    if not certain and match.after not in {"dash", "slash", "and", "or", "time", "part", "dawn", "to", "until"}:
        return None
    return coming_weekday(match, int(item.value))


@rule("on? weekday_part")
def _weekday_part(match: Match) -> Span:
    text = match.items[-1].text
    part = "evening" if text.endswith("abend") else "afternoon" if text.endswith("nachmittag") else "morning"
    return replace(coming_weekday(match, match.number("weekday_part")), part=part)


@rule(
    "(from|between|on|the)* ORDINAL (TO|and) (on|the)* DAYNUM (?!slash|clock|colon)",
    "(from|between)? the num TO the? num (?!clock|colon)",
)
def _numbered_days(match: Match) -> Span | None:
    first, last = match.values("num")
    start = calendar.coming_day_of_month(first, match.today - DAY * 6)
    if start is None or not {"on", "the", "from", "between"} & {item.tag for item in match.items}:
        return None
    end = calendar.coming_day_of_month(last, start)
    return Span(start, end) if end and end >= match.today else None


@rule("(on dot?|the)+ ORDINAL (?!num)", "(on dot?|the)+ num (?!x|year|weeks|days|months|colon|slash|dot num)")
def _numbered_day(match: Match) -> Span | None:
    marked = match.named("dot", "th") or any(item.text in {"den", "am", "d"} for item in match.items)
    day = calendar.coming_day_of_month(match.number("num"), match.today) if marked else None
    return calendar.one_day(day) if day else None


@rule("dawn part?")
def _tomorrow(match: Match) -> Span | None:
    if match.before in {"span", "week_span"}:
        return None
    return with_part(match, calendar.one_day(match.today + DAY), ignore="dawn")


# -- together ------------------------------------------------------------------------------------------------------


@rule("SPAN comma? (on|in|the)* PART", "PART (on|of)* SPAN", "SPAN (comma|on)* time", "time (comma|on)* SPAN")
def _at_that_time(match: Match) -> Span:
    return with_part(match, match.spans()[0])


@rule("(from|between) ARTICLE SPAN (TO|and) ARTICLE SPAN", "SPAN TO ARTICLE SPAN")
def _range(match: Match) -> Span | None:
    first, last = match.spans()[:2]
    if last.last is not None and last.last < first.first:  # "Friday to Tuesday"
        last = replace(last, last=last.last + WEEK)
    return Span(first.first, last.last) if last.last is None or last.last >= first.first else None


@rule("SPAN ((and|or|comma|slash)+ ARTICLE SPAN)+")
def _several(match: Match) -> Span | None:
    spans = match.spans()
    ends = [span.last for span in spans if span.last]
    return Span(min(span.first for span in spans), max(ends)) if len(ends) == len(spans) else None


@rule("(until|before) ARTICLE SPAN", "after ARTICLE SPAN", "from ARTICLE SPAN")
def _open(match: Match) -> Span | None:
    span, word = match.spans()[0], match.items[0].tag
    if word == "until":
        return Span(match.today, span.last)
    if word == "before":
        return Span(match.today, span.first - DAY) if span.first > match.today else None
    if word == "from":
        return Span(max(span.first, match.today), None, part=span.part)
    return Span(span.last + DAY, None) if span.last else None
