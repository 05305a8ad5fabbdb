"""What a city of a size has: how long it has been at it, its organisations, places and activities, and their dates.

The same ones for the same size and day. Sizes are this project's own: a hundred thousand sign-ups a year in a city of
seventy-five thousand people is what a learning city with libraries, evening schools and associations comes to.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from math import cos, tau
from zoneinfo import ZoneInfo

A_YEAR = 100_000
PER_DATE = 25
_MOST_YEARS = 10
# What is on offer now reaches so far ahead.
_AHEAD = timedelta(days=110)
_LEAST = 200

DIMENSIONS = ("social", "environmental", "economic", "cultural")
_AUDIENCES = ("children", "youth", "adults", "families", "seniors")


@dataclass(frozen=True, slots=True)
class Size:
    """How much of everything so many sign-ups need."""

    registrations: int

    @property
    def years(self) -> int:
        return max(1, min(_MOST_YEARS, round(self.registrations / A_YEAR)))

    @property
    def dates(self) -> int:
        return max(10, self.registrations // PER_DATE)

    @property
    def inhabitants(self) -> int:
        return max(_LEAST, self.registrations * 3 // 40)

    @property
    def organisations(self) -> int:
        return max(8, min(160, self.dates // 40))

    @property
    def places(self) -> int:
        return max(6, min(120, self.dates // 50))


@dataclass(slots=True)
class PlannedDate:
    """One date: when, how long in minutes, how many may come, how much it is wanted, and whether it fell."""

    starts_at: datetime
    minutes: int
    place: int
    capacity: int | None
    wanted: float
    called_off: bool


@dataclass(slots=True)
class PlannedActivity:
    """One activity with its dates. Numbers name organisations, places and initiatives by their order."""

    title: str
    organisation: int
    initiative: int | None
    kind: str
    sign_up: str
    audiences: list[str]
    dimensions: list[str]
    sdgs: list[int]
    key_features: list[str]
    price: int
    asks: bool
    place: int
    dates: list[PlannedDate] = field(default_factory=list)


_TITLES = {
    "environmental": (
        "Klimacafé",
        "Strandrensning",
        "Havevandring",
        "Naturtur",
        "Reparationscafé",
        "Energiaften",
        "Bivenner",
    ),
    "social": ("Sprogcafé", "Fællesspisning", "Læseklub", "Førstehjælp", "Gåtur for alle", "Mødested", "Lektiecafé"),
    "economic": (
        "Iværksætteraften",
        "Kodeklub",
        "CV-værksted",
        "Regnskab for foreninger",
        "Cykelværksted",
        "Digital hjælp",
    ),
    "cultural": (
        "Højskolesang",
        "Fortælleaften",
        "Foredrag",
        "Skriveværksted",
        "Kor for alle",
        "Lokalhistorie",
        "Teaterhold",
    ),
}
# What each dimension is about, and a few goals that hardly anybody works for: a city has white spots.
_GOALS = {"environmental": (6, 7, 12, 13, 15), "social": (3, 5, 10, 1), "economic": (8, 9), "cultural": (4, 11)}
_RARE = (2, 14, 16, 17)


def planned(size: Size, features: Sequence[str], now: datetime, zone: ZoneInfo) -> Iterator[PlannedActivity]:
    """The activities, until there are as many dates as the size asks for."""
    chance = random.Random(4_17_42 + size.registrations)  # noqa: S311  (the same city each time)
    first, left = now - timedelta(days=365 * size.years) + _AHEAD, size.dates
    while left > 0:
        activity = _activity(chance, size, features)
        begins = _season_day(chance, first, now + _AHEAD)
        for moment in _moments(chance, begins, now + _AHEAD, zone)[:left]:
            activity.dates.append(_date(chance, size, activity, moment))
        left -= len(activity.dates)
        if activity.sign_up == "whole_course":
            activity.dates.sort(key=lambda each: each.starts_at)
        yield activity


def _activity(chance: random.Random, size: Size, features: Sequence[str]) -> PlannedActivity:
    dimension = chance.choices(DIMENSIONS, (4, 5, 2, 6))[0]
    dimensions = [dimension, *(each for each in DIMENSIONS if each != dimension and chance.random() < 0.15)]
    sdgs = {chance.choice(_GOALS[dimension]), *([chance.choice(_RARE)] if chance.random() < 0.03 else [])}
    if chance.random() < 0.6:
        sdgs.add(4)
    volunteers = chance.random() < 0.16
    sign_up = chance.choices(("registration", "several_dates", "whole_course", "drop_in"), (70, 12, 12, 6))[0]
    # Organisations differ in size: a few hold much, many hold little.
    organisation = int(size.organisations * chance.random() ** 2)
    # Of the 42, the first three dozen are worked with, some much more than others.
    known = features[: max(1, len(features) * 6 // 7)]
    return PlannedActivity(
        title=chance.choice(_TITLES[dimension]),
        organisation=organisation,
        initiative=chance.choice((0, 1, 2)) if chance.random() < 0.15 else None,
        kind="volunteer" if volunteers else "learning",
        sign_up="registration" if volunteers else sign_up,
        audiences=sorted(chance.sample(_AUDIENCES, chance.choice((1, 1, 2, 3)))),
        dimensions=dimensions,
        sdgs=sorted(sdgs),
        key_features=sorted({known[int(len(known) * chance.random() ** 1.6)] for _each in range(chance.randint(1, 3))}),
        price=chance.choice((0, 0, 0, 0, 4_000, 12_000)),
        asks=chance.random() < 0.3,
        place=int(size.places * chance.random() ** 1.7),
    )


def _season_day(chance: random.Random, first: datetime, last: datetime) -> datetime:
    """A day to begin on: most begin in autumn and in early spring, few in summer and at Christmas."""
    while True:
        moment = first + (last - first) * chance.random()
        season = 0.5 + 0.5 * cos(2 * tau * (moment.timetuple().tm_yday - 45) / 365)
        if chance.random() < 0.12 + 0.88 * season * (0.25 if moment.month in (7, 12) else 1):
            return moment


def _moments(chance: random.Random, begins: datetime, last: datetime, zone: ZoneInfo) -> list[datetime]:
    """When it is held: once, some weeks in a row, or each month over years."""
    often = chance.choices(("once", "weekly", "monthly"), (30, 55, 15))[0]
    count = {"once": 1, "weekly": chance.randint(4, 14), "monthly": chance.randint(10, 40)}[often]
    step = timedelta(weeks=4 if often == "monthly" else 1)
    clock = time(chance.choices((9, 10, 13, 15, 16, 17, 19), (1, 3, 2, 2, 3, 4, 6))[0], chance.choice((0, 0, 30)))
    days: list[date] = [begins.astimezone(zone).date() + step * number for number in range(count)]
    found = [datetime.combine(day, clock, zone) for day in days if not (often != "once" and day.month == 7)]
    return [each for each in found if each < last] or [datetime.combine(days[0], clock, zone)]


def _date(chance: random.Random, size: Size, activity: PlannedActivity, moment: datetime) -> PlannedDate:
    capacity = chance.choices((None, 16, 24, 30, 40, 60, 120), (12, 10, 16, 22, 20, 14, 6))[0]
    return PlannedDate(
        starts_at=moment,
        minutes=chance.choice((60, 90, 120, 120, 180)),
        # Held where it always is, now and then elsewhere.
        place=activity.place if chance.random() < 0.96 else int(size.places * chance.random() ** 1.7),
        capacity=None if activity.sign_up == "drop_in" else capacity,
        wanted=0.0 if activity.sign_up == "drop_in" else (capacity or 36) * chance.lognormvariate(-0.1, 0.4),
        called_off=chance.random() < 0.03,
    )
