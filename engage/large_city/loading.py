"""Writing the large city: activities by COPY, sign-ups by statements that each make all of them, sums by one statement."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from psycopg import Connection as PostgresConnection
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from engage.base.config import current_settings
from engage.base.db import db, savepoint, transaction
from engage.base.errors import Refusal
from engage.base.i18n import lazy_gettext as _l
from engage.base.identifiers import public_id
from engage.base.wording import slug
from engage.goals import loading
from engage.goals.reference import reference
from engage.large_city import statements
from engage.large_city.plan import PlannedActivity, Size, planned
from engage.registrations import tallies, whom

Say = Callable[[str], None]

# All that is made here can be told by it, so that it never mixes with what people did.
MARK = "large-city"
_WATCHED = (
    "person", "address", "organisation", "place", "initiative", "activity", "activity_text", "occurrence", "pool", "registration",
    "attendance", "feedback",
)  # fmt: skip
_BODY = "Vi mødes, lærer af hinanden og prøver selv, og der er kaffe på kanden til alle, der kommer. "


class NotEmpty(Refusal):
    """People have signed up here."""

    code = "not_empty"
    message = _l("People have signed up in this database, or the large city is in it already. Take an empty one.")


def load(registrations: int, *, now: datetime, say: Say = lambda _words: None) -> None:
    """Make a city with so many sign-ups, in one transaction, beside the demo city at most.

    While it lasts nothing else can be written. `say` is told how far it is. Refuses with `NotEmpty`.
    """
    size = Size(registrations)
    began = time.monotonic()

    def done(words: str) -> None:
        say(f"{time.monotonic() - began:6.1f} s  {words}")

    with transaction():
        loading.load(now)
        _refuse_used()
        with _without_triggers():
            dates = _write_activities(size, now)
            done(f"{dates:,} dates of the last {size.years} years and the coming months")
            facts = {**_facts(size, now)}
            for words, statement in statements.STEPS:
                count = db.session.execute(text(statement), facts).rowcount  # type: ignore[attr-defined]
                if words:
                    done(f"{max(count, 0):,} {words}")
        tallies.count_all()
        while tallies.close_years(now):
            pass
        done("counted")
        # What processes remember of the catalogue they ask anew; the triggers that say so were off.
        db.session.execute(text("UPDATE revision SET number = number + 1"))
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
    done("tidied up")


def _refuse_used() -> None:
    if db.session.scalar(text(statements.USED), {"mark": f"{MARK}-%"}):
        raise NotEmpty


@contextmanager
def _without_triggers() -> Iterator[None]:
    """No triggers and no foreign keys, where the role may do without; else no triggers. What they keep is written at once."""
    try:
        with savepoint():
            db.session.execute(text("SET LOCAL session_replication_role = replica"))
    except ProgrammingError:
        for table in _WATCHED:
            db.session.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        yield
        for table in _WATCHED:
            db.session.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER USER"))
    else:
        yield
        db.session.execute(text("SET LOCAL session_replication_role = origin"))


def _facts(size: Size, now: datetime) -> dict[str, Any]:
    return {
        "registrations": size.registrations,
        "inhabitants": size.inhabitants,
        "now": now,
        "kept_since": now - current_settings().city.keep_sign_ups,
        "mark": f"{MARK}-%",
        "bands": list(whom.BANDS),
        "areas": list(whom.areas()),
        "zone": current_settings().city.zone.key,
    }


def _write_activities(size: Size, now: datetime) -> int:
    """Organisations, places, activities, texts, dates and their pools. Returns the number of dates."""
    driver: PostgresConnection[Any] = db.session.connection().connection.driver_connection  # type: ignore[assignment]
    zone = current_settings().city.zone
    activities = list(planned(size, list(reference().features), now, zone))
    organisations = _copy(driver, "organisation", [_organisation(number, now) for number in range(size.organisations)])
    places = _copy(driver, "place", [_place(number) for number in range(size.places)])
    initiatives = _copy(driver, "initiative", [_initiative(number) for number in range(3)])
    ids = _copy(driver, "activity", [
        _activity(each, number, organisations, initiatives, now) for number, each in enumerate(activities)
    ])  # fmt: skip
    pairs = list(zip(ids, activities, strict=True))
    _copy(driver, "activity_text", [words for number, each in pairs for words in _texts(number, each)], numbered=False)
    rows = [(number, each, date) for number, each in pairs for date in each.dates]
    dates = _copy(driver, "occurrence", [
        {
            "public_id": public_id(), "activity_id": number, "place_id": places[date.place], "online_url": "",
            "starts_at": date.starts_at, "zone": zone.key, "sequence": int(date.called_off), "updated_at": now, "overrides": "{}",
            "ends_at": datetime.fromtimestamp(date.starts_at.timestamp() + 60 * date.minutes, zone), "titles": "{}",
            "state": "cancelled" if date.called_off else "scheduled",
            "called_off_at": date.starts_at if date.called_off else None,
        }
        for number, _each, date in rows
    ])  # fmt: skip
    _copy(driver, "pool", [
        {"occurrence_id": number, "capacity": date.capacity} for number, (_id, _each, date) in zip(dates, rows, strict=True)
    ])  # fmt: skip
    _copy(driver, "pool", [{"course_id": number} for number, each in pairs if each.sign_up == "whole_course"])
    with driver.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE wanted (occurrence_id integer, weight float8, asks boolean) ON COMMIT DROP")
        with cursor.copy("COPY wanted FROM STDIN") as copy:
            for number, (_id, each, date) in zip(dates, rows, strict=True):
                first = each.sign_up != "whole_course" or date is each.dates[0]
                copy.write_row((number, date.wanted if first else 0.0, each.asks))
    return len(dates)


def _copy(
    driver: PostgresConnection[Any], table: str, rows: Sequence[Mapping[str, Any]], *, numbered: bool = True
) -> list[int]:
    """Write rows, all with the same columns, by COPY; returns their ids."""
    if not rows:
        return []
    with driver.cursor() as cursor:
        ids: list[int] = []
        if numbered:
            cursor.execute(
                f"SELECT nextval(pg_get_serial_sequence('{table}', 'id')) FROM generate_series(1, {len(rows)})"  # noqa: S608
            )
            ids = [row[0] for row in cursor.fetchall()]
        columns = [*(["id"] if numbered else []), *rows[0]]
        with cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
            for position, row in enumerate(rows):
                copy.write_row([*([ids[position]] if numbered else []), *row.values()])
    return ids


def _organisation(number: int, now: datetime) -> dict[str, Any]:
    kind = ("association", "association", "association", "school", "department", "company")[number % 6]
    return {
        "public_id": public_id(), "key": f"{MARK}-{number}", "name": f"{_NAMES[number % len(_NAMES)]} {number + 1}", "kind": kind,
        "sector": "", "email": f"forening{number}@example.org", "phone": "", "url": "", "presentation": "{}", "created_at": now,
    }  # fmt: skip


_NAMES = (
    "Aftenskolen",
    "Biblioteket",
    "Naturforeningen",
    "Kulturhuset",
    "Idrætsforeningen",
    "Ungdomsskolen",
    "Lokalrådet",
)


def _place(number: int) -> dict[str, Any]:
    return {
        "public_id": public_id(), "key": f"{MARK}-{number}", "name": f"Forsamlingshus {number + 1}",
        "street": f"Hovedgaden {number + 1}", "postal_code": "1234", "town": f"Bydel {number % 12 + 1}", "accessibility": "{}",
    }  # fmt: skip


def _initiative(number: int) -> dict[str, Any]:
    name = ("Læringsugen", "Verdensmålsdagene", "Frivilligugen")[number]
    return {"key": f"{MARK}-{number}", "names": f'{{"da": "{name}"}}', "texts": "{}", "url": ""}


def _activity(
    each: PlannedActivity, number: int, organisations: Sequence[int], initiatives: Sequence[int], now: datetime
) -> dict[str, Any]:
    return {
        "public_id": public_id(), "key": f"{MARK}-{number}", "slug": slug(each.title),
        "organisation_id": organisations[each.organisation],
        "initiative_id": None if each.initiative is None else initiatives[each.initiative], "kind": each.kind,
        "state": "published", "sign_up": each.sign_up, "audiences": each.audiences, "for_whom": ["citizen"],
        "arenas": ["public_space"],
        "spoken_languages": ["da"], "dimensions": each.dimensions, "sdgs": each.sdgs, "key_features": each.key_features,
        "price": each.price, "price_notes": "{}", "accessibility": "{}", "contact_email": "", "contact_phone": "",
        "published_at": each.dates[0].starts_at, "created_at": now, "updated_at": now,
    }  # fmt: skip


def _texts(number: int, each: PlannedActivity) -> Iterator[dict[str, Any]]:
    yield {
        "activity_id": number,
        "language": "da",
        "title": f"{each.title} {number}",
        "summary": _BODY,
        "body": _BODY * 4,
    }
