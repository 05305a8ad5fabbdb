"""Reads, for the memory of what is coming, the dates on which volunteers may help (`coming.Hands`)."""

from array import array
from datetime import datetime

from sqlalchemy import text

from engage.activities.coming import Dates, Hands, numbers
from engage.base.db import db

_HELPING = text(
    """
    SELECT string_agg(int4send(occurrence.id), '' ORDER BY starts_at, occurrence.id),
           string_agg(float8send(coalesce(CAST(extract(epoch FROM sign_up_opens_at) AS float8), 0)), ''
                      ORDER BY starts_at, occurrence.id),
           string_agg(float8send(CAST(extract(epoch FROM starts_at) - 60 * sign_up_closes_before AS float8)), ''
                      ORDER BY starts_at, occurrence.id)
      FROM occurrence JOIN activity ON activity.id = activity_id
     WHERE ends_at > :now AND activity.kind = 'volunteer' AND activity.state = 'published' AND sign_up <> 'drop_in'
       AND occurrence.state = 'scheduled'
    """
)


def read(dates: Dates, now: datetime) -> Hands:
    """Those among `dates`, which were read in the same transaction or a moment before."""
    occurrences, opens, closes = db.session.execute(_HELPING, {"now": now}).one()
    position = {number: each for each, number in enumerate(dates.occurrences)}
    rows = zip(numbers("i", occurrences), numbers("d", opens), numbers("d", closes), strict=True)
    # What began to be published since those were read raises the revision, and is read with the next page.
    known = sorted((position[number], first, last) for number, first, last in rows if number in position)
    return Hands(
        array("I", (row[0] for row in known)),
        array("d", (row[1] for row in known)),
        array("d", (row[2] for row in known)),
    )
