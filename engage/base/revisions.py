"""How often a group of tables was changed. A process re-reads what it remembers when the number has risen.

Triggers raise the numbers (see the migrations), so no writer can forget to.
"""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from engage.base.db import Base, ask


class Revision(Base):
    """The number of changes so far to the tables named together as `name`."""

    __tablename__ = "revision"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    number: Mapped[int]


def number(name: str) -> int:
    """The present revision of `name`; 0 when nothing was ever written."""
    row = ask("SELECT number FROM revision WHERE name = %(name)s", {"name": name}).fetchone()
    return int(row[0]) if row else 0
