"""Whether the seats' totals are what the sign-ups and holds add up to. The triggers keep them; a difference is a defect."""

from typing import LiteralString

from sqlalchemy import select

from engage.activities.models import Pool
from engage.base.db import ask, db

# What each pool should say: its own, a date's with those of its roles, and a date of a course as the course.
_WRONG: LiteralString = """
WITH own AS (
  SELECT pool_id, sum(seats[1]) AS occupied, sum(seats[2]) AS unverified, sum(seats[3]) AS waiting FROM (
    SELECT pool_id, seats_of(state, seats, offered_seats, holds_seat, verified_at) AS seats FROM registration
    UNION ALL SELECT pool_id, ARRAY[seats, seats, 0] FROM seat_hold) AS each
  GROUP BY pool_id
), due AS (
  SELECT pool.id, coalesce(sum(own.occupied), 0) AS occupied, coalesce(sum(own.unverified), 0) AS unverified,
         coalesce(sum(own.waiting) FILTER (WHERE part.role_id IS NOT DISTINCT FROM pool.role_id), 0) AS waiting
    FROM pool
    LEFT JOIN occurrence ON occurrence.id = pool.occurrence_id
    JOIN pool AS part ON part.id = pool.id
      OR (pool.role_id IS NULL AND part.occurrence_id = pool.occurrence_id AND part.role_id IS NOT NULL)
      OR (pool.role_id IS NULL AND part.course_id = occurrence.activity_id)
    LEFT JOIN own ON own.pool_id = part.id
   WHERE %(pool)s::integer IS NULL OR pool.id = %(pool)s
   GROUP BY pool.id
)
SELECT due.id, due.occupied, due.unverified, due.waiting FROM due JOIN pool ON pool.id = due.id
 WHERE (pool.occupied, pool.unverified, pool.waiting) <> (due.occupied, due.unverified, due.waiting) ORDER BY due.id
"""
_CORRECT = """
UPDATE pool SET occupied = %(occupied)s, unverified = %(unverified)s, waiting = %(waiting)s WHERE id = %(pool)s
"""


def correct() -> int:
    """Compare every pool's totals with what they are about, and set right what differs. Returns how many differed.

    It is looked for without a lock, as one statement sees one moment, and mended under the pool's own lock, where it is counted
    again, so that no seat is given twice.
    """
    return sum(map(_correct, differing()))


def differing(pool_id: int | None = None) -> list[int]:
    """The pools, or whether this one, whose totals are not what they are about."""
    return [row[0] for row in ask(_WRONG, {"pool": pool_id}).fetchall()]


def _correct(pool_id: int) -> bool:
    guard = select(Pool.occurrence_id).where(Pool.id == pool_id).scalar_subquery()
    locked = select(Pool.id).where((Pool.id == pool_id) | ((Pool.occurrence_id == guard) & Pool.role_id.is_(None)))
    db.session.execute(locked.order_by(Pool.id).with_for_update())
    row = ask(_WRONG, {"pool": pool_id}).fetchone()
    if row is None:
        return False
    ask(_CORRECT, dict(zip(("pool", "occupied", "unverified", "waiting"), row, strict=True)))
    return True
