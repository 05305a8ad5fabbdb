"""A sign-up as its person sees it, on whichever page of theirs: how it stands, what was told, and what can be done with it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from flask import url_for
from sqlalchemy import select

from engage.activities import asking
from engage.activities.asking import Question
from engage.base import wording
from engage.base.db import db
from engage.base.i18n import gettext as _
from engage.base.i18n import in_language, ngettext
from engage.registrations import Registration, State, application, certificates, promises, reinstating, tickets
from engage.registrations.mine import Entry
from engage.registrations.wording import state_words
from engage.web import cards
from engage.web.views import Leaf


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where a room does what can be done with a sign-up. `again` is for a date that was called off and is held after all,
    `accept` and `decline` are those of the open offer.
    """

    page: str
    confirm: str
    cancel: str
    take: str
    rejoin: str
    calendar: str
    again: str = ""
    accept: str = ""
    decline: str = ""


@dataclass(frozen=True, slots=True)
class OfferView:
    """A place that is kept for one. `choices` are the numbers of places one may take of it."""

    seats: int
    choices: tuple[int, ...]
    until: str
    accept_url: str
    decline_url: str
    asks: bool  # more than yes or no


@dataclass(frozen=True, slots=True)
class EntryView:
    """A sign-up as its person sees it on their own page. An address that is empty is something that cannot be done (now)."""

    title: str
    language: str
    url: str  # the activity's page
    page_url: str  # the sign-up's own
    when: str
    where: str
    leaf: Leaf
    called_off: bool
    number: int  # of places
    seats: str  # "3 pladser"
    role: str
    name: str
    details: tuple[tuple[str, str], ...]  # what they told: (what, words)
    state: str
    tone: str  # "good", "wait" or "gone"
    words: str
    dates: tuple[str, ...]  # of a course
    offer: OfferView | None
    confirm_url: str
    take_url: str
    asks: bool  # more than to take it
    rejoin_url: str
    again_url: str  # for a date that was called off and is held after all
    change_url: str
    cancel_url: str
    calendar_url: str
    came: tuple[str, ...]  # that they were checked in, and their time as a volunteer
    certificate_url: str  # where one asks for a certificate, or sees it
    ticket_url: str  # "" while there is none
    ticket_code: str
    closed: str  # why it cannot be changed any more, and whom to write to
    until: str  # until when it can, where there is a deadline
    had_place: bool  # ever


def view(entry: Entry, at: Addresses, now: datetime) -> EntryView:
    """A sign-up on a page of its person's."""
    registration, shown = entry.registration, entry.next
    unproven = registration.verified_at is None
    held = entry.live and not entry.called_off
    open_, takes = held and not entry.over(now), entry.may_take(now)
    # What was offered is answered first: yes, fewer, or no, which is the same as cancelling.
    may, offered = entry.may_change(now), entry.offer is not None
    again = bool(at.again) and reinstating.may_come_again(registration, now)
    return EntryView(
        title=shown.title,
        language=shown.language,
        url=cards.occurrence_url(shown),
        page_url=at.page,
        when=wording.when(shown.starts_at, shown.ends_at, shown.zone, now),
        where=", ".join(part for part in (shown.place, shown.address) if part) or _("Online"),
        leaf=cards.leaf(shown.starts_at.astimezone(shown.zone)),
        called_off=entry.called_off,
        number=registration.seats,
        seats=ngettext("%(number)s place", "%(number)s places", registration.seats),
        role=in_language(registration.pool.role.names) if registration.pool.role else "",
        # While nobody has confirmed it, the name and all else may be what a stranger typed.
        name="" if unproven else registration.name or "",
        details=() if unproven else tuple(_details(registration)),
        state=registration.state,
        tone=_tone(entry),
        words=_words(entry, again=again, takes=takes, over=entry.over(now)),
        dates=tuple(wording.when(each.starts_at, each.ends_at, each.zone, now) for each in entry.dates)
        if len(entry.dates) > 1
        else (),
        offer=_offer(entry, at),
        confirm_url=at.confirm if unproven and open_ else "",
        take_url=at.take if takes else "",
        asks=_asks(entry),
        rejoin_url=at.rejoin if entry.may_rejoin(now) else "",
        again_url=at.again if again else "",
        change_url=at.page + "#change" if may and not (unproven or offered or takes) else "",
        cancel_url=at.cancel if may and not offered else "",
        calendar_url=at.calendar if held else "",
        came=tuple(_came(entry)),
        certificate_url=_certificate_url(entry, now),
        ticket_url=url_for("public.ticket", token=tickets.token(registration)) if _has_ticket(entry, now) else "",
        ticket_code=tickets.spoken(tickets.code(registration)),
        closed=_closed(entry) if open_ and not may else "",
        until=promises.deadline_of(registration, now, entry.room) if may else "",
        had_place=registration.placed_at is not None,
    )


def _came(entry: Entry) -> Iterator[str]:
    """That they came, on each date, and for volunteers how long; what the organiser corrected, with the reason."""
    dates = {each.occurrence_id: each for each in entry.dates}
    for mark in entry.came:
        date = dates.get(mark.occurrence_id, entry.found)
        if not mark.seats:
            continue
        day = wording.long_date(date.starts_at.astimezone(date.zone).date())
        yield _("You were checked in on %(day)s.", day=day)
        if mark.hours_in_minutes is not None:
            yield _("Your time as a volunteer: %(time)s.", time=wording.duration(mark.hours_in_minutes))
        if mark.corrected_minutes is not None:
            reason = wording.quoted(mark.corrected_reason)
            yield _("The organiser has corrected the time: %(reason)s", reason=reason)


def _certificate_url(entry: Entry, now: datetime) -> str:
    if certificates.earned(entry, now=now) is None:
        return ""
    return url_for("mine.ask_certificate", registration=entry.registration.public_id)


def _has_ticket(entry: Entry, now: datetime) -> bool:
    registration = entry.registration
    proven = registration.verified_at is not None and registration.state == State.CONFIRMED
    return proven and not entry.called_off and not entry.over(now)


def _words(entry: Entry, *, again: bool, takes: bool, over: bool) -> str:
    if again:
        return _("It was called off, and is held after all. Your sign-up ended then, so say if you still come.")
    if takes:
        return _("There are free places now, and the first to answer gets them.")
    if over and not entry.called_off and entry.registration.state == State.CONFIRMED:
        return ngettext("You had a place.", "You had your places.", entry.registration.seats)
    return state_words(entry.registration, called_off=entry.called_off)


def _details(registration: Registration) -> Iterator[tuple[str, str]]:
    """What somebody told when signing up, as it is kept."""
    told = registration.school_class
    if told:
        yield _("Class"), f"{told['class']}, {told['school']}"
        pupils = ngettext("%(number)s pupil", "%(number)s pupils", told["pupils"])
        adults = ngettext("%(number)s adult", "%(number)s adults", told["adults"])
        yield _("Who comes"), _("%(pupils)s and %(adults)s", pupils=pupils, adults=adults)
    if any(each["name"] or each["age"] is not None for each in registration.companions):
        yield (
            _("Who comes"),
            wording.listing([_companion(each["name"], each["age"]) for each in registration.companions]),
        )
    if registration.vetted_on is not None:
        yield _("Date on your certificate"), wording.long_date(registration.vetted_on, year=True)
    if registration.answers:
        query = select(Question).where(Question.public_id.in_(registration.answers))
        for question in db.session.scalars(query.order_by(Question.position, Question.id)):
            yield in_language(question.labels), asking.answer_words(question, registration.answers[question.public_id])


def _companion(name: str, age: int | None) -> str:
    years = ngettext("%(number)s year", "%(number)s years", age) if age is not None else ""
    return f"{name} ({years})" if name and years else name or years


def _closed(entry: Entry) -> str:
    """That the deadline is over, and what to do instead."""
    if entry.room is None:
        return ""
    contact = entry.found.contact_email or entry.found.contact_phone or entry.found.organisation
    return _(
        "The deadline for changes was %(when)s. Write to the organiser: %(contact)s.",
        when=wording.deadline(entry.room.cancels_until, entry.room.local),
        contact=contact,
    )


def _tone(entry: Entry) -> str:
    if entry.called_off or not entry.live:
        return "gone"
    return "good" if entry.registration.state == State.CONFIRMED else "wait"


def _asks(entry: Entry) -> bool:
    """Whether who gets a place is asked something that may not be answered yet."""
    room, own = entry.room, entry.registration
    if room is None:
        return False
    return (room.asks and not own.answers) or (any(application.of_each(room)) and len(own.companions) < own.seats)


def _offer(entry: Entry, at: Addresses) -> OfferView | None:
    offer = entry.offer
    if offer is None or entry.called_off:
        return None
    return OfferView(
        seats=offer.seats,
        choices=tuple(range(offer.seats, 0, -1)),
        until=wording.deadline(offer.expires_at, entry.found.zone),
        accept_url=at.accept,
        decline_url=at.decline,
        asks=_asks(entry),
    )
