"""Dates of today in the demo city, so that there is somebody to receive at the door at whatever hour one looks.

They are made anew on each day on which the demo is loaded, and never twice on one.
"""

import tomllib
from datetime import date, datetime, time, timedelta
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from engage.activities.models import Activity, Kind, Occurrence, OccurrenceState, Pool
from engage.base.db import db
from engage.base.identifiers import public_id
from engage.registrations import State, attendance
from engage.registrations.attendance import Keeper, Scan, Way
from engage.seed.guests import guest

# So many of ten who are expected are there already where it has begun.
_CAME_OF_TEN = 6
_PARTIES = (1, 1, 2, 1, 4, 1, 1, 3)


def load(now: datetime, zone: ZoneInfo) -> int:
    """Make the dates of today that are missing; returns how many were."""
    said = tomllib.loads((files("engage") / "demo" / "today.toml").read_text("utf-8"))
    named = select(Activity).where(Activity.key.in_([entry["activity"] for entry in said["today"]]))
    activities = {each.key: each for each in db.session.scalars(named)}
    day, made = now.astimezone(zone).date(), 0
    for entry in said["today"]:
        for first in (day - timedelta(days=1), day):
            begins, ends = _hours(entry, first, zone)
            activity = activities.get(entry["activity"])
            over = first < day and ends <= now  # of yesterday's, those that are still on
            if activity is None or over or _is_there(activity, first, zone):
                continue
            occurrence = _date(activity, entry, begins, ends, now)
            _fill(occurrence, entry, said["names"], now)
            made += 1
    return made


def _hours(entry: dict[str, Any], day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    begin, end = (_clock(each) for each in entry["time"].split("-"))
    last = day + timedelta(days=1) if end <= begin else day
    return datetime.combine(day, begin, zone), datetime.combine(last, end, zone)


def _clock(text: str) -> time:
    hour, _point, minute = text.partition(".")
    return time(int(hour), int(minute))


def _is_there(activity: Activity, day: date, zone: ZoneInfo) -> bool:
    return any(each.starts_at.astimezone(zone).date() == day for each in activity.occurrences)


def _date(activity: Activity, entry: dict[str, Any], begins: datetime, ends: datetime, now: datetime) -> Occurrence:
    """At the place where the activity is held anyway."""
    like = min(activity.occurrences, key=lambda each: each.id)
    occurrence = Occurrence(
        public_id=public_id(), place_id=like.place_id, starts_at=begins, ends_at=ends, zone=like.zone, updated_at=now,
        state=OccurrenceState.SCHEDULED, pool=Pool(capacity=entry["capacity"]),
    )  # fmt: skip
    activity.occurrences.append(occurrence)
    db.session.flush()
    return occurrence


def _fill(occurrence: Occurrence, entry: dict[str, Any], names: list[str], now: datetime) -> None:
    """Sign people up in parties, the rest on the waiting list, and let in most of them where it has begun."""
    at, guests = int(entry["names_from"]), []
    for state, seats in ((State.CONFIRMED, entry["guests"]), (State.WAITING, entry.get("waiting", 0))):
        while seats > 0:
            alone = occurrence.activity.kind == Kind.VOLUNTEER
            party = 1 if alone else min(seats, _PARTIES[at % len(_PARTIES)])
            guests.append(guest(occurrence, names[at % len(names)], state, party, now))
            seats, at = seats - party, at + 1
    db.session.flush()
    if occurrence.starts_at > now:
        return
    for number, one in enumerate(each for each in guests if each.state == State.CONFIRMED):
        if number % 10 < _CAME_OF_TEN:
            came = min(now, occurrence.starts_at + timedelta(minutes=number - 10))
            scan = Scan(f"demo-{one.public_id}", Way.LIST, sign_up=one.public_id, happened_at=came)
            attendance.check_in(occurrence.id, scan, keeper=Keeper(), now=now)
