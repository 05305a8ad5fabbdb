"""What a component keeps of people: each column of its tables said to be personal or not, with what it is for.

A component declares its tables once, in its `holdings`; erasing, telling, the record of processing and the tests go by that.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement

from engage.base.i18n import LazyText


class Purpose(StrEnum):
    """What personal data is kept for. Each has one period, see `privacy.record`."""

    SIGN_UP = "sign_up"
    ANSWERS = "answers"
    STATISTICS = "statistics"
    OWN_PAGE = "own_page"
    CALENDAR = "calendar"
    CERTIFICATE = "certificate"
    ENTRANCE = "entrance"
    TALK = "talk"
    QUESTIONS = "questions"
    PROPOSALS = "proposals"
    LETTERS = "letters"
    SAFETY = "safety"
    ACCOUNT = "account"
    LOG = "log"
    ORGANISATION = "organisation"
    IMPORT = "import"


# Of whom these are kept: citizens, who have no account, and who works here as organiser or staff.
OF_CITIZENS = frozenset(
    {
        Purpose.SIGN_UP, Purpose.ANSWERS, Purpose.STATISTICS, Purpose.OWN_PAGE, Purpose.CALENDAR, Purpose.CERTIFICATE,
        Purpose.ENTRANCE, Purpose.TALK, Purpose.QUESTIONS, Purpose.PROPOSALS, Purpose.LETTERS, Purpose.SAFETY,
    }
)  # fmt: skip

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Holding:
    """One table: its columns that tell something of a person, by what they are for, and those that do not (`plain`).

    Names are separated by blanks. `unshown` are personal ones that are never shown, as they open doors or are hashes. Where the
    rows belong to citizens, `theirs` says which are a person's, and they are told under `title`: each row under its `heading`,
    with the columns of `labels` in that order, worded by `words` where plain text is not enough; `tidy` takes out of a row what
    must not be told.
    """

    table: str
    plain: str = ""
    personal: Mapping[Purpose, str] = field(default_factory=dict)
    unshown: str = ""
    theirs: Callable[[int], ColumnElement[bool]] | None = None
    title: LazyText | None = None
    labels: Mapping[str, LazyText] = field(default_factory=dict)
    words: Mapping[str, Callable[[Any], str]] = field(default_factory=dict)
    heading: Callable[[Row], str] | None = None
    tidy: Callable[[dict[str, Any]], dict[str, Any]] | None = None

    @property
    def purposes(self) -> dict[str, Purpose]:
        """What each personal column is for."""
        return {name: purpose for purpose, names in self.personal.items() for name in names.split()}

    @property
    def columns(self) -> list[str]:
        """Every column that is declared, as often as it is."""
        return [*self.plain.split(), *(name for names in self.personal.values() for name in names.split())]
