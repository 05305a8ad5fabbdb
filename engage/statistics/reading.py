"""The sums of a scope, right to the last committed sign-up: what is rolled up, with the dates that changed since counted anew.

All of it is one statement, so that it sees one moment: a date is either taken from the sums or counted, never both.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any

from psycopg import Connection as PostgresConnection
from psycopg.rows import dict_row
from sqlalchemy import text

from engage.base.config import current_settings
from engage.base.db import db
from engage.registrations.facts import MEASURES
from engage.statistics.figures import Figures, Freshness
from engage.statistics.periods import Parts, take_apart
from engage.statistics.scope import Scope

# More dates than this are not counted anew while somebody waits for a page; how old the figures are is said instead.
MOST_COUNTED_ANEW = 500
# What cannot be told of a date before it is over.
_ONCE_OVER = frozenset({"expected", "unchecked", "presumed", "planned_minutes"})

# By what sums are grouped: the key, and what has to be joined for it.
_AXES = {
    "total": ("''", ""),
    "dimension": ("of.key", "CROSS JOIN LATERAL unnest(activity.dimensions) AS of (key)"),
    "sdg": ("of.key::text", "CROSS JOIN LATERAL unnest(activity.sdgs) AS of (key)"),
    "key_feature": ("of.key", "CROSS JOIN LATERAL unnest(activity.key_features) AS of (key)"),
    "audience": ("of.key", "CROSS JOIN LATERAL unnest(activity.audiences) AS of (key)"),
    "matrix": (
        "of.dimension || ' ' || goal.number",
        "CROSS JOIN LATERAL unnest(activity.dimensions) AS of (dimension) "
        "CROSS JOIN LATERAL unnest(activity.sdgs) AS goal (number)",
    ),
    "organisation": ("activity.organisation_id::text", ""),
    "initiative": ("activity.initiative_id::text", ""),
    "kind": ("activity.kind", ""),
    "place": ("part.place_id::text", ""),
    "activity": ("activity.id::text", ""),
    "month": ("part.month::text", ""),
}

_BACKLOG = """
SELECT count(*), min(noted_at) FROM (
  SELECT occurrence_id, min(noted_at) AS noted_at FROM tally_stale GROUP BY occurrence_id) AS stale
"""


def freshness() -> Freshness:
    """How true figures read now are."""
    backlog, since = db.session.execute(text(_BACKLOG)).one()
    return Freshness(as_of=since if backlog > MOST_COUNTED_ANEW else None, backlog=backlog)


def sums(scope: Scope, axis: str, now: datetime, *, only_over: bool = False) -> list[dict[str, Any]]:
    """What each key of an axis adds up to, as rows of `key`, `activities` and the measures; none where there is no date.

    `only_over` leaves out what is not over by `now`.
    """
    fresh = freshness()
    anew = 0 < fresh.backlog <= MOST_COUNTED_ANEW
    facts = {**_facts(scope, now, years=axis != "month"), "only_over": only_over}
    return _rows(_statement(axis, anew), facts)


def figures(scope: Scope, axis: str, now: datetime, *, only_over: bool = False) -> dict[str, Figures]:
    """The same by key; of the whole, the key is ''."""
    rows = sums(scope, axis, now, only_over=only_over)
    return {row["key"]: Figures.read(row) for row in rows if row["key"] is not None}


def most_waited(scope: Scope, now: datetime, most: int) -> dict[str, Figures]:
    """The activities with the longest lines, the longest first."""
    fresh = freshness()
    statement = _statement("activity", 0 < fresh.backlog <= MOST_COUNTED_ANEW)
    longest = (
        f"SELECT * FROM ({statement}) AS line WHERE waiting_seats > 0 ORDER BY waiting_seats DESC, key LIMIT %(most)s"
    )
    rows = _rows(longest, {**_facts(scope, now), "only_over": False, "most": most})
    return {row["key"]: Figures.read(row) for row in rows}


def whom(scope: Scope, part: str, now: datetime) -> list[dict[str, Any]]:
    """What people with a place said of themselves: `value`, `sign_ups` and `seats`."""
    fresh = freshness()
    anew = 0 < fresh.backlog <= MOST_COUNTED_ANEW
    return _rows(_whom_statement(anew), {**_facts(scope, now), "part": part})


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


_NARROWED = """
   WHERE (CAST(%(organisation)s AS integer) IS NULL OR activity.organisation_id = %(organisation)s)
     AND (CAST(%(initiative)s AS integer) IS NULL OR activity.initiative_id = %(initiative)s)
     AND (CAST(%(kind)s AS text) = '' OR activity.kind = %(kind)s)
     AND (CAST(%(audience)s AS text) = '' OR activity.audiences @> ARRAY[CAST(%(audience)s AS text)])
"""
_OVER = "({row}.day < %(today)s OR {row}.over_at <= %(now)s)"
_STRETCHES = "unnest(CAST(%(firsts)s AS date[]), CAST(%(lasts)s AS date[])) AS stretch (first, last)"


@cache
def _statement(axis: str, anew: bool) -> str:
    key, joined = _AXES[axis]
    grouped = {"place": ", part.place_id", "month": ", part.month"}.get(axis, "")
    added = ", ".join(f"sum({_once_over(name)})::bigint AS {name}" for name in MEASURES)
    summed = ", ".join(f"sum(part.{name})::bigint AS {name}" for name in MEASURES)
    return f"""
    WITH {_stale(anew)} summed AS ({_parts(anew)}),
    part AS (
      SELECT part.activity_id{grouped}, {added} FROM summed AS part
       WHERE (CAST(%(place)s AS integer) IS NULL OR part.place_id = %(place)s)
         AND (part.over OR NOT CAST(%(only_over)s AS boolean))
       GROUP BY part.activity_id{grouped}
    )
    SELECT {key} AS key, count(*) FILTER (WHERE part.dates > 0) AS activities, {summed}
      FROM part JOIN activity ON activity.id = part.activity_id {joined}
    {_NARROWED} GROUP BY 1
    """


def _once_over(name: str) -> str:
    return f"CASE WHEN part.over THEN part.{name} ELSE 0 END" if name in _ONCE_OVER else f"part.{name}"


def _stale(anew: bool) -> str:
    return "stale AS MATERIALIZED (SELECT array_agg(id) AS ids FROM stale_dates() AS id)," if anew else ""


def _parts(anew: bool) -> str:
    """Rows to add up: years, months, days; for dates that changed since, less what was summed of them and more what they are."""
    names = ", ".join(f"row.{name}" for name in MEASURES)
    less = ", ".join(f"-row.{name}" for name in MEASURES)
    over, month = _OVER.format(row="row"), "date_trunc('month', row.day)::date"
    selected = [
        f"SELECT row.activity_id, row.place_id, true AS over, row.first_day AS month, {names} FROM tally_period AS row "
        f"WHERE row.unit = '{unit}' AND row.first_day = ANY(CAST(%({many})s AS date[]))"
        for unit, many in (("y", "years"), ("m", "months"))
    ]
    head = f"SELECT row.activity_id, row.place_id, {over}, {month},"
    selected.append(
        f"{head} {names} FROM {_STRETCHES} JOIN tally AS row ON row.day BETWEEN stretch.first AND stretch.last"
    )
    if anew:
        within = "row.day BETWEEN %(from)s AND %(to)s"
        selected += [
            f"{head} {less} FROM tally AS row WHERE row.occurrence_id = ANY((SELECT ids FROM stale)::integer[]) AND {within}",
            f"{head} {names} FROM stale, tally_of(stale.ids) AS row WHERE {within}",
        ]
    return " UNION ALL ".join(selected)


@cache
def _whom_statement(anew: bool) -> str:
    return f"""
    WITH {_stale(anew)} part AS ({_whom_parts(anew)})
    SELECT part.value, sum(part.sign_ups)::bigint AS sign_ups, sum(part.seats)::bigint AS seats
      FROM part JOIN activity ON activity.id = part.activity_id
    {_NARROWED} AND (CAST(%(place)s AS integer) IS NULL OR part.place_id = %(place)s)
     GROUP BY part.value HAVING sum(part.sign_ups) > 0 ORDER BY part.value
    """


def _whom_parts(anew: bool) -> str:
    selected = [
        "SELECT activity_id, place_id, value, sign_ups, seats FROM tally_whom_period "
        f"WHERE part = %(part)s AND unit = '{unit}' AND first_day = ANY(CAST(%({many})s AS date[]))"
        for unit, many in (("y", "years"), ("m", "months"))
    ]
    of_day = "FROM tally AS row JOIN tally_whom AS own USING (occurrence_id)"
    selected.append(
        f"SELECT row.activity_id, row.place_id, own.value, own.sign_ups, own.seats {of_day} JOIN {_STRETCHES} "
        "ON row.day BETWEEN stretch.first AND stretch.last WHERE own.part = %(part)s"
    )
    if anew:
        within = "own.part = %(part)s AND row.day BETWEEN %(from)s AND %(to)s"
        selected += [
            f"SELECT row.activity_id, row.place_id, own.value, -own.sign_ups, -own.seats {of_day} "
            f"WHERE row.occurrence_id = ANY((SELECT ids FROM stale)::integer[]) AND {within}",
            "SELECT row.activity_id, row.place_id, own.value, own.sign_ups, own.seats "
            "FROM stale, tally_of(stale.ids) AS row, tally_whom_of(stale.ids) AS own "
            f"WHERE own.occurrence_id = row.occurrence_id AND {within}",
        ]
    return " UNION ALL ".join(selected)


def span() -> tuple[date, date] | None:
    """The first and the last day on which something was or is held; None in a city without dates."""
    first, last = db.session.execute(text("SELECT min(day), max(day) FROM tally")).one()
    return (first, last) if first is not None else None


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
