"""One sign-up, opened by a signed link and no login: confirm it, see it, change it, cancel it, and join the line again.

Opening a link never changes anything: mail scanners open them too. Only the buttons on the pages act.
"""

from flask import Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from engage import registrations
from engage.activities import ics
from engage.base import links, tokens
from engage.base.clock import utc_now
from engage.base.config import current_settings
from engage.base.db import transaction
from engage.base.errors import Refusal
from engage.base.i18n import gettext as _
from engage.registrations import NoSuchSignUp, mine, notices, reinstating
from engage.registrations.mine import Entry
from engage.registrations.overlaps import ShortOverlap
from engage.web import changing, own
from engage.web.language import speak_unless_chosen
from engage.web.own import Addresses, EntryView
from engage.web.public import blueprint


def opened(token: str, purpose: str = notices.MANAGE) -> Entry:
    """The sign-up a link speaks of. Raises `LinkNotValid` or `NoSuchSignUp`."""
    public_id = tokens.unsign(current_settings().secret_key, purpose, token)
    registration = registrations.by_public_id(public_id)
    if registration is not None:
        speak_unless_chosen(registration.language)  # before anything is read in it
    return mine.opened(public_id, now=utc_now())


@blueprint.get(links.CONFIRM)
def confirm_page(token: str) -> str | AnyResponse:
    """The page a mail leads to; its button confirms all that was signed up for in one go."""
    entry = opened(token, notices.CONFIRM)
    if entry.registration.verified_at is not None:
        return _to(entry)
    return _confirm_page(entry)


@blueprint.post(links.CONFIRM)
def confirm(token: str) -> AnyResponse | tuple[str, int]:
    """Confirm the address, and with it the sign-up."""
    entry, accepted = opened(token, notices.CONFIRM), "overlap" in request.form
    try:
        with transaction():
            registrations.confirm(entry.registration.public_id, now=utc_now(), overlap_accepted=accepted)
    except NoSuchSignUp:
        raise
    except Refusal as refusal:
        return _confirm_page(entry, refusal), 409
    return _to(entry)


def _confirm_page(entry: Entry, refusal: Refusal | None = None) -> str:
    views = [view(each) for each in (entry, *mine.together(entry))]
    short = isinstance(refusal, ShortOverlap)
    errors = (("overlap" if short else "", str(refusal)),) if refusal else ()
    return render_template("public/confirm.html", entries=views, errors=errors, asks_overlap=short)


@blueprint.get(links.REGISTRATION)
def registration(token: str) -> str:
    """How a sign-up stands, with the form to change it."""
    return _page(opened(token))


@blueprint.post(links.REGISTRATION)
def change(token: str) -> AnyResponse | tuple[str, int]:
    """Change it as the form says."""
    entry = opened(token)
    form = changing.send(changing.read(request.form, entry), entry, utc_now())
    if form.refused:
        return _page(opened(token), form), 422
    flash(_("Your sign-up is changed."), "success")
    return _to(entry)


@blueprint.post(links.REGISTRATION + "/tag")
def take(token: str) -> AnyResponse | tuple[str, int]:
    """Take a free place that all in line were told of: the first to press has it."""
    entry = opened(token)
    form = changing.take(changing.read(request.form, entry), entry, utc_now())
    return (_page(opened(token), form), 422) if form.refused else _to(entry)


@blueprint.post(links.REGISTRATION + "/igen")
def come_again(token: str) -> AnyResponse:
    """Sign up again for a date that was called off and is held after all."""
    entry = opened(token)
    with transaction():
        registration = reinstating.come_again(entry.registration.public_id, now=utc_now())
        public_id = registration.public_id
    return _to_page(public_id)


@blueprint.post(links.REGISTRATION + "/venteliste")
def rejoin(token: str) -> AnyResponse:
    """Stand in line again after an offer that ran out, or that was let go."""
    entry = opened(token)
    with transaction():
        registrations.rejoin(entry.registration.public_id, now=utc_now())
    return _to(entry)


@blueprint.get(links.CANCEL)
def cancel_page(token: str) -> str | AnyResponse:
    """Ask once more before cancelling; where it is too late for that, its own page says so."""
    entry = opened(token)
    if not entry.may_change(utc_now()):
        return _to(entry)
    others = [view(each) for each in mine.leaving_with(entry, now=utc_now())]
    return render_template("public/cancel.html", entry=view(entry), others=others)


@blueprint.post(links.CANCEL)
def cancel(token: str) -> str | AnyResponse:
    """Cancel, all that was signed up for in one go where that is meant, and say so."""
    entry, together = opened(token), "together" in request.form
    others = mine.leaving_with(entry, now=utc_now()) if together else []
    with transaction():
        (registrations.cancel_together if together else registrations.cancel)(
            entry.registration.public_id, now=utc_now()
        )
    gone = sorted([opened(token), *others], key=lambda each: each.found.starts_at)
    return render_template("public/cancelled.html", entries=[view(each) for each in gone])


@blueprint.get(links.REGISTRATION + "/kalender.ics")
def registration_calendar(token: str) -> Response:
    """The sign-up as a file for a calendar."""
    file = notices.calendar_file(opened(token).registration, now=utc_now())
    headers = {"Content-Disposition": f'attachment; filename="{file.filename}"'}
    return Response(file.text, content_type=ics.MIME_TYPE, headers=headers)


def view(entry: Entry) -> EntryView:
    """A sign-up for who holds its link. Nobody confirms by it: that is what the link in the first mail is for."""
    token = notices.manage_token(entry.registration.public_id)
    offer = notices.offer_token(entry.offer.public_id) if entry.offer else ""
    addresses = Addresses(
        page=url_for("public.registration", token=token),
        confirm="",
        cancel=url_for("public.cancel_page", token=token),
        take=url_for("public.take", token=token),
        rejoin=url_for("public.rejoin", token=token),
        calendar=url_for("public.registration_calendar", token=token),
        again=url_for("public.come_again", token=token),
        accept=url_for("public.accept", token=offer) if offer else "",
        decline=url_for("public.decline", token=offer) if offer else "",
    )
    return own.view(entry, addresses, utc_now())


def _page(entry: Entry, form: changing.Form | None = None) -> str:
    shown = changing.view(form or changing.form(entry), entry, utc_now())
    others = [view(each) for each in mine.together(entry)]
    return render_template("public/registration.html", entry=view(entry), form=shown, others=others)


def _to(entry: Entry) -> AnyResponse:
    """To the sign-up's own page."""
    return _to_page(entry.registration.public_id)


def _to_page(registration_public_id: str) -> AnyResponse:
    return redirect(url_for(".registration", token=notices.manage_token(registration_public_id)), 303)
