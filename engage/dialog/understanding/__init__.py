"""Understands what a citizen writes, in Danish, English or German, by closed grammars and curated words, without a model."""

from engage.dialog.understanding.meaning import Intent, Understanding
from engage.dialog.understanding.reading import clearly_in, understand, warm
from engage.dialog.understanding.vocabulary import EMPTY, Vocabulary

__all__ = ["EMPTY", "Intent", "Understanding", "Vocabulary", "clearly_in", "understand", "warm"]
