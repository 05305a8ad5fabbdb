"""Yearly declarations of associations: that they obtain the child protection certificates they must (børneattester).

Who has lasting direct contact with children under 15 needs one; the association obtains it and declares to the
municipality once a year that it does. Only the declaration is kept here: that it was
given, by whom, when and for which year. There is no room for a certificate, and none may be kept.
"""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, SmallInteger, String, UniqueConstraint, exists, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from engage.accounts import audit
from engage.accounts.access import allow, may_review
from engage.accounts.models import User
from engage.accounts.organisations import Organisation, OrganisationKind
from engage.base.config import current_settings
from engage.base.db import Base, db, savepoint
from engage.base.errors import Refusal
from engage.base.i18n import lazy_gettext as _l

# Nobody declares for a year long gone, nor more than one ahead.
_YEARS_BACK, _YEARS_AHEAD = 5, 1


class Declaration(Base):
    """What an organisation declared for one year. `declared_by` is the person in it who did, as they gave their name."""

    __tablename__ = "declaration"
    __table_args__ = (
        UniqueConstraint("organisation_id", "year"),
        CheckConstraint("year BETWEEN 2000 AND 2200", name="year_is_a_year"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id", ondelete="CASCADE"))
    year: Mapped[int] = mapped_column(SmallInteger)
    declared_by: Mapped[str] = mapped_column(String(120))
    declared_on: Mapped[date]
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"), index=True)
    recorded_at: Mapped[datetime]


class AlreadyDeclared(Refusal):
    """One declaration a year."""

    code = "already_declared"
    message = _l("This organisation has declared for %(year)s already.")


class NotDeclarable(Refusal):
    """Who, when or which year cannot be right."""

    code = "not_declarable"
    message = _l("Write who declared it, on a day that is not to come, for this year or one near it.")


def declare(
    organisation: Organisation, year: int, declared_by: str, declared_on: date, *, by: User, now: datetime
) -> Declaration:
    """Keep that `organisation` declared for `year`, and record it.

    Raises `NotAllowed`, `NotDeclarable` or `AlreadyDeclared`.
    """
    allow(may_review(by))
    today = now.astimezone(current_settings().city.zone).date()
    near = today.year - _YEARS_BACK <= year <= today.year + _YEARS_AHEAD
    if not declared_by or len(declared_by) > 120 or not near or not date(2000, 1, 1) <= declared_on <= today:
        raise NotDeclarable
    made = Declaration(
        organisation_id=organisation.id,
        year=year,
        declared_by=declared_by,
        declared_on=declared_on,
        recorded_by_id=by.id,
        recorded_at=now,
    )
    try:
        with savepoint():
            db.session.add(made)
            db.session.flush()
    except IntegrityError as error:
        # Two of the staff with the same letter: the unique constraint lets one of them in.
        raise AlreadyDeclared(year=year) from error
    facts = {"year": year, "declared_by": declared_by, "declared_on": declared_on.isoformat()}
    audit.record(by, "organisation.declared", f"organisation:{organisation.public_id}", facts, now)
    return made


def take_back(organisation: Organisation, year: int, *, by: User, now: datetime) -> None:
    """Delete a declaration that was kept by mistake; that it stood here stays in the log. Raises `NotAllowed`."""
    allow(may_review(by))
    found = db.session.scalar(
        select(Declaration).where(Declaration.organisation_id == organisation.id, Declaration.year == year)
    )
    if found is not None:
        db.session.delete(found)
        db.session.flush()
        about = f"organisation:{organisation.public_id}"
        audit.record(by, "organisation.declaration_taken_back", about, {"year": year}, now)


def declarations_of(organisation_id: int) -> Sequence[Declaration]:
    """What an organisation declared, the latest year first."""
    found = select(Declaration).where(Declaration.organisation_id == organisation_id)
    return db.session.scalars(found.order_by(Declaration.year.desc())).all()


def declared(year: int) -> frozenset[int]:
    """The ids of the organisations that have declared for `year`."""
    return frozenset(db.session.scalars(select(Declaration.organisation_id).where(Declaration.year == year)))


def lacking(year: int) -> Sequence[Organisation]:
    """The associations that have not declared for `year`; who is no association need not."""
    given = exists().where(Declaration.organisation_id == Organisation.id, Declaration.year == year)
    query = select(Organisation).where(Organisation.kind == OrganisationKind.ASSOCIATION, ~given)
    return db.session.scalars(query.order_by(Organisation.name)).all()
