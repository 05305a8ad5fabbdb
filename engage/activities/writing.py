"""Writing what an organiser tells into an activity's rows, and telling what changed by it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from engage.activities import pictures, places
from engage.activities.draft import KEEP, ActivityInput, Keep, When, Where, Words
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
    """Whether when, where and how many are still one simple answer each: a draft with at most one date, and no roles."""
    dates = activity.occurrences
    plain = all(each.series_id is None and not each.role_pools for each in dates)
    return activity.state == ActivityState.DRAFT and activity.published_at is None and len(dates) <= 1 and plain


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
    """When, where and how many: written into the activity, and into the dates a draft already has."""
    changed: set[str] = set()
    if not has_plain_date(activity):
        if any(value is not KEEP for value in (form.where, form.when, form.capacity)):
            raise DatesStandElsewhere
        return changed
    if isinstance(form.where, Where):
        _set(activity, "place_id", _place_id(form.where), changed)
        _set(activity, "online_url", form.where.online_url, changed)
    _set(activity, "capacity", form.capacity, changed)
    if form.when is not KEEP:
        _first_date(activity, form.when if isinstance(form.when, When) else None, now, changed)
    if changed:
        _follow(activity, now)
    return changed


def _first_date(activity: Activity, when: When | None, now: datetime, changed: set[str]) -> None:
    """The one date of a draft; further ones come from `series`."""
    dates = activity.occurrences
    if when is None:
        if dates:
            activity.occurrences.remove(dates[0])
            changed.add("when")
        return
    if not dates:
        dates.append(_date(when, now))
        changed.add("when")
        return
    _set(dates[0], "starts_at", when.starts_at, changed)
    _set(dates[0], "ends_at", when.ends_at, changed)


def _date(when: When, now: datetime) -> Occurrence:
    return Occurrence(
        public_id=public_id(),
        starts_at=when.starts_at,
        ends_at=when.ends_at,
        zone=current_settings().city.zone.key,
        state=OccurrenceState.SCHEDULED,
        updated_at=now,
        pool=Pool(),
    )


def _follow(activity: Activity, now: datetime) -> None:
    """Nobody has seen a draft's dates, so they simply take its place and number; what a date has of its own stays."""
    for date in activity.occurrences:
        date.place_id, date.online_url = activity.place_id, activity.online_url
        date.pool.capacity = activity.capacity
        date.updated_at = now


def _place_id(where: Where) -> int | None:
    new = where.new
    return where.place_id if new is None else places.find_or_create(new.name, new.street, new.postal_code, new.town)
