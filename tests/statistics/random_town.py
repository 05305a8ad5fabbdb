"""A town drawn at random: dates over two years or more, a course, a shift with roles, a drop-in; and things that happen there."""

import random
from datetime import UTC, datetime, timedelta

from sqlalchemy import exists, select

from engage.activities.models import (
    Activity,
    ActivityState,
    Initiative,
    Kind,
    Occurrence,
    OccurrenceState,
    Pool,
    SignUpMode,
)
from engage.base.db import db
from engage.base.identifiers import public_id
from engage.people import find_or_create
from engage.registrations.attendance import Attendance
from engage.registrations.feedback_models import Feedback
from engage.registrations.models import LIVE, Registration, State
from tests.town import Town

NOW = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)
DIMENSIONS = ("social", "environmental", "economic", "cultural")
CHANNELS = ("web", "web", "telegram", "webchat", "desk", "sms")


class RandomTown:
    """Builds itself from a number, and lets something happen when asked to."""

    def __init__(self, seed: int, *, days: int = 420) -> None:
        self.chance = random.Random(seed)
        self.days = days
        self.town = Town(NOW)
        self.people = [find_or_create("email", f"p{number}@example.org", language="da", now=NOW) for number in range(8)]
        self.organisations = [self.town.organisation(f"Forening {number}") for number in range(2)]
        self.places = [self.town.place(f"Sted {number}") for number in range(2)]
        self.initiative = Initiative(key="week", names={"da": "Ugen"}, texts={})
        db.session.add(self.initiative)
        db.session.commit()
        modes = (SignUpMode.REGISTRATION, SignUpMode.SEVERAL_DATES, SignUpMode.WHOLE_COURSE, SignUpMode.DROP_IN)
        for number, mode in enumerate((*modes, SignUpMode.REGISTRATION)):
            self.activity(number, mode)
        for _turn in range(40):
            self.happen()

    def activity(self, number: int, mode: SignUpMode) -> None:
        chance, volunteers = self.chance, number == 4
        made = self.town.activity(
            f"Noget {number}",
            organisation=chance.choice(self.organisations),
            kind=Kind.VOLUNTEER if volunteers else Kind.LEARNING,
            sign_up=mode,
            audiences=chance.sample(["adults", "families", "seniors"], 2),
            dimensions=chance.sample(DIMENSIONS, chance.randint(1, 2)),
            sdgs=chance.sample(range(1, 18), chance.randint(0, 3)),
            key_features=chance.sample(["kf-esd", "kf-public-events", "kf-environment"], chance.randint(0, 2)),
            initiative=chance.choice((None, self.initiative)),
            published_at=NOW,
        )
        for _date in range(chance.randint(2, 4)):
            self.date(made.id, volunteers)

    def date(self, activity_id: int, volunteers: bool) -> None:
        starts_at = NOW + timedelta(hours=self.chance.randint(-self.days * 24, 60 * 24))
        occurrence = Occurrence(
            public_id=public_id(), activity_id=activity_id, place_id=self.chance.choice([*(each.id for each in self.places), None]),
            starts_at=starts_at, ends_at=starts_at + timedelta(minutes=self.chance.choice((45, 120, 3000))),
            zone="Europe/Copenhagen", state=OccurrenceState.SCHEDULED, updated_at=NOW,
            pool=Pool(capacity=None if volunteers else self.chance.choice((None, 3, 8))),
        )  # fmt: skip
        db.session.add(occurrence)
        db.session.commit()
        activity = occurrence.activity
        if activity.sign_up == SignUpMode.WHOLE_COURSE and not self.course(activity_id):
            db.session.add(Pool(course_id=activity_id))
        if volunteers and starts_at > NOW:
            self.town.role(activity, capacity=self.chance.choice((2, None)))
        db.session.commit()

    def course(self, activity_id: int) -> int | None:
        return db.session.scalar(select(Pool.id).where(Pool.course_id == activity_id))

    def happen(self) -> None:
        """Something a day brings: mostly sign-ups and what becomes of them."""
        what = self.chance.choices(
            (
                self.sign_up,
                self.change,
                self.note,
                self.say,
                self.move,
                self.resize,
                self.cancel,
                self.forget,
                self.retag,
                self.delete,
            ),
            (16, 12, 12, 6, 2, 2, 2, 2, 2, 1),
        )[0]
        what()
        db.session.commit()

    def some(self, model: type, *which: object) -> object | None:
        found = db.session.scalars(select(model).where(*which).order_by(model.id)).all()  # type: ignore[attr-defined, arg-type]
        return self.chance.choice(found) if found else None

    def sign_up(self) -> None:
        occurrence = self.some(Occurrence)
        assert isinstance(occurrence, Occurrence)
        person = self.chance.choice([*self.people, None])
        pool = self.course(occurrence.activity_id) or self.chance.choice([occurrence.pool, *occurrence.role_pools]).id
        live = (Registration.pool_id == pool, Registration.person_id == person, Registration.state.in_(LIVE))
        if db.session.scalar(select(Registration.id).where(*live)):
            return
        state = self.chance.choice(
            (State.CONFIRMED, State.CONFIRMED, State.WAITING, State.PENDING_EMAIL, State.PENDING_APPROVAL)
        )
        at = occurrence.starts_at - timedelta(hours=self.chance.choice((5, 100, 900)))
        db.session.add(
            Registration(
                public_id=public_id(10), pool_id=pool, occurrence_id=occurrence.id, person_id=person, state=state,
                seats=self.chance.randint(1, 4), language="da", channel=self.chance.choice(CHANNELS), joined_at=at, changed_at=at,
                verified_at=None if state == State.PENDING_EMAIL else at, walk_in=state == State.CONFIRMED and person is None,
                age_band=self.chance.choice(("", "25-44", "unsaid")), area=self.chance.choice(("", "nord", "unsaid")),
            )
        )  # fmt: skip

    def change(self) -> None:
        found = self.some(Registration, Registration.state != State.PENDING_EMAIL)
        if isinstance(found, Registration):
            choices = [each for each in State if each != State.PENDING_EMAIL]
            taken = select(Registration.id).where(
                Registration.pool_id == found.pool_id, Registration.person_id == found.person_id,
                Registration.state.in_(LIVE), Registration.id != found.id,
            )  # fmt: skip
            if found.person_id is not None and db.session.scalar(taken):
                choices = [each for each in choices if each not in LIVE]
            found.state, found.seats = self.chance.choice(choices), self.chance.randint(1, 4)
            found.changed_at = found.changed_at + timedelta(hours=self.chance.choice((1, 90)))

    def note(self) -> None:
        found = self.some(Registration, Registration.state == State.CONFIRMED)
        if not isinstance(found, Registration):
            return
        date = found.occurrence
        if self.course(date.activity_id):
            date = self.chance.choice([each for each in date.activity.occurrences if each.starts_at >= date.starts_at])
        row = db.session.scalar(
            select(Attendance).where(Attendance.registration_id == found.id, Attendance.occurrence_id == date.id)
        )
        if row is None:
            db.session.add(
                row := Attendance(registration_id=found.id, occurrence_id=date.id, seats=0, marked_at=NOW)
            )  # fmt: skip
        elif self.chance.random() < 0.2:
            db.session.delete(row)
            return
        row.seats = self.chance.randint(0, found.seats)
        row.minutes = row.seats * 90 if date.activity.kind == Kind.VOLUNTEER else None
        if row.minutes and self.chance.random() < 0.3:
            row.corrected_minutes, row.corrected_reason = 30, "for long"

    def say(self) -> None:
        found = self.some(Registration, Registration.state == State.CONFIRMED)
        if isinstance(found, Registration):
            said = db.session.scalar(select(Feedback).where(Feedback.registration_id == found.id))
            if said is None:
                said = Feedback(
                    public_id=public_id(12), occurrence_id=found.occurrence_id, registration_id=found.id, dimensions=[], sdgs=[],
                    given_at=NOW, changed_at=NOW,
                )  # fmt: skip
                db.session.add(said)
            said.rating = self.chance.randint(1, 5)
            said.deeds = self.chance.sample(["tell", "home", "again", "help", "learn"], self.chance.randint(0, 2))
            said.pledge = self.chance.choice(("", "Cykle"))

    def move(self) -> None:
        found = self.some(Occurrence)
        assert isinstance(found, Occurrence)
        length = found.ends_at - found.starts_at
        found.starts_at = NOW + timedelta(hours=self.chance.randint(-self.days * 24, 60 * 24))
        found.ends_at = found.starts_at + length
        found.place_id = self.chance.choice([*(each.id for each in self.places), None])

    def resize(self) -> None:
        found = self.some(Pool)
        assert isinstance(found, Pool)
        found.capacity = self.chance.choice((None, 1, 5))

    def cancel(self) -> None:
        found = self.some(Occurrence)
        assert isinstance(found, Occurrence)
        found.state = self.chance.choice(tuple(OccurrenceState))
        found.activity.state = self.chance.choice(
            (ActivityState.PUBLISHED, ActivityState.PUBLISHED, ActivityState.CALLED_OFF)
        )

    def retag(self) -> None:
        """Say that something is for others, of others, or towards other goals than was said."""
        found = self.some(Activity)
        assert isinstance(found, Activity)
        found.organisation_id = self.chance.choice(self.organisations).id
        found.initiative_id = self.chance.choice((None, self.initiative.id))
        found.audiences = self.chance.sample(["adults", "families", "seniors"], self.chance.randint(1, 2))
        found.dimensions = self.chance.sample(DIMENSIONS, self.chance.randint(1, 2))
        found.sdgs = self.chance.sample(range(1, 18), self.chance.randint(0, 2))

    def delete(self) -> None:
        """Take away a date nobody signed up for, or the whole of such an activity."""
        found = self.some(Occurrence, ~exists().where(Registration.occurrence_id == Occurrence.id))
        if not isinstance(found, Occurrence):
            return
        activity = found.activity
        others = [each.id for each in activity.occurrences]
        used = exists().where(Registration.occurrence_id.in_(others))
        whole = self.chance.random() < 0.5 and activity.sign_up != SignUpMode.WHOLE_COURSE
        if whole and not db.session.scalar(select(used)):
            db.session.delete(activity)
        elif len(others) > 1:
            db.session.delete(found)

    def forget(self) -> None:
        """Take somebody out of what they did."""
        found = self.some(Registration, Registration.person_id.is_not(None))
        if isinstance(found, Registration):
            found.person_id = found.name = found.email = None
            for said in db.session.scalars(select(Feedback).where(Feedback.registration_id == found.id)):
                said.registration_id, said.words, said.pledge = None, "", ""
