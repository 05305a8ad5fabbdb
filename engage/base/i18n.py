"""In which language the program speaks right now, and the words of that language.

The msgid is plain English; the other languages stand in `translations/<language>/LC_MESSAGES/messages.po`. Catalogues
are read once per process and looked up without Flask, so that jobs and chats speak as easily as pages do.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Any

from babel.support import NullTranslations, Translations
from markupsafe import escape

TRANSLATIONS = Path(__file__).resolve().parents[2] / "translations"
SOURCE_LANGUAGE = "en"
NAMES = {"da": "Dansk", "en": "English", "de": "Deutsch"}

_language: ContextVar[str] = ContextVar("language", default="da")


def current_language() -> str:
    """The two-letter code of the language spoken right now."""
    return _language.get()


def set_language(language: str) -> None:
    """Speak `language` from here on, in this thread or request."""
    _language.set(language)


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Speak `language` inside the block, and the former one after it."""
    token = _language.set(language)
    try:
        yield
    finally:
        _language.reset(token)


@cache
def _catalogue(language: str) -> NullTranslations:
    if language == SOURCE_LANGUAGE:
        return NullTranslations()
    return Translations.load(TRANSLATIONS, [language])


def gettext(message: str, **facts: Any) -> str:
    """`message` in the current language, with its named placeholders filled."""
    text = str(_catalogue(_language.get()).gettext(message))
    return text % facts if facts else text


def ngettext(singular: str, plural: str, number: int, /, **facts: Any) -> str:
    """The form that fits `number`, in the current language; `%(number)s` is filled with it."""
    text = str(_catalogue(_language.get()).ngettext(singular, plural, number))
    return str(text % {"number": number, **facts})


def pgettext(context: str, message: str, **facts: Any) -> str:
    """`message` as it is said in `context`, where one English word needs two translations."""
    text = str(_catalogue(_language.get()).pgettext(context, message))
    return text % facts if facts else text


class LazyText:
    """A text that is worded only when it is read, in the language spoken then."""

    def __init__(self, word: Callable[..., str], *words: Any, **facts: Any) -> None:
        self._word, self._words, self._facts = word, words, facts

    def __str__(self) -> str:
        return str(self._word(*self._words, **self._facts))

    def __html__(self) -> str:
        return str(escape(str(self)))

    def __mod__(self, facts: Any) -> str:
        return str(str(self) % facts)


def lazy_gettext(message: str, **facts: Any) -> LazyText:
    """`message` for later: worded when it is read."""
    return LazyText(gettext, message, **facts)


def in_language(texts: Mapping[str, str], language: str | None = None) -> str:
    """The entry of `texts` in `language` (the current one by default), or the first language it has."""
    wanted = language or _language.get()
    return texts.get(wanted) or next((text for text in texts.values() if text), "")
