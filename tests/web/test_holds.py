"""Places kept for who mends the form, where few are left."""

from datetime import timedelta

import pytest
from flask import Flask

from engage.activities.models import Kind, Occurrence, SignUpMode
from engage.activities.terms import AskedOfEach
from engage.base.clock import utc_now
from engage.base.db import db
from engage.base.i18n import gettext as _
from engage.registrations import Registration, State, holds
from engage.registrations.models import Hold
from tests.town import Town
from tests.web.conftest import Visitor, address, browser
from tests.web.page import Element, parse

WITHOUT_NAME = {"name": "", "email": "anna@example.org"}


def sent(visitor: Visitor, date: Occurrence, fields: dict[str, str], status: int) -> Element:
    path = address(date) + "/tilmeld"
    answer = visitor.submit(visitor.get(address(date)), path, fields, status=status)
    return parse(answer.text) if status == 422 else visitor.get(answer.location)


def held() -> list[tuple[int, int]]:
    db.session.expire_all()
    return [(hold.pool_id, hold.seats) for hold in db.session.query(Hold).order_by(Hold.id)]


def test_where_few_are_left_the_places_are_kept_while_the_form_is_mended(app: Flask, town: Town) -> None:
    date = town.occurrence(capacity=4)
    anna, bo = Visitor(browser(app)), Visitor(browser(app))
    again = sent(anna, date, {**WITHOUT_NAME, "seats": "2"}, 422)
    assert held() == [(date.pool.id, 2)]
    until = db.session.query(Hold).one().expires_at.astimezone(date.timezone)
    assert f"{until.hour}.{until.minute:02d}" in again.one("p", class_="kept").text
    assert "2" in bo.get(address(date)).all("span", class_="places-few")[0].text, "others see two left"
    assert "4" in anna.get(address(date)).all("span", class_="places-few")[0].text, (
        "and for who holds them they are free"
    )
    own = anna.get(address(date))
    assert own.one("p", class_="kept"), "the page tells its visitor, and nobody else"
    assert not bo.get(address(date)).all("p", class_="kept")
    sent(anna, date, {"name": "Anna", "email": "anna@example.org", "seats": "2"}, 303)
    assert held() == []
    assert db.session.query(Registration).one().state == State.PENDING_EMAIL


def test_the_last_place_is_theirs_although_others_find_the_waiting_list(app: Flask, town: Town) -> None:
    date = town.occurrence(capacity=2)
    town.signed_up(date)
    anna, bo = Visitor(browser(app)), Visitor(browser(app))
    sent(anna, date, {**WITHOUT_NAME, "seats": "1"}, 422)
    assert bo.get(address(date)).one("button", id="submit-words").text == _("Join the waiting list")
    page = anna.get(address(date))
    assert page.one("button", id="submit-words").text == _("Sign up")
    sent(bo, date, {"name": "Bo", "email": "bo@example.org"}, 303)
    sent(anna, date, {"name": "Anna", "email": "anna@example.org"}, 303)
    states = {each.email: each.state for each in db.session.query(Registration)}
    assert (states["anna@example.org"], states["bo@example.org"]) == (State.PENDING_EMAIL, State.WAITING)


def test_mending_it_twice_holds_once_and_another_number_holds_that(town: Town, visitor: Visitor) -> None:
    date = town.occurrence(capacity=6)
    for seats in ("1", "3", "2"):
        sent(visitor, date, {**WITHOUT_NAME, "seats": seats}, 422)
    assert held() == [(date.pool.id, 2)]


def test_a_hold_on_one_date_is_given_up_for_one_on_another(town: Town, visitor: Visitor) -> None:
    first, second = town.occurrence(capacity=3), town.occurrence(capacity=3)
    sent(visitor, first, {**WITHOUT_NAME, "seats": "1"}, 422)
    sent(visitor, second, {**WITHOUT_NAME, "seats": "1"}, 422)
    assert held() == [(second.pool.id, 1)]


@pytest.mark.parametrize("capacity", [None, 50])
def test_where_there_are_many_nothing_is_held(town: Town, visitor: Visitor, capacity: int | None) -> None:
    date = town.occurrence(capacity=capacity)
    again = sent(visitor, date, {**WITHOUT_NAME, "seats": "1"}, 422)
    assert held() == [] and not again.all("p", class_="kept")


@pytest.mark.parametrize("seats", ["0", "99", "x", "4"])
def test_nothing_is_held_for_a_number_that_cannot_be(town: Town, visitor: Visitor, seats: str) -> None:
    sent(visitor, town.occurrence(capacity=3), {**WITHOUT_NAME, "seats": seats}, 422)
    assert held() == []


def test_strangers_can_never_hold_more_than_the_share_for_the_unproven(app: Flask, town: Town) -> None:
    date = town.occurrence(capacity=4)
    for _each in range(4):
        sent(Visitor(browser(app)), date, {**WITHOUT_NAME, "seats": "1"}, 422)
    assert held() == [(date.pool.id, 1)] * 2


def test_a_role_is_held_in_its_own_places(town: Town, visitor: Visitor) -> None:
    activity = town.activity(kind=Kind.VOLUNTEER)
    date = town.occurrence(activity)
    coffee, gate = town.role(activity, "Kaffe", 2), town.role(activity, "Port", 2)
    sent(visitor, date, {**WITHOUT_NAME, "role": coffee.public_id}, 422)
    db.session.refresh(date)
    (pool,) = [each for each in date.role_pools if each.role_id == coffee.id]
    assert held() == [(pool.id, 1)]
    own = visitor.get(address(date)).one("section", id="roles").text
    assert own.count("2") == 4, "for them both roles still lack two"
    sent(visitor, date, {"name": "Anna", "email": "anna@example.org", "role": gate.public_id}, 303)


def test_a_hold_that_ran_out_and_was_taken_back_is_no_longer_told(town: Town, visitor: Visitor, app: Flask) -> None:
    date = town.occurrence(capacity=3)
    sent(visitor, date, {**WITHOUT_NAME, "seats": "1"}, 422)
    assert visitor.get(address(date)).all("p", class_="kept")
    holds.expire(utc_now() + timedelta(hours=1))
    db.session.commit()
    assert not visitor.get(address(date)).all("p", class_="kept")
    sent(visitor, date, {"name": "Anna", "email": "anna@example.org"}, 303)


def test_places_of_several_dates_are_held_while_the_form_is_mended(app: Flask, town: Town) -> None:
    activity = town.activity(sign_up=SignUpMode.SEVERAL_DATES)
    dates = [town.occurrence(activity, capacity=number, starts_in=timedelta(days=number)) for number in (2, 4, 50)]
    anna, bo = Visitor(browser(app)), Visitor(browser(app))
    chosen = {**WITHOUT_NAME, "seats": "1", "dates": [each.public_id for each in dates]}
    path = address(dates[0]) + "/tilmeld"
    again = parse(anna.send(path, chosen, status=422).text)
    assert held() == [(dates[0].pool.id, 1), (dates[1].pool.id, 1)], "of the last one there are enough"
    assert "2" in again.one("p", class_="kept").text
    assert free(anna.get(address(dates[0]))) == [2, 4, 50]
    assert free(bo.get(address(dates[0]))) == [1, 3, 50]
    town.signed_up(dates[0])
    anna.send(path, {**chosen, "name": "Anna"}, status=303)
    assert held() == []
    states = {each.state for each in db.session.query(Registration).filter_by(email="anna@example.org")}
    assert states == {State.PENDING_EMAIL}


def free(page: Element) -> list[int]:
    labels = [each.one("span", class_="quiet").text for each in page.one("fieldset", id="dates").all("label")]
    return [int(words.split()[0]) for words in labels]


def test_a_date_that_is_not_chosen_in_the_end_is_not_held_any_more(town: Town, visitor: Visitor) -> None:
    activity = town.activity(sign_up=SignUpMode.SEVERAL_DATES)
    dates = [town.occurrence(activity, capacity=3, starts_in=timedelta(days=number)) for number in (2, 4)]
    path = address(dates[0]) + "/tilmeld"
    first, second = (each.public_id for each in dates)
    visitor.send(path, {**WITHOUT_NAME, "seats": "1", "dates": [first, second]}, status=422)
    assert len(held()) == 2
    visitor.send(path, {**WITHOUT_NAME, "seats": "1", "dates": second}, status=422)
    assert held() == [(dates[1].pool.id, 1)]
    visitor.send(path, {"name": "Anna", "email": "anna@example.org", "seats": "1", "dates": first}, status=303)
    assert held() == []


def test_who_has_much_to_fill_in_may_have_the_places_kept_meanwhile(app: Flask, town: Town) -> None:
    activity = town.activity(asked_of_each=AskedOfEach.NAME)
    date = town.occurrence(activity, capacity=3)
    anna = Visitor(browser(app))
    page = anna.get(address(date))
    assert page.all("button", name="keep") and held() == [], "opening a page changes nothing"
    path = address(date) + "/tilmeld"
    answer = parse(anna.send(path, {"name": "", "email": "", "seats": "2", "keep": "1"}, status=200).text)
    assert held() == [(date.pool.id, 2)]
    assert answer.all("p", class_="kept") and not answer.all("div", data_error_summary="")
    assert len([each for each in answer.all("input") if (each.get("name") or "").startswith("companions-")]) == 2
    assert not answer.all("button", name="keep")
    wrong = parse(anna.send(path, {"seats": "9", "keep": "1"}, status=422).text)
    assert wrong.all("div", data_error_summary="")
    bo = Visitor(browser(app))
    told = parse(bo.send(path, {"name": "Bo", "seats": "1", "keep": "1"}, status=200).text)
    assert not told.all("p", class_="kept") and held() == [(date.pool.id, 2)], "the share for strangers is used up"


@pytest.mark.parametrize(("capacity", "asks"), [(50, AskedOfEach.NAME), (3, AskedOfEach.NOTHING)])
def test_nothing_is_offered_to_be_kept_where_it_is_not_needed(
    town: Town, visitor: Visitor, capacity: int, asks: AskedOfEach
) -> None:
    date = town.occurrence(town.activity(asked_of_each=asks), capacity=capacity)
    assert not visitor.get(address(date)).all("button", name="keep")
