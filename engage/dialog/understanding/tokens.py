"""A message cut into words, numbers and marks, folded to one spelling. What they mean is decided elsewhere."""

import re
from dataclasses import dataclass, replace

from engage.goals.topics import fold

# Long enough for every sensible question; a pasted book costs no more than a page.
LONGEST_TEXT = 1000
MOST_TOKENS = 150

_PIECE = re.compile(r"co2|[0-9]{1,9}|[^\W\d_]+(?:'[^\W\d_]+)*|[-./:,+&?!]", re.IGNORECASE)
_DIGITS = "0123456789"
_DASHES = re.compile("[\u2010-\u2015\u2212]")
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\u00ad]")
_HYPHEN_IN_WORD = re.compile(r"(?<=[^\W\d_])-(?=[^\W\d_])")
_CONTRACTIONS = {"ll": "will", "d": "would", "m": "am", "re": "are", "ve": "have"}


@dataclass(frozen=True)
class Token:
    """One piece: `text` folded (and later corrected), `raw` as written in lower case, `kind` word, number or mark."""

    text: str
    raw: str
    kind: str


def tokenise(text: str) -> list[Token]:
    """The tokens of `text`, at most MOST_TOKENS; "what's" is "whats", "I'd" is "i would", "clean-up" two words."""
    plain = _DASHES.sub("-", _INVISIBLE.sub("", text[:LONGEST_TEXT])).replace("’", "'").replace("&", " & ")
    plain = _HYPHEN_IN_WORD.sub(" - " if _is_day_range(plain) else " ", plain)
    tokens: list[Token] = []
    for piece in _PIECE.findall(plain):
        tokens.extend(_tokens_of(piece))
        if len(tokens) >= MOST_TOKENS:
            break
    return tokens[:MOST_TOKENS]


def corrected(token: Token, text: str) -> Token:
    """`token` read as `text` instead."""
    return replace(token, text=text)


def _tokens_of(piece: str) -> list[Token]:
    if piece[0] in _DIGITS:  # not isdigit, which takes "¹" for a number
        return [Token(piece, piece, "number")]
    if not piece[0].isalpha():
        return [Token(piece, piece, "mark")]
    folded = fold(piece)
    stem, apostrophe, ending = folded.rpartition("'")
    if apostrophe and ending in _CONTRACTIONS:
        return [Token(stem.replace("'", ""), piece.lower(), "word"), Token(_CONTRACTIONS[ending], "", "word")]
    return [Token(folded.replace("'", ""), piece.lower(), "word")]


def _is_day_range(text: str) -> bool:
    """Whether a hyphen between words may be a range: "mandag-onsdag", "Sa-So"; otherwise it joins a compound."""
    return bool(re.search(r"(?i)(dag|day|tag|\b[a-zøåäü]{2,4})-(\w*(dag|day|tag)|[a-zøåäü]{2,4}\b)", text))
