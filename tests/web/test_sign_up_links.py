"""The links in a mail: opening one changes nothing, its button acts, and a token is good for one thing."""

import pytest
from flask import Flask
from icalendar import Calendar

from engage.base import tokens
from engage.base.clock import utc_now
from engage.base.config import Settings
from engage.base.db import db
from engage.registrations import Registration, State, notices
from tests.town import Town
from tests.web.conftest import Visitor, browser, letters, path_of
from tests.web.page import parse


def only() -> Registration:
    db.session.expire_all()
    return db.session.query(Registration).one()


def manage_path(registration: Registration) -> str:
    return f"/tilmelding/{notices.manage_token(registration.public_id)}"


def test_opening_the_confirmation_changes_nothing_and_its_button_confirms(visitor: Visitor, confirm_path: str) -> None:
    before = (only().state, only().changed_at, len(letters()))
    page = visitor.get(confirm_path)
    for method in ("GET", "HEAD", "OPTIONS"):
        assert visitor.client.open(confirm_path, method=method).status_code == 200
    assert (only().state, only().changed_at, len(letters())) == before
    answer = visitor.submit(page, confirm_path, {}, status=303)
    assert only().state == State.CONFIRMED
    assert visitor.get(answer.location).one("div", class_="alert-success")


def test_confirming_twice_shows_the_same_page(visitor: Visitor, confirm_path: str) -> None:
    page = visitor.get(confirm_path)
    first = visitor.submit(page, confirm_path, {}, status=303)
    count = len(letters())
    assert visitor.submit(page, confirm_path, {}, status=303).location == first.location
    assert visitor.client.get(confirm_path).location == first.location
    assert len(letters()) == count


def test_confirming_works_in_another_browser_than_the_form_was_sent_from(app: Flask, confirm_path: str) -> None:
    elsewhere = Visitor(browser(app))
    elsewhere.submit(elsewhere.get(confirm_path), confirm_path, {}, status=303)
    assert only().state == State.CONFIRMED


def test_a_token_for_one_thing_is_worth_nothing_for_another(town: Town, visitor: Visitor, settings: Settings) -> None:
    registration = town.signed_up(town.occurrence(), confirmed=False)
    public_id = registration.public_id
    confirming = tokens.sign(settings.secret_key, notices.CONFIRM, public_id)
    managing = tokens.sign(settings.secret_key, notices.MANAGE, public_id)
    other_key = tokens.sign("another key that is long enough to be one", notices.CONFIRM, public_id)
    for path in (
        f"/bekraeft/{managing}", f"/tilmelding/{confirming}", f"/tilmelding/{confirming}/afmeld",
        f"/bekraeft/{other_key}", f"/bekraeft/{public_id}", f"/tilmelding/{registration.id}",
        f"/tilmelding/{confirming}/kalender.ics",
    ):  # fmt: skip
        visitor.get(path, status=404)
    visitor.send(f"/bekraeft/{managing}", {}, status=404)
    visitor.send(f"/tilmelding/{confirming}/afmeld", {}, status=404)
    assert only().state == State.PENDING_EMAIL


def test_a_changed_token_is_refused_wherever_it_was_changed(visitor: Visitor, confirm_path: str) -> None:
    token = confirm_path.removeprefix("/bekraeft/")
    for place in range(0, len(token), 5):
        changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        if changed != token:
            page = visitor.get(f"/bekraeft/{changed}", status=404)
            assert page.one("h1").text
    assert only().state == State.PENDING_EMAIL


def test_cancelling_asks_first_and_may_be_pressed_twice(town: Town, visitor: Visitor) -> None:
    registration = town.signed_up(town.occurrence())
    path = manage_path(registration) + "/afmeld"
    page = visitor.get(path)
    visitor.client.head(path)
    assert only().state == State.CONFIRMED
    first = parse(visitor.submit(page, path, {}, status=200).text)
    count = len(letters())
    second = parse(visitor.submit(page, path, {}, status=200).text)
    assert only().state == State.CANCELLED_BY_PERSON
    assert len(letters()) == count, "one mail says it once"
    assert first.one("h1").text == second.one("h1").text
    assert visitor.client.get(path).location == manage_path(registration)
    gone = visitor.get(manage_path(registration))
    assert not gone.all("a", href=path)


def test_what_has_begun_cannot_be_cancelled_and_the_page_says_why(town: Town, visitor: Visitor) -> None:
    date = town.occurrence()
    registration = town.signed_up(date)
    path = manage_path(registration) + "/afmeld"
    date.starts_at = utc_now()
    db.session.commit()
    assert not visitor.get(manage_path(registration)).all("a", href=path)
    answer = visitor.send(path, {}, status=409)
    assert parse(answer.text).one("h1").text
    assert only().state == State.CONFIRMED


def test_a_sign_up_that_is_gone_is_told_kindly(town: Town, visitor: Visitor, confirm_path: str) -> None:
    db.session.delete(only())
    db.session.commit()
    page = visitor.get(confirm_path, status=409)
    assert page.one("main").all("a", href="/aktiviteter")


def test_the_page_of_a_sign_up_tells_the_place_in_the_line(town: Town, visitor: Visitor) -> None:
    date = town.occurrence(capacity=1)
    town.signed_up(date)
    waiting = [town.signed_up(date) for _each in range(2)]
    words = [visitor.get(manage_path(each)).one("p", class_="alert-heading").text for each in waiting]
    assert [next(part for part in text.split() if part.isdecimal()) for text in words] == ["1", "2"]


def test_the_personal_calendar_file_leads_back(town: Town, visitor: Visitor) -> None:
    registration = town.signed_up(town.occurrence())
    page = visitor.get(manage_path(registration))
    answer = visitor.client.get(manage_path(registration) + "/kalender.ics")
    assert page.all("a", href=manage_path(registration) + "/kalender.ics")
    (entry,) = Calendar.from_ical(answer.text).walk("VEVENT")
    assert entry["UID"] == f"occ-{registration.occurrence.public_id}@127.0.0.1"
    assert "/afmeld" in entry["DESCRIPTION"]


def test_the_names_on_the_pages_are_escaped(town: Town, visitor: Visitor) -> None:
    registration = town.signed_up(town.occurrence(), name="<script>alert(1)</script>")
    page = visitor.get(manage_path(registration))
    assert "<script>alert(1)</script>" in page.text
    assert all(script.get("src") for script in page.all("script"))


def test_pages_with_a_secret_link_are_kept_out_of_search_engines_and_caches(
    town: Town, visitor: Visitor, confirm_path: str
) -> None:
    answer = visitor.client.get(confirm_path)
    assert "private" in answer.headers["Cache-Control"]
    assert answer.headers["Referrer-Policy"] in {"same-origin", "no-referrer"}
    rules = visitor.client.get("/robots.txt").text.splitlines()
    assert {"Disallow: /bekraeft/", "Disallow: /tilmelding/"} <= set(rules)


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_mail_is_in_the_language_of_the_page_it_was_asked_on(town: Town, visitor: Visitor, language: str) -> None:
    date = town.occurrence()
    visitor.get(f"/?lang={language}")
    from_page = f"/aktiviteter/{date.activity.public_id}/-/{date.public_id}"
    visitor.send(from_page + "/tilmeld", {"name": "Anna", "email": "anna@example.org"}, status=303)
    (letter,) = letters()
    assert letter.message["language"] == language
    (button,) = letter.message["buttons"]
    assert path_of(button["url"]).startswith("/bekraeft/")
