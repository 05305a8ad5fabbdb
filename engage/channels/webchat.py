"""The chat on the web: what was said stands in rows, so that the page shows it without JavaScript and after a restart."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, String, delete, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from engage.base.clock import utc_now
from engage.base.db import Base, db, transaction
from engage.base.message import Message


class Sender(StrEnum):
    """Who said a line."""

    CITIZEN = "citizen"
    CITY = "city"


class WebchatLine(Base):
    """One thing said in a web chat, by the citizen or by the city."""

    __tablename__ = "webchat_line"
    __table_args__ = (Index("ix_webchat_line_identifier_id", "identifier", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    identifier: Mapped[str] = mapped_column(String(64))
    sender: Mapped[Sender] = mapped_column(String(10))
    message: Mapped[dict[str, Any]]
    said_at: Mapped[datetime]


class WebchatChannel:
    """Puts a letter into the talk, where the person sees it as soon as the page looks again."""

    def send(self, identifier: str, message: Message, *, key: str) -> None:
        """Add `message` as the city's next line, once for each `key`: a worker that died after it could not note that it was
        said, and here nobody has to guess."""
        of_key = (WebchatLine.identifier == identifier, WebchatLine.message["letter"].astext == key)
        with transaction():
            if db.session.scalar(select(WebchatLine.id).where(*of_key).limit(1)) is None:
                say(identifier, Sender.CITY, message, utc_now(), letter=key)


def say(identifier: str, sender: Sender, message: Message, now: datetime, *, letter: str = "") -> None:
    """Add a line to the talk, in the caller's transaction; `letter` is the key of the one it is."""
    content = {**message.to_json(), **({"letter": letter} if letter else {})}
    line = {"identifier": identifier, "sender": sender, "message": content, "said_at": now}
    db.session.execute(insert(WebchatLine), line)


def lines(identifier: str, after: int = 0, most: int = 60) -> list[WebchatLine]:
    """The last `most` lines of a talk with an id above `after`, oldest first."""
    newest = (
        select(WebchatLine)
        .where(WebchatLine.identifier == identifier, WebchatLine.id > after)
        .order_by(WebchatLine.id.desc())
        .limit(most)
    )
    return list(db.session.scalars(newest))[::-1]


def line(identifier: str, number: int) -> WebchatLine | None:
    """One line of this talk; None where it is of another."""
    return db.session.scalar(select(WebchatLine).where(WebchatLine.id == number, WebchatLine.identifier == identifier))


def forget(identifier: str) -> None:
    """Delete all that was said in this talk."""
    db.session.execute(delete(WebchatLine).where(WebchatLine.identifier == identifier))
