"""People whom nothing speaks of any more are let go, and their addresses with them.

Who has chosen something for good (wishes, a linked chat, topics to follow) is kept a while longer, and written to before.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, ColumnElement, and_, delete, exists, not_, or_, select

from engage.base.config import current_settings
from engage.base.db import Base, db
from engage.people.models import Address, Person, Visit

# From the letter that says so until they are forgotten.
WARNED_BEFORE = timedelta(days=30)

_MOST = 1000

# What a table's `info` says where its rows are what people chose: those go with their person, and keep nobody by themselves.
CHOSEN = {"chosen": True}


def expire(now: datetime) -> int:
    """Delete people whom no other row names: their sign-ups were deleted or have let go of them. Returns how many.

    Which rows may name a person, the schema tells; so a new component keeps its people by its foreign key alone. Who is being
    signed up at this moment is locked, and passed over.
    """
    which = (*named_by_nobody(), not_(_kept(now)))
    unnamed = select(Person.id).where(*which).limit(_MOST).with_for_update(skip_locked=True)
    ids = db.session.scalars(unnamed).all()
    # Asked once more under the lock: somebody may have been signed up between the question and the lock.
    gone = delete(Person).where(Person.id.in_(ids), *which).returning(Person.id)
    return len(db.session.scalars(gone).all())


def has_chosen() -> ColumnElement[bool]:
    """Whether a person has chosen something for good, and an address at which they can be told that it is about to go.

    Who follows something from a chat that is theirs can be told there, and needs no other address.
    """
    linked = exists().where(Address.person_id == Person.id, Address.channel != "email")
    proven = exists().where(Address.person_id == Person.id, Address.verified_at.is_not(None))
    by_mail = proven.where(Address.channel == "email")
    chosen = or_(*(exists().where(column == Person.id) for column in _naming(chosen=True)))
    return and_(Person.seen_at.is_not(None), or_(and_(by_mail, or_(Person.wishes != {}, linked)), and_(proven, chosen)))


def _kept(now: datetime) -> ColumnElement[bool]:
    """Kept for what they chose: not for so long yet, or not told in time that it is about to go."""
    long_ago = and_(
        Person.seen_at < now - current_settings().city.keep_own_pages,
        Person.warned_at.is_not(None),
        Person.warned_at <= now - WARNED_BEFORE,
    )
    return and_(has_chosen(), not_(long_ago))


def named_by_nobody() -> list[ColumnElement[bool]]:
    """Conditions on a person whom nothing but their own addresses and choices names."""
    columns = _naming(chosen=False)
    direct = [~exists().where(column == Person.id) for column in columns if column.table is not Address.__table__]
    # Somebody is looking at their page just now, by one of the person's addresses.
    visited = exists().where(Visit.address_id == Address.id, Address.person_id == Person.id)
    return [*direct, ~visited]


def _naming(*, chosen: bool) -> list[Column[Any]]:
    """The columns that name a person, as the schema tells: those of what they chose, or all others."""
    return [
        key.parent
        for table in Base.metadata.tables.values()
        for key in table.foreign_keys
        if key.column is _PERSON and bool(table.info.get("chosen")) is chosen
    ]


_PERSON = Base.metadata.tables["person"].c.id
