"""The worker's part in the sums of what happened: what changed since the last time is counted anew, and nothing else.

A date is counted whole, by `tally_of`, so counting it twice does no harm and no change is added twice. What is taken out of the
list of changed dates was visible when it was taken, and so was the change it stands for, since both were written in one
transaction; what was committed later is still in the list. So nothing is lost whichever transaction commits first, and no clock
or number is compared.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text

from engage.base.db import ask, db
from engage.registrations import closed_years
from engage.registrations.facts import MEASURES, MONTH, YEAR

# The numbers of the lock that keeps counting in one hand (advisory locks, which take two); persons are under 4217.
_LOCK = 4218, 0
# So many changes a run: a run is one transaction, and those who read meanwhile count what is left in the list themselves.
# What a run reads at once its process keeps room for ever after.
MOST_CHANGES = 1_000

_TAKE = """
WITH taken AS (
  DELETE FROM tally_stale
   WHERE id IN (SELECT id FROM tally_stale WHERE registration_id IS NULL ORDER BY id LIMIT %(most)s) RETURNING occurrence_id
)
SELECT DISTINCT occurrence_id FROM taken
UNION
SELECT other.id FROM taken JOIN occurrence ON occurrence.id = taken.occurrence_id
  JOIN pool ON pool.course_id = occurrence.activity_id JOIN occurrence AS other ON other.activity_id = occurrence.activity_id
"""
_WHOSE = """
SELECT registration.person_id, array_agg(tally_stale.id)
  FROM tally_stale JOIN registration ON registration.id = tally_stale.registration_id
 WHERE registration.person_id IS NOT NULL GROUP BY registration.person_id ORDER BY registration.person_id LIMIT %(most)s
"""
_UNNOTE = "UPDATE tally_stale SET registration_id = NULL WHERE id = ANY(%(ids)s)"
_UNNOTE_NOBODY = """
UPDATE tally_stale SET registration_id = NULL
 WHERE registration_id IS NOT NULL
   AND NOT EXISTS (SELECT FROM registration WHERE id = tally_stale.registration_id AND person_id IS NOT NULL)
"""


def settle(most: int = MOST_CHANGES) -> int:
    """Say anew which place was somebody's first, where two things happened to them at the same moment or they became somebody
    else's. Who is being signed up just now is left for the next time. Returns how many persons were looked at.
    """
    ask(_UNNOTE_NOBODY, {})
    settled = 0
    for person, notes in ask(_WHOSE, {"most": most}).fetchall():
        if db.session.scalar(text("SELECT settle_first(:person)"), {"person": person}):
            ask(_UNNOTE, {"ids": notes})
            settled += 1
    return settled


def roll_up(_now: datetime, most: int = MOST_CHANGES) -> int:
    """Count anew the dates that changed, and the months and years they are in. Returns how many dates.

    Only one does so at a time: of two, the one that began earlier could write what it saw over what the other saw later.
    """
    if not _alone():
        return 0
    settle()
    closed_years.reopen_retagged()
    ids = [row[0] for row in ask(_TAKE, {"most": most}).fetchall()]
    if ids:
        _count(ids)
    return len(ids)


def rehearse(_now: datetime) -> int:
    """Ask what counting asks, of no date. For who holds back what is asked (`base.answerless`)."""
    closed_years.reopen_retagged()
    _count(())
    return 0


def close_years(now: datetime) -> int:
    """Sum up one of the years that are over and not summed up yet. Returns 1, or 0 when there is none or somebody counts."""
    return closed_years.close(now) if _alone() else 0


def _alone() -> bool:
    got = ask(
        "SELECT pg_try_advisory_xact_lock(%(first)s, %(second)s)", dict(zip(("first", "second"), _LOCK, strict=True))
    )
    return bool((got.fetchone() or (False,))[0])


def _count(ids: Sequence[int]) -> None:
    """Put what these dates are now in the place of what they were, and sum up anew the months and years of both.

    The sums of a date that is what it was are left alone: much of what happens, such as a name that is forgotten, is not counted.
    """
    facts = {"ids": list(ids)}
    dates, said = (set(db.session.execute(statement, facts).all()) for statement in _FORGET)
    dates ^= set(db.session.execute(_COUNT, facts).all())
    said ^= set(db.session.execute(_COUNT_WHOM, facts).all())
    other = {row[0] for row in said}
    dates |= {row for row in db.session.execute(_KEPT, facts) if row[0] in other}
    keys = sorted({(row[1], row[2].replace(day=1)) for row in dates})
    closed_years.reopen([month.year for _activity, month in keys])
    for unit, long in ((MONTH, "month"), (YEAR, "year")):
        pairs = sorted({(activity, month if unit == MONTH else month.replace(month=1)) for activity, month in keys})
        spans = {"unit": unit, "long": long, "length": f"1 {long}"}
        named = {
            "activities": [activity for activity, _first in pairs],
            "firsts": [first for _activity, first in pairs],
        }
        for statement in _SUM_UP:
            db.session.execute(statement, {**spans, **named})


def count_all() -> None:
    """Count every date and sum it all up, whatever stood there: after a bulk load, or to mend what a restored copy lacks. The
    years that are over are left to `close_years`."""
    db.session.execute(text("LOCK TABLE tally_stale IN SHARE MODE"))  # nobody notes a change meanwhile
    for table in (
        "tally_stale",
        "tally",
        "tally_whom",
        "tally_period",
        "tally_whom_period",
        "tally_closed",
        "tally_year",
    ):
        db.session.execute(text(f"DELETE FROM {table}"))  # noqa: S608  (constants)
    for statement in _COUNT_ALL:
        db.session.execute(statement)


_NAMES = ", ".join(MEASURES)
_SUMS = ", ".join(f"sum({name})" for name in MEASURES)

_ALL = f"occurrence_id, activity_id, day, place_id, over_at, {_NAMES}"
_KEPT = text("SELECT occurrence_id, activity_id, day FROM tally WHERE occurrence_id = ANY(:ids)")
# What was, and then what is: dates, and what people said of themselves.
_FORGET = (
    text(f"DELETE FROM tally WHERE occurrence_id = ANY(:ids) RETURNING {_ALL}"),  # noqa: S608  (constants, here and below)
    text(
        "DELETE FROM tally_whom WHERE occurrence_id = ANY(:ids) RETURNING occurrence_id, part, value, sign_ups, seats"
    ),
)
_COUNT = text(f"INSERT INTO tally SELECT * FROM tally_of(:ids) RETURNING {_ALL}")  # noqa: S608
_COUNT_WHOM = text("""
INSERT INTO tally_whom SELECT * FROM tally_whom_of(:ids) RETURNING occurrence_id, part, value, sign_ups, seats
""")
_OF_SPAN = """
  FROM unnest(CAST(:activities AS integer[]), CAST(:firsts AS date[])) AS span (activity_id, first_day)
  JOIN tally ON tally.activity_id = span.activity_id AND tally.day >= span.first_day
   AND tally.day < span.first_day + CAST(:length AS interval)
"""
_FORGET_SPANS = """
 USING unnest(CAST(:activities AS integer[]), CAST(:firsts AS date[])) AS span (activity_id, first_day)
 WHERE period.unit = :unit AND period.activity_id = span.activity_id AND period.first_day = span.first_day
"""
_SUM_UP = (
    text(f"DELETE FROM tally_period AS period {_FORGET_SPANS}"),  # noqa: S608
    text(f"""
    INSERT INTO tally_period (unit, first_day, activity_id, place_id, {_NAMES})
    SELECT :unit, span.first_day, tally.activity_id, tally.place_id, {_SUMS} {_OF_SPAN} GROUP BY 2, 3, 4
    """),
    text(f"DELETE FROM tally_whom_period AS period {_FORGET_SPANS}"),  # noqa: S608
    text(f"""
    INSERT INTO tally_whom_period (unit, first_day, activity_id, place_id, part, value, sign_ups, seats)
    SELECT :unit, span.first_day, tally.activity_id, tally.place_id, part, value, sum(sign_ups), sum(seats)
    {_OF_SPAN} JOIN tally_whom ON tally_whom.occurrence_id = tally.occurrence_id GROUP BY 2, 3, 4, 5, 6
    """),
)
_COUNT_ALL = (
    text("INSERT INTO tally SELECT * FROM tally_of(ARRAY(SELECT id FROM occurrence))"),
    text("INSERT INTO tally_whom SELECT * FROM tally_whom_of(ARRAY(SELECT id FROM occurrence))"),
    text(f"""
    INSERT INTO tally_period (unit, first_day, activity_id, place_id, {_NAMES})
    SELECT unit, date_trunc(long, day)::date, activity_id, place_id, {_SUMS}
      FROM tally CROSS JOIN (VALUES ('m', 'month'), ('y', 'year')) AS span (unit, long) GROUP BY 1, 2, 3, 4
    """),  # noqa: S608
    text("""
    INSERT INTO tally_whom_period (unit, first_day, activity_id, place_id, part, value, sign_ups, seats)
    SELECT unit, date_trunc(long, day)::date, activity_id, place_id, part, value, sum(sign_ups), sum(seats)
      FROM tally JOIN tally_whom USING (occurrence_id)
      CROSS JOIN (VALUES ('m', 'month'), ('y', 'year')) AS span (unit, long) GROUP BY 1, 2, 3, 4, 5, 6
    """),
)
