"""Which citizen a request comes from: the cookie names a visit, and the visit's row says whether it still stands."""

import secrets

from flask import g, session

from engage.base.clock import utc_now
from engage.base.db import transaction
from engage.people import Visit, visits

_NAME, _BROWSER, _WANTED = "visit", "browser", "wanted"
# What of a citizen stands in this browser's cookie: the visit, the talk in the chat, the last receipt, a code for linking.
_OF_A_CITIZEN = (_NAME, _BROWSER, _WANTED, "talk", "received", "chat_link")


def current() -> Visit | None:
    """The visit this request belongs to; asked of the database once a request, and not at all without a cookie."""
    if "visit" not in g:
        name = session.get(_NAME)
        g.visit = visits.find(name, utc_now()) if isinstance(name, str) else None
    found: Visit | None = g.visit
    return found


def browser() -> str:
    """A name for this browser, so that a second press of a button here can be told from a second use of its link elsewhere."""
    if _BROWSER not in session:
        session[_BROWSER] = secrets.token_urlsafe(16)
    name: str = session[_BROWSER]
    return name


def begin(name: str) -> None:
    """Keep the name of a new visit; what stood in its place ends. The token of the forms changes with it."""
    end()
    session[_NAME] = name
    session.permanent = True
    # Whoever put an older cookie into this browser must not know the token of the forms from here on.
    session.pop("csrf_token", None)
    g.pop("visit", None)


def end() -> None:
    """End this browser's visit, if there is one."""
    name = session.pop(_NAME, None)
    if isinstance(name, str):
        with transaction():
            visits.end(name)
    g.pop("visit", None)


def leave() -> None:
    """End the visit, and forget all that is the citizen's in this browser: also the talk, which may tell of their sign-ups."""
    end()
    for name in (*_OF_A_CITIZEN, "csrf_token"):
        session.pop(name, None)


def remember_wanted(path: str | None) -> None:
    """Note which page was asked for, to go on there after the way in."""
    if path and path.startswith("/mine"):
        session[_WANTED] = path


def take_wanted(otherwise: str) -> str:
    """Where to go on to now."""
    path = session.pop(_WANTED, None)
    return path if isinstance(path, str) and path.startswith("/mine") else otherwise
