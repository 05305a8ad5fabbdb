"""The log of what staff and organisers did. Rows are only ever added; a trigger of the database refuses all else.

What citizens do is not in it, and no row tells a citizen's name.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Index, String, Text, cast, delete, func, or_, select, text, update
from sqlalchemy.orm import Mapped, mapped_column

from engage.accounts.models import User
from engage.base.config import current_settings
from engage.base.db import Base, db

PER_PAGE = 50


class AuditEntry(Base):
    """One thing somebody did: `action` like "activity.published", `about` like "activity:7k2m9p4x".

    The account's name is kept as it was then until the account is erased, and no foreign key ties the row to it: what
    was done stays when an account goes. `by_id` None is the service itself, or an administrator at the console.
    """

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_at", "at"), Index("ix_audit_about", "about"), Index("ix_audit_by_id", "by_id"))

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    at: Mapped[datetime]
    by_id: Mapped[int | None]
    by_name: Mapped[str] = mapped_column(String(120), default="")
    action: Mapped[str] = mapped_column(String(60))
    about: Mapped[str] = mapped_column(String(80))
    facts: Mapped[dict[str, Any]]


@dataclass(frozen=True)
class AuditPage:
    """A page of the log, newest first, and how many entries were found in all."""

    entries: tuple[AuditEntry, ...]
    count: int
    number: int

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.count // PER_PAGE))


def record(by: User | None, action: str, about: str, facts: Mapping[str, Any], now: datetime) -> None:
    """Add an entry in the caller's transaction: it stands if and only if what it tells of does.

    `facts` is plain JSON without the names, addresses or texts of citizens.
    """
    name = by.name if by is not None else ""
    by_id = by.id if by is not None else None
    entry = AuditEntry(at=now, by_id=by_id, by_name=name, action=action, about=about, facts=dict(facts))
    db.session.add(entry)
    db.session.flush()


def search(
    words: str = "",
    about: str = "",
    by: int | None = None,
    first: date | None = None,
    last: date | None = None,
    page: int = 1,
    *,
    action: str = "",
    also: Mapping[str, ColumnElement[bool]] = MappingProxyType({}),
    only: Iterable[ColumnElement[bool]] = (),
) -> AuditPage:
    """Entries with all of `words` in their action, object, name or facts; about one thing; by one account; on the days
    from `first` to `last` in the city's zone; of one `action`. Pages count from 1 and hold `PER_PAGE`.

    What higher rooms know of an entry they say as conditions: `also` how else it may hold a word, `only` what must be true.
    """
    found = [*_conditions(words, also), *_about(about, by, first, last), *only]
    if action:
        found.append(AuditEntry.action == action)
    count = db.session.scalar(select(func.count()).select_from(AuditEntry).where(*found)) or 0
    number = min(max(1, page), max(1, -(-count // PER_PAGE)))
    rows = (
        select(AuditEntry)
        .where(*found)
        .order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
        .offset((number - 1) * PER_PAGE)
        .limit(PER_PAGE)
    )
    return AuditPage(tuple(db.session.scalars(rows)), count, number)


def latest(about: str, actions: Collection[str]) -> AuditEntry | None:
    """The last time one of `actions` was done to a thing."""
    found = select(AuditEntry).where(AuditEntry.about == about, AuditEntry.action.in_(actions))
    return db.session.scalar(found.order_by(AuditEntry.at.desc(), AuditEntry.id.desc()).limit(1))


def expire(now: datetime) -> int:
    """Delete entries older than the city keeps them. Returns how many."""
    with _door():
        gone = db.session.execute(delete(AuditEntry).where(AuditEntry.at < now - current_settings().city.keep_audit))
    return int(gone.rowcount)  # type: ignore[attr-defined]


def forget_names(user: User) -> None:
    """Take the name and the address of an account that is erased out of every entry; its ids stay."""
    named = update(AuditEntry).where(AuditEntry.by_id == user.id, AuditEntry.by_name != "")
    email = AuditEntry.facts["email"].astext == user.email
    with _door():
        db.session.execute(named.values(by_name=""))
        db.session.execute(
            update(AuditEntry)
            .where(AuditEntry.action.startswith("invitation."), email)
            .values(facts=AuditEntry.facts.op("-")("email"))
        )


@contextmanager
def _door() -> Iterator[None]:
    """The one door in the trigger; it closes with the transaction at the latest."""
    db.session.execute(text("SELECT set_config('engage.audit_expiry', 'on', true)"))
    yield
    db.session.execute(text("SELECT set_config('engage.audit_expiry', 'off', true)"))


def _conditions(words: str, also: Mapping[str, ColumnElement[bool]]) -> list[ColumnElement[bool]]:
    searched = (AuditEntry.action, AuditEntry.about, AuditEntry.by_name, cast(AuditEntry.facts, Text))
    found: list[ColumnElement[bool]] = []
    for word in words.split():
        held = [column.icontains(word, autoescape=True) for column in searched]
        found.append(or_(*held, *([also[word]] if word in also else [])))
    return found


def _about(about: str, by: int | None, first: date | None, last: date | None) -> list[ColumnElement[bool]]:
    zone = current_settings().city.zone
    found: list[ColumnElement[bool]] = []
    if about:
        found.append(AuditEntry.about == about)
    if by is not None:
        found.append(AuditEntry.by_id == by)
    if first is not None:
        found.append(AuditEntry.at >= datetime.combine(first, datetime.min.time(), zone))
    if last is not None and last < date.max:  # nothing lies behind the last day there is
        found.append(AuditEntry.at < datetime.combine(last + timedelta(days=1), datetime.min.time(), zone))
    return found
