"""Numbers from which STOP was said, whether or not anybody here knew them, until START is said from them.

Kept as a keyed hash, since nothing else of the number is needed to leave it in peace. Forgetting a person leaves the row: it is
the one thing about a telephone that must be remembered, or the next who gives the number would have us write there again.
"""

from datetime import datetime

from sqlalchemy import String, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from engage.base.config import current_settings
from engage.base.db import Base, db
from engage.base.sms import stop_key


class SmsStop(Base):
    """STOP was said from the number that `key` stands for."""

    __tablename__ = "sms_stopped"

    key: Mapped[str] = mapped_column(String(32), primary_key=True)
    said_at: Mapped[datetime]


def note(number: str, now: datetime) -> None:
    """STOP was said from this number; once is enough."""
    db.session.execute(insert(SmsStop).values(key=_key(number), said_at=now).on_conflict_do_nothing())


def take_back(number: str) -> None:
    """START was said from this number."""
    db.session.execute(delete(SmsStop).where(SmsStop.key == _key(number)))


def is_noted(number: str) -> bool:
    """Whether STOP was said from this number, and START not since."""
    return db.session.scalar(select(SmsStop.key).where(SmsStop.key == _key(number))) is not None


def _key(number: str) -> str:
    return stop_key(current_settings().secret_key, number)
