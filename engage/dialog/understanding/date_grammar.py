"""The notation of the date grammar: tags, the letters that stand for them, and the list of rules in their order.

A pattern is a regular expression whose letters are the names of tags. The rules themselves are in date_rules.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from engage.dialog.understanding.intervals import Span

SPANS = {"week": "week_span", "weekend": "week_span", "month": "month_span"}
_MACROS = {
    "MONTH": "(month_name|month_weak|month_short)",
    "SPAN": "(span|week_span|month_span)",
    "DAYNUM": "num (dot|th)?",
    "ORDINAL": "num (dot|th)",
    "ARTICLE": "(on dot?|the|in)*",
    "TO": "(dash|to|until)",
    "CLOCK": "(clock|clock_pm|clock_am)?",
    "PART": "(part|dawn)",
    "WEEKNO": "(week_number|week|weeks)",
}
ANCHORS = {
    "in", "of", "from", "to", "until", "before", "after", "begin", "mid", "end", "next", "this", "coming", "between",
    "rest", "span", "month_span", "dash",
}  # fmt: skip


@dataclass(frozen=True)
class Item:
    """A tag with its value over the tokens first..last; text is the folded words it stands for."""

    tag: str
    value: str
    first: int
    last: int
    text: str = ""
    span: Span | None = None


@dataclass(frozen=True)
class Match:
    """What a rule sees: the items it matched, the tags before and after, and the day it is."""

    items: Sequence[Item]
    before: str
    after: str
    today: date
    country: str

    def values(self, tag: str) -> list[int]:
        return [int(item.value) for item in self.items if item.tag == tag]

    def number(self, tag: str, default: int = 1) -> int:
        return next(iter(self.values(tag)), default)

    def named(self, *tags: str) -> Item | None:
        return next((item for item in self.items if item.tag in tags), None)

    def spans(self) -> list[Span]:
        return [item.span for item in self.items if item.span]

    @property
    def alone(self) -> bool:
        return not self.before and not self.after


Make = Callable[[Match], Span | str | None]
TAGS: dict[str, str] = {}
RULES: list[tuple[re.Pattern[str], Make]] = []


def encode(tag: str) -> str:
    """The one letter that stands for a tag in the compiled patterns."""
    return TAGS.setdefault(tag, chr(0xE000 + len(TAGS)))


def rule(*patterns: str) -> Callable[[Make], Make]:
    def register(make: Make) -> Make:
        for pattern in patterns:
            for name, meaning in _MACROS.items():
                pattern = re.sub(rf"\b{name}\b", f"(?:{meaning})", pattern)
            RULES.append((re.compile(re.sub(r"\b[a-z]\w*\b", lambda m: encode(m[0]), pattern).replace(" ", "")), make))
        return make

    return register
