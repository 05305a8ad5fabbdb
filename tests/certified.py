"""A certificate for what is over, for tests that look at it from elsewhere."""

from datetime import timedelta

from engage.activities.models import Kind
from engage.base.clock import utc_now
from engage.base.db import db
from engage.registrations import certificates
from engage.registrations.attendance.models import Attendance
from tests.town import Town


def certified(town: Town, of: dict[str, str]) -> str:
    """The number of a certificate for what was yesterday, of which the name may be checked."""
    helped = town.signed_up(town.occurrence(town.activity("Strandrensning", kind=Kind.VOLUNTEER)), **of)
    helped.occurrence.starts_at, helped.occurrence.ends_at = (utc_now() - timedelta(hours=each) for each in (26, 24))
    row = {"registration_id": helped.id, "occurrence_id": helped.occurrence_id, "marked_at": utc_now()}
    db.session.add(Attendance(**row, seats=1, minutes=120))
    db.session.commit()
    assert helped.person_id is not None
    made = certificates.issue(helped.person_id, helped.public_id, name=of["name"], checkable=True, now=utc_now())
    db.session.commit()
    return made.public_id
