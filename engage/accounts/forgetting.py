"""What accounts leave behind goes when its time is over: the log, sessions, and invitations nobody can use any more."""

from datetime import datetime, timedelta

from sqlalchemy import delete

from engage.accounts import audit, sessions
from engage.accounts.models import Invitation
from engage.base.db import db

# An invitation holds the address of somebody who may never have wanted one; the log keeps that it was sent.
_INVITATIONS = timedelta(days=30)


def expire(now: datetime) -> int:
    """Delete old entries of the log, sessions and invitations. Returns how many."""
    gone = db.session.execute(delete(Invitation).where(Invitation.expires_at < now - _INVITATIONS))
    return audit.expire(now) + sessions.expire(now) + int(gone.rowcount)  # type: ignore[attr-defined]
