"""An activity's page in each of its states, and what search engines read of it."""

import json
from datetime import timedelta

import pytest
from icalendar import Calendar

from engage.activities.models import ActivityState, OccurrenceState, SignUpMode
from engage.base.clock import utc_now
from engage.base.db import db
from tests.town import Town
from tests.web.conftest import Visitor, address
from tests.web.page import Element


def sign_up_form(page: Element) -> list[Element]:
    return [form for form in page.all("form") if form.get("action").endswith("/tilmeld")]


def event(page: Element) -> dict[str, object]:
    data: dict[str, object] = json.loads(page.one("script", type="application/ld+json").text)
    return data


def test_a_date_with_places_has_the_form_on_its_page(town: Town, visitor: Visitor) -> None:
    date = town.occurrence(capacity=12)
    page = visitor.get(address(date))
    (form,) = sign_up_form(page)
    assert set(form.fields()) == {"csrf_token", "name", "email", "seats"}
    assert page.all("span", class_="places-free")[0].text.startswith("12 ")
    assert "Multikulturhuset" in page.text and "Nørre Havnegade 15" in page.text
    assert page.one("a", href="mailto:bibliotek@example.org").text == "bibliotek@example.org"


def test_few_places_are_said_as_a_number(town: Town, visitor: Visitor) -> None:
    date = town.occurrence(capacity=4)
    town.signed_up(date, seats=1)
    assert visitor.get(address(date)).all("span", class_="places-few")[0].text.count("3") == 1


def test_a_full_date_offers_its_waiting_list(town: Town, visitor: Visitor) -> None:
    date = town.occurrence(capacity=1)
    town.signed_up(date)
    page = visitor.get(address(date))
    assert page.all("span", class_="places-waiting_list")
    free = visitor.get(address(town.occurrence(capacity=1)))
    assert page.one("button", id="submit-words").text != free.one("button", id="submit-words").text


def test_a_past_date_takes_no_sign_ups(town: Town, visitor: Visitor) -> None:
    date = town.occurrence(starts_in=-timedelta(days=2))
    page = visitor.get(address(date))
    assert not sign_up_form(page)
    assert page.one("div", class_="alert-info")
    refused = visitor.send(address(date) + "/tilmeld", {"name": "Anna", "email": "a@example.org"}, status=422)
    assert "Anna" not in refused.text, "there is no form any more to keep the name in"


def test_a_date_that_has_begun_is_neither_open_nor_over(town: Town, visitor: Visitor) -> None:
    page = visitor.get(address(town.occurrence(starts_in=-timedelta(minutes=30))))
    assert not sign_up_form(page)
    assert not page.all("div", class_="alert-info")


def test_a_date_called_off_says_so_and_stays_to_be_found(town: Town, visitor: Visitor) -> None:
    date = town.occurrence(state=OccurrenceState.CANCELLED)
    page = visitor.get(address(date))
    assert page.one("div", class_="alert-warning")
    assert not sign_up_form(page)
    assert event(page)["eventStatus"] == "https://schema.org/EventCancelled"
    assert visitor.get("/aktiviteter").all("article", class_="activity-off")


def test_an_activity_called_off_calls_off_its_dates(town: Town, visitor: Visitor) -> None:
    date = town.occurrence(town.activity(state=ActivityState.CALLED_OFF))
    assert visitor.get(address(date)).one("div", class_="alert-warning")


def test_a_draft_is_not_there_for_anybody(town: Town, visitor: Visitor) -> None:
    date = town.occurrence(town.activity(state=ActivityState.DRAFT))
    visitor.get(address(date), status=404)
    visitor.get(address(date) + "/kalender.ics", status=404)
    visitor.send(address(date) + "/tilmeld", {"name": "Anna", "email": "a@example.org"}, status=404)


def test_who_may_just_come_needs_no_form(town: Town, visitor: Visitor) -> None:
    date = town.occurrence(town.activity(sign_up=SignUpMode.DROP_IN), capacity=None)
    page = visitor.get(address(date))
    assert not sign_up_form(page)
    visitor.send(address(date) + "/tilmeld", {"name": "Anna", "email": "a@example.org"}, status=422)


def test_an_online_date_has_its_link_and_no_street(town: Town, visitor: Visitor) -> None:
    page = visitor.get(address(town.occurrence(online_url="https://example.org/rum")))
    assert page.all("a", href="https://example.org/rum")
    assert event(page)["location"] == {"@type": "VirtualLocation", "url": "https://example.org/rum"}
    assert "Nørre Havnegade" not in page.text


def test_an_online_address_that_is_no_web_address_is_no_link(town: Town, visitor: Visitor) -> None:
    page = visitor.get(address(town.occurrence(online_url="javascript:alert(1)")))
    assert not [link for link in page.all("a") if link.get("href").startswith("javascript")]


def test_a_price_stands_with_its_note(town: Town, visitor: Visitor) -> None:
    date = town.occurrence(town.activity(price=12550, price_notes={"da": "inkl. materialer"}))
    page = visitor.get(address(date))
    assert "125,50 kr. inkl. materialer" in page.text
    offer = event(page)["offers"]
    assert isinstance(offer, dict)
    assert (offer["price"], offer["priceCurrency"]) == ("125.50", "DKK")
    assert event(page)["isAccessibleForFree"] is False


def test_a_price_that_stands_in_its_note_is_said_once(town: Town, visitor: Visitor) -> None:
    note = "100 kr. pr. person, 150 kr. for et par."
    page = visitor.get(address(town.occurrence(town.activity(price=10000, price_notes={"da": note}))))
    assert page.one("dl", class_="facts").text.count("100 kr.") == 1


def test_a_text_in_another_language_says_which(town: Town, visitor: Visitor) -> None:
    date = town.occurrence(town.activity(texts={"de": "Gespräche über das Wasser"}, spoken_languages=["de"]))
    page = visitor.get(address(date))
    assert page.one("h1").language() == "de"
    assert page.one("div", class_="activity-text").language() == "de"
    assert page.one("html").get("lang") == "da"
    (card,) = visitor.get("/aktiviteter").all("h3", class_="activity-title")
    assert card.one("a").language() == "de"


def test_what_is_known_of_access_is_shown_in_its_own_language(town: Town, visitor: Visitor) -> None:
    date = town.occurrence(town.activity(accessibility={"da": "Teleslynge i salen."}))
    page = visitor.get(address(date) + "?lang=de")
    words = [each for each in page.all("span") if each.text in {"Teleslynge i salen.", "Elevator."}]
    assert [each.language() for each in words] == ["da", "da"]


def test_an_address_without_a_date_leads_to_the_next_one(town: Town, visitor: Visitor) -> None:
    activity = town.activity()
    town.occurrence(activity, starts_in=-timedelta(days=7))
    soon = town.occurrence(activity, starts_in=timedelta(days=3))
    later = town.occurrence(activity, starts_in=timedelta(days=10))
    answer = visitor.client.get(f"/aktiviteter/{activity.public_id}/{activity.slug}")
    assert answer.location == address(soon)
    page = visitor.get(address(soon))
    assert page.all("a", href=address(later)), "the other dates stand on the page"
    assert not page.all("a", href=address(soon))


@pytest.mark.parametrize("path", ["/aktiviteter/x/y", "/aktiviteter/x/y/z", "/aktiviteter/x/y/z/kalender.ics"])
def test_what_does_not_exist_is_said_kindly(visitor: Visitor, path: str) -> None:
    assert visitor.get(path, status=404).one("main").all("a", href="/aktiviteter")


@pytest.mark.parametrize("part", ["%00", "a%00b", "%ff", "%F0%9F%98%80", "..%2f..%2f", "' OR 1=1 --", "a" * 3000])
def test_no_address_breaks_the_page(town: Town, visitor: Visitor, part: str) -> None:
    date = town.occurrence()
    for path in (
        f"/aktiviteter/{part}/x", f"/aktiviteter/x/y/{part}", f"/aktiviteter/x/y/{part}/kalender.ics",
        f"/bekraeft/{part}", f"/tilmelding/{part}", f"/tilmelding/{part}/afmeld",
    ):  # fmt: skip
        assert visitor.client.get(path, follow_redirects=True).status_code == 404, path
    assert visitor.get(address(date)).one("h1")


def test_what_search_engines_read_is_right(town: Town, visitor: Visitor) -> None:
    date = town.occurrence(capacity=12)
    town.signed_up(date, seats=2)
    facts = event(visitor.get(address(date)))
    assert facts["@type"] == "EducationEvent"
    assert facts["name"] == "Klimacafé"
    assert (facts["maximumAttendeeCapacity"], facts["remainingAttendeeCapacity"]) == (12, 10)
    assert str(facts["startDate"])[-6:] in {"+01:00", "+02:00"}
    assert str(facts["url"]).endswith(address(date))
    assert facts["about"] == ["SDG 13: Climate action"]


def test_no_text_can_end_the_block_of_data(town: Town, visitor: Visitor) -> None:
    evil = 'Sol </script><script src="//evil.example"></script> & <!-- "vind"'
    date = town.occurrence(town.activity(evil, summary=evil, body=evil))
    page = visitor.get(address(date))
    assert event(page)["name"] == evil
    assert page.one("h1").text == evil
    assert not [script for script in page.all("script") if "evil" in script.get("src")]


def test_the_calendar_file_is_one_entry_that_never_changes_its_name(town: Town, visitor: Visitor) -> None:
    date = town.occurrence()
    answer = visitor.client.get(address(date) + "/kalender.ics")
    assert answer.mimetype == "text/calendar"
    (entry,) = Calendar.from_ical(answer.text).walk("VEVENT")
    assert entry["UID"] == f"occ-{date.public_id}@127.0.0.1"
    assert entry["DTSTART"].dt == date.starts_at.replace(microsecond=0)
    assert entry["DTSTART"].params["TZID"] == "Europe/Copenhagen"
    assert "/tilmelding/" not in answer.text, "a public file carries no one's own link"


def test_places_are_read_fresh_on_every_visit(town: Town, visitor: Visitor) -> None:
    date = town.occurrence(capacity=7)
    visitor.get("/aktiviteter")
    town.signed_up(date, seats=3, now=utc_now())
    db.session.commit()
    (words,) = visitor.get("/aktiviteter").all("span", class_="places-few")
    assert "4" in words.text
