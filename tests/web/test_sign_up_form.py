"""The sign-up form: what it says when something is missing, and what it never tells."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from engage.activities.models import Kind, SignUpMode
from engage.base.config import Settings
from engage.base.db import db
from engage.registrations import Registration
from tests.town import Town
from tests.web.conftest import Visitor, address, browser, letters
from tests.web.page import Element, parse


def registrations() -> list[Registration]:
    db.session.expire_all()
    return list(db.session.query(Registration).order_by(Registration.id))


def test_a_sent_form_becomes_a_sign_up_and_a_mail(town: Town, visitor: Visitor) -> None:
    date = town.occurrence()
    page = visitor.get(address(date))
    fields = {"name": " Anna  Holm ", "email": " Anna@Example.org ", "seats": "2"}
    answer = visitor.submit(page, address(date) + "/tilmeld", fields, status=303)
    receipt = visitor.get(answer.location)
    assert "Anna@Example.org" in receipt.text
    (registration,) = registrations()
    assert (registration.name, registration.email, registration.seats) == ("Anna Holm", "anna@example.org", 2)
    assert registration.notice_version
    (letter,) = letters()
    assert letter.addresses == [{"channel": "email", "identifier": "anna@example.org"}]


def test_all_that_is_missing_is_said_at_once_and_leads_to_its_field(town: Town, visitor: Visitor) -> None:
    date = town.occurrence()
    hostile = '"><img src=x onerror=alert(1)>'
    page = visitor.get(address(date))
    answer = visitor.submit(
        page, address(date) + "/tilmeld", {"name": "  ", "email": hostile, "seats": "0"}, status=422
    )
    again = parse(answer.text)
    summary = again.one("div", data_error_summary="")
    assert [link.get("href") for link in summary.all("a")] == ["#name", "#email", "#seats"]
    assert summary.get("role") == "alert"
    for name in ("name", "email", "seats"):
        field = next(each for each in again if each.get("id") == name)
        assert field.get("aria-invalid") == "true"
        described = {again.one(id=part).text for part in field.get("aria-describedby").split()}
        assert any(link.text in words for link in summary.all("a") for words in described)
    assert again.one("input", id="email").get("value") == hostile
    assert not again.all("img", src="x")
    assert again.one("title").text != page.one("title").text, "the title says that something is wrong"
    assert registrations() == []


def test_what_was_right_is_kept(town: Town, visitor: Visitor) -> None:
    date = town.occurrence()
    fields = {"name": "Åse Ærø", "email": "nej", "seats": "3"}
    again = parse(visitor.submit(visitor.get(address(date)), address(date) + "/tilmeld", fields, status=422).text)
    assert again.one("input", id="name").get("value") == "Åse Ærø"
    assert again.one("select", id="seats").one("option", selected="").get("value") == "3"


@pytest.mark.parametrize(
    "fields",
    [
        {"seats": "31"}, {"seats": "-1"}, {"seats": "²"}, {"seats": "9" * 5000}, {"seats": "1.5"}, {"seats": ""},
        {"email": "a@" + "b" * 300 + ".dk"},
        {"name": "\u202eannA"}, {"name": "A" * 5000}, {"email": "Anna <a@example.org>"}, {"email": "a@example.org,b@x.dk"},
        {"email": "a@example.org\r\nBcc: b@example.org"}, {"name": "Anna\r\nBcc: b@example.org"},
    ],
)  # fmt: skip
def test_no_value_breaks_the_form_or_leaves_it(town: Town, visitor: Visitor, fields: dict[str, str]) -> None:
    date = town.occurrence()
    form = {"name": "Anna", "email": "a@example.org", "seats": "1", **fields}
    page = visitor.get(address(date))
    (token,) = [each.fields()["csrf_token"] for each in page.all("form") if each.get("action").endswith("/tilmeld")]
    answer = visitor.client.post(address(date) + "/tilmeld", data={"csrf_token": token, **form})
    assert answer.status_code in {303, 422}
    for registration in registrations():
        assert registration.name and "\n" not in registration.name and len(registration.name) <= 120


@pytest.mark.parametrize("field", ["name", "email", "seats"])
def test_a_character_no_text_can_hold_is_refused(town: Town, visitor: Visitor, field: str) -> None:
    date = town.occurrence()
    form = {"name": "Anna", "email": "a@example.org", "seats": "1"}
    visitor.submit(visitor.get(address(date)), address(date) + "/tilmeld", {**form, field: "a\x00b"}, status=400)
    assert registrations() == []


def test_the_answer_is_the_same_for_who_is_signed_up_already(app: Flask, town: Town) -> None:
    date = town.occurrence()
    town.signed_up(date, email="anna@example.org")

    def pages(email: str) -> list[str]:
        visitor = Visitor(browser(app))
        page = visitor.get(address(date))
        fields = {"name": "Nogen", "email": email, "seats": "1"}
        answer = visitor.submit(page, address(date) + "/tilmeld", fields, status=303)
        shown = [answer.text, answer.location, visitor.client.get(answer.location).text]
        return [re.sub(r'(name="csrf_token" value=")[^"]*', r"\1", text) for text in shown]

    known, unknown = pages("anna@example.org"), pages("bent@example.org")
    assert known == [text.replace("bent@", "anna@") for text in unknown]


@pytest.mark.parametrize("shape", ["dates", "role", "line"])
def test_it_is_the_same_for_dates_tasks_and_the_line(app: Flask, town: Town, shape: str) -> None:
    """Somebody who has everything already, and somebody nobody knows, get the same receipt."""
    activity = town.activity(
        kind=Kind.VOLUNTEER if shape == "role" else Kind.LEARNING,
        sign_up=SignUpMode.SEVERAL_DATES if shape == "dates" else SignUpMode.REGISTRATION,
    )
    dates = [town.occurrence(activity, starts_in=timedelta(days=days), capacity=5) for days in (7, 14)]
    more: dict[str, str | list[str]] = {"dates": [each.public_id for each in dates]} if shape == "dates" else {}
    told = {}
    if shape == "role":
        more = told = {"role": town.role(activity, capacity=5).public_id}
    if shape == "line":
        town.signed_up(dates[0], seats=5)
    town.signed_up(dates[0], email="anna@example.org", **told)

    def receipt(email: str) -> str:
        visitor = Visitor(browser(app))
        fields = {"name": "Nogen", "email": email, "seats": "1", **more}
        answer = visitor.submit(visitor.get(address(dates[0])), address(dates[0]) + "/tilmeld", fields, status=303)
        return visitor.client.get(answer.location).text

    assert receipt("anna@example.org") == receipt("bent@example.org").replace("bent@", "anna@")


def test_as_many_sign_ups_as_one_person_may_have_is_said_over_the_form(
    town: Town, visitor: Visitor, set_settings: Callable[..., None]
) -> None:
    set_settings(sign_ups_per_person=1)
    town.signed_up(town.occurrence(), email="anna@example.org")
    date = town.occurrence()
    fields = {"name": "Anna", "email": "anna@example.org"}
    again = parse(visitor.submit(visitor.get(address(date)), address(date) + "/tilmeld", fields, status=422).text)
    assert "1" in again.one("div", data_error_summary="").one("li").text


def test_a_full_date_puts_on_the_waiting_list_and_says_so_beforehand(town: Town, visitor: Visitor) -> None:
    date = town.occurrence(capacity=1)
    town.signed_up(date)
    page = visitor.get(address(date))
    fields = {"name": "Anna", "email": "anna@example.org"}
    full = visitor.get(visitor.submit(page, address(date) + "/tilmeld", fields, status=303).location)
    free_date = town.occurrence()
    page = visitor.get(address(free_date))
    fields["email"] = "other@example.org"
    free = visitor.get(visitor.submit(page, address(free_date) + "/tilmeld", fields, status=303).location)
    assert full.one("section", aria_labelledby="what").text != free.one("section", aria_labelledby="what").text


def test_too_many_unconfirmed_for_an_address_is_said_over_the_form(
    town: Town, visitor: Visitor, settings: Settings
) -> None:
    for _each in range(settings.unconfirmed_per_address):
        town.signed_up(town.occurrence(), confirmed=False, email="anna@example.org")
    date = town.occurrence()
    page = visitor.get(address(date))
    fields = {"name": "Anna", "email": "anna@example.org"}
    again = parse(visitor.submit(page, address(date) + "/tilmeld", fields, status=422).text)
    assert again.one("div", data_error_summary="").one("li").text
    assert again.one("input", id="email").get("value") == "anna@example.org"


def test_the_receipt_belongs_to_who_signed_up(app: Flask, town: Town, visitor: Visitor) -> None:
    date = town.occurrence()
    fields = {"name": "Anna", "email": "anna@example.org"}
    visitor.submit(visitor.get(address(date)), address(date) + "/tilmeld", fields, status=303)
    stranger = browser(app).get("/tilmelding/modtaget")
    assert stranger.status_code == 302 and stranger.location == "/aktiviteter"


def test_the_privacy_notice_stands_before_the_fields(town: Town, visitor: Visitor) -> None:
    page = visitor.get(address(town.occurrence()))
    (form,) = [form for form in page.all("form") if form.get("action").endswith("/tilmeld")]
    order = [each for each in form if isinstance(each, Element)]
    notice = next(index for index, each in enumerate(order) if each.get("href") == "/privatliv")
    name = next(index for index, each in enumerate(order) if each.get("id") == "name")
    assert notice < name
