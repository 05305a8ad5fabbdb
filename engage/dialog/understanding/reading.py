"""Reads one message: languages in order of likelihood, slips corrected, then dates, facets, intent, seats, leftover words."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from engage.dialog.understanding.dates import When, find_dates
from engage.dialog.understanding.facets import Facets, find_facets
from engage.dialog.understanding.intents import Evidence, changes_sign_up, choose_intent, compile_all, wanted_language
from engage.dialog.understanding.lexicon import LANGUAGES, Lexicon, lexicon
from engage.dialog.understanding.meaning import Intent, Understanding
from engage.dialog.understanding.party import count_party
from engage.dialog.understanding.spelling import correct
from engage.dialog.understanding.tokens import Token, corrected, tokenise
from engage.dialog.understanding.vocabulary import EMPTY, Vocabulary
from engage.goals.topics import find_mentions

# The stored language weighs as much as nearly half a word: it decides ties, not sentences.
_STORED_BONUS = 0.45
_KNOWN_BEGINNING = 0.8
# A short message may be any language; a longer one must have some of its words in a language to be tried in it.
_SHORT_MESSAGE = 3
# And another one must know it nearly as well: what is not understood in its own language is no search in a worse one.
_AS_FAMILIAR = 0.6
_TOPICS = {Intent.BROWSE, Intent.FOLLOW, Intent.UNFOLLOW}
_WITH_FACETS = {*_TOPICS, Intent.SIGN_UP, Intent.CANCEL, Intent.MINE, Intent.SUGGEST, Intent.PAUSE}
_MOST_CORRECTIONS = 15
_SHORTEST_FOREIGN = 4
_WORDS_FOR_A_LANGUAGE = 2  # a single word is too little to tell somebody's language by
# Nobody looks for an activity by an address of e-mail.
_ADDRESS = re.compile(r"[^\s<>,;]+@[^\s<>,;]+")


@dataclass(frozen=True)
class _Message:
    tokens: tuple[Token, ...]
    language: str
    now: datetime
    vocabulary: Vocabulary
    country: str


def understand(
    text: str, *, language: str, now: datetime, vocabulary: Vocabulary = EMPTY, country: str = "DK"
) -> Understanding:
    """What `text` asks for. `language` is the stored one, preferred in doubt; `now` is aware, in the city's zone.

    Promises an answer to any text, in about a millisecond: `Intent.UNKNOWN` and nothing else where it is not sure.
    Dates are today or later. Nothing is stored or logged.
    """
    tokens = tokenise(_ADDRESS.sub(" ", text))
    if not any(token.kind == "word" or token.kind == "number" for token in tokens):
        return Understanding(Intent.UNKNOWN, language=language)
    for tongue in _likely_languages(tokens, language):
        message = _Message(tuple(_spelled(tokens, tongue, vocabulary)), tongue, now, vocabulary, country)
        found = _read(message)
        if found:
            return found
    return Understanding(Intent.UNKNOWN, language=language)


def clearly_in(text: str, language: str, rather_than: str) -> bool:
    """Whether a text is in `language`, and not in `rather_than`: names, titles and addresses are in neither, and tell nothing."""
    words = [token.text for token in tokenise(_ADDRESS.sub(" ", text)) if token.kind == "word"]
    own, other = lexicon(language), lexicon(rather_than)
    here = sum(own.knows(word) and not other.knows(word) for word in words)
    there = sum(other.knows(word) and not own.knows(word) for word in words)
    return language == rather_than or (here > there and len(words) >= _WORDS_FOR_A_LANGUAGE)


def warm() -> None:
    """Read every lexicon and compile every pattern (some 0.3 s, 9 MB), so that no citizen's message waits for it."""
    for language in LANGUAGES:
        compile_all(language)
        understand("kurs ukendt 12", language=language, now=datetime(2026, 3, 4, tzinfo=UTC))


def _likely_languages(tokens: Sequence[Token], stored: str) -> list[str]:
    words = [token.text for token in tokens if token.kind == "word"]
    scores = {tongue: _familiarity(words, lexicon(tongue)) for tongue in LANGUAGES}
    ranked = sorted(LANGUAGES, key=lambda tongue: -scores[tongue] - (_STORED_BONUS if tongue == stored else 0))
    short = len(words) <= _SHORT_MESSAGE
    least = max(len(words) / 3, scores[ranked[0]] * _AS_FAMILIAR)
    return [tongue for tongue in ranked if tongue == ranked[0] or short or scores[tongue] >= least]


def _familiarity(words: Sequence[str], tongue: Lexicon) -> float:
    return sum(1.0 if word in tongue.words else _KNOWN_BEGINNING if tongue.knows(word) else 0.0 for word in words)


def _spelled(tokens: Sequence[Token], language: str, vocabulary: Vocabulary) -> list[Token]:
    """The tokens with slips corrected towards the grammar; published words and other languages' words are no slips."""
    spelled: list[Token] = []
    tries = 0
    for token in tokens:
        if token.kind != "word" or tries >= _MOST_CORRECTIONS or _is_known(token.text, language, vocabulary):
            spelled.append(token)
            continue
        tries += 1
        spelled.append(corrected(token, correct(token.text, language) or token.text))
    return spelled


def _is_known(word: str, language: str, vocabulary: Vocabulary) -> bool:
    return word in vocabulary.words or _in_some_lexicon(word, language)


@lru_cache(maxsize=4096)
def _in_some_lexicon(word: str, language: str) -> bool:
    """Whether the grammar or the topics of the language know the word, or another language does and it is not short."""
    own = lexicon(language)
    if own.knows_form(word) or word in own.ordinary_words or find_mentions([word], language):
        return True
    if any(True for table in own.facets.values() for _ in table.find([word])):
        return True
    others = (lexicon(other) for other in LANGUAGES if other != language)
    return len(word) >= _SHORTEST_FOREIGN and any(
        word in other.words or word in other.ordinary_words for other in others
    )


def _read(message: _Message) -> Understanding | None:
    """What the message says in its language; None if that language makes no sense of it."""
    when = find_dates(message.tokens, message.language, message.now, message.country)
    facets = find_facets(message.tokens, message.language)
    published = _published(message, when, facets)
    words = _with_dates_masked(message, when)
    intent = choose_intent(words, message.language, _evidence(message, when, facets, published))
    if intent is None:
        return None
    if intent is Intent.LANGUAGE:
        return Understanding(
            intent, language=message.language, wanted_language=wanted_language(words, message.language)
        )
    if intent not in _WITH_FACETS:
        return Understanding(intent, language=message.language)
    return _with_facts(message, intent, when, facets, published)


def _with_dates_masked(message: _Message, when: When) -> list[str]:
    """The words as the patterns want them: each run of date words is one "@", so "on 3 May" is no number of seats."""
    words: list[str] = []
    for i, token in enumerate(message.tokens):
        if i in when.used:
            words += ["@"] if words[-1:] != ["@"] else []
        elif token.kind != "mark":
            words.append(token.text)
    return words


def _evidence(message: _Message, when: When, facets: Facets, published: dict[int, str]) -> Evidence:
    odd = set(_odd_words(message, when, facets)) - set(published)
    return Evidence(
        date=bool(when.first or when.part),
        facet=bool(
            facets.kind or facets.audience or facets.free_only or published or (facets.sdgs and not facets.topic_words)
        ),
        topic=facets.on_topic,
        odd_words=len(odd),
        known_words=len(facets.topic_words) + 2 * len(facets.pastimes),  # these are odd words too
    )


def _with_facts(
    message: _Message, intent: Intent, when: When, facets: Facets, published: dict[int, str]
) -> Understanding:
    party = count_party(
        message.tokens, message.language, when.used | facets.counted, signing_up=_counts_seats(message, intent, when)
    )
    kept = {i: message.tokens[i].raw for i in _odd_words(message, when, facets)} | published
    return Understanding(
        intent,
        first=when.first,
        last=when.last,
        sdgs=facets.sdgs,
        dimensions=() if intent is Intent.SUGGEST else facets.dimensions,
        kind=facets.kind,
        audience=_audience(message, intent, facets, party),
        party=party,
        topics=tuple(dict.fromkeys(message.tokens[i].raw for i in sorted(facets.topic_words))),
        words=tuple(dict.fromkeys(kept[i] for i in sorted(kept) if kept[i])),
        language=message.language,
        free_only=facets.free_only,
        alternatives=when.alternatives,
        day_part=when.part,
    )


def _counts_seats(message: _Message, intent: Intent, when: When) -> bool:
    """Whether the numbers are seats: in a sign-up, and where one that is there is changed to another number."""
    if intent is Intent.MINE:
        return changes_sign_up(_with_dates_masked(message, when), message.language)
    return intent is Intent.SIGN_UP


def _audience(message: _Message, intent: Intent, facets: Facets, party: int | None) -> str | None:
    """Whom the activity is for. The children one signs up oneself are guests, not a filter."""
    if facets.audience is None or (intent in _TOPICS and (party is None or facets.audience == "families")):
        return facets.audience
    words = lexicon(message.language)
    before = [words.people.get((token.text,), ("", 0))[0] for token in message.tokens[: facets.audience_at][-2:]]
    return facets.audience if before[-1:] == ["for"] else None


def _published(message: _Message, when: When, facets: Facets) -> dict[int, str]:
    """Token index -> published word, for content words that are in the vocabulary."""
    if not message.vocabulary.words:
        return {}
    content = {*_odd_words(message, when, facets), *_titled(message, when)} - facets.topic_words
    found = {i: message.vocabulary.match(message.tokens[i].text) for i in content}
    found |= {i: message.vocabulary.words.get(message.tokens[i].text) for i in _telling_topics(message)}
    return {i: word for i, word in found.items() if word}


def _telling_topics(message: _Message) -> set[int]:
    """Words that say more than the topic they point to ("klimacafé"). "Klima" alone is its topic, and no word to look for."""
    mentions = find_mentions([token.text for token in message.tokens], message.language)
    return {i for mention in mentions if mention.compound for i in range(mention.first, mention.last)}


def _titled(message: _Message, when: When) -> list[int]:
    """Words of a title that the date grammar knows too but did not need: the march of the penguins."""
    words = lexicon(message.language)
    return [
        i
        for i, token in enumerate(message.tokens)
        if i not in when.used and (token.text,) in words.dates and token.text in message.vocabulary.words
    ]


def _odd_words(message: _Message, when: When, facets: Facets) -> list[int]:
    """Indexes of the words neither the grammar nor the facets account for."""
    words = lexicon(message.language)
    return [
        i
        for i, token in enumerate(message.tokens)
        if token.kind == "word" and i not in when.used and i not in facets.used and not words.knows(token.text)
    ]
