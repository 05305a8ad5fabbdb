"""One date of an activity as every door shows it: read in one query, in the best language there is."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, LiteralString
from zoneinfo import ZoneInfo

from sqlalchemy import ARRAY, FromClause, Integer, Select, bindparam, case, func, literal, select, true

from engage.accounts.organisations import Organisation
from engage.activities.models import (
    Activity,
    ActivityState,
    ActivityText,
    Initiative,
    Kind,
    Occurrence,
    OccurrenceState,
    Picture,
    Place,
    Pool,
    SignUpMode,
)
from engage.base.config import current_settings
from engage.base.db import ask, db
from engage.base.i18n import in_language


@dataclass(frozen=True, slots=True)
class Seats:
    """A pool as it stood when it was read; what follows from it is worked out in `registrations.pools`."""

    capacity: int | None
    reserved: int
    occupied: int
    waiting: int


@dataclass(frozen=True, slots=True)
class PictureFacts:
    """An activity's picture: its public id, the names of its two files, and the large one's size in pixels."""

    id: str
    large: str
    small: str
    width: int
    height: int


# A further date: public id, start, end, and whether it is cancelled.
OtherDate = tuple[str, datetime, datetime, bool]
# What a page that shows dates depends on: the revision, and each date's id with its seats, by id.
Standing = tuple[int, tuple[tuple[int, Seats], ...]]


@dataclass(frozen=True, slots=True)
class OccurrenceFacts:
    """A date of an activity. `language` is that of title, summary and body, which may not be the one asked for.

    `title` is the date's own in that language where it has one. `updated_at` is the date's, `described_at` the activity's.
    """

    occurrence_id: int
    occurrence: str
    activity_id: int
    activity: str
    slug: str
    language: str
    title: str
    summary: str
    body: str
    kind: Kind
    state: ActivityState
    sign_up: SignUpMode
    starts_at: datetime
    ends_at: datetime
    zone: ZoneInfo
    cancelled: bool
    sequence: int
    updated_at: datetime
    described_at: datetime
    place: str
    street: str
    postal_code: str
    town: str
    latitude: float | None
    longitude: float | None
    place_accessibility: Mapping[str, str]
    online_url: str
    organisation: str
    organisation_id: str
    organisation_url: str
    contact_email: str
    contact_phone: str
    initiative: Mapping[str, str]
    audiences: Sequence[str]
    for_whom: Sequence[str]
    arenas: Sequence[str]
    spoken_languages: Sequence[str]
    dimensions: Sequence[str]
    sdgs: Sequence[int]
    key_features: Sequence[str]
    price: int
    price_notes: Mapping[str, str]
    accessibility: Mapping[str, str]
    least_participants: int | None
    picture: PictureFacts | None
    picture_alt: Mapping[str, str]
    seats: Seats

    @property
    def online(self) -> bool:
        return bool(self.online_url) and not self.place

    @property
    def published(self) -> bool:
        return self.state in {ActivityState.PUBLISHED, ActivityState.CALLED_OFF}

    @property
    def called_off(self) -> bool:
        """Whether this date will not be held."""
        return self.cancelled or self.state == ActivityState.CALLED_OFF

    @property
    def address(self) -> str:
        r""" "Nørre Havnegade 15, 9999 Havnby", as far as it is known."""
        town = f"{self.postal_code} {self.town}".strip()
        return ", ".join(part for part in (self.street, town) if part)

    @property
    def initiative_name(self) -> str:
        return in_language(dict(self.initiative)) if self.initiative else ""


def occurrences(ids: Sequence[int], language: str) -> list[OccurrenceFacts]:
    """The dates with these ids, in the order of `ids`; ids of nothing are passed over. The body is left empty."""
    if not ids:
        return []
    found = {row["occurrence_id"]: _facts(row) for row in _rows(False, {"ids": list(ids), **_languages(language)})}
    return [found[number] for number in ids if number in found]


def occurrence(public_id: str, language: str) -> OccurrenceFacts | None:
    """The date with this public id, with its whole text."""
    row = next(_rows(True, {"public_id": public_id, **_languages(language)}), None)
    return _facts(row) if row else None


# Asked with every page, hence by hand: building and reading them through the mapper took longer than their answers.
_REVISION = "SELECT coalesce(sum(number), 0) FROM revision"
_STANDING = """
SELECT (SELECT coalesce(sum(number), 0) FROM revision), occurrence_id, capacity, reserved, occupied, waiting
  FROM pool WHERE occurrence_id = ANY(%(ids)s::integer[]) AND role_id IS NULL ORDER BY occurrence_id
"""


_SEATS = """
SELECT (SELECT coalesce(sum(number), 0) FROM revision), capacity, reserved, occupied, waiting
  FROM pool JOIN occurrence ON occurrence.id = pool.occurrence_id
 WHERE occurrence.public_id = %(public_id)s AND pool.role_id IS NULL
"""


def seats(public_id: str) -> tuple[int, Seats] | None:
    """The revision, and the seats of the date with this public id as they are now."""
    row = ask(_SEATS, {"public_id": public_id}).fetchone()
    return (int(row[0]), Seats(*row[1:])) if row else None


def revision() -> int:
    """A number that rises with every change to what is published and to the goals."""
    row = ask(_REVISION, {}).fetchone()
    return int(row[0]) if row else 0


def standing(ids: Sequence[int]) -> Standing:
    """How the dates with these ids stand now, in one small query: (revision, ((id, seats), ...))."""
    rows = ask(_STANDING, {"ids": list(ids)}).fetchall()
    return int(rows[0][0]) if rows else 0, tuple((row[1], Seats(*row[2:])) for row in rows)


def next_date(activity_public_id: str, now: datetime) -> str | None:
    """The public id of an activity's next date that is not over, or of its last one when all are."""
    over = case((Occurrence.ends_at < now, 1), else_=0)
    query = (
        select(Occurrence.public_id)
        .join(Activity)
        .where(Activity.public_id == activity_public_id)
        .order_by(
            over,
            case((Occurrence.state == OccurrenceState.CANCELLED, 1), else_=0),
            case((Occurrence.ends_at < now, None), else_=Occurrence.starts_at).asc().nulls_last(),
            Occurrence.starts_at.desc(),
        )
        .limit(1)
    )
    return db.session.scalar(query)


# By hand too: with the first visit to each date, and building it touched more memory than all else of that page.
_OTHER_DATES = """
SELECT public_id, starts_at, ends_at, state = 'cancelled' FROM occurrence
 WHERE activity_id = %(activity)s AND id <> %(besides)s AND ends_at >= %(now)s ORDER BY starts_at LIMIT %(most)s
"""


def other_dates(facts: OccurrenceFacts, now: datetime, most: int = 12) -> list[OtherDate]:
    """Coming dates of the same activity besides `facts`: public id, start, end and whether it is cancelled."""
    db.session.flush()  # as for `_rows`
    asked = {"activity": facts.activity_id, "besides": facts.occurrence_id, "now": now, "most": most}
    return [(row[0], row[1], row[2], row[3]) for row in ask(_OTHER_DATES, asked).fetchall()]


def _languages(wanted: str) -> dict[str, str]:
    return {"language": wanted, "default": current_settings().city.languages[0]}


_COLUMNS: tuple[Any, ...] = (
    Occurrence.id.label("occurrence_id"),
    Occurrence.public_id.label("occurrence"),
    Activity.id.label("activity_id"),
    Activity.public_id.label("activity"),
    Activity.slug,
    Activity.kind,
    Activity.state,
    Activity.sign_up,
    Occurrence.starts_at,
    Occurrence.ends_at,
    Occurrence.zone,
    Occurrence.state.label("occurrence_state"),
    Occurrence.titles,
    Occurrence.sequence,
    Occurrence.updated_at,
    Activity.updated_at.label("described_at"),
    Place.name.label("place"),
    Place.street,
    Place.postal_code,
    Place.town,
    Place.latitude,
    Place.longitude,
    Place.accessibility.label("place_accessibility"),
    Occurrence.online_url,
    Organisation.name.label("organisation"),
    Organisation.public_id.label("organisation_id"),
    Organisation.url.label("organisation_url"),
    Organisation.email.label("organisation_email"),
    Organisation.phone.label("organisation_phone"),
    Activity.contact_email,
    Activity.contact_phone,
    Initiative.names.label("initiative"),
    Activity.audiences,
    Activity.for_whom,
    Activity.arenas,
    Activity.spoken_languages,
    Activity.dimensions,
    Activity.sdgs,
    Activity.key_features,
    Activity.price,
    Activity.price_notes,
    Activity.accessibility,
    Activity.least_participants,
    Activity.picture_alt,
    Picture.public_id.label("picture"),
    Picture.large_hash,
    Picture.small_hash,
    Picture.width,
    Picture.height,
    Pool.capacity,
    Pool.reserved,
    Pool.occupied,
    Pool.waiting,
)


def _words(whole: bool) -> FromClause:
    """An activity's words in one language, chosen by the database: the wanted one first, then the city's default."""
    wanted, default = (ActivityText.language == bindparam(name) for name in ("language", "default"))
    columns: list[Any] = [ActivityText.language, ActivityText.title, ActivityText.summary]
    columns.append(ActivityText.body if whole else literal("").label("body"))
    return (
        select(*columns)
        .where(ActivityText.activity_id == Activity.id)
        .order_by(case((wanted, 0), (default, 1), else_=2), ActivityText.language)
        .limit(1)
        .lateral("words")
    )


@cache
def _query(whole: bool) -> Select[Any]:
    """Built once, as every page needs it."""
    words = _words(whole)
    query = (
        select(*_COLUMNS, words.c.language, words.c.title, words.c.summary, words.c.body)
        .select_from(Occurrence)
        .join(Activity)
        .join(Organisation)
        .join(Pool, (Pool.occurrence_id == Occurrence.id) & Pool.role_id.is_(None))
        .join(words, true())
        .outerjoin(Place, Occurrence.place_id == Place.id)
        .outerjoin(Initiative, Activity.initiative_id == Initiative.id)
        .outerjoin(Picture, Activity.picture_id == Picture.id)
    )
    if whole:
        return query.where(Occurrence.public_id == bindparam("public_id"))
    # Taken apart and put together again, the planner does not see how many there are. Where it does, it takes a plan for just so
    # many to be better than the one it keeps, and makes it anew each time: ten times what the answer costs.
    ids = select(func.unnest(bindparam("ids", type_=ARRAY(Integer)))).scalar_subquery()
    return query.where(Occurrence.id == func.any(func.array(ids)))


@cache
def _statement(whole: bool) -> tuple[LiteralString, dict[str, Any], list[str]]:
    """The query in the driver's words, what is always the same in it, and the names of its columns.

    Every page and every turn of a talk asks it: the toolkit took longer to send it and to read fifty columns than the database
    to answer.
    """
    query = _query(whole)
    compiled = query.compile(dialect=db.engine.dialect)
    return str(compiled), dict(compiled.params), [str(each.key) for each in query.selected_columns]


def _rows(whole: bool, facts: dict[str, Any]) -> Iterator[dict[str, Any]]:
    statement, constants, names = _statement(whole)
    db.session.flush()  # the driver knows nothing of what a rule has changed and not written yet
    return (dict(zip(names, row, strict=True)) for row in ask(statement, {**constants, **facts}).fetchall())


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _facts(values: dict[str, Any]) -> OccurrenceFacts:
    """A row of `_query` with empty values instead of none, and an organisation's contact where the activity has no own."""
    seats = Seats(*(values.pop(name) for name in ("capacity", "reserved", "occupied", "waiting")))
    file = [values.pop(name) for name in ("picture", "large_hash", "small_hash", "width", "height")]
    values["picture"] = PictureFacts(*file) if file[0] else None
    email, phone = values.pop("organisation_email"), values.pop("organisation_phone")
    values["contact_email"] = values["contact_email"] or email
    values["contact_phone"] = values["contact_phone"] or phone
    values["title"] = values.pop("titles").get(values["language"]) or values["title"]
    values["cancelled"] = values.pop("occurrence_state") == OccurrenceState.CANCELLED
    values["zone"] = _zone(values["zone"])
    for name in ("place", "street", "postal_code", "town"):
        values[name] = values[name] or ""
    values["place_accessibility"] = values["place_accessibility"] or {}
    values["initiative"] = values["initiative"] or {}
    return OccurrenceFacts(seats=seats, **values)
