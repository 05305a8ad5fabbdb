"""Who may publish for an organisation: invite somebody, take an invitation back, change rights, end a membership."""

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engage.accounts import Organisation, Rights, User, invitations, members
from engage.base.clock import utc_now
from engage.base.config import current_settings
from engage.base.db import transaction
from engage.base.errors import Refusal
from engage.base.i18n import gettext as _
from engage.web.staff import blueprint, said
from engage.web.staff.organisations import Answer, found_organisation, organisation_page
from engage.web.who import current_account


@blueprint.post("/organisationer/<organisation>/inviter")
def invite_member(organisation: str) -> Answer:
    """Invite somebody by e-mail."""
    found = found_organisation(organisation)
    rights, language = request.form.get("rights", ""), request.form.get("language", "")
    known = current_settings().city.languages
    try:
        with transaction():
            invitations.invite(
                request.form.get("email", ""),
                by=current_account(),
                now=utc_now(),
                language=language if language in known else known[0],
                organisation_id=found.id,
                rights=Rights(rights) if rights in set(Rights) else Rights.EDITOR,
            )
    except Refusal as refusal:
        return organisation_page(found, [("email", str(refusal))], request.form), 422
    flash(_("The invitation is on its way."), "success")
    return _back(organisation)


@blueprint.post("/organisationer/<organisation>/invitationer/<invitation>/tag-tilbage")
def withdraw_invitation(organisation: str, invitation: str) -> Response:
    """Take an invitation back."""
    found, now = found_organisation(organisation), utc_now()
    pending = invitations.pending(now=now, organisation_id=found.id)
    wanted = next((each for each in pending if each.public_id == invitation), None)
    if wanted is not None:
        with transaction():
            invitations.withdraw(wanted, by=current_account(), now=now)
        flash(_("The invitation is taken back."), "success")
    return _back(organisation)


@blueprint.post("/organisationer/<organisation>/medlemmer/<user>/rettigheder")
def change_rights(organisation: str, user: str) -> Response:
    """Let a member do more or less here."""
    found, member = _found(organisation, user)
    wanted = request.form.get("rights", "")
    if wanted not in set(Rights):
        abort(400)
    with transaction():
        members.change_rights(member, found.id, Rights(wanted), by=current_account(), now=utc_now())
    flash(_("%(name)s %(may)s now.", name=member.name, may=said.rights_name(wanted)), "success")
    return _back(organisation)


@blueprint.get("/organisationer/<organisation>/medlemmer/<user>/fjern")
def remove_member_page(organisation: str, user: str) -> Answer:
    """What ending a membership means."""
    found, member = _found(organisation, user)
    if all(each.user_id != member.id for each in members.members_of(found.id)):
        return redirect(url_for(".organisation", organisation=organisation))
    meaning = [
        _("They lose access to the activities of %(organisation)s. Their account stays.", organisation=found.name)
    ]
    if members.is_last_editor(member, found.id):
        meaning.append(_("Nobody else may publish for this organisation. Invite somebody, so that it goes on."))
    return render_template(
        "staff/confirm.html",
        question=_("Remove %(name)s from %(organisation)s?", name=member.name, organisation=found.name),
        meaning=meaning,
        press=_("Remove"),
        takes=True,
        back_url=url_for(".organisation", organisation=organisation),
        back=found.name,
        errors=[],
    )


@blueprint.post("/organisationer/<organisation>/medlemmer/<user>/fjern")
def remove_member(organisation: str, user: str) -> Response:
    """End a membership; the account stays."""
    found, member = _found(organisation, user)
    with transaction():
        members.remove(member, found.id, by=current_account(), now=utc_now())
    flash(_("%(name)s is no member any more.", name=member.name), "success")
    return _back(organisation)


def _found(organisation: str, user: str) -> tuple[Organisation, User]:
    member = members.by_public_id(user)
    if member is None:
        abort(404)
    return found_organisation(organisation), member


def _back(organisation: str) -> Response:
    return redirect(url_for(".organisation", organisation=organisation), 303)
