"""Slips of the keyboard: an unknown word becomes the known word it must have been meant for, or stays as it is."""

from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from engage.dialog.understanding.lexicon import lexicon

_SHORTEST = 5
# One slip (a letter wrong, missing, doubled or two swapped) in a word of five to seven letters, two in a longer one.
_LONG_WORD = 8
_SHORTEST_BEGINNING = 6


@lru_cache(maxsize=4096)
def correct(word: str, language: str) -> str | None:
    """The one known word of `language` nearest to the unknown `word`; None if none is near or two are equally near."""
    return nearest(word, lexicon(language).correctable) or _nearest_beginning(word, language)


def nearest(word: str, known: tuple[str, ...]) -> str | None:
    """The single entry of `known` within reach of `word`. The first letter must be right unless the two first are swapped."""
    if len(word) < _SHORTEST:
        return None
    reach = 2 if len(word) >= _LONG_WORD else 1
    found = process.extract(word, known, scorer=OSA.distance, score_cutoff=reach, limit=8)
    likely = [(distance, other) for other, distance, _ in found if _plausible(word, other)]
    best = sorted((other for distance, other in likely if distance == min(likely)[0]), key=len, reverse=True)
    return best[0] if best and all(_same_stem(best[0], other) for other in best[1:]) else None


def _nearest_beginning(word: str, language: str) -> str | None:
    """A compound with one slip in a listed beginning: "enviromentalist", "miljoprojekt" with the beginning put right."""
    for length in range(min(len(word), 12), _SHORTEST_BEGINNING - 1, -1):
        known = lexicon(language).beginnings.get(length, ())
        for cut in (length, length - 1, length + 1):
            found = process.extractOne(word[:cut], known, scorer=OSA.distance, score_cutoff=1)
            if found and word[0] == found[0][0]:
                return found[0] + word[cut:]
    return None


def _plausible(word: str, other: str) -> bool:
    return (
        word[0] == other[0] or sorted(word[:2]) == sorted(other[:2]) or (len(word) >= _LONG_WORD and word[1:] == other)
    )


def _same_stem(one: str, other: str) -> bool:
    """Whether two candidates are forms of one word, so that either will do ("workshop", "workshops")."""
    shared = min(len(one), len(other)) - 1
    return one[:shared] == other[:shared]
