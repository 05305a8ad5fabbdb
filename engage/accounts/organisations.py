"""Organisations: the schools, associations, companies and departments that hold activities."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import String, false
from sqlalchemy.orm import Mapped, mapped_column

from engage.base.db import Base


class OrganisationKind(StrEnum):
    """What sort of organiser it is."""

    SCHOOL = "school"
    ASSOCIATION = "association"
    COMPANY = "company"
    DEPARTMENT = "department"


class Organisation(Base):
    """Who holds an activity and answers citizens' questions about it."""

    __tablename__ = "organisation"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(12), unique=True)
    key: Mapped[str | None] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(160))
    kind: Mapped[OrganisationKind] = mapped_column(String(20))
    sector: Mapped[str] = mapped_column(String(40), default="")
    email: Mapped[str] = mapped_column(String(254), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    url: Mapped[str] = mapped_column(String(300), default="")
    presentation: Mapped[dict[str, str]]
    # Whether what it publishes or imports appears at once; staff look at everybody else's first.
    trusted: Mapped[bool] = mapped_column(default=False, server_default=false())
    created_at: Mapped[datetime]
