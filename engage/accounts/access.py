"""Who may do what: one function per permission. Doors ask here, rules raise `NotAllowed`."""

from sqlalchemy import select

from engage.accounts.models import Membership, Rights, RoleName, User
from engage.accounts.organisations import Organisation
from engage.base.db import db
from engage.base.errors import Refusal
from engage.base.i18n import lazy_gettext as _l


class NotAllowed(Refusal):
    """The account may not do this."""

    code = "not_allowed"
    message = _l("You do not have access to this. Ask the person who invited you, or write to us.")


def may_review(user: User) -> bool:
    """Whether `user` may approve activities, look after organisations and read the audit log."""
    return user.is_active and (user.has_role(RoleName.STAFF) or user.has_role(RoleName.ADMIN))


def may_answer(user: User) -> bool:
    """Whether `user` may answer citizens' questions, and approve answers for everybody."""
    return may_review(user)


def may_administer(user: User) -> bool:
    """Whether `user` may give roles, and invite staff."""
    return user.is_active and user.has_role(RoleName.ADMIN)


def may_edit(user: User, organisation_id: int) -> bool:
    """Whether `user` may change what this organisation holds, and invite its members. Staff may, to help on the phone."""
    return may_review(user) or _rights(user, organisation_id) == Rights.EDITOR


def may_check_in(user: User, organisation_id: int) -> bool:
    """Whether `user` may see who is coming to this organisation's activities, and tick them off."""
    return may_review(user) or _rights(user, organisation_id) is not None


def may_see_sign_ups(user: User, organisation_id: int) -> bool:
    """Whether `user` may see all that people told when signing up: addresses, answers, ages. Who only checks in may not."""
    return may_review(user) or _rights(user, organisation_id) == Rights.EDITOR


def may_decide_on_sign_ups(user: User, organisation_id: int) -> bool:
    """Whether `user` may approve, add, move and remove people. Staff may, to help on the phone."""
    return may_review(user) or _rights(user, organisation_id) == Rights.EDITOR


def organisations_of(user: User, rights: Rights | None = None) -> list[Organisation]:
    """The organisations `user` is a member of, with exactly these `rights` if some are asked for, by name."""
    wanted = select(Organisation).join(Membership).where(Membership.user_id == user.id).order_by(Organisation.name)
    if rights is not None:
        wanted = wanted.where(Membership.rights == rights)
    return list(db.session.scalars(wanted))


def allow(permitted: bool) -> None:
    """Raise `NotAllowed` unless `permitted`, which one of the questions above answered."""
    if not permitted:
        raise NotAllowed


def _rights(user: User, organisation_id: int) -> Rights | None:
    if not user.is_active:
        return None
    found = (each.rights for each in user.memberships if each.organisation_id == organisation_id)
    return next(found, None)
