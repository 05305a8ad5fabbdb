"""Finding activities by words: PostgreSQL's stemmed full text, asked for every published word the person may have meant.

A stem alone misses what Danish and German are made of: "klima" does not find "klimatilpasning". So each word is first
expanded against the stems that stand in the published texts: the same, beginning with it, containing it, a synonym;
and only where nothing of that is there, the nearest spelling.
"""

import threading
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from rapidfuzz import fuzz, process
from sqlalchemy import text

from engage.activities.catalogue import split
from engage.activities.coming import Catalogue
from engage.activities.wordlist import Words
from engage.base import lean
from engage.base.db import db

# One by one: the library itself loads the stemmers of forty languages, 3 MB.
_STEMMING = threading.Lock()
_STEMMERS = tuple(
    getattr(lean.module_of("snowballstemmer", f"{name.lower()}_stemmer"), f"{name}Stemmer")()
    for name in ("Danish", "English", "German")
)
# A misspelling is believed from this likeness on (0-100): 80 forgives one letter in five, 75 began to find other words.
_LIKENESS = 80
# Shorter stems stand inside too many other words: "mad" in "nomade".
_INSIDE_FROM = 4
_BEGINS_FROM = 3
_MOST_WORDS = 12


@dataclass(frozen=True)
class Search:
    """What a search by words came to: the bits of the activities, and the words as they were corrected."""

    mask: int
    corrected: str = ""  # the whole search as it was understood, or "" when nothing was corrected
    partly: bool = False  # nothing had all the words, so these have some of them
    dates: frozenset[int] = frozenset()  # those that are called so, where others of their activity are not


def search(words: str, catalogue: Catalogue) -> Search:
    """The activities in which every word of `words` is meant. Words that mean nothing ("og", "the") are passed over."""
    asked = [word for word in split(words)[:_MOST_WORDS] if word not in _stop_words()]
    if not asked:
        return Search(catalogue.everything)
    meant = [_meant(word, catalogue) for word in asked]
    found = _full_text([meaning.lexemes for meaning in meant], catalogue)
    every, some = catalogue.everything, 0
    for meaning, hits in zip(meant, found, strict=True):
        for name in meaning.names:
            hits |= catalogue.names[name]
        every, some = every & hits, some | hits
    spelled = [meaning.spelled for meaning in meant]
    corrected = " ".join(spelled) if spelled != asked else ""
    called = [catalogue.called.get(name, frozenset()) for meaning in meant for name in meaning.names]
    return Search(every or some, corrected, partly=not every and bool(some), dates=frozenset[int]().union(*called))


@dataclass(frozen=True)
class _Meaning:
    spelled: str
    lexemes: tuple[str, ...]
    names: tuple[str, ...]


def _meant(word: str, catalogue: Catalogue) -> _Meaning:
    stems = stem_all(word) | _synonymous_stems(word)
    lexemes, names = _belonging(catalogue.lexemes, stems), _belonging(catalogue.name_words, stems)
    if lexemes or names or len(word) < _INSIDE_FROM:
        return _Meaning(word, lexemes, names)
    return _nearest(word, catalogue)


def _belonging(words: Words, stems: Iterable[str]) -> tuple[str, ...]:
    """Those of `words` that are one of `stems`, begin with one, or contain it, by its length."""
    found: set[str] = set()
    for stem in stems:
        if len(stem) >= _INSIDE_FROM:
            found.update(words.having(stem))
        elif len(stem) >= _BEGINS_FROM:
            found.update(words.beginning(stem))
        elif stem in words:
            found.add(stem)
    return tuple(sorted(found))


def _nearest(word: str, catalogue: Catalogue) -> _Meaning:
    """The published word that is spelled most like `word`, or the word itself with no meaning."""
    # They come in one order, so that equally near words are one choice in every process.
    best = process.extractOne(word, catalogue.words, scorer=fuzz.ratio, score_cutoff=_LIKENESS)
    if best is None:
        return _Meaning(word, (), ())
    spelled = best[0]
    stems = stem_all(spelled)
    lexemes = _belonging(catalogue.lexemes, stems)
    return _Meaning(spelled, lexemes, (spelled,) if spelled in catalogue.names else ())


_FULL_TEXT = text(
    """
    SELECT asked.number, array_agg(DISTINCT activity_text.activity_id)
      FROM unnest(CAST(:queries AS text[])) WITH ORDINALITY AS asked(query, number)
      JOIN activity_text ON activity_text.search @@ asked.query::tsquery
     GROUP BY asked.number
    """
)


def _full_text(lexemes: list[tuple[str, ...]], catalogue: Catalogue) -> list[int]:
    """For each group of lexemes the bits of the activities that have one of them, in one query on the index."""
    queries = [" | ".join(_quoted(lexeme) for lexeme in group) for group in lexemes]
    found = [0] * len(queries)
    if not any(queries):
        return found
    for number, activity_ids in db.session.execute(_FULL_TEXT, {"queries": queries}):
        found[number - 1] = catalogue.bits(activity_ids)
    return found


def _quoted(lexeme: str) -> str:
    doubled = lexeme.replace("\\", "\\\\").replace("'", "''")
    return f"'{doubled}'"


def stem_all(word: str) -> set[str]:
    """The stems of a word in the three languages, and the word itself."""
    # A stemmer keeps the word it works on in itself: two threads with one are each other's undoing.
    with _STEMMING:
        return {word, *(stemmer.stemWord(word) for stemmer in _STEMMERS)}


@cache
def _words_file() -> dict[str, Any]:
    return tomllib.loads((files("engage.activities") / "words.toml").read_text("utf-8"))


@cache
def _stop_words() -> frozenset[str]:
    return frozenset(word for words in _words_file()["stop"].values() for word in words.split())


@cache
def _synonyms() -> dict[str, tuple[str, ...]]:
    groups = [group.split() for group in _words_file()["synonyms"]["groups"]]
    return {word: tuple(other for other in group if other != word) for group in groups for word in group}


@cache
def _stems_of_synonyms() -> dict[str, frozenset[str]]:
    """Worked out once: a word may have a dozen, each with a stem in three languages."""
    stems = {word: stem_all(word) for word in _synonyms()}
    return {word: frozenset[str]().union(*(stems[other] for other in others)) for word, others in _synonyms().items()}


def _synonymous_stems(word: str) -> frozenset[str]:
    return _stems_of_synonyms().get(word, frozenset())
