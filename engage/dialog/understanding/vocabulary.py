"""The words of what is published now, so that a title, a place or an organiser alone is a question the chat understands."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from engage.dialog.understanding.lexicon import LANGUAGES, lexicon
from engage.dialog.understanding.spelling import nearest
from engage.dialog.understanding.tokens import tokenise

_SHORTEST = 3
_SHORTEST_BEGINNING = 4


@dataclass(frozen=True)
class Vocabulary:
    """Folded published word -> the word as published, in lower case. Make one with `Vocabulary.of`."""

    words: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, texts: Iterable[str]) -> "Vocabulary":
        """The content words of titles, places and organisers; function words of all languages are left out."""
        common = frozenset().union(*(lexicon(language).function_words for language in LANGUAGES))
        tokens = (token for text in texts for token in tokenise(text) if token.kind == "word")
        return cls({t.text: t.raw for t in tokens if len(t.text) >= _SHORTEST and t.text not in common})

    @cached_property
    def known(self) -> tuple[str, ...]:
        return tuple(sorted(self.words))

    def match(self, word: str) -> str | None:
        """The published word meant by the folded `word`: itself, one it begins or is begun by, or one slip away."""
        if word in self.words:
            return self.words[word]
        if len(word) < _SHORTEST_BEGINNING or not self.words:
            return None
        longer = next((known for known in self.known if known.startswith(word)), None)
        shorter = next((known for known in self.known if len(known) > 4 and word.startswith(known)), None)
        found = longer or shorter or nearest(word, self.known)
        return self.words[found] if found else None


EMPTY = Vocabulary()
