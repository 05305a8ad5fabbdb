"""What a person is told about their sign-up, worded in their language and put into the outbox in the same transaction.

Each notice says what is the case and what can be done; what letters are made of stands in `letters`.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from engage import outbox
from engage.activities import ics, remembered
from engage.activities.facts import OccurrenceFacts
from engage.base import wording
from engage.base.config import current_settings
from engage.base.i18n import gettext as _
from engage.base.i18n import ngettext, speaking
from engage.base.message import Attachment, Button, Card, Message
from engage.people import reaching
from engage.registrations import letters, pools, promises, rows, standing, tickets
from engage.registrations.letters import Newcomer
from engage.registrations.models import Registration, State

# The parts of a letter, for those that tell of changed dates (`change_notices`), and what doors need to lead to a sign-up.
CONFIRM, MANAGE, OFFER = letters.CONFIRM, letters.MANAGE, letters.OFFER
card, calendar, calendar_of, post = letters.card, letters.calendar, letters.calendar_of, letters.post
occurrence_link, cancel_link, page_link = letters.occurrence_link, letters.cancel_link, letters.page_link
confirm_link, manage_token, offer_token = letters.confirm_link, letters.manage_token, letters.offer_token


def ask_to_confirm(joined: Sequence[Newcomer], *, revision: int, now: datetime) -> None:
    """The first letter about what was signed up for in one go with an address that is to be proven.

    It is worded under the pools' lock, so what is known of the dates at `revision` is not asked again.
    """
    found = [remembered.date(each.occurrence_id, each.language, revision) for each in joined]
    _confirm_address(joined, [facts for facts in found if facts is not None], now)


def after_sign_up(joined: Sequence[Registration], *, now: datetime) -> None:
    """The first letter about what was signed up for in one go with a proven address: how it stands."""
    have = [each for each in joined if each.state == State.CONFIRMED]
    if have:
        confirmed(have, now=now)
    for each in joined:
        if each.state == State.PENDING_APPROVAL:
            awaits_approval(each, now=now)
        elif each.state == State.WAITING:
            waits(each, now=now)


def _confirm_address(
    joined: Sequence[Newcomer | Registration], found: Sequence[OccurrenceFacts], now: datetime, again: str = ""
) -> None:
    first = joined[0]
    with speaking(first.language):
        minutes = int(current_settings().confirm_within.total_seconds() // 60)
        message = Message(
            subject=_("Confirm your sign-up: %(title)s", title=found[0].title),
            text=(
                # Without the name: it was typed by somebody who may not be the one who reads this.
                _("Hello,"),
                _("Press the button to confirm that this e-mail address is yours.")
                + " "
                + _("We keep your sign-up for %(minutes)s minutes.", minutes=minutes),
                _("If it was not you who signed up, you need not do anything. The sign-up is deleted by itself."),
            ),
            cards=tuple(letters.card(facts, each) for facts, each in zip(found, joined, strict=True)),
            buttons=(Button(_("Confirm sign-up"), url=letters.confirm_link(first.public_id)),),
            language=first.language,
        )
    letters.post(first, "confirm" + again, message, now, good_until=first.expires_at, proves=True)


def signed_up_already(registration: Registration, *, now: datetime) -> None:
    """For who signs up twice: what they have, at most once an hour, so that nobody can flood a stranger's mailbox."""
    hour = now.strftime(":%Y%m%d%H")
    if registration.verified_at is None:
        _confirm_address([registration], [letters.facts_of(registration)], now, again=hour)
        return
    with speaking(registration.language):
        said = {
            State.CONFIRMED: ngettext(
                "You are signed up already, and your place is safe.",
                "You are signed up already, and your places are safe.",
                registration.seats,
            ),
            State.PENDING_APPROVAL: _("You are signed up already. The organiser has not answered yet."),
            State.OFFERED: _("You are offered a place already. Look for our e-mail, or answer here."),
        }
        text = said.get(registration.state, _("You are on the waiting list already, and keep your place in it."))
        subject = _("You are signed up already: %(title)s")
        send(registration, "already" + hour, subject, (text,), letters.see(registration), now=now)


def confirmed(registrations: Sequence[Registration], *, now: datetime) -> None:
    """You have your place, or several; with calendar entries. Below a talk that has just said so it is the ticket alone."""
    first = registrations[0]
    here = letters.hears_it_now(first)
    with speaking(first.language):
        found = [letters.facts_of(each) for each in registrations]
        if len(registrations) > 1:
            _several_confirmed(registrations, found, now, here=here)
            return
        file = _("The attached file puts the date into your calendar.")
        what = (_("Show this code at the door."), file) if here else (promises.yours(first.seats) + " " + file,)
        text = (
            *what,
            letters.course_line(letters.course_dates(first)),
            standing.still_needed(first.occurrence_id) if found[0].least_participants is not None else "",
            letters.given_on_line(found[0]),
            promises.if_not(first, found[0], now),
        )
        subject = _("Your ticket: %(title)s") if here else _("You are signed up: %(title)s")
        kind, buttons = f"confirmed:{first.sequence}", _ways(first, now)
        send(first, kind, subject, text, buttons, now=now, method=ics.Method.REQUEST, greets=not here)


def _several_confirmed(
    theirs: Sequence[Registration], found: Sequence[OccurrenceFacts], now: datetime, *, here: bool
) -> None:
    first, file = theirs[0], _("The attached file puts the dates into your calendar.")
    said = () if here else (_("Hello %(name)s,", name=first.name),)
    subject = _("Your dates: %(title)s") if here else _("You are signed up: %(title)s")
    message = Message(
        subject=subject % {"title": found[0].title},
        text=(
            *said,
            file if here else promises.yours(len(theirs)) + " " + file,
            _("If you cannot come on a date, please cancel it, so that somebody else can have the place."),
            *(line for line in (letters.given_on_line(found[0]),) if line),
        ),
        cards=tuple(_with_deadline(facts, each, now) for facts, each in zip(found, theirs, strict=True)),
        buttons=tuple(
            Button(
                _("Cancel %(day)s", day=wording.short_date(facts.starts_at.astimezone(facts.zone))),
                url=letters.cancel_link(each),
            )
            for facts, each in zip(found, theirs, strict=True)
        ),
        attachments=(letters.calendar_of(list(zip(theirs, found, strict=True)), now),),
        language=first.language,
    )
    letters.post(first, f"confirmed:{first.sequence}", message, now)


def _with_deadline(facts: OccurrenceFacts, registration: Registration, now: datetime) -> Card:
    """One of several dates, with its own deadline where there is one: each date has another."""
    card, until = letters.card(facts, registration), promises.deadline_of(registration, now)
    return replace(card, lines=(*card.lines, until)) if until else card


def _ways(registration: Registration, now: datetime) -> tuple[Button, ...]:
    """What somebody with a place can do: no button says cancel where that is the organiser's by now."""
    return letters.see(registration)[:1] if promises.is_bound(registration, now) else letters.see(registration)


def awaits_approval(registration: Registration, *, now: datetime) -> None:
    """The organiser is asked."""
    with speaking(registration.language):
        text = (
            _("Thank you. The organiser looks at your sign-up, and you get an answer from us."),
            promises.kept_meanwhile(registration.seats) if registration.holds_seat else "",
        )
        subject, kind = _("We have your sign-up: %(title)s"), f"pending-approval:{registration.sequence}"
        send(registration, kind, subject, text, letters.see(registration), now=now)


def approved(registration: Registration, words: str, *, now: datetime) -> None:
    """The organiser said yes; with a calendar entry."""
    with speaking(registration.language):
        text = (_("The organiser has approved your sign-up."), promises.yours(registration.seats), _own_words(words))
        subject, kind = _("You are signed up: %(title)s"), f"approved:{registration.sequence}"
        send(registration, kind, subject, text, _ways(registration, now), now=now, method=ics.Method.REQUEST)


def turned_down(registration: Registration, words: str, *, now: datetime) -> None:
    """The organiser said no."""
    with speaking(registration.language):
        text = (
            ngettext(
                "The organiser cannot give you a place this time.",
                "The organiser cannot give you the places this time.",
                registration.seats,
            ),
            _own_words(words),
            _("See whether another date or activity suits you."),
        )
        subject, kind = _("No place this time: %(title)s"), f"turned-down:{registration.sequence}"
        send(registration, kind, subject, text, _public(registration), now=now)


def removed(registration: Registration, words: str, *, now: datetime) -> None:
    """The organiser has taken the sign-up away; the calendar entry goes."""
    with speaking(registration.language):
        text = (
            _("The organiser has cancelled your sign-up."),
            _own_words(words),
            _("Do you think that is a mistake? Write to the organiser. You find the address on the activity's page."),
        )
        subject, kind = _("Your sign-up is cancelled: %(title)s"), f"removed:{registration.sequence}"
        send(registration, kind, subject, text, _public(registration), now=now, method=ics.Method.CANCEL)


def given_on(registration: Registration, *, now: datetime) -> None:
    """Nobody answered whether they come, so the place went on, as they were told; the calendar entry goes."""
    with speaking(registration.language):
        text = (
            ngettext(
                "We asked whether you come, and did not hear from you. As we told you, your place goes to somebody else now.",
                "We asked whether you come, and did not hear from you. As we told you, your places go to others now.",
                registration.seats,
            ),
            _("Do you want to come after all? See whether there are places left, or join the waiting list."),
        )
        one = registration.seats == 1
        subject = _("Your place is given on: %(title)s") if one else _("Your places are given on: %(title)s")
        kind = f"given-on:{registration.sequence}"
        send(registration, kind, subject, text, _public(registration), now=now, method=ics.Method.CANCEL)


def changed(registration: Registration, *, now: datetime) -> None:
    """What was changed is written down; for a place with the calendar entry anew."""
    with speaking(registration.language):
        text = (_("Your sign-up is changed. Below you see how it stands now."), _standing(registration))
        method = ics.Method.REQUEST if registration.state == State.CONFIRMED else None
        subject, kind = _("Your sign-up is changed: %(title)s"), f"changed:{registration.sequence}"
        # The place is where it was, and the ticket they have is still good.
        send(registration, kind, subject, text, letters.see(registration), now=now, method=method, again=True)


def _standing(registration: Registration) -> str:
    if registration.state == State.PENDING_APPROVAL:
        return _("The organiser looks at the change, and you get an answer from us.")
    return _("You are still on the waiting list.") if registration.state == State.WAITING else ""


def waits(registration: Registration, *, now: datetime, words: str = "") -> None:
    """You are on the waiting list; what happens next."""
    room = pools.look(registration.occurrence_id)
    with speaking(registration.language):
        text = (
            _("All places are taken at the moment.")
            + " "
            + _("You are number %(number)s on the waiting list.", number=rows.position(registration)),
            _own_words(words),
            promises.waiting_rule(room) if room is not None else "",
            promises.group_rule(registration, room) if room is not None else "",
        )
        subject, kind = _("You are on the waiting list: %(title)s"), f"waiting:{registration.sequence}"
        send(registration, kind, subject, text, letters.see(registration), now=now)


def moved_up(registration: Registration, *, now: datetime) -> None:
    """A place became free and is yours; with a calendar entry and the way out."""
    with speaking(registration.language):
        text = (
            ngettext(
                "A place became free, and it is yours. You need not do anything to keep it.",
                "Places became free, and they are yours. You need not do anything to keep them.",
                registration.seats,
            ),
            promises.if_not(registration, letters.facts_of(registration), now),
        )
        leave = Button(_("I cannot come"), action=letters.ask_to_cancel(registration), url=cancel_link(registration))
        buttons = (
            (leave, *letters.see(registration)[:1]) if len(_ways(registration, now)) > 1 else _ways(registration, now)
        )
        subject, kind = _("You have got a place: %(title)s"), f"moved-up:{registration.sequence}"
        send(registration, kind, subject, text, buttons, now=now, method=ics.Method.REQUEST)


def cancelled(registration: Registration, *, now: datetime) -> None:
    """You will not come; the calendar entry goes."""
    if registration.verified_at is None:
        return  # nobody ever showed that the address is theirs, so nobody there expects a mail
    with speaking(registration.language):
        text = (
            _("Your sign-up is cancelled. Thank you for telling us."),
            _("You are welcome to sign up again, as long as there are places."),
        )
        subject, kind = _("Your sign-up is cancelled: %(title)s"), f"cancelled:{registration.sequence}"
        send(registration, kind, subject, text, _public(registration), now=now, method=ics.Method.CANCEL)


def several_cancelled(theirs: Sequence[Registration], *, now: datetime) -> None:
    """You will not come to any of these dates; their calendar entries go, all with one file."""
    gone = [each for each in theirs if each.verified_at is not None]
    if len(gone) < 2:
        for each in gone:
            cancelled(each, now=now)
        return
    first = gone[0]
    with speaking(first.language):
        found = [letters.facts_of(each) for each in gone]
        message = Message(
            subject=_("Your sign-ups are cancelled: %(title)s", title=found[0].title),
            text=(
                _("Hello %(name)s,", name=first.name),
                _("Your sign-ups for these dates are cancelled. Thank you for telling us."),
                _("You are welcome to sign up again, as long as there are places."),
                *(line for line in (letters.taken_out(first, len(gone)),) if line),
            ),
            cards=tuple(letters.card(facts, each) for facts, each in zip(found, gone, strict=True)),
            buttons=_public(first),
            attachments=(letters.calendar_of(list(zip(gone, found, strict=True)), now, gone=True),),
            language=first.language,
        )
    letters.post(first, f"cancelled:{first.sequence}", message, now)


def ticket_void(registration: Registration, *, now: datetime) -> None:
    """Let their ticket, where it stands in a chat, say that it opens no door any more."""
    chats = reaching.all_chats(registration.person_id)
    about = [f"registration:{registration.public_id}", *(outbox.about_talk(*chat) for chat in chats)]
    if not chats:
        return
    with speaking(registration.language):
        subject = _("Not valid any more: %(title)s", title=letters.facts_of(registration).title)
        words = _("This ticket is not valid any more, since the sign-up has ended.")
        outbox.void(tickets.link(registration), about, subject, words, now=now)


def calendar_file(registration: Registration, *, now: datetime) -> Attachment:
    """The sign-up as a file for a calendar, the same entry as in the mail."""
    with speaking(registration.language):
        return _calendar(registration, letters.facts_of(registration), letters.method_of(registration), now)


def _taken_out(registration: Registration, now: datetime) -> str:
    course = [date for date in letters.course_dates(registration) if date.ends_at > now]
    return letters.taken_out(registration, max(len(course), 1))


def _calendar(registration: Registration, facts: OccurrenceFacts, method: ics.Method, now: datetime) -> Attachment:
    course, gone = letters.course_dates(registration), method is ics.Method.CANCEL
    if gone:  # what they came to stays in their calendar
        course = [date for date in course if date.ends_at > now]
    if len(course) > 1:
        return letters.calendar_of([(registration, date) for date in course], now, gone=gone)
    return letters.calendar(registration, course[0] if gone and course else facts, method, now)


def _public(registration: Registration) -> tuple[Button, ...]:
    return (Button(_("See the activity"), url=occurrence_link(letters.facts_of(registration))),)


def _own_words(words: str) -> str:
    return _("The organiser writes: %(words)s", words=wording.quoted(words)) if words else ""


def send(
    registration: Registration,
    kind: str,
    subject: str,
    text: tuple[str, ...],
    buttons: tuple[Button, ...],
    *,
    now: datetime,
    method: ics.Method | None = None,
    due_at: datetime | None = None,
    good_until: datetime | None = None,
    again: bool = False,
    greets: bool = True,
) -> None:
    """The shape all these letters have: a greeting, what is the case, the date, what can be done, and a calendar entry.

    The ticket and the map go along with the first of them only, not `again`.
    """
    facts, has_place = letters.facts_of(registration), method is ics.Method.REQUEST and not again
    at_the_door = (_door_line(registration, alone=greets),) if has_place else ()
    # In a talk the first line tells of the code that stands above it, and this one goes on from there.
    told = (*text, *at_the_door) if greets else (*text[:1], *at_the_door, *text[1:])
    gone = _taken_out(registration, now) if method is ics.Method.CANCEL else ""
    shown: tuple[Card, ...] = (letters.card(facts, registration),)
    message = Message(
        subject=subject % {"title": facts.title},
        text=(
            *((_("Hello %(name)s,", name=registration.name),) if greets else ()),
            *(part for part in (*told, gone) if part),
        ),
        cards=shown,
        buttons=buttons,
        attachments=(_calendar(registration, facts, method, now),) if method is not None else (),
        language=registration.language,
        code=tickets.link(registration) if has_place else "",
        venue=letters.venue(facts) if has_place else None,
    )
    letters.post(registration, kind, message, now, good_until=good_until, due_at=due_at)


def _door_line(registration: Registration, *, alone: bool) -> str:
    """What to show, or to say, at the door; only what to say where the words before tell of the ticket (not `alone`)."""
    code = tickets.spoken(tickets.code(registration))
    if not alone:
        return _("Or say it: %(code)s", code=code)
    return _("Show your ticket at the door, or say your code: %(code)s.", code=code)
