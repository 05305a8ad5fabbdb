"""Whether enough have signed up for a date to be held, and how that is told."""

from dataclasses import dataclass

from sqlalchemy import func, select

from engage.activities.models import Activity, Pool
from engage.base.db import db
from engage.base.i18n import gettext as _
from engage.base.i18n import ngettext
from engage.registrations import pools
from engage.registrations.models import Registration, State
from engage.registrations.pools import Room


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether enough have signed up. `missing` is how many are still needed, 0 when it goes ahead."""

    least: int
    missing: int

    @property
    def goes_ahead(self) -> bool:
        return self.missing == 0


def standing(occurrence_id: int) -> Standing | None:
    """Whether a date goes ahead, where the activity needs a number of participants; None where it does not."""
    room = pools.look(occurrence_id)
    if room is None:
        return None
    least = db.session.scalar(select(Activity.least_participants).where(Activity.id == room.activity_id))
    if least is None:
        return None
    mine = Registration.pool_id.in_(_pools(room)) & (Registration.state == State.CONFIRMED)
    come = db.session.scalar(select(func.coalesce(func.sum(Registration.seats), 0)).where(mine)) or 0
    return Standing(least, max(0, least - int(come)))


def words(standing: Standing) -> str:
    """The same, for who thinks of coming."""
    if standing.goes_ahead:
        return _("It goes ahead: enough people have signed up.")
    return ngettext(
        "It goes ahead when %(number)s more person has signed up.",
        "It goes ahead when %(number)s more people have signed up.",
        standing.missing,
    )


def still_needed(occurrence_id: int) -> str:
    """What is still needed for it to be held, in words; "" where nothing is."""
    found = standing(occurrence_id)
    return "" if found is None or found.goes_ahead else words(found)


def _pools(room: Room) -> list[int]:
    """The pool itself, with those of the date's roles."""
    roles = select(Pool.id).where(Pool.occurrence_id == room.occurrence_id, Pool.role_id.is_not(None))
    return [room.pool_id, *([] if room.course else db.session.scalars(roles))]
