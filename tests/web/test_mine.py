"""One's own page: what stands on it, what can be done there without JavaScript, and that it is nobody else's."""

import re
from datetime import timedelta

import pytest
from flask import Flask

from engage import people, registrations
from engage.activities.asking import Question, QuestionKind
from engage.activities.models import SignUpMode
from engage.activities.terms import WaitingMode
from engage.base.clock import utc_now
from engage.base.db import db
from engage.people import Address, Reminder, wishes
from engage.people.models import Person
from engage.registrations import Registration, State
from tests.town import Town
from tests.web.coming_in import ANNA, come_in
from tests.web.conftest import Visitor, browser, letters, path_of
from tests.web.page import Element, parse


@pytest.fixture
def anna(app: Flask) -> Visitor:
    return come_in(app)


def own_path(registration: Registration) -> str:
    return f"/mine/tilmelding/{registration.public_id}"


def fresh(registration: Registration) -> Registration:
    db.session.expire_all()
    return db.session.get_one(Registration, registration.id)


def cards(page: Element) -> list[Element]:
    return page.all("article", class_="own-entry")


def offered(town: Town, *, seats: int = 1, email: str = ANNA, **facts: object) -> Registration:
    """A sign-up for which a place has become free."""
    date = town.occurrence(
        town.activity(waiting_mode=WaitingMode.OFFER, **facts), capacity=seats, starts_in=timedelta(days=20)
    )
    holder = town.signed_up(date, seats=seats)
    waits = town.signed_up(date, email=email, seats=seats)
    registrations.cancel(holder.public_id, now=utc_now())
    db.session.commit()
    assert fresh(waits).state == State.OFFERED
    return waits


def test_all_doors_stand_on_one_page_with_their_state_in_words(town: Town, anna: Visitor) -> None:
    full = town.occurrence(town.activity("Fuldt hus"), capacity=1)
    town.signed_up(full), town.signed_up(full)
    talk = people.find_or_create("webchat", "talk", language="da", now=utc_now())
    town.signed_up(town.occurrence(town.activity("Strandrensning")), email=ANNA, seats=2)
    town.signed_up(full, email=ANNA, person_id=talk, channel="webchat")
    page = anna.get("/mine")
    words = " ".join(card.text for card in cards(page))
    assert len(cards(page)) == 2
    assert "2 pladser" in words and "I har jeres pladser." in words
    assert "2" in next(card.text for card in cards(page) if "Fuldt hus" in card.text)


def test_another_citizen_reaches_nothing_of_ones_own(app: Flask, town: Town) -> None:
    own = offered(town)
    offer = registrations.open_offer(own)
    assert offer is not None
    bo = come_in(app, "bo@example.org")
    before = own.changed_at
    path = own_path(own)
    for page in (path, path + "/afmeld", path + "/kalender.ics"):
        assert bo.client.get(page).status_code == 409, page
    for form in (path, path + "/afmeld", path + "/bekraeft", path + "/tag", path + "/igen", path + "/kommer"):
        bo.send(form, {"seats": "1", "name": "Bo"}, status=409)
    for answer in ("ja", "nej"):
        bo.send(f"/mine/tilbud/{offer.public_id}/{answer}", {}, status=409)
    bo.send("/mine/tilbud/nothing/ja", {}, status=409)
    assert (fresh(own).state, own.changed_at) == (State.OFFERED, before)
    assert own.name is not None and own.name not in bo.get("/mine").text


def test_a_sign_up_is_changed_with_the_form_on_its_page(town: Town, anna: Visitor) -> None:
    own = town.signed_up(town.occurrence(), email=ANNA)
    page = anna.get(own_path(own))
    (form,) = page.all("form", action=own_path(own))
    assert form.fields()["seats"] == "1" and form.fields()["name"] == "Anna Holm"
    anna.submit(page, own_path(own), {"seats": "3", "name": "Anna Holm Berg"}, status=303)
    assert (fresh(own).seats, own.name) == (3, "Anna Holm Berg")
    assert "3 pladser" in anna.get(own_path(own)).text


def test_more_than_there_are_places_is_refused_in_words(town: Town, anna: Visitor) -> None:
    own = town.signed_up(town.occurrence(capacity=2), email=ANNA)
    answer = anna.submit(anna.get(own_path(own)), own_path(own), {"seats": "3"}, status=422)
    assert parse(answer.text).one("div", class_="alert-error").all("li")
    assert fresh(own).seats == 1


@pytest.mark.parametrize("typed", ["0", "999999", "x", "-1", ""])
def test_a_number_that_is_none_is_told_beside_the_field(town: Town, anna: Visitor, typed: str) -> None:
    own = town.signed_up(town.occurrence(), email=ANNA)
    answer = anna.submit(anna.get(own_path(own)), own_path(own), {"seats": typed}, status=422)
    assert parse(answer.text).one("span", id="seats-error").text
    assert fresh(own).seats == 1


def test_who_comes_along_is_asked_where_the_organiser_asks(town: Town, anna: Visitor) -> None:
    date = town.occurrence(town.activity(asked_of_each="name_and_age", age_from=6))
    own = town.signed_up(date, email=ANNA, companions=(registrations.Companion("Anna", 40),))
    page = anna.get(own_path(own))
    assert page.one("input", name="companions-0-age").get("value") == "40"
    answer = anna.submit(page, own_path(own), {"seats": "2"}, status=422)
    again = parse(answer.text)
    assert again.one("input", name="companions-1-name") and again.all("a", href="#companions")
    assert not again.all("span", id="companions-1-age-error"), "there was no line to fill in before"
    answer = anna.submit(again, own_path(own), {"companions-1-name": "Bo"}, status=422)
    again = parse(answer.text)
    assert again.all("span", id="companions-1-age-error"), "and now there was"
    anna.submit(again, own_path(own), {"companions-1-name": "Bo", "companions-1-age": "7"}, status=303)
    assert fresh(own).companions == [{"name": "Anna", "age": 40}, {"name": "Bo", "age": 7}]


def question(activity_id: int, kind: QuestionKind = QuestionKind.TEXT, **facts: object) -> Question:
    made = Question(
        public_id="q2345678", activity_id=activity_id, position=0, kind=kind, labels={"da": "Spiser du kød?"}, hints={},
        options=[], shown_when={}, required=True, **facts,
    )  # fmt: skip
    db.session.add(made)
    db.session.commit()
    return made


def test_the_organisers_questions_are_answered_anew(town: Town, anna: Visitor) -> None:
    date = town.occurrence()
    asked = question(date.activity_id)
    own = town.signed_up(date, email=ANNA, answers={asked.public_id: "Nej"})
    page = anna.get(own_path(own))
    assert "Spiser du kød?" in page.text
    answer = anna.submit(page, own_path(own), {asked.field: ""}, status=422)
    assert "Spiser du kød?" in parse(answer.text).one("div", class_="alert-error").text
    anna.submit(page, own_path(own), {asked.field: "Ja, men ikke fisk"}, status=303)
    assert fresh(own).answers == {asked.public_id: "Ja, men ikke fisk"}


def test_cancelling_asks_first_and_may_be_pressed_twice(town: Town, anna: Visitor) -> None:
    own = town.signed_up(town.occurrence(), email=ANNA)
    path = own_path(own) + "/afmeld"
    page = anna.get(path)
    assert fresh(own).state == State.CONFIRMED
    anna.submit(page, path, {}, status=303)
    count = len(letters())
    anna.submit(page, path, {}, status=303)
    assert fresh(own).state == State.CANCELLED_BY_PERSON and len(letters()) == count
    assert cards(anna.get("/mine")) == [] and len(cards(anna.get("/mine/tidligere"))) == 1


def test_after_the_deadline_the_page_says_whom_to_write_to(town: Town, anna: Visitor) -> None:
    date = town.occurrence(town.activity(cancel_before=30 * 24 * 60, contact_email="leder@example.org"))
    own = town.signed_up(date, email=ANNA)
    page = anna.get(own_path(own))
    assert "leder@example.org" in page.text
    assert not page.all("a", href=own_path(own) + "/afmeld") and not page.all("form", action=own_path(own))
    assert anna.client.get(own_path(own) + "/afmeld").status_code == 303
    answer = anna.send(own_path(own) + "/afmeld", {}, status=409)
    assert "leder@example.org" in answer.text
    assert fresh(own).state == State.CONFIRMED


def test_an_offer_stands_first_with_its_exact_deadline_and_is_taken(town: Town, anna: Visitor) -> None:
    town.signed_up(town.occurrence(starts_in=timedelta(days=1)), email=ANNA)
    own = offered(town)
    offer = registrations.open_offer(own)
    assert offer is not None
    page = anna.get("/mine")
    section = page.one("section", class_="own-asked")
    local = offer.expires_at.astimezone(own.occurrence.timezone)
    assert re.search(rf"den {local.day}\. .* kl\. {local.hour}\.{local.minute:02d}", section.text)
    path = f"/mine/tilbud/{offer.public_id}/ja"
    anna.submit(page, path, {}, status=303)
    count = len(letters())
    anna.submit(page, path, {}, status=303)
    assert fresh(own).state == State.CONFIRMED and len(letters()) == count


def test_fewer_places_may_be_taken_than_are_offered(town: Town, anna: Visitor) -> None:
    own = offered(town, seats=3)
    offer = registrations.open_offer(own)
    assert offer is not None
    path = f"/mine/tilbud/{offer.public_id}/ja"
    page = anna.get(own_path(own))
    assert [each.get("value") for each in page.one("select", id="take").all("option")] == ["3", "2", "1"]
    anna.submit(page, path, {"take": "2"}, status=303)
    assert (fresh(own).state, own.seats) == (State.CONFIRMED, 2)


def test_no_thank_you_lets_the_place_go_and_one_may_stand_in_line_again(town: Town, anna: Visitor) -> None:
    own = offered(town)
    offer = registrations.open_offer(own)
    assert offer is not None
    path = f"/mine/tilbud/{offer.public_id}/nej"
    page = anna.get("/mine")
    anna.submit(page, path, {}, status=303), anna.submit(page, path, {}, status=303)
    assert fresh(own).state == State.OFFER_DECLINED


def test_an_offer_that_ran_out_says_so_and_leads_back_into_the_line(town: Town, anna: Visitor) -> None:
    own = offered(town)
    offer = registrations.open_offer(own)
    assert offer is not None
    page = anna.get("/mine")
    registrations.expire_offers(utc_now() + timedelta(days=4))
    registrations.expire_offers(utc_now() + timedelta(days=8))
    date = own.occurrence
    date.pool.capacity = 0
    db.session.commit()
    anna.submit(page, f"/mine/tilbud/{offer.public_id}/ja", {}, status=422)
    again = anna.get("/mine")
    anna.submit(again, own_path(own) + "/igen", {}, status=303)
    assert fresh(own).state == State.WAITING


def test_what_is_asked_of_who_has_a_place_is_asked_with_the_offer(town: Town, anna: Visitor) -> None:
    own = offered(town)
    asked = question(own.occurrence.activity_id)
    offer = registrations.open_offer(own)
    assert offer is not None
    path = f"/mine/tilbud/{offer.public_id}/ja"
    assert not anna.get("/mine").all("form", action=path), "one press cannot answer a question"
    page = anna.get(own_path(own))
    anna.submit(page, path, {}, status=422)
    assert fresh(own).state == State.OFFERED
    anna.submit(page, path, {asked.field: "Nej"}, status=303)
    assert (fresh(own).state, own.answers) == (State.CONFIRMED, {asked.public_id: "Nej"})


def test_free_places_for_the_first_who_comes_are_taken_here(town: Town, anna: Visitor) -> None:
    date = town.occurrence(town.activity(waiting_mode=WaitingMode.BROADCAST), capacity=1)
    holder, own = town.signed_up(date), town.signed_up(date, email=ANNA)
    registrations.cancel(holder.public_id, now=utc_now())
    db.session.commit()
    page = anna.get("/mine")
    anna.submit(page, own_path(own) + "/tag", {}, status=303)
    assert fresh(own).state == State.CONFIRMED


def test_what_waits_for_a_mail_is_confirmed_here_without_telling_the_name_somebody_typed(
    town: Town, anna: Visitor
) -> None:
    own = town.signed_up(town.occurrence(), name="Grim Bemærkning", email=ANNA, confirmed=False)
    page = anna.get("/mine")
    assert "Grim" not in page.text and "Grim" not in anna.get(own_path(own)).text
    anna.submit(page, own_path(own) + "/bekraeft", {}, status=303)
    assert fresh(own).state == State.CONFIRMED


def test_a_course_tells_all_its_dates(town: Town, anna: Visitor) -> None:
    course = town.activity(sign_up=SignUpMode.WHOLE_COURSE)
    dates = [town.occurrence(course, starts_in=timedelta(days=days)) for days in (7, 14, 21)]
    own = town.signed_up(dates[0], email=ANNA)
    assert len(cards(anna.get("/mine"))) == 1
    page = anna.get(own_path(own))
    assert sum("kl." in each.text for each in page.all("li")) == 3


def test_a_called_off_date_says_so_and_cannot_be_changed(town: Town, anna: Visitor) -> None:
    own = town.signed_up(town.occurrence(), email=ANNA)
    own.occurrence.state = "cancelled"
    db.session.commit()
    page = anna.get(own_path(own))
    assert not page.all("form", action=own_path(own)) and not page.all("a", href=own_path(own) + "/afmeld")


def test_wishes_are_kept_and_the_language_is_spoken(town: Town, app: Flask, anna: Visitor) -> None:
    own = town.signed_up(town.occurrence(), email=ANNA)
    page = anna.get("/mine/oensker")
    (form,) = page.all("form", action="/mine/oensker")
    assert len(form.all("input", name="reminders", checked="")) == 3, "who never chose gets all"
    token = form.fields()["csrf_token"]
    chosen = {
        "csrf_token": token, "language": "de", "reminders": ["day"], "quiet_from": "20:00",
        "quiet_until": "09:00",
    }  # fmt: skip
    assert anna.client.post("/mine/oensker", data=chosen).status_code == 303
    db.session.expire_all()
    person = db.session.query(Person).filter_by(id=own.person_id).one()
    kept = wishes.of(person.id)
    assert kept.reminders == {Reminder.DAY}
    assert kept.quiet is not None and [each.hour for each in kept.quiet] == [20, 9]
    assert (person.language, fresh(own).language) == ("de", "de")
    assert anna.get("/mine/oensker").one("html").get("lang") == "de"


def test_quiet_hours_that_never_end_are_refused(anna: Visitor) -> None:
    page = anna.get("/mine/oensker")
    fields = {"quiet_from": "09:00", "quiet_until": "09:00"}
    answer = anna.submit(page, "/mine/oensker", fields, status=422)
    assert parse(answer.text).one("span", id="quiet_from-error").text


def test_what_no_form_sends_changes_nothing_for_the_worse(anna: Visitor) -> None:
    anna.send("/mine/oensker", {"language": "xx", "reach": "pigeon", "quiet_from": "25:00"}, status=303)
    (person,) = db.session.query(Person)
    assert person.language == "da" and wishes.of(person.id).quiet is None


def test_forgotten_means_everything_and_leads_out(town: Town, anna: Visitor) -> None:
    coming = town.signed_up(town.occurrence(), email=ANNA)
    page = anna.get("/mine/data/slet")
    assert "Klimacafé" in page.text and fresh(coming).state == State.CONFIRMED
    answer = anna.submit(page, "/mine/data/slet", {}, status=303)
    assert anna.get(answer.location).one("h1").text
    assert anna.client.get("/mine").location == "/mine/ind"
    assert (fresh(coming).state, coming.name, coming.email) == (State.CANCELLED_BY_PERSON, None, None)
    assert db.session.query(Address).count() == 0
    assert not [each for each in letters() if ANNA in str(each.addresses)]


def test_the_link_to_one_sign_up_shows_that_one_and_sends_a_link_to_all(app: Flask, town: Town) -> None:
    own = town.signed_up(town.occurrence(town.activity("Strandrensning")), email=ANNA)
    town.signed_up(town.occurrence(town.activity("Hemmeligt møde")), email=ANNA)
    friend = Visitor(browser(app))
    path = path_of(registrations.notices.page_link(own))
    page = friend.get(path)
    assert "Strandrensning" in page.text and "Hemmeligt" not in page.text
    answer = friend.submit(page, path + "/alle", {}, status=303)
    assert letters()[-1].addresses == [{"channel": "email", "identifier": ANNA}]
    sent = friend.get(answer.location)
    assert ANNA not in sent.text and "a•••@example.org" in sent.text
    assert friend.client.get("/mine").location == "/mine/ind"
    friend.send("/tilmelding/changed.token/alle", {}, status=404)


def test_pages_of_ones_own_are_kept_out_of_search_engines_and_caches(town: Town, anna: Visitor) -> None:
    own = town.signed_up(town.occurrence(), email=ANNA)
    for path in ("/mine", own_path(own), "/mine/oensker", "/mine/kalender", "/mine/chat", "/mine/data"):
        answer = anna.client.get(path)
        assert "private" in answer.headers["Cache-Control"]
        assert parse(answer.text).one("meta", name="robots").get("content") == "noindex"
    assert "Disallow: /mine" in anna.client.get("/robots.txt").text


@pytest.mark.parametrize("language", ["da", "en", "de"])
def test_every_page_speaks_each_language(town: Town, anna: Visitor, language: str) -> None:
    own = town.signed_up(town.occurrence(), email=ANNA)
    anna.get(f"/?lang={language}")
    for path in ("/mine", "/mine/tidligere", own_path(own), own_path(own) + "/afmeld", "/mine/oensker", "/mine/kalender",
                 "/mine/chat", "/mine/data", "/mine/data/slet"):  # fmt: skip
        assert anna.get(path).one("html").get("lang") == language


def test_one_press_keeps_what_was_answered_before(town: Town, anna: Visitor) -> None:
    date = town.occurrence(
        town.activity(waiting_mode=WaitingMode.OFFER, asks_when_waiting=True), capacity=1, starts_in=timedelta(days=20)
    )
    asked = question(date.activity_id, QuestionKind.SEVERAL)
    asked.options = [{"key": key, "labels": {"da": key}, "removed": False} for key in ("kage", "frugt")]
    db.session.commit()
    answers = {asked.public_id: ["kage"]}
    holder = town.signed_up(date, answers=answers)
    own = town.signed_up(date, email=ANNA, answers=answers)
    registrations.cancel(holder.public_id, now=utc_now())
    db.session.commit()
    offer = registrations.open_offer(fresh(own))
    assert offer is not None
    anna.submit(anna.get("/mine"), f"/mine/tilbud/{offer.public_id}/ja", {}, status=303)
    assert (fresh(own).state, own.answers) == (State.CONFIRMED, answers)


def test_a_class_is_changed_as_a_class(town: Town, anna: Visitor) -> None:
    own = town.signed_up(
        town.occurrence(town.activity(party="class"), capacity=60), email=ANNA,
        school_class=registrations.SchoolClass("Dybbøl-Skolen", "4.b", 20, 2),
    )  # fmt: skip
    page = anna.get(own_path(own))
    assert page.one("input", name="school_class-pupils").get("value") == "20" and not page.all("select", id="seats")
    anna.submit(page, own_path(own), {"school_class-pupils": "0"}, status=422)
    anna.submit(page, own_path(own), {"school_class-pupils": "24"}, status=303)
    assert (fresh(own).seats, own.school_class["pupils"]) == (26, 24)


def test_who_was_to_come_to_what_is_held_after_all_says_so_here(town: Town, anna: Visitor) -> None:
    own = town.signed_up(town.occurrence(), email=ANNA)
    own.state = State.CANCELLED_WITH_EVENT
    db.session.commit()
    anna.submit(anna.get("/mine"), own_path(own) + "/kommer", {}, status=303)
    assert fresh(own).state == State.CONFIRMED
