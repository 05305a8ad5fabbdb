"""What stands behind a number: the activities that it was added up from."""

from datetime import datetime

from engage.statistics import reading
from engage.statistics.answers import Behind
from engage.statistics.parts import named
from engage.statistics.scope import Scope

PER_PAGE = 50


def behind(
    scope: Scope, *, dimension: str = "", sdg: int | None = None, key_feature: str = "", page: int = 1, now: datetime
) -> Behind:
    """A page of the activities of a scope that count in all that is named of the 4, the 17 and the 42, the one most people took
    part in first; the last page where there are not so many. `key` of a line is the activity's number."""
    marks = {"dimension": dimension or None, "sdg": sdg, "key_feature": key_feature or None}
    found, whole = reading.most_attended(scope, now, marks, PER_PAGE, (page - 1) * PER_PAGE)
    if not found and page > 1:
        page = _pages(reading.most_attended(scope, now, marks, 1, 0)[1])
        found, whole = reading.most_attended(scope, now, marks, PER_PAGE, (page - 1) * PER_PAGE)
    return Behind(named("activity", list(found), found), whole, page, _pages(whole))


def _pages(whole: int) -> int:
    return max(1, -(-whole // PER_PAGE))
