"""Accounts: who has one, with which role, second step and when last here; admins close, open and invite."""

from collections.abc import Mapping
from types import MappingProxyType

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engage.accounts import Rights, RoleName, User, access, invitations, members, registry
from engage.base import i18n
from engage.base.clock import utc_now
from engage.base.config import current_settings
from engage.base.db import transaction
from engage.base.errors import Refusal
from engage.base.i18n import gettext as _
from engage.base.i18n import ngettext
from engage.web.staff import blueprint, said
from engage.web.staff.organisations import Answer
from engage.web.staff.said import Errors
from engage.web.who import current_account


@blueprint.get("/brugere")
def users() -> str:
    """All accounts by name, with what was searched for."""
    return _list()


@blueprint.post("/brugere/inviter")
def invite_staff() -> Answer:
    """Invite a colleague; for admins."""
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
        role=_role(found),
        seen=said.moment(seen) if seen else _("never"),
        since=said.day(found.created_at),
        memberships=[
            (
                each.organisation.name,
                url_for(".organisation", organisation=each.organisation.public_id),
                rights_name(each.rights),
            )
            for each in found.memberships
        ],
        may_administer=access.may_administer(current_account()),
        own=found.id == current_account().id,
        done_url=url_for(".log", by=found.public_id),
        log_url=url_for(".log", about=f"account:{found.public_id}"),
    )


@blueprint.post("/brugere/<user>/luk")
def close_account(user: str) -> Response:
    """Nobody gets in with it until it is opened again; for admins."""
    found = _found(user)
    with transaction():
        members.close(found, by=current_account(), now=utc_now())
    flash(_("The account is closed."), "success")
    return redirect(url_for(".user", user=user), 303)


@blueprint.post("/brugere/<user>/aabn")
def open_account(user: str) -> Response:
    """Open it again; for admins."""
    found = _found(user)
    with transaction():
        members.reopen(found, by=current_account(), now=utc_now())
    flash(_("The account is open again."), "success")
    return redirect(url_for(".user", user=user), 303)


@blueprint.post("/brugere/<user>/nyt-andet-trin")
def reset_second_step(user: str) -> Response:
    """For who lost phone and spare codes; for admins."""
    found = _found(user)
    with transaction():
        members.reset_second_step(found, by=current_account(), now=utc_now())
    flash(_("The second step is taken away. They set up a new one when they sign in."), "success")
    return redirect(url_for(".user", user=user), 303)


def rights_name(rights: str) -> str:
    """What a member may do, in words."""
    return _("may publish") if rights == Rights.EDITOR else _("receives people at the door")


def _role(account: User) -> str:
    if account.has_role(RoleName.ADMIN):
        return _("Admin")
    return _("Staff") if account.has_role(RoleName.STAFF) else _("Organiser")


def _found(public_id: str) -> User:
    found = members.by_public_id(public_id)
    if found is None:
        abort(404)
    return found


def _list(errors: Errors | None = None, values: Mapping[str, str] = MappingProxyType({})) -> str:
    words, role = said.asked_words(), request.args.get("role", "")
    found = members.search(words, role=RoleName(role) if role in set(RoleName) else None)
    seen = registry.last_seen(found)
    pending = [each for each in invitations.pending(now=utc_now()) if each.role]
    return render_template(
        "staff/users.html",
        q=words,
        role=role,
        total=ngettext("%(number)s account", "%(number)s accounts", len(found)),
        users=[(each, _role(each), said.day(seen[each.id]) if each.id in seen else _("never")) for each in found],
        pending=[(each, said.day(each.expires_at)) for each in pending],
        may_administer=access.may_administer(current_account()),
        mail_languages=[(code, i18n.NAMES.get(code, code)) for code in current_settings().city.languages],
        errors=errors or [],
        values={"language": i18n.current_language(), "role": RoleName.STAFF.value, **values},
    )
