"""Which intent the words ask for, by the patterns of the language's lexicon. Facts found elsewhere decide between weak ones."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from engage.dialog.understanding.lexicon import lexicon
from engage.dialog.understanding.meaning import Intent
from engage.dialog.understanding.patterns import as_text, compile_patterns

# The first that fits wins: what touches a person's data or peace before anything one could mistake it for.
# Some intents are asked for in two ways; the name is that of the patterns in the lexicon.
_STRONG = (
    ("forget_me", Intent.FORGET_ME),
    ("export_me", Intent.EXPORT_ME),
    ("unlink", Intent.UNLINK),
    ("unfollow", Intent.UNFOLLOW),
    ("pause", Intent.PAUSE),
    ("stop", Intent.STOP),
    ("human", Intent.HUMAN),
    ("access", Intent.HUMAN),  # whether one can get in and follow, which only the staff knows
    ("link", Intent.LINK),
    ("services", Intent.UNKNOWN),  # what a town hall does besides and this chat does not: passports, benefits, trains
    ("certificate", Intent.CERTIFICATE),
    ("cancel", Intent.CANCEL),
    ("mine", Intent.MINE),
    ("suggest", Intent.SUGGEST),
    ("settings", Intent.SETTINGS),
    ("follow", Intent.FOLLOW),
    ("sign_up", Intent.SIGN_UP),
)
_NEGATIONS = {"ikke", "ikk", "not", "dont", "no", "nicht", "kein", "keine", "cant", "cannot"}


@dataclass(frozen=True)
class Evidence:
    """What else the message holds: a date or part of day, a clear facet or published word, a topic, how many odd words."""

    date: bool
    facet: bool
    topic: bool
    odd_words: int
    known_words: int


def choose_intent(words: Sequence[str], language: str, evidence: Evidence) -> Intent | None:
    """The intent of the folded words. Unknown is what is surely not ours; None, what this language does not tell."""
    text = as_text(words)
    if asks_for_language(text, language):
        return Intent.LANGUAGE
    for name, intent in _STRONG:
        if _found(language, name, text) and not _found(language, f"{name}_unless", text):
            return intent
    return _weak_intent(text, language, evidence)


def asks_for_language(text: str, language: str) -> bool:
    """Whether the words ask to speak another language, and not for an activity held in it."""
    if _found(language, "events", text) or _found(language, "language_unless", text):
        return False
    return bool(_found(language, "language", text) or _found(language, "language_change", text))


def wanted_language(words: Sequence[str], language: str) -> str | None:
    """The code of the language asked for; one that is not understood is not it. None if it is not one of ours."""
    names = lexicon(language).language_names
    named = [(i, names[word]) for i, word in enumerate(words) if word in names]
    if not named:
        return None
    place, code = named[-1]
    if _NEGATIONS & set(words[:place]):
        return language if code != language else None
    return code or None


def _weak_intent(text: str, language: str, evidence: Evidence) -> Intent | None:
    browse, events = _found(language, "browse", text), _found(language, "events", text)
    facts = evidence.date or evidence.facet or evidence.topic
    if _found(language, "elsewhere", text) and not (events or evidence.facet):
        return Intent.UNKNOWN
    if _found(language, "about_us", text) and not (evidence.date or evidence.facet):
        return Intent.HELP
    only_greets = _found(language, "greet_only", text)
    courtesy = _courtesy(text, language, asks=bool(events))
    if courtesy and not facts and not (courtesy is Intent.GREET and browse and not only_greets):
        return courtesy
    if browse or events or evidence.date or evidence.facet:
        return Intent.BROWSE
    # A topic among words we do not know is more likely chance than a question.
    likely = evidence.odd_words <= evidence.known_words or _found(language, "asks", text)
    return Intent.BROWSE if evidence.topic and likely else None


def changes_sign_up(words: Sequence[str], language: str) -> bool:
    """Whether a number of seats in the words is the new total of a sign-up that is there already."""
    text = as_text(words)
    return bool(_found(language, "change", text)) and not _found(language, "change_unless", text)


def _courtesy(text: str, language: str, *, asks: bool) -> Intent | None:
    help_, thanks = _found(language, "help", text), _found(language, "thanks", text)
    thanked = thanks and (not help_ or thanks.start() < help_.start() or _found(language, "help_unless", text))
    if thanked and not asks:
        return Intent.THANKS
    if help_ and not asks:
        return Intent.HELP
    return Intent.GREET if _found(language, "greet", text) and not asks else None


def _found(language: str, name: str, text: str) -> re.Match[str] | None:
    pattern = _pattern(language, name)
    return pattern.search(text) if pattern else None


def compile_all(language: str) -> None:
    """Compile every pattern of the language now instead of at the first message that needs it."""
    for name in (*lexicon(language).intent_patterns, "language", "language_change"):
        _pattern(language, name)


@cache
def _pattern(language: str, name: str) -> re.Pattern[str] | None:
    words = lexicon(language)
    names = "|".join(name for name in words.language_names if " " not in name)
    numbers = "|".join([*words.numbers, r"[0-9]+"])
    macros = {"name": names, "n": numbers}
    if name == "language":
        return compile_patterns(words.tables["languages"]["cues"], macros)
    if name == "language_change":
        return compile_patterns(words.tables["languages"]["change"], macros)
    return compile_patterns(words.intent_patterns.get(name, []), macros)
