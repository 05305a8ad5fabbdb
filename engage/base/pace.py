"""How fast something may go on, kept in PostgreSQL for all processes: each key has an instant from which it is free again.

That is a leaky bucket as one number (the generic cell rate algorithm): every use moves the instant on by what it costs, and
a key may run ahead of it by some tolerance. The table is unlogged, since after a crash everything may go at once anyway.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import String, text
from sqlalchemy.orm import Mapped, mapped_column

from engage.base.db import Base, ask, db


class Pace(Base):
    """From when on `key` may be used again."""

    __tablename__ = "pace"
    __table_args__ = {"prefixes": ["UNLOGGED"]}  # noqa: RUF012  (the base class declares it)

    key: Mapped[str] = mapped_column(String(300), primary_key=True)
    free_at: Mapped[datetime]


_PAUSE = """
INSERT INTO pace (key, free_at) VALUES (%(key)s, %(until)s)
ON CONFLICT (key) DO UPDATE SET free_at = greatest(pace.free_at, excluded.free_at)
"""


def pause(key: str, until: datetime) -> None:
    """Let nobody use `key` before `until`, in the caller's transaction."""
    ask(_PAUSE, {"key": key, "until": until})


def free_at(key: str) -> datetime | None:
    """From when on `key` is free; None when it always was."""
    row = ask("SELECT free_at FROM pace WHERE key = %(key)s", {"key": key}).fetchone()
    return row[0] if row else None


def forget(names: Sequence[str]) -> None:
    """Delete the keys that end with one of these names, such as a chat: its person asked to be forgotten."""
    if names:
        ask("DELETE FROM pace WHERE split_part(key, ':', -1) = ANY(%(names)s)", {"names": list(names)})


def forget_idle(now: datetime, longer_than: timedelta = timedelta(hours=1)) -> int:
    """Delete keys that have long been free. Returns how many."""
    result = db.session.execute(text("DELETE FROM pace WHERE free_at < :before"), {"before": now - longer_than})
    return int(result.rowcount)  # type: ignore[attr-defined]
