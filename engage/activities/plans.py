"""What dates are made from: the rule of a series, and the roles that a volunteer activity needs on each date.

The dates themselves are rows of their own (`models.Occurrence`); people sign up for those, never for a rule.
"""

from datetime import date, datetime, time

from sqlalchemy import ARRAY, CheckConstraint, Date, ForeignKey, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from engage.base.db import Base


class Series(Base):
    """A rule, and what its dates begin with. Clock times are local to `zone`, the same in summer and winter.

    `rule` is an RFC 5545 RRULE, or "" when the days stand one by one in `days`. A date ends `nights` days after it began.
    """

    __tablename__ = "series"
    __table_args__ = (CheckConstraint("capacity >= 0", name="capacity_not_negative"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(12), unique=True)
    activity_id: Mapped[int] = mapped_column(ForeignKey("activity.id", ondelete="CASCADE"), index=True)
    first_day: Mapped[date]
    rule: Mapped[str] = mapped_column(String(200))
    days: Mapped[list[date]] = mapped_column(ARRAY(Date))
    excluded: Mapped[list[date]] = mapped_column(ARRAY(Date))
    begins: Mapped[time]
    ends: Mapped[time]
    nights: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    zone: Mapped[str] = mapped_column(String(60))
    place_id: Mapped[int | None] = mapped_column(ForeignKey("place.id"), index=True)
    online_url: Mapped[str] = mapped_column(String(300), default="", server_default="")
    capacity: Mapped[int | None]
    created_at: Mapped[datetime]


class ShiftRole(Base):
    """One of the things to be done at a volunteer activity: its name and what one does, per language.

    `begins` and `ends` are local clock times, both None when the role lasts as long as the date. `vetting` says in words what
    must be shown first, such as a children's certificate. `capacity` is how many new dates need; None is as many as come. What
    was taken away is kept for dates of the past.
    """

    __tablename__ = "shift_role"
    __table_args__ = (CheckConstraint("capacity >= 0", name="capacity_not_negative"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(12), unique=True)
    activity_id: Mapped[int] = mapped_column(ForeignKey("activity.id", ondelete="CASCADE"), index=True)
    position: Mapped[int] = mapped_column(SmallInteger)
    names: Mapped[dict[str, str]]
    texts: Mapped[dict[str, str]]
    vetting: Mapped[dict[str, str]]
    begins: Mapped[time | None]
    ends: Mapped[time | None]
    capacity: Mapped[int | None]
    removed_at: Mapped[datetime | None]
