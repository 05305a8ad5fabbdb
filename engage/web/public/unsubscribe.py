"""Stopping one kind of letters that nobody has to get, by the link in each: a button on a page, or the mail program's own POST.

A new kind of letters is one line in `KINDS`; its link comes from `people.unsubscribing.link`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask import abort, render_template, request
from werkzeug.wrappers import Response

from engage.base import links
from engage.base.db import transaction
from engage.base.i18n import LazyText
from engage.base.i18n import lazy_gettext as _l
from engage.people import unsubscribing, wishes
from engage.people.unsubscribing import Reader
from engage.proposals import interest, letters
from engage.web.public import blueprint
from engage.web.security import csrf


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of letters: how to stop it for a person, what the page asks, and what it says afterwards."""

    stop: Callable[[int], None]
    question: LazyText
    done: LazyText


KINDS: Mapping[str, Kind] = {
    "reminders": Kind(
        wishes.stop_reminders,
        _l("Do you want no more reminders of what you have signed up for?"),
        _l("You get no more reminders. We still write when something you have signed up for is changed or called off."),
    ),
    "feedback": Kind(
        wishes.stop_feedback,
        _l("Shall we no longer ask how it was?"),
        _l("We do not ask how it was any more."),
    ),
    letters.HEARS: Kind(
        interest.stop,
        _l("Shall we not tell you what becomes of the proposals where you said that you would come?"),
        _l("We do not tell you about them any more. You are still counted."),
    ),
}


@blueprint.get(links.UNSUBSCRIBE)
def unsubscribe_page(kind: str, token: str) -> str:
    """Ask; opening the link changes nothing, since mail scanners do that too."""
    return _page(kind, _reader(kind, token), done=False)


@blueprint.post(links.UNSUBSCRIBE)
def unsubscribe(kind: str, token: str) -> str | Response:
    """Stop them. A mail program sends this by itself (RFC 8058), with no page, cookie or form token: the link is the proof."""
    reader = _reader(kind, token)
    with transaction():
        KINDS[kind].stop(reader.person_id)
    if "List-Unsubscribe" in request.form:
        return Response("stopped\n", mimetype="text/plain")
    return _page(kind, reader, done=True)


csrf.exempt(unsubscribe)


def _reader(kind: str, token: str) -> Reader:
    if kind not in KINDS:
        abort(404)
    return unsubscribing.reader(kind, token)


def _page(kind: str, reader: Reader, *, done: bool) -> str:
    return render_template("public/unsubscribe.html", kind=KINDS[kind], to=reader.shown, done=done)
