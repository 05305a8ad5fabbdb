"""The way in to one's own page: write your address, get a link, press its button. Opening a link never changes anything."""

import hashlib

from flask import Blueprint, Response, flash, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response as AnyResponse

from engage import people, registrations
from engage.activities import ics
from engage.base import i18n, links, tokens, wording
from engage.base.clock import utc_now
from engage.base.config import current_settings
from engage.base.db import transaction
from engage.base.i18n import gettext as _
from engage.base.tokens import LinkNotValid
from engage.people import LinkUsedUp, Purpose, onetime
from engage.registrations import entrance, linking, notices
from engage.registrations import own_calendar as calendars
from engage.web import visiting
from engage.web.mine.views import channel_name, double_view
from engage.web.who import client_key, everybody

blueprint = Blueprint("entrance", __name__)
blueprint.before_request(everybody)


@blueprint.get(links.MINE + "/ind")
def page() -> str | AnyResponse:
    """Ask for the address. Who is in already is led on."""
    if visiting.current() is not None:
        return redirect(url_for("mine.overview"))
    return _page({}, ())


@blueprint.post(links.MINE + "/ind")
def ask() -> tuple[str, int] | AnyResponse:
    """Send a link, and say so in the same words for every address."""
    typed = request.form.get("email", "")
    try:
        with transaction():
            email = entrance.ask(typed, language=i18n.current_language(), client=client_key(), now=utc_now())
    except people.EmailNotUsable as refusal:
        return _page({"email": typed}, (("email", str(refusal)),)), 422
    session["link_sent_to"] = email
    return redirect(url_for(".sent"), 303)


@blueprint.post(links.REGISTRATION + "/alle")
def ask_from_sign_up(token: str) -> AnyResponse:
    """Somebody with the link to one sign-up wants to see all: a link goes to the address it was made with, and nowhere else."""
    public_id = tokens.unsign(current_settings().secret_key, notices.MANAGE, token)
    registration = registrations.by_public_id(public_id)
    if registration is None or registration.email is None:
        raise registrations.NoSuchSignUp
    with transaction():
        email = entrance.ask(registration.email, language=i18n.current_language(), client=client_key(), now=utc_now())
    # Whoever was sent the link to the one sign-up need not learn the whole address.
    session["link_sent_to"] = people.masked(email)
    return redirect(url_for(".sent"), 303)


@blueprint.get(links.MINE + "/sendt")
def sent() -> str | AnyResponse:
    """What to do now: look in the mail."""
    email = session.get("link_sent_to")
    if not isinstance(email, str):
        return redirect(url_for(".page"))
    return render_template(
        "mine/sent.html",
        email=email,
        minutes=int(entrance.LASTS.total_seconds() // 60),
        mailbox_url=url_for("development.mails") if current_settings().development else "",
    )


@blueprint.get(links.MINE + "/farvel")
def left() -> str:
    """After leaving."""
    return render_template("mine/left.html")


@blueprint.get(links.MINE + "/slettet")
def forgotten() -> str:
    """After being forgotten."""
    return render_template("mine/forgotten.html")


@blueprint.get(links.OWN_CALENDAR)
def own_calendar(token: str) -> AnyResponse:
    """One's own calendar, for a program that has its secret address; 304 when it has just this one."""
    now = utc_now()
    try:
        feed = calendars.read(token, now=now)
    except LinkNotValid as refusal:
        # 410 tells a program to stop asking; its person is told on the page that has taken the address back.
        return Response(str(refusal), 410, content_type="text/plain; charset=utf-8")
    with transaction():
        calendars.note_reading(token, now=now)
    response = Response(feed.text, content_type=ics.MIME_TYPE)
    response.headers["Content-Language"] = feed.language
    response.headers["Cache-Control"] = "private, no-cache"
    response.set_etag(hashlib.sha256(feed.text.encode()).hexdigest()[:32], weak=True)
    return response.make_conditional(request)


@blueprint.get(links.ENTER)
def door(token: str) -> str | tuple[str, int] | AnyResponse:
    """The page a mail leads to; its button lets in."""
    try:
        key = onetime.look(Purpose.ENTER, token, utc_now())
    except LinkUsedUp as refusal:
        # Somebody who is in presses "back", or opens the mail once more: that is no reason to tell them off.
        return redirect(url_for("mine.overview")) if visiting.current() is not None else used_up(refusal)
    visiting.browser()
    if key.facts.get("to") == "data":
        visiting.remember_wanted(url_for("mine.data"))
    return render_template("mine/door.html", email=key.email)


@blueprint.post(links.ENTER)
def enter(token: str) -> tuple[str, int] | AnyResponse:
    """Let the reader of the mail in."""
    now, language = utc_now(), i18n.current_language()
    try:
        with transaction():
            name = entrance.enter(token, language=language, browser=visiting.browser(), now=now)
    except LinkUsedUp as refusal:
        return redirect(url_for("mine.overview"), 303) if visiting.current() is not None else used_up(refusal)
    visiting.begin(name)
    return redirect(visiting.take_wanted(url_for("mine.overview")), 303)


@blueprint.get(links.LINK)
def link_page(token: str) -> str | tuple[str, int]:
    """The page a letter that was asked for in a chat leads to: what would be linked. Nothing is, before its button says so."""
    try:
        key = linking.look(token, now=utc_now())
    except LinkUsedUp as refusal:
        return used_up(refusal)
    visiting.browser()
    return render_template(
        "mine/link.html",
        email=key.email,
        chat=channel_name(key.facts["channel"]),
        asked_at=wording.deadline(key.made_at, current_settings().city.zone),
        doubles=[double_view(each) for each in linking.doubles_of_letter(key)],
    )


@blueprint.post(links.LINK)
def link(token: str) -> tuple[str, int] | AnyResponse:
    """Yes, link my chat; and come in, as who reads the letter has shown who they are."""
    now, together = utc_now(), frozenset(request.form.getlist("together"))
    try:
        with transaction():
            name, _merged = linking.follow(
                token, browser=visiting.browser(), language=i18n.current_language(), together=together, now=now
            )
    except LinkUsedUp as refusal:
        return redirect(url_for("mine.chats"), 303) if visiting.current() is not None else used_up(refusal)
    visiting.begin(name)
    flash(_("The chat is linked. You see the same in both."), "success")
    return redirect(url_for("mine.chats"), 303)


def used_up(refusal: LinkUsedUp) -> tuple[str, int]:
    """The link is no good any more; ask for another one right here."""
    return _page({}, (("", str(refusal)),)), 404


def _page(values: dict[str, str], errors: tuple[tuple[str, str], ...]) -> str:
    return render_template("mine/entrance.html", values=values, errors=errors)
