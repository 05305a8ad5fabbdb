"""What the service itself can tell of a Key Feature: signals, none of which is an official indicator.

Each kind of signal has a short code that stays; which of them speak of a Key Feature stands in `OF`, after the sentence that the
list has under `app_signal`. What a person reads of a code is the pages' to word.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property

from sqlalchemy import ARRAY, ColumnElement, Integer, any_, func, literal, select

from engage.accounts import Organisation
from engage.activities.models import Activity, ActivityState, Kind, Occurrence, OccurrenceState
from engage.base.db import db
from engage.goals.cycle import choosing, indicators
from engage.registrations import certificates
from engage.registrations.certificates import CertificateKind
from engage.registrations.feedback import LEAST_FOR_AVERAGE
from engage.statistics import reading
from engage.statistics.figures import Figures
from engage.statistics.headline import totals
from engage.statistics.scope import Scope

_ANY_CLOCK = timedelta(days=2)
# What a number of a signal is: so many, a share from 0 to 1, hours.
NUMBER, SHARE, HOURS = "number", "share", "hours"

OF: Mapping[str, tuple[str, ...]] = {
    "kf-public-life": ("volunteer_places", "volunteer_dates", "volunteer_hours"),
    "kf-culture": ("cultural_activities", "cultural_seats", "cultural_took_part"),
    "kf-recreation": ("marked_activities", "marked_took_part"),
    "kf-environment": ("marked_activities", "marked_took_part", "marked_hours"),
    "kf-esd": ("goal_activities", "goal_took_part"),
    "kf-adult-learning": ("adult_learning",),
    "kf-marginalised": ("access_activities",),
    "kf-learning-spaces": ("learning_places",),
    "kf-family-community": ("people", "came_again"),
    "kf-local-history": ("marked_activities", "marked_took_part"),
    "kf-learning-organisations": ("learning_organisations",),
    "kf-citizen-ict": ("not_by_web",),
    "kf-shared-values": ("many_languages",),
    "kf-learner-friendly": ("satisfied", "feedback_answers"),
    "kf-public-events": ("activities", "dates"),
    "kf-monitoring": ("features_chosen", "features_measured", "values_added"),
    "kf-stakeholders": ("by_departments", "by_associations", "by_schools", "by_companies"),
    "kf-resources": ("shared_places", "shared_activities"),
    "kf-recognition": ("certificates", "hour_statements"),
    "kf-barriers": ("free_of_charge",),
    "kf-volunteering": ("volunteer_places", "volunteer_hours", "tasks_filled", "tasks_open"),
}  # fmt: skip
# What the list proposes and this service keeps no count of, or not yet.
UNCOUNTED = frozenset({"kf-guidance"})


@dataclass(frozen=True, slots=True)
class Signal:
    """One number of a year beside the year before's; None where there is nothing to tell it from."""

    code: str
    unit: str
    value: float | None
    before: float | None


def signals(features: Collection[str], scope: Scope, *, now: datetime) -> dict[str, tuple[Signal, ...]]:
    """What the service tells of Key Features in a scope, usually a calendar year, with the same period before; by feature."""
    here, then = _Look(scope, now), _Look(scope.before, now) if reading.known_before(scope.before.to) else None
    return {feature: tuple(_signal(code, feature, here, then) for code in OF.get(feature, ())) for feature in features}


def _signal(code: str, feature: str, here: "_Look", then: "_Look | None") -> Signal:
    source = _SOURCES[code]
    return Signal(code, _UNITS.get(code, NUMBER), source(here, feature), source(then, feature) if then else None)


@dataclass(frozen=True, slots=True)
class _Held:
    """An activity that held something, with what the signals ask of it."""

    figures: Figures
    kind: str
    price: int
    sdgs: int
    languages: int
    access: bool
    organisation_kind: str
    organisation_id: int


class _Look:
    """A scope as the signals see it; each question is asked once, and only if a signal needs it.

    What is still to come was not held.
    """

    def __init__(self, scope: Scope, now: datetime) -> None:
        self.scope, self.now = scope, now

    @cached_property
    def total(self) -> Figures:
        return totals(self.scope, now=self.now, only_over=True)

    @cached_property
    def people(self) -> int:
        """Who had their first place of the year, also for what is still to come: it is noted at the sign-up that was first."""
        return totals(self.scope, now=self.now).first_this_year

    @cached_property
    def volunteers(self) -> Figures:
        return totals(replace(self.scope, kind=Kind.VOLUNTEER.value), now=self.now, only_over=True)

    @cached_property
    def features(self) -> Mapping[str, Figures]:
        return self._by("key_feature")

    @cached_property
    def cultural(self) -> Figures:
        return self._by("dimension").get("cultural", Figures())

    @cached_property
    def adults(self) -> Figures:
        return self._by("audience", kind=Kind.LEARNING.value).get("adults", Figures())

    def _by(self, axis: str, **also: str) -> Mapping[str, Figures]:
        return reading.figures(replace(self.scope, **also), axis, self.now, only_over=True)  # type: ignore[arg-type]

    @cached_property
    def held(self) -> tuple[_Held, ...]:
        """Each activity with a date in the scope."""
        found = self._by("activity")
        ids = [int(key) for key in found if found[key].dates]
        columns = (
            Activity.id, Activity.kind, Activity.price, Activity.sdgs, Activity.spoken_languages, Activity.accessibility,
            Organisation.kind, Organisation.id,
        )  # fmt: skip
        rows = db.session.execute(
            select(*columns).join(Organisation).where(Activity.id == any_(literal(ids, ARRAY(Integer))))
        )
        return tuple(
            _Held(
                found[str(row[0])], row[1], row[2], len(row[3]), len(row[4]), any(row[5].values()), row[6], row[7]
            )
            for row in rows
        )  # fmt: skip

    def count(self, which: "Callable[[_Held], bool]") -> int:
        return sum(which(each) for each in self.held)

    def organisations(self, kind: str) -> int:
        return len({each.organisation_id for each in self.held if each.organisation_kind == kind})

    @cached_property
    def shared(self) -> tuple[int, int]:
        """Places at which several organisations held something, and the activities held there."""
        day = func.date(func.timezone(Occurrence.zone, Occurrence.starts_at))
        inside = [Occurrence.state == OccurrenceState.SCHEDULED, day.between(self.scope.from_, self.scope.to)]
        inside += [Occurrence.ends_at <= self.now]
        inside += self._about() + self._near()
        query = select(Occurrence.place_id, func.count(Occurrence.activity_id.distinct()))
        query = query.join(Activity, Activity.id == Occurrence.activity_id).where(
            *inside, Occurrence.place_id.is_not(None)
        )
        query = query.group_by(Occurrence.place_id).having(func.count(Activity.organisation_id.distinct()) > 1)
        rows = db.session.execute(query).all()
        return len(rows), sum(row[1] for row in rows)

    def _about(self) -> list[ColumnElement[bool]]:
        """What was public, of the part of the city that is looked at."""
        scope, asked = self.scope, [Activity.state == ActivityState.PUBLISHED]
        asked += [Activity.organisation_id == scope.organisation_id] if scope.organisation_id else []
        asked += [Activity.initiative_id == scope.initiative_id] if scope.initiative_id else []
        asked += [Occurrence.place_id == scope.place_id] if scope.place_id else []
        asked += [Activity.kind == scope.kind] if scope.kind else []
        return asked + ([literal(scope.audience) == any_(Activity.audiences)] if scope.audience else [])

    def _near(self) -> list[ColumnElement[bool]]:
        """Moments that an index finds. No clock is two days from UTC, so that none of the scope's own days is lost."""
        first, last = (datetime.combine(each, time(), UTC) for each in (self.scope.from_, self.scope.to))
        return [Occurrence.starts_at >= first - _ANY_CLOCK, Occurrence.starts_at < last + _ANY_CLOCK]

    @cached_property
    def learning_places(self) -> int:
        found = self._by("place", kind=Kind.LEARNING.value)
        return sum(each.dates > 0 for each in found.values())

    @cached_property
    def cycle(self) -> tuple[int, int, int]:
        """Key Features chosen for the year, those of them with an indicator, and values added in the period."""
        chosen = [each.feature for each in choosing.chosen(self.scope.to.year)]
        lines = indicators.lines(chosen, until=self.scope.to)
        added = sum(
            self._within(value.measured_on) for each in lines.values() for line in each for value in line.values
        )
        return len(chosen), sum(bool(lines[each]) for each in chosen), added

    def certificates(self, kind: CertificateKind) -> int | None:
        """How many were issued. They are counted by calendar year, and of the whole city alone."""
        if self.scope.narrowed or not self.scope.years:
            return None
        return sum(certificates.issued(year)[kind] for year in self.scope.years)

    def _within(self, day: date) -> bool:
        return self.scope.from_ <= day <= self.scope.to


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _satisfied(look: _Look) -> float | None:
    found = look.total
    return _share(found.rated_4 + found.rated_5, found.answers) if found.answers >= LEAST_FOR_AVERAGE else None


_Source = Callable[[_Look, str], float | None]
_UNITS = {
    "volunteer_hours": HOURS, "marked_hours": HOURS, "not_by_web": SHARE, "satisfied": SHARE, "free_of_charge": SHARE,
}  # fmt: skip
_SOURCES: Mapping[str, _Source] = {
    "volunteer_places": lambda look, _feature: look.volunteers.places,
    "volunteer_dates": lambda look, _feature: look.volunteers.dates,
    "volunteer_hours": lambda look, _feature: look.volunteers.hours,
    "tasks_filled": lambda look, _feature: look.volunteers.filled,
    "tasks_open": lambda look, _feature: max(0, look.volunteers.capacity - look.volunteers.filled),
    "cultural_activities": lambda look, _feature: look.cultural.activities,
    "cultural_seats": lambda look, _feature: look.cultural.capacity,
    "cultural_took_part": lambda look, _feature: look.cultural.took_part,
    "marked_activities": lambda look, feature: look.features.get(feature, Figures()).activities,
    "marked_took_part": lambda look, feature: look.features.get(feature, Figures()).took_part,
    "marked_hours": lambda look, feature: look.features.get(feature, Figures()).hours,
    "goal_activities": lambda look, _feature: look.count(lambda each: each.kind == Kind.LEARNING and each.sdgs > 0),
    "goal_took_part": lambda look, _feature: sum(
        each.figures.took_part for each in look.held if each.kind == Kind.LEARNING and each.sdgs > 0
    ),
    "adult_learning": lambda look, _feature: look.adults.took_part,
    "access_activities": lambda look, _feature: look.count(lambda each: each.access),
    "learning_places": lambda look, _feature: look.learning_places,
    "people": lambda look, _feature: look.people,
    "came_again": lambda look, _feature: max(0, look.total.confirmed - look.total.new_people),
    "learning_organisations": lambda look, _feature: len(
        {each.organisation_id for each in look.held if each.kind == Kind.LEARNING}
    ),
    "not_by_web": lambda look, _feature: _share(look.total.places - look.total.by_web, look.total.places),
    "many_languages": lambda look, _feature: look.count(lambda each: each.languages > 1),
    "satisfied": lambda look, _feature: _satisfied(look),
    "feedback_answers": lambda look, _feature: look.total.answers,
    "activities": lambda look, _feature: look.total.activities,
    "dates": lambda look, _feature: look.total.dates,
    "features_chosen": lambda look, _feature: look.cycle[0],
    "features_measured": lambda look, _feature: look.cycle[1],
    "values_added": lambda look, _feature: look.cycle[2],
    "by_departments": lambda look, _feature: look.organisations("department"),
    "by_associations": lambda look, _feature: look.organisations("association"),
    "by_schools": lambda look, _feature: look.organisations("school"),
    "by_companies": lambda look, _feature: look.organisations("company"),
    "shared_places": lambda look, _feature: look.shared[0],
    "shared_activities": lambda look, _feature: look.shared[1],
    "certificates": lambda look, _feature: look.certificates(CertificateKind.ATTENDANCE),
    "hour_statements": lambda look, _feature: look.certificates(CertificateKind.HOURS),
    "free_of_charge": lambda look, _feature: _share(look.count(lambda each: each.price == 0), len(look.held)),
}
