"""What somebody tells when signing up, and whether it is what the activity asks for. Seats are not looked at here."""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from engage import people
from engage.activities import asking
from engage.activities.terms import AskedOfEach, Party
from engage.base.config import current_settings
from engage.base.errors import Refusal
from engage.base.i18n import lazy_gettext as _l
from engage.people import reaching
from engage.registrations.pools import Room

LONGEST_NAME = 120
OLDEST = 120


class NameMissing(Refusal):
    """No name was given."""

    code = "name_missing"
    message = _l("Write your name, so that the organiser knows who is coming.")


class SeatsNotPossible(Refusal):
    """The number of seats is none, or more or fewer than one sign-up may have."""

    code = "seats_not_possible"
    message = _l("Choose between %(least)s and %(most)s places. Write to the organiser if you are more.")


class RoleMissing(Refusal):
    """The date has roles, and none, or one that is not there, was chosen."""

    code = "role_missing"
    message = _l("Choose what you want to help with.")


class VettingMissing(Refusal):
    """The role needs a certificate, and it was not said that one is there."""

    code = "vetting_missing"
    message = _l("This task needs a certificate. Write the date on yours, or choose another task.")


class CompanionNameMissing(Refusal):
    """The organiser asks for the name of everybody who comes."""

    code = "companion_name_missing"
    message = _l("Write the name of everybody who comes.")


class AgeMissing(Refusal):
    """The organiser asks how old everybody is who comes."""

    code = "age_missing"
    message = _l("Write the age of everybody who comes, as a number.")


class AgeNotFitting(Refusal):
    """Somebody is too young or too old."""

    code = "age_not_fitting"
    message = _l("This is for people from %(age_from)s to %(age_to)s years.")


class TooYoung(AgeNotFitting):
    """There is a lowest age alone."""

    message = _l("This is for people who are at least %(age_from)s years old.")


class TooOld(AgeNotFitting):
    """There is a highest age alone."""

    message = _l("This is for people who are at most %(age_to)s years old.")


class ClassIncomplete(Refusal):
    """A class signs up with its school, its name, and its numbers of pupils and adults; `part` is what is missing of them."""

    code = "class_incomplete"

    def __init__(self, part: str) -> None:
        super().__init__()
        self.message = _INCOMPLETE[part]


_INCOMPLETE = {
    "school": _l("Write the name of the school."),
    "class_name": _l("Write which class it is, for example 4.b."),
    "pupils": _l("Write how many pupils come, as a number."),
    "adults": _l("Write how many adults come, as a number. Write 0 if nobody does."),
}


@dataclass(frozen=True, slots=True)
class Companion:
    """One of those who come, as far as the organiser asks."""

    name: str = ""
    age: int | None = None


@dataclass(frozen=True, slots=True)
class SchoolClass:
    """A class with its teacher, who is the contact."""

    school: str
    class_name: str
    pupils: int
    adults: int

    @property
    def seats(self) -> int:
        return self.pupils + self.adults


@dataclass(frozen=True, slots=True)
class Application:
    """What somebody tells when signing up. `person_id` is given where the channel knows who talks, as in a chat.

    `client` is a keyed hash of where the form came from; `notice_version` says which privacy notice was shown. `email` may be ""
    for who can be reached in a chat of theirs. `role` is a shift role's public id; `answers` are by a question's public id, as
    typed or chosen; `companions` is everybody who comes, where names or ages are asked; a `school_class` says the seats by
    itself. `takes_fewer`: a waiting group may be offered a part. `vetted_on` is the date on the certificate somebody declares to
    have. `hold` is the key of a hold to be used up. `phone` is the number of who signs up by phone. `age_band` and
    `area` are what they say of themselves where that is asked (`whom`).
    """

    name: str
    email: str
    seats: int
    language: str
    channel: str
    person_id: int | None = None
    client: str | None = None
    notice_version: str | None = None
    role: str = ""
    answers: Mapping[str, Any] = field(default_factory=dict)
    companions: tuple[Companion, ...] = ()
    school_class: SchoolClass | None = None
    takes_fewer: bool = False
    vetted_on: date | None = None
    overlap_accepted: bool = False
    hold: str = ""
    phone: str = ""
    age_band: str = ""
    area: str = ""

    @property
    def places(self) -> int:
        """How many seats they ask for."""
        return self.school_class.seats if self.school_class else self.seats


Problem = tuple[str, Refusal]


def one_line(text: str, longest: int = LONGEST_NAME) -> str:
    """The text on one line, without what is no writing: a NUL, which no database takes, and half of a pair of surrogates."""
    kinds = [(letter, unicodedata.category(letter)) for letter in text]
    return " ".join("".join(" " if kind == "Cc" else letter for letter, kind in kinds if kind != "Cs").split())[
        :longest
    ]


def of_contact(application: Application) -> Iterator[Problem]:
    """What keeps the contact's own part from being sent in, as (field, refusal)."""
    if not one_line(application.name):
        yield "name", NameMissing()
    try:
        email_of(application)
    except people.EmailNotUsable as refusal:
        yield "email", refusal


def contact(application: Application) -> tuple[str, str]:
    """The contact's name and address as they are kept; raises the first refusal of `of_contact`."""
    name = one_line(application.name)
    if not name:
        raise NameMissing
    return name, email_of(application)


def email_of(application: Application) -> str:
    """The address as it is compared; "" for who can be reached in a chat of theirs. Refuses with `people.EmailNotUsable`."""
    person = application.person_id
    if not application.email and person is not None and reaching.has_proven_chat(person):
        return ""
    return people.normalise_email(application.email)


def group(room: Room) -> tuple[int, int]:
    """The smallest and the largest number of people who may sign up together."""
    settings = current_settings()
    usual = settings.largest_class if room.party == Party.CLASS else settings.largest_group
    return room.group_least or 1, room.group_most or usual


def of_each(room: Room) -> tuple[bool, bool]:
    """Whether the name and the age of everybody who comes are asked. A class is asked as a whole."""
    if room.party == Party.CLASS:
        return False, False
    asked = AskedOfEach(room.asked_of_each)
    return asked.asks_name, asked.asks_age or room.age_from is not None or room.age_to is not None


def of_seats(room: Room, seats: int) -> Iterator[Problem]:
    """Whether the activity takes a group of this size."""
    least, most = group(room)
    if not least <= seats <= most:
        yield "seats", SeatsNotPossible(least=least, most=most)


def of_party(room: Room, application: Application, today: date) -> Iterator[Problem]:
    """What is missing of the group: its size, its class, each one's name and age, a role and its certificate."""
    if room.has_roles and not room.role:
        yield "role", RoleMissing()
    if room.vetted and (application.vetted_on is None or application.vetted_on > today):
        yield "vetted_on", VettingMissing()
    if room.party == Party.CLASS:
        yield from of_school_class(application.school_class)
    yield from of_seats(room, application.places)
    yield from of_companions(room, application.companions, application.places)


def of_school_class(school_class: SchoolClass | None) -> Iterator[Problem]:
    """What is missing of a class."""
    told = school_class
    if told is None:
        yield "school_class-school", ClassIncomplete("school")
        return
    fields = {"school": told.school.strip(), "class_name": told.class_name.strip(), "pupils": told.pupils > 0}
    for name, given in {**fields, "adults": told.adults >= 0}.items():
        if not given:
            yield f"school_class-{name}", ClassIncomplete(name)


def of_companions(room: Room, companions: tuple[Companion, ...], seats: int) -> Iterator[Problem]:
    """What is missing of those who come, where the organiser asks for each."""
    asks_name, asks_age = of_each(room)
    if not (asks_age or asks_name):
        return
    for number in range(seats):
        each = companions[number] if number < len(companions) else Companion()
        if asks_name and not one_line(each.name):
            yield f"companions-{number}-name", CompanionNameMissing()
        if asks_age and (each.age is None or not 0 <= each.age <= OLDEST):
            yield f"companions-{number}-age", AgeMissing()
        elif asks_age and not (room.age_from or 0) <= (each.age or 0) <= (room.age_to or OLDEST):
            yield f"companions-{number}-age", _not_fitting(room)


def _not_fitting(room: Room) -> AgeNotFitting:
    if room.age_to is None:
        return TooYoung(age_from=room.age_from)
    if room.age_from is None:
        return TooOld(age_to=room.age_to)
    return AgeNotFitting(age_from=room.age_from, age_to=room.age_to)


def of_answers(room: Room, answers: Mapping[str, Any], kept: Mapping[str, Any]) -> Iterator[Problem]:
    """What is missing of the answers, as (answers-<question>, refusal)."""
    if room.asks:
        for question, refusal in asking.problems(_asked(room), answers, kept):
            yield f"answers-{question}", refusal


def checked_answers(room: Room, answers: Mapping[str, Any], kept: Mapping[str, Any]) -> dict[str, Any]:
    """The answers as they are kept; raises the first refusal."""
    return asking.checked(_asked(room), answers, kept) if room.asks else {}


def _asked(room: Room) -> Sequence[asking.Question]:
    # Only what is published raises the revision; a date that was called off changes rarely, and nobody queues for its lock.
    return asking.asked_at(room.activity_id, room.revision) if room.stands else asking.asked(room.activity_id)


def listed(companions: tuple[Companion, ...], seats: int) -> list[dict[str, Any]]:
    """Those who come, as they are kept."""
    return [{"name": one_line(each.name), "age": each.age} for each in companions[:seats]]


def of_class(school_class: SchoolClass | None) -> dict[str, Any]:
    """A class, as it is kept."""
    if school_class is None:
        return {}
    return {
        "school": one_line(school_class.school),
        "class": one_line(school_class.class_name, 40),
        "pupils": school_class.pupils,
        "adults": school_class.adults,
    }


def local_day(room: Room, now: datetime) -> date:
    """Today, where the activity is held."""
    return now.astimezone(room.local).date()
