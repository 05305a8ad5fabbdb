"""Slips of the keyboard: an unknown word becomes the known word it must have been meant for, or stays as it is."""

from functools import lru_cache
from itertools import pairwise

from rapidfuzz import process
from rapidfuzz.distance import OSA

from engage.dialog.understanding.lexicon import lexicon

_SHORTEST, _FREE_SLIP = 4, 5
# One slip (a letter wrong, missing, doubled or two swapped) in a word of five to seven letters, two in a longer one.
_LONG_WORD = 8
_SHORTEST_BEGINNING, _LONGEST_BEGINNING = 6, 12


@lru_cache(maxsize=4096)
def correct(word: str, language: str) -> str | None:
    """The one known word of `language` nearest to the unknown `word`; None if none is near or two are equally near."""
    return nearest(word, lexicon(language).correctable) or _nearest_beginning(word, language)


def nearest(word: str, known: tuple[str, ...]) -> str | None:
    """The single entry of `known` within reach of `word`.

    The first letter must be right, unless the first two are swapped. A word of four letters may only have two swapped.
    """
    typed = _as_typed(word)
    if len(typed) < _SHORTEST:
        return None
    reach = 2 if len(typed) >= _LONG_WORD else 1
    short = len(word) < _FREE_SLIP
    found = process.extract(typed, _all_as_typed(known), scorer=OSA.distance, score_cutoff=reach, limit=8)
    likely = [(distance, known[place]) for other, distance, place in found if _plausible(typed, other, short)]
    best = sorted((other for distance, other in likely if distance == min(likely)[0]), key=len, reverse=True)
    return best[0] if best and all(_same_stem(best[0], other) for other in best[1:]) else None


def _as_typed(word: str) -> str:
    """One letter for one key: a slip beside "ae", which is one key on a Danish keyboard, is one slip."""
    for pair, letter in (("ae", "ä"), ("oe", "ö"), ("ue", "ü"), ("aa", "å")):
        word = word.replace(pair, letter)
    return word


@lru_cache(maxsize=16)
def _all_as_typed(known: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(_as_typed(word) for word in known)


def _nearest_beginning(word: str, language: str) -> str | None:
    """A compound with one slip in a listed beginning: "miløjprojekt" with the beginning put right."""
    for length in range(min(len(word), _LONGEST_BEGINNING), _SHORTEST_BEGINNING - 1, -1):
        known = lexicon(language).beginnings.get(length, ())
        # A missing or doubled letter leaves too little to go by in a short beginning.
        cuts = (length, length - 1, length + 1) if length >= _LONG_WORD else (length,)
        for cut in cuts:
            found = process.extractOne(word[:cut], known, scorer=OSA.distance, score_cutoff=1)
            if found and word[0] == found[0][0] and (cut != length or _wrong_key_or_swapped(word[:cut], found[0])):
                return found[0] + word[cut:]
    return None


def _plausible(word: str, other: str, short: bool) -> bool:
    swapped = len(word) == len(other) and sorted(word) == sorted(other)
    if short or swapped:
        return swapped
    if len(word) >= _LONG_WORD:
        return word[0] == other[0] or word[1:] == other
    return word[0] == other[0] and (len(word) != len(other) or _wrong_key(word, other))


def _wrong_key_or_swapped(word: str, other: str) -> bool:
    return sorted(word) == sorted(other) or _wrong_key(word, other)


def _wrong_key(word: str, other: str) -> bool:
    """Whether the one letter that differs is a neighbouring key or sounds alike; else "slottet" would be "slettet"."""
    return any(frozenset(pair) in _NEAR for pair in zip(word, other, strict=True) if pair[0] != pair[1])


def _neighbours() -> frozenset[frozenset[str]]:
    """Pairs of keys side by side or one above the other, and of letters that sound alike."""
    rows = ("qwertyuiopå", "asdfghjklæøöä", "zxcvbnm")
    pairs = [one + other for row in rows for one, other in pairwise(row)]
    for upper, lower in pairwise(rows):
        pairs += [one + other for one, other in zip(upper, lower, strict=False)]
        pairs += [one + other for one, other in zip(upper[1:], lower, strict=False)]
    alike = ("yi", "yz", "tz", "ck", "sz", "dt", "bp", "äe", "åo", "öo", "öä", "åa", "åö", "äa", "vw", "vf")
    return frozenset(frozenset(pair) for pair in (*pairs, *alike))


_NEAR = _neighbours()


def _same_stem(one: str, other: str) -> bool:
    """Whether two candidates are forms of one word, so that either will do ("workshop", "workshops")."""
    shared = min(len(one), len(other)) - 1
    return one[:shared] == other[:shared]
