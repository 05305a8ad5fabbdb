"""What the terms promise who signs up, in the words of every door: until when one may change or cancel by oneself, and what
becomes of a place that is free again.
"""

from datetime import datetime

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
    if registration.state not in _BOUND:
        return ""
    room = room or pools.look(registration.occurrence_id)  # the same for each role
    if room is None or not room.cancel_before or room.cancels_until <= now or steps.was_moved(registration):
        return ""
    return deadline(room, now)


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
