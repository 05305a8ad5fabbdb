"""Calendar entries (RFC 5545, 5546, 7986): one VEVENT for a date, with a UID that never changes.

The same UID stands in the mail, the download and every feed, so that a moved or cancelled date moves in people's calendars.
No entry has an alarm: when to be reminded is for whoever has the calendar to say, and we remind by ourselves.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from engage.activities.content_lines import line, parameter, text
from engage.activities.facts import OccurrenceFacts
from engage.activities.zones import timezone
from engage.base.i18n import gettext as _

MIME_TYPE = "text/calendar; charset=utf-8"
# How often a calendar is told to ask again. What changes in between stands in the letters.
_ASK_AGAIN = "PT4H"


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


@dataclass(frozen=True, slots=True)
class Removed:
    """A date that was public and is no more, not even as one called off: what a calendar must know to take it out.

    `sequence` is higher than any it was shown with.
    """

    occurrence: str
    title: str
    starts_at: datetime
    ends_at: datetime
    zone: ZoneInfo
    sequence: int
    removed_at: datetime


def uid(occurrence: str, host: str) -> str:
    """The name of a date in every calendar, for ever; `occurrence` is its public id."""
    return f"occ-{occurrence}@{host}"


def changed_at(facts: OccurrenceFacts) -> datetime:
    """When the date or what is told of it last changed."""
    return max(facts.updated_at, facts.described_at)


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
    status = _status(facts, gone=method is Method.CANCEL, tentative=tentative)
    event = _event(facts, status=status, host=host, url=url, note=note, sequence=sequence, stamp=now)
    if organiser:
        event.append(_organiser(organiser))
    if attendee:
        # Who signed up has said yes. Without RSVP=FALSE programs ask once more, and send the answer where nobody looks.
        event.append(line("ATTENDEE;CUTYPE=INDIVIDUAL;PARTSTAT=ACCEPTED;RSVP=FALSE", f"mailto:{attendee}"))
    return _calendar(method, [], [_moments(facts)], [event])


def entries(found: Sequence[Entry], *, host: str, now: datetime, organiser: tuple[str, str]) -> str:
    """Several dates as one file, those called off as such.

    RFC 5546 (3.2.2, 3.2.5) lets a REQUEST or CANCEL speak of one UID alone; PUBLISH is its way to send several, and then names
    nobody who is invited. A calendar knows each by its UID and takes the higher sequence.
    """
    events = [
        [
            *_event(
                each.facts,
                status=_status(each.facts, gone=each.gone),
                host=host,
                url=each.url,
                note=each.note,
                sequence=each.sequence,
                stamp=now,
            ),
            _organiser(organiser),
        ]
        for each in found
    ]
    return _calendar(Method.PUBLISH, [], [_moments(each.facts) for each in found], events)


@dataclass(frozen=True, slots=True)
class Following:
    """A calendar to follow: what it is called, the page it belongs to, and where it is read from itself."""

    name: str
    url: str
    source: str = ""
    zone: str = ""


def feed(
    dates: Sequence[OccurrenceFacts],
    following: Following,
    *,
    host: str,
    url_of: Callable[[OccurrenceFacts], str],
    removed: Sequence[Removed] = (),
) -> str:
    """Many dates as one calendar to follow (RFC 7986). Nobody is busy for what others hold, so it takes up nobody's time.

    It depends on nothing but what it is given, not on the clock, so that an unchanged calendar is the same bytes.
    """
    events = []
    for facts in dates:
        status, page = _status(facts), url_of(facts)
        words = _("Called off") if status is Status.CANCELLED else ""
        event = _event(
            facts,
            status=status,
            host=host,
            url=page,
            note="",
            sequence=0,
            stamp=changed_at(facts),
            words=words,
            last=page,
        )
        events.append([*event, "TRANSP:TRANSPARENT\r\n"])
    events += [_tombstone(each, host) for each in removed]
    moments = [*map(_moments, dates), *((each.zone.key, each.starts_at, each.ends_at) for each in removed)]
    return _calendar(Method.PUBLISH, _following(following), moments, events)


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
    dates: Sequence[OwnDate], following: Following, *, host: str, url_of: Callable[[OccurrenceFacts], str]
) -> str:
    """One person's dates as a calendar to follow; each has the UID it has in mails and in the public calendar.

    No secret stands in it, since people share calendars. The same dates are the same bytes.
    """
    events = []
    for each in dates:
        status = Status.CANCELLED if each.facts.called_off else each.status
        event = _event(
            each.facts,
            status=status,
            host=host,
            url=url_of(each.facts),
            note=each.note,
            sequence=each.sequence,
            stamp=max(changed_at(each.facts), each.changed_at),
            words=_("Called off") if each.facts.called_off else each.words,
        )
        # Who only waits is not busy: others may still ask them for that time.
        events.append([*event, line("TRANSP", "OPAQUE" if status is Status.CONFIRMED else "TRANSPARENT")])
    return _calendar(Method.PUBLISH, _following(following), [_moments(each.facts) for each in dates], events)


_Moments = tuple[str, datetime, datetime]  # the zone's name, start and end


def _moments(facts: OccurrenceFacts) -> _Moments:
    return facts.zone.key, facts.starts_at, facts.ends_at


def _calendar(method: Method, head: Iterable[str], moments: Iterable[_Moments], events: Iterable[list[str]]) -> str:
    lines = ["BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Engage//Learning city//EN\r\nCALSCALE:GREGORIAN\r\n"]
    lines += [line("METHOD", method.value), *head, *_zones(moments)]
    for event in events:
        lines += ["BEGIN:VEVENT\r\n", *event, "END:VEVENT\r\n"]
    lines.append("END:VCALENDAR\r\n")
    return "".join(lines)


def _following(following: Following) -> list[str]:
    # RFC 7986 has a name for each of these; the second of each pair is what older calendars read.
    lines = [line("NAME", text(following.name)), line("X-WR-CALNAME", text(following.name)), line("URL", following.url)]
    if following.source:
        lines.append(line("SOURCE;VALUE=URI", following.source))
    if following.zone:
        lines.append(line("X-WR-TIMEZONE", following.zone))
    return [*lines, line("REFRESH-INTERVAL;VALUE=DURATION", _ASK_AGAIN), line("X-PUBLISHED-TTL", _ASK_AGAIN)]


def _zones(moments: Iterable[_Moments]) -> list[str]:
    years: dict[str, list[int]] = {}
    for key, starts_at, ends_at in moments:
        years.setdefault(key, []).extend((starts_at.year, ends_at.year))
    return [timezone(key, min(known), max(known)) for key, known in sorted(years.items())]


def _event(
    facts: OccurrenceFacts,
    *,
    status: Status,
    host: str,
    url: str,
    note: str,
    sequence: int,
    stamp: datetime,
    words: str = "",
    last: str = "",
) -> list[str]:
    """The lines of one entry. `words` go before the title, since many programs show nothing of a status; `last` ends the
    description, since many show no URL either."""
    title = f"{words}: {facts.title}" if words else facts.title
    where = ", ".join(part for part in (facts.place, facts.address) if part) or facts.online_url
    described = "\n\n".join(part for part in (note, facts.summary, last) if part)
    lines = [
        line("UID", uid(facts.occurrence, host)),
        line("DTSTAMP", _utc(stamp)),
        line("SEQUENCE", str(facts.sequence + sequence)),
        *_times(facts.starts_at, facts.ends_at, facts.zone),
        line("LAST-MODIFIED", _utc(max(changed_at(facts), stamp))),
        line(f"SUMMARY;LANGUAGE={facts.language}", text(title)),
        line("DESCRIPTION", text(described)),
        line("URL", url),
        line("STATUS", status.value),
    ]
    if where:
        lines.append(line("LOCATION", text(where)))
    if facts.latitude is not None and facts.longitude is not None:
        lines.append(line("GEO", f"{facts.latitude};{facts.longitude}"))
    return lines


def _tombstone(removed: Removed, host: str) -> list[str]:
    words = _("Called off")
    return [
        line("UID", uid(removed.occurrence, host)),
        line("DTSTAMP", _utc(removed.removed_at)),
        line("SEQUENCE", str(removed.sequence)),
        *_times(removed.starts_at, removed.ends_at, removed.zone),
        line("LAST-MODIFIED", _utc(removed.removed_at)),
        line("SUMMARY", text(f"{words}: {removed.title}")),
        line("STATUS", Status.CANCELLED.value),
        "TRANSP:TRANSPARENT\r\n",
    ]


def _times(starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> list[str]:
    """When it begins and ends. An end that is not later than the start may not be told (3.8.2.2), and is the start's."""
    lines = [_time("DTSTART", starts_at, zone)]
    return [*lines, _time("DTEND", ends_at, zone)] if ends_at > starts_at else lines


def _time(name: str, instant: datetime, zone: ZoneInfo) -> str:
    """A moment as clocks there show it, so that a calendar keeps it whatever becomes of summer time.

    An hour that comes twice means the first of the two (3.3.5), but not to all programs, so it is told in UTC.
    """
    local = instant.astimezone(zone)
    comes_twice = local.utcoffset() != local.replace(fold=1 - local.fold).utcoffset()
    if comes_twice or zone.key == "UTC":
        return line(name, _utc(instant))
    return line(f"{name};TZID={zone.key}", f"{local:%Y%m%dT%H%M%S}")


def _utc(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _status(facts: OccurrenceFacts, *, gone: bool = False, tentative: bool = False) -> Status:
    if gone or facts.called_off:
        return Status.CANCELLED
    return Status.TENTATIVE if tentative else Status.CONFIRMED


def _organiser(organiser: tuple[str, str]) -> str:
    name, address = organiser
    return line(f"ORGANIZER;CN={parameter(name)}", f"mailto:{address}")
