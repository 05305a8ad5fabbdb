"""The second step of signing in: who needs one is led here. An app's codes are set up here, keys on Flask-Security's page."""

from collections.abc import Callable
from functools import wraps

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import tf_disabled, tf_profile_changed
from werkzeug.wrappers import Response

from engage.accounts import User, members
from engage.base import tokens
from engage.base.clock import utc_now
from engage.base.config import current_settings
from engage.base.db import transaction
from engage.base.i18n import gettext as _
from engage.base.limits import Rate, take
from engage.base.tokens import LinkNotValid
from engage.web.login import authenticators
from engage.web.login.account import blueprint, keep_next, take_next
from engage.web.login.freshness import FRESH, fresh
from engage.web.login.views import qr_image
from engage.web.login.words import MESSAGES
from engage.web.who import current_account, not_by_password_alone

# The secret being set up travels in the form, encrypted and signed, until its first code has been right.
_SETTING_UP = "code-app"
_TRIES = Rate(burst=8, per_second=1 / 60)

View = Callable[[], ResponseReturnValue]


def _theirs(view: View) -> View:
    """For somebody who showed a moment ago that it is them; staff by more than the password, once they have more."""
    asked: View = fresh(view)

    @wraps(view)
    def gated() -> ResponseReturnValue:
        return not_by_password_alone() or asked()

    return gated


@blueprint.get("/andet-trin/vaelg")
def second_step() -> str | Response:
    """Choose a second step. Who works for the city comes here before anything else."""
    keep_next()
    account = current_account()
    if account.has_second_factor:
        return redirect(take_next())
    return render_template("login/second_step.html", required=account.works_for_the_city)


@blueprint.get("/andet-trin/klar")
def second_step_ready() -> Response:
    """After setting one up: the spare codes, if there are none yet; then on."""
    account = current_account()
    if account.has_second_factor and not account.mf_recovery_codes:
        return redirect(url_for("security.mf_recovery_codes"))
    return redirect(take_next())


@blueprint.get("/kode-app")
@_theirs
def code_app() -> str:
    """Scan a picture with an app, and write the code it shows."""
    return _page(authenticators.totp().generate_totp_secret(), ())


@blueprint.post("/kode-app")
@_theirs
def set_up_code_app() -> str | tuple[str, int] | Response:
    """Keep the app's secret once its first code is right. A wrong code leaves the same picture on the page."""
    secret = _setting_up(request.form.get("state", ""), current_account())
    take(f"code-app:{current_account().id}", _TRIES, utc_now())
    code = "".join(request.form.get("code", "").split())
    with transaction():
        account = current_account()
        if not authenticators.totp().verify_totp(code, secret, account, window=30):
            wrong = True
        else:
            wrong = False
            account.tf_primary_method, account.tf_totp_secret = "authenticator", secret
            tf_profile_changed.send(current_app._get_current_object(), user=account, method="authenticator")  # type: ignore[attr-defined]
    if wrong:
        return _page(secret, (("code", str(MESSAGES["TWO_FACTOR_INVALID_TOKEN"][0])),)), 422
    flash(str(MESSAGES["TWO_FACTOR_CHANGE_METHOD_SUCCESSFUL"][0]), "success")
    return redirect(url_for(".second_step_ready"), 303)


@blueprint.post("/kode-app/fjern")
@_theirs
def remove_code_app() -> Response:
    """Turn the app's codes off. Who works for the city must have another second step first."""
    with transaction():
        account = current_account()
        members.refuse_last_second_step(account, left=len(account.webauthn))
        account.tf_primary_method = account.tf_totp_secret = None
        tf_disabled.send(current_app._get_current_object(), user=account)  # type: ignore[attr-defined]
    flash(_("The app is removed. We do not ask for its code any more."), "success")
    return redirect(url_for(".own"), 303)


def _page(secret: str, errors: tuple[tuple[str, str], ...]) -> str:
    account = current_account()
    shown = authenticators.totp().fetch_setup_values(secret, account)
    return render_template(
        "login/code_app.html",
        errors=errors,
        state=tokens.sign_timed(current_settings().secret_key, _SETTING_UP, [account.public_id, secret]),
        picture=qr_image(shown["image"]),
        key=shown["key"],
    )


def _setting_up(state: str, account: User) -> str:
    """The secret of the form that was sent; raises `LinkNotValid` for another account's, or an old one."""
    within = FRESH * 2
    whose, secret = tokens.unsign_timed(current_settings().secret_key, _SETTING_UP, state, within)
    if whose != account.public_id:
        raise LinkNotValid
    return str(secret)
