"""Calendars: every date of every event, whatever program wrote the file."""

from datetime import datetime, timedelta

import icalendar
import pytest
import recurring_ical_events

from engage.activities.importing.events import CannotRead, Options
from tests.activities.importing.files import OPTIONS, at, calendar, entry, noted, only, read, reasons, starts
from tests.conftest import NOW

WINDOWS_ZONE = """BEGIN:VTIMEZONE
TZID:Our own zone
BEGIN:STANDARD
DTSTART:16010101T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE
"""


def test_an_entry_is_read_with_its_words_place_and_address() -> None:
    event = only(
        read(
            calendar(
                entry(
                    "7@example.org",
                    "Klimacafé\\, tredje gang",
                    "20260310T190000",
                    "20260310T210000",
                    "DESCRIPTION:Kom og tal om klima.\\n\\nDer er kaffe og",
                    "  kage.",
                    "LOCATION:Multihuset\\, Storegade 3\\, 6400 Byen",
                    "URL:https://example.org/klima",
                    "GEO:54.9;9.8",
                )
            )
        )
    )
    assert (event.external_id, event.recurrence_id, event.position) == ("7@example.org", "", 3)
    assert event.words[""].title == "Klimacafé, tredje gang"
    assert event.words[""].summary == "Kom og tal om klima."
    assert event.words[""].body == "Der er kaffe og kage."
    assert (event.starts_at, event.ends_at) == (at("2026-03-10 18:00"), at("2026-03-10 20:00"))
    assert event.place is not None
    place = (event.place.name, event.place.street, event.place.postal_code, event.place.town, event.place.latitude)
    assert place == ("Multihuset", "Storegade 3", "6400", "Byen", 54.9)
    assert event.url == "https://example.org/klima"
    assert not event.notes


def test_a_weekly_rule_keeps_the_clock_over_summer_time() -> None:
    reading = read(calendar(entry("a", "Kor", "20260317T190000", "20260317T210000", "RRULE:FREQ=WEEKLY;COUNT=3")))
    assert starts(reading) == ["2026-03-17 18:00", "2026-03-24 18:00", "2026-03-31 17:00"]
    assert [event.recurrence_id for event in reading.events] == [
        "20260317T180000Z",
        "20260324T180000Z",
        "20260331T170000Z",
    ]


@pytest.mark.parametrize(
    "exdate", ["EXDATE;VALUE=DATE:20260317", "EXDATE:20260317T180000Z", "EXDATE;TZID=Europe/Berlin:20260317T190000"]
)
def test_a_date_is_left_out_whatever_type_it_is_left_out_by(exdate: str) -> None:
    reading = read(
        calendar(entry("a", "Kor", "20260310T190000", "20260310T210000", "RRULE:FREQ=WEEKLY;COUNT=3", exdate))
    )
    assert starts(reading) == ["2026-03-10 18:00", "2026-03-24 18:00"]


def test_single_dates_and_periods_are_added() -> None:
    more = (
        "RDATE;TZID=Europe/Copenhagen:20260312T190000",
        "RDATE;VALUE=PERIOD:20260314T080000Z/20260314T120000Z,20260315T080000Z/PT1H",
    )
    reading = read(calendar(entry("a", "Kursus", "20260310T190000", "20260310T210000", *more)))
    found = [(event.starts_at, event.ends_at) for event in reading.events]
    assert found == [
        (at("2026-03-10 18:00"), at("2026-03-10 20:00")),
        (at("2026-03-12 18:00"), at("2026-03-12 20:00")),
        (at("2026-03-14 08:00"), at("2026-03-14 12:00")),
        (at("2026-03-15 08:00"), at("2026-03-15 09:00")),
    ]


def test_a_changed_date_keeps_the_name_it_had_in_its_series() -> None:
    reading = read(
        calendar(
            entry("a", "Kor", "20260310T190000", "20260310T210000", "RRULE:FREQ=WEEKLY;COUNT=3"),
            entry(
                "a",
                "Kor med gæst",
                "20260318T200000",
                "20260318T220000",
                "RECURRENCE-ID;TZID=Europe/Copenhagen:20260317T190000",
            ),
        )
    )
    assert starts(reading) == ["2026-03-10 18:00", "2026-03-24 18:00", "2026-03-18 19:00"]
    moved = reading.events[2]
    assert (moved.recurrence_id, moved.position, moved.title) == ("20260317T180000Z", 10, "Kor med gæst")


def test_a_whole_day_ends_at_its_midnight_and_says_so() -> None:
    event = only(read(b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\nSUMMARY:Loppemarked\nDTSTART;VALUE=DATE:20260314\n"
                      b"DTEND;VALUE=DATE:20260316\nEND:VEVENT\nEND:VCALENDAR\n"))  # fmt: skip
    assert (event.starts_at, event.ends_at) == (at("2026-03-13 23:00"), at("2026-03-15 23:00"))
    assert noted(event) == {"all_day"}


@pytest.mark.parametrize("zone", ["W. Europe Standard Time", "Our own zone", "/example.org/Europe/Copenhagen"])
def test_windows_zones_own_zones_and_long_names_are_understood(zone: str) -> None:
    lines = f"BEGIN:VEVENT\nUID:a\nSUMMARY:Møde\nDTSTART;TZID={zone}:20260410T190000\nDTEND;TZID={zone}:20260410T200000\nEND:VEVENT\n"
    event = only(read(calendar(lines, head=WINDOWS_ZONE)))
    assert event.starts_at == at("2026-04-10 17:00")
    assert event.zone in {"Europe/Copenhagen", "Europe/Berlin"}


def test_a_zone_nobody_knows_is_read_as_local_time_and_told() -> None:
    lines = "BEGIN:VEVENT\nUID:a\nSUMMARY:Møde\nDTSTART;TZID=Moon/Base:20260310T190000\nDTEND;TZID=Moon/Base:20260310T200000\nEND:VEVENT\n"
    event = only(read(calendar(lines)))
    assert event.starts_at == at("2026-03-10 18:00")
    assert [(note.code, note.facts) for note in event.notes] == [("zone_unknown", {"zone": "Moon/Base"})]


def test_times_without_a_zone_are_in_the_calendars_or_else_in_ours() -> None:
    lines = "BEGIN:VEVENT\nUID:a\nSUMMARY:Møde\nDTSTART:20260310T190000\nDTEND:20260310T200000\nEND:VEVENT\n"
    assert only(read(calendar(lines))).starts_at == at("2026-03-10 18:00")
    london = only(read(calendar(lines, head="X-WR-TIMEZONE:Europe/London\n")))
    assert (london.starts_at, london.zone) == (at("2026-03-10 19:00"), "Europe/London")


def test_a_missing_end_and_an_end_before_the_start_are_told() -> None:
    without = "BEGIN:VEVENT\nUID:a\nSUMMARY:Møde\nDTSTART:20260310T180000Z\nEND:VEVENT\n"
    event = only(read(calendar(without)))
    assert (event.ends_at, noted(event)) == (event.starts_at, {"end_missing"})
    turned = only(read(calendar(entry("b", "Møde", "20260310T210000", "20260310T190000"))))
    assert (turned.starts_at, turned.ends_at) == (at("2026-03-10 18:00"), at("2026-03-10 20:00"))
    assert noted(turned) == {"end_before_start"}
    long = without.replace("SUMMARY", "DURATION:PT90M\nSUMMARY")
    assert only(read(calendar(long))).ends_at == at("2026-03-10 19:30")


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_every_kind_of_line_end_is_read(ends: str) -> None:
    content = calendar(entry()).decode().replace("\n", ends).encode()
    assert starts(read(content)) == ["2026-03-10 18:00"]


def test_what_only_says_that_a_room_is_taken_is_left_out() -> None:
    reading = read(
        calendar(
            entry("a", "Udlejet"),
            entry("b", "Optaget: familien Hansen"),
            entry("c", "Fest hos naboen", "20260310T190000", "20260310T210000", "CLASS:PRIVATE"),
            entry("d", "Udlejet cykel repareres sammen"),
        )
    )
    assert [event.external_id for event in reading.events] == ["d"]
    assert [(each.reason.code, each.left_out) for each in reading.skipped] == [("private", True)] * 3


def test_a_cancelled_entry_says_that_it_is() -> None:
    event = only(read(calendar(entry("a", "Kor", "20260310T190000", "20260310T210000", "STATUS:CANCELLED"))))
    assert event.cancelled


def test_what_is_over_is_left_out_in_its_own_row() -> None:
    reading = read(
        calendar(
            entry("a", "I går", "20260303T190000", "20260303T210000"),
            entry("b"),
            entry("c", "For længe siden", "20190303T190000", "20190303T210000"),
        )
    )
    assert [event.external_id for event in reading.events] == ["b"]
    assert reasons(reading) == {3: "over", 15: "over"}


def test_one_broken_entry_costs_itself_alone_and_names_its_line() -> None:
    broken = "BEGIN:VEVENT\nUID:x\nSUMMARY:Kaput\nDTSTART:imorgen\nEND:VEVENT\n"
    dateless = "BEGIN:VEVENT\nUID:y\nSUMMARY:Uden dato\nEND:VEVENT\n"
    nameless = "BEGIN:VEVENT\nUID:z\nDTSTART:20260310T190000Z\nEND:VEVENT\n"
    ruled = entry("r", "Regel", "20260310T190000", "20260310T210000", "RRULE:FREQ=SOMETIMES")
    reading = read(calendar(broken, entry(), dateless, nameless, ruled))
    assert [event.external_id for event in reading.events] == ["a@example.org"]
    assert reasons(reading) == {3: "date_unreadable", 14: "date_missing", 18: "title_missing", 22: "rule_unreadable"}


def test_an_entry_that_breaks_off_is_told() -> None:
    reading = read(calendar(entry("a"))[:-40] + b"BEGIN:VEVENT\nUID:b\nSUMMARY:Halv\nDTSTART:20260310T1")
    assert "entry_cut_off" in reasons(reading).values()


def test_an_alarm_inside_an_entry_does_not_speak_for_it() -> None:
    alarm = ("BEGIN:VALARM", "DESCRIPTION:Husk det", "TRIGGER:-PT15M", "END:VALARM")
    event = only(read(calendar(entry("a", "Kor", "20260310T190000", "20260310T210000", *alarm))))
    assert event.words[""].summary == ""


def test_the_language_of_a_title_is_kept() -> None:
    content = calendar(entry()).replace(b"SUMMARY:", b"SUMMARY;LANGUAGE=de-DE:")
    assert set(only(read(content)).words) == {"de"}


def test_an_html_description_becomes_plain_paragraphs() -> None:
    html = "X-ALT-DESC;FMTTYPE=text/html:<html><head><title>x</title></head><body><p>Erst lesen</p><p>dann <a href='https://example.org/a'>hier</a> <script>alert(1)</script>klicken</p></body></html>"
    event = only(read(calendar(entry("a", "Lesung", "20260310T190000", "20260310T210000", html))))
    assert event.words[""].summary == "Erst lesen"
    assert event.words[""].body == "dann hier (https://example.org/a) klicken"


def test_a_meeting_on_the_net_has_an_address_and_no_place() -> None:
    event = only(
        read(
            calendar(entry("a", "Webinar", "20260310T190000", "20260310T210000", "LOCATION:https://example.org/rum/7"))
        )
    )
    assert (event.place, event.online_url) == (None, "https://example.org/rum/7")


def test_the_same_entry_twice_is_one_event() -> None:
    reading = read(calendar(entry("a"), entry("a")))
    assert len(reading.events) == 1


def test_an_entry_without_a_name_is_the_same_one_next_time() -> None:
    content = calendar(entry().replace("UID:a@example.org\n", ""))
    assert only(read(content)).external_id == only(read(content)).external_id != ""


def test_a_rule_without_an_end_is_followed_for_a_year_and_two_hundred_dates() -> None:
    weekly = read(calendar(entry("a", "Kor", "20200107T190000", "20200107T210000", "RRULE:FREQ=WEEKLY")))
    assert len(weekly.events) == 52
    assert min(weekly.events, key=lambda event: event.starts_at).starts_at > NOW
    daily = read(calendar(entry("a", "Morgensang", "20200107T080000", "20200107T083000", "RRULE:FREQ=DAILY")))
    assert len(daily.events) == 200
    assert noted(daily.events[0]) == {"dates_cut"}


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ("FREQ=SECONDLY", "rule_too_often"),
        ("FREQ=MINUTELY;INTERVAL=5", "rule_too_often"),
        ("FREQ=DAILY;BYHOUR=8,9,10", "rule_too_often"),
        ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "rule_endless"),
        ("FREQ=DAILY;INTERVAL=99999999999", "rule_unreadable"),
    ],
)
def test_a_rule_that_asks_for_too_much_is_refused_in_its_row(rule: str, reason: str) -> None:
    reading = read(calendar(entry("a", "Evig", "20260310T190000", "20260310T210000", f"RRULE:{rule}"), entry("b")))
    assert reasons(reading) == {3: reason}
    assert [event.external_id for event in reading.events] == ["b"]


def test_a_calendar_without_events_or_with_too_many_is_refused() -> None:
    with pytest.raises(CannotRead) as none:
        read(calendar())
    with pytest.raises(CannotRead) as many:
        read(calendar(*(entry(str(number)) for number in range(2001))))
    assert (none.value.note.code, many.value.note.code) == ("calendar_empty", "too_many_events")


def test_every_date_is_where_the_library_of_recurring_events_puts_it() -> None:
    content = calendar(
        entry("a", "Månedligt", "20260303T190000", "20260303T210000", "RRULE:FREQ=MONTHLY;BYDAY=1TU,-1FR;COUNT=14"),
        entry("b", "Hver anden uge", "20250107T150000", "20250107T160000", "RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH;UNTIL=20261231T000000Z", "EXDATE;TZID=Europe/Copenhagen:20260324T150000,20260407T150000"),
        entry("b", "Flyttet", "20260423T100000", "20260423T110000", "RECURRENCE-ID;TZID=Europe/Copenhagen:20260421T150000"),
        entry("c", "Den 31.", "20260131T100000", "20260131T110000", "RRULE:FREQ=MONTHLY;BYMONTHDAY=31"),
    )  # fmt: skip
    whole = icalendar.Calendar.from_ical(content.decode())
    first, until = NOW, NOW + timedelta(days=366)
    expected = sorted(
        (found["DTSTART"].dt.timestamp(), found["DTEND"].dt.timestamp())
        for found in recurring_ical_events.of(whole).between(first, until)
    )
    mine = sorted((event.starts_at.timestamp(), event.ends_at.timestamp()) for event in read(content).events)
    assert mine == expected
    assert len(mine) > 60


def test_dates_may_be_asked_for_from_another_day() -> None:
    early = Options(OPTIONS.zone, datetime.fromisoformat("2025-01-01T00:00:00+01:00"), OPTIONS.until)
    assert starts(read(calendar(entry("a", "Før", "20250203T190000", "20250203T210000")), options=early)) == [
        "2025-02-03 18:00"
    ]
