"""What accounts leave behind goes when its time is over: the log, sessions, what nobody can use any more, and in the end
the accounts that have been closed for long."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select

from engage import outbox
from engage.accounts import audit, chats, sessions
from engage.accounts.letters import ABOUT_AN_ACCOUNT
from engage.accounts.models import Invitation, User
from engage.accounts.moving import STOP_WITHIN, EmailChange
from engage.base.config import current_settings
from engage.base.db import db

# An invitation holds the address of somebody who may never have wanted one; the log keeps that it was sent.
_INVITATIONS = timedelta(days=30)


def expire(now: datetime) -> int:
    """Delete old entries of the log, sessions, invitations and changes of address. Returns how many."""
    gone = db.session.execute(delete(Invitation).where(Invitation.expires_at < now - _INVITATIONS))
    moved = db.session.execute(delete(EmailChange).where(EmailChange.asked_at < now - STOP_WITHIN))
    counts: int = gone.rowcount + moved.rowcount  # type: ignore[attr-defined]
    return audit.expire(now) + sessions.expire(now) + chats.expire(now) + counts


def erase_next(now: datetime) -> bool:
    """Erase one account that was closed longer ago than the city keeps them; False when there is none.

    All of its own goes with it: name, address, passkeys, memberships, letters to it, invitations of its address. What it
    made stays without an author, and the log keeps that an account of this id did what it did.
    """
    closed = select(User).where(~User.active, User.closed_at < now - current_settings().city.keep_closed_accounts)
    user = db.session.scalars(closed.order_by(User.id).limit(1).with_for_update(skip_locked=True)).one_or_none()
    if user is None:
        return False
    name = user.public_id
    audit.forget_names(user)
    changes = db.session.scalars(select(EmailChange.public_id).where(EmailChange.user_id == user.id)).all()
    invited = db.session.scalars(
        delete(Invitation).where(Invitation.email == user.email).returning(Invitation.public_id)
    ).all()
    outbox.forget(
        [
            *(f"{kind}:{name}" for kind in ABOUT_AN_ACCOUNT),
            *(f"email-change:{each}" for each in changes),
            *(f"invitation:{each}" for each in invited),
        ]
    )
    db.session.delete(user)
    db.session.flush()
    audit.record(None, "account.erased", f"account:{name}", {}, now)
    return True
