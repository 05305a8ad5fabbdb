"""Short answers to what the chat asked: yes and no, the words on a button, the number of a choice, a day in numbers."""

import re
import unicodedata
from collections.abc import Callable
from datetime import date

from engage.dialog.understanding import Intent, Understanding

YES = frozenset(
    [
        "ja",
        "jo",
        "jep",
        "jeps",
        "okay",
        "ok",
        "yes",
        "yep",
        "yeah",
        "sure",
        "gerne",
        "jatak",
        "javist",
        "klart",
        "jawohl",
        "klar",
        "genau",
        "ja-tak",
    ]
)
NO = frozenset(["nej", "nope", "no", "nein", "nix", "næ", "niks", "nejtak"])
LEAVE = frozenset(
    [
        "annuller",
        "annullér",
        "afbryd",
        "fortryd",
        "menu",
        "cancel",
        "quit",
        "exit",
        "abbrechen",
        "abbruch",
        "menü",
        "start",
        "/start",
    ]
)
_PLAIN = re.compile(r"[^\w/]+")


def plain(text: str) -> str:
    """A text as it is compared: lower case, without punctuation."""
    return " ".join(_PLAIN.sub(" ", unicodedata.normalize("NFC", text).casefold()).split())


def is_yes(text: str) -> bool:
    """Whether a short text says yes ("ja tak")."""
    words = plain(text).split()
    return bool(words) and len(words) <= 4 and words[0] in YES


def is_no(text: str) -> bool:
    """Whether a short text says no."""
    words = plain(text).split()
    return bool(words) and len(words) <= 4 and words[0] in NO


def either(text: str, *, yes: Callable[[], None], no: Callable[[], None]) -> bool:
    """Do what a typed yes or no asks for; False when it was neither."""
    if is_yes(text):
        yes()
    elif is_no(text):
        no()
    else:
        return False
    return True


def is_leaving(text: str, understanding: Understanding) -> bool:
    """Whether somebody wants out of what the chat is asking; "stop" then leaves, and switches nothing off."""
    said = plain(text)
    return (
        said in LEAVE
        or _LEAVES.fullmatch(said) is not None
        or (understanding.intent == Intent.STOP and len(text.split()) <= 2)
    )


_LEAVES = re.compile(
    r"(?:(?:ok|okay|nej|nå|bare|please|bitte|no|nein|ach) )*"
    r"(?:annull?[eé]r|afbryd|stop|drop|glem|fortryd|cancel|forget(?: about)?|quit|vergiss|lass|abbrechen|brich)"
    r"(?: (?:det|den|hele|alt|sammen|alligevel|tilmeldingen|it|this|that|all|everything|the|whole|thing|es|das|alles|ganze|bitte"
    r"|please|tak|igen|now|nu|ab|mal|sein))+"
    r"|(?:nej |no |nein )?(?:lad være|never ?mind|doch nicht|lieber nicht|alligevel ikke|hellere ikke"
    r"|jeg har (?:fortrudt|ombestemt mig)"
    r"|jeg fortryder|i(?: have|ve)? changed my mind|ich habe es mir anders überlegt|ich will doch nicht)"
)
_ORDINALS = {
    **dict.fromkeys(["første", "foerste", "first", "erste", "ersten", "erstes"], 1),
    **dict.fromkeys(["anden", "second", "zweite", "zweiten", "zweites"], 2),
    **dict.fromkeys(["tredje", "third", "dritte", "dritten", "drittes"], 3),
    **dict.fromkeys(["fjerde", "fourth", "vierte", "vierten", "viertes"], 4),
    **dict.fromkeys(["femte", "fifth", "fünfte", "fünften", "fünftes", "fuenfte"], 5),
    **dict.fromkeys(["sidste", "last", "letzte", "letzten", "letztes"], -1),
}
_COUNTED = {
    **dict.fromkeys(["1", "en", "et", "one", "eins"], 1),
    **dict.fromkeys(["2", "to", "two", "zwei"], 2),
    **dict.fromkeys(["3", "tre", "three", "drei"], 3),
    **dict.fromkeys(["4", "fire", "four", "vier"], 4),
    **dict.fromkeys(["5", "fem", "five", "fünf", "fuenf"], 5),
}
_NUMBERED = frozenset(["nr", "nummer", "number", "no"])
_ARTICLES = frozenset(["den", "det", "the", "das", "die", "der", "dem", "zum", "zur", "fürs"])
# What may stand behind "the second" without making something else of it, as "the second Saturday" is.
_AFTER = frozenset({
    "one", "an", "tak", "please", "bitte", "også", "too", "auch", "for", "med", "with", "mit", "til", "to", "für",
    "og", "and", "und",
})  # fmt: skip


def place_in_list(text: str) -> int | None:
    """Which of several things shown a text points at: "den anden", "number 2", "sign me up for the last one".

    Counted from 1; -1 is the last. None where it points at none, or at a day: a number alone and "den 2." are not read here.
    """
    words = plain(text).split()
    for at, word in enumerate(words):
        before, after = words[at - 1] if at else "", words[at + 1 :]
        if before in _NUMBERED and word in _COUNTED:
            number = _COUNTED[word]
        elif word in _ORDINALS and (before in _ARTICLES or (len(words) <= 2 and word != "anden")):
            number = _ORDINALS[word]
        else:
            continue
        return number if not after or after[0] in _AFTER else None
    return None


def only_points(text: str) -> bool:
    """Whether a text does nothing but point at one of several things, with no other wish in it."""
    small = _ARTICLES | _NUMBERED | _ORDINALS.keys() | _COUNTED.keys() | {"tak", "please", "bitte"}
    return small.issuperset(plain(text).split())


def picked(text: str, things: list[str]) -> str | None:
    """The one of `things`, in the order in which they were shown, that a text points at."""
    number = place_in_list(text)
    if number is None or not things or number > len(things):
        return None
    return things[number - 1 if number > 0 else -1]


def chosen(text: str, buttons: list[list[str]]) -> str | None:
    """The action of the button whose words, or whose number in the list, were typed; every button can be typed."""
    said = plain(text)
    if not said:
        return None
    for label, action in buttons:
        if plain(label) == said:
            return action
    return None


_DAY = re.compile(r"(\d{1,2})[./ -]+(\d{1,2})[./ -]+(\d{4})|(\d{4})-(\d{2})-(\d{2})")


def day_in(text: str) -> date | None:
    """The day that is written out in numbers, "14.3.2026" or "2026-03-14"; None where there is none."""
    match = _DAY.search(text)
    if match is None:
        return None
    parts = [int(part) for part in match.groups() if part]
    try:
        return date(*(parts if match[4] else reversed(parts)))
    except ValueError:
        return None


_SKIP = frozenset({
    "skip", "pass", "spring over", "spring det over", "næste", "videre", "ved ikke", "det ved jeg ikke", "ingen", "next", "none",
    "don t know", "i don t know", "no idea", "überspringen", "weiter", "weiß nicht", "weiß ich nicht", "keine", "keines", "keins",
    "ikke noget", "nothing", "nichts",
})  # fmt: skip


def passes(text: str) -> bool:
    """Whether somebody has nothing to say to what they may leave out."""
    return is_no(text) or plain(text) in _SKIP
