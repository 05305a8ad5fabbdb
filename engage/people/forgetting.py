"""People whom nothing speaks of any more are let go, and their addresses with them.

Who has chosen something for good on their own page (wishes, a linked chat) is kept a while longer, and written to before.
"""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, exists, not_, or_, select

from engage.base.config import current_settings
from engage.base.db import Base, db
from engage.people.models import Address, Person, Visit

# From the letter that says so until they are forgotten.
WARNED_BEFORE = timedelta(days=30)

_MOST = 1000


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
    """Whether a person has wishes or a linked chat, and an address at which they can be told that these are about to go."""
    linked = exists().where(Address.person_id == Person.id, Address.channel != "email")
    proven = exists().where(
        Address.person_id == Person.id, Address.channel == "email", Address.verified_at.is_not(None)
    )
    return and_(Person.seen_at.is_not(None), proven, or_(Person.wishes != {}, linked))


def _kept(now: datetime) -> ColumnElement[bool]:
    """Kept for what they chose: not for so long yet, or not told in time that it is about to go."""
    long_ago = and_(
        Person.seen_at < now - current_settings().city.keep_own_pages,
        Person.warned_at.is_not(None),
        Person.warned_at <= now - WARNED_BEFORE,
    )
    return and_(has_chosen(), not_(long_ago))


def named_by_nobody() -> list[ColumnElement[bool]]:
    """Conditions on a person whom nothing but their own addresses names."""
    columns = [
        key.parent for table in Base.metadata.tables.values() for key in table.foreign_keys if key.column is _PERSON
    ]
    direct = [~exists().where(column == Person.id) for column in columns if column.table is not Address.__table__]
    # Somebody is looking at their page just now, by one of the person's addresses.
    visited = exists().where(Visit.address_id == Address.id, Address.person_id == Person.id)
    return [*direct, ~visited]


_PERSON = Base.metadata.tables["person"].c.id
