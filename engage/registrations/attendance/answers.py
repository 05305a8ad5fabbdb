"""What the door is answered: one code for programs, and for people words, a colour, an icon and a sound.

Colour alone tells nothing to who does not see it, sound alone nothing to who does not hear it, so each code has all four.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from engage.base.i18n import LazyText
from engage.base.i18n import lazy_gettext as _l
from engage.registrations.models import Registration


class Code(StrEnum):
    """What became of it. The order of what is refused is that in which it is looked at."""

    OK = "ok"
    LEFT = "left"
    ABSENT = "absent"
    UNDONE = "undone"
    UNKNOWN = "unknown"
    REPLACED = "replaced"
    WRONG_DATE = "wrong_date"
    CALLED_OFF = "called_off"
    CANCELLED = "cancelled"
    WAITING = "waiting"
    PENDING = "pending"
    NOT_YET = "not_yet"
    CLOSED = "closed"
    FULL = "full"
    TOO_MANY = "too_many"
    NOT_IN = "not_in"
    QUESTION_MISSING = "question_missing"
    HOW_MANY = "how_many"
    ALREADY_IN = "already_in"
    NOTHING_TO_UNDO = "nothing_to_undo"


class Look(StrEnum):
    """How an answer looks and sounds: yes, look again, or no. The names are those of the style sheet and the sounds."""

    YES = "yes"
    LOOK = "look"
    NO = "no"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the door is told. Of a group `seats` came just now, or were to; `inside` of `of` are there.

    `by` and `at` tell of what was noted before. `conflict` is set where somebody was let in without a connection who would have
    been refused. `asked` are the questions that were not answered yet, by public id. `again`: it was noted before and is not new.
    """

    code: Code
    registration: Registration | None = None
    check_in: str = ""
    seats: int = 0
    inside: int = 0
    of: int = 0
    by: str = ""
    at: datetime | None = None
    conflict: str = ""
    asked: Sequence[str] = ()
    again: bool = False

    @property
    def good(self) -> bool:
        """Whether it was noted as it was asked for."""
        return self.code in _GOOD

    @property
    def look(self) -> Look:
        return look_of(self.code)

    @property
    def icon(self) -> str:
        return _ICONS[self.look]

    @property
    def words(self) -> str:
        return str(_WORDS[self.code])


_GOOD = frozenset({Code.OK, Code.LEFT, Code.ABSENT, Code.UNDONE})
_LOOK_AGAIN = frozenset(
    {Code.ALREADY_IN, Code.QUESTION_MISSING, Code.HOW_MANY, Code.TOO_MANY, Code.NOT_IN, Code.NOTHING_TO_UNDO}
)
_ICONS = {Look.YES: "success", Look.LOOK: "warning", Look.NO: "error"}
_WORDS: dict[Code, LazyText] = {
    Code.OK: _l("Checked in"),
    Code.LEFT: _l("Checked out"),
    Code.ABSENT: _l("Marked as not there"),
    Code.UNDONE: _l("Taken back"),
    Code.UNKNOWN: _l("We do not know this ticket"),
    Code.REPLACED: _l("This ticket was replaced. Ask for the newest one"),
    Code.WRONG_DATE: _l("This ticket is for another date or activity"),
    Code.CALLED_OFF: _l("This date is called off"),
    Code.CANCELLED: _l("This sign-up is cancelled"),
    Code.WAITING: _l("On the waiting list, without a place"),
    Code.PENDING: _l("The sign-up is not confirmed yet"),
    Code.NOT_YET: _l("Check-in has not opened yet"),
    Code.CLOSED: _l("Check-in is closed"),
    Code.FULL: _l("All places are taken"),
    Code.TOO_MANY: _l("That is more people than they have places for"),
    Code.NOT_IN: _l("They are not checked in, so they cannot leave"),
    Code.QUESTION_MISSING: _l("A question has to be answered first"),
    Code.HOW_MANY: _l("How many came?"),
    Code.ALREADY_IN: _l("Already checked in"),
    Code.NOTHING_TO_UNDO: _l("There is nothing to take back"),
}


def words_of(code: Code) -> str:
    """An answer in few words, in the reader's language."""
    return str(_WORDS[code])


def look_of(code: Code) -> Look:
    """How an answer looks and sounds."""
    if code in _GOOD:
        return Look.YES
    return Look.LOOK if code in _LOOK_AGAIN else Look.NO


def icon_of(code: Code) -> str:
    """The icon of an answer, by its name in our sheet of icons."""
    return _ICONS[look_of(code)]
