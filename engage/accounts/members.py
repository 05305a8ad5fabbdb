"""Who belongs to what: give and take roles and rights, close an account and open it again. Each is recorded."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import selectinload

from engage.accounts import audit, letters, sessions
from engage.accounts.access import NotAllowed, allow, may_administer, may_edit, may_review
from engage.accounts.letters import Access
from engage.accounts.models import Membership, Rights, Role, RoleName, User
from engage.base.db import db
from engage.base.errors import Refusal
from engage.base.i18n import lazy_gettext as _l

_GIVEN = {RoleName.STAFF: Access.STAFF, RoleName.ADMIN: Access.ADMIN}
_TAKEN = {RoleName.STAFF: Access.NO_STAFF, RoleName.ADMIN: Access.NO_ADMIN}


class LastAdmin(Refusal):
    """Somebody must be left who can let others in."""

    code = "last_admin"
    message = _l("This is the only admin. Make somebody else an admin first.")


class LastSecondStep(NotAllowed):
    """Who works for the city has a second step at all times."""

    code = "last_second_step"
    message = _l("This is your only second step, and your work needs one. Add another one first, then remove this.")


class LastEditor(Refusal):
    """Somebody must be left in the organisation who can publish and let others in."""

    code = "last_editor"
    message = _l("Somebody must be able to publish. Let another member publish first, or invite somebody who can.")


class NoSuchMember(Refusal):
    """The account is no member there."""

    code = "no_such_member"
    message = _l("This person is no member of the organisation any more.")


def by_public_id(public_id: str) -> User | None:
    """The account with this public name."""
    return db.session.scalar(select(User).where(User.public_id == public_id))


def search(words: str = "", *, role: RoleName | None = None, limit: int = 200) -> Sequence[User]:
    """Accounts whose name or address holds all of `words`, with their roles and organisations, by name."""
    wanted = select(User).options(
        selectinload(User.roles),
        selectinload(User.memberships).joinedload(Membership.organisation),
        selectinload(User.webauthn),
    )
    for word in words.split():
        wanted = wanted.where(
            or_(User.name.icontains(word, autoescape=True), User.email.icontains(word, autoescape=True))
        )
    if role is not None:
        wanted = wanted.where(User.roles.any(Role.name == role))
    return db.session.scalars(wanted.order_by(func.lower(User.name), User.id).limit(limit)).all()


def members_of(organisation_id: int) -> Sequence[Membership]:
    """The members of an organisation with their accounts, by name."""
    found = select(Membership).join(User).options(selectinload(Membership.user))
    return db.session.scalars(found.where(Membership.organisation_id == organisation_id).order_by(User.name)).all()


def is_last_editor(user: User, organisation_id: int) -> bool:
    """Whether nobody but `user` may publish for the organisation."""
    editors = {
        each.user_id for each in members_of(organisation_id) if each.rights == Rights.EDITOR and each.user.active
    }
    return editors == {user.id}


def give_role(user: User, role: RoleName, *, by: User, now: datetime) -> None:
    """Make `user` staff or an admin, and tell them. They are led to a second step the next time they come.

    Raises `NotAllowed`.
    """
    allow(may_administer(by))
    if not user.has_role(role):
        user.roles.append(Role(name=role))
        db.session.flush()
        audit.record(by, "account.role_given", f"account:{user.public_id}", {"role": role}, now)
        letters.access_changed(user, by, _GIVEN[role], now)


def take_role(user: User, role: RoleName, *, by: User, now: datetime) -> None:
    """Take a role back, and tell them. Raises `NotAllowed`, or `LastAdmin`."""
    allow(may_administer(by))
    held = next((each for each in user.roles if each.name == role), None)
    if held is None:
        return
    if role == RoleName.ADMIN:
        _refuse_last_admin(user)
    user.roles.remove(held)
    db.session.flush()
    audit.record(by, "account.role_taken", f"account:{user.public_id}", {"role": role}, now)
    letters.access_changed(user, by, _TAKEN[role], now)


def member_of(public_id: str, organisation_id: int) -> Membership | None:
    """The membership of the account with this public name in an organisation."""
    found = select(Membership).join(User).options(selectinload(Membership.user))
    return db.session.scalar(found.where(Membership.organisation_id == organisation_id, User.public_id == public_id))


def change_rights(user: User, organisation_id: int, rights: Rights, *, by: User, now: datetime) -> None:
    """Let a member do more or less for their organisation; they are told. Raises `NotAllowed`, `NoSuchMember` or `LastEditor`."""
    allow(may_edit(by, organisation_id))
    able, membership = _locked(user, organisation_id)
    if membership.rights == rights:
        return
    _refuse_last_editor(membership, able, by)
    membership.rights = rights
    db.session.flush()
    facts = {"organisation": organisation_id, "rights": rights}
    audit.record(by, "account.rights_changed", f"account:{user.public_id}", facts, now)
    if user.id != by.id:
        letters.rights_changed(membership, by, now)


def remove(user: User, organisation_id: int, *, by: User, now: datetime) -> None:
    """End a membership; anybody may end their own. Who is removed is told.

    Raises `NotAllowed`, `NoSuchMember` or `LastEditor`.
    """
    allow(by.id == user.id or may_edit(by, organisation_id))
    able, membership = _locked(user, organisation_id)
    _refuse_last_editor(membership, able, by)
    if user.id != by.id:
        letters.membership_ended(membership, by, now)
    user.memberships.remove(membership)
    db.session.flush()
    audit.record(by, "account.membership_ended", f"account:{user.public_id}", {"organisation": organisation_id}, now)


def close(user: User, *, by: User, now: datetime) -> None:
    """Close an account: signed out everywhere at once, and nobody gets in until it is opened. Its traces stay until it is
    erased (`forgetting.erase_next`). Its holder is told.

    Raises `NotAllowed`, or `LastAdmin`.
    """
    allow(may_administer(by))
    if not user.active:
        return
    if user.has_role(RoleName.ADMIN):
        _refuse_last_admin(user)
    user.active, user.closed_at = False, now
    user.fs_uniquifier = uuid.uuid4().hex
    sessions.end_all(user)
    audit.record(by, "account.closed", f"account:{user.public_id}", {}, now)
    letters.access_changed(user, by, Access.CLOSED, now)


def reopen(user: User, *, by: User, now: datetime) -> None:
    """Open a closed account, and tell its holder. Raises `NotAllowed`."""
    allow(may_administer(by))
    if user.active:
        return
    user.active, user.closed_at = True, None
    db.session.flush()
    audit.record(by, "account.opened", f"account:{user.public_id}", {}, now)
    letters.access_changed(user, by, Access.OPEN, now)


def reset_second_step(user: User, *, by: User | None, now: datetime) -> None:
    """For who lost phone and spare codes: take the second step and all passkeys away, and end every session.

    The password stays; staff set a new second step up before anything else. `by` None is the console. Raises `NotAllowed`.
    """
    allow(by is None or may_administer(by))
    user.tf_primary_method = user.tf_totp_secret = None
    user.mf_recovery_codes = None
    user.webauthn.clear()
    sessions.end_all(user)
    db.session.flush()
    audit.record(by, "account.second_step_reset", f"account:{user.public_id}", {}, now)
    letters.second_step_changed(user, on=False, now=now)


def refuse_last_second_step(user: User, *, left: int) -> None:
    """Raise `LastSecondStep` for who must have one when none would be left: the password alone would then set up a new one."""
    if user.works_for_the_city and left < 1:
        raise LastSecondStep


def _locked(user: User, organisation_id: int) -> tuple[set[int], Membership]:
    """Who can publish, and the membership about to be changed; raises `NoSuchMember`.

    The editors' rows are locked, so that two of them cannot remove each other at the same moment, and read anew afterwards.
    """
    editors = (
        select(Membership.user_id)
        .join(User)
        .where(Membership.organisation_id == organisation_id, Membership.rights == Rights.EDITOR, User.active)
    )
    able = set(db.session.scalars(editors.order_by(Membership.user_id).with_for_update(of=Membership)))
    db.session.refresh(user, ["memberships"])
    found = next((each for each in user.memberships if each.organisation_id == organisation_id), None)
    if found is None:
        raise NoSuchMember
    return able, found


def _refuse_last_editor(membership: Membership, able: set[int], by: User) -> None:
    """Staff may take the last one: somebody may have left for good, and staff can invite the next."""
    if membership.rights == Rights.EDITOR and able <= {membership.user_id} and not may_review(by):
        raise LastEditor


def _refuse_last_admin(user: User) -> None:
    """The admins are locked, so that two of them cannot take each other's role at the same moment."""
    admins = select(User.id).join(Role).where(Role.name == RoleName.ADMIN, User.active).with_for_update()
    if set(db.session.scalars(admins)) <= {user.id}:
        raise LastAdmin
