"""The statements that statistics ask with, put together by what is asked.

Each sees one moment: a year is taken whole or added up from its activities, a date is taken from the sums or counted, never both.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache

from engage.registrations.closed_years import AXES, Axis
from engage.registrations.facts import MEASURES

# By activity it is only asked what is added up from activities.
_AXES = {**AXES, "activity": Axis("activity.id::text")}
# What cannot be told of a date before it is over.
_ONCE_OVER = frozenset({"expected", "unchecked", "presumed", "planned_minutes"})


@dataclass(frozen=True, slots=True)
class Shape:
    """What a statement has in it: dates counted `anew` besides the sums, years taken whole, and what alone is looked at."""

    anew: bool
    years: bool = True
    organisation: bool = False
    place: bool = False
    listed: bool = False


_NARROWED = """
   WHERE (CAST(%(organisation)s AS integer) IS NULL OR activity.organisation_id = %(organisation)s)
     AND (CAST(%(initiative)s AS integer) IS NULL OR activity.initiative_id = %(initiative)s)
     AND (CAST(%(kind)s AS text) = '' OR activity.kind = %(kind)s)
     AND (CAST(%(audience)s AS text) = '' OR activity.audiences @> ARRAY[CAST(%(audience)s AS text)])
"""
_OVER = "({row}.day < %(today)s OR {row}.over_at <= %(now)s)"
_STRETCHES = "unnest(CAST(%(firsts)s AS date[]), CAST(%(lasts)s AS date[])) AS stretch (first, last)"
_STALE = "stale AS MATERIALIZED (SELECT array_agg(id) AS ids FROM stale_dates() AS id)"
_IS_STALE = "row.occurrence_id = ANY((SELECT ids FROM stale)::integer[])"
_WITHIN = "row.day BETWEEN %(from)s AND %(to)s"
# Years that are taken whole: all their dates are in the period, and no activity of theirs counts elsewhere by now. They follow
# one another, as `closed_years` sums them up one after the other. What is left of the period is added up from activities.
_CLOSED = """
closed AS MATERIALIZED (
  SELECT coalesce(array_agg(year::integer), '{}') AS years, min(year) AS first,
         coalesce(array_agg(make_date(year, 1, 1)), '{}') AS days FROM tally_closed
   WHERE year BETWEEN extract(year FROM CAST(%(from)s AS date)) AND extract(year FROM CAST(%(to)s AS date))
     AND coalesce(began >= %(from)s AND ended <= %(to)s, true)
     AND year < coalesce((SELECT extract(year FROM min(own.first_day)) FROM tally_retagged
                            JOIN tally_period AS own USING (activity_id) WHERE own.unit = 'y'), 32767)
), open AS MATERIALIZED (
  SELECT ARRAY(SELECT day FROM unnest(CAST(%(years)s AS date[])) AS day WHERE extract(year FROM day) <> ALL(years)) AS years,
         ARRAY(SELECT day FROM unnest(CAST(%(months)s AS date[])) AS day WHERE extract(year FROM day) <> ALL(years)) AS months
    FROM closed
)
"""
_WHOLE = """
FROM closed JOIN tally_year AS row ON row.year = ANY(closed.years)
WHERE row.axis = ANY(CAST(%(axes)s AS text[])) AND row.audience = %(audience)s AND row.kind = %(kind)s
  AND row.initiative_id = coalesce(CAST(%(initiative)s AS integer), 0)
"""


# What `listing` keeps: activities with a date, as far as they count in all that is named of the 4, the 17 and the 42.
MARKED = """
  part.dates + part.called_off_dates > 0
  AND (CAST(%(dimension)s AS text) IS NULL OR %(dimension)s = ANY(activity.dimensions))
  AND (CAST(%(sdg)s AS integer) IS NULL OR %(sdg)s = ANY(activity.sdgs))
  AND (CAST(%(key_feature)s AS text) IS NULL OR %(key_feature)s = ANY(activity.key_features))
"""


@cache
def sums(axes: tuple[str, ...], shape: Shape) -> str:
    """Rows of `axis`, `key`, `activities` and the measures, for axes whose rows are told apart by the same."""
    apart = _AXES[axes[0]].apart
    named = _named("sum(part.{0})::bigint AS {0}")
    held = "count(*) FILTER (WHERE part.dates > 0)"
    if shape.years:  # not counted once more where it is held in a year that is taken whole
        held = "sum((part.dates + part.earlier > 0)::integer - (part.earlier > 0)::integer)"
    found = " UNION ALL ".join(
        f"SELECT '{axis}' AS axis, {_AXES[axis].key} AS key, {held} AS activities, {named} "
        f"FROM part JOIN activity ON activity.id = part.activity_id {_AXES[axis].joined} {_NARROWED} GROUP BY 2"
        for axis in axes
    )
    first = f"WITH {_before(shape)} part AS ({_of_activities(shape, apart)})"
    if not shape.years:
        return f"{first} {found}"
    since = "row.held[least(cardinality(row.held), 1 + row.year - closed.first)]"
    return f"""
    {first}
    SELECT axis, key, sum(activities)::bigint AS activities, {_named("sum({0})::bigint AS {0}")}
      FROM ({found} UNION ALL SELECT row.axis, row.key, {since}, {_named("row.{0}")} {_WHOLE}) AS found GROUP BY axis, key
    """


@cache
def listing(order: tuple[tuple[str, ...], ...], kept: str, shape: Shape) -> str:
    """Rows of `key`, `whole`, `activities` and the measures: so many activities, and of how many. They are ordered by sums of
    measures, the largest first; `kept` is asked of the activity and of its sums. All measures are added up of those found."""
    asked = tuple(dict.fromkeys((*(name for names in order for name in names), "dates", "called_off_dates")))
    ordered = ", ".join(f"{' + '.join(f'part.{name}' for name in names)} DESC" for names in order)
    found = replace(shape, listed=True)
    return f"""
    WITH {_before(shape)} line AS ({_of_activities(shape, "", asked)}),
    listed AS MATERIALIZED (
      SELECT activity.id, count(*) OVER () AS whole, row_number() OVER (ORDER BY {ordered}, activity.id) AS number
        FROM line AS part JOIN activity ON activity.id = part.activity_id {_NARROWED} AND {kept}
       ORDER BY number LIMIT %(most)s OFFSET %(skip)s
    ), part AS ({_of_activities(found, "")})
    SELECT listed.id::text AS key, listed.whole, (part.dates > 0)::integer AS activities, {_named("part.{0}")}
      FROM listed JOIN part ON part.activity_id = listed.id ORDER BY listed.number
    """


@cache
def whom(shape: Shape) -> str:
    """Rows of `value`, `sign_ups` and `seats`."""
    whole = f"UNION ALL SELECT row.key, row.confirmed, row.places {_WHOLE}" if shape.years else ""
    return f"""
    WITH {_before(shape)} part AS ({_whom_rows(shape)}), found AS (
      SELECT part.value, part.sign_ups, part.seats FROM part JOIN activity ON activity.id = part.activity_id
      {_NARROWED} {whole}
    )
    SELECT value, sum(sign_ups)::bigint AS sign_ups, sum(seats)::bigint AS seats
      FROM found GROUP BY value HAVING sum(sign_ups) > 0 ORDER BY value
    """


def _named(pattern: str, measures: Iterable[str] = MEASURES) -> str:
    return ", ".join(pattern.format(name) for name in measures)


def _before(shape: Shape) -> str:
    parts = [_STALE] if shape.anew else []
    parts += [_CLOSED] if shape.years else []
    if shape.organisation:
        parts.append(
            "own AS MATERIALIZED (SELECT array_agg(id) AS ids FROM activity WHERE organisation_id = %(organisation)s)"
        )
    return "".join(f"{part}, " for part in parts)


def _only(shape: Shape) -> str:
    """Which rows alone are read, by an index."""
    asked = " AND row.place_id = %(place)s" if shape.place else ""
    asked += (
        " AND row.activity_id = ANY((SELECT ids FROM own)::integer[])"
        if shape.organisation and not shape.listed
        else ""
    )
    return asked + (" AND row.activity_id = ANY((SELECT array_agg(id) FROM listed)::integer[])" if shape.listed else "")


def _of_activities(shape: Shape, apart: str, measures: tuple[str, ...] = MEASURES) -> str:
    """What a period has of each activity, by place, month or year where that is asked; `earlier` tells whether it held something
    in the years that are taken whole."""
    by = "activity_id" + (f", {apart}" if apart else "")
    added = ", ".join(f"sum({_once_over(name)})::bigint AS {name}" for name in measures)
    summed = f"""
    SELECT {by}, {added} FROM ({_rows(shape, measures)}) AS row
     WHERE (row.over OR NOT CAST(%(only_over)s AS boolean)) GROUP BY {by}
    """
    if not shape.years:
        return summed
    held = "own.unit = 'y' AND own.first_day = ANY(closed.days)"
    if apart == "month":
        held = (
            "own.unit = 'm' AND own.first_day = grouped.month AND extract(year FROM own.first_day) = ANY(closed.years)"
        )
    if apart == "year":
        held = "own.unit = 'y' AND own.first_day = make_date(grouped.year, 1, 1) AND grouped.year = ANY(closed.years)"
    if apart == "place_id":
        held += " AND own.place_id = grouped.place_id"
    return f"""
    SELECT grouped.*, coalesce(whole.dates, 0) AS earlier
      FROM ({summed}) AS grouped CROSS JOIN closed
      LEFT JOIN LATERAL (
        SELECT sum(own.dates) AS dates FROM tally_period AS own WHERE own.activity_id = grouped.activity_id AND {held}
      ) AS whole ON true
    """


def _once_over(name: str) -> str:
    return f"CASE WHEN row.over THEN row.{name} ELSE 0 END" if name in _ONCE_OVER else f"row.{name}"


def _rows(shape: Shape, measures: tuple[str, ...]) -> str:
    """Rows to add up: years, months, days; for dates that changed since, less what was summed of them and more what they are."""
    names, less = _named("row.{0}", measures), _named("-row.{0}", measures)
    only, over = _only(shape), _OVER.format(row="row")
    month = "date_trunc('month', row.day)::date AS month, extract(year FROM row.day)::integer AS year"
    selected = [
        f"SELECT row.activity_id, row.place_id, true AS over, row.first_day AS month, "
        f"extract(year FROM row.first_day)::integer AS year, {names} FROM tally_period AS row "
        f"WHERE row.unit = '{unit}' AND row.first_day = ANY({days}){only}"
        for unit, days in _periods(shape)
    ]
    head = f"SELECT row.activity_id, row.place_id, {over} AS over, {month},"
    selected.append(
        f"{head} {names} FROM {_STRETCHES} JOIN tally AS row ON row.day BETWEEN stretch.first AND stretch.last "
        f"WHERE true{_of_days(shape)}{only}"
    )
    if shape.anew:
        selected += [
            f"{head} {less} FROM tally AS row WHERE {_IS_STALE} AND {_WITHIN}{only}",
            f"{head} {names} FROM stale, tally_of(stale.ids) AS row WHERE {_WITHIN}{only}",
        ]
    return " UNION ALL ".join(selected)


def _whom_rows(shape: Shape) -> str:
    only = _only(shape)
    selected = [
        "SELECT row.activity_id, row.place_id, row.value, row.sign_ups, row.seats FROM tally_whom_period AS row "
        f"WHERE row.part = %(part)s AND row.unit = '{unit}' AND row.first_day = ANY({days}){only}"
        for unit, days in _periods(shape)
    ]
    of_day = "FROM tally AS row JOIN tally_whom AS said USING (occurrence_id)"
    selected.append(
        f"SELECT row.activity_id, row.place_id, said.value, said.sign_ups, said.seats {of_day} JOIN {_STRETCHES} "
        f"ON row.day BETWEEN stretch.first AND stretch.last WHERE said.part = %(part)s{_of_days(shape)}{only}"
    )
    if shape.anew:
        within = f"said.part = %(part)s AND {_WITHIN}{only}"
        selected += [
            f"SELECT row.activity_id, row.place_id, said.value, -said.sign_ups, -said.seats {of_day} "
            f"WHERE {_IS_STALE} AND {within}",
            "SELECT row.activity_id, row.place_id, said.value, said.sign_ups, said.seats "
            "FROM stale, tally_of(stale.ids) AS row, tally_whom_of(stale.ids) AS said "
            f"WHERE said.occurrence_id = row.occurrence_id AND {within}",
        ]
    return " UNION ALL ".join(selected)


def _periods(shape: Shape) -> list[tuple[str, str]]:
    """The units that sums are kept by, with the first days of those that are read."""
    days = "(SELECT {0} FROM open)::date[]" if shape.years else "CAST(%({0})s AS date[])"
    return [("y", days.format("years")), ("m", days.format("months"))]


def _of_days(shape: Shape) -> str:
    return " AND extract(year FROM row.day) <> ALL((SELECT years FROM closed)::integer[])" if shape.years else ""
