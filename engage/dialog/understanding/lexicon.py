"""The closed vocabulary of one language, read once from its TOML file: date words, numbers, people, facets, patterns.

Only data and look-ups; the grammar over them lives in dates, party, facets and intents.
"""

import re
import tomllib
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from engage.goals.topics import WordTable, fold, known_words, listed, topic_beginnings, topic_words

LANGUAGES = ("da", "en", "de")
_SHORTEST_CORRECTABLE = 4
_LONGEST_INFLECTION = 3
_LONGEST_PHRASE = 6
_JOINED = re.compile(r"\w+_\w+")
_LITERAL = re.compile(r"[a-z]+\*?")
# Keyboards without the letters: "bor(n)", "pa", "lordag" for børn, på, lørdag; "fur", "schon" for für, schön.
_BARE = str.maketrans("æøåäöü", "aoaaou")


@dataclass(frozen=True)
class Lexicon:
    """One language. `tables` is the parsed file; everything else is derived from it."""

    language: str
    tables: dict[str, Any]

    @cached_property
    def dates(self) -> dict[tuple[str, ...], tuple[str, str]]:
        """Phrase of folded words -> (tag, value) of the date grammar."""
        found: dict[tuple[str, ...], tuple[str, str]] = {}
        for key, entries in self.tables["dates"].items():
            tag, _, value = key.partition(":")
            for entry in _with_bare(entries):
                found.setdefault(tuple(entry.split()), (tag, value))
        return found

    @cached_property
    def numbers(self) -> dict[str, int]:
        """Number word -> number, 0 to 20; the indefinite article is not among them."""
        return {word: number for number, word in enumerate(listed(self.tables["numbers"]["words"]))}

    @cached_property
    def people(self) -> dict[tuple[str, ...], tuple[str, int]]:
        """Phrase -> (role, number) for counting a party; the number is 0 unless the word has one ("zu dritt")."""
        found: dict[tuple[str, ...], tuple[str, int]] = {}
        for role, entries in self.tables["people"].items():
            for entry in _with_bare(entries):
                phrase, _, number = entry.partition("=")
                found.setdefault(tuple(phrase.split()), (role, int(number or 0)))
        return found

    @cached_property
    def facets(self) -> dict[str, WordTable[str]]:
        """Group of facets ("audience", "kind", "free", "goal", "pastimes") -> its words."""
        groups = {
            "audience": ("families", "children", "youth", "seniors", "adults"),
            "kind": ("asks_help", "volunteers_served", "learning", "volunteer"),
            "free": ("free",),
        }
        tables = {group: self._table("facets", keys) for group, keys in groups.items()}
        return tables | {key: self._table("topics", (key,)) for key in ("goal", "pastimes")}

    @cached_property
    def language_names(self) -> dict[str, str]:
        """Name of a language -> its code, "" for one we do not speak."""
        names = {name: code for code in LANGUAGES for name in listed(self.tables["languages"][code])}
        return names | dict.fromkeys(listed(self.tables["languages"]["other"]), "")

    @cached_property
    def function_words(self) -> frozenset[str]:
        """Words that carry no content of their own."""
        return frozenset(word for entry in _with_bare(self.tables["function"]["words"]) for word in entry.split())

    @cached_property
    def ordinary_words(self) -> frozenset[str]:
        """Words that look like a slip in one of ours and are none."""
        return frozenset(listed(self.tables["function"]["ordinary"]))

    @cached_property
    def words(self) -> frozenset[str]:
        """Every single word this language's grammar and topics know."""
        return self.grammar_words | known_words(self.language)

    @cached_property
    def grammar_words(self) -> frozenset[str]:
        """The same without the topics: words the grammar itself consumes."""
        phrases = (*self.dates, *self.people)
        words = {word for phrase in phrases for word in phrase} | set(self.numbers) | set(self.function_words)
        words |= {word for name in self.language_names for word in name.split()}
        words |= self.pattern_words[0] | set(self.pattern_words[1])
        for group in (*self.tables["facets"].values(), self.tables["topics"]["goal"]):
            words |= {word for entry in listed(group) for word in entry.replace("*", "").split()}
        return frozenset(words)

    @cached_property
    def pattern_words(self) -> tuple[frozenset[str], tuple[str, ...]]:
        """(whole words, beginnings) that stand in the intents' patterns."""
        literals = {
            literal for patterns in self.intent_patterns.values() for p in patterns for literal in _LITERAL.findall(p)
        }
        beginnings = sorted(literal[:-1] for literal in literals if literal.endswith("*"))
        return frozenset(literal for literal in literals if not literal.endswith("*")), tuple(beginnings)

    @cached_property
    def intent_patterns(self) -> dict[str, list[str]]:
        return {name: [fold(pattern) for pattern in patterns] for name, patterns in self.tables["intents"].items()}

    @cached_property
    def correctable(self) -> tuple[str, ...]:
        """Words long enough that a slip in them can be told from another word; none that only stand inside a phrase."""
        phrases = [phrase for phrase in (*self.dates, *self.people) if len(phrase) == 1]
        entries = [entry.strip("*") for group in self.tables["facets"].values() for entry in listed(group)]
        entries += listed(self.tables["topics"]["goal"]) + topic_words(self.language)
        words = {word for (word,) in phrases} | {entry for entry in entries if " " not in entry}
        patterns = (pattern for patterns in self.intent_patterns.values() for pattern in patterns)
        words |= {word for pattern in patterns for word in _LITERAL.findall(_JOINED.sub(" ", pattern.replace("*", "")))}
        words |= set(self.numbers) | self.function_words
        return tuple(sorted(word for word in words if len(word) >= _SHORTEST_CORRECTABLE))

    @cached_property
    def beginnings(self) -> dict[int, tuple[str, ...]]:
        """Listed beginnings of topics and facets by their length, for slips inside a compound."""
        groups = [listed(group) for group in self.tables["facets"].values()] + [topic_beginnings(self.language)]
        found = {entry[:-1] for group in groups for entry in group if entry.endswith("*") and " " not in entry}
        return {length: tuple(sorted(b for b in found if len(b) == length)) for length in {len(b) for b in found}}

    def knows(self, word: str) -> bool:
        """Whether the word is known as it stands, or begins like one the patterns list."""
        return word in self.words or (len(word) > 4 and word.startswith(self.pattern_words[1]))

    def knows_form(self, word: str) -> bool:
        """Whether the word is known, or is a listed beginning with no more than an ending of inflection behind it."""
        if word in self.words:
            return True
        longest = max((len(b) for b in self.pattern_words[1] if word.startswith(b)), default=-len(word))
        return len(word) - longest <= _LONGEST_INFLECTION

    def _table(self, section: str, keys: tuple[str, ...]) -> WordTable[str]:
        table: WordTable[str] = WordTable()
        for key in keys:
            for entry in _with_bare(self.tables[section][key]):
                table.add(entry, key)
        return table


@cache
def lexicon(language: str) -> Lexicon:
    """The lexicon of "da", "en" or "de"."""
    path = Path(__file__).with_name(f"{language}.toml")
    return Lexicon(language, tomllib.loads(path.read_text(encoding="utf-8")))


def _with_bare(entries: str) -> list[str]:
    """The listed entries, and after them the spellings without the language's own letters."""
    spelled = listed(entries)
    known = frozenset(spelled)
    return spelled + [entry for entry in listed(entries.translate(_BARE)) if entry not in known]


def longest_phrase_at(
    phrases: dict[tuple[str, ...], tuple[str, Any]], words: list[str], start: int
) -> tuple[tuple[str, Any], int] | None:
    """(meaning, length) of the longest phrase of the table that stands at `start`."""
    for length in range(min(_LONGEST_PHRASE, len(words) - start), 0, -1):
        if meaning := phrases.get(tuple(words[start : start + length])):
            return meaning, length
    return None
