"""People whom nothing speaks of any more are let go, and their addresses with them."""

from datetime import datetime

from sqlalchemy import ColumnElement, delete, exists, select

from engage.base.db import Base, db
from engage.people.models import Address, Person

_MOST = 1000


def expire(_now: datetime) -> int:
    """Delete people whom no other row names: their sign-ups were deleted or have let go of them. Returns how many.

    Which rows may name a person, the schema tells; so a new component keeps its people by its foreign key alone. Who is being
    signed up at this moment is locked, and passed over.
    """
    unnamed = select(Person.id).where(*_named_by_nobody()).limit(_MOST).with_for_update(skip_locked=True)
    ids = db.session.scalars(unnamed).all()
    # Asked once more under the lock: somebody may have been signed up between the question and the lock.
    gone = delete(Person).where(Person.id.in_(ids), *_named_by_nobody()).returning(Person.id)
    return len(db.session.scalars(gone).all())


def _named_by_nobody() -> list[ColumnElement[bool]]:
    columns = [
        key.parent for table in Base.metadata.tables.values() for key in table.foreign_keys if key.column is _PERSON
    ]
    return [~exists().where(column == Person.id) for column in columns if column.table is not Address.__table__]


_PERSON = Base.metadata.tables["person"].c.id
