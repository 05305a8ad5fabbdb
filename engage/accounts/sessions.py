"""In which browsers an account is signed in: begun at sign-in, looked up with each request, ended one by one or all.

The cookie carries a random name; the table keeps its hash, so that a copy of the table opens nothing.
"""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, select, text
from sqlalchemy.orm import joinedload, selectinload

from engage.accounts.models import Factor, User, UserSession
from engage.base.db import db

# A browser that is not used for this long is signed out; a desk in the town hall sooner than a volunteer's own phone.
UNUSED = timedelta(days=14)
UNUSED_BY_STAFF = timedelta(hours=12)
# However often it is used, everybody signs in anew at least this often.
LONGEST = timedelta(days=30)
# "Last seen" is true to this: a write with each page would cost more than the page.
_SEEN_EVERY = timedelta(minutes=5)


def begin(user: User, factors: list[Factor], browser: str, system: str, now: datetime) -> str:
    """Sign `user` in; returns the name to keep in their cookie, which stands nowhere else."""
    name = secrets.token_urlsafe(32)
    session = UserSession(
        hash=_hash(name),
        user_id=user.id,
        browser=browser,
        system=system,
        factors=[str(factor) for factor in factors],
        created_at=now,
        last_seen_at=now,
    )
    db.session.add(session)
    user.last_sign_in_at = now
    db.session.flush()
    return name


def find(name: str, uniquifier: str, now: datetime) -> UserSession | None:
    """The session of this name, with its account, roles and memberships, if it may still be used."""
    wanted = (
        select(UserSession)
        .join(UserSession.user)
        .where(UserSession.hash == _hash(name), User.fs_uniquifier == uniquifier)
        .options(joinedload(UserSession.user).options(joinedload(User.roles), selectinload(User.memberships)))
    )
    session = db.session.scalars(wanted).unique().one_or_none()
    if session is None or not session.user.is_active or now - session.created_at > LONGEST:
        return None
    unused = UNUSED_BY_STAFF if session.user.works_for_the_city else UNUSED
    if now - session.last_seen_at > unused:
        return None
    if now - session.last_seen_at > _SEEN_EVERY:
        _see(session.id, now)
    return session


def of(user: User) -> list[UserSession]:
    """Where `user` is signed in, the browser used last first."""
    every = (
        select(UserSession)
        .where(UserSession.user_id == user.id)
        .order_by(UserSession.last_seen_at.desc(), UserSession.id)
    )
    return list(db.session.scalars(every))


def add_factor(session: UserSession, factor: Factor) -> None:
    """Remember that this session has proven one more factor."""
    if factor not in session.factors:
        session.factors.append(str(factor))


def end(user: User, session_id: int) -> bool:
    """Sign `user` out in one browser; False when it is not theirs or was ended already."""
    gone = delete(UserSession).where(UserSession.id == session_id, UserSession.user_id == user.id)
    return bool(db.session.execute(gone).rowcount)  # type: ignore[attr-defined]


def end_all(user: User, save: int | None = None) -> int:
    """Sign `user` out everywhere, save in the session `save`. Returns how many browsers that were."""
    gone = delete(UserSession).where(UserSession.user_id == user.id)
    if save is not None:
        gone = gone.where(UserSession.id != save)
    return int(db.session.execute(gone).rowcount)  # type: ignore[attr-defined]


def expire(now: datetime) -> int:
    """Delete sessions that can be used no more. Returns how many."""
    over = (UserSession.last_seen_at < now - UNUSED) | (UserSession.created_at < now - LONGEST)
    return int(db.session.execute(delete(UserSession).where(over)).rowcount)  # type: ignore[attr-defined]


def _hash(name: str) -> bytes:
    # Plain SHA-256 is enough for 256 random bits: there is nothing to guess.
    return hashlib.sha256(name.encode()).digest()


def _see(session_id: int, now: datetime) -> None:
    """Note that the session was used; by itself, since the page it happens on only reads."""
    statement = text("UPDATE account_session SET last_seen_at = :now WHERE id = :id AND last_seen_at < :now")
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(statement, {"now": now, "id": session_id})
