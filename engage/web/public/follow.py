"""Following what a search finds, for everybody: who is on their own page begins at once, others by a link to their mail. And the
page at which letters end, without a password. Opening any of these pages changes nothing.
"""

from flask import flash, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from engage import following, people
from engage.base import i18n, links, wording
from engage.base.clock import utc_now
from engage.base.config import current_settings
from engage.base.db import transaction
from engage.base.i18n import gettext as _
from engage.following import Criteria, letters
from engage.people import LinkUsedUp
from engage.web import visiting
from engage.web.mine import entrance
from engage.web.public import blueprint
from engage.web.public.listing import filters_of
from engage.web.security import csrf
from engage.web.who import client_key


@blueprint.get(links.FOLLOW)
def follow_page() -> str:
    """What would be followed, and how one hears of it."""
    return _page(_asked(), "", ())


@blueprint.post(links.FOLLOW)
def follow() -> Response | tuple[str, int]:
    """Follow it; or send a link to the address that was written, whoever it belongs to."""
    criteria, visit, now = _asked(), visiting.current(), utc_now()
    if visit is not None:
        with transaction():
            following.follow(visit.address.person_id, criteria, now=now)
        flash(_("You follow %(topic)s.", topic=following.name(criteria)), "success")
        return redirect(url_for("mine.topics"), 303)
    typed = request.form.get("email", "")
    try:
        with transaction():
            email = following.ask(typed, criteria, language=i18n.current_language(), client=client_key(), now=now)
    except people.EmailNotUsable as refusal:
        return _page(criteria, typed, (("email", str(refusal)),)), 422
    session["link_sent_to"] = email
    return redirect(url_for("entrance.sent"), 303)


@blueprint.get(links.BEGIN_TO_FOLLOW)
def begin_page(token: str) -> str | tuple[str, int] | Response:
    """The page a letter leads to; its button begins."""
    try:
        key = following.look(token, now=utc_now())
    except LinkUsedUp as refusal:
        return redirect(url_for("mine.topics")) if visiting.current() is not None else entrance.used_up(refusal)
    visiting.browser()
    return render_template("public/follow_begin.html", topic=following.name(key.facts["criteria"]), email=key.email)


@blueprint.post(links.BEGIN_TO_FOLLOW)
def begin(token: str) -> tuple[str, int] | Response:
    """Yes, follow it; and come in, as who reads the letter has shown who they are."""
    try:
        with transaction():
            name = following.begin(token, language=i18n.current_language(), browser=visiting.browser(), now=utc_now())
    except LinkUsedUp as refusal:
        return redirect(url_for("mine.topics"), 303) if visiting.current() is not None else entrance.used_up(refusal)
    visiting.begin(name)
    flash(_("You follow it now. Here you see all that you follow."), "success")
    return redirect(url_for("mine.topics"), 303)


@blueprint.get(links.STOP_TOPICS)
def stop_page(token: str) -> str:
    """What the reader of a letter follows, and the buttons that end it."""
    person = letters.reader(token)
    found = following.followed(person) if person is not None else []
    return _stop_page([(each.public_id, following.name(each.criteria)) for each in found])


@blueprint.post(links.STOP_TOPICS)
def stop_following(token: str) -> str:
    """End one topic, or all letters. Mail programs post here as well (RFC 8058): they send no cookie and follow no redirection,
    and the token is good for nothing else.
    """
    person, now = letters.reader(token), utc_now()
    one = request.form.get("topic", "")
    found = []
    with transaction():
        if person is not None and one:
            following.stop(person, one, now=now)
            found = following.followed(person)
        elif person is not None:
            following.stop_all(person, now=now)
    return _stop_page([(each.public_id, following.name(each.criteria)) for each in found], stopped=True)


csrf.exempt(stop_following)


def _asked() -> Criteria:
    return following.of_filters(filters_of(request.args))


def _page(criteria: Criteria, typed: str, errors: tuple[tuple[str, str], ...]) -> str:
    query = following.query(criteria)
    visit = visiting.current()
    return render_template(
        "public/follow.html",
        topic=following.name(criteria),
        errors=errors,
        typed=typed,
        known=visit is not None,
        action=links.FOLLOW + (f"?{query}" if query else ""),
        listing_url=links.LISTING + (f"?{query}" if query else ""),
        controller=current_settings().city.controller,
        own_page_days=current_settings().city.keep_own_pages.days,
    )


def _stop_page(topics: list[tuple[str, str]], *, stopped: bool = False) -> str:
    return render_template(
        "public/follow_stop.html",
        topics=topics,
        stopped=stopped,
        all_names=wording.listing([name for _id, name in topics]),
    )
