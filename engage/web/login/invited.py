"""Accepting an invitation: the one way to an account. Opening the link changes nothing; the button does."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_security import hash_password
from flask_security.utils import login_user
from werkzeug.wrappers import Response

from engage.accounts import Invitation, directory, invitations
from engage.activities import typed
from engage.base import links
from engage.base.clock import utc_now
from engage.base.config import current_settings
from engage.base.db import transaction
from engage.base.i18n import gettext as _
from engage.web.language import choose_for_good
from engage.web.login import passwords
from engage.web.login.account import LONGEST_NAME
from engage.web.login.signed_in import account_or_none
from engage.web.who import everybody

blueprint = Blueprint("invited", __name__)
blueprint.before_request(everybody)

Errors = tuple[tuple[str, str], ...]


@blueprint.get(links.INVITATION)
def invitation(token: str) -> str:
    """Who invites to what, and a form."""
    return _page(invitations.opened(token, utc_now()), {"name": "", "language": ""}, ())


@blueprint.post(links.INVITATION)
def accept(token: str) -> tuple[str, int] | Response:
    """Make the account and sign in; whoever has one already is given what is new, and signs in as ever."""
    now = utc_now()
    opened = invitations.opened(token, now)
    if invitations.account_of(opened.email) is not None:
        return _accept_with_account(opened)
    name, password = typed.line(request.form.get("name", "")), request.form.get("password", "")
    by_passkey = "passkey" in request.form
    errors, kept = _problems(name, password, by_passkey, opened.email)
    language = request.form.get("language", "")
    if language not in current_settings().city.languages:
        language = opened.language
    if errors:
        return _page(opened, {"name": name, "language": language}, errors), 422
    hashed = None if by_passkey else hash_password(kept)
    with transaction():
        user = invitations.accept(opened, name=name, password=hashed, language=language, now=now)
        login_user(user, authn_via=["invitation" if by_passkey else "password"])
    choose_for_good(language)
    flash(_("Welcome, %(name)s.", name=name), "success")
    return redirect(url_for("security.wan_register" if by_passkey else "account.onward"), 303)


def _accept_with_account(opened: Invitation) -> Response:
    with transaction():
        user = invitations.accept(opened, name="", password=None, language=opened.language, now=utc_now())
        here = account_or_none()
        own = here is not None and here.id == user.id
    flash(_("Thank you. The invitation is accepted."), "success")
    return redirect(url_for("account.onward" if own else "security.login"), 303)


def _problems(name: str, password: str, by_passkey: bool, email: str) -> tuple[Errors, str]:
    """What is wrong with the form, and the password as it is kept."""
    found, kept = [], ""
    if not name or len(name) > LONGEST_NAME:
        found.append(("name", _("Write your name.")))
    if not by_passkey:
        wrong, kept = passwords.checked(password, [email, *name.split()])
        found += [("password", words) for words in wrong]
    return tuple(found), kept


def _page(opened: Invitation, values: dict[str, str], errors: Errors) -> str:
    values["language"] = values["language"] or opened.language
    return render_template(
        "login/invitation.html",
        email=opened.email,
        organisation=opened.organisation.name if opened.organisation else "",
        rights=opened.rights,
        role=opened.role,
        has_account=invitations.account_of(opened.email) is not None,
        city_sign_in=directory.is_set_up(),
        values=values,
        errors=errors,
    )
