"""A past for the demo city: what was held in the last two years, who came, and what they said.

Nobody stands behind it: all in it are forgotten already, and stay counted.
"""

from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import selectinload

from engage.activities.models import Activity, Kind, Occurrence, OccurrenceState, Pool, SignUpMode
from engage.base.config import current_settings
from engage.base.db import db
from engage.base.identifiers import public_id
from engage.registrations.attendance.models import Attendance
from engage.registrations.facts import UNSAID
from engage.registrations.feedback import DEEDS
from engage.registrations.feedback_models import Feedback
from engage.registrations.models import Registration, State
from engage.registrations.whom import BANDS

# Nothing in the last weeks, so that nobody is asked how it was.
_LATEST, _EARLIEST = timedelta(days=21), timedelta(days=640)
_CHANNELS = ("web",) * 11 + ("telegram",) * 4 + ("webchat",) * 2 + ("desk",) * 3
# Who says how old they are, and how often: the young are missed, so that there is something to see.
_AGES = (*BANDS, UNSAID, "")
_HOW_OFTEN = (9, 2, 4, 22, 24, 26, 4, 5, 4)
_RATINGS = (5, 5, 5, 5, 4, 4, 4, 3, 3, 2)


def load(now: datetime) -> int:
    """Add past dates to most of the demo's activities; the same each time. Returns how many dates."""
    chance = Random(4217)  # noqa: S311  (nothing secret comes of it)
    query = select(Activity).where(Activity.key.is_not(None), Activity.sign_up != SignUpMode.WHOLE_COURSE)
    activities = db.session.scalars(query.options(selectinload(Activity.occurrences)).order_by(Activity.key)).all()
    held: list[Occurrence] = []
    for activity in activities:
        coming = [each for each in activity.occurrences if each.starts_at > now]
        if coming and chance.random() < 0.7:
            held += [_date(coming[0], chance, now) for _turn in range(chance.choice((1, 2, 3, 4)))]
    db.session.add_all(held)
    db.session.flush()
    _fill(held, chance)
    return len(held)


def _date(like: Occurrence, chance: Random, now: datetime) -> Occurrence:
    """A date some weeks before one that is coming, so that it is the same weekday at the same time."""
    ago = _LATEST + (_EARLIEST - _LATEST) * chance.random() ** 1.4
    weeks = -(-(like.starts_at - now + ago) // timedelta(weeks=1))
    back = timedelta(weeks=weeks)
    return Occurrence(
        public_id=public_id(), activity_id=like.activity_id, place_id=like.place_id, online_url=like.online_url,
        starts_at=like.starts_at - back, ends_at=like.ends_at - back, zone=like.zone, updated_at=now,
        state=OccurrenceState.CANCELLED if chance.random() < 0.05 else OccurrenceState.SCHEDULED,
        pool=Pool(capacity=like.pool.capacity),
    )  # fmt: skip


def _fill(held: list[Occurrence], chance: Random) -> None:
    """Who signed up, who was noted at the door, and what they said."""
    rows: list[dict[str, Any]] = []
    answers = Random(17)  # noqa: S311  (nothing secret comes of it)
    for date in held:
        room = min(date.pool.capacity or 30, 30)
        wanted = round(room * chance.uniform(0.3, 1.25))
        while wanted > 0:
            seats = min(wanted, chance.choice((1, 1, 1, 2, 2, 3)))
            wanted -= seats
            rows.append(_sign_up(date, seats, chance, room) | _said(date, answers))
            room -= seats if rows[-1]["state"] == State.CONFIRMED else 0
    ids = list(db.session.scalars(insert(Registration).returning(Registration.id, sort_by_parameter_order=True), rows))
    noted = {each.id for each in held if chance.random() < 0.8 and each.state == OccurrenceState.SCHEDULED}
    dates = {each.id: each for each in held}
    there, said = [], []
    for number, row in zip(ids, rows, strict=True):
        date, came = dates[row["occurrence_id"]], chance.random() < 0.88
        if row["state"] != State.CONFIRMED:
            continue
        if date.id in noted:
            there.append(_attendance(number, date, row["seats"] if came else 0))
        if came and chance.random() < 0.35:
            said.append(_feedback(date, chance))
    db.session.execute(insert(Attendance), there)
    db.session.execute(insert(Feedback), said)


def _said(date: Occurrence, answers: Random) -> dict[str, Any]:
    """An age band and a part of town, where they are asked: the first part of the city's list is where most come from."""
    if not date.activity.asks_whom:
        return {"age_band": "", "area": ""}
    areas = (*current_settings().city.areas, UNSAID, "")
    weights = [12 / (number + 1) ** 1.5 for number in range(len(areas))]
    return {
        "age_band": answers.choices(_AGES, _HOW_OFTEN)[0],
        "area": answers.choices(areas, weights)[0],
    }


def _sign_up(date: Occurrence, seats: int, chance: Random, room: int) -> dict[str, Any]:
    at = date.starts_at - timedelta(hours=chance.choice((6, 30, 80, 200, 400)))
    state = State.CONFIRMED if seats <= room else State.WAITING
    if date.state == OccurrenceState.CANCELLED:
        state = State.CANCELLED_WITH_EVENT
    elif state == State.CONFIRMED and chance.random() < 0.12:
        state = State.CANCELLED_BY_PERSON
    new = state == State.CONFIRMED and chance.random() < 0.4
    gave_up = date.starts_at - timedelta(hours=chance.choice((5, 40, 70)))
    changed = max(at, gave_up) if state == State.CANCELLED_BY_PERSON else at
    return {
        "public_id": public_id(12), "pool_id": date.pool.id, "occurrence_id": date.id, "state": state, "seats": seats,
        "language": "da", "channel": chance.choice(_CHANNELS), "joined_at": at, "verified_at": at,
        "changed_at": changed,
        "placed_at": None if state == State.WAITING else at,
        "is_new": new if state == State.CONFIRMED else None,
        "first_this_year": new or chance.random() < 0.3 if state == State.CONFIRMED else None,
    }  # fmt: skip


def _attendance(registration: int, date: Occurrence, seats: int) -> dict[str, Any]:
    length = (date.ends_at - date.starts_at) // timedelta(minutes=1)
    minutes = seats * length if date.activity.kind == Kind.VOLUNTEER else None
    first = date.starts_at if seats else None
    return {
        "registration_id": registration, "occurrence_id": date.id, "seats": seats, "first_in_at": first, "minutes": minutes,
        "marked_at": date.starts_at,
    }  # fmt: skip


def _feedback(date: Occurrence, chance: Random) -> dict[str, Any]:
    deeds = [each for each in DEEDS if chance.random() < 0.25]
    return {
        "public_id": public_id(12), "occurrence_id": date.id, "rating": chance.choice(_RATINGS), "deeds": deeds,
        "dimensions": date.activity.dimensions, "sdgs": date.activity.sdgs, "given_at": date.ends_at + timedelta(days=1),
        "changed_at": date.ends_at + timedelta(days=1),
    }  # fmt: skip
