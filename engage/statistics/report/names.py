"""How values of breakdowns are called, in English and Danish."""

from collections.abc import Callable

from sqlalchemy import select

from engage.activities.models import Initiative
from engage.base.config import current_settings
from engage.base.db import db
from engage.base.i18n import lazy_gettext as _l
from engage.base.i18n import speaking
from engage.goals.reference import reference
from engage.goals.themes import THEMES
from engage.registrations import whom
from engage.registrations.facts import UNSAID
from engage.registrations.whom import OUTSIDE
from engage.statistics.releases import NONE, OTHER, UNTOLD
from engage.statistics.report.contents import Both

_FIXED = {
    NONE: _l("None of them"),
    UNTOLD: _l("Too few to tell apart, or not asked"),
    OTHER: _l("Several together, each too few to tell"),
    UNSAID: _l("Would rather not say"),
    "school": _l("School"),
    "association": _l("Association"),
    "company": _l("Company"),
    "department": _l("Municipal department"),
    "learning": _l("Learning"),
    "volunteer": _l("Volunteering"),
    "children": _l("Children"),
    "youth": _l("Young people"),
    "adults": _l("Adults"),
    "families": _l("Families"),
    "seniors": _l("Seniors"),
    "web": _l("Web page"),
    "telegram": _l("Telegram"),
    "webchat": _l("Chat on the web page"),
    "desk": _l("Phone"),
    "door": _l("At the door"),
    "new": _l("Somebody's first time"),
    "back": _l("First time this year"),
    "again": _l("Not the first time this year"),
    "came": _l("Came"),
    "away": _l("Stayed away"),
}


def name(axis: str, key: str) -> Both:
    """What a key of an axis is called; what has no words is told as it is."""
    if key in (NONE, UNTOLD):
        return Both.of(_FIXED[key])
    if axis in _NAMED:
        try:
            return _NAMED[axis](key)
        except (KeyError, ValueError):
            return Both(key)  # gone from the list since
    return Both.of(_FIXED[key]) if key in _FIXED else Both(key)


def _dimension(key: str) -> Both:
    return Both.named(dict(reference().dimensions[key].names))


def _sdg(key: str) -> Both:
    goal = reference().sdgs[int(key)]
    titles = Both.named(dict(goal.titles))
    return Both(f"{goal.number} {titles.english}", f"{goal.number} {titles.danish}")


def _feature(key: str) -> Both:
    return Both.named(dict(reference().features[key].short_titles))


def _theme(key: str) -> Both:
    return Both.of(THEMES[key].name)


def _area(key: str) -> Both:
    if key == OUTSIDE:
        return Both.of(_l("Outside the municipality"))
    return Both.of(_FIXED[key]) if key in (OTHER, UNSAID) else Both(current_settings().city.areas[key])


def _age(key: str) -> Both:
    """Whom we ask is told in words of the reader's language."""
    with speaking("en"):
        english = whom.named(key)
    with speaking("da"):
        return Both(english, whom.named(key))


def _initiative(key: str) -> Both:
    names = db.session.scalar(select(Initiative.names).where(Initiative.key == key))
    return Both.named(names) if names else Both(key)


_NAMED: dict[str, Callable[[str], Both]] = {
    "dimension": _dimension, "sdg": _sdg, "key_feature": _feature, "area": _area, "initiative": _initiative,
    "theme": _theme, "age": lambda key: Both.of(_FIXED[key]) if key in _FIXED else _age(key),
}  # fmt: skip


def spoken(axis: str, key: str) -> str:
    """The same in the reader's own language."""
    if key in _FIXED:
        return str(_FIXED[key])
    try:
        return _SPOKEN[axis](key) if axis in _SPOKEN else key
    except (KeyError, ValueError):
        return key


_SPOKEN: dict[str, Callable[[str], str]] = {
    "dimension": lambda key: reference().dimensions[key].name,
    "sdg": lambda key: reference().sdgs[int(key)].title,
    "key_feature": lambda key: reference().features[key].short_title,
    "theme": lambda key: str(THEMES[key].name),
    "area": whom.named,
    "age": whom.named,
}
