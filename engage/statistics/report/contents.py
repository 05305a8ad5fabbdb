"""What a report says, in English and Danish side by side. Pages and files of every kind are written from these alone."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from engage.base.i18n import LazyText, in_language, speaking
from engage.statistics.releases import Months

Value = str | int | float | None


@dataclass(frozen=True, slots=True)
class Both:
    """Words in English and Danish; the second is empty where there is nothing to translate."""

    english: str
    danish: str = ""

    def __str__(self) -> str:
        return f"{self.english} / {self.danish}" if self.danish and self.danish != self.english else self.english

    @classmethod
    def of(cls, words: LazyText) -> "Both":
        """A sentence of ours."""
        with speaking("en"):
            english = str(words)
        with speaking("da"):
            return cls(english, str(words))

    @classmethod
    def named(cls, names: dict[str, str]) -> "Both":
        """Words that are kept by language."""
        return cls(in_language(names, "en"), in_language(names, "da"))


def shown(value: Value) -> str:
    """A value for people to read. Thousands stand apart by a space: what is a point in one language is a comma in the other."""
    if isinstance(value, int | float):
        return f"{value:,}".replace(",", "\N{NO-BREAK SPACE}")
    return value or ""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table: its stable key, how people call it, and a value for each column."""

    key: str
    label: Both
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """`columns` are stable names with their words; `note` is what must be known to read it."""

    name: str
    title: Both
    of: Both
    columns: tuple[tuple[str, Both], ...]
    rows: Sequence[Row]
    note: Both | None = None

    @property
    def numeric(self) -> tuple[bool, ...]:
        """For each column whether it is one of numbers."""
        return tuple(
            any(isinstance(row.values[at], int | float) for row in self.rows)
            and not any(isinstance(row.values[at], str) for row in self.rows)
            for at in range(len(self.columns))
        )


@dataclass(frozen=True, slots=True)
class Example:
    """A good example: an activity with staff's own words about it."""

    key: str
    title: Both
    words: Both
    url: str


@dataclass(frozen=True, slots=True)
class Report:
    """All of it. `before` are the months whose figures stand beside those of the period, where there are such."""

    title: Both
    city: str
    period: Months
    tables: Sequence[Table]
    examples: Sequence[Example] = field(default=())
    before: Months | None = None
