"""The calendars anybody may follow: what fits some filters, and what an organisation holds.

Each has what is coming, and for 30 days what was called off or taken away, so that a calendar takes it out again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from engage.activities import calendar, facts, organiser_dates, removed
from engage.activities.calendar import Filters
from engage.activities.facts import OccurrenceFacts
from engage.activities.ics import Removed
from engage.activities.needs import Lack
from engage.activities.removed import STAYS_CALLED_OFF

# Some 2 MB, 0.2 MB compressed. Later dates come into it as the first ones go by.
MOST_DATES = 3_000


@dataclass(frozen=True, slots=True)
class PublicCalendar:
    """What stands in it, and until when it says the same if nothing is changed."""

    dates: Sequence[OccurrenceFacts]
    removed: Sequence[Removed]
    until: datetime


def of_filters(
    filters: Filters, language: str, *, now: datetime, zone: ZoneInfo, lacks: Sequence[Lack] | None = None
) -> PublicCalendar:
    """Every date that fits; `lacks` as in `calendar.find`. Without filters also what was taken away with its activity."""
    ids, activities = calendar.every_date(filters, now=now, zone=zone, most=MOST_DATES, lacks=lacks)
    found = facts.occurrences(ids, language)
    gone = removed.lately(language, now, activity_ids=None if filters == Filters() else activities)
    return _public(found, gone, now)


def of_organisation(organisation_id: int, language: str, *, now: datetime) -> PublicCalendar:
    """Every date of an organisation."""
    found = facts.occurrences(organiser_dates.in_feed(organisation_id, now, MOST_DATES), language)
    return _public(found, removed.lately(language, now, organisation_id=organisation_id), now)


def _public(found: Sequence[OccurrenceFacts], gone: Sequence[Removed], now: datetime) -> PublicCalendar:
    dates = [each for each in found if not each.cancelled or each.updated_at > now - STAYS_CALLED_OFF]
    changes = [
        *(each.ends_at for each in dates),
        *(each.updated_at + STAYS_CALLED_OFF for each in dates if each.called_off),
        *(each.removed_at + STAYS_CALLED_OFF for each in gone),
    ]
    return PublicCalendar(dates, gone, min((each for each in changes if each > now), default=now + STAYS_CALLED_OFF))
