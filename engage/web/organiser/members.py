"""Who publishes for one's own organisation, and who receives people: the list, invitations, rights, and the way out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engage.accounts import Invitation, Membership, Organisation, Rights, access, invitations
from engage.accounts import members as rules
from engage.base import i18n, wording
from engage.base.clock import utc_now
from engage.base.config import current_settings
from engage.base.db import transaction
from engage.base.errors import Refusal
from engage.base.i18n import gettext as _
from engage.web.organiser import blueprint, doors
from engage.web.who import current_account

Answer = str | Response | tuple[str, int]
Errors = tuple[tuple[str, str], ...]
_PATH = "/medlemmer/<organisation>"


@dataclass(frozen=True, slots=True)
class MemberView:
    """A member in the list. `rights` is what is chosen in its field; `own` tells that it is the one who looks."""

    public_id: str
    name: str
    email: str
    rights: str
    own: bool
    closed: bool


@dataclass(frozen=True, slots=True)
class InvitationView:
    """Somebody who was asked and has not answered; `lapsed` when the link does not work any more."""

    public_id: str
    email: str
    rights: str
    until: str
    lapsed: bool


@blueprint.get("/medlemmer")
def members() -> str:
    """Who belongs to the organisation, who was asked, and the form that asks one more."""
    return _page(doors.editable_organisation())


@blueprint.post(_PATH + "/inviter")
def invite(organisation: str) -> Answer:
    """Invite somebody by e-mail."""
    own = doors.named_organisation(organisation)
    rights, language = request.form.get("rights", ""), request.form.get("language", "")
    try:
        with transaction():
            made = invitations.invite(
                request.form.get("email", ""),
                by=current_account(),
                now=utc_now(),
                language=language if language in current_settings().city.languages else i18n.current_language(),
                organisation_id=own.id,
                rights=Rights(rights) if rights in set(Rights) else Rights.CHECK_IN,
            )
            email = made.invitation.email
    except Refusal as refusal:
        return _page(own, (("email", str(refusal)),), request.form), 422
    flash(_("The invitation to %(email)s is on its way.", email=email), "success")
    return _back()


@blueprint.post(_PATH + "/invitationer/<invitation>/<what>")
def change_invitation(organisation: str, invitation: str, what: str) -> Response:
    """Send an invitation once more ("igen"), or take it back ("tag-tilbage")."""
    own, now = doors.named_organisation(organisation), utc_now()
    asked = next((each for each in invitations.unanswered(own.id) if each.public_id == invitation), None)
    if asked is None or what not in {"igen", "tag-tilbage"}:
        abort(404)
    email = asked.email
    try:
        with transaction():
            if what == "igen":
                invitations.resend(asked, by=current_account(), now=now)
            else:
                invitations.withdraw(asked, by=current_account(), now=now)
    except Refusal as refusal:
        flash(str(refusal), "error")
        return _back()
    if what == "igen":
        flash(_("A new invitation to %(email)s is on its way. The old link works no more.", email=email), "success")
    else:
        flash(_("The invitation to %(email)s is taken back.", email=email), "success")
    return _back()


@blueprint.post(_PATH + "/<user>/rettigheder")
def change_rights(organisation: str, user: str) -> Answer:
    """Let a member do more or less."""
    own = doors.named_organisation(organisation)
    member, asked = _member(own, user).user, request.form.get("rights", "")
    if asked not in set(Rights):
        abort(400)
    try:
        with transaction():
            rules.change_rights(member, own.id, Rights(asked), by=current_account(), now=utc_now())
    except rules.LastEditor as refusal:
        return _page(own, ((f"rights-{user}", str(refusal)),)), 422
    flash(_("Saved."), "success")
    return _back() if access.may_edit(current_account(), own.id) else redirect(url_for(".home"), 303)


@blueprint.get(_PATH + "/<user>/fjern")
def remove_member_page(organisation: str, user: str) -> str:
    """Ask once more, and say what stays."""
    own = doors.named_organisation(organisation)
    member = _member(own, user).user
    return render_template(
        "organiser/members_remove.html", organisation=own, name=member.name, own=member.id == current_account().id
    )


@blueprint.post(_PATH + "/<user>/fjern")
def remove_member(organisation: str, user: str) -> Answer:
    """End a membership; the account stays. Who ends their own may have no room left here."""
    own, account = doors.named_organisation(organisation), current_account()
    member = _member(own, user).user
    name, leaves = member.name, member.id == account.id
    try:
        with transaction():
            rules.remove(member, own.id, by=account, now=utc_now())
    except rules.LastEditor as refusal:
        return _page(own, ((f"rights-{user}", str(refusal)),)), 422
    if leaves:
        flash(_("You are no member of %(organisation)s any more.", organisation=own.name), "success")
        return redirect(url_for("account.onward"), 303)
    flash(_("%(name)s is no member any more.", name=name), "success")
    return _back()


def _back() -> Response:
    return redirect(url_for(".members"), 303)


def _member(own: Organisation, user: str) -> Membership:
    found = rules.member_of(user, own.id)
    if found is None:
        abort(404)
    return found


def _page(own: Organisation, errors: Errors = (), values: Mapping[str, str] = MappingProxyType({})) -> str:
    account, now = current_account(), utc_now()
    asked = request.form.get("rights", "") if errors and not values else ""
    failed = errors[0][0] if errors else ""
    return render_template(
        "organiser/members.html",
        organisation=own,
        organisations=doors.own_organisations(account),
        members=[_view(each, account.id, asked if failed.endswith(each.user.public_id) else "") for each in _of(own)],
        invitations=[_invitation(each, now) for each in invitations.unanswered(own.id)],
        rights=[
            (Rights.EDITOR, _("Publish and change activities")),
            (Rights.CHECK_IN, _("Only receive people at the door")),
        ],
        mail_languages=[(code, i18n.NAMES.get(code, code)) for code in current_settings().city.languages],
        values={"language": i18n.current_language(), "rights": Rights.EDITOR, **values},
        errors=errors,
    )


def _of(own: Organisation) -> list[Membership]:
    return sorted(rules.members_of(own.id), key=lambda each: wording.alphabetical(each.user.name))


def _view(membership: Membership, account_id: int, asked: str) -> MemberView:
    user = membership.user
    return MemberView(
        user.public_id, user.name, user.email, asked or membership.rights, user.id == account_id, not user.active
    )


def _invitation(each: Invitation, now: datetime) -> InvitationView:
    zone = current_settings().city.zone
    until = wording.long_date(each.expires_at.astimezone(zone).date())
    return InvitationView(each.public_id, each.email, each.rights or "", until, each.expires_at <= now)
