"""Accounts: who has one, with which role, second step and when last here; admins invite. See `access` for the rest."""

from collections.abc import Mapping
from types import MappingProxyType

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engage.accounts import RoleName, User, access, directory, invitations, members, registry
from engage.base import i18n
from engage.base.clock import utc_now
from engage.base.config import current_settings
from engage.base.db import transaction
from engage.base.errors import Refusal
from engage.base.i18n import gettext as _
from engage.base.i18n import ngettext
from engage.web.login.freshness import fresh
from engage.web.staff import blueprint, said
from engage.web.staff.access import offered
from engage.web.staff.organisations import Answer
from engage.web.staff.said import Errors
from engage.web.who import current_account

# More are found by searching for them.
_MOST = 200


@blueprint.get("/brugere")
def users() -> str:
    """All accounts by name, with what was searched for."""
    return _list()


@blueprint.get("/brugere/inviter")
@fresh
def invite_page() -> str:
    """The form stands below the list; here leads the way back from showing once more who one is."""
    access.allow(access.may_administer(current_account()))
    return _list()


@blueprint.post("/brugere/inviter")
@fresh
def invite_staff() -> Answer:
    """Invite a colleague; for admins who have shown lately that it is them, as for any other change of access."""
    role, language = request.form.get("role", ""), request.form.get("language", "")
    known = current_settings().city.languages
    access.allow(access.may_administer(current_account()))
    try:
        with transaction():
            invitations.invite(
                request.form.get("email", ""),
                by=current_account(),
                now=utc_now(),
                language=language if language in known else known[0],
                role=RoleName(role) if role in set(RoleName) else RoleName.STAFF,
            )
    except Refusal as refusal:
        return _list([("email", str(refusal))], request.form), 422
    flash(_("The invitation is on its way."), "success")
    return redirect(url_for(".users"), 303)


@blueprint.post("/brugere/invitationer/<invitation>/tag-tilbage")
def withdraw_staff_invitation(invitation: str) -> Response:
    """Take a colleague's invitation back; for admins."""
    now = utc_now()
    access.allow(access.may_administer(current_account()))
    wanted = next((each for each in invitations.pending(now=now) if each.role and each.public_id == invitation), None)
    if wanted is not None:
        with transaction():
            invitations.withdraw(wanted, by=current_account(), now=now)
        flash(_("The invitation is taken back."), "success")
    return redirect(url_for(".users"), 303)


@blueprint.get("/brugere/<user>")
def user(user: str) -> str:
    """One account, and what an admin may do with it."""
    found = _found(user)
    seen = registry.last_seen([found]).get(found.id)
    return render_template(
        "staff/user.html",
        user=found,
        role=said.role_name(found),
        seen=said.moment(seen) if seen else _("never"),
        since=said.day(found.created_at),
        memberships=[
            (
                each.organisation.name,
                url_for(".organisation", organisation=each.organisation.public_id),
                said.rights_name(each.rights),
            )
            for each in found.memberships
        ],
        changes=offered(found, current_account()),
        directory_decides=directory.decides_roles(found),
        erased=said.day(found.closed_at + current_settings().city.keep_closed_accounts) if found.closed_at else "",
        own=found.id == current_account().id,
        done_url=url_for(".log", by=found.public_id),
        log_url=url_for(".log", about=f"account:{found.public_id}"),
    )


def _found(public_id: str) -> User:
    found = members.by_public_id(public_id)
    if found is None:
        abort(404)
    return found


def _list(errors: Errors | None = None, values: Mapping[str, str] = MappingProxyType({})) -> str:
    words, role = said.asked_words(), request.args.get("role", "")
    found = members.search(words, role=RoleName(role) if role in set(RoleName) else None, limit=_MOST)
    seen = registry.last_seen(found)
    pending = [each for each in invitations.pending(now=utc_now()) if each.role]
    return render_template(
        "staff/users.html",
        q=words,
        role=role,
        total=ngettext("%(number)s account", "%(number)s accounts", len(found)),
        cut=len(found) == _MOST,
        users=[
            (each, said.role_name(each), said.day(seen[each.id]) if each.id in seen else _("never")) for each in found
        ],
        pending=[(each, said.day(each.expires_at)) for each in pending],
        may_administer=access.may_administer(current_account()),
        mail_languages=[(code, i18n.NAMES.get(code, code)) for code in current_settings().city.languages],
        errors=errors or [],
        values={"language": i18n.current_language(), "role": RoleName.STAFF.value, **values},
    )
