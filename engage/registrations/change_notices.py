"""What guests are told when the organiser moves or calls off their dates: the old and the new, once, in one letter each.

Who has several of the dates gets them in one letter, with one file for the calendar and a way out for each.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select

from engage.activities import facts as activity_facts
from engage.activities import ics
from engage.activities.facts import OccurrenceFacts
from engage.base import wording
from engage.base.db import db
from engage.base.i18n import gettext as _
from engage.base.i18n import ngettext, speaking
from engage.base.message import Attachment, Button, Card, Message
from engage.registrations import letters, notices, promises
from engage.registrations.models import LIVE, Registration, State


@dataclass(frozen=True, slots=True)
class Guest:
    """A live sign-up as it stood before a change, with the date as its guest knew it, in their language."""

    registration: Registration
    state: State
    before: OccurrenceFacts

    @property
    def expects_a_letter(self) -> bool:
        """Nobody ever showed that an unproven address is theirs, so nobody there expects one; nor does who was erased."""
        return self.registration.verified_at is not None and self.registration.name is not None

    @property
    def whose(self) -> str:
        """Whose letter it is: an address, the person who signed up in a chat without one, or who has to be phoned."""
        return self.registration.email or str(self.registration.person_id or self.registration.public_id)


_Theirs = list[Guest]
_After = dict[int, OccurrenceFacts]


def guests(occurrence_ids: Collection[int]) -> list[Guest]:
    """Who has signed up for these dates and not cancelled, read before anything is changed."""
    mine = Registration.occurrence_id.in_(occurrence_ids) & Registration.state.in_(LIVE)
    query = select(Registration.id).where(mine).order_by(Registration.occurrence_id, Registration.id)
    return known(db.session.scalars(query).all())


def known(registration_ids: Collection[int]) -> list[Guest]:
    """These sign-ups as they and their dates stand now, read anew."""
    query = select(Registration).where(Registration.id.in_(registration_ids))
    query = query.order_by(Registration.occurrence_id, Registration.id).execution_options(populate_existing=True)
    found = list(db.session.scalars(query))
    facts = _facts(found)
    return [Guest(each, each.state, facts[each.language, each.occurrence_id]) for each in found]


def _facts(found: Iterable[Registration]) -> dict[tuple[str, int], OccurrenceFacts]:
    by_language = defaultdict(set)
    for each in found:
        by_language[each.language].add(each.occurrence_id)
    return {
        (language, facts.occurrence_id): facts
        for language, ids in by_language.items()
        for facts in activity_facts.occurrences(sorted(ids), language)
    }


def moved(told: Sequence[Guest], words: str, *, now: datetime) -> int:
    """Tell these guests what was and what is now. `words` are the organiser's own. Returns the number of letters."""
    return _tell(told, "moved", lambda theirs, after: _moved(theirs, after, words, now), now)


def called_off(told: Sequence[Guest], words: str, *, now: datetime) -> int:
    """Tell these guests that their dates will not be held, and take them out of their calendars."""
    return _tell(told, "called-off", lambda theirs, after: _called_off(theirs, after, words, now), now)


def reinstated(told: Sequence[Guest], words: str, *, now: datetime) -> int:
    """Tell these people, whose sign-ups ended with their dates, that the dates are held after all, and how to come again."""
    return _tell(told, "reinstated", lambda theirs, after: _reinstated(theirs, after, words), now)


def _tell(told: Sequence[Guest], kind: str, word: Callable[[_Theirs, _After], Message], now: datetime) -> int:
    """One letter for each person and language. A change raises a date's sequence, so the same one is never told twice."""
    of_each: dict[tuple[str, str], _Theirs] = defaultdict(list)
    for guest in told:
        if guest.expects_a_letter:
            of_each[guest.whose, guest.registration.language].append(guest)
    facts = _facts(guest.registration for guest in told)
    for (_whose, language), theirs in of_each.items():
        after = {guest.before.occurrence_id: facts[language, guest.before.occurrence_id] for guest in theirs}
        with speaking(language):
            message = word(theirs, after)
        first = theirs[0].registration
        notices.post(
            first,
            f"{kind}:{after[first.occurrence_id].sequence}",
            message,
            now,
            about=f"changes:{first.public_id}" if len(theirs) > 1 else "",
        )
    return len(of_each)


def _moved(theirs: _Theirs, after: _After, words: str, now: datetime) -> Message:
    facts = after[theirs[0].before.occurrence_id]
    text = ngettext(
        "The organiser has changed a date you are signed up for.",
        "The organiser has changed dates you are signed up for.",
        len(theirs),
    )
    text += " " + promises.still_yours(sum(guest.registration.seats for guest in theirs))
    comes = any(guest.state == State.CONFIRMED for guest in theirs)
    return Message(
        subject=_("New time or place: %(title)s", title=facts.title),
        text=_paragraphs(
            theirs[0],
            text if comes else _("The organiser has changed a date you wait for. You keep your place in the line."),
            words,
            ngettext(
                "The attached file changes the date in your calendar.",
                "The attached file changes the dates in your calendar.",
                len(theirs),
            )
            if comes
            else "",
        ),
        cards=tuple(_was_and_is(guest, after[guest.before.occurrence_id]) for guest in theirs),
        buttons=_ways_out(theirs, after),
        attachments=_entries(theirs, after, ics.Method.REQUEST, now),
        language=theirs[0].registration.language,
    )


def _called_off(theirs: _Theirs, after: _After, words: str, now: datetime) -> Message:
    facts = after[theirs[0].before.occurrence_id]
    text = ngettext(
        "The organiser has called off a date you had signed up for. You need not do anything.",
        "The organiser has called off dates you had signed up for. You need not do anything.",
        len(theirs),
    )
    return Message(
        subject=_("Called off: %(title)s", title=facts.title),
        text=(
            *_paragraphs(theirs[0], text, words, _("See whether another date suits you.")),
            *(line for line in (taken_out(theirs),) if line),
        ),
        cards=tuple(notices.card(guest.before, guest.registration) for guest in theirs),
        buttons=(Button(_("See the activity"), url=notices.occurrence_link(facts)),),
        attachments=_entries(theirs, after, ics.Method.CANCEL, now),
        language=theirs[0].registration.language,
    )


def taken_out(theirs: Sequence[Guest]) -> str:
    """What the file does for who has these dates in their calendar; "" for who waited, and was given none."""
    stood = {guest.before.occurrence_id for guest in theirs if guest.state == State.CONFIRMED}
    return letters.taken_out(theirs[0].registration, len(stood)) if stood else ""


def _reinstated(theirs: _Theirs, after: _After, words: str) -> Message:
    facts = after[theirs[0].before.occurrence_id]
    text = ngettext(
        "Good news: a date you had signed up for was called off, and now it is held after all.",
        "Good news: dates you had signed up for were called off, and now they are held after all.",
        len(theirs),
    )
    again = _("Your sign-up ended when it was called off, and we have not signed you up again without asking you.")
    limited = any(each.seats.capacity is not None for each in after.values())
    closing = _("Do you still want to come? Press the button, then one more on the page, and you are signed up.")
    first = _("Places go to those who are first.") if limited else ""
    return Message(
        subject=_("It goes ahead after all: %(title)s", title=facts.title),
        text=_paragraphs(theirs[0], text, words, " ".join(part for part in (again, closing, first) if part)),
        cards=tuple(notices.card(after[guest.before.occurrence_id], guest.registration) for guest in theirs),
        buttons=tuple(
            Button(_again(after[guest.before.occurrence_id], len(theirs)), url=notices.page_link(guest.registration))
            for guest in theirs
        ),
        language=theirs[0].registration.language,
    )


def _again(facts: OccurrenceFacts, dates: int) -> str:
    if dates == 1:
        return _("I still want to come")
    return _("I come on %(day)s", day=wording.short_date(facts.starts_at.astimezone(facts.zone)))


def _paragraphs(guest: Guest, text: str, words: str, closing: str) -> tuple[str, ...]:
    own = _("The organiser writes: %(words)s", words=wording.quoted(words)) if words else ""
    hello = _("Hello %(name)s,", name=guest.registration.name)
    return tuple(part for part in (hello, text, own, closing) if part)


def _was_and_is(guest: Guest, after: OccurrenceFacts) -> Card:
    """The date as `notices.card` shows it, with what it was where that is another."""
    before, card = guest.before, notices.card(after, guest.registration)
    was, now = notices.card(before, guest.registration).lines, card.lines
    lines = [line for old, new in zip(was, now, strict=True) for line in _line(old, new)]
    if before.online_url != after.online_url and after.online_url:
        lines.append(_("The address for taking part online is new."))
    return replace(card, lines=tuple(lines))


def _line(was: str, now: str) -> tuple[str, ...]:
    return (now,) if was == now else (_("Before: %(value)s", value=was), _("Now: %(value)s", value=now))


def _ways_out(theirs: _Theirs, after: _After) -> tuple[Button, ...]:
    if len(theirs) == 1:
        return (Button(_("I cannot come now"), url=notices.cancel_link(theirs[0].registration)),)
    return tuple(
        Button(
            _("I cannot come on %(day)s", day=wording.short_date(facts.starts_at.astimezone(facts.zone))),
            url=notices.cancel_link(guest.registration),
        )
        for guest in theirs
        for facts in [after[guest.before.occurrence_id]]
    )


def _entries(theirs: _Theirs, after: _After, method: ics.Method, now: datetime) -> tuple[Attachment, ...]:
    """One file with every date that stands in the guest's calendar: who waits was given none."""
    found = [
        (guest.registration, after[guest.before.occurrence_id]) for guest in theirs if guest.state == State.CONFIRMED
    ]
    stand = letters.once_a_date(found)
    if not stand:
        return ()
    return (notices.calendar(*stand[0], method, now) if len(stand) == 1 else notices.calendar_of(stand, now),)


# The parts of a letter, for what is told of a course as a whole (`course_notices`).
paragraphs, was_and_is, entries = _paragraphs, _was_and_is, _entries
