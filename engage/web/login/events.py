"""What Flask-Security tells of: a session begins with each sign-in, ends with each sign-out, and what matters is logged.

All of it happens in the transaction of the request, which `install` commits.
"""

from typing import Any

from flask import Flask, request, session
from flask_login import user_logged_out  # type: ignore[import-untyped]
from flask_security import (
    password_changed,
    password_reset,
    tf_disabled,
    tf_profile_changed,
    user_authenticated,
    wan_deleted,
    wan_registered,
)

from engage.accounts import User, audit, letters, members, sessions
from engage.accounts.models import SECOND_FACTORS, Factor
from engage.base.clock import utc_now
from engage.base.db import db
from engage.web.language import COOKIE, choose_for_good
from engage.web.login.devices import device
from engage.web.login.signed_in import NAME, current_session, forget

# How the first step went, kept in the session until the second is taken.
FIRST_STEP = "account_first_step"
# Flask-Security says how the first step went, and nothing of the second; the address that was asked tells that.
_SECOND = {
    "security.two_factor_token_validation": Factor.CODE,
    "security.mf_recovery": Factor.RECOVERY_CODE,
    "security.wan_signin_response": Factor.KEY,
}


def connect(app: Flask) -> None:
    """Listen, on `app` alone."""
    for signal, hear in (
        (user_authenticated, _signed_in),
        (user_logged_out, _signed_out),
        (password_changed, _password_changed),
        (password_reset, _password_reset),
        (tf_profile_changed, _app_set_up),
        (tf_disabled, _app_removed),
        (wan_registered, _key_added),
        (wan_deleted, _key_removed),
    ):
        signal.connect(hear, app)


def begin_session(user: User, factors: list[Factor]) -> None:
    """Sign `user` in here: a row of the session list, its name in the cookie, a line in the log."""
    if (former := current_session()) is not None:
        sessions.end(former.user, former.id)
    browser, system = device(request.headers.get("User-Agent", ""))
    session[NAME] = sessions.begin(user, factors, browser, system, utc_now())
    forget()
    if COOKIE not in request.cookies:
        choose_for_good(user.language)
    audit.record(
        user, "account.signed_in", f"account:{user.public_id}", {"factors": [str(each) for each in factors]}, utc_now()
    )


def _signed_in(_app: Flask, user: Any, authn_via: list[str] | None = None, **_facts: Any) -> None:
    account = _itself(user)
    if authn_via == ["change"]:
        return  # the same person in the same browser; `_password_changed` goes on from here
    begin_session(account, _factors(authn_via))


def _factors(authn_via: list[str] | None) -> list[Factor]:
    first = Factor.CITY if session.pop(FIRST_STEP, "") == "city" else Factor.PASSWORD
    if authn_via == ["webauthn"]:
        return [Factor.DEVICE]
    if authn_via == ["invitation"]:
        return []  # the link proved an address; the first key is made next
    if authn_via == ["city_second"]:
        return [Factor.CITY, Factor.CITY_SECOND]
    if authn_via is None and request.endpoint in _SECOND:
        return [first, _SECOND[request.endpoint]]
    return [first]


def _signed_out(_app: Flask, **_facts: Any) -> None:
    found = current_session()
    if found is not None:
        sessions.end(found.user, found.id)
    session.pop(NAME, None)
    forget()


def _password_changed(_app: Flask, user: Any, **_facts: Any) -> None:
    """All other browsers are signed out; this one stays, with what it had proven."""
    account, here = _itself(user), current_session()
    sessions.end_all(account, save=here.id if here is not None else None)
    _log(account, "account.password_changed")


def _password_reset(_app: Flask, user: Any, **_facts: Any) -> None:
    account = _itself(user)
    sessions.end_all(account)
    _log(account, "account.password_reset")


def _app_set_up(_app: Flask, user: Any, **_facts: Any) -> None:
    _proven_here(Factor.CODE)
    _second_step_changed(_itself(user), "account.app_set_up", on=True)


def _app_removed(_app: Flask, user: Any, **_facts: Any) -> None:
    account = _itself(user)
    # Spare codes stand in for the app; without it they would be a password of their own.
    account.mf_recovery_codes = None
    _second_step_changed(account, "account.app_removed", on=False)


def _key_added(_app: Flask, user: Any, name: str = "", **_facts: Any) -> None:
    _proven_here(Factor.KEY)
    _second_step_changed(_itself(user), "account.passkey_added", on=True)


def _key_removed(_app: Flask, user: Any, name: str = "", **_facts: Any) -> None:
    """Told before it is removed, so that the last one of who must have one can be kept."""
    account = _itself(user)
    members.refuse_last_second_step(account, left=len(account.webauthn) - 1 + (account.tf_primary_method is not None))
    _second_step_changed(_itself(user), "account.passkey_removed", on=False)


def _proven_here(factor: Factor) -> None:
    """Setting it up showed it. A session of the password alone is one of two factors from here on."""
    assert factor in SECOND_FACTORS
    if (found := current_session()) is not None:
        sessions.add_factor(found, factor)


def _second_step_changed(account: User, action: str, *, on: bool) -> None:
    letters.second_step_changed(account, on=on, now=utc_now())
    _log(account, action)


def _log(account: User, action: str) -> None:
    db.session.flush()
    audit.record(account, action, f"account:{account.public_id}", {}, utc_now())


def _itself(user: Any) -> User:
    found: User = user._get_current_object() if hasattr(user, "_get_current_object") else user
    return found
