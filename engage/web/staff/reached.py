"""Who is reached, in words: a table of age bands or parts of town beside those who live there, and what it says."""

from collections.abc import Sequence
from dataclasses import dataclass

from engage.base import wording
from engage.base.i18n import gettext as _
from engage.base.i18n import ngettext
from engage.registrations import whom
from engage.statistics import Reach, Reached, Verdict, population
from engage.statistics.whom import LEAST_ANSWERS, OTHER
from engage.web.staff.statistics import drawn


@dataclass(frozen=True, slots=True)
class PartLine:
    """An age band or a part of town in the table, in words."""

    name: str
    made_of: str  # the small parts of town it is made of
    sign_ups: str
    share: str
    inhabitants: str
    population_share: str
    verdict: str
    few: bool


@dataclass(frozen=True, slots=True)
class ReachView:
    """One of the two tables, with what it says in a sentence."""

    kind: str
    title: str
    lead: str
    about: str  # how many answered, and of when the population is
    lines: Sequence[PartLine]
    years: Sequence[tuple[int, str]]  # of the population that is kept
    known: bool  # whether it is, of a year that fits
    asked: bool  # whether anybody was


def view(kind: str, title: str, reach: Reach, unknown: str) -> ReachView:
    """What is said of a part of the population; `unknown` is said while nobody has told how many live there."""
    parts = [part for part in reach.parts if part.sign_ups or part.inhabitants is not None]
    return ReachView(
        kind=kind,
        title=title,
        lead=_lead(reach, unknown),
        about=_about(reach),
        lines=[_line(part) for part in parts],
        years=[(year, drawn.number(number)) for year, number in population.years(kind).items()],
        known=reach.year is not None,
        asked=bool(reach.answered or reach.unsaid or reach.outside),
    )


def _lead(reach: Reach, unknown: str) -> str:
    """What the table says."""
    if reach.year is None:
        return unknown
    if reach.answered < LEAST_ANSWERS:
        return _(
            "Too few have answered to say whom the activities do not reach. It takes %(least)s.", least=LEAST_ANSWERS
        )
    if not reach.few:
        return _("Nobody is clearly missing: those who sign up are spread as the population is.")
    names = wording.listing([_name(part.key) for part in reach.few])
    return _("Fewer sign up than one would expect from the population: %(names)s.", names=names)


def _about(reach: Reach) -> str:
    answered, unsaid, outside = (drawn.number(each) for each in (reach.answered, reach.unsaid, reach.outside))
    told = [
        ngettext("%(number)s sign-up tells it.", "%(number)s sign-ups tell it.", reach.answered, number=answered),
        ngettext("%(number)s would rather not say.", "%(number)s would rather not say.", reach.unsaid, number=unsaid),
    ]
    if reach.outside:
        told.append(
            ngettext(
                "%(number)s comes from outside the municipality.",
                "%(number)s come from outside the municipality.",
                reach.outside,
                number=outside,
            )
        )
    if reach.year is not None:
        told.append(_("Population: %(year)s.", year=reach.year) + (f" {reach.source}" if reach.source else ""))
    return " ".join(told)


def _line(part: Reached) -> PartLine:
    return PartLine(
        name=_name(part.key),
        made_of=", ".join(whom.named(key) for key in part.keys) if part.key == OTHER else "",
        sign_ups=drawn.number(part.sign_ups),
        share=_percent(part.share),
        inhabitants="\u2013" if part.inhabitants is None else drawn.number(part.inhabitants),
        population_share=_percent(part.population_share),
        verdict=_verdict(part.verdict),
        few=part.verdict == Verdict.FEW,
    )


def _verdict(verdict: Verdict) -> str:
    words = {
        Verdict.FEW: _("Fewer than expected"),
        Verdict.MANY: _("More than expected"),
        Verdict.AS_EXPECTED: _("As expected"),
        Verdict.UNKNOWN: _("Not known"),
    }
    return words[verdict]


def _name(key: str) -> str:
    return _("Smaller parts of town together") if key == OTHER else whom.named(key)


def _percent(share: float | None) -> str:
    return "\u2013" if share is None else _("%(percent)s%%", percent=round(100 * share))
