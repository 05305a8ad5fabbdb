"""An organisation's public page, and its feeds as a calendar and a feed reader take them."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree as Xml

import pytest
from flask.testing import FlaskClient
from icalendar import Calendar

from engage.accounts import Organisation
from engage.activities import ics
from engage.activities import occurrence as facts_of
from engage.activities.models import ActivityState, Occurrence, OccurrenceState
from engage.base.config import current_settings
from engage.base.db import db
from tests.town import Town
from tests.web.conftest import Visitor, address

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def organisation(town: Town) -> Organisation:
    found = town.organisation("Nørre Skole")
    found.url = "https://www.skole.example.org/"
    db.session.commit()
    return found


def page_of(organisation: Organisation) -> str:
    return f"/arrangoerer/{organisation.public_id}/noerre-skole"


def events(client: FlaskClient, path: str) -> dict[str, str]:
    """The status of each date in a calendar, by UID."""
    calendar = Calendar.from_ical(client.get(path).get_data())
    return {str(event["uid"]): str(event["status"]) for event in calendar.walk("VEVENT")}


def test_an_activity_leads_to_its_organiser_whose_page_leads_back(
    visitor: Visitor, town: Town, organisation: Organisation
) -> None:
    date = town.occurrence(town.activity(organisation=organisation))
    town.occurrence(town.activity("Andres", organisation=town.organisation("Museet")))
    assert visitor.get(address(date)).one("a", href=page_of(organisation)).text == "Nørre Skole"
    page = visitor.get(page_of(organisation))
    assert page.one("h1").text == "Nørre Skole"
    assert "Bøger til alle." in page.text
    assert page.one("a", href="https://www.skole.example.org/").text == "skole.example.org"
    assert page.all("a", href="mailto:bibliotek@example.org") and page.all("a", href="tel:12345678")
    assert [card.one("a").get("href") for card in page.all("article")] == [address(date)]


def test_each_activity_stands_once_with_its_next_date_and_what_is_not_public_does_not_stand_there(
    visitor: Visitor, town: Town, organisation: Organisation
) -> None:
    course = town.activity("Kursus", organisation=organisation)
    for week in (2, 1, 3):
        town.occurrence(course, starts_in=timedelta(weeks=week))
    off = town.occurrence(course, starts_in=timedelta(days=1), state=OccurrenceState.CANCELLED)
    town.occurrence(town.activity("Kladde", organisation=organisation, state=ActivityState.DRAFT))
    town.occurrence(town.activity("Til gennemsyn", organisation=organisation, state=ActivityState.IN_REVIEW))
    town.occurrence(town.activity("Forbi", organisation=organisation), starts_in=-timedelta(days=2))
    (card,) = visitor.get(page_of(organisation)).all("article")
    first = next(each for each in course.occurrences if each.starts_at == town.now + timedelta(weeks=1))
    assert card.one("a").get("href") == address(first) != address(off)
    assert "2" in card.one("p", class_="places").text


def test_another_name_in_the_address_leads_to_the_right_one_and_no_organisation_is_no_page(
    visitor: Visitor, organisation: Organisation
) -> None:
    moved = visitor.client.get(f"/arrangoerer/{organisation.public_id}/gammelt-navn")
    assert (moved.status_code, moved.location) == (301, page_of(organisation))
    visitor.get("/arrangoerer/findesikke/noget", status=404)


def test_the_calendar_holds_each_date_under_the_uid_of_the_mails(
    client: FlaskClient, town: Town, organisation: Organisation
) -> None:
    course = town.activity(organisation=organisation)
    dates = [town.occurrence(course, starts_in=timedelta(weeks=week)) for week in (1, 30)]
    answer = client.get(page_of(organisation) + "/kalender.ics")
    calendar = Calendar.from_ical(answer.get_data())
    found = [facts_of(date.public_id, "da") for date in dates]
    assert [str(event["uid"]) for event in calendar.walk("VEVENT")] == [
        ics.uid(each.occurrence, current_settings().host) for each in found if each
    ]
    begins = [event.decoded("dtstart") for event in calendar.walk("VEVENT")]
    assert begins == [date.starts_at.replace(microsecond=0) for date in dates]
    assert "REFRESH-INTERVAL;VALUE=DURATION:PT4H" in answer.text.splitlines()
    assert [str(zone["tzid"]) for zone in calendar.walk("VTIMEZONE")] == ["Europe/Copenhagen"]
    assert answer.mimetype == "text/calendar"


def test_a_date_called_off_stays_thirty_days_and_is_marked(
    client: FlaskClient, town: Town, organisation: Organisation
) -> None:
    course = town.activity(organisation=organisation, updated_at=town.now - timedelta(days=90))
    off: dict[str, Any] = {"state": OccurrenceState.CANCELLED}
    stands = town.occurrence(course)
    lately = town.occurrence(course, updated_at=town.now - timedelta(days=29), **off)
    town.occurrence(course, updated_at=town.now - timedelta(days=31), **off)
    whole = town.occurrence(town.activity("Alt aflyst", organisation=organisation, state=ActivityState.CALLED_OFF))
    town.occurrence(town.activity("Kladde", organisation=organisation, state=ActivityState.DRAFT), **off)

    def uid(date: Occurrence) -> str:
        return f"occ-{date.public_id}@{current_settings().host}"

    assert events(client, page_of(organisation) + "/kalender.ics") == {
        uid(stands): "CONFIRMED",
        uid(lately): "CANCELLED",
        uid(whole): "CANCELLED",
    }


@pytest.mark.parametrize("feed", ["/kalender.ics", "/nyt.atom"])
def test_a_feed_is_sent_again_only_when_it_changed(
    client: FlaskClient, town: Town, organisation: Organisation, feed: str
) -> None:
    activity = town.activity(organisation=organisation)
    town.occurrence(activity)
    path = page_of(organisation) + feed
    tag = client.get(path).headers["ETag"]
    again = client.get(path, headers={"If-None-Match": tag, "Accept-Encoding": "gzip"})
    assert (again.status_code, again.get_data()) == (304, b"")
    activity.texts[0].title = "Et nyt navn"
    db.session.commit()
    changed = client.get(path, headers={"If-None-Match": tag})
    assert changed.status_code == 200 and "Et nyt navn" in changed.text and changed.headers["ETag"] != tag


def test_a_feed_speaks_the_language_of_its_address(client: FlaskClient, town: Town, organisation: Organisation) -> None:
    town.occurrence(town.activity(texts={"da": "Klimacafé", "de": "Klimacafé auf Deutsch"}, organisation=organisation))
    page = Visitor(client).get(page_of(organisation) + "?lang=de")
    (link,) = page.all("link", type="text/calendar")
    bare = urlsplit(link.get("href"))
    client.delete_cookie("language")
    assert "Klimacafé auf Deutsch" in client.get(f"{bare.path}?{bare.query}").text


def test_a_feed_reader_finds_every_activity_with_its_own_name_and_address(
    client: FlaskClient, town: Town, organisation: Organisation
) -> None:
    dates = [
        town.occurrence(town.activity(title, organisation=organisation, updated_at=town.now - timedelta(days=days)))
        for title, days in (("Ældst & <mest>", 9), ("Nyest", -1))
    ]
    feed = Xml.fromstring(client.get(page_of(organisation) + "/nyt.atom").text)
    entries = feed.findall(f"{ATOM}entry")
    assert [entry.findtext(f"{ATOM}title") for entry in entries] == ["Nyest", "Ældst & <mest>"]
    assert len({entry.findtext(f"{ATOM}id") for entry in entries}) == 2
    links = [link.get("href", "") for entry in entries for link in entry.findall(f"{ATOM}link")]
    assert [urlsplit(link).path for link in links] == [address(date) for date in reversed(dates)]
    for needed in ("id", "title", "updated", "author"):
        assert feed.find(f"{ATOM}{needed}") is not None


def test_an_organisation_with_nothing_coming_still_has_a_page_and_empty_feeds(
    client: FlaskClient, organisation: Organisation
) -> None:
    page = Visitor(client).get(page_of(organisation))
    assert not page.all("article") and page.all("a", href="/aktiviteter")
    assert events(client, page_of(organisation) + "/kalender.ics") == {}
    assert client.get(page_of(organisation) + "/nyt.atom").status_code == 200
