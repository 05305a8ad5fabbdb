"""From a draft to what the public sees: create, save, hand in, approve or send back, copy, delete.

    draft -> in review -> published        in review -> draft (sent back with words, or taken back by its writers)

What happens to guests when dates move or fall stands in `registrations`; several dates, in `series`.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from engage.accounts import User, audit
from engage.activities import questionnaire, shifts, terms, writing
from engage.activities.draft import ActivityInput, Problem
from engage.activities.models import Activity, ActivityState, ActivityText, Kind, SignUpMode
from engage.activities.pictures import drop_unused
from engage.activities.proposals import Proposals, proposals
from engage.activities.readiness import missing
from engage.base.db import db, savepoint
from engage.base.errors import Refusal
from engage.base.i18n import lazy_gettext as _l
from engage.base.identifiers import public_id

__all__ = [
    "ChangedMeanwhile", "DatesStandElsewhere", "HasGuests", "InReview", "NotADraft", "NotAsRead", "NotInReview",
    "NotReady", "Proposals", "approve", "as_read", "copy", "create", "delete_draft", "missing", "proposals", "save",
    "send_back", "submit", "withdraw",
]  # fmt: skip

DatesStandElsewhere = writing.DatesStandElsewhere


class ChangedMeanwhile(Refusal):
    """Somebody saved while this was being written."""

    code = "changed_meanwhile"
    message = _l(
        "%(name)s saved this activity while you were writing. Nothing of yours is lost: see what differs, then save."
    )


class InReview(Refusal):
    """It is with the reviewer."""

    code = "in_review"
    message = _l("This activity is being reviewed. Take it back first, then you can change it.")


class NotADraft(Refusal):
    """Only a draft can be handed in or deleted."""

    code = "not_a_draft"
    message = _l("This activity is not a draft any more.")


class NotInReview(Refusal):
    """There is nothing to decide, because somebody did or it was taken back."""

    code = "not_in_review"
    message = _l("This activity is not waiting for a review any more. Somebody may have decided already.")


class NotAsRead(Refusal):
    """It was taken back, changed and handed in again since the reviewer opened it."""

    code = "not_as_read"
    message = _l("This activity was changed after you opened it. Look at it once more before you decide.")


class NotReady(Refusal):
    """Something is missing; `problems` says what and where."""

    code = "not_ready"
    message = _l("Something is still missing before this activity can be published.")

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__()
        self.problems = problems


class HasGuests(Refusal):
    """People have signed up at some time."""

    code = "has_guests"
    message = _l("People have signed up for this activity, so it cannot be deleted. You can call it off instead.")


class NoReason(Refusal):
    """Sent back without a word."""

    code = "no_reason"
    message = _l("Write what the organiser should change, so that they can.")


def create(organisation_id: int, by_id: int | None, now: datetime) -> Activity:
    """A new, empty draft of this organisation."""
    activity = Activity(
        public_id=public_id(),
        slug="-",
        organisation_id=organisation_id,
        kind=Kind.LEARNING,
        state=ActivityState.DRAFT,
        sign_up=SignUpMode.REGISTRATION,
        audiences=[],
        for_whom=["citizen"],
        arenas=[],
        spoken_languages=[],
        dimensions=[],
        sdgs=[],
        key_features=[],
        price_notes={},
        accessibility={},
        created_by_id=by_id,
        updated_by_id=by_id,
        created_at=now,
        updated_at=now,
    )
    db.session.add(activity)
    db.session.flush()
    _record(by_id, "created", activity, now, {"organisation": organisation_id})
    return activity


def save(activity: Activity, form: ActivityInput, by_id: int | None, now: datetime) -> frozenset[str]:
    """Write what `form` tells; returns the names of what changed, and raises `version` if anything did.

    A draft stays unseen; of what is published, texts and goals change for the public at once. Refuses with
    `ChangedMeanwhile` when somebody saved or published it after the version the form began with, `InReview`,
    `DatesStandElsewhere`, or `NotReady` when what is published would lack something it has.
    """
    _lock(activity)
    if activity.state == ActivityState.IN_REVIEW:
        raise InReview
    if form.version is not None and form.version != activity.version:
        raise ChangedMeanwhile(name=_name(activity.updated_by_id))
    public = activity.state == ActivityState.PUBLISHED
    lacked = {problem.field for problem in missing(activity, now)} if public else set()
    changed = writing.write(activity, form, now)
    if public and (lost := tuple(each for each in missing(activity, now) if each.field not in lacked)):
        raise NotReady(lost)
    if changed:
        # A run of automatic saves by one person is one entry in the log.
        if not (form.automatic and activity.version and activity.updated_by_id == by_id):
            _record(by_id, "changed", activity, now, {"fields": sorted(changed), "state": activity.state})
        activity.version += 1
        activity.updated_by_id, activity.updated_at = by_id, now
        db.session.flush()
    return changed


def submit(activity: Activity, by_id: int | None, now: datetime) -> None:
    """Hand a draft in for review; what a trusted organisation writes is published at once.

    Refuses with `NotADraft` or `NotReady`.
    """
    _lock(activity)
    if activity.state != ActivityState.DRAFT:
        raise NotADraft
    _refuse_unready(activity, now)
    activity.state = ActivityState.IN_REVIEW
    activity.submitted_at, activity.review_words = now, ""
    db.session.flush()
    _record(by_id, "submitted", activity, now, {})
    if activity.organisation.trusted:
        _publish(activity, by_id, now, {"trusted": True})


def withdraw(activity: Activity, by_id: int | None, now: datetime) -> None:
    """Take an activity back from review, to go on writing. Refuses with `NotInReview`."""
    _lock_in_review(activity)
    activity.state, activity.submitted_at = ActivityState.DRAFT, None
    db.session.flush()
    _record(by_id, "withdrawn", activity, now, {})


def as_read(activity: Activity) -> str:
    """What changes with everything a reviewer reads: for `approve`, which publishes only what was read."""
    handed_in = activity.submitted_at.isoformat() if activity.submitted_at else ""
    return f"{activity.version} {handed_in} {activity.updated_at.isoformat()}"


def approve(activity: Activity, by_id: int | None, now: datetime, *, read: str | None = None) -> None:
    """Publish what was handed in. Refuses with `NotInReview`, `NotAsRead` when it is not what was `read` (see `as_read`), or
    `NotReady` when its date went by meanwhile."""
    _lock_in_review(activity)
    if read is not None and read != as_read(activity):
        raise NotAsRead
    _refuse_unready(activity, now)
    _publish(activity, by_id, now, {})


def _publish(activity: Activity, by_id: int | None, now: datetime, facts: dict[str, Any]) -> None:
    activity.state = ActivityState.PUBLISHED
    activity.published_at = activity.published_at or now
    activity.review_words, activity.sent_back_at = "", None
    # A page opened before is one of a draft, which saves by itself: it must not write half a word for the public.
    activity.version += 1
    db.session.flush()
    _record(by_id, "published", activity, now, facts)


def send_back(activity: Activity, words: str, by_id: int | None, now: datetime) -> None:
    """Give what was handed in back to its writers, with what they should change. Refuses with `NotInReview` or `NoReason`."""
    _lock_in_review(activity)
    said = words.strip()
    if not said:
        raise NoReason
    activity.state = ActivityState.DRAFT
    activity.review_words, activity.sent_back_at, activity.submitted_at = said, now, None
    db.session.flush()
    _record(by_id, "sent_back", activity, now, {"words": said[:500]})


_COPIED = (
    "organisation_id", "initiative_id", "slug", "kind", "sign_up", "audiences", "for_whom", "arenas", "spoken_languages",
    "dimensions", "sdgs", "key_features", "price", "price_notes", "accessibility", "contact_email", "contact_phone",
    "place_id", "online_url", "capacity", "picture_id", "picture_alt",
    # The day on which sign-up opens belongs to the dates, which are not copied.
    *(name for name in terms.NAMES if name != "sign_up_opens_at"),
)  # fmt: skip


def copy(activity: Activity, by_id: int | None, now: datetime) -> Activity:
    """A new draft with everything of `activity` but its dates and the day its sign-up opens; it asks the same questions."""
    made = create(activity.organisation_id, by_id, now)
    for name in _COPIED:
        value = getattr(activity, name)
        setattr(made, name, type(value)(value) if isinstance(value, list | dict) else value)
    made.texts = [
        ActivityText(language=each.language, title=each.title, summary=each.summary, body=each.body)
        for each in activity.texts
    ]
    db.session.flush()
    questionnaire.copy(activity.id, made.id)
    shifts.copy_roles(activity.id, made.id)
    return made


def delete_draft(activity: Activity, by_id: int | None, now: datetime) -> None:
    """Delete a draft that was never published, with its dates and picture. Refuses with `NotADraft` or `HasGuests`."""
    _lock(activity)
    if activity.state != ActivityState.DRAFT:
        raise NotADraft
    if activity.published_at is not None:
        raise HasGuests
    picture_id = activity.picture_id
    _record(by_id, "deleted", activity, now, {"organisation": activity.organisation_id})
    try:
        with savepoint():
            db.session.delete(activity)
            db.session.flush()
    except IntegrityError as error:
        # The foreign key from sign-ups to their pool decides; nothing is asked first that could be overtaken.
        raise HasGuests from error
    drop_unused(picture_id)


def _lock(activity: Activity) -> None:
    """Read the row anew and hold it until the transaction ends, so that two who save at once come one after the other."""
    db.session.execute(select(Activity.id).where(Activity.id == activity.id).with_for_update())
    db.session.refresh(activity)


def _lock_in_review(activity: Activity) -> None:
    _lock(activity)
    if activity.state != ActivityState.IN_REVIEW:
        raise NotInReview


def _refuse_unready(activity: Activity, now: datetime) -> None:
    if problems := missing(activity, now):
        raise NotReady(problems)


def _name(user_id: int | None) -> str:
    name = db.session.scalar(select(User.name).where(User.id == user_id)) if user_id else None
    return name or str(_l("Somebody"))


def _record(by_id: int | None, what: str, activity: Activity, now: datetime, facts: dict[str, Any]) -> None:
    by = db.session.get(User, by_id) if by_id is not None else None
    audit.record(by, f"activity.{what}", f"activity:{activity.public_id}", facts, now)
