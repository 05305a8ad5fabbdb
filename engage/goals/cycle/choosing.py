"""Which Key Features the city works with in a year. Next year's starts from this one; old years stay."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from engage.base.db import db
from engage.base.errors import Refusal
from engage.base.i18n import lazy_gettext as _l
from engage.goals.cycle.models import ChosenFeature
from engage.goals.models import KeyFeature

# The leaflet asks a city to choose a few each year; more than the whole list there cannot be.
MOST_A_YEAR = 42
_LONGEST_AIM = 1000


class YearNotOpen(Refusal):
    """That year's choice stands: it is over, or too far ahead."""

    code = "year_not_open"
    message = _l("The choice for %(year)s stands. You can choose for last year, this year and next year.")


class NoSuchFeature(Refusal):
    """There is no such Key Feature."""

    code = "no_such_feature"
    message = _l("One of the Key Features is not on the list any more. Load the page again.")


class NotChosen(Refusal):
    """The Key Feature is not among the year's."""

    code = "feature_not_chosen"
    message = _l("This Key Feature is not chosen for %(year)s. Choose it first.")


@dataclass(frozen=True)
class Choice:
    """A Key Feature chosen for a year, and what the city wants to reach with it."""

    year: int
    feature: str
    aim: str


def may_change(year: int, this_year: int) -> bool:
    """Whether the choice for `year` is still open: last year's (reports come late), this year's and next year's."""
    return this_year - 1 <= year <= this_year + 1


def years() -> list[int]:
    """The years for which something was chosen, the latest first."""
    return list(db.session.scalars(select(ChosenFeature.year).distinct().order_by(ChosenFeature.year.desc())))


def chosen(year: int) -> list[Choice]:
    """What is chosen for a year, in the order of the list."""
    rows = (
        select(ChosenFeature.year, ChosenFeature.key_feature_id, ChosenFeature.aim)
        .join(KeyFeature, KeyFeature.id == ChosenFeature.key_feature_id)
        .where(ChosenFeature.year == year)
        .order_by(KeyFeature.position)
    )
    return [Choice(row.year, row.key_feature_id, row.aim) for row in db.session.execute(rows)]


def suggested(year: int) -> list[Choice]:
    """What a year's choice starts from: itself, else that of the latest year before it."""
    own = chosen(year)
    if own:
        return own
    before = next((each for each in years() if each < year), None)
    return [Choice(year, each.feature, each.aim) for each in chosen(before)] if before is not None else []


def choose(year: int, features: Collection[str], *, this_year: int, now: datetime) -> tuple[list[str], list[str]]:
    """Let exactly `features` be the year's. Returns what came and what went.

    What stays keeps its aim; what comes takes the aim it had in the latest year before. Refuses `YearNotOpen`, `NoSuchFeature`.
    """
    if not may_change(year, this_year):
        raise YearNotOpen(year=year)
    wanted = set(features)
    known = set(db.session.scalars(select(KeyFeature.id).where(KeyFeature.id.in_(wanted))))
    if known != wanted:
        raise NoSuchFeature
    aims = {each.feature: each.aim for each in suggested(year)}
    had = {each.feature for each in chosen(year)}
    coming = [
        {"year": year, "key_feature_id": each, "aim": aims.get(each, ""), "chosen_at": now}
        for each in sorted(wanted - had)
    ]
    if coming:
        # Two members of staff may press at once: the second one's rows are then there already.
        db.session.execute(insert(ChosenFeature).on_conflict_do_nothing(), coming)
    gone = sorted(had - wanted)
    db.session.execute(delete(ChosenFeature).where(ChosenFeature.year == year, ChosenFeature.key_feature_id.in_(gone)))
    return sorted(wanted - had), gone


def note_aim(year: int, feature: str, aim: str, *, this_year: int) -> bool:
    """Write what the city wants to reach with a chosen Key Feature. Returns whether that changed anything.

    Refuses `YearNotOpen`, `NotChosen`.
    """
    if not may_change(year, this_year):
        raise YearNotOpen(year=year)
    wanted = (ChosenFeature.year == year, ChosenFeature.key_feature_id == feature)
    found = db.session.scalar(select(ChosenFeature).where(*wanted).with_for_update())
    if found is None:
        raise NotChosen(year=year)
    before, found.aim = found.aim, aim[:_LONGEST_AIM]
    db.session.flush()
    return before != found.aim
