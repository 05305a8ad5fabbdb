"""The sums of a scope, right to the last committed sign-up: what is rolled up, with the dates that changed since counted anew."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from psycopg import Connection as PostgresConnection
from psycopg.rows import dict_row
from sqlalchemy import text

from engage.base.config import current_settings
from engage.base.db import db
from engage.statistics import statements
from engage.statistics.figures import Figures, Freshness
from engage.statistics.periods import Parts, take_apart
from engage.statistics.scope import Scope
from engage.statistics.statements import Shape

# More dates than this are not counted anew while somebody waits for a page; how old the figures are is said instead.
MOST_COUNTED_ANEW = 500
_BACKLOG = """
SELECT count(*), min(noted_at) FROM (
  SELECT occurrence_id, min(noted_at) AS noted_at FROM tally_stale GROUP BY occurrence_id) AS stale
"""


def freshness() -> Freshness:
    """How true figures read now are."""
    backlog, since = db.session.execute(text(_BACKLOG)).one()
    return Freshness(as_of=since if backlog > MOST_COUNTED_ANEW else None, backlog=backlog)


def figures(scope: Scope, axis: str, now: datetime, *, only_over: bool = False) -> dict[str, Figures]:
    """What each key of an axis adds up to; of the whole, the key is ''. None where there is no date.

    `only_over` leaves out what is not over by `now`.
    """
    return several(scope, (axis,), now, only_over=only_over)[axis]


def several(
    scope: Scope, axes: tuple[str, ...], now: datetime, *, only_over: bool = False
) -> dict[str, dict[str, Figures]]:
    """The same by axis, of several axes at once: those by place and by month are read by themselves."""
    facts = {**_facts(scope, now, years=axes != ("month",)), "only_over": only_over, "axes": list(axes)}
    found: dict[str, dict[str, Figures]] = {axis: {} for axis in axes}
    for row in _rows(statements.sums(axes, _shape(scope, years=axes != ("activity",))), facts):
        if row["key"] is not None:
            found[row["axis"]][row["key"]] = Figures.read(row)
    return found


def most_waited(scope: Scope, now: datetime, most: int) -> dict[str, Figures]:
    """The activities with the longest lines, the longest first."""
    statement = statements.listing((("waiting_seats",),), "part.waiting_seats > 0", _shape(scope, years=False))
    rows = _rows(statement, {**_facts(scope, now), "only_over": False, "most": most, "skip": 0})
    return {row["key"]: Figures.read(row) for row in rows}


def most_attended(
    scope: Scope, now: datetime, marks: Mapping[str, Any], most: int, skip: int
) -> tuple[dict[str, Figures], int]:
    """Activities that held something or called it off, the one most people took part in first, and how many there are after those
    that are skipped. `marks` may name a `dimension`, an `sdg` and a `key_feature`."""
    statement = statements.listing(
        (("attended", "unchecked"), ("places",)), statements.MARKED, _shape(scope, years=False)
    )
    marked = {name: marks.get(name) for name in ("dimension", "sdg", "key_feature")}
    rows = _rows(statement, {**_facts(scope, now), **marked, "only_over": False, "most": most, "skip": skip})
    return {row["key"]: Figures.read(row) for row in rows}, rows[0]["whole"] if rows else 0


def whom(scope: Scope, part: str, now: datetime) -> list[dict[str, Any]]:
    """What people with a place said of themselves: `value`, `sign_ups` and `seats`."""
    return _rows(statements.whom(_shape(scope)), {**_facts(scope, now), "part": part, "axes": [part]})


def _shape(scope: Scope, *, years: bool = True) -> Shape:
    """Years are taken whole where they are kept by all that is asked: of an organisation or a place the activities are few."""
    apart = {"organisation": scope.organisation_id is not None, "place": scope.place_id is not None}
    return Shape(anew=0 < freshness().backlog <= MOST_COUNTED_ANEW, years=years and not any(apart.values()), **apart)


def _rows(statement: str, facts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Ask without a prepared plan: one made for any scope takes a hundred times as long as one made for this scope."""
    driver: PostgresConnection[Any] = db.session.connection().connection.driver_connection  # type: ignore[assignment]
    with driver.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(statement.encode(), facts, prepare=False).fetchall()


def _facts(scope: Scope, now: datetime, *, years: bool = True) -> dict[str, Any]:
    today = now.astimezone(current_settings().city.zone).date()
    parts: Parts = take_apart(scope.from_, scope.to, today, years=years)
    return {
        "years": list(parts.years),
        "months": list(parts.months),
        "firsts": [first for first, _last in parts.stretches],
        "lasts": [last for _first, last in parts.stretches],
        "from": scope.from_,
        "to": scope.to,
        "today": today,
        "now": now,
        "organisation": scope.organisation_id,
        "place": scope.place_id,
        "audience": scope.audience,
        "kind": scope.kind,
        "initiative": scope.initiative_id,
    }


def span() -> tuple[date, date] | None:
    """The first and the last day on which something was or is held; None in a city without dates. Read from the dates themselves,
    so that it is true before they are counted. No clock is two days from UTC."""
    first, last = db.session.execute(text(_SPAN)).one()
    return (first, last) if first is not None else None


_SPAN = """
WITH near AS (
  SELECT (SELECT min(starts_at) FROM occurrence) + interval '2 days' AS first,
         (SELECT max(starts_at) FROM occurrence) - interval '2 days' AS last
)
SELECT (SELECT min((starts_at AT TIME ZONE zone)::date) FROM occurrence WHERE starts_at <= near.first),
       (SELECT max((starts_at AT TIME ZONE zone)::date) FROM occurrence WHERE starts_at >= near.last)
  FROM near
"""


def known_before(day: date) -> bool:
    """Whether anything is known of the time up to and with this day."""
    found = span()
    return found is not None and found[0] <= day


def names_of(table: str, keys: Sequence[str]) -> Mapping[str, Any]:
    """How the organisations, places, initiatives or activities with these numbers are called, by the number as a word."""
    statement = _NAMES[table]
    rows = db.session.execute(text(statement), {"ids": [int(key) for key in keys]})
    return {str(row.id): row.name for row in rows}


_NAMES = {
    "organisation": "SELECT id, name FROM organisation WHERE id = ANY(CAST(:ids AS integer[]))",
    "place": "SELECT id, name FROM place WHERE id = ANY(CAST(:ids AS integer[]))",
    "initiative": "SELECT id, names AS name FROM initiative WHERE id = ANY(CAST(:ids AS integer[]))",
    "activity": "SELECT activity_id AS id, jsonb_object_agg(language, title) AS name FROM activity_text "
    "WHERE activity_id = ANY(CAST(:ids AS integer[])) GROUP BY activity_id",
}
