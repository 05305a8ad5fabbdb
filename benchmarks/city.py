"""A large city: 3,000 activities with 10,000 dates in the coming half year, the same ones in every run."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, text

from engage.accounts import Organisation, OrganisationKind
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
from engage.base.db import Base, db, transaction
from engage.base.identifiers import public_id
from engage.base.wording import slug
from engage.goals.reference import reference

ACTIVITIES, OCCURRENCES = 3_000, 10_000
_PLACES, _ORGANISATIONS = 120, 60
_TOWNS = ("Nordby", "Vesterhavn", "Sundby", "Ådal", "Højbjerg", "Østerlund", "Mølleby", "Kirkeby")
TITLES = (
    "Klimacafé", "Strandrensning", "Højskolesang", "Læseklub", "Reparationscafé", "Havevandring", "Sprogcafé",
    "Foredrag om vand", "Kodeklub", "Madlavning", "Cykelværksted", "Fortælleaften", "Energirådgivning", "Naturtur",
)  # fmt: skip
_SENTENCE = "Vi mødes, lærer af hinanden og prøver selv, og der er kaffe på kanden til alle, der kommer. "
# Room for every sign-up a run can make: what is measured is the way to a seat, not the waiting list.
CAPACITY = 400_000
_BATCH = 1_000


def build(now: datetime, *, occurrences: int = OCCURRENCES, activities: int = ACTIVITIES) -> None:
    """Write the city into an empty database."""
    chance = random.Random(4_17_42)
    with transaction():
        organisations = _insert(Organisation, [_organisation(number, now) for number in range(_ORGANISATIONS)])
        places = _insert(Place, [_place(number) for number in range(_PLACES)])
        ids = _insert(Activity, [_activity(chance, organisations, now) for _number in range(activities)])
        _insert(ActivityText, [words for number in ids for words in _texts(chance, number)], "activity_id")
        dates = [_occurrence(chance, ids, places, number, now) for number in range(occurrences)]
        occurrence_ids = _insert(Occurrence, dates)
        _insert(Pool, [{"occurrence_id": number, "capacity": CAPACITY} for number in occurrence_ids])
    # What autovacuum would do a minute later, in the middle of a measurement. It leaves empty tables alone, and so must we:
    # one that is known to be empty is planned to be read from end to end, and a prepared plan stays so while it fills.
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE organisation, place, activity, activity_text, occurrence, pool"))


def occurrence_ids(most: int) -> list[int]:
    """The ids of the first dates."""
    return list(db.session.scalars(select(Occurrence.id).order_by(Occurrence.id).limit(most)))


def addresses(most: int) -> list[str]:
    """The pages of some dates, spread over the city."""
    columns = Activity.public_id, Activity.slug, Occurrence.public_id
    rows = db.session.execute(select(*columns).join(Occurrence.activity).order_by(Occurrence.id).limit(most))
    return [f"/aktiviteter/{activity}/{words}/{occurrence}" for activity, words, occurrence in rows]


def _insert(model: type[Base], rows: Sequence[dict[str, Any]], key: str = "id") -> list[int]:
    made: list[int] = []
    for start in range(0, len(rows), _BATCH):
        batch = list(rows[start : start + _BATCH])
        returning = insert(model).returning(getattr(model, key), sort_by_parameter_order=True)
        made += db.session.scalars(returning, batch)
    return made


def _organisation(number: int, now: datetime) -> dict[str, Any]:
    return {
        "public_id": public_id(),
        "name": f"Forening {number}",
        "kind": OrganisationKind.ASSOCIATION,
        "email": f"forening{number}@example.org",
        "phone": "12 34 56 78",
        "presentation": {"da": _SENTENCE},
        "created_at": now,
    }


def _place(number: int) -> dict[str, Any]:
    return {
        "public_id": public_id(),
        "name": f"Forsamlingshus {number}",
        "street": f"Hovedgaden {number}",
        "postal_code": "1234",
        "town": _TOWNS[number % len(_TOWNS)],
        "latitude": 55.0,
        "longitude": 10.0,
        "accessibility": {"da": "Elevator og handicaptoilet.", "en": "Lift and accessible toilet."},
    }


def _activity(chance: random.Random, organisations: Sequence[int], now: datetime) -> dict[str, Any]:
    goals = reference()
    return {
        "public_id": public_id(),
        "slug": slug(chance.choice(TITLES)),
        "organisation_id": chance.choice(organisations),
        "kind": chance.choice((Kind.LEARNING, Kind.LEARNING, Kind.VOLUNTEER)),
        "state": ActivityState.PUBLISHED,
        "sign_up": SignUpMode.REGISTRATION,
        "audiences": chance.sample(["children", "youth", "adults", "families", "seniors"], 2),
        "for_whom": ["citizen"],
        "arenas": ["public_space"],
        "spoken_languages": chance.choice((["da"], ["da"], ["da", "en"], ["de"])),
        "dimensions": chance.sample(sorted(goals.dimensions), 2),
        "sdgs": sorted(chance.sample(range(1, 18), 3)),
        "key_features": chance.sample(sorted(goals.features), 2),
        "price": chance.choice((0, 0, 0, 4_000)),
        "price_notes": {},
        "accessibility": {},
        "created_at": now,
        "updated_at": now,
    }


def _texts(chance: random.Random, activity_id: int) -> list[dict[str, Any]]:
    """Danish always, English for every third."""
    languages = ("da", "en") if activity_id % 3 == 0 else ("da",)
    title = f"{chance.choice(TITLES)} {activity_id}"
    words = {"title": title, "summary": _SENTENCE, "body": "\n\n".join(_SENTENCE * 3 for _part in range(3))}
    return [{"activity_id": activity_id, "language": language, **words} for language in languages]


def _occurrence(
    chance: random.Random, activities: Sequence[int], places: Sequence[int], number: int, now: datetime
) -> dict[str, Any]:
    """Each activity has one date before any has a second one; all begin a day from now or later."""
    starts_at = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=24 + chance.randrange(180 * 24))
    return {
        "public_id": public_id(),
        "activity_id": activities[number % len(activities)],
        "place_id": chance.choice(places),
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(hours=2),
        "zone": "Europe/Copenhagen",
        "state": OccurrenceState.SCHEDULED,
        "updated_at": now,
    }
