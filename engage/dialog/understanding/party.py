"""How many seats a message asks for: numbers, people named one by one, "zu dritt". Counts only what was said."""

from collections.abc import Sequence, Set
from dataclasses import dataclass

from engage.dialog.understanding.lexicon import Lexicon, lexicon, longest_phrase_at
from engage.dialog.understanding.tokens import Token

# More is a group to talk to the organiser about, or a misread number.
_MOST = 100
# The number the lexicon gives words for seats, so that they are told from words for persons.
_SEATS = 1
_PASSED_OVER = {"other", "for", "gap"}
_JOINERS = {"and", "plus", "my", "comma", "of"}
_AND = {"og", "and", "und", "samt", "+", "&", "plus"}
_COMMAS = {",", "/"}


@dataclass(frozen=True)
class _Piece:
    role: str
    number: int = 0


def count_party(tokens: Sequence[Token], language: str, used: Set[int], *, signing_up: bool) -> int | None:
    """The seats asked for, or None if the words do not say. `used` are tokens that are dates or goals.

    Without `signing_up` only a size said outright counts: "for N people", "we are N", "zu dritt".
    """
    pieces = _without_former(_pieces(tokens, lexicon(language), used))
    if not signing_up:
        return _for_people(pieces) or _size(pieces)
    heads, named = _heads(pieces), _one_by_one(pieces)
    if heads == 1 and named:  # "a seat for me and my daughter"
        heads = named
    found = _together(pieces) or _group(pieces) or heads or named or _bare(pieces)
    return found if found and 0 < found <= _MOST else None


def _pieces(tokens: Sequence[Token], words: Lexicon, used: Set[int]) -> list[_Piece]:
    texts = [token.text for token in tokens]
    pieces: list[_Piece] = []
    position = 0
    while position < len(tokens):
        piece, length = _piece(tokens, texts, position, words)
        if not used & set(range(position, position + length)) or piece.role in {"me", "us"}:
            pieces.append(piece)
        elif not pieces or pieces[-1].role != "gap":
            pieces.append(_Piece("gap"))
        position += length
    return pieces


def _piece(tokens: Sequence[Token], texts: list[str], position: int, words: Lexicon) -> tuple[_Piece, int]:
    token = tokens[position]
    if token.kind == "number":
        return _Piece("number", int(token.text)), 1
    if token.text in _AND:
        return _Piece("and"), 1
    if token.text in _COMMAS:
        return _Piece("comma"), 1
    if hit := longest_phrase_at(words.people, texts, position):
        (role, number), length = hit
        return _Piece(role, number), length
    if token.text in words.numbers:
        return _Piece("number", words.numbers[token.text]), 1
    if words.dates.get((token.text,), ("", ""))[0] == "one":
        return _Piece("article", 1), 1
    return _Piece("other"), 1


def _for_people(pieces: Sequence[_Piece]) -> int | None:
    """ "for 4 persons", "for 2 adults and 3 children"; "for two kids" is an audience."""
    for i, piece in enumerate(pieces[:-2]):
        if piece.role == "for" and pieces[i + 1].role == "number" and pieces[i + 2].role == "heads":
            return _heads(pieces[i + 1 :])
    return None


def _without_former(pieces: list[_Piece]) -> list[_Piece]:
    """The pieces without the number that no longer counts: "4 instead of 2", "not two but three"."""
    kept: list[_Piece] = []
    for i, piece in enumerate(pieces):
        former = piece.role == "number" and i and pieces[i - 1].role == "instead"
        noun = piece.role == "heads" and i > 1 and [p.role for p in pieces[i - 2 : i]] == ["instead", "number"]
        kept.append(_Piece("gap") if former or noun or piece.role == "instead" else piece)
    return kept


def _size(pieces: Sequence[_Piece]) -> int | None:
    """ "We are a group of 6", "vi er 4 personer": how many one is, in a question that signs nobody up."""
    for i, piece in enumerate(pieces[:-1]):
        following = pieces[i + 1]
        if piece.role == "size" and following.role == "number" and following.number > 1:
            return _heads(pieces[i + 1 :]) or following.number
        near = next((p for p in pieces[i + 1 : i + 3] if p.role == "together"), None)
        if piece.role in {"size", "us"} and near:
            return near.number
    return None


def _together(pieces: Sequence[_Piece]) -> int | None:
    roles = [piece.role for piece in pieces]
    if "together" in roles:
        return pieces[roles.index("together")].number
    if "both" in roles and "many" not in roles:
        return 2
    if "alone" in roles and not {"one", "many", "number"} & set(roles):
        return 1
    return None


def _group(pieces: Sequence[_Piece]) -> int | None:
    """A number right beside "we", "us" or "family of": "vi er 4", "us four", "the four of us"."""
    for i, piece in enumerate(pieces):
        after = pieces[i + 1] if i + 1 < len(pieces) else _Piece("end")
        last = pieces[i + 2].role if i + 2 < len(pieces) else "end"
        if (
            piece.role in {"group", "size", "us"}
            and after.role == "number"
            and last not in {"many", "one", "heads", "my"}
        ):
            return after.number
    return None


def _heads(pieces: Sequence[_Piece]) -> int | None:
    """Numbers before persons, seats or tickets, and the children that go with them: "2 adults and 3 children" is 5."""
    total, seats = 0, False
    for i, piece in enumerate(pieces[:-1]):
        counted = piece.number if piece.role in {"number", "article"} else 0
        after = pieces[i + 1].role
        if after == "other" and i + 2 < len(pieces) and piece.role == "number":  # "two free seats"
            after = "heads" if pieces[i + 2].role == "heads" else after
        if counted and after == "heads":
            total, seats = total + counted, True
        elif counted and seats and after in {"many", "one"}:
            total += counted
    if not seats:
        return None
    return total + _others_beside(pieces)


def _others_beside(pieces: Sequence[_Piece]) -> int:
    """ "me and two other people": the writer stands beside the counted heads, joined by a word."""
    roles = [piece.role for piece in pieces]
    joined = any(
        roles[i] == "me"
        and roles[i + 1] in {"and", "plus"}
        and pieces[i + 2].role in {"number", "article"}
        and pieces[i + 3 : i + 4] != [_Piece("heads", _SEATS)]  # "I take three seats" are three
        for i in range(len(roles) - 2)
    )
    return 1 if joined else 0


def _one_by_one(pieces: Sequence[_Piece]) -> int | None:
    """The best of the chains of named people: "mig og min mand", "my wife and I", "mine to børn"."""
    counts = [count for chain in _chains(pieces) if (count := _count(chain))]
    return max(counts, default=None)


def _chains(pieces: Sequence[_Piece]) -> list[list[_Piece]]:
    """Runs of people and numbers; "jeg kommer med min kone" joins its two ends over the verb between them."""
    members = {"me", "us", "my", "one", "many", "number", "article", *_JOINERS}
    chains: list[list[_Piece]] = [[]]
    for i, piece in enumerate(pieces):
        if piece.role in members:
            chains[-1].append(piece)
        elif piece.role in _PASSED_OVER and chains[-1] and _joins_over(pieces, i):
            continue
        else:
            chains.append([])
    return chains


def _joins_over(pieces: Sequence[_Piece], i: int) -> bool:
    """Whether a few other words separate a person from "with somebody" ("ich komme mit meiner Frau")."""
    following = next((p for p in pieces[i : i + 7] if p.role not in _PASSED_OVER), None)
    return following is not None and following.role in {"plus", "and", "my"}


def _count(chain: Sequence[_Piece]) -> int | None:
    """Everyone in the chain; None if only the writer is there or a plural has no number."""
    me = any(piece.role == "me" for piece in chain)
    joined = any(piece.role in {"and", "plus", "comma"} for piece in chain)
    total, pending = 0, 0
    for piece in chain:
        if piece.role in {"number", "article"}:
            pending = piece.number
        elif piece.role == "one":
            total, pending = total + max(pending, 1), 0
        elif piece.role == "many":
            if not pending:
                return None
            total, pending = total + pending, 0
    named = total > 0
    if pending and me and chain[-1].role == "number" and joined:  # "me plus two", "+1"
        total, named = total + pending, True
    if not named:
        return None
    return total + 1 if me and joined else total


def _bare(pieces: Sequence[_Piece]) -> int | None:
    """A number alone after the verb or "for": "sign me up for two", "book 5"."""
    for i, piece in enumerate(pieces):
        after = pieces[i + 1].role if i + 1 < len(pieces) else "end"
        before = pieces[i - 1].role if i else "start"
        ends = after in {"end", "gap", "other", "and", "comma"}
        if piece.role == "number" and ((before == "for" and ends) or after == "end" or (i == 0 and ends)):
            return piece.number
    return None
