"""Moving one's account to another e-mail address: asking for it, and the links that confirm and stop it.

Opening a link changes nothing, since mail programs open links by themselves; the button does.
"""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engage.accounts import moving
from engage.base import links
from engage.base.clock import utc_now
from engage.base.db import transaction
from engage.base.errors import Refusal
from engage.base.i18n import gettext as _
from engage.base.limits import Rate, take
from engage.web.login.account import blueprint as own
from engage.web.login.freshness import fresh
from engage.web.login.signed_in import forget
from engage.web.who import current_account, everybody

# For the links: whoever has one may be signed in nowhere.
blueprint = Blueprint("new_address", __name__)
blueprint.before_request(everybody)

# Each writes to an address somebody typed.
_ASKS = Rate(burst=3, per_second=1 / 1200)


@own.get("/e-mail")
@fresh
def new_email() -> str:
    """Which address there is, and a form for another one."""
    return _form("", ())


@own.post("/e-mail")
@fresh
def ask_for_new_email() -> Response | tuple[str, int]:
    """Write to both addresses."""
    typed = request.form.get("email", "").strip()
    take(f"email-change:{current_account().id}", _ASKS, utc_now())
    try:
        with transaction():
            email = moving.ask(current_account(), typed, now=utc_now()).new_email
    except Refusal as refusal:
        return _form(typed, (("email", str(refusal)),)), 422
    flash(_("The link is on its way to %(email)s.", email=email), "success")
    return redirect(url_for(".own"), 303)


@own.post("/e-mail/tag-tilbage")
def keep_email() -> Response:
    """Think better of it."""
    with transaction():
        moving.take_back(current_account(), now=utc_now())
    flash(_("Your account keeps the address it has."), "success")
    return redirect(url_for(".own"), 303)


@blueprint.get(links.EMAIL_CHANGE)
def confirm_email_page(token: str) -> str:
    """From which address to which."""
    return render_template("login/email_confirm.html", change=moving.opened(token, utc_now()))


@blueprint.post(links.EMAIL_CHANGE)
def confirm_email(token: str) -> Response:
    """Move the account; its holder signs in with the new address."""
    with transaction():
        moving.confirm(moving.opened(token, utc_now()), now=utc_now())
    forget()
    flash(_("Your account has its new address. Sign in with it."), "success")
    return redirect(url_for("security.login"), 303)


@blueprint.get(links.STOP_EMAIL_CHANGE)
def stop_email_page(token: str) -> str:
    """What stopping does, which depends on whether the account has moved."""
    return render_template("login/email_stop.html", change=moving.stoppable(token, utc_now()))


@blueprint.post(links.STOP_EMAIL_CHANGE)
def stop_email(token: str) -> Response:
    """Stop the change, or undo it."""
    with transaction():
        undone = moving.stop(moving.stoppable(token, utc_now()), now=utc_now())
    forget()
    if undone:
        flash(_("Your account has its old address again. Nobody is signed in any more: choose a new password now."))
        return redirect(url_for("security.forgot_password"), 303)
    flash(_("The change is stopped. Your account keeps the address it has."), "success")
    return redirect(url_for("security.login"), 303)


def _form(typed: str, errors: tuple[tuple[str, str], ...]) -> str:
    return render_template("login/new_email.html", account=current_account(), typed=typed, errors=errors)
