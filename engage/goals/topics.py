"""Which goals and dimensions the everyday words of a text point to, with the words that gave the reason.

The words stand in topics.toml. What a citizen wants with them is the dialog's business, what an organiser ticks is publishing's.
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Generic, TypeVar

LANGUAGES = ("da", "en", "de")
# The key of phrases that only look like a topic ("social media").
NO_GOAL = "no goal"

_DATA = Path(__file__).with_name("topics.toml")
_WORD = re.compile(r"[^\W_]+")
# One spelling for what people type on any keyboard: Danish, German and plain letters meet in the middle.
_LETTERS = str.maketrans(
    {"æ": "ae", "ä": "ae", "ø": "oe", "ö": "oe", "ü": "ue", "ß": "ss", "å": "aa", "’": "'", "`": "'", "´": "'"}
)
_SMALLEST_STEM = 3

Meaning = TypeVar("Meaning")


@dataclass(frozen=True)
class Topic:
    """One curated subject: the goals (1-17) and dimensions its words stand for; both may be empty."""

    key: str
    sdgs: tuple[int, ...]
    dimensions: tuple[str, ...]


@dataclass(frozen=True)
class Mention:
    """A place in a list of words where a topic was found: words[first:last] (last exclusive)."""

    topic: Topic
    first: int
    last: int
    compound: bool  # the word only begins or ends like an entry ("klimatilpasning"), so it says more than its topic


@dataclass(frozen=True)
class Proposal:
    """A goal proposed from a text, with the reason: the words as they stood there, most frequent first."""

    sdg: int
    reason: tuple[str, ...]


class WordTable(Generic[Meaning]):
    """Curated entries and what they mean: whole words and phrases, beginnings ("klima*") and endings ("*vand")."""

    def __init__(self) -> None:
        self._phrases: dict[tuple[str, ...], Meaning] = {}
        self._beginnings: dict[str, Meaning] = {}
        self._endings: dict[str, Meaning] = {}
        self._longest_phrase = 1

    def add(self, entry: str, meaning: Meaning) -> None:
        """`entry` (folded, words apart by one space, stars as above) means `meaning`; the first meaning given stays."""
        bare = entry.strip("*")
        phrase = tuple(bare.split())
        self._longest_phrase = max(self._longest_phrase, len(phrase))
        if entry.endswith("*"):
            self._beginnings.setdefault(bare, meaning)
        if entry.startswith("*"):
            self._endings.setdefault(bare, meaning)
        self._phrases.setdefault(phrase, meaning)

    def find(self, words: Sequence[str]) -> Iterator[tuple[Meaning, int, int, bool]]:
        """(meaning, first, last exclusive, compound) from left to right, longest entry first, none overlapping."""
        position = 0
        while position < len(words):
            hit = self._phrase_at(words, position) or self._compound_at(words, position)
            if hit:
                yield hit
            position = hit[2] if hit else position + 1

    def _phrase_at(self, words: Sequence[str], position: int) -> tuple[Meaning, int, int, bool] | None:
        """The longest listed phrase that starts here; its last word may be a beginning ("rain garden*")."""
        for length in range(min(self._longest_phrase, len(words) - position), 0, -1):
            end = position + length
            phrase = tuple(words[position:end])
            if phrase in self._phrases:
                return self._phrases[phrase], position, end, False
            shortest = sum(len(word) + 1 for word in phrase[:-1]) + 1
            if length > 1 and (known := self._beginning(" ".join(phrase), shortest)):
                return self._beginnings[known], position, end, False
        return None

    def _compound_at(self, words: Sequence[str], position: int) -> tuple[Meaning, int, int, bool] | None:
        word = words[position]
        if known := self._beginning(word, 2):
            return self._beginnings[known], position, position + 1, True
        starts = range(_SMALLEST_STEM, len(word) - 1)
        ending = next((word[start:] for start in starts if word[start:] in self._endings), None)
        return (self._endings[ending], position, position + 1, True) if ending else None

    def _beginning(self, text: str, shortest: int) -> str | None:
        ends = range(len(text), shortest - 1, -1)
        return next((text[:end] for end in ends if text[:end] in self._beginnings), None)


def fold(text: str) -> str:
    """`text` in lower case with one spelling for each sound: "Børn", "boern" and "BÖRN" are all "boern"."""
    spelled = unicodedata.normalize("NFKC", text).lower().translate(_LETTERS)
    return "".join(char for char in unicodedata.normalize("NFD", spelled) if not unicodedata.combining(char))


def find_mentions(words: Sequence[str], language: str) -> list[Mention]:
    """The topics named in `words` (folded, in the order of the text), longest entry first wins, none overlapping."""
    return [Mention(*hit) for hit in _table(language).find(words)]


def listed(entries: str) -> list[str]:
    """The comma-separated `entries` of a data file, folded and with single spaces."""
    return [" ".join(fold(entry).split()) for entry in entries.split(",") if entry.strip()]


def propose_sdgs(text: str, language: str, *, limit: int = 3) -> list[Proposal]:
    """At most `limit` goals the text seems to be about, the most often named first; ties by number.

    Meant as a suggestion beside a form with the reason shown, never as a decision.
    """
    spelled = _WORD.findall(unicodedata.normalize("NFC", text))
    reasons: dict[int, dict[str, int]] = {}
    for mention in find_mentions([fold(word) for word in spelled], language):
        words = " ".join(spelled[mention.first : mention.last]).lower()
        for sdg in mention.topic.sdgs:
            counts = reasons.setdefault(sdg, {})
            counts[words] = counts.get(words, 0) + 1
    ranked = sorted(reasons, key=lambda sdg: (-sum(reasons[sdg].values()), sdg))
    return [Proposal(sdg, tuple(sorted(reasons[sdg], key=lambda w: -reasons[sdg][w]))) for sdg in ranked[:limit]]


@cache
def topics() -> tuple[Topic, ...]:
    """Every curated topic, in the order of the file."""
    return tuple(topic for topic, _ in _rows())


@cache
def known_words(language: str) -> frozenset[str]:
    """Every single folded word of the language's entries; beginnings and endings without their star."""
    return frozenset(
        word for _, row in _rows() for entry in listed(row[language]) for word in entry.replace("*", "").split()
    )


@cache
def topic_beginnings(language: str) -> list[str]:
    """The single-word entries that stand for any ending, with their star: "klima*"."""
    entries = (entry for _, row in _rows() for entry in listed(row[language]))
    return [entry for entry in entries if entry.endswith("*") and " " not in entry]


@cache
def topic_words(language: str) -> list[str]:
    """The entries of one word, without stars."""
    entries = (entry.strip("*") for _, row in _rows() for entry in listed(row[language]))
    return [entry for entry in entries if " " not in entry]


@cache
def _table(language: str) -> WordTable[Topic]:
    table: WordTable[Topic] = WordTable()
    for topic, row in _rows():
        for entry in listed(row[language]):
            table.add(entry, topic)
    return table


@cache
def _rows() -> tuple[tuple[Topic, dict[str, str]], ...]:
    rows = tomllib.loads(_DATA.read_text(encoding="utf-8"))["topic"]
    return tuple(
        (
            Topic(row["key"], tuple(row.get("sdgs", ())), tuple(row.get("dimensions", ()))),
            {language: row.get(language, "") for language in LANGUAGES},
        )
        for row in rows
    )
