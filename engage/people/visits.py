"""In which browsers citizens have shown who they are: begun with a one-time link, looked up with each page, ended by leaving.

The cookie carries a random name; the table keeps its hash, so that a copy of the table opens nothing.
"""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import joinedload

from engage.base.db import db
from engage.people.models import Visit
from engage.people.onetime import hashed


def begin(address_id: int, now: datetime, lasts: timedelta) -> str:
    """Let the reader of this address in; returns the name to keep in their cookie, which stands nowhere else."""
    name = secrets.token_urlsafe(32)
    db.session.add(Visit(hash=hashed(name), address_id=address_id, began_at=now, ends_at=now + lasts))
    db.session.flush()
    return name


def find(name: str, now: datetime) -> Visit | None:
    """The visit of this name, with its address, while it lasts."""
    query = select(Visit).where(Visit.hash == hashed(name), Visit.ends_at > now).options(joinedload(Visit.address))
    return db.session.scalar(query)


def end(name: str) -> None:
    """End a visit. Ending one that is over changes nothing."""
    db.session.execute(delete(Visit).where(Visit.hash == hashed(name)))


def expire(now: datetime) -> int:
    """Delete the visits that are over. Returns how many."""
    return int(db.session.execute(delete(Visit).where(Visit.ends_at < now)).rowcount)  # type: ignore[attr-defined]
