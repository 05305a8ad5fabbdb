"""The worker's part in the sums of years that are over: each is summed up once by what one may ask by.

So a question about many years reads as many rows a year as there are answers, and not as many as there were activities. A year
is summed up from the sums of its activities (`tally_period`), under the lock of those who write these; who changes one of them
says that the year is no longer true, and those after it, whose `held` looks back on it. Until it is summed up anew, who asks
adds up the activities.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text

from engage.base.config import current_settings
from engage.base.db import db
from engage.registrations.facts import AGE, AREA, MEASURES


@dataclass(frozen=True, slots=True)
class Axis:
    """What sums are grouped by: the key, what has to be joined for it, and by what besides its activity a row is told apart."""

    key: str
    joined: str = ""
    apart: str = ""


AXES = {
    "total": Axis("''"),
    "dimension": Axis("of.key", "CROSS JOIN LATERAL unnest(activity.dimensions) AS of (key)"),
    "sdg": Axis("of.key::text", "CROSS JOIN LATERAL unnest(activity.sdgs) AS of (key)"),
    "key_feature": Axis("of.key", "CROSS JOIN LATERAL unnest(activity.key_features) AS of (key)"),
    "audience": Axis("of.key", "CROSS JOIN LATERAL unnest(activity.audiences) AS of (key)"),
    "matrix": Axis(
        "of.dimension || ' ' || goal.number",
        "CROSS JOIN LATERAL unnest(activity.dimensions) AS of (dimension) "
        "CROSS JOIN LATERAL unnest(activity.sdgs) AS goal (number)",
    ),
    "organisation": Axis("activity.organisation_id::text"),
    "initiative": Axis("activity.initiative_id::text"),
    "kind": Axis("activity.kind"),
    "place": Axis("part.place_id::text", apart="place_id"),
    "month": Axis("part.month::text", apart="month"),
    "year": Axis("part.year::text", apart="year"),
}
_WHOM = (AGE, AREA)
# While so many changes wait to be counted, no year is summed up only to be so again a moment later.
_BUSY = 500
# Years since an activity last held something, where it never did before.
_NEVER = 32_767

_NEXT = text(f"""
SELECT year FROM generate_series(
         (SELECT extract(year FROM min(day))::integer FROM tally), CAST(:today AS integer) - 1) AS known (year)
 WHERE NOT EXISTS (SELECT FROM tally_closed WHERE tally_closed.year = known.year)
   AND (SELECT count(*) FROM (SELECT FROM tally_stale LIMIT {_BUSY}) AS changed) < {_BUSY}
 ORDER BY year LIMIT 1
""")
_CLOSED = text("""
INSERT INTO tally_closed (year, began, ended)
SELECT :year, min(day), max(day) FROM tally WHERE day >= :first AND day <= :last
""")
_TAKE_RETAGGED = text("""
WITH taken AS (DELETE FROM tally_retagged RETURNING activity_id)
SELECT extract(year FROM min(first_day))::integer FROM tally_period JOIN taken USING (activity_id) WHERE unit = 'y'
""")


def close(now: datetime) -> int:
    """Sum up the first year that is over and not summed up; 1, or 0 when there is none. For who holds the lock of counting."""
    today = now.astimezone(current_settings().city.zone).year
    year = db.session.scalar(_NEXT, {"today": today})
    if year is None:
        return 0
    known = db.session.scalar(text("SELECT extract(year FROM min(day))::integer FROM tally"))
    facts = {"year": year, "first": date(year, 1, 1), "last": date(year, 12, 31), "known": year - known}
    db.session.execute(text("DELETE FROM tally_year WHERE year = :year"), facts)
    for statement in _STATEMENTS:
        db.session.execute(statement, facts)
    db.session.execute(_CLOSED, facts)
    return 1


def reopen(years: Sequence[int]) -> None:
    """Say that something in these years was counted anew, so that they and those after them have to be summed up again."""
    if years:
        db.session.execute(text("DELETE FROM tally_closed WHERE year >= :year"), {"year": min(years)})


def reopen_retagged() -> None:
    """The same for the years of activities that count elsewhere by now."""
    year = db.session.scalar(_TAKE_RETAGGED)
    reopen([year] if year is not None else [])


_NAMES = ", ".join(MEASURES)
# An activity counts for all, and for each part of the city that it is of.
_OF_WHOM = """
 CROSS JOIN LATERAL (
   SELECT of_audience.name AS audience, of_kind.name AS kind, of_initiative.id AS initiative_id
     FROM (SELECT '' UNION SELECT unnest(activity.audiences)) AS of_audience (name)
    CROSS JOIN (VALUES (''), (activity.kind)) AS of_kind (name)
    CROSS JOIN (SELECT 0 UNION SELECT activity.initiative_id WHERE activity.initiative_id IS NOT NULL) AS of_initiative (id)
 ) AS whom
"""


_OF_PART = ", ".join(f"sum(part.{name}) AS {name}" for name in MEASURES)
_ADDED = ", ".join(f"sum({name}) AS {name}" for name in MEASURES)
# When an activity last held something before, there or anywhere, in years ago.
_SINCE = """
coalesce(:year - (
  SELECT extract(year FROM max(before.first_day))::integer FROM tally_period AS before
   WHERE before.unit = 'y' AND before.activity_id = own.activity_id AND before.first_day < :first AND before.dates > 0 {also}
), {never})
"""
# What a year has of each activity, by what tells its rows apart.
_OWN = {
    "": f"""
    SELECT activity_id, {_SINCE.format(also="", never=_NEVER)} AS since, {_ADDED}
      FROM tally_period AS own WHERE unit = 'y' AND first_day = :first GROUP BY activity_id
    """,
    "place_id": f"""
    SELECT activity_id, place_id, {_SINCE.format(also="AND before.place_id = own.place_id", never=_NEVER)} AS since, {_ADDED}
      FROM tally_period AS own WHERE unit = 'y' AND first_day = :first GROUP BY activity_id, place_id
    """,
    "year": f"""
    SELECT activity_id, CAST(:year AS integer) AS year, {_NEVER} AS since, {_ADDED}
      FROM tally_period AS own WHERE unit = 'y' AND first_day = :first GROUP BY activity_id
    """,
    "month": f"""
    SELECT activity_id, first_day AS month, {_NEVER} AS since, {_ADDED}
      FROM tally_period AS own WHERE unit = 'm' AND first_day BETWEEN :first AND :last GROUP BY activity_id, first_day
    """,
}


def _by(name: str, axis: Axis) -> str:
    return f"""
    INSERT INTO tally_year (axis, audience, kind, initiative_id, year, key, held, {_NAMES})
    SELECT '{name}', audience, kind, initiative_id, :year, key,
           ARRAY(SELECT (SELECT count(*) FROM unnest(since) AS ago WHERE ago > back) FROM generate_series(0, :known) AS back
                  ORDER BY back), {_NAMES}
      FROM (
        SELECT whom.audience, whom.kind, whom.initiative_id, {axis.key} AS key,
               coalesce(array_agg(part.since) FILTER (WHERE part.dates > 0), '{{}}') AS since, {_OF_PART}
          FROM ({_OWN[axis.apart]}) AS part JOIN activity ON activity.id = part.activity_id {axis.joined} {_OF_WHOM}
         WHERE {axis.key} IS NOT NULL GROUP BY 1, 2, 3, 4
      ) AS summed
    """


def _by_whom(part: str) -> str:
    """What people said of themselves counts sign-ups with a place, and their seats: nothing else is known of it."""
    sums = {"confirmed": "sum(sign_ups)", "places": "sum(seats)"}
    return f"""
    INSERT INTO tally_year (axis, audience, kind, initiative_id, year, key, held, {_NAMES})
    SELECT '{part}', whom.audience, whom.kind, whom.initiative_id, :year, own.value, '{{}}',
           {", ".join(sums.get(name, "0") for name in MEASURES)}
      FROM tally_whom_period AS own JOIN activity ON activity.id = own.activity_id {_OF_WHOM}
     WHERE own.unit = 'y' AND own.first_day = :first AND own.part = '{part}' GROUP BY 2, 3, 4, 6
    """


_STATEMENTS = (
    *(text(_by(name, axis)) for name, axis in AXES.items()),
    *(text(_by_whom(part)) for part in _WHOM),
)
