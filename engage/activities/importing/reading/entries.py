"""The entries of a calendar file as text: unfolded, with the line each begins at, and only the properties we read.

Each series is parsed alone, so one broken entry costs itself and not the file.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from engage.activities.importing.events import CannotRead
from engage.activities.importing.reading.texts import LONGEST_LINE

# Attendees, alarms, attachments and what programs tell themselves is not read at all: it is not ours to know.
_READ = frozenset((
    "UID", "SUMMARY", "DESCRIPTION", "X-ALT-DESC", "DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE",
    "RECURRENCE-ID", "LOCATION", "GEO", "URL", "CONFERENCE", "STATUS", "CLASS", "SEQUENCE",
))  # fmt: skip
_NAME = re.compile(r"[A-Za-z0-9-]+")
_ZONE_OF = re.compile(r";TZID=(?:\"([^\"]+)\"|([^;:]+))", re.IGNORECASE)


@dataclass(slots=True)
class Entry:
    """One VEVENT: its lines, and the line of the file it begins at."""

    position: int
    lines: list[str] = field(default_factory=list)
    complete: bool = False

    def first(self, name: str) -> str:
        """The value of the first property with this name, as it stands there, or ""."""
        line = next((line for line in self.lines if _named(line) == name), "")
        return line.partition(":")[2].strip()

    def names(self) -> set[str]:
        return {_named(line) for line in self.lines}

    def zones(self) -> set[str]:
        """The zones its dates are given in."""
        return {
            quoted or plain for line in self.lines for quoted, plain in _ZONE_OF.findall(line.partition(":")[0] + ":")
        }


@dataclass(slots=True)
class Parts:
    """A calendar file taken apart: its entries, its own zones by name as text, and the zone the whole is told in."""

    entries: list[Entry] = field(default_factory=list)
    zones: dict[str, str] = field(default_factory=dict)
    zone: str = ""


def split(text: str) -> Parts:
    """Take a calendar file apart. Raises `CannotRead` when it holds no calendar."""
    parts, entry, zone, inside = Parts(), None, None, 0
    for number, line in _unfolded(text):
        name, upper = _named(line), line.strip().upper()
        if entry is not None:
            # What stands inside an entry (alarms) is passed over.
            inside += (name == "BEGIN") - (name == "END" and upper != "END:VEVENT")
            if upper == "END:VEVENT":
                entry.complete, entry, inside = True, None, 0
            elif inside == 0 and name in _READ:
                entry.lines.append(line)
        elif zone is not None:
            zone.append(line)
            if upper == "END:VTIMEZONE":
                parts.zones[_tzid(zone)] = "\n".join(zone)
                zone = None
        elif upper == "BEGIN:VEVENT":
            entry = Entry(number)
            parts.entries.append(entry)
        elif upper == "BEGIN:VTIMEZONE":
            zone = [line]
        elif name == "X-WR-TIMEZONE":
            parts.zone = line.partition(":")[2].strip()
    return parts


def _unfolded(text: str) -> Iterator[tuple[int, str]]:
    """Content lines with the number of the line each begins at (RFC 5545, 3.1): a line that begins with white space goes
    on with the one before."""
    begun, pieces, length = 1, [""], 0
    for number, line in enumerate(text.split("\n"), 1):
        if line[:1] in {" ", "\t"}:
            pieces.append(line[1:])
            length += len(line)
        else:
            if pieces[0]:
                yield begun, "".join(pieces)
            begun, pieces, length = number, [line], len(line)
        if length > LONGEST_LINE and _named(pieces[0]) in _READ:
            raise CannotRead("line_too_long", line=begun, most=LONGEST_LINE)
    if pieces[0]:
        yield begun, "".join(pieces)


def _named(line: str) -> str:
    match = _NAME.match(line)
    return match.group().upper() if match else ""


def _tzid(lines: list[str]) -> str:
    return next((line.partition(":")[2].strip() for line in lines if _named(line) == "TZID"), "")
