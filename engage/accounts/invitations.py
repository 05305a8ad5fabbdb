"""Invitations: the only way to an account. A signed link, used once, within seven days."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, update

from engage import outbox
from engage.accounts import audit, letters
from engage.accounts.access import allow, may_administer, may_edit
from engage.accounts.models import Invitation, Membership, Rights, Role, RoleName, User
from engage.base import tokens
from engage.base.config import current_settings
from engage.base.db import db
from engage.base.errors import Refusal
from engage.base.i18n import lazy_gettext as _l
from engage.base.identifiers import public_id
from engage.people import normalise_email

VALID_FOR = timedelta(days=7)
_PURPOSE = "invitation"


class InvitationIsOver(Refusal):
    """It was used, withdrawn or is too old."""

    code = "invitation_over"
    message = _l("This invitation was used already, or it is too old. Ask the person who invited you for a new one.")


class HasAccess(Refusal):
    """The invited person has what they would be invited to."""

    code = "has_access"
    message = _l("This person has access already.")


@dataclass(frozen=True)
class Invited:
    """An invitation that was made, and its link, which stands nowhere else."""

    invitation: Invitation
    link: str


def invite(
    email: str,
    *,
    by: User | None,
    now: datetime,
    language: str,
    role: RoleName | None = None,
    organisation_id: int | None = None,
    rights: Rights | None = None,
) -> Invited:
    """Invite somebody: with a `role`, or into an organisation with `rights`. Queues the mail and records it.

    An earlier invitation of the same address to the same thing is withdrawn. `by` None is the console, which may do
    everything. Raises `NotAllowed`, `HasAccess` or `people.EmailNotUsable`.
    """
    address = normalise_email(email)
    if by is not None:
        allow(may_administer(by) if role is not None else organisation_id is not None and may_edit(by, organisation_id))
    _refuse_who_has_it(address, role, organisation_id)
    _withdraw_earlier(address, role, organisation_id, now)
    invitation = Invitation(
        public_id=public_id(12),
        email=address,
        language=language,
        role=role,
        organisation_id=organisation_id,
        rights=rights,
        invited_by_id=by.id if by is not None else None,
        created_at=now,
        expires_at=now + VALID_FOR,
    )
    db.session.add(invitation)
    db.session.flush()
    link = current_settings().links.invitation(_token(invitation))
    letters.invitation(invitation, by, link, now)
    audit.record(by, "invitation.sent", f"invitation:{invitation.public_id}", _facts(invitation), now)
    return Invited(invitation, link)


def opened(token: str, now: datetime) -> Invitation:
    """The invitation a link speaks of; raises `LinkNotValid` or `InvitationIsOver`. Opening it uses nothing up."""
    name = tokens.unsign_timed(current_settings().secret_key, _PURPOSE, token, VALID_FOR)
    invitation = db.session.scalar(select(Invitation).where(Invitation.public_id == name))
    if invitation is None or invitation.accepted_at or invitation.withdrawn_at or invitation.expires_at <= now:
        raise InvitationIsOver
    return invitation


def accept(invitation: Invitation, *, name: str, password: str | None, language: str, now: datetime) -> User:
    """Use the invitation up and give what it promised, to the account of its address, which is made if need be.

    `password` is a hash, and is kept only where the account is new; whoever has an account signs in with what they have.
    The address needs no further proof: the link was sent there. Raises `InvitationIsOver` when it was used meanwhile.
    """
    _use_up(invitation, now)
    user = account_of(invitation.email)
    if user is None:
        user = new_account(invitation.email, name, language, password, now)
    elif not user.active:
        raise InvitationIsOver
    grant(user, invitation)
    audit.record(user, "invitation.accepted", f"invitation:{invitation.public_id}", _facts(invitation), now)
    return user


def accept_all(email: str, *, name: str, language: str, now: datetime) -> User | None:
    """Accept every open invitation of an address somebody has proven to be theirs; None when there is none."""
    user = None
    for invitation in pending(email=email, now=now):
        user = accept(invitation, name=name, password=None, language=language, now=now)
    return user


def resend(invitation: Invitation, *, by: User, now: datetime) -> Invited:
    """Send an open or lapsed invitation anew, with a new link; the old one opens nothing any more.

    Raises `NotAllowed`, `HasAccess`, or `InvitationIsOver` when it was used or withdrawn.
    """
    if invitation.accepted_at or invitation.withdrawn_at:
        raise InvitationIsOver
    return invite(
        invitation.email,
        by=by,
        now=now,
        language=invitation.language,
        role=invitation.role,
        organisation_id=invitation.organisation_id,
        rights=invitation.rights,
    )


def withdraw(invitation: Invitation, *, by: User, now: datetime) -> None:
    """Take an invitation back, with its mail if that has not left yet. Raises `NotAllowed`."""
    organisation_id = invitation.organisation_id
    allow(may_administer(by) if organisation_id is None else may_edit(by, organisation_id))
    invitation.withdrawn_at = now
    outbox.withdraw(f"invitation:{invitation.public_id}", now)
    audit.record(by, "invitation.withdrawn", f"invitation:{invitation.public_id}", _facts(invitation), now)


def pending(*, now: datetime, organisation_id: int | None = None, email: str | None = None) -> Sequence[Invitation]:
    """Invitations that can still be used: all, those of an organisation, or those of an address; the newest first."""
    wanted = select(Invitation).where(
        Invitation.accepted_at.is_(None), Invitation.withdrawn_at.is_(None), Invitation.expires_at > now
    )
    if organisation_id is not None:
        wanted = wanted.where(Invitation.organisation_id == organisation_id)
    if email is not None:
        wanted = wanted.where(Invitation.email == email.lower())
    return db.session.scalars(wanted.order_by(Invitation.created_at.desc(), Invitation.id.desc())).all()


def unanswered(organisation_id: int) -> Sequence[Invitation]:
    """An organisation's invitations that were neither used nor withdrawn, lapsed ones too, the newest first."""
    wanted = select(Invitation).where(
        Invitation.organisation_id == organisation_id,
        Invitation.accepted_at.is_(None),
        Invitation.withdrawn_at.is_(None),
    )
    return db.session.scalars(wanted.order_by(Invitation.created_at.desc(), Invitation.id.desc())).all()


def account_of(email: str) -> User | None:
    """The account with this address, whether open or closed."""
    return db.session.scalar(select(User).where(User.email == email.strip().lower()))


def grant(user: User, invitation: Invitation) -> None:
    """Give `user` the role or the rights of an invitation; more rights are kept where they have them."""
    if invitation.role is not None:
        if not user.has_role(invitation.role):
            user.roles.append(Role(name=invitation.role))
    elif invitation.organisation_id is not None and invitation.rights is not None:
        has = next((each for each in user.memberships if each.organisation_id == invitation.organisation_id), None)
        if has is None:
            user.memberships.append(Membership(organisation_id=invitation.organisation_id, rights=invitation.rights))
        elif invitation.rights == Rights.EDITOR:
            has.rights = Rights.EDITOR
    db.session.flush()


def new_account(email: str, name: str, language: str, password: str | None, now: datetime) -> User:
    """An account that may do nothing yet. Its address must have been proven; `password` is a hash."""
    user = User(
        public_id=public_id(),
        email=email,
        name=name,
        language=language,
        active=True,
        password=password,
        fs_uniquifier=uuid.uuid4().hex,
        fs_webauthn_user_handle=uuid.uuid4().hex,
        created_at=now,
        roles=[],
        memberships=[],
    )
    db.session.add(user)
    db.session.flush()
    return user


def _use_up(invitation: Invitation, now: datetime) -> None:
    """One statement: of two people who press the button at once, one is too late."""
    still = (Invitation.id == invitation.id, Invitation.accepted_at.is_(None), Invitation.withdrawn_at.is_(None))
    used = update(Invitation).where(*still, Invitation.expires_at > now).values(accepted_at=now)
    if db.session.execute(used).rowcount != 1:  # type: ignore[attr-defined]
        raise InvitationIsOver


def _refuse_who_has_it(email: str, role: RoleName | None, organisation_id: int | None) -> None:
    if role is not None:
        held = select(func.count()).select_from(Role).join(User).where(User.email == email, Role.name == role)
    else:
        member = Membership.organisation_id == organisation_id
        held = select(func.count()).select_from(Membership).join(User).where(User.email == email, member)
    if db.session.scalar(held):
        raise HasAccess


def _withdraw_earlier(email: str, role: RoleName | None, organisation_id: int | None, now: datetime) -> None:
    """Lapsed ones too: a list of who has not answered names each address once."""
    earlier = select(Invitation).where(
        Invitation.email == email,
        Invitation.role.is_not_distinct_from(role),
        Invitation.organisation_id.is_not_distinct_from(organisation_id),
        Invitation.accepted_at.is_(None),
        Invitation.withdrawn_at.is_(None),
    )
    for each in db.session.scalars(earlier):
        each.withdrawn_at = now
        outbox.withdraw(f"invitation:{each.public_id}", now)


def _token(invitation: Invitation) -> str:
    return tokens.sign_timed(current_settings().secret_key, _PURPOSE, invitation.public_id)


def _facts(invitation: Invitation) -> dict[str, object]:
    """For the log: who was invited to what. Organisers and staff are named there, citizens never."""
    return {
        "email": invitation.email,
        "role": invitation.role,
        "organisation": invitation.organisation_id,
        "rights": invitation.rights,
    }
