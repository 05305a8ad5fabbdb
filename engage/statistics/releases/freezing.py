"""Months are released when they are closed: some days after their end, so that who came is noted. What is released stays.

A correction that comes later changes no release: what changed would be told by the difference.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, select, text

from engage.base.config import current_settings
from engage.base.db import db
from engage.registrations.facts import UNSAID
from engage.registrations.whom import OUTSIDE
from engage.statistics import whom
from engage.statistics.releases.models import Release, ReleasedAtom, ReleasedDates, ReleasedPart
from engage.statistics.releases.safety import OTHER, Atom, Profile, SignUp, atoms

# The number of the lock that keeps releasing in one hand; counting has 4218.
_LOCK = 4219, 0

_PROFILE = """
jsonb_build_object(
  'sector', ARRAY[organisation.kind], 'kind', ARRAY[activity.kind],
  'dimension', ARRAY(SELECT DISTINCT each FROM unnest(activity.dimensions) AS each ORDER BY 1),
  'sdg', ARRAY(SELECT DISTINCT lpad(each::text, 2, '0') FROM unnest(activity.sdgs) AS each ORDER BY 1),
  'key_feature', ARRAY(SELECT DISTINCT each FROM unnest(activity.key_features) AS each ORDER BY 1),
  'audience', ARRAY(SELECT DISTINCT each FROM unnest(activity.audiences) AS each ORDER BY 1),
  'initiative', ARRAY(SELECT initiative.key FROM initiative WHERE initiative.id = activity.initiative_id),
  'place', ARRAY(SELECT place.town FROM place WHERE place.id = occurrence.place_id AND place.town <> ''))
"""
_MONTH = """
  JOIN activity ON activity.id = occurrence.activity_id
  JOIN organisation ON organisation.id = activity.organisation_id
 WHERE occurrence.starts_at >= CAST(:first AS date) - 2 AND occurrence.starts_at < CAST(:after AS date) + 2
   AND (occurrence.starts_at AT TIME ZONE occurrence.zone)::date >= :first
   AND (occurrence.starts_at AT TIME ZONE occurrence.zone)::date < :after
   AND occurrence.state = 'scheduled' AND activity.state = 'published'
"""
# Of a sign-up with a place: where nobody was noted on a volunteers' date, all gave it.
_SIGN_UPS = text(
    f"""
SELECT registration.person_id, occurrence.id, registration.seats, {_PROFILE},
       CASE WHEN registration.walk_in THEN 'door' ELSE registration.channel END AS channel,
       CASE WHEN registration.is_new THEN 'new' WHEN registration.first_this_year THEN 'back'
            WHEN registration.first_this_year IS NULL THEN '' ELSE 'again' END AS newness,
       CASE WHEN noted.came THEN 'came' WHEN NOT noted.came THEN 'away' ELSE '' END AS attendance,
       registration.age_band, registration.area,
       CASE WHEN activity.kind <> 'volunteer' THEN 0
            ELSE round(extract(epoch FROM occurrence.ends_at - occurrence.starts_at) / 60) END::int AS length,
       coalesce(noted.came, NOT EXISTS (SELECT FROM attendance WHERE attendance.occurrence_id = occurrence.id)) AS gave
  FROM occurrence
  JOIN registration ON registration.occurrence_id = occurrence.id AND registration.state = 'confirmed'
  LEFT JOIN LATERAL (
    SELECT bool_or(attendance.seats > 0) AS came
      FROM attendance WHERE attendance.registration_id = registration.id) AS noted ON true
{_MONTH}
"""  # noqa: S608 (put together of what stands above alone)
)
_DATES = text(f"SELECT {_PROFILE}, count(*) FROM occurrence {_MONTH} GROUP BY 1")  # noqa: S608 (likewise)
_FIRST_EVER = text("SELECT min((starts_at AT TIME ZONE zone)::date) FROM occurrence WHERE state = 'scheduled'")


def freeze(now: datetime) -> int:
    """Release the next closed month; with those before it that were too small, if any. Returns how many releases that made.

    Months before it in which nobody signed up are released with it, each by itself: what was held then is told of that month, and
    of nobody. Until one comes in which somebody did, they wait.

    Two workers that do this at once release it once: the second one finds the lock taken and leaves it.
    """
    if not db.session.scalar(select(func.pg_try_advisory_xact_lock(*_LOCK))):
        return 0
    first = _next_month(now)
    last = first
    city = current_settings().city
    found: list[SignUp] = []
    empty: list[date] = []
    while last is not None and first is not None and _is_closed(last, now):
        found += sign_ups(last)
        if not found:
            empty.append(last)
            first = after(last)
        elif (safe := atoms(found, city.suppress_below)) is not None:
            for month in empty:
                _write(month, month, city.suppress_below, (), now)
            _write(first, last, city.suppress_below, safe, now)
            return len(empty) + 1
        last = after(last)
    return 0


def closes_on(month: date) -> date:
    """The day on which a month is closed."""
    return after(month) + timedelta(days=current_settings().city.release_after_days)


def after(month: date) -> date:
    """The first day of the next month."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def sign_ups(month: date) -> list[SignUp]:
    """All with a place on a date of the month, as they are now."""
    rows = db.session.execute(_SIGN_UPS, {"first": month, "after": after(month)})
    large = whom.large_areas(month)
    return [_sign_up(*row, large=large) for row in rows]


def _sign_up(
    person: int | None, occurrence: int, seats: int, profile: Mapping[str, Sequence[str]],
    channel: str, newness: str, attendance: str, age: str, area: str, length: int, gave: bool,
    *, large: Collection[str] | None,
) -> SignUp:  # fmt: skip
    parts = {"channel": channel, "newness": newness, "attendance": attendance, "age": age, "area": _area(area, large)}
    return SignUp(person, occurrence, seats, length, _profile(profile), parts, gave)


def _area(area: str, large: Collection[str] | None) -> str:
    """A part of town as it may be told: by itself where enough live there, and not at all while that is not known."""
    if large is None:
        return ""
    return area if not area or area in (UNSAID, OUTSIDE) or area in large else OTHER


def _profile(found: Mapping[str, Sequence[str]]) -> Profile:
    return {name: tuple(values) for name, values in found.items()}


def _next_month(now: datetime) -> date | None:
    released = db.session.scalar(select(func.max(Release.last_month)))
    if released is not None:
        return after(released)
    first = db.session.scalar(_FIRST_EVER)
    return first.replace(day=1) if first is not None and first <= now.date() else None


def _is_closed(month: date, now: datetime) -> bool:
    return now.astimezone(current_settings().city.zone).date() >= closes_on(month)


def _write(first: date, last: date, least: int, safe: Sequence[Atom], now: datetime) -> None:
    release = Release(first_month=first, last_month=last, least=least, released_at=now)
    db.session.add(release)
    db.session.flush()
    for each in safe:
        facts: dict[str, Any] = {name: list(values) for name, values in each.profile.items()}
        atom = ReleasedAtom(
            release_id=release.id, profile=facts, sign_ups=each.sign_ups, seats=each.seats, minutes=each.minutes
        )
        db.session.add(atom)
        db.session.flush()
        parts = [
            {"atom_id": atom.id, "split": part.split, "value": part.value, "sign_ups": part.sign_ups}
            for part in each.parts
        ]
        if parts:
            db.session.execute(insert(ReleasedPart), parts)
    until = after(last)
    for profile, count in db.session.execute(_DATES, {"first": first, "after": until}):
        db.session.add(ReleasedDates(release_id=release.id, profile=profile, dates=count))
    db.session.flush()
