"""Limits against abuse that somebody met: what staff may see of it, and lift for them.

Whoever is meant is kept as a keyed hash, beside as little as staff need to know them by when they call: the first letter and the
domain of an address, the channel of a chat, the id of a date. One row for each, the latest thousand, for a month.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import LiteralString

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint, delete, func, select
from sqlalchemy.orm import Mapped, mapped_column

from engage.base import tokens
from engage.base.config import current_settings
from engage.base.db import Base, alone, ask, db
from engage.base.errors import Refusal
from engage.base.i18n import lazy_gettext as _l
from engage.base.identifiers import public_id
from engage.base.limits import Rate, TooOften, take, take_here
from engage.people import Address
from engage.registrations import desk

# Own choices: what staff can look through, how long it may matter, and for how long one decision may hold.
MOST_KEPT, KEPT, LONGEST_LIFT = 1000, timedelta(days=30), 90
# Who goes on against a limit is noted once a minute, so that a flood is no flood of writing.
_NOTED_EVERY = timedelta(minutes=1)


class Limit(StrEnum):
    """Which limit: unconfirmed sign-ups of an address or from a network, the share of a date's places for strangers, coming
    sign-ups of one person, the pace of a chat, and the pace of forms from a network.
    """

    ADDRESS = "address"
    NETWORK = "network"
    DATE = "date"
    PERSON = "person"
    CHAT = "chat"
    FORMS = "forms"


class NoSuchLimit(Refusal):
    """The row is gone: nobody met the limit for a month, or its person was forgotten."""

    code = "no_such_limit"
    message = _l("This limit is not in the list any more. It may have been some time ago.")


class LiftNotPossible(Refusal):
    """For no time, or for longer than one decision may hold."""

    code = "lift_not_possible"
    message = _l("Choose between 1 and %(most)s days.")


class LimitMet(Base):
    """Somebody met a limit, and may be let past it until `lifted_until`. `shown` is what staff see of them."""

    __tablename__ = "limit_met"
    __table_args__ = (
        UniqueConstraint("kind", "key"),
        CheckConstraint("(lifted_until IS NULL) = (lifted_at IS NULL)", name="lifted_at_some_time"),
        Index("ix_limit_met_last_at", "last_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(12), unique=True)
    kind: Mapped[str] = mapped_column(String(10))
    key: Mapped[str] = mapped_column(String(32))
    shown: Mapped[str] = mapped_column(String(120))
    times: Mapped[int] = mapped_column(default=1, server_default="1")
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    lifted_until: Mapped[datetime | None]
    lifted_at: Mapped[datetime | None]
    lifted_by_id: Mapped[int | None]
    reason: Mapped[str] = mapped_column(String(200), default="", server_default="")


@dataclass(frozen=True, slots=True)
class Who:
    """Who meets a limit: what is kept of them, and what staff are shown."""

    kind: Limit
    text: str
    shown: str = ""

    @property
    def key(self) -> str:
        return tokens.stand_in(current_settings().secret_key, f"{self.kind}:{self.text}")


def address(email: str) -> Who:
    """An e-mail address."""
    return Who(Limit.ADDRESS, email, masked(email))


def person(person_id: int, email: str, channel: str) -> Who:
    """A person, known by the address or the channel they came with."""
    return Who(Limit.PERSON, str(person_id), masked(email) if email else channel)


def chat(channel: str, identifier: str) -> Who:
    """A chat."""
    return Who(Limit.CHAT, f"{channel}:{identifier}", channel)


def network(client: str, limit: Limit = Limit.NETWORK) -> Who:
    """Where requests come from today: `client` is a keyed hash that changes each day."""
    return Who(limit, client)


def date(public_id: str) -> Who:
    """A date, by its public id."""
    return Who(Limit.DATE, public_id, public_id)


def masked(email: str) -> str:
    """An address that its owner knows again, and nobody else."""
    name, _at, domain = email.partition("@")
    return f"{name[:1]}•••@{domain}"[:120]


_NOTE: LiteralString = """
INSERT INTO limit_met (public_id, kind, key, shown, first_at, last_at)
VALUES (%(public_id)s, %(kind)s, %(key)s, %(shown)s, %(now)s, %(now)s)
ON CONFLICT (kind, key) DO UPDATE SET times = limit_met.times + 1, last_at = excluded.last_at
      WHERE limit_met.last_at <= excluded.last_at - %(pause)s
RETURNING xmax = 0
"""
_TRIM: LiteralString = """
DELETE FROM limit_met WHERE id IN (
  SELECT id FROM limit_met WHERE coalesce(lifted_until < %(now)s, true) ORDER BY last_at DESC, id DESC OFFSET %(most)s)
"""
_KNOWN: LiteralString = """
SELECT coalesce(lifted_until > %(now)s, false), last_at > %(now)s - %(pause)s
  FROM limit_met WHERE kind = %(kind)s AND key = %(key)s
"""


def stops(who: Who, now: datetime) -> bool:
    """Whether the limit that they meet stops them, which is noted; not where staff have lifted it for them.

    The note is kept whatever becomes of the caller's transaction, which a refusal undoes. It is looked for first, since where
    many meet the same limit the caller may hold the seats' lock, under which only one of them a minute is to wait for a disk.
    """
    facts = {"kind": who.kind, "key": who.key, "now": now, "pause": _NOTED_EVERY}
    lifted, noted = ask(_KNOWN, facts).fetchone() or (False, False)
    if lifted or noted:
        return not lifted
    made = alone(_NOTE, {**facts, "public_id": public_id(), "shown": who.shown})
    if made and made[0][0]:
        alone(_TRIM, {"now": now, "most": MOST_KEPT})
    return True


def take_pace(key: str, rate: Rate, who: Who, now: datetime, *, here: bool = False) -> None:
    """Take a token, as `limits.take` does; who has none left and is not let past is noted, and refused with `TooOften`.

    With `here` the token is taken in the caller's transaction, see `limits.take_here`.
    """
    try:
        (take_here if here else take)(key, rate, now)
    except TooOften:
        if stops(who, now):
            raise


def lift(name: str, days: int, reason: str, *, by: int, now: datetime) -> LimitMet:
    """Let who met this limit past it for some days. Refuses with `LiftNotPossible`, `desk.ReasonMissing` or `NoSuchLimit`."""
    if not 1 <= days <= LONGEST_LIFT:
        raise LiftNotPossible(most=LONGEST_LIFT)
    reason, found = desk.reason_of(reason), by_public_id(name, locked=True)
    found.lifted_until, found.lifted_at, found.lifted_by_id = now + timedelta(days=days), now, by
    found.reason = reason
    db.session.flush()
    return found


def put_back(name: str) -> LimitMet:
    """Let the limit hold for them again. Doing it twice changes nothing. Refuses with `NoSuchLimit`."""
    found = by_public_id(name, locked=True)
    found.lifted_until = found.lifted_at = found.lifted_by_id = None
    found.reason = ""
    db.session.flush()
    return found


def by_public_id(name: str, *, locked: bool = False) -> LimitMet:
    """One limit that was met. Refuses with `NoSuchLimit`."""
    query = select(LimitMet).where(LimitMet.public_id == name)
    found = db.session.scalar(query.with_for_update() if locked else query)
    if found is None:
        raise NoSuchLimit
    return found


def latest(number: int, page: int = 1) -> tuple[Sequence[LimitMet], int]:
    """A page of so many of what was met, the latest first, and how many there are."""
    count = db.session.scalar(select(func.count()).select_from(LimitMet)) or 0
    found = select(LimitMet).order_by(LimitMet.last_at.desc(), LimitMet.id.desc())
    return db.session.scalars(found.limit(number).offset((page - 1) * number)).all(), count


def of_address(email: str) -> Sequence[LimitMet]:
    """What the owner of an address met, with it or as the person it belongs to."""
    keys = {address(email).key} | _keys_of(Address.identifier == email, Address.channel == "email")
    return _of_keys(keys)


def of_person(person_id: int) -> set[str]:
    """The keys under which something of a person may be kept here."""
    return _keys_of(Address.person_id == person_id) | {person(person_id, "", "").key}


def erase(person_id: int, _now: datetime) -> None:
    """Forget which limits a person met."""
    db.session.execute(delete(LimitMet).where(LimitMet.key.in_(of_person(person_id))))


def expire(now: datetime) -> int:
    """Forget what is long ago, unless it is lifted still. Returns how many rows went."""
    over = LimitMet.lifted_until.is_(None) | (LimitMet.lifted_until < now)
    gone = db.session.execute(delete(LimitMet).where(LimitMet.last_at < now - KEPT, over))
    return int(gone.rowcount)  # type: ignore[attr-defined]


def _keys_of(*which: object) -> set[str]:
    rows = db.session.execute(select(Address.person_id, Address.channel, Address.identifier).where(*which)).all()  # type: ignore[arg-type]
    keys = {person(row.person_id, "", "").key for row in rows}
    keys |= {address(row.identifier).key for row in rows if row.channel == "email"}
    return keys | {chat(row.channel, row.identifier).key for row in rows if row.channel != "email"}


def _of_keys(keys: set[str]) -> Sequence[LimitMet]:
    found = select(LimitMet).where(LimitMet.key.in_(keys))
    return db.session.scalars(found.order_by(LimitMet.last_at.desc())).all()
