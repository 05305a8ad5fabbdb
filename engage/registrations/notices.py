"""What a person is told about their sign-up, worded in their language and put into the outbox in the same transaction."""

from datetime import datetime

from engage import outbox
from engage.activities import facts as activity_facts
from engage.activities import ics, remembered
from engage.activities.facts import OccurrenceFacts
from engage.base import tokens, wording
from engage.base.config import current_settings
from engage.base.i18n import gettext as _
from engage.base.i18n import ngettext, speaking
from engage.base.message import Attachment, Button, Card, Message
from engage.registrations.models import Registration, State

# What a signed link may do. A token made for one purpose is worth nothing for another.
CONFIRM, MANAGE = "confirm-registration", "manage-registration"


def confirm_link(registration_public_id: str) -> str:
    """The address of the page whose button proves the e-mail."""
    settings = current_settings()
    return settings.links.confirm(tokens.sign(settings.secret_key, CONFIRM, registration_public_id))


def manage_token(registration_public_id: str) -> str:
    """What lets its holder see and cancel one sign-up, without login."""
    return tokens.sign(current_settings().secret_key, MANAGE, registration_public_id)


def after_sign_up(registration: Registration, *, proven: bool, revision: int, now: datetime) -> None:
    """The first mail: prove the address, or, where that is done, the place or the wait.

    It is worded under the pool's lock, so what is known of the date at `revision` is not asked again.
    """
    if not proven:
        facts = remembered.date(registration.occurrence_id, registration.language, revision)
        _confirm_address(registration, now, facts)
    elif registration.state == State.CONFIRMED:
        confirmed(registration, now=now)
    else:
        waits(registration, now=now)


def _confirm_address(
    registration: Registration, now: datetime, facts: OccurrenceFacts | None = None, again: str = ""
) -> None:
    with speaking(registration.language):
        facts = facts or _facts(registration)
        minutes = int(current_settings().confirm_within.total_seconds() // 60)
        message = Message(
            subject=_("Confirm your sign-up: %(title)s", title=facts.title),
            text=(
                # Without the name: it was typed by somebody who may not be the one who reads this.
                _("Hello,"),
                _("Press the button to confirm that this e-mail address is yours.")
                + " "
                + _("We keep your sign-up for %(minutes)s minutes.", minutes=minutes),
                _("If it was not you who signed up, you need not do anything. The sign-up is deleted by itself."),
            ),
            cards=(_card(facts, registration),),
            buttons=(Button(_("Confirm sign-up"), url=confirm_link(registration.public_id)),),
            language=registration.language,
        )
    _post(registration, "confirm" + again, message, now, good_until=registration.expires_at)


def signed_up_already(registration: Registration, *, now: datetime) -> None:
    """For who signs up twice: what they have, at most once an hour, so that nobody can flood a stranger's mailbox."""
    hour = now.strftime(":%Y%m%d%H")
    if registration.verified_at is None:
        _confirm_address(registration, now, again=hour)
        return
    with speaking(registration.language):
        facts = _facts(registration)
        state = (
            _("You are signed up already, and your place is safe.")
            if registration.state == State.CONFIRMED
            else _("You are on the waiting list already, and keep your place in it.")
        )
        message = Message(
            subject=_("You are signed up already: %(title)s", title=facts.title),
            text=(_("Hello %(name)s,", name=registration.name), state),
            cards=(_card(facts, registration),),
            buttons=_see(registration),
            language=registration.language,
        )
    _post(registration, "already" + hour, message, now)


def confirmed(registration: Registration, *, now: datetime) -> None:
    """You have your place; with a calendar entry."""
    with speaking(registration.language):
        facts = _facts(registration)
        message = Message(
            subject=_("You are signed up: %(title)s", title=facts.title),
            text=(
                _("Hello %(name)s,", name=registration.name),
                _("You have your place.") + " " + _("The attached file puts the date into your calendar."),
                _("If you cannot come, please cancel, so that somebody else can have the place."),
            ),
            cards=(_card(facts, registration),),
            buttons=_see(registration),
            attachments=(_calendar(registration, facts, ics.Method.REQUEST, now),),
            language=registration.language,
        )
    _post(registration, f"confirmed:{registration.sequence}", message, now)


def waits(registration: Registration, *, now: datetime) -> None:
    """You are on the waiting list; what happens next."""
    with speaking(registration.language):
        facts = _facts(registration)
        message = Message(
            subject=_("You are on the waiting list: %(title)s", title=facts.title),
            text=(
                _("Hello %(name)s,", name=registration.name),
                _("All places are taken at the moment.")
                + " "
                + _("If somebody cancels, the next in line gets the place at once, and we write to you."),
            ),
            cards=(_card(facts, registration),),
            buttons=_see(registration),
            language=registration.language,
        )
    _post(registration, f"waiting:{registration.sequence}", message, now)


def moved_up(registration: Registration, *, now: datetime) -> None:
    """A place became free and is yours; with a calendar entry and the way out."""
    with speaking(registration.language):
        facts = _facts(registration)
        message = Message(
            subject=_("You have got a place: %(title)s", title=facts.title),
            text=(
                _("Hello %(name)s,", name=registration.name),
                _("A place became free, and it is yours. You need not do anything to keep it."),
                _("If you cannot come, please cancel, so that somebody else can have the place."),
            ),
            cards=(_card(facts, registration),),
            buttons=(Button(_("I cannot come"), url=_cancel_link(registration)), *_see(registration)[:1]),
            attachments=(_calendar(registration, facts, ics.Method.REQUEST, now),),
            language=registration.language,
        )
    _post(registration, f"moved-up:{registration.sequence}", message, now)


def cancelled(registration: Registration, *, now: datetime) -> None:
    """You will not come; the calendar entry goes."""
    if registration.verified_at is None:
        return  # nobody ever showed that the address is theirs, so nobody there expects a mail
    with speaking(registration.language):
        facts = _facts(registration)
        message = Message(
            subject=_("Your sign-up is cancelled: %(title)s", title=facts.title),
            text=(
                _("Hello %(name)s,", name=registration.name),
                _("Your sign-up is cancelled. Thank you for telling us."),
                _("You are welcome to sign up again, as long as there are places."),
            ),
            cards=(_card(facts, registration),),
            buttons=(Button(_("See the activity"), url=_occurrence_link(facts)),),
            attachments=(_calendar(registration, facts, ics.Method.CANCEL, now),),
            language=registration.language,
        )
    _post(registration, f"cancelled:{registration.sequence}", message, now)


def calendar_file(registration: Registration, *, now: datetime) -> Attachment:
    """The sign-up as a file for a calendar, the same entry as in the mail."""
    with speaking(registration.language):
        facts = _facts(registration)
        gone = registration.state not in {State.CONFIRMED, State.WAITING, State.PENDING_EMAIL}
        method = ics.Method.CANCEL if gone else ics.Method.PUBLISH
        return _calendar(registration, facts, method, now)


def _facts(registration: Registration) -> OccurrenceFacts:
    return activity_facts.occurrences([registration.occurrence_id], registration.language)[0]


def _occurrence_link(facts: OccurrenceFacts) -> str:
    return current_settings().links.occurrence(facts.activity, facts.slug, facts.occurrence)


def _cancel_link(registration: Registration) -> str:
    return current_settings().links.cancel(manage_token(registration.public_id))


def _see(registration: Registration) -> tuple[Button, ...]:
    page = current_settings().links.registration(manage_token(registration.public_id))
    return Button(_("See your sign-up"), url=page), Button(_("Cancel your sign-up"), url=_cancel_link(registration))


def _card(facts: OccurrenceFacts, registration: Registration) -> Card:
    day = wording.when(facts.starts_at, facts.ends_at, facts.zone)
    where = ", ".join(part for part in (facts.place, facts.address) if part) or _("Online")
    seats = ngettext("%(number)s place", "%(number)s places", registration.seats)
    return Card(
        title=facts.title,
        lines=(day[0].upper() + day[1:], where, seats),
        url=_occurrence_link(facts),
        language=facts.language,
    )


def _calendar(registration: Registration, facts: OccurrenceFacts, method: ics.Method, now: datetime) -> Attachment:
    settings = current_settings()
    contact = settings.mail_from or settings.city.contact["email"]
    invited, gone = method is not ics.Method.PUBLISH, method is ics.Method.CANCEL
    text = ics.entry(
        facts,
        method=method,
        host=settings.host,
        url=_occurrence_link(facts),
        note="" if gone else _("Cannot come? Cancel here: %(link)s", link=_cancel_link(registration)),
        sequence=registration.sequence,
        now=now,
        organiser=(facts.organisation, contact) if invited else None,
        attendee=registration.email if invited else None,
        tentative=registration.state != State.CONFIRMED,
    )
    return Attachment(f"{facts.slug}.ics", f"{ics.MIME_TYPE}; method={method.value}", text)


def _post(
    registration: Registration,
    kind: str,
    message: Message,
    now: datetime,
    good_until: datetime | None = None,
    about: str = "",
) -> None:
    if not registration.email:
        return
    outbox.put(
        message,
        [("email", registration.email)],
        key=f"registration:{registration.public_id}:{kind}",
        about=about or f"registration:{registration.public_id}",
        now=now,
        good_until=good_until,
        priority=outbox.Priority.AWAITED,
    )


# The parts of a letter, for those that tell of several sign-ups at once (`change_notices`).
card, calendar, occurrence_link, cancel_link, post = _card, _calendar, _occurrence_link, _cancel_link, _post
