"""Calendar entries (RFC 5545, 5546, 7986): one VEVENT for a date, with a UID that never changes.

The same UID stands in the mail, the download and every feed, so that a moved or cancelled date moves in people's calendars.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from icalendar import Calendar, Event, vCalAddress, vText
from icalendar.cal.timezone import Timezone

from engage.activities.facts import OccurrenceFacts

MIME_TYPE = "text/calendar; charset=utf-8"
_ASK_AGAIN = timedelta(hours=4)


class Method(StrEnum):
    """RFC 5546: what the receiver's calendar shall do with the entry."""

    PUBLISH = "PUBLISH"
    REQUEST = "REQUEST"
    CANCEL = "CANCEL"


@dataclass(frozen=True, slots=True)
class Entry:
    """One of several dates in a file: where it leads, what stands before its summary, and its sign-up's own changes.

    `gone`: it leaves the calendar, as its sign-up is cancelled.
    """

    facts: OccurrenceFacts
    url: str
    note: str
    sequence: int
    gone: bool = False


class Status(StrEnum):
    """RFC 5545, 3.8.1.11: whether an entry stands."""

    CONFIRMED = "CONFIRMED"
    TENTATIVE = "TENTATIVE"
    CANCELLED = "CANCELLED"


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
    calendar = _calendar(method)
    calendar.add_component(_zone([facts]))
    event = _event(facts, method=method, host=host, url=url, note=note, sequence=sequence, now=now, tentative=tentative)
    if organiser:
        event.add("organizer", _party(organiser[1], organiser[0]))
    if attendee:
        event.add("attendee", _attendee(attendee))
    calendar.add_component(event)
    return str(calendar.to_ical().decode())


def entries(found: Sequence[Entry], *, host: str, now: datetime, organiser: tuple[str, str]) -> str:
    """Several dates as one file, those called off as such.

    RFC 5546 (3.2.2, 3.2.5) lets a REQUEST or CANCEL speak of one UID alone; PUBLISH is its way to send several, and then names
    nobody who is invited. A calendar knows each by its UID and takes the higher sequence.
    """
    calendar = _calendar(Method.PUBLISH)
    _add_zones(calendar, [each.facts for each in found])
    for each in found:
        event = _event(
            each.facts,
            method=Method.CANCEL if each.gone else Method.PUBLISH,
            host=host,
            url=each.url,
            note=each.note,
            sequence=each.sequence,
            now=now,
            tentative=False,
        )
        event.add("organizer", _party(organiser[1], organiser[0]))
        calendar.add_component(event)
    return str(calendar.to_ical().decode())


def feed(
    dates: Sequence[OccurrenceFacts], *, name: str, host: str, url: str, url_of: Callable[[OccurrenceFacts], str]
) -> str:
    """Many dates as one calendar to follow, called `name`, itself found at `url` (RFC 7986).

    It depends on nothing but `dates`, not on the clock, so that an unchanged calendar is the same bytes.
    """
    calendar = _following(name, url)
    _add_zones(calendar, dates)
    for facts in dates:
        at = facts.updated_at
        calendar.add_component(
            _event(
                facts, method=Method.PUBLISH, host=host, url=url_of(facts), note="", sequence=0, now=at, tentative=False
            )
        )
    return str(calendar.to_ical().decode())


@dataclass(frozen=True, slots=True)
class OwnDate:
    """A date as it stands in one person's own calendar. `words` go before the title where it is not certain that they come.

    `sequence` and `changed_at` are the sign-up's own, added to those of the date.
    """

    facts: OccurrenceFacts
    status: Status
    words: str
    note: str
    sequence: int
    changed_at: datetime


def own_feed(
    dates: Sequence[OwnDate], *, name: str, host: str, url: str, url_of: Callable[[OccurrenceFacts], str]
) -> str:
    """One person's dates as a calendar to follow; each has the UID it has in mails and in the public calendar.

    No secret stands in it, since people share calendars. The same dates are the same bytes.
    """
    calendar = _following(name, url)
    _add_zones(calendar, [each.facts for each in dates])
    for each in dates:
        event = _event(
            each.facts,
            method=Method.PUBLISH,
            host=host,
            url=url_of(each.facts),
            note=each.note,
            sequence=each.sequence,
            now=max(each.facts.updated_at, each.changed_at),
            tentative=False,
        )
        event["status"] = vText(Status.CANCELLED if each.facts.called_off else each.status)
        if each.words:
            title = f"{each.words}: {each.facts.title}"
            event["summary"] = vText(title, params=event["summary"].params)
        # Who only waits is not busy: others may still ask them for that time.
        event.add("transp", "OPAQUE" if each.status is Status.CONFIRMED else "TRANSPARENT")
        calendar.add_component(event)
    return str(calendar.to_ical().decode())


def _following(name: str, url: str) -> Calendar:
    calendar = _calendar(Method.PUBLISH)
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("url", url)
    # RFC 7986, 5.7: how often to ask again; the second name is what older calendars read.
    calendar.add("refresh-interval", _ASK_AGAIN, parameters={"value": "DURATION"})
    calendar.add("x-published-ttl", "PT4H")
    return calendar


def _add_zones(calendar: Calendar, dates: Sequence[OccurrenceFacts]) -> None:
    for zone in sorted({facts.zone.key for facts in dates}):
        calendar.add_component(_zone([facts for facts in dates if facts.zone.key == zone]))


def _calendar(method: Method) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", "-//Engage//Learning city//EN")
    calendar.add("version", "2.0")
    calendar.add("method", method.value)
    return calendar


def _event(
    facts: OccurrenceFacts,
    *,
    method: Method,
    host: str,
    url: str,
    note: str,
    sequence: int,
    now: datetime,
    tentative: bool,
) -> Event:
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
    return event


def _zone(dates: Sequence[OccurrenceFacts]) -> Timezone:
    """The rules of these dates' zone for their years alone, so that the file stays small."""
    first, last = min(facts.starts_at.year for facts in dates), max(facts.ends_at.year for facts in dates)
    return Timezone.from_tzinfo(dates[0].zone, first_date=date(first, 1, 1), last_date=date(last + 1, 1, 1))


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
