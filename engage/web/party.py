"""Who comes, as a form asks and is filled in: how many, each one's name and age, a class, and the organiser's questions.

The same part stands in the form that signs up, in the one that changes a sign-up, and in the answer to an offer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from werkzeug.datastructures import MultiDict

from engage.activities import asking
from engage.activities.asking import Question
from engage.activities.terms import Party
from engage.base.i18n import gettext as _
from engage.registrations import Companion, Registration, SchoolClass, application, whom
from engage.registrations.application import Problem
from engage.registrations.facts import UNSAID
from engage.registrations.pools import Room
from engage.registrations.whom import Said
from engage.web import asked
from engage.web.asked import QuestionView

CLASS_PARTS = ("school", "class_name", "pupils", "adults")
# Beyond this a list of numbers is harder to use than a field to write one in.
_LONGEST_LIST = 12
_USUAL_LIST = 10
# More lines for who comes than a form may have fields; who are that many are asked as a class.
_MOST_LINES = 400

# (field, words), as a page shows them.
Errors = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody typed, before it is looked at. `shown` is how many lines of those who come the form had; `whom` what they say
    of themselves for statistics, None where the form did not ask.
    """

    seats: str
    companions: tuple[tuple[str, str], ...] = ()
    school_class: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, Any] = field(default_factory=dict)
    shown: int = 0
    whom: Said | None = None

    @property
    def number(self) -> int:
        """How many seats were asked for; 0 for what is no number."""
        return read_number(self.seats) or 0

    def told_companions(self) -> tuple[Companion, ...]:
        """Everybody who comes; an age that cannot be read is none."""
        return tuple(Companion(name, read_number(age)) for name, age in self.companions)

    def told_class(self) -> SchoolClass:
        """The class; a number that cannot be read is one that no class has."""
        told = {name: self.school_class.get(name, "") for name in CLASS_PARTS}
        pupils, adults = read_number(told["pupils"]), read_number(told["adults"])
        return SchoolClass(told["school"], told["class_name"], pupils or 0, -1 if adults is None else adults)


@dataclass(frozen=True, slots=True)
class WhomView:
    """One of the two things one may say for statistics: the field, what it is called, and (value, words) to choose among."""

    name: str
    label: str
    choices: tuple[tuple[str, str], ...]
    chosen: str


@dataclass(frozen=True, slots=True)
class PartyView:
    """What the template of this part is given; what is not asked is empty. `values` are what stands in the fields by name."""

    is_class: bool
    seats: str
    seat_choices: tuple[int, ...]  # () where the number is written
    most: int
    size: str  # "Fra 10 til 30 personer."
    asks_name: bool
    asks_age: bool
    ages: str  # "Fra 13 til 17 år."
    rows: int
    values: Mapping[str, str]
    questions: tuple[QuestionView, ...]
    put_off: bool  # there are questions, and they come when there is a place
    whom: tuple[WhomView, ...] = ()

    @property
    def asks_of_each(self) -> bool:
        return self.asks_name or self.asks_age

    @property
    def asks(self) -> bool:
        """Whether it asks anything besides the number."""
        return self.is_class or self.asks_of_each or bool(self.questions)


def read(fields: MultiDict[str, str], questions: Sequence[Question], seats: str | None = None) -> Typed:
    """What a form was sent with. `seats` is the number of those who come where the form has no field for it."""
    typed = fields.get("seats", "1" if seats is None else seats).strip()
    count = min(read_number(typed) or 0, _MOST_LINES)
    return Typed(
        seats=typed,
        companions=tuple(
            (fields.get(f"companions-{number}-name", ""), fields.get(f"companions-{number}-age", "").strip())
            for number in range(count)
        ),
        school_class={name: fields.get(f"school_class-{name}", "").strip() for name in CLASS_PARTS},
        answers=asking.filled_in(questions, dict(fields.lists())),
        shown=read_number(fields.get("rows", "")) or 0,
        whom=_whom(fields),
    )


def _whom(fields: MultiDict[str, str]) -> Said | None:
    """What was chosen; None where the form had no such fields."""
    if "age_band" not in fields and "area" not in fields:
        return None
    return Said(fields.get("age_band", ""), fields.get("area", ""))


def of(registration: Registration) -> Typed:
    """The form as a sign-up stands."""
    told = registration.school_class
    return Typed(
        seats=str(registration.seats),
        companions=tuple((each["name"], _written(each["age"])) for each in registration.companions),
        school_class={
            "school": told["school"],
            "class_name": told["class"],
            "pupils": _written(told["pupils"]),
            "adults": _written(told["adults"]),
        }
        if told
        else {},
        answers=registration.answers,
        shown=len(registration.companions),
        whom=Said(registration.age_band, registration.area),
    )


def view(
    room: Room,
    typed: Typed,
    questions: Sequence[Question] = (),
    *,
    put_off: bool = False,
    kept: Mapping[str, Any] | None = None,
    seats: int | None = None,
) -> PartyView:
    """The part as the page shows it. `kept` are the answers of the sign-up until now; `seats` how many it has, which stay to be
    chosen whatever the terms are by now. A line is there for each who comes, as far as they are known.
    """
    asks_name, asks_age = application.of_each(room)
    most = application.group(room)[1]
    count = min(max(typed.number, 1), most, _MOST_LINES) if asks_name or asks_age else 0
    return PartyView(
        is_class=room.party == Party.CLASS,
        seats=typed.seats,
        seat_choices=seat_choices(room, seats),
        most=most,
        size=size_words(room),
        asks_name=asks_name,
        asks_age=asks_age,
        ages=age_words(room),
        rows=count,
        values=_values(typed),
        questions=asked.views(questions, typed.answers, kept or {}),
        put_off=put_off,
        whom=_whom_views(typed.whom or Said()) if whom.asks(room) else (),
    )


def _whom_views(said: Said) -> tuple[WhomView, ...]:
    """Both fields, with "I'd rather not say" first and chosen where nothing was said: nothing is pushed for."""
    rather_not = (UNSAID, whom.named(UNSAID))
    fields = [WhomView("age_band", _("Your age"), (rather_not, *whom.bands().items()), said.age_band or UNSAID)]
    if places := whom.areas():
        fields.append(WhomView("area", _("Where you live"), (rather_not, *places.items()), said.area or UNSAID))
    return tuple(fields)


def _values(typed: Typed) -> dict[str, str]:
    values = {f"school_class-{name}": text for name, text in typed.school_class.items()}
    for number, (name, age) in enumerate(typed.companions):
        values |= {f"companions-{number}-name": name, f"companions-{number}-age": age}
    return values


def seat_choices(room: Room, seats: int | None = None) -> tuple[int, ...]:
    """The numbers to choose from; none where there are so many that one writes the number, or for a class."""
    if room.party == Party.CLASS:
        return ()
    least, most = application.group(room)
    if room.group_most is None and least == 1:
        most = min(most, _USUAL_LIST)
    least, most = (min(least, seats), max(most, seats)) if seats else (least, most)
    return tuple(range(least, most + 1)) if most - least < _LONGEST_LIST else ()


def size_words(room: Room) -> str:
    """How large a group may be, where the organiser has said something of it."""
    least, most = application.group(room)
    if room.group_least is None and room.group_most is None:
        return ""
    if least == 1:
        return _("At most %(most)s people.", most=most)
    return _("From %(least)s to %(most)s people.", least=least, most=most)


def age_words(room: Room) -> str:
    """Whom it is for by age."""
    if room.age_from is None and room.age_to is None:
        return ""
    if room.age_to is None:
        return _("From %(age_from)s years.", age_from=room.age_from)
    if room.age_from is None:
        return _("Up to %(age_to)s years.", age_to=room.age_to)
    return _("From %(age_from)s to %(age_to)s years.", age_from=room.age_from, age_to=room.age_to)


def shown_problems(problems: Sequence[Problem], is_class: bool) -> list[Problem]:
    """The problems by the fields the form has: a class has no number of seats, but pupils and adults."""
    if not is_class:
        return list(problems)
    incomplete = any(name.startswith("school_class-") for name, _refusal in problems)
    kept = [(name, refusal) for name, refusal in problems if name != "seats" or not incomplete]
    return [("school_class-pupils" if name == "seats" else name, refusal) for name, refusal in kept]


def is_only_more_lines(problems: Sequence[Problem], typed: Typed) -> bool:
    """Whether all that is missing are lines that the form did not have yet, as it does not know the number beforehand
    without a script.
    """
    return bool(problems) and all(_line(name) >= typed.shown for name, _refusal in problems)


def worded(problems: Sequence[tuple[str, object]]) -> Errors:
    """Problems in words, those of each who comes with their number: the list over the form has the same words for several."""
    return tuple((name, f"{_whose(name)}{refusal}") for name, refusal in problems)


def _whose(name: str) -> str:
    line = _line(name)
    return _("Person %(number)s", number=line + 1) + ": " if line >= 0 else ""


def _line(name: str) -> int:
    parts = name.split("-")
    return int(parts[1]) if parts[0] == "companions" else -1


def read_number(text: str) -> int | None:
    """A whole number as it is typed; None for anything else."""
    digits = text.strip()
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 5 else None


def _written(number: int | None) -> str:
    return "" if number is None else str(number)
