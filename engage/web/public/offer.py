"""An offer of free places, opened by the link in its mail: say yes, yes to fewer, or no; and what became of it, in words."""

from dataclasses import dataclass, replace

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from engage import registrations
from engage.base import links, tokens, wording
from engage.base.clock import utc_now
from engage.base.config import current_settings
from engage.base.db import transaction
from engage.base.i18n import gettext as _
from engage.base.i18n import ngettext
from engage.registrations import OfferOver, answering, mine, notices, offer_notices, offers
from engage.registrations.mine import Entry
from engage.registrations.models import Answered, Offer
from engage.web import changing
from engage.web.language import speak_unless_chosen
from engage.web.public import blueprint
from engage.web.public.registration import view


@dataclass(frozen=True, slots=True)
class _Offered:
    """An offer with its sign-up. `open`: a yes would count now; the sign-up then has the offer, also after its time."""

    offer: Offer
    entry: Entry
    open: bool


def _opened(token: str) -> _Offered:
    """The offer a link speaks of. Raises `LinkNotValid` or `OfferOver` when it is gone altogether."""
    now = utc_now()
    offer = offers.by_public_id(tokens.unsign(current_settings().secret_key, notices.OFFER, token))
    if offer is None:
        raise OfferOver
    offer = offers.open_offer(offer.registration) or offer  # who was asked again may answer by the first letter
    speak_unless_chosen(offer.registration.language)
    entry = mine.opened(offer.registration.public_id, now=now)
    room = entry.room
    stands = room is not None and answering.may_accept(offer, entry.registration, room, now=now)
    return _Offered(offer, replace(entry, offer=offer if stands else None), stands)


@blueprint.get(links.OFFER)
def offer(token: str) -> str:
    """What is offered, until when exactly, and the answers one can give; or what became of it."""
    return _page(_opened(token))


@blueprint.post(links.OFFER)
def accept(token: str) -> AnyResponse | tuple[str, int]:
    """Yes, to all places or to some of them. Once is as good as twice."""
    found = _opened(token)
    if found.offer.answered == Answered.ACCEPTED:
        return _to_sign_up(found)
    if not found.open:
        return redirect(url_for(".offer", token=token), 303)
    form = changing.read(request.form, found.entry)
    form = changing.accept(form, found.entry, found.offer.public_id, changing.wanted(request.form), utc_now())
    if not form.refused:
        return _to_sign_up(found)
    again = _opened(token)
    return (_page(again, form), 422) if again.open else redirect(url_for(".offer", token=token), 303)


@blueprint.post(links.OFFER + "/nej")
def decline(token: str) -> AnyResponse:
    """No: the place goes to the next in line."""
    found = _opened(token)
    if found.offer.answered == Answered.OPEN:
        with transaction():
            registrations.decline(found.offer.public_id, now=utc_now())
    return redirect(url_for(".offer", token=token), 303)


def _page(found: _Offered, form: changing.Form | None = None) -> str:
    shown = changing.view(form or changing.form(found.entry), found.entry, utc_now()) if found.open else None
    heading, words = _said(found)
    return render_template("public/offer.html", entry=view(found.entry), form=shown, heading=heading, words=words)


def _said(found: _Offered) -> tuple[str, str]:
    """What the page says: a heading, and a sentence or two."""
    offer, zone = found.offer, found.entry.found.zone
    until = wording.deadline(offer.expires_at, zone)
    if found.open:
        heading = ngettext("%(number)s place is free for you", "%(number)s places are free for you", offer.seats)
        if offer.expires_at < utc_now():
            return heading, _(
                "The time to answer was over %(until)s, but nobody else wants the place. Take it now.", until=until
            )
        kept = ngettext(
            "We keep it for you until %(until)s. After that it goes to the next in line.",
            "We keep them for you until %(until)s. After that they go to the next in line.",
            offer.seats,
            until=until,
        )
        fewer = offer_notices.fewer_than_asked(found.entry.registration, offer)
        return heading, " ".join(part for part in (kept, fewer) if part)
    if offer.answered == Answered.ACCEPTED:
        return _("You have answered already"), _("You said yes to the place.")
    if offer.answered == Answered.DECLINED:
        return _("You said no to the place"), _("Thank you for telling us. The place goes to the next in line.")
    if offer.answered == Answered.WITHDRAWN:
        return _("The place is not offered any more"), _(
            "Your sign-up has changed since we wrote. Below you see how it stands."
        )
    return _("This offer has run out"), _(
        "You could answer until %(until)s, and then the place went to the next in line.", until=until
    )


def _to_sign_up(found: _Offered) -> AnyResponse:
    token = notices.manage_token(found.entry.registration.public_id)
    return redirect(url_for(".registration", token=token), 303)
