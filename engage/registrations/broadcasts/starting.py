"""Beginning to send a message to many: what is needed, how often, and how it reads for one of them."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from engage.activities.models import Activity, Occurrence
from engage.base.config import current_settings
from engage.base.db import db
from engage.base.errors import Refusal
from engage.base.i18n import gettext as _
from engage.base.i18n import lazy_gettext as _l
from engage.base.i18n import speaking
from engage.base.identifiers import public_id
from engage.base.message import Message
from engage.base.wording import spoken_name
from engage.registrations import letters
from engage.registrations.broadcasts.audience import Draft, audience
from engage.registrations.broadcasts.models import Broadcast, BroadcastShare, BroadcastState, ShareState
from engage.registrations.models import Registration

LONGEST_SUBJECT, LONGEST_TEXT = 120, 2000
_DAY = timedelta(hours=24)


class NobodyReads(Refusal):
    """There is nobody who would get it."""

    code = "nobody_reads"
    message = _l("Nobody stands like that on these dates, so nobody would get the message.")


class TextMissing(Refusal):
    """Somebody would get an empty message, or one without a subject."""

    code = "text_missing"
    message = _l("Write a subject and a message in %(language)s: there are people who read it.")


class TooManyToday(Refusal):
    """The organiser has written to participants often enough for a day."""

    code = "too_many_today"
    message = _l("You have written %(most)s messages within a day. Wait until tomorrow, or ask the staff to help.")


def check(draft: Draft, readers: Sequence[Registration]) -> None:
    """Refuse what cannot be sent: `NobodyReads`, or `TextMissing` where the city's first language is read and lacks."""
    if not readers:
        raise NobodyReads
    usual = current_settings().city.languages[0]
    needed = usual if any(each.language == usual for each in readers) or not draft.texts else next(iter(draft.texts))
    for language in dict.fromkeys((needed, *draft.texts)):
        subject, text = draft.texts.get(language, ("", ""))
        if not subject.strip() or not text.strip():
            raise TextMissing(language=spoken_name(language))


def start(draft: Draft, *, key: str, by: int, now: datetime, limited: bool = True) -> Broadcast:
    """Begin to send: from here on it goes to those who stand so now, and to nobody who signs up later.

    The same `key` begins one message, however often the form is sent. Refuses as `check` does, and with `TooManyToday`, which
    counts what is sent for an organisation, where `limited`.
    """
    activity = _locked(draft.activity_id)
    if (known := db.session.scalar(select(Broadcast).where(Broadcast.public_id == key))) is not None:
        return known
    readers = audience(draft)
    check(draft, readers)
    most = current_settings().broadcasts_per_day
    if limited and _within_a_day(activity.organisation_id, now) >= most:
        raise TooManyToday(most=most)
    until = select(func.max(Occurrence.ends_at)).where(Occurrence.id.in_(draft.occurrence_ids))
    broadcast = Broadcast(
        public_id=key or public_id(), activity_id=activity.id, account_id=by, occurrence_ids=list(draft.occurrence_ids),
        states=list(draft.states), role=draft.role, urgent=draft.urgent, state=BroadcastState.SENDING, made_at=now,
        texts={language: {"subject": subject, "text": text} for language, (subject, text) in draft.texts.items()},
        good_until=max(db.session.scalar(until) or now, now + _DAY),
    )  # fmt: skip
    db.session.add(broadcast)
    db.session.flush()
    shares = [
        {"broadcast_id": broadcast.id, "registration_id": each.id, "state": ShareState.PLANNED, "due_at": now}
        for each in readers
    ]
    db.session.execute(insert(BroadcastShare), shares)
    return broadcast


def _locked(activity_id: int) -> Activity:
    """One message at a time is begun for an activity, so that two presses are one, and two never pass the limit together."""
    return db.session.scalars(select(Activity).where(Activity.id == activity_id).with_for_update(of=Activity)).one()


def _within_a_day(organisation_id: int, now: datetime) -> int:
    sent = select(func.count()).select_from(Broadcast).join(Broadcast.activity)
    recent = (Activity.organisation_id == organisation_id, Broadcast.made_at > now - _DAY)
    return db.session.scalar(sent.where(*recent)) or 0


def preview(draft: Draft, reader: Registration) -> Message:
    """The message as this person would get it, word for word."""
    texts = {language: {"subject": subject, "text": text} for language, (subject, text) in draft.texts.items()}
    return worded(texts, reader)


def worded(texts: Mapping[str, Mapping[str, str]], reader: Registration) -> Message:
    """The message in the reader's language; where it was not written in that, as it is, and saying so."""
    usual = current_settings().city.languages
    language = next(each for each in (reader.language, *usual, *texts) if each in texts)
    written = texts[language]
    paragraphs = [part.strip() for part in written["text"].replace("\r", "").split("\n\n") if part.strip()]
    with speaking(reader.language):
        facts = letters.facts_of(reader)
        other = _("The organiser wrote this in %(language)s only.", language=spoken_name(language))
        return Message(
            subject=written["subject"],
            text=(
                _("Hello %(name)s,", name=reader.name),
                _("The organiser of “%(title)s” writes to you, because you have signed up:", title=facts.title),
                *([other] if language != reader.language else []),
                *paragraphs,
            ),
            cards=(letters.card(facts, reader),),
            buttons=letters.see(reader)[:1],
            language=reader.language,
        )
