"""Chats in which somebody with an account may do what their account may: linked only when page and chat have both said so.

The page shows a code, the chat tells it, and the page confirms that this was the right chat. What the chat may do is asked
anew with each thing it does: the account may have been closed, or its rights taken, meanwhile.
"""

import hashlib
import hmac
from datetime import datetime, timedelta

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, delete, select, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engage.accounts.models import User
from engage.base.config import current_settings
from engage.base.db import Base, db
from engage.base.errors import Refusal
from engage.base.i18n import lazy_gettext as _l
from engage.base.identifiers import public_id

# For typing eight letters from one screen into another, and for pressing a button on the first.
WITHIN = timedelta(minutes=10)


class ChatCodeNotKnown(Refusal):
    """No account shows this code now."""

    code = "chat_code_not_known"
    message = _l("I do not know this code, or it is too old. Make a new one on your account's page.")


class ChatNotWaiting(Refusal):
    """No chat has told the code, or that was too long ago."""

    code = "chat_not_waiting"
    message = _l("No chat is waiting to be linked. Make a new code.")


class AccountChat(Base):
    """A chat of an account. It counts once `confirmed_at` is set; until then it is a code (a hash of it) that was shown."""

    __tablename__ = "account_chat"
    __table_args__ = (
        CheckConstraint(
            "(channel IS NULL) = (claimed_at IS NULL) AND (identifier IS NULL) = (claimed_at IS NULL)",
            name="claimed_by_a_chat",
        ),
        Index(
            "uq_account_chat_confirmed",
            "channel",
            "identifier",
            unique=True,
            postgresql_where=text("confirmed_at IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    code_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32), unique=True)
    channel: Mapped[str | None] = mapped_column(String(20))
    identifier: Mapped[str | None] = mapped_column(String(254))
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    claimed_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]

    user: Mapped[User] = relationship()

    @property
    def check_number(self) -> int:
        """A number of two digits that page and chat both show, so that their owner sees that it is the same chat."""
        return 10 + hashlib.sha256(self.public_id.encode()).digest()[0] % 90


def begin(user: User, *, now: datetime) -> tuple[AccountChat, str]:
    """Make a code for a chat to tell, in the place of one that was made before."""
    db.session.execute(delete(AccountChat).where(AccountChat.user_id == user.id, AccountChat.confirmed_at.is_(None)))
    code = public_id(8)
    made = AccountChat(
        public_id=public_id(12), user_id=user.id, code_hash=_hidden(code), made_at=now, expires_at=now + WITHIN
    )
    db.session.add(made)
    db.session.flush()
    return made, f"{code[:4]}-{code[4:]}"


def claim(code: str, channel: str, identifier: str, *, now: datetime) -> AccountChat:
    """A chat tells a code: it waits for the page's yes. A code is good once. Refuses with `ChatCodeNotKnown`."""
    typed = "".join(each for each in code.lower() if each.isalnum())
    query = select(AccountChat).where(AccountChat.code_hash == _hidden(typed), AccountChat.expires_at > now)
    found = db.session.scalar(query.with_for_update())
    if found is None or not found.user.is_active:
        raise ChatCodeNotKnown
    found.code_hash, found.channel, found.identifier = None, channel, identifier
    found.claimed_at, found.expires_at = now, now + WITHIN
    db.session.flush()
    return found


def confirm(user: User, chat_public_id: str, *, now: datetime) -> AccountChat:
    """The page says yes to the chat that told its code; a chat is one account's at a time. Refuses with `ChatNotWaiting`."""
    own = (AccountChat.user_id == user.id, AccountChat.public_id == chat_public_id)
    found = db.session.scalar(select(AccountChat).where(*own).with_for_update())
    if found is not None and found.confirmed_at is not None:
        return found
    if found is None or found.claimed_at is None or found.expires_at <= now:
        raise ChatNotWaiting
    same = (AccountChat.channel == found.channel, AccountChat.identifier == found.identifier)
    db.session.execute(delete(AccountChat).where(*same, AccountChat.id != found.id))
    found.confirmed_at = now
    db.session.flush()
    return found


def unlink(user: User, chat_public_id: str) -> bool:
    """Let a chat go, or refuse one that waits. Whether there was one."""
    own = (AccountChat.user_id == user.id, AccountChat.public_id == chat_public_id)
    gone = db.session.execute(delete(AccountChat).where(*own))
    return bool(gone.rowcount)  # type: ignore[attr-defined]


def of(user: User, *, now: datetime) -> list[AccountChat]:
    """The chats of an account, and one that waits for its yes."""
    query = select(AccountChat).where(AccountChat.user_id == user.id, AccountChat.claimed_at.is_not(None))
    found = db.session.scalars(query.order_by(AccountChat.id))
    return [each for each in found if each.confirmed_at is not None or each.expires_at > now]


def account_of(channel: str, identifier: str) -> User | None:
    """The account that this chat may speak for now: linked by both sides, and still open."""
    query = select(AccountChat).where(
        AccountChat.channel == channel, AccountChat.identifier == identifier, AccountChat.confirmed_at.is_not(None)
    )
    found = db.session.scalar(query)
    return found.user if found is not None and found.user.is_active else None


def linked(channel: str) -> frozenset[str]:
    """The chats of a channel that may speak for an account now."""
    query = select(AccountChat.identifier, User).join(AccountChat.user)
    found = db.session.execute(query.where(AccountChat.channel == channel, AccountChat.confirmed_at.is_not(None)))
    return frozenset(identifier for identifier, user in found if identifier and user.is_active)


def expire(now: datetime) -> int:
    """Delete codes that nobody told or confirmed in time. Returns how many."""
    old = delete(AccountChat).where(AccountChat.confirmed_at.is_(None), AccountChat.expires_at < now)
    return int(db.session.execute(old).rowcount)  # type: ignore[attr-defined]


def _hidden(code: str) -> bytes:
    """A keyed hash: a code is short, and must not be found from the row."""
    return hmac.digest(current_settings().secret_key.encode(), f"account-chat {code}".encode(), hashlib.sha256)
