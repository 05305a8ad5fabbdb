"""The same figures once more, counted one row after the other in Python, from the rows alone: what statistics are compared with."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import fields
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from engage.activities.models import Activity, Occurrence, Pool
from engage.activities.plans import ShiftRole
from engage.base.db import db
from engage.registrations.attendance import Attendance
from engage.registrations.feedback_models import Feedback
from engage.registrations.models import Registration
from engage.statistics import Figures, Scope

CITY = ZoneInfo("Europe/Copenhagen")
ENDED = {
    "cancelled_by_person": "cancelled",
    "cancelled_by_staff": "removed",
    "cancelled_with_event": "called_off",
    "declined": "declined",
    "offer_declined": "offers_lost",
    "offer_expired": "offers_lost",
    "pending_approval": "pending",
    "offered": "pending",
    "waiting": "waiting",
    "confirmed": "confirmed",
}
WAYS = {"web": "by_web", "telegram": "by_telegram", "webchat": "by_webchat", "desk": "by_phone"}


class Recount:
    """All rows as they are now, and what they add up to for a scope."""

    def __init__(self, now: datetime) -> None:
        db.session.expire_all()
        self.now = now
        self.dates = list(db.session.scalars(select(Occurrence)))
        self.activities = {each.id: each for each in db.session.scalars(select(Activity))}
        self.pools = {each.id: each for each in db.session.scalars(select(Pool))}
        self.roles = {each.id: each for each in db.session.scalars(select(ShiftRole))}
        self.sign_ups = list(db.session.scalars(select(Registration)))
        self.by_id = {each.id: each for each in self.sign_ups}
        self.attended = list(db.session.scalars(select(Attendance)))
        self.said = list(db.session.scalars(select(Feedback)))

    def figures(self, scope: Scope, also: Callable[[Occurrence], bool] = lambda _date: True) -> Figures:
        found: Counter[str] = Counter()
        held: set[int] = set()
        for date in self.dates:
            if not self.within(date, scope) or not also(date):
                continue
            of_date = self.of_date(date)
            found.update(of_date)
            if of_date["dates"]:
                held.add(date.activity_id)
        names = {each.name for each in fields(Figures)}
        return Figures(**{"activities": len(held), **{name: found[name] for name in found if name in names}})

    def within(self, date: Occurrence, scope: Scope) -> bool:
        activity, day = self.activities[date.activity_id], date.starts_at.astimezone(ZoneInfo(date.zone)).date()
        return (
            scope.from_ <= day <= scope.to
            and scope.organisation_id in {None, activity.organisation_id}
            and scope.place_id in {None, date.place_id}
            and scope.initiative_id in {None, activity.initiative_id}
            and scope.kind in {"", activity.kind}
            and (not scope.audience or scope.audience in activity.audiences)
        )

    def is_over(self, date: Occurrence) -> bool:
        day = date.starts_at.astimezone(ZoneInfo(date.zone)).date()
        return day < self.now.astimezone(CITY).date() or date.ends_at <= self.now

    def of_date(self, date: Occurrence) -> Counter[str]:
        activity = self.activities[date.activity_id]
        found: Counter[str] = Counter()
        stands = date.state == "scheduled" and activity.state == "published"
        found["dates" if stands else "called_off_dates"] += 1
        own = [each for each in self.sign_ups if each.occurrence_id == date.id]
        for each in own:
            if each.verified_at is not None or each.state == "confirmed":
                self.of_sign_up(each, date, found)
        coming = list(self.coming(date, stands))
        expected = sum(each.seats for each in coming)
        noted = {each.registration_id: each for each in self.attended if each.occurrence_id == date.id}
        over = self.is_over(date)
        if over:
            found["expected"] += expected
        for number, row in noted.items():
            found["attended"] += row.seats
            found["minutes"] += (row.minutes if row.corrected_minutes is None else row.corrected_minutes) or 0
            if self.by_id[number].state == "confirmed":
                found["marked"] += self.by_id[number].seats
                found["absent"] += max(0, self.by_id[number].seats - row.seats)
        if not noted and over:
            found["unchecked"] += expected
            if activity.kind == "volunteer":
                found["planned_minutes"] += expected * round((date.ends_at - date.starts_at).total_seconds() / 60)
        anywhere = {each.registration_id for each in self.attended}
        there = {each.registration_id for each in self.attended if each.seats}
        confirmed = [each for each in own if each.state == "confirmed"]
        found["came"] += sum(each.id in there for each in confirmed)
        if not noted and over:
            found["presumed"] += sum(each.id not in anywhere for each in confirmed)
        capacity = self.capacity(date) if stands and activity.sign_up != "drop_in" else None
        if capacity is not None:
            found["capacity"] += capacity
            found["filled"] += expected
            found["full_dates"] += capacity > 0 and expected >= capacity
        found["waited_dates"] += any(each.state == "waiting" and each.verified_at for each in own)
        self.voices(date, found)
        return found

    def of_sign_up(self, each: Registration, date: Occurrence, found: Counter[str]) -> None:
        found["signed_up"] += 1
        found[ENDED[each.state]] += 1
        found["placed"] += each.placed_at is not None
        if each.state == "waiting":
            found["waiting_seats"] += each.seats
        if each.state == "cancelled_by_person" and each.placed_at is not None:
            found["gave_up"] += 1
            found["gave_up_late"] += each.changed_at > date.starts_at - timedelta(hours=24)
        if each.state == "confirmed":
            found["places"] += each.seats
            found["new_people"] += bool(each.is_new)
            found["first_this_year"] += bool(each.first_this_year)
            found["by_door" if each.walk_in else WAYS.get(each.channel, "by_other")] += each.seats

    def coming(self, date: Occurrence, stands: bool) -> Iterable[Registration]:
        starts = {each.id: each.starts_at for each in self.dates}
        for each in self.sign_ups:
            if each.state != "confirmed":
                continue
            course = self.pools[each.pool_id].course_id
            if course is None and each.occurrence_id == date.id:
                yield each
            if course == date.activity_id and stands and starts[each.occurrence_id] <= date.starts_at:
                yield each

    def capacity(self, date: Occurrence) -> int | None:
        pools = [each for each in self.pools.values() if each.occurrence_id == date.id]
        for each in pools:
            if each.role_id is None and each.capacity is not None:
                return each.capacity - each.reserved
        roles = [each for each in pools if each.role_id and (not self.roles[each.role_id].removed_at or each.occupied)]
        if roles and all(each.capacity is not None for each in roles):
            return sum(each.capacity or 0 for each in roles)
        return None

    def voices(self, date: Occurrence, found: Counter[str]) -> None:
        for each in self.said:
            if each.occurrence_id == date.id:
                found["answers"] += 1
                found[f"rated_{each.rating}"] += 1
                found["pledges"] += each.pledged
                for deed in each.deeds:
                    found[f"deed_{deed}"] += 1
