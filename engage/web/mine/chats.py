"""Linking a chat from one's own page: show a code, see which chat brought it, and say yes or no; and unlinking."""

from datetime import datetime
from urllib.parse import urlencode

import segno
from flask import flash, redirect, render_template, request, session, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from engage import channels, dialog, people
from engage.base import i18n, links, wording
from engage.base.clock import utc_now
from engage.base.config import current_settings
from engage.base.db import transaction
from engage.base.i18n import gettext as _
from engage.people.models import ChatLink
from engage.registrations import linking
from engage.web.mine import blueprint
from engage.web.mine.views import DoubleView, channel_name, double_view
from engage.web.who import current_visit

_HERE = links.MINE + "/chat"
# What the page shows is kept in nobody's table, so it travels in this browser's signed cookie for its ten minutes.
_SECRETS = "chat_link"


@blueprint.get(_HERE)
def chats() -> str:
    """The chats that are linked, and the code while one is waited for."""
    visit, now = current_visit(), utc_now()
    waiting = linking.waiting(visit, now=now)
    return render_template(
        "mine/chats.html",
        email=visit.address.identifier,
        chats=[
            (each.address_id, channel_name(each.channel), each.reaches_later and each.is_on)
            for each in linking.chats(visit.address.person_id)
        ],
        code=_code() if waiting is not None and waiting.answered_at is None else None,
        answered=_answered(waiting) if waiting is not None and waiting.answered_at is not None else "",
        doubles=_doubles(waiting, now),
        until=_clock(waiting.expires_at) if waiting is not None else "",
        has_other_talk=_has_other_talk(visit.address.person_id),
    )


@blueprint.post(_HERE)
def begin_link() -> Response:
    """Show a code; one that was shown before is worth nothing any more."""
    with transaction():
        made = linking.begin(current_visit(), now=utc_now())
    session[_SECRETS] = [made.code, made.token]
    return redirect(url_for(".chats"), 303)


@blueprint.post(_HERE + "/her")
def link_this_browser() -> Response:
    """The chat in this browser: its cookie shows that it is theirs who is here, so only the page is asked."""
    talk = session.get("talk")
    if isinstance(talk, str):
        now = utc_now()
        with transaction():
            visit = current_visit()
            made = linking.begin(visit, now=now)
            link = linking.found(made.token, f"visit:{visit.id}", now=now)
            person = linking.answer(link.id, "webchat", talk, language=i18n.current_language(), now=now)
            dialog.recognise("webchat", talk, person)
    return redirect(url_for(".chats"), 303)


@blueprint.post(_HERE + "/ja")
def confirm_link() -> Response:
    """Yes, that is my chat."""
    together = frozenset(request.form.getlist("together"))
    with transaction():
        merged = linking.confirm(current_visit(), together=together, now=utc_now())
    session.pop(_SECRETS, None)
    if merged is not None:
        flash(_("The chat is linked. You see the same in both."), "success")
    return redirect(url_for(".chats"), 303)


@blueprint.post(_HERE + "/nej")
def refuse_link() -> Response:
    """No, or not now."""
    with transaction():
        linking.refuse(current_visit())
    session.pop(_SECRETS, None)
    flash(_("Nothing was linked."), "info")
    return redirect(url_for(".chats"), 303)


@blueprint.post(_HERE + "/<int:address>/fjern")
def unlink(address: int) -> Response:
    """Part a chat from this page. What was said in it goes, as it may tell of sign-ups."""
    with transaction():
        chat = linking.unlink(current_visit().address.person_id, address, now=utc_now())
        dialog.end(*chat)
    flash(_("The chat is unlinked, and what was said in it is deleted here."), "success")
    return redirect(url_for(".chats"), 303)


def _has_other_talk(person_id: int) -> bool:
    """Whether there is a talk in this browser that is not linked yet."""
    talk = session.get("talk")
    return isinstance(talk, str) and people.person_at("webchat", talk) != person_id


def _code() -> dict[str, object] | None:
    """The code, and the ways to bring it to a chat; None when it was asked for in another browser."""
    secrets = session.get(_SECRETS)
    if not (isinstance(secrets, list) and len(secrets) == 2):
        return None
    code, token = secrets
    words = _("link %(code)s", code=f"{code[:4]}-{code[4:]}")
    web = f"{current_settings().links.chat()}?{urlencode({'say': words})}"
    ways = [(channel_name(name), url) for name, url in channels.deep_links(f"l_{token}")]
    picture = segno.make(ways[0][1] if ways else web, error="m")
    return {"words": words, "web": web, "ways": ways, "picture": Markup(picture.svg_data_uri(scale=5, border=3))}  # noqa: S704


def _answered(link: ChatLink) -> str:
    """Which chat it was, so that its owner knows it again."""
    assert link.channel is not None and link.answered_at is not None, "a chat has answered"
    return _("%(chat)s, which said yes at %(time)s", chat=channel_name(link.channel), time=_clock(link.answered_at))


def _doubles(link: ChatLink | None, now: datetime) -> list[DoubleView]:
    if link is None or link.answered_at is None:
        return []
    return [double_view(each) for each in linking.doubles(current_visit(), link)]


def _clock(instant: datetime) -> str:
    return wording.clock(instant.astimezone(current_settings().city.zone))
