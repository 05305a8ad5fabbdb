"""One's own account: what it is, and in which browsers it is signed in. Passwords and keys are Flask-Security's pages."""

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from engage.accounts import UserSession, access, audit, moving, sessions
from engage.activities import typed
from engage.base.clock import utc_now
from engage.base.config import current_settings
from engage.base.db import transaction
from engage.base.i18n import gettext as _
from engage.web.language import choose_for_good
from engage.web.login.signed_in import current_session
from engage.web.login.views import account_view
from engage.web.who import account_holders, current_account

blueprint = Blueprint("account", __name__, url_prefix="/konto")
blueprint.before_request(account_holders)

LONGEST_NAME = 120
_NEXT = "account_next"


@blueprint.get("")
def own() -> str:
    """What the account is, how it signs in, and where it is signed in now."""
    return _own_page(())


@blueprint.get("/videre")
def onward() -> Response:
    """After signing in: the room one works in."""
    account = current_account()
    if access.may_review(account):
        return redirect("/staff")
    return redirect("/organiser/" if account.memberships else url_for(".own"))


@blueprint.post("")
def change() -> tuple[str, int] | Response:
    """Save one's name and the language of one's mails."""
    name, language = typed.line(request.form.get("name", "")), request.form.get("language", "")
    if not name or len(name) > LONGEST_NAME:
        return _own_page((("name", _("Write your name.")),)), 422
    with transaction():
        account = current_account()
        account.name = name
        if language in current_settings().city.languages:
            account.language = language
    choose_for_good(language)
    flash(_("Saved."), "success")
    return redirect(url_for(".own"), 303)


@blueprint.post("/sessioner/<int:number>/slut")
def end_session(number: int) -> Response:
    """Sign out in one other browser."""
    with transaction():
        sessions.end(current_account(), number)
        _log_end()
    flash(_("That browser is signed out."), "success")
    return redirect(url_for(".own"), 303)


@blueprint.post("/sessioner/slut")
def end_other_sessions() -> Response:
    """Sign out everywhere but here."""
    with transaction():
        sessions.end_all(current_account(), save=_here().id)
        _log_end()
    flash(_("You are signed out in all other browsers."), "success")
    return redirect(url_for(".own"), 303)


@blueprint.get("/log-ind-igen")
def sign_in_anew() -> str:
    """For who has a second step and did not show it here: only signing in asks for it."""
    return render_template("login/sign_in_anew.html", next=local(request.args.get("next", "")))


def keep_next() -> None:
    """Remember where somebody wanted to go, over the several pages of setting up a second step."""
    if wanted := local(request.args.get("next", "")):
        session[_NEXT] = wanted


def take_next() -> str:
    """Where they wanted to go, once; the start of their room otherwise."""
    return str(session.pop(_NEXT, "")) or url_for("account.onward")


def local(address: str) -> str:
    """`address` if it is a page of ours, and "" otherwise: nobody is led elsewhere by a link they trusted."""
    # A path has neither host nor scheme; it is not taken apart, since what is no address at all cannot be.
    ours = address.startswith("/") and not address.startswith("//")
    return address if ours and "\\" not in address and address.isprintable() else ""


def _own_page(errors: tuple[tuple[str, str], ...]) -> str:
    account = current_account()
    waiting = moving.waiting(account, utc_now())
    view = account_view(account, _here(), sessions.of(account), waiting.new_email if waiting is not None else "")
    return render_template("login/account.html", account=view, errors=errors)


def _here() -> UserSession:
    found = current_session()
    assert found is not None, "the gate has made sure"
    return found


def _log_end() -> None:
    account = current_account()
    audit.record(account, "account.sessions_ended", f"account:{account.public_id}", {}, utc_now())
