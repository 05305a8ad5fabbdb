"""Which account a request comes from: the cookie names a session, and the session's row says whether it still stands."""

from flask import g, session

from engage.accounts import User, UserSession, sessions
from engage.base.clock import utc_now

# Beside Flask-Login's own entry ("_user_id", the account's uniquifier) the cookie holds the session's name.
NAME = "account_session"


def current_session() -> UserSession | None:
    """The session this request belongs to; asked of the database once a request, and not at all without a cookie."""
    if "account_session" not in g:
        g.account_session = _find()
    found: UserSession | None = g.account_session
    return found


def account_or_none() -> User | None:
    """The account that is signed in, if one is."""
    found = current_session()
    return found.user if found is not None else None


def forget() -> None:
    """Ask again at the next question: somebody signed in or out during this request."""
    g.pop("account_session", None)


def _find() -> UserSession | None:
    name, uniquifier = session.get(NAME), session.get("_user_id")
    if not isinstance(name, str) or not isinstance(uniquifier, str):
        return None
    return sessions.find(name, uniquifier, utc_now())
