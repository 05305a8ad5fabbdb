"""Token buckets in PostgreSQL: how often something may happen, counted across all processes and machines.

A bucket holds at most `burst` tokens and refills evenly. The table is unlogged: after a crash every bucket is full again,
which is harmless, and taking a token never waits for a disk.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any, LiteralString

from sqlalchemy import Double, String, text
from sqlalchemy.orm import Mapped, mapped_column

from engage.base.config import current_settings
from engage.base.db import Base, alone, ask, db
from engage.base.errors import Refusal
from engage.base.i18n import lazy_gettext as _l


class TokenBucket(Base):
    """How many tokens a key had left, and when that was counted."""

    __tablename__ = "token_bucket"
    __table_args__ = {"prefixes": ["UNLOGGED"]}  # noqa: RUF012  (the base class declares it)

    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    tokens: Mapped[float] = mapped_column(Double)
    counted_at: Mapped[datetime]


@dataclass(frozen=True)
class Rate:
    """`burst` at once, refilled at `per_second` tokens a second."""

    burst: float
    per_second: float

    def wait(self, cost: float = 1) -> float:
        """How many seconds `cost` tokens take to come back to an empty bucket."""
        return cost / self.per_second if self.per_second else 0


_LATER = _l("That was a lot at once. Try again in %(minutes)s minutes. If that does not help, write to %(contact)s.")


class TooOften(Refusal):
    """The bucket is empty; `seconds` is how long it takes at most until there is enough in it for one more."""

    code = "too_often"
    message = _l("That was a lot at once. Wait a minute, then try again. If that does not help, write to %(contact)s.")

    def __init__(self, seconds: float = 0) -> None:
        minutes = ceil(seconds / 60)
        super().__init__(contact=current_settings().city.contact["email"], minutes=minutes)
        if minutes > 1:
            self.message = _LATER


# One statement, so that two processes never both take the last token: the conflicting row is locked while it is counted.
_TAKE: LiteralString = """
    INSERT INTO token_bucket AS bucket (key, tokens, counted_at)
    SELECT %(key)s::varchar, %(burst)s - %(cost)s, %(now)s::timestamptz WHERE %(burst)s >= %(cost)s
    ON CONFLICT (key) DO UPDATE SET
      tokens = LEAST(%(burst)s, bucket.tokens
                 + GREATEST(0, EXTRACT(EPOCH FROM (%(now)s - bucket.counted_at))) * %(per_second)s) - %(cost)s,
      counted_at = GREATEST(bucket.counted_at, %(now)s)
    WHERE LEAST(%(burst)s, bucket.tokens
            + GREATEST(0, EXTRACT(EPOCH FROM (%(now)s - bucket.counted_at))) * %(per_second)s) >= %(cost)s
    RETURNING tokens
"""


def take(key: str, rate: Rate, now: datetime, cost: float = 1) -> None:
    """Take `cost` tokens from the bucket `key`, or raise `TooOften` and take none.

    It commits by itself, outside the caller's transaction, so that a busy key never holds up the work it protects.
    """
    if not alone(_TAKE, _facts(key, rate, now, cost)):
        raise TooOften(rate.wait(cost))


def _facts(key: str, rate: Rate, now: datetime, cost: float) -> dict[str, Any]:
    return {"key": key, "burst": rate.burst, "per_second": rate.per_second, "cost": cost, "now": now}


def take_here(key: str, rate: Rate, now: datetime) -> None:
    """As `take`, in the caller's transaction: for a key that nobody else waits for, such as a chat whose talk is locked next."""
    if not ask(_TAKE, _facts(key, rate, now, 1)).fetchall():
        raise TooOften(rate.wait())


def forget_idle(now: datetime, longer_than: timedelta = timedelta(days=1)) -> int:
    """Delete buckets nobody touched for `longer_than`; they are full again anyway. Returns how many."""
    result = db.session.execute(
        text("DELETE FROM token_bucket WHERE counted_at < :before"), {"before": now - longer_than}
    )
    return int(result.rowcount)  # type: ignore[attr-defined]
