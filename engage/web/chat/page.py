"""The chat's pages: what is typed or pressed is a form, and the talk stands in rows, so it works without JavaScript."""

import secrets
from datetime import datetime

from flask import Response, abort, make_response, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response as AnyResponse

from engage import dialog
from engage.base import i18n, links, wording
from engage.base.clock import utc_now
from engage.base.config import current_settings
from engage.base.db import transaction
from engage.base.i18n import gettext as _
from engage.base.message import Message
from engage.channels import webchat
from engage.channels.webchat import Sender
from engage.dialog import Incoming
from engage.web.chat import blueprint
from engage.web.who import client_key

_KEY = "talk"


@blueprint.get(links.CHAT)
def page() -> str:
    """The talk so far; a new one begins with a greeting. `?drawer=1` is the talk alone, to be put into another page."""
    shown = _shown(session[_KEY]) if _KEY in session else {}
    if not shown.get("lines"):
        # Only looking leaves no trace: the talk begins, with this greeting, when something is said.
        shown = {"lines": ((0, "city", dialog.greeting(), ""),), "last_id": 0, "after_url": ""}
    template = "chat/drawer.html" if request.args.get("drawer") else "chat/chat.html"
    # `?say=` only stands ready in the field: nothing is said before somebody sends it.
    return render_template(template, **shown, ready=request.args.get("say", "")[:100])


@blueprint.post(links.CHAT)
def say() -> AnyResponse:
    """Take what was typed or pressed. A script gets the new lines, a plain form is led back to the page."""
    identifier, now = _identifier(), utc_now()
    greeted = _greet(identifier)
    text, action = request.form.get("text", "").strip(), request.form.get("action") or None
    if text or action:
        incoming = Incoming(
            "webchat", identifier, text[:1000], action, language=i18n.current_language(), client=client_key()
        )
        with transaction():
            # The answer is made before the line is written, and the label read before that: who asks to be forgotten
            # leaves no earlier line behind.
            said = _said(incoming, identifier)
            answers = dialog.handle(incoming, now=now)
            webchat.say(identifier, Sender.CITIZEN, said, now)
            for answer in answers:
                webchat.say(identifier, Sender.CITY, answer, now)
    if request.headers.get("X-Requested-With") == "fetch":
        return make_response(_lines(identifier, max(greeted, _line_number(request.form.get("after", "")))))
    return redirect(url_for(".page") + "#write", 303)


@blueprint.get(links.CHAT + "/lines")
def lines() -> Response:
    """The lines after one that the page has: an answer that came by another way, such as a mail's button."""
    if _KEY not in session:
        return Response("", mimetype="text/html")
    return make_response(_lines(session[_KEY], _line_number(request.args.get("after", ""))))


@blueprint.get(links.CHAT + "/filer/<int(max=2147483647):line>/<int:number>")
def file(line: int, number: int) -> Response:
    """What came along with a letter in this browser's own talk, such as a date for a calendar."""
    found = webchat.line(session.get(_KEY, ""), line)
    attachments = Message.from_json(found.message).attachments if found is not None else ()
    if number >= len(attachments):
        abort(404)
    response = Response(attachments[number].text, content_type=attachments[number].content_type)
    response.headers.set("Content-Disposition", "attachment", filename=attachments[number].filename)
    return response


def _line_number(text: str) -> int:
    """The id of a line, 0 when it is none that could be."""
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def _identifier() -> str:
    """What the browser's talk is known by: random, and only in the signed cookie."""
    if _KEY not in session:
        session[_KEY] = secrets.token_urlsafe(24)
        session.permanent = True
    identifier: str = session[_KEY]
    return identifier


def _greet(identifier: str) -> int:
    """Begin the talk if it is new; returns the greeting's line, which the page shows already, or 0."""
    now = utc_now()
    with transaction():
        incoming = Incoming("webchat", identifier, language=i18n.current_language())
        greeting = dialog.greet(incoming, now=now)
        for message in greeting:
            webchat.say(identifier, Sender.CITY, message, now)
    return webchat.lines(identifier, most=1)[-1].id if greeting else 0


def _said(incoming: Incoming, identifier: str) -> Message:
    """What the citizen said, as a line: the words, or the label of the button pressed."""
    if incoming.action is None:
        return Message(text=(incoming.text,), language=i18n.current_language())
    return Message(text=(_label(incoming.action, identifier),), language=i18n.current_language())


def _label(action: str, identifier: str) -> str:
    for line in reversed(webchat.lines(identifier, most=12)):
        message = Message.from_json(line.message)
        for button in (*message.buttons, *(button for card in message.cards for button in card.buttons)):
            if button.action == action:
                return button.label
    return "…"


def _shown(identifier: str, after: int = 0) -> dict[str, object]:
    found = webchat.lines(identifier, after)
    last = found[-1].id if found else after
    return {
        "lines": tuple(
            (line.id, str(line.sender), said, _sent(said, line.said_at))
            for line, said in ((each, Message.from_json(each.message)) for each in found)
        ),
        "last_id": last,
        "after_url": url_for(".lines", after=last),
        "city_title": current_settings().city.title,
    }


def _sent(message: Message, at: datetime) -> str:
    """When a letter came, in its own language: it may be read much later, and "tomorrow" is not tomorrow any more."""
    if not message.subject:
        return ""
    with i18n.speaking(message.language):
        return _("Sent %(when)s", when=wording.deadline(at, current_settings().city.zone))


def _lines(identifier: str, after: int) -> str:
    return render_template("chat/lines.html", **_shown(identifier, after))
