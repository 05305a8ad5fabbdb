"""Finding activities by words: PostgreSQL's stemmed full text, asked for every published word the person may have meant.

A stem alone misses what Danish and German are made of: "klima" does not find "klimatilpasning". So each word is first
expanded against the stems that stand in the published texts: the same, beginning with it, containing it, a synonym;
and only where nothing of that is there, the nearest spelling.
"""

import threading
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any

from rapidfuzz import fuzz, process
from sqlalchemy import text

from engage.activities.catalogue import split
from engage.activities.coming import Catalogue, Meaning, numbers
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
# Some 100 KB in a city of 3,000 activities.
_MOST_KEPT, _LONGEST_KEPT = 200, 40


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
    meant = _looked_up(asked, catalogue)
    every, some = catalogue.everything, 0
    for meaning in meant:
        every, some = every & meaning.mask, some | meaning.mask
    spelled = [meaning.spelled for meaning in meant]
    corrected = " ".join(spelled) if spelled != asked else ""
    called = [catalogue.called.get(name, frozenset()) for meaning in meant for name in meaning.names]
    return Search(every or some, corrected, partly=not every and bool(some), dates=frozenset[int]().union(*called))


def _looked_up(words: Sequence[str], catalogue: Catalogue) -> list[Meaning]:
    """What each of these words means. The catalogue keeps it: who goes on to the next page has the same words."""
    known = catalogue.meanings
    found = {word: known.get(word) for word in words}
    new = [_meant(word, catalogue) for word, meaning in found.items() if meaning is None]
    asked = [word for word, meaning in found.items() if meaning is None]
    texts = _full_text([each.lexemes for each in new], catalogue)
    for word, understood, hits in zip(asked, new, texts, strict=True):
        for name in understood.names:
            hits |= catalogue.names[name]
        meaning = found[word] = replace(understood, mask=hits)
        # What many look for comes early, what was mistyped finds nothing, and the next catalogue begins anew.
        if hits and len(word) <= _LONGEST_KEPT and len(known) < _MOST_KEPT:
            known[word] = meaning
    return [each for word in words if (each := found[word]) is not None]


def _meant(word: str, catalogue: Catalogue) -> Meaning:
    stems = stem_all(word) | _synonymous_stems(word)
    lexemes, names = _belonging(catalogue.lexemes, stems), _belonging(catalogue.name_words, stems)
    if lexemes or names or len(word) < _INSIDE_FROM:
        return Meaning(word, lexemes, names)
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


def _nearest(word: str, catalogue: Catalogue) -> Meaning:
    """The published word that is spelled most like `word`, or the word itself with no meaning."""
    # They come in one order, so that equally near words are one choice in every process.
    best = process.extractOne(word, catalogue.words, scorer=fuzz.ratio, score_cutoff=_LIKENESS)
    if best is None:
        return Meaning(word, (), ())
    spelled = best[0]
    stems = stem_all(spelled)
    lexemes = _belonging(catalogue.lexemes, stems)
    return Meaning(spelled, lexemes, (spelled,) if spelled in catalogue.names else ())


_FULL_TEXT = text(
    """
    SELECT asked.number, string_agg(int4send(activity_text.activity_id), '')
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
    for number, sent in db.session.execute(_FULL_TEXT, {"queries": queries}):
        found[number - 1] = catalogue.bits(numbers("i", sent))
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
