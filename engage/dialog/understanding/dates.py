"""Finds the days a message speaks of: tags its tokens, applies the rules of date_rules, clips the answer to the future."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from engage.dialog.understanding.date_grammar import SPANS, Item, Match, encode
from engage.dialog.understanding.date_rules import RULES
from engage.dialog.understanding.intervals import Span
from engage.dialog.understanding.lexicon import LANGUAGES, Lexicon, lexicon, longest_phrase_at
from engage.dialog.understanding.tokens import Token

_MARKS = {".": "dot", "/": "slash", "-": "dash", ":": "colon", ",": "comma"}
_SHORTEST_FOREIGN = 4
_YEARS = range(2020, 2100)


@dataclass(frozen=True)
class When:
    """The days found, all today or later, the part of day, and the indexes of the tokens that said so."""

    first: date | None = None
    last: date | None = None
    alternatives: tuple[tuple[date, date], ...] = ()
    part: str | None = None
    used: frozenset[int] = frozenset()


def find_dates(tokens: Sequence[Token], language: str, now: datetime, country: str) -> When:
    """The interval the tokens speak of; without one an empty When. Of several the first counts."""
    today = now.date()
    items = _tagged(tokens, language)
    if all(item.tag in {"x", "num", "and", "comma", "the", "to", "in", "on"} for item in items):
        return When()
    items = _apply_rules(items, today, country)
    found = [item for item in items if item.span]
    span = next((clipped for item in found if item.span and (clipped := _clip(item.span, today))), None)
    span = span or (_absolute_date(tokens, items, language, now) if not found else None)
    part = next((item.value for item in items if item.tag in {"time", "part"}), None)
    used = frozenset(
        i for item in items if item.span or item.tag in {"time", "part"} for i in range(item.first, item.last + 1)
    )
    if span is None:
        return When(part=part, used=used)
    others = [clipped for other in span.others if (clipped := _clip(other, today))]
    alternatives = tuple((other.first, other.last) for other in others if other.last)
    return When(span.first, span.last, alternatives, span.part or part, used)


def _tagged(tokens: Sequence[Token], language: str) -> list[Item]:
    words = [token.text for token in tokens]
    items: list[Item] = []
    position = 0
    while position < len(tokens):
        item = _tag(tokens, words, position, lexicon(language))
        items.append(item)
        position = item.last + 1
    return items


def _tag(tokens: Sequence[Token], words: list[str], position: int, own: Lexicon) -> Item:
    token = tokens[position]
    if token.kind == "mark":
        return Item(_MARKS.get(token.text, "x"), "0", position, position, token.text)
    if token.kind == "number":
        if hit := longest_phrase_at(own.dates, words, position):
            return Item(*hit[0], position, position + hit[1] - 1, token.text)
        return Item("year4" if int(token.text) in _YEARS else "num", token.text, position, position, token.text)
    if token.text in own.numbers and (token.text,) not in own.dates:
        return Item("num", str(own.numbers[token.text]), position, position, token.text)
    for tongue in (own, *_foreign(token, own)):
        if hit := longest_phrase_at(tongue.dates, words, position):
            (tag, value), length = hit
            return Item(tag, value, position, position + length - 1, " ".join(words[position : position + length]))
    return Item("x", "0", position, position, token.text)


def _foreign(token: Token, own: Lexicon) -> list[Lexicon]:
    """The other languages, for a word ours does not know and that is too long to be another word by chance."""
    if len(token.text) < _SHORTEST_FOREIGN or own.knows(token.text):
        return []
    return [lexicon(language) for language in LANGUAGES if language != own.language]


def _apply_rules(items: list[Item], today: date, country: str) -> list[Item]:
    for pattern, make in RULES:
        letters = "".join(encode(item.tag) for item in items)
        start = 0
        while found := pattern.search(letters, start):
            first, last = found.span()
            replacement = _made(items, first, last, make, today, country)
            if replacement:
                items = [*items[:first], replacement, *items[last:]]
                letters = "".join(encode(item.tag) for item in items)
            start = first + 1
    return items


def _made(
    items: list[Item], first: int, last: int, make: Callable[[Match], Span | str | None], today: date, country: str
) -> Item | None:
    matched = items[first:last]
    before = items[first - 1].tag if first else ""
    after = items[last].tag if last < len(items) else ""
    made = make(Match(matched, before, after, today, country))
    if made is None:
        return None
    if isinstance(made, str):
        return Item("time", made, matched[0].first, matched[-1].last)
    return Item(SPANS.get(made.kind, "span"), "0", matched[0].first, matched[-1].last, "", made)


def _clip(span: Span, today: date) -> Span | None:
    """The span from today on; None if it is over."""
    if span.last is not None and span.last < today:
        return None
    # "week 2 to 12" in week 10: its beginning was taken for next year's, and it is on now.
    first = today if span.last is not None and span.last < span.first else max(span.first, today)
    return Span(first, span.last, span.kind, span.others, span.part)


def _absolute_date(tokens: Sequence[Token], items: Sequence[Item], language: str, now: datetime) -> Span | None:
    """Last resort for a written-out day with a month the rules do not cover; only a future one is believed."""
    months = [item for item in items if item.tag in {"month_name", "month_short"}]
    numbers = [item for item in items if item.tag in {"num", "year4"}]
    if len(months) != 1 or not any(abs(number.first - months[0].first) <= 3 for number in numbers):
        return None
    # Inside the function: about a second and 30 MB for a date once in thousands of messages.
    import dateparser

    first = min(item.first for item in (*months, *numbers))
    last = max(item.last for item in (*months, *numbers))
    text = " ".join(token.raw for token in tokens[first : last + 1])
    settings = {"PREFER_DATES_FROM": "future", "DATE_ORDER": "DMY", "RELATIVE_BASE": now.replace(tzinfo=None)}
    parsed = dateparser.parse(text, languages=[language], settings=settings)
    return Span(parsed.date(), parsed.date(), "day") if parsed and parsed.date() >= now.date() else None
