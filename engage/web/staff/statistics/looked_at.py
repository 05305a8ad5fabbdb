"""What a page of the statistics looks at: a period and a part of the city, which stand in its address and stay on the way on."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from flask import request
from sqlalchemy import select

from engage import statistics
from engage.accounts import Organisation, registry
from engage.activities import typed
from engage.activities.choices import audience_name
from engage.activities.models import Audience, Initiative, Kind, Place
from engage.base import wording
from engage.base.config import current_settings
from engage.base.db import db
from engage.base.errors import Refusal
from engage.base.i18n import gettext as _
from engage.base.i18n import in_language
from engage.statistics import Scope

Options = Sequence[tuple[str, str]]
PERIODS = ("year", "last-year", "school-year", "last-school-year", "quarter", "all", "free")
_SCHOOL_BEGINS = 8  # August


@dataclass(frozen=True, slots=True)
class Tag:
    """A part of the choice that can be taken away: what it says, and what stands in the address without it."""

    words: str
    without: dict[str, Any]


@dataclass(frozen=True, slots=True)
class LookedAt:
    """What is looked at. `kept` goes on in every address, `facts` into the log."""

    scope: Scope
    today: date
    period: str
    period_words: str
    kept: dict[str, Any]
    names: dict[str, str]
    facts: dict[str, Any]
    errors: list[tuple[str, str]] = field(default_factory=list)

    @property
    def running(self) -> bool:
        """Whether a part of the period is still to come."""
        return self.scope.from_ <= self.today < self.scope.to

    @property
    def so_far(self) -> Scope:
        """The part of the period that is not still to come, so that it is compared with just as many days."""
        return self.scope.of(self.scope.from_, self.today) if self.running else self.scope

    @property
    def tags(self) -> list[Tag]:
        """What the city is narrowed by."""
        return [
            Tag(words, {key: value for key, value in self.kept.items() if key != name})
            for name, words in self.names.items()
        ]


def read(now: datetime) -> LookedAt:
    """From the address. What is not known there is left out; a period that cannot be read is said, and not used."""
    today = now.astimezone(current_settings().city.zone).date()
    errors: list[tuple[str, str]] = []
    period, first, last = _period(today, errors)
    organisation, place, initiative = _organisation(), _place(), _initiative()
    audience, kind = _one_of("audience", [*Audience]), _one_of("kind", [*Kind])
    try:
        scope = Scope(
            first, last, organisation.id if organisation else None, place.id if place else None, audience, kind,
            initiative.id if initiative else None,
        )  # fmt: skip
    except Refusal as refusal:
        errors.append(("fra", str(refusal)))
        period, (first, last) = "year", _year(today.year)
        scope = Scope(first, last)
    named = {
        "organisation": (organisation.public_id, organisation.name) if organisation else None,
        "place": (place.public_id, place.name) if place else None,
        "audience": (audience, audience_name(audience)) if audience else None,
        "kind": (kind, kind_name(kind)) if kind else None,
        "initiative": (initiative.key, in_language(initiative.names)) if initiative else None,
    }
    chosen = {name: each for name, each in named.items() if each} if scope.narrowed else {}
    kept = {"period": period} if period != "year" else {}
    kept |= {"fra": first.isoformat(), "til": last.isoformat()} if period == "free" else {}
    kept |= {name: each[0] for name, each in chosen.items()}
    facts: dict[str, Any] = {"from": scope.from_.isoformat(), "to": scope.to.isoformat()}
    facts |= {name: each[1] for name, each in chosen.items() if name in {"place", "initiative"}}
    facts |= {"audience": scope.audience, "kind": scope.kind, "organisation": scope.organisation_id}
    return LookedAt(
        scope, today, period, _said(period, scope, today), kept,
        {name: each[1] for name, each in chosen.items()}, {key: value for key, value in facts.items() if value}, errors,
    )  # fmt: skip


def choices(here: LookedAt) -> dict[str, Options]:
    """What the form offers, by field."""
    places = db.session.execute(select(Place.public_id, Place.name))
    initiatives = db.session.execute(select(Initiative.key, Initiative.names))
    return {
        "period": [(each, _said(each, _span(each, here), here.today)) for each in PERIODS[:-1]]
        + [("free", _("From one day to another"))],
        "organisation": [(each.public_id, each.name) for each in registry.search()],
        "place": sorted(((row[0], row[1]) for row in places), key=lambda each: wording.alphabetical(each[1])),
        "audience": [(each.value, audience_name(each)) for each in Audience],
        "kind": [(each.value, kind_name(each)) for each in Kind],
        "initiative": sorted(
            ((row[0], in_language(row[1])) for row in initiatives), key=lambda each: wording.alphabetical(each[1])
        ),
    }


def kind_name(kind: str) -> str:
    """Learning and volunteering, in words."""
    return {Kind.LEARNING.value: _("Learning"), Kind.VOLUNTEER.value: _("Volunteering")}.get(str(kind), str(kind))


def _span(period: str, here: LookedAt) -> Scope:
    return Scope(*_known(period, here.today))


def _period(today: date, errors: list[tuple[str, str]]) -> tuple[str, date, date]:
    asked = request.args.get("period", "")
    if asked == "free" or (not asked and (request.args.get("fra") or request.args.get("til"))):
        first, last = _day("fra", errors), _day("til", errors)
        if first or last:
            first, last = first or date((last or today).year, 1, 1), last or max(today, first or today)
            return "free", first, last
        asked = ""
    asked = asked if asked in PERIODS else "year"
    return asked, *_known(asked, today)


def _known(period: str, today: date) -> tuple[date, date]:
    if period == "last-year":
        return _year(today.year - 1)
    if period in {"school-year", "last-school-year"}:
        begins = today.year - (today.month < _SCHOOL_BEGINS) - (period == "last-school-year")
        return date(begins, _SCHOOL_BEGINS, 1), date(begins + 1, _SCHOOL_BEGINS - 1, 31)
    if period == "quarter":
        first = date(today.year, today.month - (today.month - 1) % 3, 1)
        return first, (first + timedelta(days=100)).replace(day=1) - timedelta(days=1)
    if period == "all":
        return statistics.all_years() or _year(today.year)
    return _year(today.year)


def _year(year: int) -> tuple[date, date]:
    return date(year, 1, 1), date(year, 12, 31)


def _said(period: str, scope: Scope, today: date) -> str:
    first, last = scope.from_, scope.to
    known = {
        "year": lambda: str(first.year),
        "last-year": lambda: str(first.year),
        "school-year": lambda: _("School year %(years)s", years=f"{first.year}/{last.year % 100:02d}"),
        "last-school-year": lambda: _("School year %(years)s", years=f"{first.year}/{last.year % 100:02d}"),
        "quarter": lambda: _("This quarter: %(first)s to %(last)s", first=wording.month(first), last=wording.month(last)),
        "all": lambda: _("All years, %(first)s to %(last)s", first=first.year, last=last.year),
    }  # fmt: skip
    if period in known:
        return known[period]()
    return _("%(first)s to %(last)s", first=wording.dated(first), last=wording.dated(last))


def _day(name: str, errors: list[tuple[str, str]]) -> date | None:
    words = typed.line(request.args.get(name, ""))
    try:
        found = typed.read_day(words) if words else None
    except Refusal as refusal:
        errors.append((name, str(refusal)))
        return None
    return found if found is None or 1900 < found.year < 2200 else None


def _one_of(name: str, known: Sequence[str]) -> str:
    asked = request.args.get(name, "")
    return asked if asked in {str(each) for each in known} else ""


def _organisation() -> Organisation | None:
    asked = request.args.get("organisation", "")
    return registry.by_public_id(asked) if asked else None


def _place() -> Place | None:
    asked = request.args.get("place", "")
    return db.session.scalar(select(Place).where(Place.public_id == asked)) if asked else None


def _initiative() -> Initiative | None:
    asked = request.args.get("initiative", "")
    return db.session.scalar(select(Initiative).where(Initiative.key == asked)) if asked else None
