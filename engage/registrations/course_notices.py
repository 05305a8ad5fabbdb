"""What people who are signed up for a course as a whole are told when dates of it move, fall or are added: one letter each.

They keep their place. Each date is its own entry in their calendar, so that one can change without the others.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from engage.activities import facts as activity_facts
from engage.activities import ics
from engage.activities.facts import OccurrenceFacts
from engage.base.i18n import gettext as _
from engage.base.i18n import ngettext, speaking
from engage.base.message import Button, Message
from engage.registrations import change_notices, notices, promises
from engage.registrations.change_notices import Guest
from engage.registrations.models import State

_Theirs = list[Guest]
_After = dict[int, OccurrenceFacts]


def facts(occurrence_ids: Collection[int], language: str) -> list[OccurrenceFacts]:
    """These dates, the next one first, in this language or the best there is."""
    return sorted(
        activity_facts.occurrences(sorted(occurrence_ids), language), key=lambda each: (each.starts_at, each.occurrence)
    )


def moved(told: Sequence[Guest], words: str, *, now: datetime) -> int:
    """Tell these guests what was and what is now. `words` are the organiser's own. Returns the number of letters."""
    return _tell(told, "moved", lambda theirs, after: _moved(theirs, after, words, now), now)


def fallen(told: Sequence[Guest], words: str, *, goes_on: bool, now: datetime) -> int:
    """Tell these guests which dates are not held. `goes_on`: others are still to come, and their sign-up stands."""
    return _tell(told, "fallen", lambda theirs, after: _fallen(theirs, after, words, goes_on, now), now)


def ended(told: Sequence[Guest], words: str, *, now: datetime) -> int:
    """Tell these guests that nothing is left of the course, and take its dates out of their calendars."""
    return _tell(told, "called-off", lambda theirs, after: _ended(theirs, after, words, now), now)


def added(told: Sequence[Guest], words: str, *, again: bool, now: datetime) -> int:
    """Tell these guests of dates their course has got besides, or `again` after they were called off."""
    word = _held_again if again else _added
    return _tell(told, "added", lambda theirs, after: word(theirs, after, words, now), now)


def _tell(told: Sequence[Guest], kind: str, word: Callable[[_Theirs, _After], Message], now: datetime) -> int:
    """One letter for each sign-up. Each change raises the sequence of its date, so that the same one is never told twice."""
    letters: dict[int, _Theirs] = defaultdict(list)
    for guest in told:
        if guest.expects_a_letter:
            letters[guest.registration.id].append(guest)
    ids = {guest.before.occurrence_id for guest in told}
    known = {
        language: {each.occurrence_id: each for each in facts(ids, language)}
        for language in {guest.registration.language for guest in told}
    }
    for theirs in letters.values():
        registration, first = theirs[0].registration, theirs[0].before
        after = known[registration.language]
        with speaking(registration.language):
            message = word(theirs, after)
        sequence = after[first.occurrence_id].sequence
        notices.post(registration, f"{kind}:{first.occurrence}:{sequence}", message, now)
    return len(letters)


def _moved(theirs: _Theirs, after: _After, words: str, now: datetime) -> Message:
    text = ngettext(
        "The organiser has changed a date of your course.",
        "The organiser has changed dates of your course.",
        len(theirs),
    )
    comes = theirs[0].state == State.CONFIRMED
    return Message(
        subject=_("New time or place: %(title)s", title=theirs[0].before.title),
        text=change_notices.paragraphs(
            theirs[0],
            f"{text} {_kept(theirs[0])}",
            words,
            _("The attached file changes the date in your calendar.") if comes else "",
        ),
        cards=tuple(change_notices.was_and_is(guest, after[guest.before.occurrence_id]) for guest in theirs),
        buttons=(_way_out(theirs[0]),),
        attachments=change_notices.entries(theirs, after, ics.Method.REQUEST, now),
        language=theirs[0].registration.language,
    )


def _fallen(theirs: _Theirs, after: _After, words: str, goes_on: bool, now: datetime) -> Message:
    first = theirs[0]
    if goes_on:
        text = ngettext(
            "The organiser has called off a date of your course. The others are held.",
            "The organiser has called off dates of your course. The others are held.",
            len(theirs),
        )
        text = f"{text} {_kept(first)}"
    else:
        text = _("The organiser has called off the rest of your course. You need not do anything.")
    return Message(
        subject=_("Called off: %(title)s", title=first.before.title),
        text=change_notices.paragraphs(first, text, words, change_notices.taken_out(theirs)),
        cards=tuple(notices.card(guest.before, guest.registration) for guest in theirs),
        buttons=(_way_out(first) if goes_on else _see(first),),
        attachments=change_notices.entries(theirs, after, ics.Method.CANCEL, now),
        language=first.registration.language,
    )


def _ended(theirs: _Theirs, after: _After, words: str, now: datetime) -> Message:
    first = theirs[0]
    return Message(
        subject=_("Called off: %(title)s", title=first.before.title),
        text=change_notices.paragraphs(
            first,
            _("The organiser has called off the course you had signed up for. You need not do anything."),
            words,
            change_notices.taken_out(theirs),
        ),
        cards=tuple(notices.card(guest.before, guest.registration) for guest in theirs),
        buttons=(_see(first),),
        attachments=change_notices.entries(theirs, after, ics.Method.CANCEL, now),
        language=first.registration.language,
    )


def _added(theirs: _Theirs, after: _After, words: str, now: datetime) -> Message:
    first = theirs[0]
    text = ngettext("Your course has got one more date.", "Your course has got more dates.", len(theirs))
    subject = ngettext("A new date: %(title)s", "New dates: %(title)s", len(theirs), title=first.before.title)
    return _new(theirs, after, subject, text, words, now)


def _held_again(theirs: _Theirs, after: _After, words: str, now: datetime) -> Message:
    text = ngettext(
        "A date of your course that was called off is held after all.",
        "Dates of your course that were called off are held after all.",
        len(theirs),
    )
    return _new(theirs, after, _("It goes ahead after all: %(title)s", title=theirs[0].before.title), text, words, now)


def _new(theirs: _Theirs, after: _After, subject: str, text: str, words: str, now: datetime) -> Message:
    first = theirs[0]
    place = (
        ngettext("Your place counts there too.", "Your places count there too.", first.registration.seats)
        if first.state == State.CONFIRMED
        else ""
    )
    return Message(
        subject=subject,
        text=change_notices.paragraphs(first, f"{text} {place}".strip(), words, ""),
        cards=tuple(notices.card(after[guest.before.occurrence_id], guest.registration) for guest in theirs),
        buttons=(_way_out(first),),
        attachments=change_notices.entries(theirs, after, ics.Method.REQUEST, now),
        language=first.registration.language,
    )


def _kept(guest: Guest) -> str:
    if guest.state == State.CONFIRMED:
        return promises.still_yours(guest.registration.seats)
    return _("You keep your place in the line.") if guest.state == State.WAITING else _("Your sign-up stays as it is.")


def _way_out(guest: Guest) -> Button:
    return Button(_("I cannot come any more"), url=notices.cancel_link(guest.registration))


def _see(guest: Guest) -> Button:
    return Button(_("See the activity"), url=notices.occurrence_link(guest.before))
