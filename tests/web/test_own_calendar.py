"""One's own calendar: a secret address, the same entries as in mails, and what is not certain said so."""

from datetime import timedelta

import pytest
from flask import Flask
from icalendar import Calendar, Component

from engage import registrations
from engage.activities.models import Occurrence, SignUpMode
from engage.activities.terms import WaitingMode
from engage.base.clock import utc_now
from engage.base.db import db
from engage.people import Person
from engage.registrations import own_calendar
from engage.registrations.own_calendar import OwnCalendar
from tests.town import Town
from tests.web.coming_in import ANNA, come_in
from tests.web.conftest import Visitor, browser, letters, path_of

HERE = "/mine/kalender"


@pytest.fixture
def anna(app: Flask) -> Visitor:
    return come_in(app)


def address(visitor: Visitor) -> str:
    visitor.submit(visitor.get(HERE), HERE, {}, status=303)
    return path_of(visitor.get(HERE).one("input", id="address").get("value"))


def program(app: Flask, path: str, **headers: str) -> str:
    answer = browser(app).get(path, headers=headers)
    assert answer.status_code == 200 and answer.content_type.startswith("text/calendar")
    return str(answer.text)


def events(app: Flask, path: str) -> dict[str, Component]:
    found = list(Calendar.from_ical(program(app, path)).walk("VEVENT"))
    assert len({each["UID"] for each in found}) == len(found), "a UID stands once"
    return {str(each["UID"]).split("@")[0].removeprefix("occ-"): each for each in found}


def test_a_calendar_is_asked_for_and_then_read_without_a_cookie(app: Flask, town: Town, anna: Visitor) -> None:
    own = town.signed_up(town.occurrence(), email=ANNA)
    path = address(anna)
    event = events(app, path)[own.occurrence.public_id]
    assert event["UID"] == f"occ-{own.occurrence.public_id}@127.0.0.1"
    assert (event["STATUS"], event["TRANSP"], event["SUMMARY"]) == ("CONFIRMED", "OPAQUE", "Klimacafé")
    text = program(app, path)
    assert "BEGIN:VTIMEZONE" in text and "DTSTART;TZID=Europe/Copenhagen" in text
    assert "REFRESH-INTERVAL;VALUE=DURATION:PT4H" in text


def test_the_entry_is_the_one_the_mail_carries(app: Flask, town: Town, anna: Visitor) -> None:
    own = town.signed_up(town.occurrence(), email=ANNA)
    mail = next(each for each in letters() if each.message.get("attachments") and ANNA in str(each.addresses))
    (sent,) = Calendar.from_ical(mail.message["attachments"][0]["text"]).walk("VEVENT")
    event = events(app, address(anna))[own.occurrence.public_id]
    assert [str(sent[name]) for name in ("UID", "SEQUENCE", "SUMMARY")] == [
        str(event[name]) for name in ("UID", "SEQUENCE", "SUMMARY")
    ]
    assert sent["DTSTART"].dt == event["DTSTART"].dt


def test_who_waits_or_is_asked_is_not_certain_and_the_title_says_so(app: Flask, town: Town, anna: Visitor) -> None:
    waiting, offered = (
        town.occurrence(town.activity(waiting_mode=WaitingMode.OFFER), capacity=1, starts_in=timedelta(days=20))
        for _each in range(2)
    )
    holders = [town.signed_up(date) for date in (waiting, offered)]
    for date in (waiting, offered):
        town.signed_up(date, email=ANNA)
    registrations.cancel(holders[1].public_id, now=utc_now())
    pending = town.signed_up(town.occurrence(), email=ANNA, confirmed=False)
    approval = town.signed_up(town.occurrence(town.activity(approval=True)), email=ANNA)
    db.session.commit()
    found = events(app, address(anna))
    for date in (waiting, offered, pending.occurrence, approval.occurrence):
        event = found[date.public_id]
        assert (event["STATUS"], event["TRANSP"]) == ("TENTATIVE", "TRANSPARENT")
        assert str(event["SUMMARY"]).endswith(": Klimacafé")


def test_what_is_cancelled_stays_for_thirty_days_as_such(app: Flask, town: Town, anna: Visitor) -> None:
    gone, off = (town.signed_up(town.occurrence(), email=ANNA) for _each in range(2))
    registrations.cancel(gone.public_id, now=utc_now())
    off.occurrence.state, off.occurrence.updated_at = "cancelled", utc_now()
    db.session.commit()
    path = address(anna)
    before = own_calendar.read(path.rpartition("/")[2].removesuffix(".ics"), now=utc_now()).text
    assert before.count("STATUS:CANCELLED") == 2
    later = own_calendar.read(path.rpartition("/")[2].removesuffix(".ics"), now=utc_now() + timedelta(days=31)).text
    assert "VEVENT" not in later
    assert set(events(app, path)) == {gone.occurrence.public_id, off.occurrence.public_id}


def test_who_cancels_and_signs_up_anew_has_one_entry_with_a_higher_number(
    app: Flask, town: Town, anna: Visitor
) -> None:
    date = town.occurrence()
    first = town.signed_up(date, email=ANNA)
    path = address(anna)
    numbers = [int(events(app, path)[date.public_id]["SEQUENCE"])]
    registrations.cancel(first.public_id, now=utc_now())
    db.session.commit()
    numbers.append(int(events(app, path)[date.public_id]["SEQUENCE"]))
    town.signed_up(date, email=ANNA)
    event = events(app, path)[date.public_id]
    numbers.append(int(event["SEQUENCE"]))
    assert event["STATUS"] == "CONFIRMED" and numbers == sorted(set(numbers))


def test_a_course_is_one_entry_for_each_date(app: Flask, town: Town, anna: Visitor) -> None:
    course = town.activity(sign_up=SignUpMode.WHOLE_COURSE, join_until=2)
    dates = [town.occurrence(course, starts_in=timedelta(days=days)) for days in (-1, 7, 14)]
    town.signed_up(dates[1], email=ANNA)
    found = events(app, address(anna))
    assert set(found) == {dates[1].public_id, dates[2].public_id}
    assert {str(each["STATUS"]) for each in found.values()} == {"CONFIRMED"}


def test_unchanged_it_is_the_same_bytes_and_need_not_be_sent_again(app: Flask, town: Town, anna: Visitor) -> None:
    own = town.signed_up(town.occurrence(), email=ANNA)
    path = address(anna)
    first = browser(app).get(path)
    again = browser(app).get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304 and again.data == b""
    registrations.cancel(own.public_id, now=utc_now())
    db.session.commit()
    assert browser(app).get(path, headers={"If-None-Match": first.headers["ETag"]}).status_code == 200


def test_renewed_or_taken_back_the_old_address_is_gone(app: Flask, anna: Visitor) -> None:
    first = address(anna)
    second = address(anna)
    assert first != second
    assert browser(app).get(first).status_code == 410 and browser(app).get(second).status_code == 200
    anna.submit(anna.get(HERE), HERE + "/stop", {}, status=303)
    assert browser(app).get(second).status_code == 410
    assert not anna.get(HERE).all("input", id="address")


def test_no_secret_and_no_other_persons_data_stand_in_it(app: Flask, town: Town, anna: Visitor) -> None:
    date = town.occurrence()
    town.signed_up(date, email=ANNA), town.signed_up(date, name="Bo Berg", email="bo@example.org")
    path = address(anna)
    text = program(app, path).replace("\r\n ", "")
    assert ANNA not in text and "Bo Berg" not in text and "Anna" not in text
    assert path.rpartition("/")[2] not in text and "/tilmelding/" not in text
    assert "/mine" in text


def test_a_made_up_address_is_none(app: Flask, anna: Visitor) -> None:
    path = address(anna)
    row = db.session.query(OwnCalendar).one()
    for wrong in (row.public_id, path.rpartition("/")[2].removesuffix(".ics")[:-2], "x"):
        assert browser(app).get(f"/mine/kalender/{wrong}.ics").status_code == 410


def test_it_speaks_its_persons_language(app: Flask, town: Town, anna: Visitor) -> None:
    date = town.occurrence(town.activity(texts={"da": "Klimacafé", "de": "Klimakaffee"}))
    town.signed_up(date, email=ANNA)
    path = address(anna)
    db.session.query(Person).update({"language": "de"})
    db.session.commit()
    assert events(app, path)[date.public_id]["SUMMARY"] == "Klimakaffee"


def test_one_that_nobody_reads_any_more_is_let_go(app: Flask, anna: Visitor) -> None:
    path = address(anna)
    now = utc_now()
    assert own_calendar.expire(now + timedelta(days=59)) == 0
    db.session.query(OwnCalendar).update({"read_at": now - timedelta(days=2)})
    db.session.commit()
    program(app, path)
    db.session.expire_all()
    assert db.session.query(OwnCalendar).one().read_at >= now
    assert own_calendar.expire(utc_now() + timedelta(days=61)) == 1


def test_a_moved_date_moves_with_a_higher_number(app: Flask, town: Town, anna: Visitor) -> None:
    own = town.signed_up(town.occurrence(), email=ANNA)
    path = address(anna)
    before = int(events(app, path)[own.occurrence.public_id]["SEQUENCE"])
    date = db.session.get_one(Occurrence, own.occurrence_id)
    date.starts_at, date.sequence, date.updated_at = date.starts_at - timedelta(hours=1), date.sequence + 1, utc_now()
    db.session.commit()
    assert int(events(app, path)[date.public_id]["SEQUENCE"]) == before + 1
