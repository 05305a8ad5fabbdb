"""Dates that were public and were taken away without a trace: what calendars must still be told of them.

A trigger on the table of dates writes the rows and lets them go after 30 days (see the migrations), so that no way of deleting
a date can forget to. A date somebody had signed up for is never deleted, but called off.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, mapped_column

from engage.activities.ics import Removed
from engage.base.config import current_settings
from engage.base.db import Base, db

# A calendar that asks once a month still learns of it (requirements: a called-off date never just vanishes).
STAYS_CALLED_OFF = timedelta(days=30)


class RemovedDate(Base):
    """A date as it last was. `activity_id` may be of one that is gone too; `sequence` is one higher than the date's was."""

    __tablename__ = "removed_date"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(12), unique=True)
    activity_id: Mapped[int]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id", ondelete="CASCADE"), index=True)
    titles: Mapped[dict[str, str]]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    zone: Mapped[str] = mapped_column(String(60))
    sequence: Mapped[int]
    removed_at: Mapped[datetime] = mapped_column(index=True)


def lately(
    language: str, now: datetime, *, organisation_id: int | None = None, activity_ids: Collection[int] | None = None
) -> list[Removed]:
    """What was removed within the last 30 days and was still to come then, the earliest first: of an organisation, of these
    activities, or all."""
    query = select(RemovedDate).where(RemovedDate.removed_at > now - STAYS_CALLED_OFF)
    if organisation_id is not None:
        query = query.where(RemovedDate.organisation_id == organisation_id)
    if activity_ids is not None:
        query = query.where(RemovedDate.activity_id.in_(activity_ids))
    rows = db.session.scalars(query.order_by(RemovedDate.starts_at, RemovedDate.id))
    return [_removed(row, language) for row in rows]


def _removed(row: RemovedDate, language: str) -> Removed:
    wanted = (language, *current_settings().city.languages, *row.titles)
    title = next((row.titles[code] for code in wanted if code in row.titles), "")
    return Removed(
        occurrence=row.public_id,
        title=title,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        zone=ZoneInfo(row.zone),
        sequence=row.sequence,
        removed_at=row.removed_at,
    )
