"""One sign-up on one's own page: see it, change it, cancel it, and answer what was offered. Only one's own is ever found."""

from flask import Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from engage import registrations
from engage.activities import ics
from engage.base import links
from engage.base.clock import utc_now
from engage.base.config import current_settings
from engage.base.db import transaction
from engage.base.i18n import gettext as _
from engage.registrations import NoSuchSignUp, OfferOver, State, looked, mine, notices, offers, promises, reinstating
from engage.registrations.mine import Entry
from engage.registrations.overlaps import ShortOverlap
from engage.web import changing
from engage.web.mine import blueprint
from engage.web.mine.views import entry_view, look_words
from engage.web.who import current_visit

_OWN = links.MINE + "/tilmelding/<registration>"
_OFFER = links.MINE + "/tilbud/<offer>"


@blueprint.get(_OWN)
def registration(registration: str) -> str:
    """How it stands, with the form to change it."""
    return _page(own(registration))


@blueprint.post(_OWN)
def change(registration: str) -> AnyResponse | tuple[str, int]:
    """Change it as the form says."""
    entry = own(registration)
    form = changing.send(changing.read(request.form, entry), entry, utc_now())
    if form.refused:
        return _page(own(registration), form), 422
    flash(_("Your sign-up is changed."), "success")
    return _to(registration)


@blueprint.get(_OWN + "/afmeld")
def cancel_page(registration: str) -> str | AnyResponse:
    """Ask once more before cancelling."""
    entry = own(registration)
    if not entry.may_change(utc_now()):
        return _to(registration)
    now = utc_now()
    others = [entry_view(each, now) for each in mine.leaving_with(entry, now=now)]
    return render_template("mine/cancel.html", entry=entry_view(entry, now), others=others)


@blueprint.post(_OWN + "/afmeld")
def cancel(registration: str) -> AnyResponse:
    """Cancel it, with all that was signed up for in one go where that is meant."""
    entry, together = own(registration), "together" in request.form
    with transaction():
        (registrations.cancel_together if together else registrations.cancel)(
            entry.registration.public_id, now=utc_now()
        )
    flash(
        _("Your sign-ups for these dates are cancelled. Thank you for telling us.")
        if together
        else _("Your sign-up is cancelled. Thank you for telling us."),
        "success",
    )
    return _overview()


@blueprint.post(_OWN + "/bekraeft")
def confirm(registration: str) -> AnyResponse | tuple[str, int]:
    """Confirm it: the address was proven by coming in, so the mail's button is not needed any more."""
    entry, accepted = own(registration), "overlap" in request.form
    try:
        with transaction():
            registrations.confirm(entry.registration.public_id, now=utc_now(), overlap_accepted=accepted)
    except ShortOverlap as refusal:
        view, errors = entry_view(entry, utc_now()), (("overlap", str(refusal)),)
        return render_template("mine/confirm.html", entries=[view], errors=errors, asks_overlap=True), 409
    flash(_("Your sign-up is confirmed."), "success")
    return _overview()


@blueprint.post(_OWN + "/tag")
def take(registration: str) -> AnyResponse | tuple[str, int]:
    """Take a free place that all in line were told of."""
    entry = own(registration)
    return _answered(registration, changing.take(changing.read(request.form, entry), entry, utc_now()))


@blueprint.post(_OWN + "/igen")
def rejoin(registration: str) -> AnyResponse:
    """Stand in line again after an offer that ran out."""
    entry = own(registration)
    with transaction():
        registrations.rejoin(entry.registration.public_id, now=utc_now())
    flash(_("You are on the waiting list again."), "success")
    return _to(registration)


@blueprint.post(_OFFER + "/ja")
def accept(offer: str) -> AnyResponse | tuple[str, int]:
    """Take what was offered, or a part of it."""
    entry = _offered(offer)
    wanted = changing.wanted(request.form)
    form = changing.accept(changing.read(request.form, entry), entry, offer, wanted, utc_now())
    return _answered(entry.registration.public_id, form)


@blueprint.post(_OFFER + "/nej")
def decline(offer: str) -> AnyResponse:
    """Let it go to the next in line."""
    entry = _offered(offer)
    with transaction():
        registrations.decline(offer, now=utc_now())
    flash(_("Thank you for telling us. The place goes to the next in line."), "success")
    return _to(entry.registration.public_id)


@blueprint.post(_OWN + "/kommer")
def come_again(registration: str) -> AnyResponse:
    """Sign up again for a date that was called off and is held after all."""
    own(registration)
    with transaction():
        found = reinstating.come_again(registration, now=utc_now()).public_id
    return _to(found)


@blueprint.get(_OWN + "/kalender.ics")
def calendar_file(registration: str) -> Response:
    """The sign-up as a file for a calendar."""
    file = notices.calendar_file(own(registration).registration, now=utc_now())
    headers = {"Content-Disposition": f'attachment; filename="{file.filename}"'}
    return Response(file.text, content_type=ics.MIME_TYPE, headers=headers)


def own(registration: str) -> Entry:
    """A sign-up of who is here; anybody else's is not there."""
    return mine.entry(current_visit().address.person_id, registration, now=utc_now())


def _offered(offer: str) -> Entry:
    """The sign-up that something was offered for, if it is one's own."""
    found = offers.by_public_id(offer)
    if found is None:
        raise OfferOver
    try:
        return own(found.registration.public_id)
    except NoSuchSignUp as refusal:
        raise OfferOver from refusal


def _answered(registration: str, form: changing.Form) -> AnyResponse | tuple[str, int]:
    """After an answer to an offer: done, or what is still asked before there is a place."""
    entry = own(registration)
    if form.refused:
        return _page(entry, form), 422
    if entry.registration.state == State.CONFIRMED:
        flash(promises.yours(entry.registration.seats), "success")
    return _to(registration)


def _page(entry: Entry, form: changing.Form | None = None) -> str:
    now = utc_now()
    shown = form or changing.form(entry)
    proven = entry.registration.verified_at is not None  # until then it may be what a stranger typed
    return render_template(
        "mine/registration.html",
        entry=entry_view(entry, now),
        form=changing.view(shown, entry, now),
        looks=[look_words(each) for each in looked.looks(entry.registration)] if proven else None,
        keeps=current_settings().city.keep_audit.days,
    )


def _to(registration: str) -> AnyResponse:
    return redirect(url_for(".registration", registration=registration), 303)


def _overview() -> AnyResponse:
    return redirect(url_for(".overview"), 303)
