"""4-17-42 is loaded once for all tests; who writes in it puts it back."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import update

from engage.base.db import db, transaction
from engage.goals import loading
from engage.goals.models import KeyFeature, ReferenceVersion


@contextmanager
def loaded(now: datetime) -> Iterator[None]:
    """The 42 as shipped; as shipped again afterwards."""
    with transaction():
        loading.load(now)
    yield
    db.session.rollback()
    with transaction():
        db.session.execute(update(KeyFeature).values(corrected_at=None, verified_at=None, verified=False))
        db.session.execute(update(ReferenceVersion).values(version="older"))
        loading.load(now)
