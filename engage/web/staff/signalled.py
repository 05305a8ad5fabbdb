"""The service's own signals of Key Features, in words: what is counted, this year's and last year's number."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from engage import statistics
from engage.base.i18n import gettext as _
from engage.statistics import Scope, Signal
from engage.web.staff.statistics import drawn


@dataclass(frozen=True, slots=True)
class SignalView:
    """One signal."""

    name: str
    value: str
    before: str


def of_year(features: Collection[str], year: int, *, now: datetime) -> dict[str, list[SignalView]]:
    """The signals of a calendar year beside those of the year before, by Key Feature."""
    scope, names = Scope(date(year, 1, 1), date(year, 12, 31)), _names()
    found = statistics.signals(features, scope, now=now)
    return {
        feature: [SignalView(names[each.code], _said(each, each.value), _said(each, each.before)) for each in lines]
        for feature, lines in found.items()
    }


def _said(signal: Signal, value: float | None) -> str:
    if value is None:
        return "–"
    if signal.unit == "share":
        return drawn.share(value)
    return drawn.one_decimal(value) if signal.unit == "hours" else drawn.number(value)


def _names() -> dict[str, str]:
    return {
        "volunteer_places": _("Volunteers' places taken"),
        "volunteer_dates": _("Dates with volunteering"),
        "volunteer_hours": _("Volunteer hours"),
        "tasks_filled": _("Volunteer places filled, where there is a limit"),
        "tasks_open": _("Volunteer places that stayed open"),
        "cultural_activities": _("Activities in the cultural dimension"),
        "cultural_seats": _("Places in them, where there is a limit"),
        "cultural_took_part": _("Times somebody took part in them"),
        "marked_activities": _("Activities marked with this Key Feature"),
        "marked_took_part": _("Times somebody took part in them"),
        "marked_hours": _("Volunteer hours in them"),
        "goal_activities": _("Learning activities marked with global goals"),
        "goal_took_part": _("Times somebody took part in them"),
        "adult_learning": _("Times somebody took part in learning for adults"),
        "access_activities": _("Activities that tell how to get in and take part"),
        "learning_places": _("Different places used for learning"),
        "people": _("Different people with a place"),
        "came_again": _("Sign-ups by somebody who had been there before"),
        "learning_organisations": _("Organisations that held learning activities"),
        "not_by_web": _("Share of places taken by other ways than the website"),
        "many_languages": _("Activities held in several languages"),
        "satisfied": _("Share of answers that were good or very good"),
        "feedback_answers": _("Answers to how it was"),
        "activities": _("Activities held"),
        "dates": _("Dates held"),
        "features_chosen": _("Key Features chosen for the year"),
        "features_measured": _("Of these, with an indicator"),
        "values_added": _("Values measured in the year"),
        "by_departments": _("Active departments of the municipality"),
        "by_associations": _("Active associations"),
        "by_schools": _("Active schools"),
        "by_companies": _("Active companies"),
        "certificates": _("Certificates issued"),
        "hour_statements": _("Statements of volunteer hours issued"),
        "shared_places": _("Places used by several organisers"),
        "shared_activities": _("Activities held there"),
        "free_of_charge": _("Share of activities free of charge"),
    }
