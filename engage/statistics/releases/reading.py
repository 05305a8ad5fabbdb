"""What is read of releases: sums of whole atoms, and nothing else. There is no other way from a release to a number.

Whatever is asked for (a period, a filter, a breakdown), each atom is either in the answer or not; of an atom's parts each is.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import exists, func, or_, select

from engage.base.db import db
from engage.base.errors import Refusal
from engage.base.i18n import lazy_gettext as _l
from engage.goals.themes import themes_of
from engage.statistics.releases.freezing import after
from engage.statistics.releases.models import Release, ReleasedAtom, ReleasedDates, ReleasedPart
from engage.statistics.releases.safety import ATTRIBUTES, SPLITS, Atom, Part, Profile

# Keys of a breakdown besides its values: an activity that has none of them, and what is not told of an atom.
NONE, UNTOLD = "none", "untold"
# A breakdown that is worked out from two attributes: the network's themes.
THEME = "theme"
LONGEST_PERIOD = 120  # months


class MonthsBackwards(Refusal):
    """The period ends before it begins."""

    code = "months_backwards"
    message = _l("The last month is before the first. Choose a later last month.")


class PeriodTooLong(Refusal):
    """More than ten years at once."""

    code = "period_too_long"
    message = _l("Choose at most ten years at a time.")


@dataclass(frozen=True, slots=True)
class Months:
    """Whole calendar months, by their first days, both included. Raises `MonthsBackwards` and `PeriodTooLong`."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise MonthsBackwards
        if len(self) > LONGEST_PERIOD:
            raise PeriodTooLong

    def __len__(self) -> int:
        return (self.last.year - self.first.year) * 12 + self.last.month - self.first.month + 1

    def __iter__(self) -> Iterator[date]:
        month = self.first
        while month <= self.last:
            yield month
            month = after(month)


@dataclass(frozen=True, slots=True)
class Counts:
    """What some atoms add up to. `sign_ups` and `seats` are None where there were dates and what came of them is told in
    totals alone; of pieces there are only sign-ups. `minutes` leaves out what would tell of few; `minutes_missing` says
    that it does, and `timed` is how many sign-ups the minutes are of."""

    dates: int = 0
    sign_ups: int | None = 0
    seats: int | None = 0
    minutes: int = 0
    minutes_missing: bool = False
    timed: int = 0

    @property
    def hours(self) -> float | None:
        return None if self.minutes_missing and not self.timed else round(self.minutes / 60, 1)


@dataclass(frozen=True, slots=True)
class Held:
    """Public dates of one profile."""

    profile: Profile
    dates: int


@dataclass(frozen=True, slots=True)
class Span:
    """One release: months that are told together, mostly one."""

    months: Months
    least: int
    atoms: Sequence[Atom]
    held: Sequence[Held] = field(default=())


@dataclass(frozen=True, slots=True)
class Released:
    """The releases of a period: each belongs where its last month is, so that one over New Year is in exactly one year. `missing`
    are the months that are in none of them; those from `told_from` on are told with later ones, of which `later` is the last."""

    period: Months
    spans: Sequence[Span]
    missing: Sequence[date] = field(default=())
    told_from: date | None = None
    later: date | None = None

    def least(self, otherwise: int) -> int:
        """How many people all of it is told of at least."""
        return min((span.least for span in self.spans), default=otherwise)

    def total(self, **only: str) -> Counts:
        """All that is released of the period, as far as all of `only` (attribute=value) is told to apply."""
        return _counts(self._atoms(only), self._held(only))

    def by(self, axis: str, **only: str) -> dict[str, Counts]:
        """The same by the values of an attribute or a split, and `NONE` and `UNTOLD`. What has several values counts in each."""
        if axis in SPLITS:
            return self._by_split(axis, only)
        atoms: dict[str, list[Atom]] = {}
        held: dict[str, list[Held]] = {}
        for atom in self._atoms(only):
            for key in _keys(atom.profile, axis):
                atoms.setdefault(key, []).append(atom)
        for each in self._held(only):
            for key in _keys(each.profile, axis):
                held.setdefault(key, []).append(each)
        return {key: _counts(atoms.get(key, ()), held.get(key, ())) for key in sorted({*atoms, *held})}

    def _by_split(self, split: str, only: Mapping[str, str]) -> dict[str, Counts]:
        parts: dict[str, list[Part | Atom]] = {}
        for atom in self._atoms(only):
            own = [part for part in atom.parts if part.split == split]
            if not own:
                parts.setdefault(UNTOLD, []).append(atom)
            for part in own:
                parts.setdefault(part.value or UNTOLD, []).append(part)
        return {
            key: Counts(sign_ups=sum(each.sign_ups for each in found), seats=None)
            for key, found in sorted(parts.items())
        }

    def _atoms(self, only: Mapping[str, str]) -> Iterator[Atom]:
        return (atom for span in self.spans for atom in span.atoms if _applies(atom.profile, only))

    def _held(self, only: Mapping[str, str]) -> Iterator[Held]:
        return (each for span in self.spans for each in span.held if _applies(each.profile, only))


def released(period: Months) -> Released:
    """What is released of a period."""
    rows = db.session.scalars(
        select(Release)
        .where(Release.last_month >= period.first, Release.last_month <= period.last)
        .order_by(Release.first_month)
    ).all()
    beyond = select(Release).where(Release.first_month <= period.last, Release.last_month > period.last)
    across = db.session.scalars(beyond).one_or_none()
    atoms, held = _atoms_of([row.id for row in rows]), _held_of([row.id for row in rows])
    spans = [
        Span(Months(row.first_month, row.last_month), row.least, atoms.get(row.id, ()), held.get(row.id, ()))
        for row in rows
    ]
    told = {month for span in spans for month in span.months}
    missing = [month for month in period if month not in told]
    return Released(
        period, spans, missing, across.first_month if across else None, across.last_month if across else None
    )


def least_by_year() -> dict[int, int]:
    """The years to which releases belong that tell of something, with how many people their numbers are about at least."""
    year = func.extract("year", Release.last_month)
    tells = or_(*(exists().where(each.release_id == Release.id) for each in (ReleasedAtom, ReleasedDates)))
    rows = db.session.execute(select(year, func.min(Release.least)).where(tells).group_by(year))
    return {int(each): least for each, least in rows}


def latest() -> tuple[int, str] | None:
    """What is different as soon as there is another release; None before there is any."""
    found = db.session.execute(select(Release.id, Release.released_at).order_by(Release.id.desc()).limit(1)).first()
    return (found[0], found[1].isoformat()) if found else None


def all_months() -> Months | None:
    """From the first to the last month that is released; None before any is."""
    spans = db.session.execute(select(Release.first_month, Release.last_month).order_by(Release.first_month)).all()
    return Months(max(spans[0][0], _ten_years_before(spans[-1][1])), spans[-1][1]) if spans else None


def _ten_years_before(last: date) -> date:
    return after(last.replace(year=last.year - LONGEST_PERIOD // 12))


def _counts(atoms: Iterable[Atom], held: Iterable[Held]) -> Counts:
    told, dates = list(atoms), sum(each.dates for each in held)
    timed = [each for each in told if each.minutes is not None]
    held_back = dates > 0 and not told
    return Counts(
        dates=dates,
        sign_ups=None if held_back else sum(each.sign_ups for each in told),
        seats=None if held_back else sum(each.seats for each in told),
        minutes=sum(each.minutes for each in timed if each.minutes is not None),
        minutes_missing=held_back or len(timed) < len(told),
        timed=sum(each.sign_ups for each in timed if each.minutes),
    )


def _keys(profile: Profile, axis: str) -> Sequence[str]:
    if axis == THEME:
        return _themes(profile)
    if axis not in ATTRIBUTES:
        raise KeyError(axis)
    return (profile[axis] or (NONE,)) if axis in profile else (UNTOLD,)


def _themes(profile: Profile) -> Sequence[str]:
    """They follow from what is told of goals and Key Features, so that they tell no more than those."""
    if not {"sdg", "key_feature"} <= set(profile):
        return (UNTOLD,)
    return themes_of([int(each) for each in profile["sdg"]], profile["key_feature"]) or (NONE,)


def _applies(profile: Profile, only: Mapping[str, str]) -> bool:
    return all(value in _keys(profile, name) for name, value in only.items())


def _atoms_of(releases: Sequence[int]) -> dict[int, list[Atom]]:
    parts: dict[int, list[Part]] = {}
    of_these = select(ReleasedAtom.id).where(ReleasedAtom.release_id.in_(releases))
    for row in db.session.scalars(select(ReleasedPart).where(ReleasedPart.atom_id.in_(of_these))):
        parts.setdefault(row.atom_id, []).append(Part(row.split, row.value, row.sign_ups))
    found: dict[int, list[Atom]] = {}
    for atom in db.session.scalars(select(ReleasedAtom).where(ReleasedAtom.release_id.in_(releases))):
        told = Atom(_profile(atom.profile), atom.sign_ups, atom.seats, atom.minutes, tuple(parts.get(atom.id, ())))
        found.setdefault(atom.release_id, []).append(told)
    return found


def _held_of(releases: Sequence[int]) -> dict[int, list[Held]]:
    found: dict[int, list[Held]] = {}
    for row in db.session.scalars(select(ReleasedDates).where(ReleasedDates.release_id.in_(releases))):
        found.setdefault(row.release_id, []).append(Held(_profile(row.profile), row.dates))
    return found


def _profile(kept: Mapping[str, Sequence[str]]) -> Profile:
    return {name: tuple(values) for name, values in kept.items()}
