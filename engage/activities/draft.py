"""What an organiser tells of an activity, as values: no form, no database. How a form is read stands in `filled_in`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from enum import Enum
from types import MappingProxyType

from engage.activities.models import Kind, SignUpMode
from engage.activities.pictures import Prepared
from engage.base.errors import Refusal

# What fits the columns; the summary is also what a card has room for. A body may be as long as an imported one, with the
# address below it (`importing.reading.texts`), or its page could not be saved.
LONGEST_TITLE, LONGEST_SUMMARY, LONGEST_NOTE, LONGEST_BODY = 160, 300, 300, 20_400
# An evening may end at night; a later end before the beginning is a slip of the finger, or a date of several days.
LATEST_NIGHT = time(6)
AUDIENCES = ("children", "youth", "adults", "families", "seniors")
FOR_WHOM = ("citizen", "company", "institution")
ARENAS = ("public_space", "work", "private_life")


class Keep(Enum):
    """In place of a value: leave what is stored."""

    KEEP = "keep"


KEEP = Keep.KEEP


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong or missing, and the form field it stands beside ("" when it is about the whole)."""

    field: str
    refusal: Refusal

    @property
    def words(self) -> str:
        """The reason, worded in the language spoken now."""
        return str(self.refusal)


@dataclass(frozen=True, slots=True)
class Words:
    """An activity's texts in one language; all empty is a language nobody writes in."""

    title: str | Keep = ""
    summary: str | Keep = ""
    body: str | Keep = ""
    price_note: str | Keep = ""
    accessibility: str | Keep = ""
    picture_alt: str | Keep = ""


@dataclass(frozen=True, slots=True)
class NewPlace:
    """A place nobody has named before; one with the same name and address is taken instead of a second."""

    name: str
    street: str = ""
    postal_code: str = ""
    town: str = ""


@dataclass(frozen=True, slots=True)
class Where:
    """A known place by its id, a new one, or an address on the net; all empty is not yet decided."""

    place_id: int | None = None
    new: NewPlace | None = None
    online_url: str = ""


@dataclass(frozen=True, slots=True)
class When:
    """One date: aware instants."""

    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class ActivityInput:
    """All that can be said of an activity. `words` holds only the languages that are to be written.

    `price` is in øre, `capacity` None is no limit, `picture` None takes it away. `version` is the one the writer began
    with; None asks nothing. `automatic` is true for what was saved without anybody pressing a button.
    """

    words: Mapping[str, Words] = field(default_factory=lambda: MappingProxyType({}))
    kind: Kind | Keep = KEEP
    sign_up: SignUpMode | Keep = KEEP
    audiences: tuple[str, ...] | Keep = KEEP
    for_whom: tuple[str, ...] | Keep = KEEP
    arenas: tuple[str, ...] | Keep = KEEP
    spoken_languages: tuple[str, ...] | Keep = KEEP
    dimensions: tuple[str, ...] | Keep = KEEP
    sdgs: tuple[int, ...] | Keep = KEEP
    key_features: tuple[str, ...] | Keep = KEEP
    initiative_id: int | Keep | None = KEEP
    price: int | Keep = KEEP
    contact_email: str | Keep = KEEP
    contact_phone: str | Keep = KEEP
    where: Where | Keep = KEEP
    when: When | Keep | None = KEEP
    capacity: int | Keep | None = KEEP
    picture: Prepared | Keep | None = KEEP
    version: int | None = None
    automatic: bool = False
