"""The demo city: its organisations, places and activities with dates around today, as its files tell, and guests on them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from engage.accounts import Organisation, OrganisationKind
from engage.activities import shifts
from engage.activities.asking import Question, QuestionKind
from engage.activities.models import (
    Activity,
    ActivityState,
    ActivityText,
    Initiative,
    Kind,
    Occurrence,
    OccurrenceState,
    Place,
    Pool,
    SignUpMode,
)
from engage.activities.shifts import RoleInput
from engage.base.db import db
from engage.base.identifiers import public_id
from engage.base.wording import slug
from engage.people import find_or_create
from engage.registrations import Registration, State

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass
class Town:
    """Collects the demo's parts by key, then builds them in the order they need each other."""

    now: datetime
    zone: ZoneInfo
    organisations: dict[str, Organisation] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    initiatives: dict[str, Initiative] = field(default_factory=dict)
    activities: list[dict[str, Any]] = field(default_factory=list)
    terms: dict[str, dict[str, Any]] = field(default_factory=dict)
    guests: int = 0

    def read(self, document: dict[str, Any]) -> None:
        for entry in document.get("organisation", ()):
            self.organisations[entry["key"]] = self._organisation(entry)
        for entry in document.get("place", ()):
            self.places[entry["key"]] = _place(entry)
        for entry in document.get("initiative", ()):
            self.initiatives[entry["key"]] = Initiative(
                key=entry["key"], names=entry["name"], texts=entry.get("text", {}), url=entry.get("url", "")
            )
        self.activities += document.get("activity", ())
        self.terms |= {entry["activity"]: entry for entry in document.get("terms", ())}

    def build(self) -> int:
        """Add everything to the session; returns the number of occurrences."""
        db.session.add_all([*self.organisations.values(), *self.places.values(), *self.initiatives.values()])
        count = 0
        for entry in self.activities:
            activity = self._activity(entry)
            db.session.add(activity)
            terms = self.terms.get(entry["key"], {})
            self._agree(activity, terms)
            made = [
                (self._occurrence(dates, first), dates)
                for dates in entry.get("occurrence", ())
                for first in _first_days(dates, self.now.astimezone(self.zone).date())
            ]
            activity.occurrences += [occurrence for occurrence, _dates in made]
            db.session.flush()
            count += len(made)
            for occurrence, dates in made if not terms.get("role") else ():
                self._fill(occurrence, dates)
            for role in terms.get("role", ()):
                texts = {part: role.get(part, {}) for part in ("text", "vetting")}
                wanted = RoleInput(role["name"], texts["text"], texts["vetting"], capacity=role["capacity"])
                shifts.add_role(activity.id, wanted, now=self.now)
            if terms.get("role"):  # who helps signs up for a task, so guests can come only once there are some
                self._fill_roles(activity, entry)
        return count

    def _agree(self, activity: Activity, terms: dict[str, Any]) -> None:
        """Put on the activity what is not as usual about signing up for it, and what is asked."""
        for name, value in terms.get("terms", {}).items():
            setattr(activity, name, value)
        activity.sign_up = SignUpMode(terms.get("sign_up", activity.sign_up))
        db.session.flush()
        if activity.sign_up == SignUpMode.WHOLE_COURSE:
            db.session.add(Pool(course_id=activity.id))
        made: list[Question] = []
        for position, question in enumerate(terms.get("question", ())):
            made.append(_question(activity, position, question, made))
        db.session.add_all(made)

    def _organisation(self, entry: dict[str, Any]) -> Organisation:
        return Organisation(
            public_id=public_id(),
            key=entry["key"],
            name=entry["name"],
            kind=OrganisationKind(entry["kind"]),
            sector=entry.get("sector", ""),
            email=entry.get("email", ""),
            phone=entry.get("phone", ""),
            url=entry.get("url", ""),
            presentation=entry.get("text", {}),
            created_at=self.now,
        )

    def _activity(self, entry: dict[str, Any]) -> Activity:
        titles = entry["title"]
        initiative = self.initiatives.get(entry.get("initiative", ""))
        return Activity(
            public_id=public_id(),
            key=entry["key"],
            slug=slug(titles.get("da") or next(iter(titles.values()))),
            organisation=self.organisations[entry["organisation"]],
            initiative=initiative,
            kind=Kind(entry["kind"]),
            state=ActivityState.PUBLISHED,
            sign_up=SignUpMode(entry.get("sign_up", "registration")),
            audiences=entry.get("audiences", []),
            for_whom=entry.get("for_whom", []),
            arenas=entry.get("arenas", []),
            spoken_languages=entry.get("languages", []),
            dimensions=entry.get("dimensions", []),
            sdgs=entry.get("sdgs", []),
            key_features=entry.get("key_features", []),
            price=round(entry.get("price", 0) * 100),
            price_notes=entry.get("price_note", {}),
            accessibility=entry.get("accessibility", {}),
            contact_email=entry.get("contact_email", ""),
            contact_phone=entry.get("contact_phone", ""),
            created_at=self.now,
            updated_at=self.now,
            texts=[
                ActivityText(
                    language=language,
                    title=title,
                    summary=entry.get("summary", {}).get(language, ""),
                    body=entry.get("body", {}).get(language, ""),
                )
                for language, title in titles.items()
            ],
        )

    def _occurrence(self, dates: dict[str, Any], day: date) -> Occurrence:
        begin, _, end = dates["time"].partition("-")
        last = day + timedelta(days=1) if dates.get("ends_next_day") else day
        cancelled = dates.get("cancelled", False)
        return Occurrence(
            public_id=public_id(),
            place=self.places.get(dates.get("place", "")),
            online_url=dates.get("online", ""),
            starts_at=self._instant(day, begin),
            ends_at=self._instant(last, end or begin),
            zone=self.zone.key,
            state=OccurrenceState.CANCELLED if cancelled else OccurrenceState.SCHEDULED,
            sequence=1 if cancelled else 0,
            updated_at=self.now,
            pool=Pool(capacity=dates.get("capacity")),
        )

    def _instant(self, day: date, clock: str) -> datetime:
        hour, _, minute = clock.strip().partition(".")
        return datetime.combine(day, time(int(hour), int(minute or 0)), self.zone)

    def _fill(self, occurrence: Occurrence, dates: dict[str, Any]) -> None:
        """Sign up guests on reserved addresses, so that some dates are full and some have few places left.

        Of a course the first date alone, as its guests come to all of them.
        """
        if (
            occurrence.activity.sign_up == SignUpMode.WHOLE_COURSE
            and occurrence is not occurrence.activity.occurrences[0]
        ):
            return
        pool = _pool(occurrence)
        for state, seats in ((State.CONFIRMED, dates.get("prefilled", 0)), (State.WAITING, dates.get("waiting", 0))):
            while seats > 0:
                party = min(seats, (1, 2, 1, 3)[self.guests % 4])
                self._guest(occurrence, state, party, pool)
                seats -= party

    def _fill_roles(self, activity: Activity, entry: dict[str, Any]) -> None:
        """Share out the guests of each date among its tasks, one after the other as long as there is room."""
        db.session.flush()
        prefilled = [
            dates.get("prefilled", 0)
            for dates in entry.get("occurrence", ())
            for _each in range(dates.get("repeat", 1))
        ]
        for occurrence, number in zip(activity.occurrences, prefilled, strict=True):
            db.session.refresh(occurrence)
            room = {pool.id: pool.capacity or number for pool in occurrence.role_pools}
            taken = min(number, sum(room.values()) - len(room))  # something stays to be done in each
            while taken > 0:
                pool = max(room, key=lambda each: (room[each], -each))
                self._guest(occurrence, State.CONFIRMED, 1, pool)
                room[pool] -= 1
                taken -= 1

    def _guest(self, occurrence: Occurrence, state: State, seats: int, pool: int) -> None:
        self.guests += 1
        email = f"gaest{self.guests}@example.org"
        joined = self.now - timedelta(days=3) + timedelta(minutes=self.guests)
        with db.session.no_autoflush:  # many go into the database together
            person = find_or_create("email", email, language="da", now=self.now)
        db.session.add(
            Registration(
                public_id=public_id(12),
                pool_id=pool,
                occurrence_id=occurrence.id,
                person_id=person,
                state=state,
                seats=seats,
                name=f"Gæst {self.guests}",
                email=email,
                language="da",
                channel="web",
                joined_at=joined,
                verified_at=joined,
                changed_at=joined,
            )
        )


def _pool(occurrence: Occurrence) -> int:
    course = db.session.scalar(select(Pool.id).where(Pool.course_id == occurrence.activity_id))
    return course or occurrence.pool.id


def _question(activity: Activity, position: int, entry: dict[str, Any], before: Sequence[Question]) -> Question:
    """One question; `shown_when` names one before it by its place in the file, the first is 0."""
    reason = entry.get("shown_when")
    options = [
        {"key": each["key"], "labels": {name: words for name, words in each.items() if name != "key"}}
        for each in entry.get("option", ())
    ]
    return Question(
        public_id=public_id(), activity_id=activity.id, position=position, kind=QuestionKind(entry["kind"]),
        labels=entry["label"], hints={}, options=options, required=entry.get("required", False),
        shown_when={"question": before[reason["question"]].public_id, "is": reason["is"]} if reason else {},
    )  # fmt: skip


def _place(entry: dict[str, Any]) -> Place:
    return Place(
        public_id=public_id(),
        key=entry["key"],
        name=entry["name"],
        street=entry.get("street", ""),
        postal_code=entry.get("postal_code", ""),
        town=entry.get("town", ""),
        latitude=entry.get("latitude"),
        longitude=entry.get("longitude"),
        accessibility=entry.get("accessibility", {}),
    )


def _first_days(dates: dict[str, Any], today: date) -> list[date]:
    """The days an entry stands for: fixed ones, or weeks from now; a day of this week that is over moves to the next."""
    if "date" in dates:
        return [date.fromisoformat(str(dates["date"]))]
    monday = today - timedelta(days=today.weekday())
    first = monday + timedelta(weeks=dates["weeks"], days=WEEKDAYS.index(dates["weekday"]))
    if first < today and dates["weeks"] == 0:
        first += timedelta(weeks=1)
    step = timedelta(weeks=dates.get("every_weeks", 1))
    return [first + number * step for number in range(dates.get("repeat", 1))]
