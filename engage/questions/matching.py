"""Finding the approved answer to what somebody typed: by words alone, and rather none than one that does not fit.

A text and a question are compared by the words that say what they are about, by their stems in the three languages. A word of
the text that no approved question knows weighs twice: "what does a passport cost" is no question about our prices.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from rapidfuzz import fuzz
from sqlalchemy import select

from engage.activities.search import stem_all
from engage.base.db import db
from engage.goals.topics import fold
from engage.questions.models import AnswerState, ApprovedAnswer

# Twice what both have, over what either has (Dice): two words of three fit, one of two does not. Tried on the questions of
# tests/questions/test_matching.py. `FITS_WELL` is asked for where the text could also mean something else.
FITS, FITS_WELL = 0.62, 0.75
_SURE = 0.9
# Of two answers nearer to each other than this neither is the one; both are shown to choose from.
_APART = 0.08
_LIKENESS, _SHORTEST_LIKE, _SHORTEST_PART = 85, 5, 6
_MOST_WORDS = 25
_MOST_CHOICES = 3
_WORD = re.compile(r"[^\W_]+")

# A word as all its stems, or the several ways in which one may be written.
_Forms = frozenset[str]


@dataclass(frozen=True, slots=True)
class Match:
    """An answer that fits, how well (0 to 1), and the language of the question it was known by.

    `sure` where it can hardly mean anything else: the very words, or at least two that tell and nothing besides.
    """

    answer: ApprovedAnswer
    score: float
    language: str
    sure: bool
    covers: frozenset[int]  # which of the text's telling words it knows


@dataclass(frozen=True, slots=True)
class _Score:
    """How well one way to ask fits; compared in this order."""

    score: float
    exact: bool = False
    covers: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class _Asked:
    """One way to ask something: the bare words, and what each of those that say something may look like."""

    plain: tuple[str, ...]
    telling: tuple[_Forms, ...]


def fitting(text: str, language: str, least: float = FITS) -> list[Match]:
    """The approved answers that fit `text`, the best first: none, one, or a few that fit alike. `language` decides ties."""
    asked = _read(text[:1000])
    if not asked.plain:
        return []
    approved = select(ApprovedAnswer).where(ApprovedAnswer.state == AnswerState.APPROVED)
    answers = db.session.scalars(approved.order_by(ApprovedAnswer.id)).all()
    ways = [(answer, _ways(answer)) for answer in answers]
    known = {form for _answer, each in ways for _language, way in each for forms in way.telling for form in forms}
    weights = [1.0 if forms & known or _is_like(forms, known) else 2.0 for forms in asked.telling]
    found = [match for answer, each in ways if (match := _best(answer, each, asked, weights, language)).score >= least]
    found.sort(key=lambda match: -match.score)
    near = [match for match in found if match.score > found[0].score - _APART][:_MOST_CHOICES]
    # Two answers may share a question ("what does parking cost"); a word that none of them knows makes it another question.
    covered = frozenset[int]().union(*(match.covers for match in near))
    whole = len(covered) == len(asked.telling)
    return near if whole else [match for match in near if match.score >= FITS_WELL]


def is_question(text: str) -> bool:
    """Whether a text asks something: by its mark, or by how it begins."""
    words = _WORD.findall(text.casefold())
    return text.rstrip().endswith("?") or (len(words) > 1 and words[0] in _words("asks"))


def _best(
    answer: ApprovedAnswer, ways: Sequence[tuple[str, _Asked]], asked: _Asked, weights: Sequence[float], language: str
) -> Match:
    scored = [(_score(asked, way, weights), code) for code, way in ways]
    best, code = max(scored, key=lambda each: (each[0].score, each[0].exact, each[1] == language))
    covers = frozenset[int]().union(*(each.covers for each, _code in scored))
    sure = best.exact or (best.score >= _SURE and len(asked.telling) > 1)
    return Match(answer, best.score, code, sure, covers)


def _score(asked: _Asked, way: _Asked, weights: Sequence[float]) -> _Score:
    if asked.plain == way.plain:
        return _Score(1.0, exact=True, covers=frozenset(range(len(asked.telling))))
    left = list(way.telling)
    both, covers = 0.0, set()
    for number, forms in enumerate(asked.telling):
        near, place = max(((_nearness(forms, other), -index) for index, other in enumerate(left)), default=(0.0, 0))
        if near:
            both += near
            covers.add(number)
            del left[-place]
    return _Score(2 * both / max(1.0, sum(weights) + len(way.telling)), covers=frozenset(covers))


def _nearness(one: _Forms, other: _Forms) -> float:
    """1 for the same word, a little less for one misspelled or inside a compound ("handicapparkering"), 0 otherwise."""
    if one & other:
        return 1.0
    return 0.85 if _is_like(one, other) else 0.0


def _is_like(forms: _Forms, others: frozenset[str] | set[str]) -> bool:
    word = max(forms, key=len)
    if len(word) < _SHORTEST_LIKE:
        return False
    return any(
        (len(other) >= _SHORTEST_PART and word.endswith(other))
        or (len(other) >= _SHORTEST_LIKE and fuzz.ratio(word, other, score_cutoff=_LIKENESS) > 0)
        for other in others
    )


def _ways(answer: ApprovedAnswer) -> list[tuple[str, _Asked]]:
    """Every way to ask what this answers, with its language; one that has no answer in its language counts too."""
    found = []
    for language, question in answer.questions.items():
        found += [(language, _read(each)) for each in (question, *answer.wordings.get(language, ()))]
    return found


@lru_cache(maxsize=4096)
def _read(text: str) -> _Asked:
    words = _WORD.findall(text.casefold())[:_MOST_WORDS]
    telling = dict.fromkeys(_forms(word) for word in words if word not in _words("stop"))
    return _Asked(tuple(fold(word) for word in words), tuple(telling))


def _forms(word: str) -> _Forms:
    return frozenset(fold(stem) for stem in stem_all(word) if len(stem) > 2 or stem == word)


@cache
def _words(which: str) -> frozenset[str]:
    table: Mapping[str, str] = tomllib.loads((files("engage.questions") / "words.toml").read_text("utf-8"))[which]
    return frozenset(word for words in table.values() for word in words.split())
