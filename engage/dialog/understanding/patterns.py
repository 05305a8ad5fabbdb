"""The little notation the intents' patterns are written in, compiled to regular expressions over folded words.

Words in order; `a|b` either; `a_b` two words as one choice; `a*` any ending; `..` up to four other words;
`^` `$` the ends of the message; `@` a date, `{n}` a number, `{name}` the name of a language.
"""

import re
from collections.abc import Iterable, Mapping

_GAP = r"(?: \S+){0,4}?"


def as_text(words: Iterable[str]) -> str:
    """The words as the compiled patterns expect them: one space before each, one at the end."""
    return "".join(f" {word}" for word in words) + " "


def compile_patterns(patterns: Iterable[str], macros: Mapping[str, str]) -> re.Pattern[str] | None:
    """One expression that finds any of `patterns`; `macros` say what `{name}` stands for. None without patterns."""
    parts = [_compile(pattern, macros) for pattern in patterns]
    return re.compile("|".join(parts)) if parts else None


def _compile(pattern: str, macros: Mapping[str, str]) -> str:
    for name, meaning in macros.items():
        pattern = pattern.replace("{" + name + "}", meaning)
    return "".join(_element(element) for element in pattern.split())


def _element(element: str) -> str:
    if element == "^":
        return "^"
    if element == "$":
        return r" $"
    if element == "..":
        return _GAP
    choices = element.split("|")
    words = "|".join(_choice(choice) for choice in choices if choice != "$")
    found = f" (?:{words})(?= )"
    return f"(?:{found}| $)" if "$" in choices else found


def _choice(choice: str) -> str:
    return choice if choice.startswith("[") else re.escape(choice).replace(r"\*", r"\w*").replace("_", " ")
