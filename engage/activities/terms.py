"""On what terms one may sign up: windows, the waiting list, approval, who may come, and what is asked of each who comes.

They are the activity's, the same for all its dates. Which questions are asked besides stands in `asking`; how the terms are
kept, and what they contradict among an activity's dates, in `registrations.terms`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from engage.base.errors import Refusal
from engage.base.i18n import LazyText
from engage.base.i18n import lazy_gettext as _l

# Beyond these somebody typed one number for another. All are our own choice.
_LONGEST_PERIOD, _LONGEST_OFFER = timedelta(days=366), timedelta(days=14)
_OLDEST, _LARGEST_GROUP, _MOST_SEATS = 120, 1_000, 10_000


class WaitingMode(StrEnum):
    """What becomes of a seat that is free again while people wait.

    OFFER: the first in line is asked, and has a time to answer. AUTO: the first in line gets it at once. BROADCAST: all who fit
    are told, and the first to take it has it. MANUAL: staff choose.
    """

    OFFER = "offer"
    AUTO = "auto"
    BROADCAST = "broadcast"
    MANUAL = "manual"


class Party(StrEnum):
    """Who signs up together: people with one contact, or a class with its teacher."""

    PEOPLE = "people"
    CLASS = "class"


class AskedOfEach(StrEnum):
    """What is asked of everybody who comes, the contact's own name and address apart."""

    NOTHING = "nothing"
    AGE = "age"
    NAME = "name"
    NAME_AND_AGE = "name_and_age"

    @property
    def asks_name(self) -> bool:
        return self in {AskedOfEach.NAME, AskedOfEach.NAME_AND_AGE}

    @property
    def asks_age(self) -> bool:
        return self in {AskedOfEach.AGE, AskedOfEach.NAME_AND_AGE}


class Terms:
    """The columns of an activity that say on what terms one may sign up. Periods before the start are in minutes.

    `sign_up_opens_at` None: from when it is published. `sign_up_closes_before` 0: until it begins. `cancel_before` 0: until it
    begins. `waiting_most`: seats the list may ask for together, None is any number. `offer_hours`: how long an offer stands when
    there is time enough, None is the installation's own (48). `approval_holds_seat`: a seat is kept while the organiser thinks.
    `approves_edits`: what is changed after approval is looked at again. `least_participants`: with fewer it may not be held.
    `join_until`: a course can be joined until this one of its dates begins, 1 is the first. `asks_when_waiting`: the questions
    are asked of who joins the waiting list, else when there is a seat. `asks_whom`: who signs up may say an age band
    and a part of town, for the city's statistics.
    """

    sign_up_opens_at: Mapped[datetime | None]
    sign_up_closes_before: Mapped[int] = mapped_column(default=0, server_default="0")
    cancel_before: Mapped[int] = mapped_column(default=0, server_default="0")
    waiting_list: Mapped[bool] = mapped_column(default=True, server_default="true")
    waiting_mode: Mapped[WaitingMode] = mapped_column(String(12), default=WaitingMode.OFFER, server_default="offer")
    waiting_most: Mapped[int | None]
    offer_hours: Mapped[int | None] = mapped_column(SmallInteger)
    approval: Mapped[bool] = mapped_column(default=False, server_default="false")
    approval_holds_seat: Mapped[bool] = mapped_column(default=True, server_default="true")
    approves_edits: Mapped[bool] = mapped_column(default=False, server_default="false")
    least_participants: Mapped[int | None] = mapped_column(SmallInteger)
    age_from: Mapped[int | None] = mapped_column(SmallInteger)
    age_to: Mapped[int | None] = mapped_column(SmallInteger)
    party: Mapped[Party] = mapped_column(String(12), default=Party.PEOPLE, server_default="people")
    asked_of_each: Mapped[AskedOfEach] = mapped_column(
        String(12), default=AskedOfEach.NOTHING, server_default="nothing"
    )
    group_least: Mapped[int | None] = mapped_column(SmallInteger)
    group_most: Mapped[int | None] = mapped_column(SmallInteger)
    join_until: Mapped[int] = mapped_column(SmallInteger, default=1, server_default="1")
    asks_when_waiting: Mapped[bool] = mapped_column(default=False, server_default="false")
    asks_whom: Mapped[bool] = mapped_column(default=False, server_default="false")


class TermNotUsable(Refusal):
    """What stands in one field cannot be kept, or contradicts another one."""

    code = "term_not_usable"

    def __init__(self, message: LazyText, **facts: object) -> None:
        super().__init__(**facts)
        self.message = message


@dataclass(frozen=True, slots=True, kw_only=True)
class TermsInput:
    """All that can be said of the terms, named and meant as the columns of `Terms`."""

    sign_up_opens_at: datetime | None = None
    sign_up_closes_before: int = 0
    cancel_before: int = 0
    waiting_list: bool = True
    waiting_mode: WaitingMode = WaitingMode.OFFER
    waiting_most: int | None = None
    offer_hours: int | None = None
    approval: bool = False
    approval_holds_seat: bool = True
    approves_edits: bool = False
    least_participants: int | None = None
    age_from: int | None = None
    age_to: int | None = None
    party: Party = Party.PEOPLE
    asked_of_each: AskedOfEach = AskedOfEach.NOTHING
    group_least: int | None = None
    group_most: int | None = None
    join_until: int = 1
    asks_when_waiting: bool = False
    asks_whom: bool = False


NAMES = tuple(each.name for each in fields(TermsInput))
USUAL = TermsInput()


def of(activity: Terms) -> TermsInput:
    """The terms of an activity as they stand."""
    values = {name: getattr(activity, name) for name in NAMES}
    for name, kind in (("waiting_mode", WaitingMode), ("party", Party), ("asked_of_each", AskedOfEach)):
        values[name] = kind(values[name])
    return TermsInput(**values)


def problems(wanted: TermsInput) -> list[tuple[str, Refusal]]:
    """What of these terms makes no sense by itself, as (field, refusal)."""
    return [*_out_of_range(wanted), *_contradictions(wanted)]


def _out_of_range(wanted: TermsInput) -> Iterator[tuple[str, Refusal]]:
    longest = int(_LONGEST_PERIOD.total_seconds() // 60)
    for name in ("sign_up_closes_before", "cancel_before"):
        if not 0 <= getattr(wanted, name) <= longest:
            yield name, TermNotUsable(_l("Choose a time within the last year before it begins."))
    ranges = {
        "waiting_most": (1, _MOST_SEATS),
        "offer_hours": (1, int(_LONGEST_OFFER.total_seconds() // 3600)),
        "least_participants": (1, _MOST_SEATS),
        "age_from": (0, _OLDEST),
        "age_to": (0, _OLDEST),
        "group_least": (1, _LARGEST_GROUP),
        "group_most": (1, _LARGEST_GROUP),
        "join_until": (1, 200),
    }
    for name, (least, most) in ranges.items():
        value = getattr(wanted, name)
        if value is not None and not least <= value <= most:
            yield name, TermNotUsable(_l("Write a number from %(least)s to %(most)s."), least=least, most=most)


def _contradictions(wanted: TermsInput) -> Iterator[tuple[str, Refusal]]:
    if wanted.age_from is not None and wanted.age_to is not None and wanted.age_to < wanted.age_from:
        yield "age_to", TermNotUsable(_l("Nobody is at least %(age_from)s and at most %(age_to)s. Change one of the ages."),
                                      age_from=wanted.age_from, age_to=wanted.age_to)  # fmt: skip
    if wanted.group_least and wanted.group_most and wanted.group_most < wanted.group_least:
        yield (
            "group_most",
            TermNotUsable(
                _l("The smallest group is %(least)s and the largest %(most)s. Change one of them."),
                least=wanted.group_least,
                most=wanted.group_most,
            ),
        )
