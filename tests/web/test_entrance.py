"""The way in to one's own page: neutral to strangers, used once, opened by scanners without harm, and left without a trace."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from engage import people
from engage.base.clock import utc_now
from engage.base.db import db
from engage.outbox import Letter
from engage.people import Address, Visit
from engage.people.models import OneTimeKey, Person
from engage.registrations import entrance
from tests.town import Town
from tests.web.conftest import Visitor, browser, letters, path_of
from tests.web.page import parse

IN = "/mine/ind"
ANNA = "anna@example.org"


def ask(visitor: Visitor, email: str = ANNA, status: int = 303) -> str:
    """Ask for a link; returns the path in the letter, "" when none was sent."""
    before = len(letters())
    visitor.submit(visitor.get(IN), IN, {"email": email}, status=status)
    found = letters()[before:]
    return path_of(found[0].message["buttons"][0]["url"]) if found else ""


def enter(visitor: Visitor, email: str = ANNA) -> None:
    path = ask(visitor, email)
    visitor.submit(visitor.get(path), path, {}, status=303)


@pytest.fixture(autouse=True)
def plenty(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[None]:
    """Every test comes from one address; how often one may ask has a test of its own."""
    if "real_rates" not in request.fixturenames:
        monkeypatch.setattr(entrance, "count", lambda *_: None)
    yield


@pytest.fixture
def real_rates() -> None:
    """Asked for by the tests of how often one may ask."""


def test_the_page_of_ones_own_asks_a_stranger_for_their_address(visitor: Visitor) -> None:
    assert visitor.client.get("/mine").location == IN
    page = visitor.get(IN)
    assert page.one("input", name="email").get("autocomplete") == "email"
    assert page.one("meta", name="robots").get("content") == "noindex"


def test_a_known_and_an_unknown_address_are_answered_and_written_to_alike(app: Flask, town: Town) -> None:
    town.signed_up(town.occurrence(), email=ANNA)
    db.session.query(Letter).delete()
    db.session.commit()
    seen = []
    for email in (ANNA, "stranger@example.org"):
        visitor = Visitor(browser(app))
        answer = visitor.submit(visitor.get(IN), IN, {"email": email}, status=303)
        page = visitor.get(answer.location)
        letter = letters()[-1]
        secret = path_of(letter.message["buttons"][0]["url"]).rpartition("/")[2]
        words = re.sub(r"name=\"csrf_token\" value=\"[^\"]+\"", "", parse(page.text).text).replace(email, "…")
        seen.append((answer.location, words, str(letter.message).replace(secret, "…"), letter.addresses[0]["channel"]))
    assert seen[0] == seen[1]
    assert people.person_at("email", "stranger@example.org") is None, "nobody is made of what a stranger typed"


def test_opening_the_link_changes_nothing_and_its_button_lets_in(app: Flask, town: Town, visitor: Visitor) -> None:
    registration = town.signed_up(town.occurrence(), email=ANNA)
    path = ask(visitor)
    for _scanner in range(3):
        scanner = Visitor(browser(app))
        for method in ("GET", "HEAD", "OPTIONS"):
            assert scanner.client.open(path, method=method).status_code == 200
    assert db.session.query(Visit).count() == 0
    answer = visitor.submit(visitor.get(path), path, {}, status=303)
    assert answer.location == "/mine"
    page = visitor.get("/mine")
    assert page.all("a", href=f"/mine/tilmelding/{registration.public_id}")


def test_it_works_in_another_browser_than_it_was_asked_for_in_and_then_nowhere_else(
    app: Flask, visitor: Visitor
) -> None:
    path = ask(visitor)
    phone, thief = Visitor(browser(app)), Visitor(browser(app))
    door = thief.get(path)
    phone.submit(phone.get(path), path, {}, status=303)
    assert phone.client.get("/mine").status_code == 200
    assert thief.submit(door, path, {}, status=404)
    page = thief.get(path, status=404)
    assert page.all("form", action=IN), "a new link can be asked for right there"
    assert thief.client.get("/mine").location == IN


def test_who_presses_twice_is_in(visitor: Visitor) -> None:
    path = ask(visitor)
    page = visitor.get(path)
    cookie = visitor.client.get_cookie("engage")
    assert cookie is not None
    visitor.submit(page, path, {}, status=303)
    # The second press left the browser before the answer to the first had come.
    visitor.client.set_cookie("engage", cookie.value)
    assert visitor.submit(page, path, {}, status=303).location == "/mine"
    assert visitor.client.get("/mine").status_code == 200
    assert visitor.client.get(path).location == "/mine", "the mail opened once more leads in while one is in"


def test_a_link_is_good_for_half_an_hour(visitor: Visitor) -> None:
    path = ask(visitor)
    page = visitor.get(path)
    db.session.execute(update(OneTimeKey).values(expires_at=utc_now() - timedelta(seconds=1)))
    db.session.commit()
    visitor.submit(page, path, {}, status=404)
    visitor.get(path, status=404)


def test_coming_in_proves_the_address(town: Town, visitor: Visitor) -> None:
    enter(visitor, "new@example.org")
    address = db.session.query(Address).one()
    assert address.identifier == "new@example.org" and address.verified_at is not None
    assert visitor.get("/mine").all("a", href="/aktiviteter")


def test_a_visit_ends_after_its_hours_and_by_leaving(
    app: Flask, visitor: Visitor, set_settings: Callable[..., None]
) -> None:
    enter(visitor)
    visit = db.session.query(Visit).one()
    assert visit.ends_at - visit.began_at == timedelta(hours=12)
    cookie = visitor.client.get_cookie("engage")
    assert cookie is not None
    answer = visitor.submit(visitor.get("/mine"), "/mine/forlad", {}, status=303)
    assert visitor.get(answer.location).one("h1")
    assert visitor.client.get("/mine").location == IN
    copied = Visitor(browser(app))
    copied.client.set_cookie("engage", cookie.value)
    assert copied.client.get("/mine").location == IN, "a copied cookie is worth nothing after leaving"
    enter(visitor)
    db.session.execute(update(Visit).values(ends_at=utc_now()))
    db.session.commit()
    assert visitor.client.get("/mine").location == IN


def test_leaving_leaves_no_talk_behind(visitor: Visitor) -> None:
    visitor.send("/chat", {"text": "hej"}, status=303)
    enter(visitor)
    assert "hej" in visitor.get("/chat").one("div", class_="line-citizen").text
    visitor.submit(visitor.get("/mine"), "/mine/forlad", {}, status=303)
    assert not visitor.get("/chat").all("div", class_="line-citizen")


def test_the_forms_token_is_another_after_coming_in(visitor: Visitor) -> None:
    before = visitor.get(IN).one("input", name="csrf_token").get("value")
    enter(visitor)
    answer = visitor.client.post("/mine/forlad", data={"csrf_token": before})
    assert answer.status_code == 400


def test_one_goes_on_to_the_page_that_was_asked_for(town: Town, visitor: Visitor) -> None:
    registration = town.signed_up(town.occurrence(), email=ANNA)
    wanted = f"/mine/tilmelding/{registration.public_id}"
    assert visitor.client.get(wanted).location == IN
    path = ask(visitor)
    assert visitor.submit(visitor.get(path), path, {}, status=303).location == wanted


def test_coming_in_as_somebody_else_ends_the_first_visit(visitor: Visitor) -> None:
    enter(visitor)
    path = ask_again(visitor, "bo@example.org")
    visitor.submit(visitor.get(path), path, {}, status=303)
    assert [each.address.identifier for each in db.session.query(Visit)] == ["bo@example.org"]


def ask_again(visitor: Visitor, email: str) -> str:
    """Who is in is not asked for an address; the form may still be open in another window."""
    before = len(letters())
    visitor.send(IN, {"email": email}, status=303)
    return path_of(letters()[before].message["buttons"][0]["url"])


def test_what_is_no_address_is_told_beside_the_field(visitor: Visitor) -> None:
    answer = visitor.submit(visitor.get(IN), IN, {"email": "anna"}, status=422)
    assert parse(answer.text).one("span", class_="form-error-message").text
    assert letters() == []


def test_links_are_sent_only_so_often_to_one_address_and_by_one_client(real_rates: None, visitor: Visitor) -> None:
    for _time in range(3):
        assert ask(visitor)
    assert ask(visitor, status=429) == ""
    assert ask(visitor, "bo@example.org"), "another address is not in the way"
    for number in range(5):
        ask(visitor, f"person{number}@example.org")
    assert ask(visitor, "more@example.org", status=429) == ""


def test_many_clients_cannot_fill_one_mailbox(real_rates: None, app: Flask) -> None:
    sent = 0
    for number in range(12):
        client = browser(app)
        client.environ_base["REMOTE_ADDR"] = f"198.51.100.{number}"
        visitor = Visitor(client)
        page = visitor.get(IN)
        (form,) = page.all("form", action=IN)
        answer = client.post(IN, data={**form.fields(), "email": ANNA})
        sent += answer.status_code == 303
    assert sent == 8


def test_letters_with_a_link_are_forgotten_when_it_is_over(visitor: Visitor) -> None:
    ask(visitor), ask(visitor, "stranger@example.org")
    later = utc_now() + entrance.LASTS + timedelta(minutes=1)
    assert entrance.expire(later) == 2
    assert letters() == [] and db.session.query(OneTimeKey).count() == 0


def test_who_is_looking_at_their_page_is_not_let_go_meanwhile(app: Flask, visitor: Visitor) -> None:
    enter(visitor, "new@example.org")
    now = utc_now()
    app.extensions["engage.expiries"][-1](now)
    db.session.commit()
    assert visitor.client.get("/mine").status_code == 200
    entrance.expire(now + timedelta(hours=13))
    app.extensions["engage.expiries"][-1](now)
    assert db.session.query(Person).count() == 0
