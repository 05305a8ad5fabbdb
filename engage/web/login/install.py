"""Flask-Security, set up for this city: which of its features are on, at which addresses, in whose words.

It commits whenever it likes and loads the account on every page; both are taken from it here. Its pages are ours, in
`templates/login`; what it tells of is heard in `events`.
"""

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, abort, request, session
from flask_login import LoginManager  # type: ignore[import-untyped]
from flask_login.utils import _user_context_processor  # type: ignore[import-untyped]
from flask_security import Security, SQLAlchemyUserDatastore
from flask_security.utils import set_request_attr
from werkzeug.wrappers import Response as AnyResponse

from engage.accounts import Passkey, Role, User, directory
from engage.base import links
from engage.base.clock import utc_now
from engage.base.config import Settings
from engage.base.db import db, read_and_write
from engage.web.login import account, authenticators, events, forms, limits, proofs, views
from engage.web.login.freshness import FRESH, ask_again
from engage.web.login.letters import LettersInstead
from engage.web.login.passwords import SHORTEST, LongPasswords
from engage.web.login.signed_in import account_or_none, current_session
from engage.web.login.words import MESSAGES, Words
from engage.web.who import not_by_password_alone

_RESET_WITHIN = timedelta(hours=2)
_ADDRESSES = {
    "LOGIN_URL": links.SIGN_IN,
    "LOGOUT_URL": "/konto/log-ud",
    "VERIFY_URL": "/konto/bekraeft",
    "RESET_URL": links.FORGOTTEN_PASSWORD,
    "CHANGE_URL": "/konto/skift-adgangskode",
    "TWO_FACTOR_SETUP_URL": "/konto/kode-app/lukket",
    "TWO_FACTOR_TOKEN_VALIDATION_URL": "/konto/kode",
    "TWO_FACTOR_RESCUE_URL": "/konto/kode/hjaelp",
    "TWO_FACTOR_SELECT_URL": "/konto/andet-trin",
    "MULTI_FACTOR_RECOVERY_CODES_URL": "/konto/reservekoder",
    "MULTI_FACTOR_RECOVERY_URL": "/konto/reservekode",
    "WAN_REGISTER_URL": "/konto/noegler",
    "WAN_DELETE_URL": "/konto/noegler/fjern",
    "WAN_SIGNIN_URL": "/konto/log-ind-med-noegle",
    "WAN_VERIFY_URL": "/konto/bekraeft-med-noegle",
    "POST_LOGIN_VIEW": "/konto/videre",
    "POST_LOGOUT_VIEW": links.SIGN_IN,
    "POST_CHANGE_VIEW": links.ACCOUNT,
    "POST_VERIFY_VIEW": links.ACCOUNT,
    "TWO_FACTOR_POST_SETUP_VIEW": "/konto/andet-trin/klar",
    "WAN_POST_REGISTER_VIEW": "/konto/andet-trin/klar",
}
_PAGES = {
    "LOGIN_USER_TEMPLATE": "sign_in",
    "VERIFY_TEMPLATE": "verify",
    "FORGOT_PASSWORD_TEMPLATE": "forgot_password",
    "RESET_PASSWORD_TEMPLATE": "new_password",
    "CHANGE_PASSWORD_TEMPLATE": "change_password",
    "TWO_FACTOR_VERIFY_CODE_TEMPLATE": "code",
    "TWO_FACTOR_SELECT_TEMPLATE": "second_step_choice",
    "MULTI_FACTOR_RECOVERY_CODES_TEMPLATE": "spare_codes",
    "MULTI_FACTOR_RECOVERY_TEMPLATE": "spare_code",
    "WAN_REGISTER_TEMPLATE": "passkeys",
    "WAN_SIGNIN_TEMPLATE": "passkey",
    "WAN_VERIFY_TEMPLATE": "passkey_verify",
}
_FEATURES: dict[str, Any] = {
    "RECOVERABLE": True,
    "CHANGEABLE": True,
    "TWO_FACTOR": True,
    "TWO_FACTOR_ENABLED_METHODS": ["authenticator"],
    # Seconds before and after, for a clock that is wrong: the code shown now and its two neighbours.
    "TWO_FACTOR_AUTHENTICATOR_VALIDITY": 30,
    "TWO_FACTOR_RESCUE_EMAIL": False,
    "MULTI_FACTOR_RECOVERY_CODES": True,
    "WEBAUTHN": True,
    "WAN_ALLOW_USER_HINTS": False,
    "RETURN_GENERIC_RESPONSES": True,
    "USER_IDENTITY_ATTRIBUTES": [{"email": {"mapper": str.lower, "case_insensitive": False}}],
    "API_ENABLED_METHODS": ["session"],
    # OWASP's cheat sheet on password storage: 19 MiB and two passes. The library's own 64 MiB a sign-in would let a few
    # people who try at the same time fill a small server.
    "PASSWORD_HASH_PASSLIB_OPTIONS": {
        "argon2__memory_cost": 19456,
        "argon2__time_cost": 2,
        "argon2__parallelism": 1,
    },
    # A link for a new password holds a hash of the password's own hash, which nobody can guess. The library's 535,000 rounds over
    # it would hold up everybody else for a quarter of a second, and tell by the time it takes who has an account. Links that were
    # sent with them still work.
    "HASHING_SCHEMES": ["hex_sha256", "sha256_crypt"],
    "FRESHNESS": FRESH,
    "FRESHNESS_GRACE_PERIOD": FRESH,
    "RESET_PASSWORD_WITHIN": _RESET_WITHIN,
    "PASSWORD_SCHEMES": ["argon2"],
    "PASSWORD_SALT": None,
    "PASSWORD_SINGLE_HASH": ["argon2"],
    "PASSWORD_LENGTH_MIN": SHORTEST,
    "DATETIME_FACTORY": utc_now,
    "EMAIL_PLAINTEXT": False,
    "EMAIL_HTML": False,
    "STATIC_FOLDER": None,
    "CLI_USERS_NAME": None,
    "CLI_ROLES_NAME": None,
    "JOIN_USER_ROLES": False,
}
# Setting up an app is a page of ours (a wrong code there keeps the picture), and who lost phone and codes is told to call.
_CLOSED = {"security.two_factor_rescue", "security.two_factor_setup", "security.two_factor_setup_validate"}
# What changes how one signs in.
_WAYS_IN = {
    "security.change_password", "security.mf_recovery_codes", "security.wan_delete", "security.wan_register",
    "security.wan_register_response",
}  # fmt: skip


class _Datastore(SQLAlchemyUserDatastore):
    """Flask-Security's way to our tables, which never commits: `_finish` does, once, when the request went well."""

    def commit(self) -> None:
        """Left to the end of the request."""


class _Security(Security):
    """Flask-Security without the one package it asks for and does not need here: names of keys are cleaned by us."""

    def _check_modules(self, module: str, config_name: str) -> object:
        return True if module == "nh3" else super()._check_modules(module, config_name)  # type: ignore[no-untyped-call]


def install(app: Flask) -> None:
    """Open the sign-in's doors on `app`."""
    settings: Settings = app.extensions["engage.settings"]
    for name, value in (*_ADDRESSES.items(), *_FEATURES.items()):
        app.config[f"SECURITY_{name}"] = value
    for name, page in _PAGES.items():
        app.config[f"SECURITY_{name}"] = f"login/{page}.html"
    for name, message in MESSAGES.items():
        app.config[f"SECURITY_MSG_{name}"] = message
    app.config["SECURITY_TOTP_SECRETS"] = authenticators.totp_secrets(settings.secret_key)
    app.config["SECURITY_TOTP_ISSUER"] = app.config["SECURITY_WAN_RP_NAME"] = settings.city.title
    security = _Security(
        app,
        _Datastore(db, User, Role, Passkey),
        login_form=forms.SignInForm,
        wan_register_form=forms.NewKeyForm,
        wan_signin_response_form=forms.PasskeyForm,
        two_factor_rescue_form=forms.NoRescueForm,
        mail_util_cls=LettersInstead,
        password_util_cls=LongPasswords,
        webauthn_util_cls=authenticators.StrictWebauthn,
        mf_recovery_codes_util_cls=authenticators.HashedRecoveryCodes,
        totp_cls=authenticators.OnceOnlyTotp,
    )
    security.i18n_domain = Words()  # type: ignore[assignment]
    security.want_json(lambda _request: False)
    security.reauthn_handler(ask_again)
    security.context_processor(_for_templates)
    _let_go(app, security)
    _contain(app)
    events.connect(app)


def _for_templates() -> dict[str, Any]:
    user = account_or_none()
    return {
        "problems": views.problems,
        "city_sign_in": directory.is_set_up(),
        "next": account.local(request.form.get("next") or request.args.get("next", "")),
        "own_keys": tuple(views.key_view(key) for key in user.webauthn) if user is not None else (),
        "current_account_has_password": user is not None and user.password is not None,
    }


def _let_go(app: Flask, security: Security) -> None:
    """Keep it off the pages that are not its own.

    Flask-Principal and Flask-Login ask who is signed in before, in and after every page, and so touch the session and the
    database for citizens and for files; nothing here uses what they find. Accounts are asked for in `signed_in`.
    """
    manager: LoginManager = security.login_manager
    manager.session_protection = None  # our session rows are the protection; a phone changes its address all day
    manager.user_loader(_load)
    manager._request_callback = None  # no tokens in headers
    app.before_request_funcs[None].remove(security.principal._on_before_request)
    app.after_request_funcs[None].remove(manager._update_remember_cookie)
    app.template_context_processors[None].remove(_user_context_processor)


def _load(uniquifier: str) -> User | None:
    """The account of this request for Flask-Security, and since when it is known to be the person themselves."""
    found = current_session()
    if found is None or found.user.fs_uniquifier != uniquifier:
        return None
    set_request_attr("fs_authn_via", "session")
    set_request_attr("fs_paa", session.get("fs_paa", 0))
    return found.user


def _contain(app: Flask) -> None:
    app.before_request_funcs.setdefault("security", []).append(_begin)
    # First in the list is run last: Flask-Security's own headers are set before.
    app.after_request_funcs.setdefault("security", []).insert(0, _finish)


def _begin() -> AnyResponse | None:
    """The gate of Flask-Security's pages. Who may open which, it knows itself; how often, that it is a form, and where the
    password alone is not enough, we say."""
    if request.endpoint in _CLOSED or request.is_json:
        abort(404)
    try:
        urlsplit(request.values.get("next", ""))
    except ValueError:
        abort(400)  # the library would stumble over it; what leads to another host it refuses itself
    limits.count_attempt(utc_now())
    if (request.endpoint or "").startswith("security.wan_"):
        proofs.read_passkeys()
    if request.endpoint in _WAYS_IN and (held := not_by_password_alone()) is not None:
        return held
    db.session.rollback()
    read_and_write()
    return None


def _finish(response: Response) -> Response:
    """One request, one transaction: all it did stands, with its letters and its lines in the log, or nothing does."""
    if response.status_code < 500:
        db.session.commit()
    else:
        db.session.rollback()
    return response
