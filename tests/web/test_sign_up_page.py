"""The page of one sign-up, opened by its link: every state in words, and what can be done from it."""

from datetime import date, timedelta

import pytest
from flask import Flask
from icalendar import Calendar

from engage import registrations
from engage.activities.asking import QuestionKind
from engage.activities.models import Kind, Occurrence, SignUpMode
from engage.activities.terms import AskedOfEach, Party, WaitingMode
from engage.base.db import db
from engage.base.i18n import gettext as _
from engage.base.wording import deadline, when
from engage.registrations import Companion, Registration, SchoolClass, State, desk, notices
from tests.accounts.cast import account
from tests.town import Town
from tests.web.conftest import Visitor, browser, letters
from tests.web.page import Element, parse

DAY = timedelta(days=1)


def path_to(registration: Registration) -> str:
    return f"/tilmelding/{notices.manage_token(registration.public_id)}"


def fresh(registration: Registration) -> Registration:
    db.session.expire_all()
    return db.session.get_one(Registration, registration.id)


def words(page: Element) -> str:
    return page.one("p", class_="alert-heading").text


def facts(page: Element) -> dict[str, str]:
    """What was told when signing up, as the page shows it."""
    (shown,) = page.all("dl", class_="facts") or [Element("dl")]
    return {row.one("dt").text: row.one("dd").text for row in shown.all("div")}


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (State.CONFIRMED, "You have your place."),
        (State.PENDING_APPROVAL, "The organiser has not answered yet. We write to you as soon as they do."),
        (State.DECLINED, "The organiser could not give you a place."),
        (State.OFFER_DECLINED, "You said no to the place we offered you."),
        (State.OFFER_EXPIRED, "We did not hear from you in time, so the place went to the next in line."),
        (State.CANCELLED_BY_PERSON, "Your sign-up is cancelled."),
        (State.CANCELLED_BY_STAFF, "The organiser has cancelled your sign-up."),
        (State.CANCELLED_WITH_EVENT, "The activity is called off."),
    ],
)  # fmt: skip
def test_each_state_is_said_in_words(town: Town, visitor: Visitor, state: State, said: str) -> None:
    registration = town.signed_up(town.occurrence(town.activity(waiting_mode=WaitingMode.OFFER)))
    registration.state = state
    if state == State.CANCELLED_WITH_EVENT:
        registration.occurrence.state = "cancelled"
    db.session.commit()
    assert _(said) in words(visitor.get(path_to(registration)))


def test_opening_any_of_its_pages_changes_nothing(town: Town, visitor: Visitor) -> None:
    registration = town.signed_up(town.occurrence())
    before, count = registration.changed_at, len(letters())
    for end in ("", "/afmeld", "/kalender.ics"):
        for method in ("GET", "HEAD"):
            assert visitor.client.open(path_to(registration) + end, method=method).status_code == 200
    for end in ("/tag", "/venteliste", "/igen", "/alle"):
        assert visitor.client.get(path_to(registration) + end).status_code == 405
    assert (fresh(registration).changed_at, len(letters())) == (before, count)


def test_a_form_without_its_token_changes_nothing(town: Town, visitor: Visitor) -> None:
    registration = town.signed_up(town.occurrence())
    for end in ("", "/afmeld", "/tag", "/venteliste", "/igen"):
        answer = visitor.client.post(path_to(registration) + end, data={"name": "Bo", "seats": "2"})
        assert answer.status_code == 400
    assert (fresh(registration).state, fresh(registration).seats) == (State.CONFIRMED, 1)


def test_what_was_told_stands_on_the_page(town: Town, visitor: Visitor) -> None:
    activity = town.activity(asked_of_each=AskedOfEach.NAME_AND_AGE)
    food = town.question(activity, "Hvad vil du spise?", QuestionKind.CHOICE, options=["Fisk", "Kød"])
    registration = town.signed_up(
        town.occurrence(activity), seats=2, companions=(Companion("Bo", 40), Companion("Ida", 6)),
        answers={food.public_id: food.options[0]["key"]},
    )  # fmt: skip
    told = facts(visitor.get(path_to(registration)))
    assert told["Hvad vil du spise?"] == "Fisk"
    assert "Bo" in told[_("Who comes")] and "6" in told[_("Who comes")]


def test_a_class_a_task_and_a_certificate_stand_there_too(town: Town, visitor: Visitor) -> None:
    classes = town.occurrence(town.activity(party=Party.CLASS), capacity=60)
    told = SchoolClass("Havneskolen", "4.b", 20, 2)
    page = visitor.get(path_to(town.signed_up(classes, school_class=told)))
    assert facts(page)[_("Class")] == "4.b, Havneskolen"
    helping = town.activity(kind=Kind.VOLUNTEER)
    shift = town.occurrence(helping)
    role = town.role(helping, "Port", vetting={"da": "Børneattest"})
    page = visitor.get(path_to(town.signed_up(shift, role=role.public_id, vetted_on=date(2026, 2, 1))))
    assert facts(page)[_("Task")] == "Port"
    assert "2026" in facts(page)[_("Date on your certificate")]


def test_an_unproven_sign_up_shows_nothing_that_a_stranger_typed(town: Town, visitor: Visitor) -> None:
    registration = town.signed_up(town.occurrence(), name="Skønne Tilbud Køb Nu", confirmed=False)
    page = visitor.get(path_to(registration))
    assert "Skønne" not in page.text
    assert not page.all("form", action=path_to(registration))


def test_places_answers_and_who_comes_are_changed_on_the_page(town: Town, visitor: Visitor) -> None:
    activity = town.activity(asked_of_each=AskedOfEach.NAME)
    question = town.question(activity, required=True)
    date_ = town.occurrence(activity)
    registration = town.signed_up(
        date_, seats=2, companions=(Companion("Bo"), Companion("Ida")), answers={question.public_id: "Fisk"}
    )
    path = path_to(registration)
    page = visitor.get(path)
    (form,) = page.all("form", action=path)
    assert form.fields()["companions-1-name"] == "Ida" and form.fields()["seats"] == "2"
    again = parse(visitor.submit(page, path, {question.field: "", "companions-0-name": ""}, status=422).text)
    links = [link.get("href") for link in again.one("div", data_error_summary="").all("a")]
    assert links == ["#companions-0-name", f"#{question.field}"]
    visitor.submit(page, path, {question.field: "Kød", "seats": "1", "companions-0-name": "Bo Berg"}, status=303)
    own = fresh(registration)
    assert (own.seats, own.answers, own.companions) == (
        1,
        {question.public_id: "Kød"},
        [{"name": "Bo Berg", "age": None}],
    )
    assert _("Your sign-up is changed.") in visitor.get(path).text


def test_more_places_than_there_are_is_refused_and_nothing_is_changed(town: Town, visitor: Visitor) -> None:
    registration = town.signed_up(town.occurrence(capacity=2))
    path = path_to(registration)
    answer = visitor.submit(visitor.get(path), path, {"seats": "3"}, status=422)
    assert parse(answer.text).one("div", data_error_summary="")
    assert fresh(registration).seats == 1


def test_a_class_is_changed_part_by_part(town: Town, visitor: Visitor) -> None:
    date_ = town.occurrence(town.activity(party=Party.CLASS, group_least=10, group_most=25), capacity=60)
    registration = town.signed_up(date_, school_class=SchoolClass("Havneskolen", "4.b", 20, 2))
    path = path_to(registration)
    page = visitor.get(path)
    again = parse(visitor.submit(page, path, {"school_class-pupils": "40"}, status=422).text)
    assert [each.get("href") for each in again.one("div", data_error_summary="").all("a")] == ["#school_class-pupils"]
    visitor.submit(page, path, {"school_class-pupils": "18", "school_class-class_name": "4.c"}, status=303)
    own = fresh(registration)
    assert (own.seats, own.school_class["class"], own.school_class["school"]) == (20, "4.c", "Havneskolen")


def test_a_letters_link_speaks_the_letters_language_where_the_browser_has_chosen_none(town: Town, app: Flask) -> None:
    path = path_to(town.signed_up(town.occurrence(), language="de"))
    fresh_one, chosen = Visitor(browser(app)), Visitor(browser(app))
    assert fresh_one.get(path).one("html").get("lang") == "de"
    assert fresh_one.get("/aktiviteter").one("html").get("lang") == "de", "it goes on from there"
    chosen.get("/kontakt?lang=en")
    assert chosen.get(path).one("html").get("lang") == "en"


def test_the_deadline_is_told_as_long_as_it_is_to_come(town: Town, visitor: Visitor) -> None:
    date_ = town.occurrence(town.activity(cancel_before=60 * 24))
    assert deadline(date_.starts_at - DAY, date_.timezone) in visitor.get(path_to(town.signed_up(date_))).text


def test_after_the_deadline_the_page_says_whom_to_write_to(town: Town, visitor: Visitor) -> None:
    date_ = town.occurrence(town.activity(cancel_before=60 * 24 * 10))
    registration = town.signed_up(date_)
    path = path_to(registration)
    page = visitor.get(path)
    assert deadline(date_.starts_at - 10 * DAY, date_.timezone) in page.text and "bibliotek@example.org" in page.text
    assert not page.all("a", href=path + "/afmeld") and not page.all("form", action=path)
    assert visitor.client.get(path + "/afmeld").location == path, "the question is not asked either"
    refused = visitor.send(path + "/afmeld", {}, status=409)
    assert "bibliotek@example.org" in refused.text
    visitor.send(path, {"seats": "2", "name": "Anna"}, status=422)
    assert (fresh(registration).state, fresh(registration).seats) == (State.CONFIRMED, 1)


def test_who_waits_may_leave_whenever_they_like_and_say_that_fewer_will_do(town: Town, visitor: Visitor) -> None:
    date_ = town.occurrence(town.activity(cancel_before=60 * 24 * 10), capacity=1)
    town.signed_up(date_)
    waiting = town.signed_up(date_, seats=3)
    path = path_to(waiting)
    visitor.submit(visitor.get(path), path, {"takes_fewer": "1"}, status=303)
    assert fresh(waiting).takes_fewer
    page = visitor.get(path + "/afmeld")
    assert _("You lose your place in the waiting list.") in page.text
    left = visitor.submit(page, path + "/afmeld", {}, status=200)
    assert fresh(waiting).state == State.CANCELLED_BY_PERSON
    assert _("Thank you for telling us. Somebody else can come instead.") not in parse(left.text).text


def broadcast(town: Town, capacity: int = 1, **facts: object) -> tuple[Occurrence, Registration]:
    """A date whose free seats go to the first to take them, and one guest who has all of them."""
    date_ = town.occurrence(town.activity(waiting_mode=WaitingMode.BROADCAST, **facts), capacity=capacity)
    return date_, town.signed_up(date_, seats=capacity)


def test_a_free_place_that_all_were_told_of_is_taken_by_the_first(app: Flask, town: Town) -> None:
    date_, guest = broadcast(town)
    first, second = town.signed_up(date_), town.signed_up(date_)
    pages = {each: Visitor(browser(app)) for each in (first.id, second.id)}
    assert not pages[first.id].get(path_to(first)).all("form", action=path_to(first) + "/tag"), "there is none yet"
    registrations.cancel(guest.public_id, now=town.now)
    db.session.commit()
    shown = {each.id: pages[each.id].get(path_to(each)) for each in (first, second)}
    assert words(shown[first.id]) == _("There are free places now, and the first to answer gets them.")
    path = path_to(second) + "/tag"
    for _time in range(2):
        pages[second.id].submit(shown[second.id], path, {}, status=303)
    assert fresh(second).state == State.CONFIRMED
    assert sum("tilmeldt" in each.message["subject"] for each in letters() if second.public_id in each.about) == 1
    refused = pages[first.id].submit(shown[first.id], path_to(first) + "/tag", {}, status=422)
    assert parse(refused.text).one("div", data_error_summary="").text
    assert fresh(first).state == State.WAITING


def test_taking_a_place_asks_what_was_put_off(town: Town, visitor: Visitor) -> None:
    activity = town.activity(waiting_mode=WaitingMode.BROADCAST)
    question = town.question(activity, required=True)
    date_ = town.occurrence(activity, capacity=1)
    guest = town.signed_up(date_, answers={question.public_id: "Fisk"})
    waiting = town.signed_up(date_)
    registrations.cancel(guest.public_id, now=town.now)
    db.session.commit()
    path = path_to(waiting) + "/tag"
    page = visitor.get(path_to(waiting))
    again = parse(visitor.submit(page, path, {}, status=422).text)
    assert again.one("div", data_error_summary="").one("a").get("href") == f"#{question.field}"
    visitor.submit(again, path, {question.field: "Kød"}, status=303)
    assert (fresh(waiting).state, fresh(waiting).answers) == (State.CONFIRMED, {question.public_id: "Kød"})


def test_who_let_an_offer_go_may_join_the_line_again(town: Town, visitor: Visitor) -> None:
    date_ = town.occurrence(town.activity(waiting_mode=WaitingMode.OFFER), capacity=1, starts_in=20 * DAY)
    guest = town.signed_up(date_)
    waiting = town.signed_up(date_)
    registrations.cancel(guest.public_id, now=town.now)
    offer = registrations.open_offer(fresh(waiting))
    assert offer is not None
    registrations.decline(offer.public_id, now=town.now)
    db.session.commit()
    town.signed_up(date_)
    path = path_to(waiting) + "/venteliste"
    page = visitor.get(path_to(waiting))
    for _time in range(2):
        visitor.submit(page, path, {}, status=303)
    assert fresh(waiting).state == State.WAITING
    assert "1" in words(visitor.get(path_to(waiting)))


def test_a_course_stands_with_all_its_dates_and_goes_into_the_calendar_whole(town: Town, visitor: Visitor) -> None:
    activity = town.activity(sign_up=SignUpMode.WHOLE_COURSE)
    dates = [town.occurrence(activity, starts_in=number * 7 * DAY) for number in (1, 2, 3)]
    registration = town.signed_up(dates[0])
    page = visitor.get(path_to(registration))
    for each in dates:
        assert when(each.starts_at, each.ends_at, each.timezone, town.now) in page.one("main").text
    file = visitor.client.get(path_to(registration) + "/kalender.ics")
    assert len(Calendar.from_ical(file.text).walk("VEVENT")) == 3
    assert _("You cancel all dates of the course.") in visitor.get(path_to(registration) + "/afmeld").text


def test_dates_that_were_chosen_together_lead_to_each_other_and_stand_alone(town: Town, visitor: Visitor) -> None:
    activity = town.activity(sign_up=SignUpMode.SEVERAL_DATES)
    dates = [town.occurrence(activity, starts_in=number * 7 * DAY) for number in (1, 2)]
    registrations.sign_up_for_several([each.id for each in dates], town.application(), now=town.now)
    one, other = db.session.query(Registration).order_by(Registration.occurrence_id).all()
    registrations.confirm(one.public_id, now=town.now)
    db.session.commit()
    page = visitor.get(path_to(one))
    assert page.all("a", href=path_to(other))
    asking = visitor.get(path_to(one) + "/afmeld")
    assert when(dates[1].starts_at, dates[1].ends_at, dates[1].timezone, town.now) in asking.one("main").text
    visitor.submit(asking, path_to(one) + "/afmeld", {}, status=200)
    assert (fresh(one).state, fresh(other).state) == (State.CANCELLED_BY_PERSON, State.CONFIRMED)
    assert not visitor.get(path_to(other) + "/afmeld").all("button", name="together"), "nothing is left besides"
    stranger = town.signed_up(dates[0])
    assert path_to(other) not in visitor.client.get(path_to(stranger)).text


def test_dates_that_were_chosen_together_can_be_cancelled_together(town: Town, visitor: Visitor) -> None:
    activity = town.activity(sign_up=SignUpMode.SEVERAL_DATES)
    dates = [town.occurrence(activity, starts_in=number * 7 * DAY) for number in (1, 2)]
    registrations.sign_up_for_several([each.id for each in dates], town.application(), now=town.now)
    one, other = db.session.query(Registration).order_by(Registration.occurrence_id).all()
    registrations.confirm(one.public_id, now=town.now)
    db.session.commit()
    assert visitor.get(path_to(one) + "/afmeld").all("button", name="together")
    page = parse(visitor.send(path_to(one) + "/afmeld", {"together": "1"}, status=200).text)
    for each in dates:
        assert when(each.starts_at, each.ends_at, each.timezone, town.now) in page.one("main").text
    assert {fresh(one).state, fresh(other).state} == {State.CANCELLED_BY_PERSON}


def test_a_short_overlap_is_said_when_confirming_and_may_be_accepted(town: Town, visitor: Visitor) -> None:
    starts_at = town.now + 5 * DAY
    first = town.occurrence(town.activity("Suppekøkken", kind=Kind.VOLUNTEER), starts_at=starts_at, hours=2)
    begins = starts_at + timedelta(hours=1, minutes=50)
    second = town.occurrence(town.activity("Havedag", kind=Kind.VOLUNTEER), starts_at=begins)
    town.signed_up(first, email="anna@example.org")
    registration = town.signed_up(second, email="anna@example.org", confirmed=False)
    path = "/" + notices.confirm_link(registration.public_id).split("/", 3)[3]
    answer = visitor.submit(visitor.get(path), path, {}, status=409)
    page = parse(answer.text)
    assert "Suppekøkken" in page.one("div", data_error_summary="").text
    assert page.all("input", name="overlap") and fresh(registration).state == State.PENDING_EMAIL
    visitor.submit(page, path, {"overlap": "1"}, status=303)
    assert fresh(registration).state == State.CONFIRMED


def test_what_is_turned_down_says_so_and_leads_on(town: Town, visitor: Visitor) -> None:
    registration = town.signed_up(town.occurrence(town.activity(approval=True)))
    desk.turn_down(registration.public_id, by=account().id, words="Holdet er for voksne.", now=town.now)
    db.session.commit()
    page = visitor.get(path_to(registration))
    assert words(page) == _("The organiser could not give you a place.")
    assert page.one("main").all("a", href="/aktiviteter")
    assert not page.all("a", href=path_to(registration) + "/afmeld")


def test_confirming_what_is_closed_by_now_says_so_on_the_page(town: Town, visitor: Visitor) -> None:
    date_ = town.occurrence()
    registration = town.signed_up(date_, confirmed=False)
    date_.activity.sign_up_closes_before = 60 * 24 * 30
    db.session.commit()
    path = "/" + notices.confirm_link(registration.public_id).split("/", 3)[3]
    answer = visitor.submit(visitor.get(path), path, {}, status=409)
    assert parse(answer.text).one("div", data_error_summary="").text
    assert fresh(registration).state == State.PENDING_EMAIL


def test_confirming_a_shift_at_the_time_of_another_says_which(town: Town, visitor: Visitor) -> None:
    starts_at = town.now + 5 * DAY
    first = town.occurrence(town.activity("Suppekøkken", kind=Kind.VOLUNTEER), starts_at=starts_at)
    second = town.occurrence(town.activity("Havedag", kind=Kind.VOLUNTEER), starts_at=starts_at)
    town.signed_up(first, email="anna@example.org")
    registration = town.signed_up(second, email="anna@example.org", confirmed=False)
    path = "/" + notices.confirm_link(registration.public_id).split("/", 3)[3]
    answer = visitor.submit(visitor.get(path), path, {}, status=409)
    assert "Suppekøkken" in parse(answer.text).one("div", data_error_summary="").text
    assert "Suppekøkken" not in visitor.get(path).text
