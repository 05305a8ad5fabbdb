"""Dimensions, goals and Key Features proposed from an activity's own words, each with its reason. The organiser decides."""

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from engage.activities.models import Activity, Kind
from engage.goals.reference import reference
from engage.goals.topics import LANGUAGES, WordTable, find_mentions, fold, listed, propose_sdgs

_WORD = re.compile(r"[^\W_]+")
_MOST_SDGS, _MOST_FEATURES, _MOST_REASONS = 3, 3, 4
_VOLUNTEERING = "kf-volunteering"


@dataclass(frozen=True, slots=True)
class Proposed:
    """One proposal: its key (an SDG's number as text), the words of the text that speak for it, and, where it follows
    from a goal, that goal's number."""

    key: str
    words: tuple[str, ...] = ()
    sdg: int | None = None
    volunteering: bool = False


@dataclass(frozen=True, slots=True)
class Proposals:
    """At most three goals, the dimensions they belong to, and at most three Key Features; the likeliest first."""

    sdgs: tuple[Proposed, ...] = ()
    dimensions: tuple[Proposed, ...] = ()
    features: tuple[Proposed, ...] = ()


def proposals(texts: Mapping[str, str], kind: Kind = Kind.LEARNING) -> Proposals:
    """What the texts (by language) are about. Words count in the language they are written in; the languages add up."""
    sdgs = _sdgs(texts)
    return Proposals(sdgs, _dimensions(texts, sdgs), _features(texts, sdgs, kind))


def weighed(activity: Activity) -> dict[str, str]:
    """An activity's texts by language, for `proposals`: what the title says counts double."""
    return {text.language: " ".join((text.title, text.title, text.summary, text.body)) for text in activity.texts}


def _sdgs(texts: Mapping[str, str]) -> tuple[Proposed, ...]:
    """The goals named most; a goal found in several languages gathers its words."""
    found: dict[int, dict[str, None]] = {}
    rank: dict[int, float] = {}
    for language, text in texts.items():
        for position, proposal in enumerate(propose_sdgs(text, _known(language), limit=_MOST_SDGS)):
            found.setdefault(proposal.sdg, {}).update(dict.fromkeys(proposal.reason))
            rank[proposal.sdg] = rank.get(proposal.sdg, 0) + 1 / (position + 1)
    ordered = sorted(found, key=lambda number: (-rank[number], number))[:_MOST_SDGS]
    return tuple(Proposed(str(number), tuple(found[number])[:_MOST_REASONS], sdg=number) for number in ordered)


def _dimensions(texts: Mapping[str, str], sdgs: tuple[Proposed, ...]) -> tuple[Proposed, ...]:
    """The dimension each proposed goal belongs to, and those the text names by their own words."""
    found: dict[str, Proposed] = {}
    goals = reference().sdgs
    for each in sdgs:
        if each.sdg is not None and each.sdg in goals:
            name = goals[each.sdg].dimension
            found.setdefault(name, Proposed(name, sdg=each.sdg))
    for language, text in texts.items():
        spelled = _WORD.findall(unicodedata.normalize("NFC", text))
        for mention in find_mentions([fold(word) for word in spelled], _known(language)):
            words = " ".join(spelled[mention.first : mention.last]).lower()
            for name in () if mention.topic.sdgs else mention.topic.dimensions:
                found.setdefault(name, Proposed(name, (words,)))
    return tuple(found.values())[:_MOST_SDGS]


def _features(texts: Mapping[str, str], sdgs: tuple[Proposed, ...], kind: Kind) -> tuple[Proposed, ...]:
    """Key Features whose everyday words the text has, most words first; between equals one of a proposed goal.

    Where no word is found, those that belong first of all to a proposed goal.
    """
    words = _feature_words(texts)
    chosen = {each.sdg for each in sdgs}
    known = reference().features
    ranked = sorted(
        (name for name in words if name in known),
        key=lambda name: (-len(words[name]), chosen.isdisjoint(known[name].sdgs), list(known).index(name)),
    )
    found = [Proposed(name, tuple(words[name])[:_MOST_REASONS]) for name in ranked]
    if not found:
        found = [
            Proposed(name, sdg=each.sdg)
            for each in sdgs
            for name, feature in known.items()
            if name in _tables(LANGUAGES[0]) and feature.sdgs[:1] == (each.sdg,)
        ]
    if kind is Kind.VOLUNTEER and _VOLUNTEERING in known:
        found = [Proposed(_VOLUNTEERING, volunteering=True), *(each for each in found if each.key != _VOLUNTEERING)]
    return tuple(found[:_MOST_FEATURES])


def _feature_words(texts: Mapping[str, str]) -> dict[str, dict[str, None]]:
    found: dict[str, dict[str, None]] = {}
    for language, text in texts.items():
        spelled = _WORD.findall(unicodedata.normalize("NFC", text))
        folded = [fold(word) for word in spelled]
        for name, table in _tables(_known(language)).items():
            for _meaning, first, last, _compound in table.find(folded):
                found.setdefault(name, {})[" ".join(spelled[first:last]).lower()] = None
    return found


def _known(language: str) -> str:
    return language if language in LANGUAGES else LANGUAGES[0]


@cache
def _tables(language: str) -> dict[str, WordTable[str]]:
    """One table a feature: a word may speak for several."""
    rows = tomllib.loads((files("engage.activities") / "feature_words.toml").read_text("utf-8"))["row"]
    tables: dict[str, WordTable[str]] = {}
    for row in rows:
        for name in row["features"]:
            table = tables.setdefault(name, WordTable())
            for entry in listed(row.get(language, "")):
                table.add(entry, name)
    return tables
