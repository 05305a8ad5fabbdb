"""Who held what a report tells of: organisations by name, as anybody can read them on public pages. No participant is in it."""

from datetime import timedelta

from sqlalchemy import Date, cast, func, select

from engage.accounts import Organisation
from engage.activities.models import Activity, ActivityState, Occurrence, OccurrenceState
from engage.base.db import db
from engage.base.i18n import lazy_gettext as _l
from engage.statistics.releases import Released
from engage.statistics.releases.freezing import after
from engage.statistics.report.contents import Both, Row, Table
from engage.statistics.report.names import name

_ANY_CLOCK = timedelta(days=2)


def partners(found: Released) -> Table:
    """Each organisation that held a public date in the released months, by sector and name."""
    return Table(
        "partners",
        Both.of(_l("Partners: who held it")),
        Both.of(_l("Organisation")),
        (("sector", Both.of(_l("Sector"))), ("dates", Both.of(_l("Dates held")))),
        _rows(found),
        Both.of(_l("Who only helped without holding anything is not here: write about them in a good example.")),
    )


def _rows(found: Released) -> list[Row]:
    if not found.spans:
        return []
    first, until = found.spans[0].months.first, after(found.spans[-1].months.last)
    day = cast(func.timezone(Occurrence.zone, Occurrence.starts_at), Date)
    query = (
        select(Organisation.public_id, Organisation.name, Organisation.kind, func.count(Occurrence.id))
        .join(Activity, Activity.organisation_id == Organisation.id)
        .join(Occurrence, Occurrence.activity_id == Activity.id)
        .where(
            Activity.state == ActivityState.PUBLISHED,
            Occurrence.state == OccurrenceState.SCHEDULED,
            Occurrence.starts_at >= first - _ANY_CLOCK,
            Occurrence.starts_at < until + _ANY_CLOCK,
            day >= first,
            day < until,
        )
        .group_by(Organisation.id)
        .order_by(Organisation.kind, func.lower(Organisation.name))
    )
    return [
        Row(public_id, Both(title), (str(name("sector", kind)), dates))
        for public_id, title, kind, dates in db.session.execute(query)
    ]
