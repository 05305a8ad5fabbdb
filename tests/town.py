"""The cast and its stage: small factories for activities, dates and sign-ups, with honest defaults."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from engage import registrations
from engage.accounts import Organisation, OrganisationKind
from engage.activities import questionnaire, shifts
from engage.activities.asking import Question, QuestionKind
from engage.activities.models import (
    Activity,
    ActivityState,
    ActivityText,
    Kind,
    Occurrence,
    OccurrenceState,
    Place,
    Pool,
    SignUpMode,
)
from engage.activities.plans import ShiftRole
from engage.activities.question_draft import OptionInput, QuestionInput
from engage.activities.shifts import RoleInput
from engage.activities.terms import WaitingMode
from engage.base.db import db
from engage.base.identifiers import public_id
from engage.base.wording import slug
from engage.registrations import Application, Registration


@dataclass
class Town:
    """Builds what a test needs, committed, so that other connections see it too."""

    now: datetime
    _number: Iterator[int] = field(default_factory=lambda: count(1))
    _together: bool = False

    @contextmanager
    def together(self) -> Iterator[None]:
        """Write the activities and dates made in this block all at once, in their order: a commit for each takes ten times as long."""
        self._together = True
        try:
            yield
        finally:
            self._together = False
        db.session.commit()

    def _written(self) -> None:
        if not self._together:
            db.session.commit()

    def organisation(self, name: str = "Biblioteket") -> Organisation:
        organisation = Organisation(
            public_id=public_id(),
            name=name,
            kind=OrganisationKind.DEPARTMENT,
            email="bibliotek@example.org",
            phone="12 34 56 78",
            presentation={"da": "Bøger til alle."},
            created_at=self.now,
        )
        db.session.add(organisation)
        return organisation

    def place(self, name: str = "Multikulturhuset", town: str = "Sønderborg") -> Place:
        place = Place(
            public_id=public_id(),
            name=name,
            street="Nørre Havnegade 15",
            postal_code="6400",
            town=town,
            accessibility={"da": "Elevator."},
        )
        db.session.add(place)
        return place

    def activity(self, title: str = "Klimacafé", *, texts: dict[str, str] | None = None, **facts: Any) -> Activity:
        """An activity with no date yet. `texts` are titles by language, by default Danish alone."""
        activity = self._activity(title, texts=texts, **facts)
        self._written()
        return activity

    def _activity(self, title: str = "Klimacafé", *, texts: dict[str, str] | None = None, **facts: Any) -> Activity:
        titles = texts or {"da": title}
        values: dict[str, Any] = {
            "public_id": public_id(),
            "slug": slug(next(iter(titles.values()))),
            "organisation": facts.pop("organisation", None) or self.organisation(),
            "kind": Kind.LEARNING,
            "state": ActivityState.PUBLISHED,
            "sign_up": SignUpMode.REGISTRATION,
            "audiences": ["adults"],
            "for_whom": ["citizen"],
            "arenas": ["public_space"],
            "spoken_languages": ["da"],
            "dimensions": ["environmental"],
            "sdgs": [13],
            "key_features": ["kf-esd"],
            "waiting_mode": WaitingMode.AUTO,
            "price": 0,
            "price_notes": {},
            "accessibility": {},
            "created_at": self.now,
            "updated_at": self.now,
        }
        summary, body = facts.pop("summary", "En aften om klima."), facts.pop("body", "Kom og vær med.")
        words = [
            ActivityText(language=language, title=each, summary=summary, body=body) for language, each in titles.items()
        ]
        activity = Activity(**{**values, **facts}, texts=words)
        db.session.add(activity)
        return activity

    def occurrence(
        self,
        activity: Activity | None = None,
        *,
        capacity: int | None = 10,
        starts_in: timedelta = timedelta(days=7),
        hours: float = 2,
        place: Place | None = None,
        **facts: Any,
    ) -> Occurrence:
        """A date of an activity, a week from now with ten places unless told otherwise."""
        if activity is None:
            activity = self._activity()
        starts_at = facts.pop("starts_at", self.now + starts_in)
        online = "online_url" in facts
        occurrence = Occurrence(
            public_id=public_id(),
            activity=activity,
            place=place or (None if online else self.place()),
            starts_at=starts_at,
            ends_at=facts.pop("ends_at", starts_at + timedelta(hours=hours)),
            zone="Europe/Copenhagen",
            state=OccurrenceState.SCHEDULED,
            updated_at=self.now,
            pool=Pool(capacity=capacity),
        )
        for name, value in facts.items():
            setattr(occurrence, name, value)
        db.session.add(occurrence)
        self._written()
        return occurrence

    def role(self, activity: Activity, name: str = "Kaffe", capacity: int | None = 3, **facts: Any) -> ShiftRole:
        """Something to help with, on every coming date the activity has by now."""
        role = shifts.add_role(activity.id, RoleInput(names={"da": name}, capacity=capacity, **facts), now=self.now)
        db.session.commit()
        return role

    def question(
        self,
        activity: Activity,
        label: str = "Hvad vil du spise?",
        kind: QuestionKind = QuestionKind.TEXT,
        **facts: Any,
    ) -> Question:
        """Something the organiser asks; `options` are words in Danish."""
        options = [OptionInput({"da": words}) for words in facts.pop("options", ())]
        wanted = QuestionInput(kind, {"da": label}, options=options, **facts)
        question = questionnaire.add(activity.id, wanted, now=self.now)
        db.session.commit()
        return question

    def application(
        self, name: str = "Anna Holm", *, email: str | None = None, seats: int = 1, **facts: Any
    ) -> Application:
        """What a citizen fills in; each has an address of their own unless one is given."""
        address = email or f"borger{next(self._number)}@example.org"
        return Application(name=name, email=address, seats=seats, **{"language": "da", "channel": "web", **facts})

    def signed_up(
        self, occurrence: Occurrence, *, confirmed: bool = True, now: datetime | None = None, **facts: Any
    ) -> Registration:
        """Somebody signed up by the web, with their address proven unless told otherwise."""
        at = now or self.now
        outcome = registrations.sign_up(occurrence.id, self.application(**facts), now=at)
        registration = db.session.get_one(Registration, outcome.registration_id)
        if confirmed:
            registrations.confirm(registration.public_id, now=at)
        db.session.commit()
        return registration
