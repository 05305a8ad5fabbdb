"""How many certificates were issued, without the people: kept when those are forgotten."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from engage.base.config import current_settings
from engage.base.db import db
from engage.registrations.certificates.models import CertificateCount, CertificateKind


def issued(year: int) -> Mapping[CertificateKind, int]:
    """How many of each kind were issued in a year and neither deleted by who had asked for them nor taken back by staff."""
    rows = db.session.execute(
        select(CertificateCount.kind, CertificateCount.number).where(CertificateCount.year == year)
    )
    return dict.fromkeys(CertificateKind, 0) | {CertificateKind(row.kind): row.number for row in rows}


def count(kind: CertificateKind, at: datetime, by: int = 1) -> None:
    """Note one more, or one less, in the year of `at`. One statement, so that two at once both count."""
    year = at.astimezone(current_settings().city.zone).year
    one = insert(CertificateCount).values(year=year, kind=kind, number=max(by, 0))
    db.session.execute(
        one.on_conflict_do_update(
            index_elements=[CertificateCount.year, CertificateCount.kind], set_={"number": CertificateCount.number + by}
        )
    )
