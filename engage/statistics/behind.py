"""What stands behind a number: the activities that it was added up from."""

from datetime import datetime

from sqlalchemy import any_, literal, select

from engage.activities.models import Activity
from engage.base.db import db
from engage.statistics import reading
from engage.statistics.answers import Line
from engage.statistics.parts import named
from engage.statistics.scope import Scope


def behind(
    scope: Scope, *, dimension: str = "", sdg: int | None = None, key_feature: str = "", now: datetime
) -> tuple[Line, ...]:
    """The activities of a scope that count in all that is named of the 4, the 17 and the 42, the one most people took part in
    first; `key` is the activity's number."""
    found = reading.figures(scope, "activity", now)
    kept = {key for key in found if found[key].dates or found[key].called_off_dates}
    if dimension or sdg is not None or key_feature:
        wanted = select(Activity.id)
        if dimension:
            wanted = wanted.where(literal(dimension) == any_(Activity.dimensions))
        if sdg is not None:
            wanted = wanted.where(literal(sdg) == any_(Activity.sdgs))
        if key_feature:
            wanted = wanted.where(literal(key_feature) == any_(Activity.key_features))
        kept &= {str(each) for each in db.session.scalars(wanted)}
    ordered = sorted(kept, key=lambda key: (-found[key].took_part, -found[key].places, int(key)))
    return named("activity", ordered, found)
