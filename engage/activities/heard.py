"""An answer that somebody typed in a talk, understood as what a form would have sent: "ja", "3", an option's words or number."""

import re
from typing import Any

from engage.activities.asking import AnswerNotUsable, Question, QuestionKind
from engage.activities.typed import line

_YES = {"ja", "jo", "jep", "j", "yes", "y", "jawohl"}
_NO = {"nej", "n", "no", "nein", "nix"}
_BETWEEN = re.compile(r"[,;\n]|\s(?:og|and|und|\+|&)\s", re.IGNORECASE)
_FEWEST_LETTERS = 3


def heard(question: Question, words: str, kept: Any = None) -> Any:
    """What was typed as an answer, raw: `asking.read` says whether it can be taken. Refuses with `AnswerNotUsable`.

    An option is named by its words in any language, by the beginning of them where only one begins so, or by its number in
    the list that was shown; several are parted by commas or "and".
    """
    said = line(words)
    if question.kind == QuestionKind.TEXT:
        return words
    if question.kind == QuestionKind.YES_NO:
        return _truth(question, said)
    if question.kind == QuestionKind.NUMBER:
        number = re.fullmatch(r"\D*(\d{1,9})\D*", said)
        return number[1] if number else said
    if question.kind == QuestionKind.CHOICE:
        return _option(question, said, kept)
    whole = _found(question, said, kept)
    parts = [part for part in _BETWEEN.split(words) if line(part)]
    return [whole] if whole else [_option(question, line(part), kept) for part in parts]


def _truth(question: Question, said: str) -> bool:
    word = said.casefold().rstrip(".!").split(" ")[0].rstrip(",")
    if word not in _YES | _NO:
        raise AnswerNotUsable(question)
    return word in _YES


def _option(question: Question, said: str, kept: Any) -> str:
    found = _found(question, said, kept)
    if found is None:
        raise AnswerNotUsable(question)
    return found


def _found(question: Question, said: str, kept: Any) -> str | None:
    """The key of the option that is meant. Its words go before its number, as an option may be called "2"."""
    options, wanted = question.offered_to(kept), said.casefold().rstrip(".!")
    named = [(each["key"], {words.casefold() for words in each["labels"].values()}) for each in options]
    exact = [key for key, labels in named if wanted in labels]
    begun = [key for key, labels in named if any(words.startswith(wanted) for words in labels)]
    if exact or (len(begun) == 1 and len(wanted) >= _FEWEST_LETTERS):
        return str((exact or begun)[0])
    number = int(wanted) if wanted.isascii() and wanted.isdecimal() and len(wanted) < 4 else 0
    return str(options[number - 1]["key"]) if 1 <= number <= len(options) else None
