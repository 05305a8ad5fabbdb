"""Writing what a source says into our rows: new activities and dates, single fields of known ones. No guest is told here."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from engage.activities import places, publishing, shifts
from engage.activities.importing import fields
from engage.activities.importing.events import ImportedEvent, PlaceWords
from engage.activities.importing.models import ImportItem, ImportRun, ImportSource
from engage.activities.models import Activity, ActivityText, Occurrence, OccurrenceState, Place, Pool, SignUpMode
from engage.activities.readiness import main_language
from engage.base.db import db
from engage.base.identifiers import public_id
from engage.base.wording import slug


def make_activity(
    source: ImportSource, event: ImportedEvent, language: str, by_id: int | None, now: datetime
) -> Activity:
    """A draft with the words of `event`, and what the source's organiser said of all its events. Goals are left open."""
    activity = publishing.create(source.organisation_id, by_id, now)
    write_activity(activity, fields.of_event(event, language))
    activity.sign_up = SignUpMode(source.sign_up)
    activity.audiences = list(source.audiences)
    activity.spoken_languages = [language]
    activity.place_id, activity.online_url = place_id(event.place), event.online_url
    activity.capacity = event.capacity
    activity.slug = slug(event.title)
    db.session.flush()
    return activity


def write_activity(activity: Activity, said: Mapping[str, Any]) -> None:
    """Write these fields (see `fields.of_event`) and leave all others."""
    texts = {text.language: text for text in activity.texts}
    for name, value in said.items():
        field, _point, language = name.partition(".")
        if field == "price_note":
            activity.price_notes = {**activity.price_notes, language: value}
        elif language:
            if language not in texts:
                if not value:
                    continue
                texts[language] = ActivityText(language=language, title="", summary="", body="")
                activity.texts.append(texts[language])
            setattr(texts[language], field, value)
        else:
            setattr(activity, field, value)
    if activity.published_at is None and (spoken := main_language(activity)):
        activity.slug = slug(texts[spoken].title)


def make_date(activity: Activity, event: ImportedEvent, titles: Mapping[str, str], now: datetime) -> Occurrence:
    """A date of its own, also one that is over, where the person asked for those. It needs the roles the activity has.

    `titles` are what it alone is called.
    """
    roles = [Pool(role_id=role.id, capacity=role.capacity) for role in shifts.roles(activity.id)]
    capacity = shifts.total(role.capacity for role in roles) if roles else event.capacity
    occurrence = Occurrence(
        public_id=public_id(),
        place_id=place_id(event.place),
        online_url=event.online_url,
        starts_at=event.starts_at,
        ends_at=event.ends_at,
        zone=event.zone,
        state=OccurrenceState.SCHEDULED,
        titles=dict(titles),
        updated_at=now,
        pool=Pool(capacity=capacity),
        role_pools=roles,
    )
    activity.occurrences.append(occurrence)
    activity.updated_at = now
    db.session.flush()
    return occurrence


def place_id(words: PlaceWords | None) -> int | None:
    """The row of a place with this name and address, made if there is none."""
    if words is None:
        return None
    number = places.find_or_create(words.name, words.street, words.postal_code, words.town)
    place = db.session.get_one(Place, number)
    if place.latitude is None and words.latitude is not None:
        place.latitude, place.longitude = words.latitude, words.longitude
    return number


def remember(run: ImportRun, external_id: str, recurrence_id: str, **facts: Any) -> ImportItem:
    """Keep which row of ours an event became."""
    values = {"dated": False, "told": {}, **facts}
    item = ImportItem(
        source_id=run.source_id, external_id=external_id, recurrence_id=recurrence_id, run_id=run.id, **values
    )
    db.session.add(item)
    db.session.flush()
    return item


def told(item: ImportItem, event: ImportedEvent, said: Mapping[str, Any]) -> None:
    """Keep what the source said, so that the next reading knows what is new and what somebody here changed."""
    item.told = {**item.told, **said, "zone": event.zone}


def rename(item: ImportItem, main: ImportItem, event: ImportedEvent, run: ImportRun) -> ImportItem:
    """Let the item of a date bear the name its date has now; see `planning.matched`. Returns the item that stands for it."""
    if item.recurrence_id == event.recurrence_id:
        return item
    if item is main:  # one date became a series: its date gets an item of its own
        facts = {"activity_id": item.activity_id, "occurrence_id": item.occurrence_id, "told": dict(item.told)}
        item.dated, item.occurrence_id = False, None
        db.session.flush()
        own = remember(run, event.external_id, event.recurrence_id, dated=True, **facts)
        own.run_id = item.run_id
        return own
    if not event.recurrence_id:  # a series became one date
        main.dated, main.occurrence_id, main.told = True, item.occurrence_id, {**main.told, **item.told}
        db.session.delete(item)
        db.session.flush()
        return main
    item.recurrence_id = event.recurrence_id
    db.session.flush()
    return item


def drop_places(ids: Iterable[int]) -> None:
    """Delete those of these places that nothing is held at any more."""
    for number in ids:
        used = select(Occurrence.id).where(Occurrence.place_id == number).limit(1)
        planned = select(Activity.id).where(Activity.place_id == number).limit(1)
        if db.session.scalar(used) is None and db.session.scalar(planned) is None:
            place = db.session.get(Place, number)
            if place is not None and place.key is None:
                db.session.delete(place)
    db.session.flush()
