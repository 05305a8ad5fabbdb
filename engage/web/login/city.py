"""Signing in with the municipality's own sign-in: there by a link, back with a code."""

import hmac
from dataclasses import asdict

from flask import Blueprint, abort, current_app, flash, redirect, request, session, url_for
from flask_security.utils import login_user
from werkzeug.wrappers import Response

from engage.accounts import directory
from engage.base import i18n
from engage.base.clock import utc_now
from engage.base.config import current_settings
from engage.base.db import db, transaction
from engage.base.errors import Refusal
from engage.base.limits import Rate, take
from engage.web.login.account import local
from engage.web.login.events import FIRST_STEP
from engage.web.login.words import MESSAGES
from engage.web.who import client_key, everybody

blueprint = Blueprint("city", __name__, url_prefix="/konto/kommune")
blueprint.before_request(everybody)

_ASKED = "city_asked"
# Each call costs the directory one, too.
_ATTEMPTS = Rate(burst=20, per_second=10 / 60)


def _count() -> None:
    """Only where a directory is set up, and only so often."""
    if not directory.is_set_up():
        abort(404)
    take(f"city:{client_key()}", _ATTEMPTS, utc_now())


@blueprint.get("")
def start() -> Response:
    """To the directory. A link and no form: the content policy lets forms lead to our own pages only."""
    _count()
    from engage.web.login import openid  # 10 MB that only an installation with a directory pays for

    asked = openid.Asked.new()
    where = openid.address(_back(), asked, i18n.current_language())
    session[_ASKED] = {**asdict(asked), "next": local(request.args.get("next", ""))}
    return redirect(where)


@blueprint.get("/tilbage")
def back() -> Response:
    """From the directory: the code is redeemed once, by the browser that was sent there."""
    _count()
    kept = session.pop(_ASKED, None)
    state = request.args.get("state", "")
    if not isinstance(kept, dict) or not hmac.compare_digest(kept["state"].encode(), state.encode()):
        return _refused(str(MESSAGES["API_ERROR"][0]))
    wanted = kept.pop("next")
    if "code" not in request.args:
        # The person went back, or the directory does not let them in; it has told them why.
        return redirect(url_for("security.login", next=wanted or None))
    from engage.web.login import openid  # as above

    db.session.close()  # no connection waits while the directory answers
    try:
        person = openid.vouched(request.args["code"], _back(), openid.Asked(**kept))
        with transaction():
            return _sign_in(person, wanted)
    except Refusal as refusal:
        return _refused(str(refusal))


def _sign_in(person: directory.Vouched, wanted: str) -> Response:
    user = directory.account_of(person, language=i18n.current_language(), now=utc_now())
    session[FIRST_STEP] = "city"
    onward = wanted or url_for("account.onward")
    if not person.second_factor:
        plugins = current_app.extensions["security"].two_factor_plugins
        second = plugins.tf_enter(user, False, "city", next_loc=onward)
        if second is not None:
            return second  # type: ignore[no-any-return]
    login_user(user, authn_via=["city_second" if person.second_factor else "city"])
    return redirect(onward)


def _refused(words: str) -> Response:
    flash(words, "error")
    return redirect(url_for("security.login"))


def _back() -> str:
    """The address the directory knows us by; the host a request claims has no say in it."""
    return current_settings().base_url.rstrip("/") + url_for("city.back")
