"""What became of a letter: found for staff without its text, and tried again when they say so."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.orm import defer

from engage.base.db import db
from engage.base.errors import Refusal
from engage.base.i18n import lazy_gettext as _l
from engage.outbox.models import Letter, Status

PER_PAGE = 50


class NotTriedAgain(Refusal):
    """It left, it was taken back, its time is over, or its text was deleted."""

    code = "not_tried_again"
    message = _l("This letter cannot be sent any more: it left, it was taken back, or its time is over.")


@dataclass(frozen=True)
class LetterPage:
    """A page of what was found, and how many letters that are in all."""

    letters: Sequence[Letter]
    count: int
    number: int

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.count // PER_PAGE))


def search(reference: str = "", kinds: Collection[str] = (), status: Status | None = None, page: int = 1) -> LetterPage:
    """Letters without their texts: what was set aside first, then the newest. Pages count from 1 and hold `PER_PAGE`.

    `reference` is a letter's number, or what it is about, with or without the kind before it ("registration:7k2m9p4x").
    A kind is what a letter's key begins with.
    """
    found = _conditions(reference, kinds, status)
    count = db.session.scalar(select(func.count()).select_from(Letter).where(*found)) or 0
    number = min(max(1, page), max(1, -(-count // PER_PAGE)))
    rows = select(Letter).where(*found).options(defer(Letter.message))
    ordered = rows.order_by((Letter.status == Status.SET_ASIDE).desc(), Letter.id.desc())
    letters = db.session.scalars(ordered.offset((number - 1) * PER_PAGE).limit(PER_PAGE)).all()
    return LetterPage(letters, count, number)


def set_aside() -> int:
    """How many letters wait for a person to look at them."""
    return db.session.scalar(select(func.count()).select_from(Letter).where(Letter.status == Status.SET_ASIDE)) or 0


def may_be_tried(letter: Letter, now: datetime) -> bool:
    """Whether `try_again` would take it."""
    useful = letter.good_until is None or letter.good_until > now
    return letter.status in _TRIABLE and bool(letter.addresses) and useful


def try_again(number: int, now: datetime) -> None:
    """Queue a letter that failed or was set aside as if it were new. Raises `NotTriedAgain`."""
    # One statement: of two people who press the button at once, one is told that it left.
    useful = or_(Letter.good_until.is_(None), Letter.good_until > now)
    tried = db.session.execute(
        update(Letter)
        .where(Letter.id == number, Letter.status.in_(_TRIABLE), Letter.addresses != [], useful)
        .values(status=Status.PLANNED, due_at=now, settled_at=None, tries=0, abandoned=0, last_error="")
    )
    if tried.rowcount != 1:  # type: ignore[attr-defined]
        raise NotTriedAgain


_TRIABLE = (Status.FAILED, Status.SET_ASIDE)


def _conditions(reference: str, kinds: Collection[str], status: Status | None) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if reference.isdecimal() and reference.isascii() and len(reference) < 10:
        found.append(Letter.id == int(reference))
    elif reference:
        found.append(or_(Letter.about == reference, Letter.about.endswith(f":{reference}", autoescape=True)))
    if kinds:
        found.append(or_(*(Letter.key.startswith(f"{kind}:", autoescape=True) for kind in kinds)))
    if status is not None:
        found.append(Letter.status == status)
    return found
