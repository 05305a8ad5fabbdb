"""One sign-up, opened by a signed link and no login: confirm it, see it, cancel it.

Opening a link never changes anything: mail scanners open them too. Only the button on the page acts.
"""

from flask import Response, redirect, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from engage import registrations
from engage.activities import facts as activity_facts
from engage.activities import ics
from engage.base import i18n, links, tokens, wording
from engage.base.clock import utc_now
from engage.base.config import current_settings
from engage.base.db import transaction
from engage.base.i18n import gettext as _
from engage.base.i18n import ngettext
from engage.registrations import NoSuchSignUp, Registration, State, notices
from engage.web import cards
from engage.web.public import blueprint
from engage.web.views import SignUpView


def _opened(token: str, purpose: str) -> Registration:
    """The sign-up a link speaks of. Raises `LinkNotValid` or `NoSuchSignUp`."""
    public_id = tokens.unsign(current_settings().secret_key, purpose, token)
    registration = registrations.by_public_id(public_id)
    if registration is None:
        raise NoSuchSignUp
    return registration


@blueprint.get(links.CONFIRM)
def confirm_page(token: str) -> str | AnyResponse:
    """The page a mail leads to; its button confirms."""
    registration = _opened(token, notices.CONFIRM)
    if registration.verified_at is not None:
        return redirect(_page_url(registration))
    return render_template("public/confirm.html", sign_up=_view(registration))


@blueprint.post(links.CONFIRM)
def confirm(token: str) -> AnyResponse:
    """Confirm the address, and with it the sign-up."""
    public_id = tokens.unsign(current_settings().secret_key, notices.CONFIRM, token)
    with transaction():
        registration = registrations.confirm(public_id, now=utc_now())
        url = _page_url(registration)
    return redirect(url, 303)


@blueprint.get(links.REGISTRATION)
def registration(token: str) -> str:
    """How a sign-up stands."""
    return render_template("public/registration.html", sign_up=_view(_opened(token, notices.MANAGE)))


@blueprint.get(links.CANCEL)
def cancel_page(token: str) -> str | AnyResponse:
    """Ask once more before cancelling."""
    registration = _opened(token, notices.MANAGE)
    if registration.state not in registrations.LIVE:
        return redirect(_page_url(registration))
    return render_template("public/cancel.html", sign_up=_view(registration), back_url=_page_url(registration))


@blueprint.post(links.CANCEL)
def cancel(token: str) -> str:
    """Cancel, and say so."""
    public_id = tokens.unsign(current_settings().secret_key, notices.MANAGE, token)
    with transaction():
        registration = registrations.cancel(public_id, now=utc_now())
        view = _view(registration)
    return render_template("public/cancelled.html", sign_up=view)


@blueprint.get(links.REGISTRATION + "/kalender.ics")
def registration_calendar(token: str) -> Response:
    """The sign-up as a file for a calendar."""
    file = notices.calendar_file(_opened(token, notices.MANAGE), now=utc_now())
    headers = {"Content-Disposition": f'attachment; filename="{file.filename}"'}
    return Response(file.text, content_type=ics.MIME_TYPE, headers=headers)


def _page_url(registration: Registration) -> str:
    return url_for(".registration", token=notices.manage_token(registration.public_id))


def _view(registration: Registration) -> SignUpView:
    now = utc_now()
    facts = activity_facts.occurrences([registration.occurrence_id], i18n.current_language())[0]
    token = notices.manage_token(registration.public_id)
    live = registration.state in registrations.LIVE
    return SignUpView(
        title=facts.title,
        language=facts.language,
        url=cards.occurrence_url(facts),
        when=wording.when(facts.starts_at, facts.ends_at, facts.zone, now),
        where=", ".join(part for part in (facts.place, facts.address) if part) or _("Online"),
        name=registration.name or "",
        seats=ngettext("%(number)s place", "%(number)s places", registration.seats),
        state=registration.state,
        state_words=state_words(registration, called_off=facts.called_off),
        leaf=cards.leaf(facts.starts_at.astimezone(facts.zone)),
        may_cancel=live and facts.starts_at > now and not facts.called_off,
        cancel_url=url_for(".cancel_page", token=token),
        calendar_url=url_for(".registration_calendar", token=token) if live else "",
    )


def state_words(registration: Registration, *, called_off: bool = False) -> str:
    """How a sign-up stands, in a sentence."""
    if called_off:
        return _("The activity is called off.")
    if registration.state == State.CONFIRMED:
        return _("You have your place.")
    if registration.state == State.WAITING and registration.verified_at is not None:
        place = _("You are number %(number)s on the waiting list.", number=registrations.position(registration))
        return place + " " + _("You get a place by itself when it is your turn, and we write to you.")
    if registration.state in registrations.LIVE:
        return _("Your sign-up is waiting for you to confirm your e-mail address.")
    return _("Your sign-up is cancelled.")
