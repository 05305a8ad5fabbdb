"""What somebody on a waiting list is told when places are free: will you have it, what became of that, and first come."""

from datetime import datetime

from engage import outbox
from engage.base import wording
from engage.base.i18n import gettext as _
from engage.base.i18n import speaking
from engage.base.message import Button
from engage.registrations import letters, notices
from engage.registrations.models import Answered, Offer, Registration
from engage.registrations.pools import Room


def offered(registration: Registration, offer: Offer, room: Room, *, now: datetime) -> None:
    """A place is free and kept for you: will you have it, and until when we must know."""
    with speaking(registration.language):
        until = wording.deadline(offer.expires_at, room.local)
        page = letters.offer_link(offer.public_id)
        text = (
            _("A place is free, and we keep it for you until %(until)s.", until=until)
            if offer.seats == 1
            else _(
                "%(seats)s places are free, and we keep them for you until %(until)s.", seats=offer.seats, until=until
            ),
            _("Do you want it? Answer before then. If we do not hear from you, it goes to the next in line.")
            if offer.seats == 1
            else _("Do you want them? Answer before then. If we do not hear from you, they go to the next in line."),
            fewer_than_asked(registration, offer),
        )
        some = (Button(_("Fewer"), action=f"offer:fewer:{offer.public_id}"),) if offer.seats > 1 else ()
        yes = _("Yes, I take it") if offer.seats == 1 else _("Yes, all of them")
        buttons = (
            Button(yes, action=f"offer:accept:{offer.public_id}", url=page),
            *some,
            Button(_("No, thank you"), action=f"offer:decline:{offer.public_id}", url=page),
        )
        subject = _("A place for you: %(title)s")
        notices.send(
            registration, _asking(offer), subject, text, buttons,
            now=now, due_at=offer.delivered_from, good_until=offer.expires_at,
        )  # fmt: skip


def fewer_than_asked(registration: Registration, offer: Offer) -> str:
    """What a yes means where there are fewer places than they asked for; "" where there are all."""
    if offer.seats >= registration.seats:
        return ""
    return _(
        "You asked for %(wanted)s places. If you say yes, you come fewer, and do not wait for the others any more.",
        wanted=registration.seats,
    )


def _asking(offer: Offer) -> str:
    """The kind of the letter that asks."""
    return f"offer:{offer.public_id}"


def settled(registration: Registration, offer: Offer, *, now: datetime) -> None:
    """Let the question, where it stands in a chat, say what became of it, wherever it was answered."""
    with speaking(registration.language):
        words = {
            Answered.ACCEPTED: _("You have said yes."),
            Answered.DECLINED: _("You have said no, and the place goes to the next in line."),
            Answered.EXPIRED: _("You did not answer in time, and the place went to the next in line."),
        }
        outbox.answered(
            letters.key(registration, _asking(offer)),
            words.get(Answered(offer.answered), _("This does not stand any more.")),
            now=now,
        )


def asked_once_more(registration: Registration, *, now: datetime) -> None:
    """Take back, if it has not left, that the place went on: nobody else wanted it, and they are asked again at once."""
    outbox.withdraw_letters([letters.key(registration, _over(registration))], now)


def _over(registration: Registration) -> str:
    """The kind of the letter that says that nobody answered in time."""
    return f"offer-over:{registration.unanswered}:{registration.sequence}"


def expired(registration: Registration, *, last: bool, now: datetime) -> None:
    """We did not hear from you; the place went on."""
    with speaking(registration.language):
        text = (
            _("We did not hear from you in time, so the place went to the next in line."),
            _("We have taken you off the waiting list, as we have asked you twice.")
            if last
            else _("You can join the waiting list again, if you still want to come."),
        )
        again = f"offer:rejoin:{registration.public_id}"
        buttons = (Button(_("Join the waiting list again"), action=again, url=letters.page_link(registration)),)
        subject = _("The place went to somebody else: %(title)s")
        notices.send(registration, _over(registration), subject, text, buttons, now=now)


def invited(registration: Registration, room: Room, *, now: datetime, due_at: datetime) -> None:
    """Places are free, and the first in line to take them has them."""
    with speaking(registration.language):
        text = (
            _(
                "There are free places now. We have told everybody on the waiting list, and the first to answer gets them."
            ),
            _("Do you want to come? Press the button. If you cannot, you need not do anything."),
        )
        take = f"offer:take:{registration.public_id}"
        buttons = (
            Button(_("Take the place"), action=take, url=letters.page_link(registration)),
            *letters.see(registration)[1:],
        )
        subject, kind = _("Free places now: %(title)s"), f"invited:{now:%Y%m%d%H%M}"
        notices.send(registration, kind, subject, text, buttons, now=now, due_at=due_at, good_until=room.joins_until)
