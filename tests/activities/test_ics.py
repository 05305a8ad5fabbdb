"""Calendar entries, read back by a calendar: the same entry for ever, at the right hour, whatever was written into it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import pytest

from engage.activities import facts, ics
from engage.activities.facts import OccurrenceFacts
from engage.activities.ics import Method
from tests.conftest import NOW
from tests.town import Town

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
HOST = "laering.example.org"
HOSTILE = 'Æbler; øl, "citat" \\ og\nBEGIN:VEVENT\r\nX-EVIL:1'


@pytest.fixture
def date_(town: Town) -> OccurrenceFacts:
    (found,) = facts.occurrences([town.occurrence().id], "da")
    return found


def entry(date_: OccurrenceFacts, **facts_: Any) -> str:
    given = {
        "method": Method.PUBLISH,
        "host": HOST,
        "url": "https://laering.example.org/a",
        "note": "",
        "sequence": 0,
        "now": NOW,
    }
    return ics.entry(date_, **{**given, **facts_})


def event(text: str) -> icalendar.Event:
    calendar = icalendar.Calendar.from_ical(text)
    (found,) = calendar.walk("VEVENT")
    assert isinstance(found, icalendar.Event)
    return found


def test_one_date_has_one_name_in_every_calendar_for_ever(date_: OccurrenceFacts) -> None:
    changed = replace(
        date_,
        title="Nyt navn",
        starts_at=date_.starts_at + timedelta(days=1),
        ends_at=date_.ends_at + timedelta(days=1),
    )
    names = {
        str(event(text)["UID"])
        for text in (
            entry(date_),
            entry(changed, now=NOW + timedelta(days=3)),
            entry(date_, method=Method.CANCEL, sequence=4, organiser=("B", "b@example.org"), attendee="a@example.org"),
        )
    }
    assert names == {f"occ-{date_.occurrence}@{HOST}"}


def test_a_change_of_the_date_and_one_of_the_sign_up_both_count(date_: OccurrenceFacts) -> None:
    assert event(entry(date_))["SEQUENCE"] == 0
    assert event(entry(replace(date_, sequence=2), sequence=1))["SEQUENCE"] == 3


@pytest.mark.parametrize(
    ("starts_at", "offset"),
    [
        (datetime(2026, 1, 1, 0, 30), 1),
        (datetime(2026, 3, 7, 10), 1),
        (datetime(2026, 3, 29, 1, 30), 1),
        (datetime(2026, 3, 29, 3, 30), 2),
        (datetime(2026, 7, 1, 18), 2),
        (datetime(2026, 10, 25, 1, 30), 2),
        (datetime(2026, 10, 25, 4), 1),
        (datetime(2026, 12, 31, 23), 1),
    ],
)
def test_the_file_brings_the_rules_of_its_zone_along(date_: OccurrenceFacts, starts_at: datetime, offset: int) -> None:
    """Read with the VTIMEZONE of the file alone, as an old calendar does that knows no zones."""
    start = starts_at.replace(tzinfo=COPENHAGEN).astimezone(UTC)
    text = entry(replace(date_, starts_at=start, ends_at=start + timedelta(hours=2)))
    calendar = icalendar.Calendar.from_ical(text)
    (zone,) = calendar.walk("VTIMEZONE")
    assert isinstance(zone, icalendar.Timezone)
    assert zone["TZID"] == "Europe/Copenhagen"
    written = event(text)["DTSTART"]
    assert written.params["TZID"] == "Europe/Copenhagen"
    assert written.dt.replace(tzinfo=None) == starts_at
    by_the_file = starts_at.replace(tzinfo=zone.to_tz(lookup_tzid=False))
    assert by_the_file.utcoffset() == timedelta(hours=offset)


def test_an_end_on_the_other_side_of_new_year_has_its_rules_too(date_: OccurrenceFacts) -> None:
    start = datetime(2026, 12, 31, 20, tzinfo=COPENHAGEN).astimezone(UTC)
    text = entry(replace(date_, starts_at=start, ends_at=start + timedelta(hours=6)))
    (zone,) = icalendar.Calendar.from_ical(text).walk("VTIMEZONE")
    assert datetime(2027, 1, 1, 2, tzinfo=zone.to_tz(lookup_tzid=False)).utcoffset() == timedelta(hours=1)  # type: ignore[attr-defined]


def test_no_line_is_longer_than_75_octets_and_every_line_ends_as_it_must(date_: OccurrenceFacts) -> None:
    long = replace(date_, title="Blåbærgrød på æblegården " * 6, summary="Ærø ø å 🌱 " * 25)
    text = entry(long, note="Kan du ikke komme? https://laering.example.org/tilmelding/" + "x" * 120)
    assert text.replace("\r\n", "").count("\n") == 0
    lines = text.encode().split(b"\r\n")
    assert max(len(line) for line in lines) <= 75
    for line in lines:
        line.decode()  # no letter is cut in two
    assert str(event(text)["SUMMARY"]) == long.title


def test_what_was_written_is_text_and_can_add_nothing(date_: OccurrenceFacts) -> None:
    hostile = replace(date_, title=HOSTILE, summary=HOSTILE, place=HOSTILE, organisation=HOSTILE)
    text = entry(
        hostile, note=HOSTILE, organiser=(HOSTILE, "b@example.org"), attendee="a@example.org", method=Method.REQUEST
    )
    found = event(text)
    assert "X-EVIL" not in found
    assert not any(line.startswith(("X-EVIL", "BEGIN:VEVENT\r\nX")) for line in text.split("\r\n"))
    as_read = HOSTILE.replace("\r\n", "\n")
    assert str(found["SUMMARY"]).replace("\r\n", "\n") == as_read
    assert str(found["DESCRIPTION"]).replace("\r\n", "\n") == f"{as_read}\n\n{as_read}"
    assert str(found["ORGANIZER"]) == "mailto:b@example.org"


@pytest.mark.parametrize(
    ("method", "tentative", "cancelled", "status"),
    [
        (Method.REQUEST, False, False, "CONFIRMED"),
        (Method.REQUEST, True, False, "TENTATIVE"),
        (Method.CANCEL, False, False, "CANCELLED"),
        (Method.CANCEL, True, False, "CANCELLED"),
        (Method.PUBLISH, False, True, "CANCELLED"),
    ],
)
def test_a_calendar_is_told_how_the_date_stands(
    date_: OccurrenceFacts, method: Method, tentative: bool, cancelled: bool, status: str
) -> None:
    text = entry(replace(date_, cancelled=cancelled), method=method, tentative=tentative)
    assert str(event(text)["STATUS"]) == status
    assert str(icalendar.Calendar.from_ical(text)["METHOD"]) == method.value


def test_an_invitation_names_who_invites_and_who_comes_and_a_public_file_names_nobody(date_: OccurrenceFacts) -> None:
    invited = event(
        entry(
            date_, method=Method.REQUEST, organiser=("Biblioteket", "laering@example.org"), attendee="anna@example.org"
        )
    )
    assert str(invited["ORGANIZER"]) == "mailto:laering@example.org"
    assert invited["ORGANIZER"].params["CN"] == "Biblioteket"
    assert str(invited["ATTENDEE"]) == "mailto:anna@example.org"
    assert invited["ATTENDEE"].params["RSVP"] == "FALSE"
    public = entry(date_)
    assert "ATTENDEE" not in public
    assert "ORGANIZER" not in public


def test_it_tells_where_and_what_and_when(date_: OccurrenceFacts) -> None:
    found = event(entry(replace(date_, latitude=54.9, longitude=9.8), note="Kom og vær med."))
    assert found["DTSTART"].dt == date_.starts_at
    assert found["DTEND"].dt == date_.ends_at
    assert str(found["LOCATION"]) == f"{date_.place}, {date_.address}"
    assert str(found["DESCRIPTION"]) == f"Kom og vær med.\n\n{date_.summary}"
    assert found["GEO"].to_ical() == "54.9;9.8"
    assert found["SUMMARY"].params["LANGUAGE"] == "da"


def test_a_date_on_the_net_is_held_at_its_link(town: Town) -> None:
    online = facts.occurrences([town.occurrence(online_url="https://x.example.org/møde").id], "da")[0]
    assert str(event(entry(online))["LOCATION"]) == "https://x.example.org/møde"
