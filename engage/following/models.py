"""What somebody follows, as a row."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from engage.base.db import Base
from engage.people.forgetting import CHOSEN


class Followed(Base):
    """One search that a person follows, as `criteria.checked` writes it. What was published by `told_at` is no news to them.

    Two persons that become one may follow the same twice: that is read as one (`topics.followed`).
    """

    __tablename__ = "followed"
    __table_args__ = ({"info": CHOSEN},)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    criteria: Mapped[dict[str, Any]]
    since: Mapped[datetime]
    told_at: Mapped[datetime]
