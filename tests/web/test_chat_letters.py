"""Letters in the chat on the web: what somebody reads at the next visit whose only way to us is that page."""

from datetime import timedelta

import pytest
from flask import Flask

from engage import people, worker
from engage.activities import dates
from engage.activities.scopes import Scope
from engage.base.clock import utc_now
from engage.base.db import db, transaction
from engage.channels.webchat import WebchatLine
from engage.outbox import Letter, Status
from engage.people import reaching
from engage.registrations import Registration, changes
from tests.town import Town
from tests.web.conftest import Visitor, browser


@pytest.fixture
def guest(town: Town, visitor: Visitor) -> Registration:
    """Somebody who signed up for a date and has nothing but this browser's talk."""
    visitor.send("/chat", {"text": "hej"}, status=303)
    with visitor.client.session_transaction() as session:
        talk = session["talk"]
    registration = town.signed_up(town.occurrence(starts_at=utc_now() + timedelta(days=7)), language="de")
    person = people.find_or_create("webchat", talk, language="de", now=utc_now())
    people.verify("webchat", talk, utc_now())
    registration.person_id, registration.email = person, None
    db.session.query(Letter).delete()
    db.session.commit()
    return registration


def test_at_the_next_visit_stand_all_letters_in_order_in_their_language_with_their_ways_out(
    guest: Registration, visitor: Visitor
) -> None:
    for _time in range(2):
        with transaction():
            db.session.refresh(guest.occurrence)
            later = dates.local_day(guest.occurrence) + timedelta(days=1)
            changes.change(guest.occurrence_id, later, dates.details(guest.occurrence), now=utc_now(), words="Regen.")
        worker.deliver(utc_now())
    with transaction():
        changes.call_off(guest.occurrence_id, Scope.THIS, now=utc_now())
    worker.deliver(utc_now())
    page = visitor.get("/chat")
    told = [line for line in page.all("div", class_="line") if line.get("lang") == "de"]
    assert len(told) == 3, "each once"
    assert "Regen." in told[0].text
    assert "Klimacafé" in told[2].text
    for line in told[:2]:
        assert [way for way in line.all("a") if "afmeld" in way.get("href")], "also behind the next letter"
    assert db.session.query(WebchatLine).filter(WebchatLine.sender == "city").count() >= 3
    assert {status for (status,) in db.session.query(Letter.status)} == {Status.SENT}


def test_who_has_an_e_mail_too_is_told_there_since_a_closed_page_tells_nothing(
    guest: Registration, visitor: Visitor
) -> None:
    before = len(visitor.get("/chat").all("div", class_="line"))
    guest.email = "anna@example.org"
    db.session.commit()
    assert [channel for channel, _identifier in reaching.ways(guest.person_id, guest.email)] == ["email", "webchat"]
    assert reaching.first_ways([(guest.person_id, guest.email), (guest.person_id, None), (None, None)]) == [
        "email", "webchat", "",
    ]  # fmt: skip
    with transaction():
        changes.call_off(guest.occurrence_id, Scope.THIS, now=utc_now())
    worker.deliver(utc_now())
    assert len(visitor.get("/chat").all("div", class_="line")) == before


def test_a_letter_has_its_headline_when_it_came_and_its_file_which_nobody_else_gets(
    guest: Registration, visitor: Visitor, app: Flask
) -> None:
    with transaction():
        later = dates.local_day(guest.occurrence) + timedelta(days=1)
        changes.change(guest.occurrence_id, later, dates.details(guest.occurrence), now=utc_now())
    worker.deliver(utc_now())
    line = visitor.get("/chat").all("div", class_="line")[-1]
    assert "Neue Zeit oder neuer Ort: Klimacafé" in line.text and line.get("lang") == "de"
    assert " Uhr" in line.one("p", class_="bubble-sent").text
    (path,) = [each.get("href") for each in line.all("a") if each.has("download")]
    file = visitor.client.get(path)
    assert (file.status_code, file.mimetype) == (200, "text/calendar") and "BEGIN:VEVENT" in file.text
    assert "attachment" in file.headers["Content-Disposition"]
    number = path.rpartition("/")[2]
    assert visitor.client.get(path.removesuffix(number) + "7").status_code == 404
    other = Visitor(browser(app))
    other.send("/chat", {"text": "hej"}, status=303)
    assert other.client.get(path).status_code == browser(app).get(path).status_code == 404
    assert not visitor.get("/chat").all("div", class_="line")[0].all("p", class_="bubble-sent"), "a talk is no letter"
