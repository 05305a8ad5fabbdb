"""What a message narrows the search by: goals, dimensions, kind, audience, price. Dates and seats are found elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass

from engage.dialog.understanding.lexicon import LANGUAGES, Lexicon, lexicon
from engage.dialog.understanding.tokens import Token
from engage.goals.topics import NO_GOAL, find_mentions

_SDGS = range(1, 18)
_SEPARATORS = {
    ",",
    "-",
    "&",
    "+",
    "og",
    "and",
    "und",
    "samt",
    "or",
    "eller",
    "oder",
    "bis",
    "til",
    "to",
    "sdg",
    "nr",
    ".",
}
_RANGE_WORDS = {"-", "bis", "til", "to"}
_AGE_WORDS = ("aar", "year", "yo", "yrs", "jahr", "jaehrig", "y")
_OLDEST_CHILD, _OLDEST_YOUTH, _YOUNGEST_SENIOR = 12, 25, 60
_SHORTEST_FOREIGN = 4


@dataclass(frozen=True)
class Facets:
    """What was found, with the indexes of the tokens that said it; `audience_at` is where the audience stands."""

    sdgs: tuple[int, ...] = ()
    dimensions: tuple[str, ...] = ()
    kind: str | None = None
    audience: str | None = None
    audience_at: int = -1
    free_only: bool = False
    on_topic: bool = False  # a word of our field was there, also one without a goal ("sustainable"), or a pastime
    used: frozenset[int] = frozenset()
    topic_words: frozenset[int] = frozenset()
    pastimes: frozenset[int] = frozenset()  # "knitting": no goal, but surely a question, and a word to look for
    counted: frozenset[int] = frozenset()  # numbers that are goals or ages, with their words: no seats


def find_facets(tokens: Sequence[Token], language: str) -> Facets:
    """The facets named in the tokens, in `language` first and in the others for words that language does not know."""
    numbered, used = _numbered_goals(tokens, lexicon(language))
    sdgs, dimensions, topic_words = _topics(tokens, language)
    audience, audience_at, audience_words = _audience(tokens, language)
    ages = _age_places(tokens)
    kinds = [(kind, at) for kind, at in _hits(tokens, language, "kind") if kind != "asks_help"]
    free = _hits(tokens, language, "free")
    pastimes = {i for _, indexes in _hits(tokens, language, "pastimes") for i in indexes} - topic_words
    spoken = {i for _, indexes in (*kinds, *free) for i in indexes}
    return Facets(
        sdgs=tuple(dict.fromkeys((*numbered, *(() if numbered else sdgs)))),
        dimensions=tuple(dict.fromkeys(dimensions)),
        kind=_kind([kind for kind, _ in kinds]),
        audience=audience,
        audience_at=audience_at,
        free_only=bool(free),
        on_topic=bool(topic_words or pastimes),
        used=frozenset(used | topic_words | audience_words | spoken | ages),
        topic_words=frozenset(topic_words),
        pastimes=frozenset(pastimes),
        counted=frozenset(used | ages),
    )


def _numbered_goals(tokens: Sequence[Token], words: Lexicon) -> tuple[list[int], set[int]]:
    """The goals asked for by number: "verdensmål 7", "SDG 11 and 12", "goals 1-3", "Ziel fünf"."""
    texts = [token.text for token in tokens]
    goals: list[int] = []
    used: set[int] = set()
    for _, _, last, _ in words.facets["goal"].find(texts):
        numbers, end = _numbers_from(texts, last, words)
        goals += numbers
        used.update(range(last - 1, end) if numbers else ())
    return goals, used


def _numbers_from(texts: Sequence[str], start: int, words: Lexicon) -> tuple[list[int], int]:
    """The goal numbers listed from `start` on, ranges filled in, and where the list ends."""
    numbers: list[int] = []
    position = start
    while position < len(texts):
        text = texts[position]
        number = int(text) if text.isdecimal() else words.numbers.get(text)
        if number is not None and number in _SDGS and not (text == "to" and texts[position - 1].isdecimal()):
            ranged = numbers and texts[position - 1] in _RANGE_WORDS and number > numbers[-1]
            numbers.extend(range(numbers[-1] + 1, number + 1) if ranged else [number])
        elif text not in _SEPARATORS:
            break
        position += 1
    return numbers, position


def _topics(tokens: Sequence[Token], language: str) -> tuple[list[int], list[str], set[int]]:
    sdgs: list[int] = []
    dimensions: list[str] = []
    used: set[int] = set()
    for tongue, places, words in _by_language(tokens, language):
        for mention in find_mentions(words, tongue):
            sdgs += mention.topic.sdgs
            dimensions += mention.topic.dimensions
            if mention.topic.key != NO_GOAL:
                used.update(places[mention.first : mention.last])
    return sdgs, dimensions, used


def _hits(tokens: Sequence[Token], language: str, group: str) -> list[tuple[str, list[int]]]:
    return [
        (meaning, places[first:last])
        for tongue, places, words in _by_language(tokens, language)
        for meaning, first, last, _ in lexicon(tongue).facets[group].find(words)
    ]


def _by_language(tokens: Sequence[Token], language: str) -> list[tuple[str, list[int], list[str]]]:
    """(language, token indexes, words): all words for `language`, for the others what it does not know."""
    places = [i for i, token in enumerate(tokens) if token.kind == "word"]
    words = [tokens[i].text for i in places]
    own = lexicon(language)
    foreign = [word if len(word) >= _SHORTEST_FOREIGN and not own.knows(word) else "" for word in words]
    views = [(language, places, words)]
    if any(foreign):
        views += [(other, places, foreign) for other in LANGUAGES if other != language]
    return views


def _kind(found: Sequence[str]) -> str | None:
    """A course for volunteers is learning; otherwise whoever speaks of volunteering wants to volunteer."""
    if "learning" in found and ("volunteers_served" in found or "volunteer" not in found):
        return "learning"
    return "volunteer" if found else None


def _audience(tokens: Sequence[Token], language: str) -> tuple[str | None, int, set[int]]:
    hits = _hits(tokens, language, "audience")
    used = {i for _, indexes in hits for i in indexes}
    named = [(meaning, indexes[0]) for meaning, indexes in hits if meaning != "adults"]
    chosen = next((hit for hit in named if hit[0] == "families"), named[0] if named else None)
    aged = _age(tokens)
    if chosen and not (aged and chosen[0] == "children" and aged[0] == "youth"):
        return chosen[0], chosen[1], used
    return (aged[0], aged[1], used) if aged else (None, -1, used)


def _age_places(tokens: Sequence[Token]) -> set[int]:
    """The indexes of ages and their words, "8 og 10 år" included."""
    places = [i for i, token in enumerate(tokens) if token.kind == "word" and token.text.startswith(_AGE_WORDS)]
    return {i for place in places for i in range(max(0, place - 4), place + 1) if _age(tokens[i : place + 1])}


def _age(tokens: Sequence[Token]) -> tuple[str, int] | None:
    """(audience, where) of a spoken age: "6-årig", "8 years old", "ab 65 Jahren"."""
    for i, token in enumerate(tokens):
        if token.kind != "number" or not 0 < int(token.text) < 111:
            continue
        following = [other.text for other in tokens[i + 1 : i + 3] if other.text != "-"]
        before = {other.text for other in tokens[max(0, i - 2) : i]}
        if following and following[0].startswith(_AGE_WORDS) and not before & {"om", "in", "next", "naeste", "uge"}:
            age = int(token.text)
            group = "children" if age <= _OLDEST_CHILD else "youth" if age <= _OLDEST_YOUTH else "seniors"
            return (group, i) if group != "seniors" or age >= _YOUNGEST_SENIOR else None
    return None
