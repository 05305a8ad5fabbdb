"""Calendar entries (RFC 5545, 5546, 7986): one VEVENT for a date, with a UID that never changes.

The same UID stands in the mail, the download and every feed, so that a moved or cancelled date moves in people's calendars.
"""

from datetime import date, datetime
from enum import StrEnum

from icalendar import Calendar, Event, vCalAddress, vText
from icalendar.cal.timezone import Timezone

from engage.activities.facts import OccurrenceFacts

MIME_TYPE = "text/calendar; charset=utf-8"


class Method(StrEnum):
    """RFC 5546: what the receiver's calendar shall do with the entry."""

    PUBLISH = "PUBLISH"
    REQUEST = "REQUEST"
    CANCEL = "CANCEL"


def uid(facts: OccurrenceFacts, host: str) -> str:
    """The name of a date in every calendar, for ever."""
    return f"occ-{facts.occurrence}@{host}"


def entry(
    facts: OccurrenceFacts,
    *,
    method: Method,
    host: str,
    url: str,
    note: str,
    sequence: int,
    now: datetime,
    organiser: tuple[str, str] | None = None,
    attendee: str | None = None,
    tentative: bool = False,
) -> str:
    """One date as an iCalendar file, with its VTIMEZONE.

    `note` goes before the summary in the description, `organiser` is (name, address); with `attendee` (an address) no reply
    is asked for, since nobody reads those. `sequence` adds the sign-up's own changes to those of the date.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//Engage//Learning city//EN")
    calendar.add("version", "2.0")
    calendar.add("method", method.value)
    calendar.add_component(_zone(facts))
    event = Event()
    event.add("uid", uid(facts, host))
    event.add("dtstamp", now)
    event.add("sequence", facts.sequence + sequence)
    event.add("dtstart", facts.starts_at.astimezone(facts.zone))
    event.add("dtend", facts.ends_at.astimezone(facts.zone))
    event.add("last-modified", max(facts.updated_at, now))
    event.add("summary", facts.title, parameters={"language": facts.language})
    event.add("description", "\n\n".join(part for part in (note, facts.summary) if part))
    event.add("url", url)
    event.add("status", _status(method, facts, tentative))
    if facts.place or facts.online_url:
        event.add("location", ", ".join(part for part in (facts.place, facts.address) if part) or facts.online_url)
    if facts.latitude is not None and facts.longitude is not None:
        event.add("geo", (facts.latitude, facts.longitude))
    if organiser:
        event.add("organizer", _party(organiser[1], organiser[0]))
    if attendee:
        event.add("attendee", _attendee(attendee))
    calendar.add_component(event)
    return str(calendar.to_ical().decode())


def _zone(facts: OccurrenceFacts) -> Timezone:
    """The zone's rules for the years of this date alone, so that the file stays small."""
    year = facts.starts_at.year
    return Timezone.from_tzinfo(facts.zone, first_date=date(year, 1, 1), last_date=date(facts.ends_at.year + 1, 1, 1))


def _status(method: Method, facts: OccurrenceFacts, tentative: bool) -> str:
    if method is Method.CANCEL or facts.called_off:
        return "CANCELLED"
    return "TENTATIVE" if tentative else "CONFIRMED"


def _party(address: str, name: str) -> vCalAddress:
    party = vCalAddress(f"mailto:{address}")
    party.params["cn"] = vText(name)
    return party


def _attendee(address: str) -> vCalAddress:
    party = vCalAddress(f"mailto:{address}")
    party.params["rsvp"] = vText("FALSE")
    party.params["partstat"] = vText("ACCEPTED")
    return party
