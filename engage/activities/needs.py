"""Where help is most needed: the coming volunteer dates that lack hands, the most urgent first."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from engage.base.db import ask

# Nobody plans an evening of helping further ahead, and by then others may have come.
HORIZON = timedelta(days=60)
_WEEK = timedelta(days=7)

# Where a date has roles, what each of them lacks counts; one that has too many helps no other.
_LACKING = """
SELECT occurrence.id, occurrence.starts_at, sum(greatest(0, pool.capacity - reserved - occupied)),
       sum(greatest(0, pool.capacity - reserved))
  FROM occurrence JOIN activity ON activity.id = occurrence.activity_id
  JOIN pool ON pool.occurrence_id = occurrence.id
  LEFT JOIN shift_role ON shift_role.id = pool.role_id
 WHERE activity.kind = 'volunteer' AND activity.state = 'published' AND activity.sign_up <> 'drop_in'
   AND occurrence.state = 'scheduled' AND occurrence.starts_at < %(until)s
   AND occurrence.starts_at - activity.sign_up_closes_before * interval '1 minute' > %(now)s
   AND coalesce(activity.sign_up_opens_at, %(now)s) <= %(now)s
   AND pool.capacity IS NOT NULL AND shift_role.removed_at IS NULL
   AND (pool.role_id IS NOT NULL OR NOT EXISTS (
         SELECT FROM pool AS other JOIN shift_role AS needed ON needed.id = other.role_id
          WHERE other.occurrence_id = occurrence.id AND needed.removed_at IS NULL))
 GROUP BY occurrence.id, occurrence.starts_at
HAVING sum(greatest(0, pool.capacity - reserved - occupied)) > 0
"""


@dataclass(frozen=True, slots=True)
class Lack:
    """A date on which `missing` of the `wanted` hands are not there yet."""

    occurrence_id: int
    starts_at: datetime
    missing: int
    wanted: int

    def urgency(self, now: datetime) -> float:
        """The share that is missing; it counts half in a week's time, a third in two. Our own rule, so that it can be told."""
        return self.missing / self.wanted / (1 + (self.starts_at - now) / _WEEK)


def most_needed(now: datetime) -> tuple[Lack, ...]:
    """All dates that lack somebody and can still be signed up for, the most urgent first."""
    rows = ask(_LACKING, {"now": now, "until": now + HORIZON}).fetchall()
    found = [Lack(row[0], row[1], int(row[2]), int(row[3])) for row in rows]
    return tuple(sorted(found, key=lambda each: (-each.urgency(now), each.starts_at, each.occurrence_id)))
