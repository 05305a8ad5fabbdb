"""Chats in which somebody with an account may do what their account may: linked only when page and chat have both said so.

The page shows a code, the chat tells it, and the page confirms that this was the right chat. What the chat may do is asked
anew with each thing it does: the account may have been closed, or its rights taken, meanwhile.
"""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engage.accounts.models import User
from engage.base.db import Base


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
