"""What is known of the bot since it last said who it is, so that pages can lead to it."""

from datetime import datetime

from sqlalchemy import BigInteger, String, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from engage.base.config import current_settings
from engage.base.db import Base, db

# What every page that is kept depends on, see `activities.facts.revision`.
_RISE = """
INSERT INTO revision (name, number) VALUES ('telegram', 1) ON CONFLICT (name) DO UPDATE SET number = revision.number + 1
"""


class TelegramBot(Base):
    """A bot by its own id: the name people find it by, and whether it may be asked from other chats."""

    __tablename__ = "telegram_bot"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(64))
    inline: Mapped[bool]
    seen_at: Mapped[datetime]


def remember(bot: int, name: str, *, inline: bool, now: datetime) -> None:
    """Note who the bot says it is. When its name is new, every page that may lead to it is made anew."""
    before = db.session.scalar(select(TelegramBot.name).where(TelegramBot.id == bot))
    if before != name:
        db.session.execute(text(_RISE))
    known = {"id": bot, "name": name, "inline": inline, "seen_at": now}
    made = insert(TelegramBot).values(**known)
    db.session.execute(made.on_conflict_do_update(index_elements=["id"], set_=known))


def name() -> str:
    """The name of this installation's bot, or "" while there is none, or it has never said who it is."""
    settings = current_settings().telegram
    if settings is None:
        return ""
    return db.session.scalar(select(TelegramBot.name).where(TelegramBot.id == settings.bot)) or ""


def inline(bot: int) -> bool:
    """Whether the bot may be asked from other chats, as BotFather was told."""
    return bool(db.session.scalar(select(TelegramBot.inline).where(TelegramBot.id == bot)))
