"""Writing what an organiser tells into an activity's rows, and telling what changed by it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from engage.activities import pictures, places, shifts
from engage.activities.draft import KEEP, LATEST_NIGHT, ActivityInput, Keep, When, Where, Words
from engage.activities.models import Activity, ActivityState, ActivityText, Occurrence, OccurrenceState, Pool
from engage.activities.pictures import Prepared
from engage.activities.readiness import main_language
from engage.base.config import current_settings
from engage.base.db import db
from engage.base.errors import Refusal
from engage.base.i18n import lazy_gettext as _l
from engage.base.identifiers import public_id
from engage.base.wording import slug


class DatesStandElsewhere(Refusal):
    """Dates of what is published, or of a series, are changed where their guests are told."""

    code = "dates_stand_elsewhere"
    message = _l(
        "Change times, places and the number of places under “Dates”, so that everybody who has signed up is told."
    )


_PLAIN = ("kind", "sign_up", "initiative_id", "price", "contact_email", "contact_phone")
_LISTS = ("audiences", "for_whom", "arenas", "spoken_languages", "dimensions", "sdgs", "key_features")
_BY_LANGUAGE = {"price_note": "price_notes", "accessibility": "accessibility", "picture_alt": "picture_alt"}


def write(activity: Activity, form: ActivityInput, now: datetime) -> frozenset[str]:
    """Write all of `form` that is not `KEEP`; returns the names of what became different."""
    if activity.state != ActivityState.DRAFT and form.sign_up not in {KEEP, activity.sign_up}:
        raise DatesStandElsewhere  # there it is asked first whether anybody is signed up
    changed: set[str] = set()
    for name in _PLAIN:
        _set(activity, name, getattr(form, name), changed)
    for name in _LISTS:
        value = getattr(form, name)
        _set(activity, name, value if value is KEEP else list(value), changed)
    for language, words in form.words.items():
        _words(activity, language, words, changed)
    if not isinstance(form.picture, Keep):
        changed |= _picture(activity, form.picture, now)
    changed |= _dates(activity, form, now)
    if activity.published_at is None and (language := main_language(activity)):
        activity.slug = slug(next(text.title for text in activity.texts if text.language == language))
    db.session.flush()
    return frozenset(changed)


def has_plain_date(activity: Activity) -> bool:
    """Whether when, where and how many are still one simple answer each: a draft without roles, and with at most one date,
    which the short form can say (a day, and two times of which the second may be at night)."""
    dates = activity.occurrences
    if activity.state != ActivityState.DRAFT or activity.published_at is not None or len(dates) > 1:
        return False
    plain = all(each.series_id is None and not each.role_pools and _is_short(each) for each in dates)
    return plain and not shifts.roles(activity.id)


def _is_short(date: Occurrence) -> bool:
    zone = current_settings().city.zone
    begins, ends = date.starts_at.astimezone(zone), date.ends_at.astimezone(zone)
    nights = (ends.date() - begins.date()).days
    return nights == 0 or (nights == 1 and ends.time() < begins.time() and ends.time() <= LATEST_NIGHT)


def shown(activity: Activity) -> tuple[int | None, str, int | None]:
    """Place, address on the net and number of places as the short form shows them: those of the one date there is, which
    may have got them on the page of dates, else what a date begins with."""
    date = next(iter(activity.occurrences), None)
    if date is None:
        return activity.place_id, activity.online_url, activity.capacity
    return date.place_id, date.online_url, date.pool.capacity


def _set(row: Any, name: str, value: Any, changed: set[str]) -> None:
    if value is not KEEP and getattr(row, name) != value:
        setattr(row, name, value)
        changed.add(name)


def _words(activity: Activity, language: str, words: Words, changed: set[str]) -> None:
    text = next((each for each in activity.texts if each.language == language), None)
    told = [value for value in (words.title, words.summary, words.body) if value is not KEEP]
    if text is None and any(told):
        text = ActivityText(language=language, title="", summary="", body="")
        activity.texts.append(text)
    if text is not None:
        here: set[str] = set()
        for name in ("title", "summary", "body"):
            _set(text, name, getattr(words, name), here)
        changed |= {f"{name}_{language}" for name in here}
        if not (text.title or text.summary or text.body):
            activity.texts.remove(text)
    for name, column in _BY_LANGUAGE.items():
        _note(activity, column, language, getattr(words, name), changed)


def _note(activity: Activity, column: str, language: str, value: Any, changed: set[str]) -> None:
    notes: Mapping[str, str] = getattr(activity, column)
    if value is KEEP or notes.get(language, "") == value:
        return
    others = {code: words for code, words in notes.items() if code != language}
    setattr(activity, column, {**others, language: value} if value else others)
    changed.add(column)


def _picture(activity: Activity, picture: Prepared | None, now: datetime) -> set[str]:
    if picture is not None:
        pictures.put(activity, picture, now)
        return {"picture"}
    if activity.picture_id is None:
        return set()
    pictures.remove(activity)
    return {"picture"}


def _dates(activity: Activity, form: ActivityInput, now: datetime) -> set[str]:
    """When, where and how many: written into the activity, and into the date a draft already has."""
    changed: set[str] = set()
    if not has_plain_date(activity):
        if any(value is not KEEP for value in (form.where, form.when, form.capacity)):
            raise DatesStandElsewhere
        return changed
    if isinstance(form.where, Where):
        _where(activity, form.where, changed)
    if not isinstance(form.capacity, Keep) and form.capacity != shown(activity)[2]:
        activity.capacity = form.capacity
        for date in activity.occurrences:
            date.pool.capacity = form.capacity
        changed.add("capacity")
    if form.when is not KEEP:
        _first_date(activity, form.when if isinstance(form.when, When) else None, now, changed)
    if changed:
        for date in activity.occurrences:
            date.updated_at = now
    return changed


def _where(activity: Activity, told: Where, changed: set[str]) -> None:
    place_id, online_url, _capacity = shown(activity)
    wanted = _place_id(told)
    # The form asks for a place or for an address on the net. Where both stand, as in an imported calendar, it shows the
    # place, and says nothing of the address.
    address = online_url if place_id and wanted and not told.online_url else told.online_url
    for name, before, value in (("place_id", place_id, wanted), ("online_url", online_url, address)):
        if value != before:
            changed.add(name)
            for row in (activity, *activity.occurrences):
                setattr(row, name, value)


def _first_date(activity: Activity, when: When | None, now: datetime, changed: set[str]) -> None:
    """The one date of a draft; further ones come from `series`."""
    dates = activity.occurrences
    if when is None:
        if dates:
            activity.occurrences.remove(dates[0])
            changed.add("when")
        return
    if not dates:
        dates.append(_date(activity, when, now))
        changed.add("when")
        return
    _set(dates[0], "starts_at", when.starts_at, changed)
    _set(dates[0], "ends_at", when.ends_at, changed)


def _date(activity: Activity, when: When, now: datetime) -> Occurrence:
    return Occurrence(
        public_id=public_id(),
        place_id=activity.place_id,
        online_url=activity.online_url,
        starts_at=when.starts_at,
        ends_at=when.ends_at,
        zone=current_settings().city.zone.key,
        state=OccurrenceState.SCHEDULED,
        updated_at=now,
        pool=Pool(capacity=activity.capacity),
    )


def _place_id(where: Where) -> int | None:
    new = where.new
    return where.place_id if new is None else places.find_or_create(new.name, new.street, new.postal_code, new.town)
