"""How many took part, how many were new, and how that stands to the same period before, month by month."""

from dataclasses import dataclass
from datetime import date, datetime

from engage import statistics as counted
from engage.base.i18n import gettext as _
from engage.base.i18n import ngettext
from engage.statistics import Figures
from engage.web.staff import blueprint
from engage.web.staff.statistics import drawn, seen
from engage.web.staff.statistics.drawn import Stretch
from engage.web.staff.statistics.looked_at import LookedAt

# More months than these are drawn as years.
_MOST_MONTHS = 14


@dataclass(frozen=True, slots=True)
class Tile:
    """One headline number with the words under it; `more` compares it, or says what it does not tell."""

    value: str
    name: str
    more: str = ""


@blueprint.get("/statistik")
def statistics() -> str:
    """The headline."""
    here, now = seen.look("overview")
    found = counted.participation(here.so_far, now=now, only_over=here.running)
    whole = counted.participation(here.scope, now=now) if here.running else found
    stretches, yearly = _stretches(here, now)
    urls = {
        each.first: seen.activities_url(here, period="free", fra=each.first.isoformat(), til=each.last.isoformat())
        for each in stretches
    }
    return seen.shown(
        "overview",
        here,
        whole.figures,
        sentence=_sentence(found.figures, found.before),
        nothing=not whole.figures.dates and not any(each.before.took_part for each in stretches),
        tiles=_tiles(found.figures, found.before, whole.people, running=here.running),
        coming=_coming(here, found.figures, whole.figures),
        columns=drawn.chart(stretches, urls, yearly=yearly),
        has_before=any(each.before.took_part for each in stretches),
        height=drawn.HEIGHT,
        yearly=yearly,
        known_for_days=found.known_for_days,
        all_url=seen.activities_url(here),
    )


def _sentence(now: Figures, before: Figures | None) -> str:
    words = {"took_part": drawn.number(now.took_part), "activities": drawn.activities(now.activities)}
    told = ngettext(
        "Somebody took part %(took_part)s time in %(activities)s",
        "People took part %(took_part)s times in %(activities)s",
        now.took_part,
        **words,
    )
    against = drawn.compared(now.took_part, before.took_part if before is not None else None)
    return f"{told}, {against}." if against else f"{told}."


def _tiles(now: Figures, before: Figures | None, people: int | None, *, running: bool) -> list[Tile]:
    def against(name: str) -> str:
        return drawn.compared(getattr(now, name), getattr(before, name) if before is not None else None)

    tiles = [
        Tile(drawn.number(now.took_part), _("times somebody took part"), against("took_part")),
        Tile(drawn.number(now.activities), _("activities held"), against("activities")),
        Tile(drawn.number(now.new_people), _("sign-ups by somebody new"), against("new_people")),
        Tile(drawn.one_decimal(now.hours), _("volunteer hours"), against("hours")),
    ]
    if people is not None:
        words = _("different people with a place in the year")
        if running:
            words = _("different people with a place this year, coming dates counted")
        tiles.append(Tile(drawn.number(people), words))
    return tiles


def _coming(here: LookedAt, so_far: Figures, whole: Figures) -> str:
    dates = whole.dates - so_far.dates
    if not here.running or dates <= 0:
        return ""
    return ngettext(
        "%(count)s date is still to come in the period, with %(places)s places taken by now.",
        "%(count)s dates are still to come in the period, with %(places)s places taken by now.",
        dates,
        count=drawn.number(dates),
        places=drawn.number(max(0, whole.places - so_far.places)),
    )


def _stretches(here: LookedAt, now: datetime) -> tuple[list[Stretch], bool]:
    scope = here.scope
    months = 12 * (scope.to.year - scope.from_.year) + scope.to.month - scope.from_.month + 1
    if months <= _MOST_MONTHS:
        then = scope.before
        before = counted.by_month(then, now=now)
        back = scope.from_.year - then.from_.year
        return drawn.by_month(counted.by_month(scope, now=now), before, scope.from_, scope.to, back), False
    found = {each.number: each.figures for each in counted.by_year(scope, now=now)}
    years = (
        (max(scope.from_, date(year, 1, 1)), min(scope.to, date(year, 12, 31)), found.get(year, Figures()))
        for year in range(scope.from_.year, scope.to.year + 1)
    )
    return [Stretch(first, last, figures, Figures()) for first, last, figures in years], True
