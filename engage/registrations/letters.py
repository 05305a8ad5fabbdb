"""What letters about sign-ups are made of: the links, the card of a date, the calendar file, and the way into the outbox."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from sqlalchemy import select

from engage import outbox
from engage.activities import facts as activity_facts
from engage.activities import ics
from engage.activities.facts import OccurrenceFacts
from engage.activities.models import Occurrence, OccurrenceState, Pool, SignUpMode
from engage.base import tokens, wording
from engage.base.config import current_settings
from engage.base.db import db
from engage.base.i18n import gettext as _
from engage.base.i18n import in_language, ngettext
from engage.base.message import Attachment, Button, Card, Message, Venue
from engage.channels import abilities
from engage.people import reaching
from engage.registrations import rows, silence
from engage.registrations.models import Registration, State

# What a signed link may do. A token made for one purpose is worth nothing for another.
CONFIRM, MANAGE, OFFER = "confirm-registration", "manage-registration", "answer-offer"

# States in which the date stands in somebody's calendar, or may come to.
# What somebody must learn: when no address takes it, they are phoned. A kind is what stands before the first colon.
MUST_ARRIVE = frozenset(
    {
        "approved", "turned-down", "removed", "offer", "moved-up", "moved", "called-off", "fallen", "added", "reinstated",
    }
)  # fmt: skip
# What a talk says itself as its answer, so that a letter in the same chat would say it twice.
_SAID_IN_THE_TALK = frozenset({"pending-approval", "waiting", "changed", "cancelled", "offer"})
_COMING = frozenset({State.CONFIRMED, State.WAITING, State.PENDING_EMAIL, State.PENDING_APPROVAL, State.OFFERED})


class Guest(Protocol):
    """What a letter's card and its way into the outbox need to know of a sign-up."""

    @property
    def public_id(self) -> str: ...
    @property
    def person_id(self) -> int | None: ...
    @property
    def pool(self) -> Pool | None: ...
    @property
    def seats(self) -> int: ...
    @property
    def email(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A sign-up just made whose address is not proven yet: what its only letter tells, without reading its row back."""

    public_id: str
    occurrence_id: int
    person_id: int
    pool: Pool | None
    seats: int
    email: str
    language: str
    expires_at: datetime | None


def confirm_link(registration_public_id: str) -> str:
    """The address of the page whose button proves the e-mail."""
    settings = current_settings()
    return settings.links.confirm(tokens.sign(settings.secret_key, CONFIRM, registration_public_id))


def manage_token(registration_public_id: str) -> str:
    """What lets its holder see and cancel one sign-up, without login."""
    return tokens.sign(current_settings().secret_key, MANAGE, registration_public_id)


def offer_token(offer_public_id: str) -> str:
    """What lets its holder answer one offer, without login."""
    return tokens.sign(current_settings().secret_key, OFFER, offer_public_id)


def offer_link(offer_public_id: str) -> str:
    """The address of the page that asks whether one takes the place."""
    return current_settings().links.offer(offer_token(offer_public_id))


def page_link(registration: Registration) -> str:
    """The address of a sign-up's own page."""
    return current_settings().links.registration(manage_token(registration.public_id))


def cancel_link(registration: Registration) -> str:
    """The address of the page that asks whether one really wants to cancel."""
    return current_settings().links.cancel(manage_token(registration.public_id))


def occurrence_link(facts: OccurrenceFacts) -> str:
    """The address of a date's public page."""
    return current_settings().links.occurrence(facts.activity, facts.slug, facts.occurrence)


def see(registration: Registration) -> tuple[Button, ...]:
    """The buttons under what somebody has."""
    leave = _("Leave the waiting list") if registration.state == State.WAITING else _("Cancel your sign-up")
    return (
        Button(_("See your sign-up"), url=page_link(registration)),
        Button(leave, action=ask_to_cancel(registration), url=cancel_link(registration)),
    )


def ask_to_cancel(registration: Registration) -> str:
    """What a button does where it stands in a chat, see `dialog.flows.cancel`."""
    return f"cancel:ask:{registration.public_id}"


def venue(facts: OccurrenceFacts) -> Venue | None:
    """Where it is, for channels that can show a map."""
    if facts.latitude is None or facts.longitude is None or not facts.place:
        return None
    return Venue(facts.place, facts.address, facts.latitude, facts.longitude)


def facts_of(registration: Registration) -> OccurrenceFacts:
    """The date of a sign-up, in its person's language."""
    return activity_facts.occurrences([registration.occurrence_id], registration.language)[0]


def course_dates(registration: Registration) -> list[OccurrenceFacts]:
    """The dates of the course that a sign-up is for, from the first they come to; empty when it is for one date."""
    if registration.pool is None or registration.pool.course_id is None:
        return []
    first = db.session.get_one(Occurrence, registration.occurrence_id)
    coming = select(Occurrence.id).where(
        Occurrence.activity_id == registration.pool.course_id,
        Occurrence.starts_at >= first.starts_at,
        Occurrence.state == OccurrenceState.SCHEDULED,
    )
    ids = db.session.scalars(coming.order_by(Occurrence.starts_at, Occurrence.id)).all()
    return activity_facts.occurrences(ids, registration.language)


def card(facts: OccurrenceFacts, registration: Guest) -> Card:
    """A date as its guest sees it: when, where, how many seats, and what they do there."""
    day = wording.when(facts.starts_at, facts.ends_at, facts.zone)
    where = ", ".join(part for part in (facts.place, facts.address) if part) or _("Online")
    seats = ngettext("%(number)s place", "%(number)s places", registration.seats)
    lines = (day[0].upper() + day[1:], where, seats, _role(registration))
    return Card(
        title=facts.title,
        lines=tuple(line for line in lines if line),
        url=occurrence_link(facts),
        language=facts.language,
    )


def _role(registration: Guest) -> str:
    role = registration.pool.role if registration.pool is not None else None
    return in_language(role.names) if role is not None else ""


def course_line(dates: Sequence[OccurrenceFacts]) -> str:
    """How many dates a course has, in a sentence; "" for a single date."""
    if len(dates) < 2:
        return ""
    last = wording.long_date(dates[-1].starts_at.astimezone(dates[-1].zone).date())
    return ngettext(
        "The course has %(number)s date, the last one is %(day)s.",
        "The course has %(number)s dates, the last one is %(day)s.",
        len(dates),
        day=last,
    )


def given_on_line(facts: OccurrenceFacts) -> str:
    """That the place goes on where its person does not answer a reminder; "" where it does not."""
    return "" if facts.sign_up == SignUpMode.WHOLE_COURSE else silence.told(facts.activity_id)


def calendar(registration: Registration, facts: OccurrenceFacts, method: ics.Method, now: datetime) -> Attachment:
    """One date as a file for a calendar, with the way to cancel in its text. It stays where one leaves one of two tasks."""
    settings, sequence = current_settings(), registration.sequence
    if method is ics.Method.CANCEL and not facts.called_off and (stays := rows.other_place(registration)) is not None:
        registration, method = stays, ics.Method.REQUEST
    contact = settings.mail_from or settings.city.contact["email"]
    if method is ics.Method.REQUEST and not registration.email:
        method = ics.Method.PUBLISH  # an invitation needs somebody invited (RFC 5546, 3.2.2)
    invited, gone = method is not ics.Method.PUBLISH, method is ics.Method.CANCEL
    text = ics.entry(
        facts,
        method=method,
        host=settings.host,
        url=occurrence_link(facts),
        note=_note(registration, gone=gone),
        sequence=sequence,
        now=now,
        organiser=(facts.organisation, contact) if invited else None,
        attendee=registration.email if invited else None,
        tentative=registration.state != State.CONFIRMED,
    )
    return Attachment(f"{facts.slug}.ics", f"{ics.MIME_TYPE}; method={method.value}", text)


def calendar_of(
    theirs: Sequence[tuple[Registration, OccurrenceFacts]], now: datetime, *, gone: bool = False
) -> Attachment:
    """Several dates of one person as one file: calendars take in, move and remove them all at once.

    `gone`: their sign-ups are cancelled, so all of them are removed.
    """
    settings = current_settings()
    first = theirs[0][1]
    found = [_entry(registration, facts, gone=gone) for registration, facts in once_a_date(theirs)]
    contact = settings.mail_from or settings.city.contact["email"]
    text = ics.entries(found, host=settings.host, now=now, organiser=(first.organisation, contact))
    return Attachment(f"{first.slug}.ics", f"{ics.MIME_TYPE}; method={ics.Method.PUBLISH.value}", text)


def once_a_date(
    theirs: Sequence[tuple[Registration, OccurrenceFacts]],
) -> list[tuple[Registration, OccurrenceFacts]]:
    """Each date once, as the sign-up has it that changed last: who has two tasks on a date has one entry in their calendar."""
    latest: dict[int, tuple[Registration, OccurrenceFacts]] = {}
    for registration, facts in theirs:
        known = latest.get(facts.occurrence_id)
        if known is None or registration.sequence > known[0].sequence:
            latest[facts.occurrence_id] = (registration, facts)
    return list(latest.values())


def _entry(registration: Registration, facts: OccurrenceFacts, *, gone: bool) -> ics.Entry:
    stays = rows.other_place(registration) if gone else None
    note = _note(stays or registration, gone=(gone and stays is None) or facts.called_off)
    return ics.Entry(facts, occurrence_link(facts), note, registration.sequence, gone and stays is None)


def _note(registration: Registration, *, gone: bool) -> str:
    return "" if gone else _("Cannot come? Cancel here: %(link)s", link=cancel_link(registration))


def taken_out(registration: Registration, dates: int = 1) -> str:
    """What the file of a sign-up that ended does; "" where its person still comes by another."""
    if rows.other_place(registration) is not None:
        return ""
    return ngettext(
        "The attached file takes the date out of your calendar.",
        "The attached file takes the dates out of your calendar.",
        dates,
    )


def method_of(registration: Registration) -> ics.Method:
    """What a calendar shall do with a sign-up that its person asks for as a file."""
    return ics.Method.PUBLISH if registration.state in _COMING else ics.Method.CANCEL


def key(registration: Guest, kind: str) -> str:
    """What is unique about a letter of this kind to this person."""
    return f"registration:{registration.public_id}:{kind}"


def hears_it_now(registration: Guest) -> bool:
    """Whether a letter would stand right below the answer of a talk that says the same."""
    return reaching.hears_it_now(registration.person_id, registration.email)


def post(
    registration: Guest,
    kind: str,
    message: Message,
    now: datetime,
    good_until: datetime | None = None,
    about: str = "",
    due_at: datetime | None = None,
    proves: bool = False,
) -> None:
    """Queue a letter about a sign-up for its person's chats and e-mail address; one that `proves` the address goes there alone.

    One of the same `kind` is queued once. Of who cannot be reached only what they must learn is kept, to be told by phone.
    Where the talk that is going on has just said it, only what they keep is put there (a ticket, dates to come); else the file
    for their calendar goes to their mailbox, if there is one.
    """
    mail = [("email", registration.email)] if registration.email else []
    addresses = mail if proves else reaching.ways(registration.person_id, registration.email, sms=True)
    name = kind.partition(":")[0]
    must_arrive = name in MUST_ARRIVE
    if name in _SAID_IN_THE_TALK and hears_it_now(registration):
        addresses, must_arrive = (mail if message.attachments else []), False
    if not addresses and not must_arrive:
        return
    for part, to, ending in _by_way(message, addresses, mail):
        outbox.put(
            part,
            to,
            key=key(registration, kind) + ending,
            about=about or f"registration:{registration.public_id}",
            now=now,
            due_at=due_at,
            good_until=good_until,
            priority=outbox.Priority.AWAITED,
            must_arrive=must_arrive and not ending,
        )


_Ways = Sequence[tuple[str, str]]


def _by_way(message: Message, addresses: _Ways, mail: _Ways) -> list[tuple[Message, _Ways, str]]:
    """The letters that say `message`, each with its addresses and what ends its key: one, as a rule.

    Where the way somebody chose carries no files, as SMS does not, the file for their calendar goes to their mailbox, and what
    they chose says the same in short: else what was moved would stay where it was in their calendar.
    """
    if not addresses or not message.attachments or not mail or abilities.of(addresses[0][0]).takes_files:
        return [(message, addresses, "")]
    return [(message, mail, ""), (replace(message, attachments=()), addresses[:1], f":{addresses[0][0]}")]
