"""The city's look at an activity before the public sees it: who waits, what to look at, and the answer by mail."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from engage import outbox
from engage.accounts import Membership, Rights, User, access, audit
from engage.activities import publishing
from engage.activities.models import Activity, ActivityState, Occurrence, OccurrenceState
from engage.activities.readiness import main_language
from engage.base import wording
from engage.base.config import current_settings
from engage.base.db import db
from engage.base.i18n import gettext as _
from engage.base.i18n import in_language, speaking
from engage.base.message import Button, Message
from engage.goals.reference import reference
from engage.outbox import Priority

# An amount of money in a text: "50 kr.", "DKK 50", "50,-".
_AMOUNT = re.compile(r"\b\d+(?:[.,]\d+)?\s*(?:kr\b|dkk\b|kroner\b|,-)|\b(?:kr\.?|dkk)\s*\d", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the checklist: whether it is in order, and what was found. `needed` ones stop an approval."""

    code: str
    label: str
    fulfilled: bool
    needed: bool
    found: str


class Outcome(StrEnum):
    """How a review may end."""

    PUBLISHED = "published"
    SENT_BACK = "sent_back"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Decision:
    """How a review ended: by whom (None once their account is erased), when, and with which words.

    `unreviewed` is what a trusted organisation published by itself.
    """

    outcome: Outcome
    by: User | None
    by_name: str
    at: datetime
    words: str
    unreviewed: bool


def waiting() -> Sequence[Activity]:
    """The activities that wait for a review, the one that has waited longest first."""
    query = select(Activity).where(Activity.state == ActivityState.IN_REVIEW)
    loaded = query.options(
        *(selectinload(each) for each in (Activity.texts, Activity.occurrences, Activity.organisation))
    )
    return db.session.scalars(loaded.order_by(Activity.submitted_at.nulls_first(), Activity.id)).all()


def count() -> int:
    """How many activities wait for a review."""
    query = select(func.count()).select_from(Activity).where(Activity.state == ActivityState.IN_REVIEW)
    return db.session.scalar(query) or 0


def checklist(activity: Activity, now: datetime) -> tuple[Check, ...]:
    """What a reviewer looks at, each thing with what the activity says of it in the language spoken now."""
    lacks = {problem.field: str(problem.refusal) for problem in publishing.missing(activity, now)}
    checks = [*_words(activity), *_when_and_where(activity, now), *_goals(activity), *_particulars(activity)]
    known = {"day", "place", "sdgs", "dimensions", "contact_email"}
    checks += [
        Check(field, _("Still missing"), False, True, words)
        for field, words in lacks.items()
        if field not in known and not field.startswith(("title_", "summary_", "picture_alt_"))
    ]
    return tuple(checks)


def next_date(activity: Activity, now: datetime) -> Occurrence | None:
    """The next date that stands, or the last one there is."""
    stand = [each for each in activity.occurrences if each.state == OccurrenceState.SCHEDULED]
    return next((each for each in stand if each.starts_at > now), None) or next(reversed(activity.occurrences), None)


def decision(activity: Activity) -> Decision | None:
    """How the last review of `activity` ended, as far as the log goes back."""
    entry = audit.latest(f"activity:{activity.public_id}", [f"activity.{each}" for each in Outcome])
    if entry is None:
        return None
    by = db.session.get(User, entry.by_id) if entry.by_id is not None else None
    outcome = Outcome(entry.action.removeprefix("activity."))
    unreviewed = outcome == Outcome.PUBLISHED and bool(entry.facts.get("trusted"))
    return Decision(outcome, by, entry.by_name, entry.at, str(entry.facts.get("words", "")), unreviewed)


def approve(activity: Activity, *, by: User, now: datetime, read: str | None = None) -> None:
    """Publish the activity, record it, and write to those who made it. Refuses as `publishing.approve` does."""
    publishing.approve(activity, by.id, now, read=read)
    for address, name, language in _writers(activity, by):
        with speaking(language):
            title = _title(activity)
            text = (
                _("Hello %(name)s,", name=name),
                _("“%(title)s” is approved, and everybody can see it now.", title=title),
            )
            subject = _("Published: %(title)s", title=title)
            link = current_settings().links.activity(activity.public_id, activity.slug)
            button = Button(_("See the page"), url=link)
            _post(activity, Message(text=text, subject=subject, buttons=(button,), language=language), address, now)


def send_back(activity: Activity, words: str, *, by: User, now: datetime) -> None:
    """Give the activity back with `words`, record it, and mail them. Refuses as `publishing.send_back` does."""
    writers = _writers(activity, by)
    publishing.send_back(activity, words, by.id, now)
    for address, name, language in writers:
        with speaking(language):
            title = _title(activity)
            text = (
                _("Hello %(name)s,", name=name),
                _("We have read “%(title)s”. Before it can be published, we ask you to change something:", title=title),
                *(part for part in activity.review_words.split("\n") if part.strip()),
                _("When you have changed it, hand it in again. Nothing is lost meanwhile."),
            )
            subject = _("Please change something: %(title)s", title=title)
            button = Button(_("Change the activity"), url=current_settings().links.own_activity(activity.public_id))
            _post(activity, Message(text=text, subject=subject, buttons=(button,), language=language), address, now)


def _words(activity: Activity) -> Iterator[Check]:
    language = current_settings().city.languages[0]
    written = {text.language: text for text in activity.texts if text.title}
    own = written.get(language)
    label = _("Title and summary in %(language)s", language=wording.spoken_name(language))
    yield Check("texts", label, bool(own and own.summary), False, own.title if own else "")
    languages = ", ".join(wording.spoken_name(code) for code in sorted(written))
    complete = bool(written) and all(text.title and text.summary for text in activity.texts)
    yield Check("languages", _("Every language that was begun is complete"), complete, True, languages)


def _when_and_where(activity: Activity, now: datetime) -> Iterator[Check]:
    zone = current_settings().city.zone
    ahead = [each for each in activity.occurrences if each.starts_at > now and each.state == OccurrenceState.SCHEDULED]
    when = "; ".join(wording.when(each.starts_at, each.ends_at, zone, now) for each in ahead[:3])
    yield Check("date", _("A date that is still to come"), bool(ahead), True, when + (" …" if len(ahead) > 3 else ""))
    shown = ahead or activity.occurrences
    spots = {each.place.name if each.place else each.online_url for each in shown}
    where = ", ".join(sorted(spot for spot in spots if spot))
    yield Check("place", _("A place, or where it is online"), bool(spots) and all(spots), True, where)
    place = next((each.place for each in shown if each.place), None)
    access = in_language(dict(activity.accessibility)) or (in_language(dict(place.accessibility)) if place else "")
    online = bool(shown) and all(each.online_url and not each.place for each in shown)
    yield Check("accessibility", _("Words on accessibility"), bool(access) or online, False, access)


def _goals(activity: Activity) -> Iterator[Check]:
    goals = reference()
    names = [f"{number} {goals.sdgs[number].title}" for number in sorted(activity.sdgs) if number in goals.sdgs]
    names += [goals.dimensions[name].name for name in activity.dimensions if name in goals.dimensions]
    chosen = bool(activity.sdgs and activity.dimensions)
    yield Check("goals", _("Global goals and a dimension are chosen"), chosen, True, ", ".join(names))


def _particulars(activity: Activity) -> Iterator[Check]:
    organisation = activity.organisation
    contact = ", ".join(
        part
        for part in (activity.contact_email or organisation.email, activity.contact_phone or organisation.phone)
        if part
    )
    yield Check("contact", _("Somebody to ask"), bool(contact), True, contact)
    note = in_language(dict(activity.price_notes)) if activity.price_notes else ""
    price = f"{wording.price(activity.price)} {note}".strip()
    if hidden := _hides_a_price(activity):
        price = _("%(price)s, but the text speaks of money", price=price)
    yield Check("price", _("The price is clear"), not hidden, False, price)
    if activity.picture_id is not None:
        described = all(activity.picture_alt.get(text.language) for text in activity.texts)
        alt = in_language(dict(activity.picture_alt)) if activity.picture_alt else ""
        yield Check("picture", _("The picture is described"), described, True, alt)


def _hides_a_price(activity: Activity) -> bool:
    """Whether it is said to be free of charge while its text speaks of money."""
    said = " ".join(f"{text.title} {text.summary} {text.body}" for text in activity.texts)
    return activity.price == 0 and not any(activity.price_notes.values()) and _AMOUNT.search(said) is not None


def _title(activity: Activity) -> str:
    titles = {text.language: text.title for text in activity.texts}
    main = titles.get(main_language(activity), "")
    return in_language({code: title for code, title in titles.items() if title}) or main or "–"


def _writers(activity: Activity, reviewer: User) -> list[tuple[str, str, str]]:
    """Whom to write to: (address, name, language). Those who wrote it and still may; else the organisation's editors; else its
    address."""
    wrote = [number for number in (activity.created_by_id, activity.updated_by_id) if number not in (None, reviewer.id)]
    writers = db.session.scalars(select(User).where(User.id.in_(wrote)).order_by(User.id))
    found = [user for user in writers if access.may_edit(user, activity.organisation_id)]
    if not found:
        editors = select(User).join(Membership).where(Membership.organisation_id == activity.organisation_id)
        found = list(
            db.session.scalars(editors.where(Membership.rights == Rights.EDITOR, User.active).order_by(User.id))
        )
    if found:
        return [(user.email, user.name, user.language) for user in found]
    organisation = activity.organisation
    language = current_settings().city.languages[0]
    return [(organisation.email, organisation.name, language)] if organisation.email else []


def _post(activity: Activity, message: Message, address: str, now: datetime) -> None:
    about = f"review:{activity.public_id}"
    # An address may be longer than a key; of one review, each address gets one letter.
    key = f"{about}:{now.timestamp():.6f}:{hashlib.sha256(address.encode()).hexdigest()[:16]}"
    outbox.put(message, [("email", address)], key=key, about=about, now=now, priority=Priority.AWAITED)
