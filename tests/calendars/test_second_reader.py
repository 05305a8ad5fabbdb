"""Our calendar files as another program reads them: the hours around summer time, and one entry through a whole life."""

import email
import email.policy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from zoneinfo import ZoneInfo

import pytest

from engage import registrations
from engage.activities import dates, facts, ics, public_calendars
from engage.activities.calendar import Filters
from engage.activities.facts import OccurrenceFacts
from engage.activities.ics import Method
from engage.activities.models import SignUpMode
from engage.base.config import Settings, current_settings
from engage.base.db import db
from engage.base.i18n import speaking
from engage.base.message import Message
from engage.channels.mail import render
from engage.outbox import Letter
from engage.registrations import Registration, changes, notices, own_calendar
from tests.calendars.reader import understood
from tests.conftest import NOW
from tests.town import Town

COPENHAGEN, NEW_YORK = ZoneInfo("Europe/Copenhagen"), ZoneInfo("America/New_York")
HOST = "laering.example.org"


@pytest.fixture
def date_(town: Town) -> OccurrenceFacts:
    (found,) = facts.occurrences([town.occurrence().id], "da")
    return found


def entry(date_: OccurrenceFacts, method: Method = Method.PUBLISH, note: str = "") -> str:
    return ics.entry(date_, method=method, host=HOST, url="https://x.example.org/a", note=note, sequence=0, now=NOW)


# By what the clocks there show, and how many hours it lasts. The clocks go forward on 29 March 2026 and back on 25 October.
AROUND = {
    "winter": ((2026, 3, 7, 10), (2026, 3, 7, 14), 4, COPENHAGEN),
    "summer": ((2026, 7, 1, 18), (2026, 7, 1, 20), 2, COPENHAGEN),
    "the night that is an hour shorter": ((2026, 3, 28, 22), (2026, 3, 29, 9), 10, COPENHAGEN),
    "over the hour that is skipped": ((2026, 3, 29, 1, 30), (2026, 3, 29, 3, 30), 1, COPENHAGEN),
    "in the first hour of summer time": ((2026, 3, 29, 3), (2026, 3, 29, 4), 1, COPENHAGEN),
    "the evening of that day": ((2026, 3, 29, 17), (2026, 3, 29, 19), 2, COPENHAGEN),
    "the night that is an hour longer": ((2026, 10, 24, 22), (2026, 10, 25, 9), 12, COPENHAGEN),
    "the first hour of winter time": ((2026, 10, 25, 3), (2026, 10, 25, 4), 1, COPENHAGEN),
    "the evening of the longer day": ((2026, 10, 25, 17), (2026, 10, 25, 19), 2, COPENHAGEN),
    "over two changes": ((2026, 3, 1, 12), (2026, 11, 1, 12), 245 * 24, COPENHAGEN),
    "into another year": ((2026, 12, 31, 20), (2027, 1, 1, 2), 6, COPENHAGEN),
    "years ahead": ((2031, 3, 30, 3), (2031, 3, 30, 5), 2, COPENHAGEN),
    "over there": ((2026, 3, 8, 3), (2026, 3, 8, 5), 2, NEW_YORK),
    "over there between the two changes": ((2026, 3, 20, 10), (2026, 3, 20, 12), 2, NEW_YORK),
}


def test_every_hour_around_summer_time_is_the_same_hour_in_another_program(date_: OccurrenceFacts) -> None:
    files = {}
    for name, (begins, ends, hours, zone) in AROUND.items():
        start, end = (datetime(*parts, tzinfo=zone).astimezone(UTC) for parts in (begins, ends))  # type: ignore[arg-type]
        assert end - start == timedelta(hours=hours), "the table is right"
        files[name] = entry(replace(date_, starts_at=start, ends_at=end, zone=zone))
    read = understood(files)
    for name, (begins, ends, hours, zone) in AROUND.items():
        found = read[name].event
        clocks = tuple(f"{datetime(*parts):%Y-%m-%dT%H:%M}" for parts in (begins, ends))  # type: ignore[arg-type]
        assert found.clocks == clocks, name
        assert found.starts_at == datetime(*begins, tzinfo=zone), name  # type: ignore[arg-type]
        assert found.ends_at - found.starts_at == timedelta(hours=hours), name
        assert found.start["zone"] == zone.key and read[name].zones == [zone.key], name


def test_an_hour_that_comes_twice_is_told_so_that_nobody_can_take_it_for_the_other(date_: OccurrenceFacts) -> None:
    first, second = datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert first.astimezone(COPENHAGEN).time() == second.astimezone(COPENHAGEN).time()
    read = understood(
        {
            "over both": entry(replace(date_, starts_at=first, ends_at=second)),
            "the second": entry(replace(date_, starts_at=second, ends_at=second + timedelta(hours=2))),
        }
    )
    assert (read["over both"].event.starts_at, read["over both"].event.ends_at) == (first, second)
    assert read["the second"].event.starts_at == second
    assert read["the second"].event.clocks[1] == "2026-10-25T04:30", "the hours after it are told as clocks show them"


def test_a_date_without_a_length_has_no_end_and_a_zone_without_summer_time_is_right(date_: OccurrenceFacts) -> None:
    start = datetime(2026, 7, 1, 8, tzinfo=UTC)
    tokyo = replace(date_, starts_at=start, ends_at=start + timedelta(hours=1), zone=ZoneInfo("Asia/Tokyo"))
    read = understood({"no length": entry(replace(date_, starts_at=start, ends_at=start)), "tokyo": entry(tokyo)})
    assert read["no length"].event.end is None and read["no length"].event.starts_at == start
    assert read["tokyo"].event.starts_at == start and read["tokyo"].event.clocks[0] == "2026-07-01T17:00"


def test_what_people_write_arrives_as_they_wrote_it(date_: OccurrenceFacts) -> None:
    words = 'Blåbær & "øl"; æbler, \\ og 🌱👩‍👩‍👧 \n\n' + "Ærø ø å " * 30
    hostile = "A\r\nEND:VEVENT\r\nBEGIN:VALARM\u2028X:1\x00\x07"
    read = understood(
        {
            "words": entry(replace(date_, title=words.strip(), summary=words.strip(), place="Æ, Ø; Å"), note=words),
            "hostile": entry(replace(date_, title=hostile, summary=hostile, place=hostile), note=hostile),
        }
    )
    found = read["words"].event
    assert (found.summary, found.location.startswith("Æ, Ø; Å, ")) == (words.strip(), True)
    assert found.description == f"{words}\n\n{words.strip()}"
    assert read["hostile"].event.alarms == 0 and read["hostile"].event.summary.startswith("A\nEND:VEVENT\nBEGIN:VALARM")


def mails(settings: Settings) -> list[tuple[str, str]]:
    """(method, calendar part) of each letter that has one, as a mailbox gets it, oldest first."""
    found = []
    for letter in db.session.query(Letter).order_by(Letter.id):
        made = render(Message.from_json(letter.message), to="anna@example.org", key=letter.key, settings=settings)
        mail = email.message_from_bytes(bytes(made), policy=email.policy.default)
        assert isinstance(mail, EmailMessage)
        for part in mail.walk():
            if part.get_content_type() == "text/calendar":
                content = part.get_payload(decode=True)
                assert isinstance(content, bytes)
                found.append((str(part["Content-Type"].params["method"]), content.decode()))
    return found


def public(now: datetime) -> str:
    settings = current_settings()
    with speaking("da"):
        found = public_calendars.of_filters(Filters(), "da", now=now, zone=settings.city.zone)
        following = ics.Following("Alt", "https://x.example.org/aktiviteter", zone=settings.city.zone.key)
        return ics.feed(found.dates, following, host=settings.host, url_of=lambda each: "https://x.example.org/a")


def test_moved_renamed_called_off_one_entry_moves_in_mail_and_both_feeds(town: Town, settings: Settings) -> None:
    """The whole life of a date and a sign-up for it, across the night on which summer time ends."""
    start = datetime(2026, 10, 24, 22, tzinfo=COPENHAGEN)
    date = town.occurrence(starts_at=start.astimezone(UTC), ends_at=start.astimezone(UTC) + timedelta(hours=11))
    own = town.signed_up(date, email="anna@example.org")
    token = own_calendar.renew(own.person_id or 0, now=NOW).rpartition("/")[2].removesuffix(".ics")
    own_feeds, public_feeds = [own_calendar.read(token, now=NOW).text], [public(NOW)]

    def then(hours: int) -> None:
        db.session.commit()
        at = NOW + timedelta(hours=hours, minutes=1)
        own_feeds.append(own_calendar.read(token, now=at).text)
        public_feeds.append(public(at))

    day = start.date() + timedelta(days=1)
    changes.change(date.id, day, dates.details(date), now=NOW + timedelta(hours=1))
    then(1)
    changes.name_date(date.id, {"da": "Nattens klima"}, now=NOW + timedelta(hours=2))
    then(2)
    changes.call_off(date.id, now=NOW + timedelta(hours=3))
    then(3)
    sent = mails(settings)
    assert [method for method, _text in sent] == ["REQUEST", "REQUEST", "CANCEL"]
    files = {f"mail {n}": text for n, (_method, text) in enumerate(sent)}
    files |= {f"own {n}": text for n, text in enumerate(own_feeds)}
    files |= {f"public {n}": text for n, text in enumerate(public_feeds)}
    read = understood(files)
    uids = {each.event.uid for each in read.values()}
    assert uids == {f"occ-{date.public_id}@{settings.host}"}
    for kind in ("mail", "own", "public"):
        life = [each.event for name, each in read.items() if name.startswith(kind)]
        numbers = [each.sequence for each in life]
        assert numbers == sorted(set(numbers)), f"each change has a higher number in {kind}"
        assert [each.stamp for each in life] == sorted({each.stamp for each in life})
        assert [each.status for each in life][-2:] == ["CONFIRMED", "CANCELLED"]
        before, after = life[0], life[1]
        assert before.clocks == ("2026-10-24T22:00", "2026-10-25T08:00")
        assert before.ends_at - before.starts_at == timedelta(hours=11)
        assert after.clocks == ("2026-10-25T22:00", "2026-10-26T08:00")
        assert after.ends_at - after.starts_at == timedelta(hours=10), "the clocks say the same, the night is shorter"
        assert not any(each.recurs or each.alarms for each in life)
    assert read["own 2"].event.summary == read["public 2"].event.summary == "Nattens klima"
    for calendar in (read["own 0"], read["public 0"]):
        assert (calendar.method, calendar.refresh, calendar.ttl) == ("PUBLISH", "PT4H", "PT4H")
        assert calendar.event.organizer == calendar.event.attendees == []
    assert read["own 0"].event.transp == "OPAQUE" and read["public 0"].event.transp == "TRANSPARENT"
    assert read["own 3"].event.transp == "TRANSPARENT", "who need not come is free"
    assert read["public 3"].event.summary == "Aflyst: Nattens klima", "many programs show nothing of a status"


def test_an_invitation_asks_for_no_answer_and_says_where_to_cancel(town: Town, settings: Settings) -> None:
    own = town.signed_up(town.occurrence(), email="anna@example.org")
    registrations.cancel(own.public_id, now=NOW + timedelta(hours=1))
    db.session.commit()
    (_, invited), (_, cancelled) = mails(settings)
    read = understood({"invited": invited, "cancelled": cancelled})
    for name in read:
        (organizer,), (attendee,) = read[name].event.organizer, read[name].event.attendees
        assert organizer["address"] == f"mailto:{settings.mail_from or settings.city.contact['email']}"
        assert organizer["cn"] == "Biblioteket"
        assert attendee["address"] == "mailto:anna@example.org"
        assert (attendee["rsvp"], attendee["partstat"]) == ("FALSE", "ACCEPTED")
    assert read["invited"].method == "REQUEST" and read["cancelled"].method == "CANCEL"
    assert notices.cancel_link(db.session.get_one(Registration, own.id)) in read["invited"].event.description
    assert read["cancelled"].event.sequence > read["invited"].event.sequence
    assert "http" not in read["cancelled"].event.description


def test_a_course_is_an_entry_for_each_date_and_never_a_rule(town: Town, settings: Settings) -> None:
    course = town.activity(sign_up=SignUpMode.WHOLE_COURSE)
    starts = [datetime(2026, *day, 17, tzinfo=COPENHAGEN) for day in ((3, 22), (3, 29), (4, 5))]
    made = [town.occurrence(course, starts_at=start.astimezone(UTC)) for start in starts]
    town.signed_up(made[0], email="anna@example.org")
    ((method, text),) = mails(settings)
    read = understood({"course": text})["course"]
    assert method == read.method == "PUBLISH", "an invitation may speak of one date alone (RFC 5546, 3.2.2)"
    assert [each.uid for each in read.events] == [f"occ-{each.public_id}@{settings.host}" for each in made]
    assert [each.clocks[0] for each in read.events] == ["2026-03-22T17:00", "2026-03-29T17:00", "2026-04-05T17:00"]
    assert [each.starts_at for each in read.events] == starts
    assert not any(each.recurs for each in read.events)
