"""What the terms promise who signs up, in the words of every door: until when one may change or cancel by oneself, and what
becomes of a place that is free again.
"""

from datetime import datetime

from engage.activities.facts import OccurrenceFacts
from engage.activities.terms import WaitingMode
from engage.base import wording
from engage.base.config import current_settings
from engage.base.i18n import gettext as _
from engage.base.i18n import ngettext
from engage.registrations import pools, steps
from engage.registrations.models import Registration, State
from engage.registrations.pools import Room

# Whoever has no seat yet may leave whenever they like.
_BOUND = frozenset({State.CONFIRMED, State.PENDING_APPROVAL})


def yours(seats: int) -> str:
    """That one has a place, or as many as one asked for."""
    return ngettext("You have your place.", "You have your places.", seats)


def kept_meanwhile(seats: int) -> str:
    """That nobody else gets what the organiser has not answered about."""
    return ngettext("Your place is kept meanwhile.", "Your places are kept meanwhile.", seats)


def still_yours(seats: int) -> str:
    """That one keeps what one has, whatever has changed."""
    return ngettext("You keep your place.", "You keep your places.", seats)


def deadline(room: Room, now: datetime) -> str:
    """Until when one may change or cancel; "" where no deadline is set."""
    if not room.cancel_before:
        return ""
    until = wording.deadline(room.cancels_until, room.local)
    if room.cancels_until > now:
        return _("You can change or cancel it until %(when)s.", when=until)
    return _("The deadline for changes and cancelling was %(when)s. After that, write to the organiser.", when=until)


def deadline_of(registration: Registration, now: datetime, room: Room | None = None) -> str:
    """The same for somebody who has signed up and may still change it; `room` is theirs, where it was read already."""
    room = _bound_by(registration, room)
    return deadline(room, now) if room is not None and room.cancels_until > now else ""


def is_bound(registration: Registration, now: datetime) -> bool:
    """Whether its deadline is over, so that its person has to write to the organiser."""
    room = _bound_by(registration)
    return room is not None and room.cancels_until <= now


def _bound_by(registration: Registration, room: Room | None = None) -> Room | None:
    """The room whose deadline binds somebody; None where there is none for them."""
    if registration.state not in _BOUND:
        return None
    room = room or pools.look(registration.occurrence_id)  # the same for each role
    return room if room is not None and room.cancel_before and not steps.was_moved(registration) else None


def whom_to_tell(facts: OccurrenceFacts) -> str:
    """Where one writes to about a date, or calls: the organiser's address, number or name."""
    return facts.contact_email or facts.contact_phone or facts.organisation


def if_not(registration: Registration, facts: OccurrenceFacts, now: datetime) -> str:
    """What to do when one cannot come, and until when."""
    if is_bound(registration, now):
        return _("If you cannot come, write to the organiser: %(contact)s.", contact=whom_to_tell(facts))
    please = _("If you cannot come, please cancel, so that somebody else can have the place.")
    return " ".join(words for words in (please, deadline_of(registration, now)) if words)


def group_rule(registration: Registration, room: Room) -> str:
    """What waiting together means; "" for who waits alone, and where the line does not move by itself."""
    by_itself = room.waiting_mode in {WaitingMode.OFFER, WaitingMode.AUTO}
    if registration.seats == 1 or registration.takes_fewer or not by_itself:
        return ""
    return _(
        "You need %(number)s places at once. Fewer people may get theirs before you, but you keep your place in the line. "
        "If some of you can come without the others, say so on the page of your sign-up.",
        number=registration.seats,
    )


def waiting_rule(room: Room) -> str:
    """What becomes of a place that is free again, in the words of who waits."""
    if room.waiting_mode == WaitingMode.OFFER:
        hours = room.offer_hours or current_settings().offer_hours
        return (
            _("If a place becomes free, we ask the first in line.")
            + " "
            + ngettext(
                "You then have %(number)s hour to answer, or less when it begins soon.",
                "You then have %(number)s hours to answer, or less when it begins soon.",
                hours,
            )
        )
    return {
        WaitingMode.AUTO: _("If a place becomes free, you get it in turn and we write to you."),
        WaitingMode.BROADCAST: _(
            "If a place becomes free, we write to everybody who waits. The first to answer gets it."
        ),
        WaitingMode.MANUAL: _("If a place becomes free, the organiser chooses who gets it, and we write to them."),
    }[WaitingMode(room.waiting_mode)]
