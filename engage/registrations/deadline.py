"""Until when one may change or cancel a sign-up by oneself, in the words of every door; nothing where no deadline is set."""

from datetime import datetime

from engage.base import wording
from engage.base.i18n import gettext as _
from engage.registrations import pools, steps
from engage.registrations.models import Registration, State
from engage.registrations.pools import Room

# Whoever has no seat yet may leave whenever they like.
_BOUND = frozenset({State.CONFIRMED, State.PENDING_APPROVAL})


def told(room: Room, now: datetime) -> str:
    """What one is told before signing up."""
    if not room.cancel_before:
        return ""
    until = wording.deadline(room.cancels_until, room.local)
    if room.cancels_until > now:
        return _("You can change or cancel it until %(when)s.", when=until)
    return _("The deadline for changes and cancelling was %(when)s. After that, write to the organiser.", when=until)


def told_to(registration: Registration, now: datetime, room: Room | None = None) -> str:
    """What is told to somebody who has signed up and may still change it; `room` is theirs, where it was read already."""
    if registration.state not in _BOUND:
        return ""
    room = room or pools.look(registration.occurrence_id)  # the same for each role
    if room is None or not room.cancel_before or room.cancels_until <= now or steps.was_moved(registration):
        return ""
    return told(room, now)
